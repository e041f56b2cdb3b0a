// The driver keeps the host rules, carries out what a step asks for, and ends as it should.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Machine } from '../../src/core/base/machine.ts';
import { startHost, type Clock, type Host, type HostOptions, type HostPort } from '../../src/net-real/host.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { lockServer, type Locking } from '../sim/toys/lock-server.ts';
import { recorder, type Note, type Recorded, type Script } from '../sim/toys/recorder.ts';
import { worldOf } from '../sim/toys/worlds.ts';
import { loopNetwork, type LoopNetwork } from './loop-network.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

let hosts: Host<unknown>[] = [];
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  hosts = [];
});

interface Lab {
  readonly host: Host<Recorded>;
  readonly network: LoopNetwork;
  /** Until the machine has seen so many inputs. */
  readonly steps: (count: number) => Promise<readonly string[]>;
}

/** Runs a recorder with this script. */
function run(script: Script, given: Partial<HostOptions<Recorded, Note>> = {}): Lab {
  const network = loopNetwork();
  let onStep = (): void => {};
  const machine = recorder((state, input, out) => {
    script(state, input, out);
    onStep();
  });
  const host = startHost({ machine, network, ports: [], incarnation: 7, isChecked: true, ...given });
  hosts.push(host);
  const steps = (count: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      onStep = () => {
        if (host.state().log.length >= count) resolve(host.state().log);
      };
      onStep();
    });
  return { host, network, steps };
}

const failOn = (line: string): void => expect.fail(line);

const withoutTimes = (log: readonly string[]): string[] => log.map((line) => line.slice(line.indexOf(' ') + 1));

/** A clock that moves only by hand. */
function handClock(): Clock & { at: number } {
  return {
    at: 100,
    now() {
      return this.at;
    },
    wallTime() {
      return 1_000_000 + this.at;
    },
  };
}

test('the network is told at the end of a turn whether another one follows at once', async () => {
  const clock = handClock();
  const { network, steps } = run(() => (clock.at += 1), { clock }); // two steps are a turn
  for (let n = 0; n < 3; n++) network.receive('news', n);
  await steps(4);
  await new Promise((resolve) => void setTimeout(resolve, 1));
  expect(network.turns).toEqual([true, true, false]);
});

test('it is told of none behind a turn that was long: what it sent is not to wait for another slow step', async () => {
  const clock = handClock();
  const { network, steps } = run(() => (clock.at += 30), { clock }); // two steps are a turn
  for (let n = 0; n < 3; n++) network.receive('news', n);
  await steps(4);
  await new Promise((resolve) => void setTimeout(resolve, 1));
  expect(network.turns).toEqual([false, false, false]);
});

describe('chance', () => {
  test('answers what the machine picks, on behalf of the process', async () => {
    const asked: string[] = [];
    const picking: Script = (state, input, out) => {
      if (input.kind === 'start') state.memory = 10 * out.pick('first', 6) + out.pick('second', 6);
    };
    const chance = (question: string, n: number): number => asked.push(`${question} of ${n}`);
    const { host, steps } = run(picking, { chance });
    await steps(1);
    expect(host.state().memory).toBe(12);
    expect(asked).toEqual(['first of 6', 'second of 6']);
  });

  test('is drawn where nobody else answers', async () => {
    const thrown = new Set<number>();
    const { steps } = run((_, input, out) => {
      if (input.kind === 'start') for (let at = 0; at < 1_000; at++) thrown.add(out.pick('die', 6));
    });
    await steps(1);
    expect([...thrown].toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5]); // one is missing once in 10^78 times
  });
});

describe('inputs', () => {
  test('come one at a time, in order, from the start on', async () => {
    const { network, steps } = run(() => {});
    network.receive('note', 1);
    network.breakWith('peer', 'data');
    network.receive('note', 2);
    expect(withoutTimes(await steps(4))).toEqual(['start 7', 'note 1 from peer', 'lost peer data', 'note 2 from peer']);
  });

  test('carry the floor of the monotonic clock, and the wall clock', async () => {
    const clock = handClock();
    clock.at = 100.9;
    let wallTime = 0;
    const { steps } = run((_, input) => void (wallTime = input.wallTime), { clock });
    expect(await steps(1)).toEqual(['100 start 7']);
    expect(wallTime).toBe(1_000_100.9);
  });

  test('a message to the own address comes in a later step, without the network', async () => {
    const { network, steps } = run((_, input, out) => {
      if (input.kind !== 'start') return;
      out.send('self', 'note', 1);
      out.sendData('self', 'note', 2);
      out.send('peer', 'note', 3);
    });
    expect(withoutTimes(await steps(3))).toEqual(['start 7', 'note 1 from self', 'note 2 from self']);
    expect(network.sent).toEqual(['note 3 to peer']);
  });
});

describe('host rules', () => {
  test('a process that stood still notices its timeouts before it acts on its backlog', async () => {
    const clock = handClock();
    const { network, steps } = run(
      (state, input) => {
        if (input.kind === 'start') {
          state.wakeAt = input.now + 1_000;
          clock.at += 5_000; // as long as it was stopped
        }
      },
      { clock },
    );
    for (const n of [1, 2]) network.receive('note', n);
    expect(await steps(4)).toEqual(['100 start 7', '5100 wake', '5100 note 1 from peer', '5100 note 2 from peer']);
  });

  test('work comes only when no other input waits', async () => {
    const { network, steps } = run((state, input) => {
      if (input.kind === 'start') state.work = 2;
    });
    for (const n of [1, 2]) network.receive('note', n);
    expect(withoutTimes(await steps(5))).toEqual(['start 7', 'note 1 from peer', 'note 2 from peer', 'work', 'work']);
  });

  test('endless work starves neither messages nor timers nor answers', async () => {
    const seen: string[] = [];
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const network = await createTcpNetwork({
      secret: toySecret,
      listen: '127.0.0.1:0',
      incarnation: 1,
      codec: plainCodec,
      log: failOn,
    });
    const busy = recorder((state, input, out) => {
      state.work = 1;
      state.log.length = 0;
      if (input.kind === 'start') {
        state.wakeAt = input.now + 5;
        out.request(1, { kind: 'get' });
      }
      if (input.kind === 'work') return;
      seen.push(input.kind);
      if (['message', 'wake', 'completed'].every((kind) => seen.includes(kind))) resolve();
    });
    hosts.push(startHost({ machine: busy, network, ports: [answering(5)], incarnation: 1 }));
    await sendFromOutside(network.address);
    await done;
  });

  test('a deadline comes when it is due, also when it was moved', async () => {
    const { network, host, steps } = run((state, input) => {
      if (input.kind === 'start') state.wakeAt = input.now + 60_000;
      if (input.kind === 'message') state.wakeAt = input.now + 3;
    });
    await steps(1);
    network.receive('note', 1);
    const log = await steps(3);
    expect(withoutTimes(log)).toEqual(['start 7', 'note 1 from peer', 'wake']);
    const [, sentAt, wokenAt] = log.map((line) => Number.parseInt(line, 10)) as [number, number, number];
    expect(wokenAt).toBeGreaterThanOrEqual(sentAt + 3);
    expect(host.state().wakeAt).toBe(Infinity);
  });
});

/** A port that answers `total`. */
function answering(total: number): HostPort<Note> {
  return {
    serves: ['get'],
    request: () => Promise.resolve({ kind: 'total', total }),
    close: () => Promise.resolve(),
  };
}

async function sendFromOutside(to: string): Promise<void> {
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    codec: plainCodec,
    log: failOn,
  });
  const sender = recorder((_, input, out) => {
    if (input.kind === 'start') out.send(to, 'note', 1);
  });
  hosts.push(startHost({ machine: sender, network, ports: [], incarnation: 1 }));
}

describe('requests', () => {
  const asking: Script = (_, input, out) => {
    if (input.kind === 'start') out.request(4, { kind: 'get' });
  };

  test('go to the port that serves them, and are completed', async () => {
    const { steps } = run(asking, { ports: [answering(12)] });
    expect(withoutTimes(await steps(2))).toEqual(['start 7', 'answer 4 total 12']);
  });

  test('one that no port serves is a bug', async () => {
    await expect(run(asking).host.halted).rejects.toThrow('no port serves get');
  });

  test('a port that rejects breaks its contract', async () => {
    const ports = [{ ...answering(0), request: () => Promise.reject(new Error('disk')) }];
    await expect(run(asking, { ports }).host.halted).rejects.toThrow(
      'the port of get broke its contract and rejected: disk',
    );
  });

  test('two ports for one kind are refused', () => {
    expect(() => run(asking, { ports: [answering(1), answering(2)] })).toThrow('two ports serve get');
  });
});

describe('backpressure', () => {
  test('when too much waits, streams of that class are not read until half of it is gone', async () => {
    const calls: string[] = [];
    const { network, steps } = run((_, input) => {
      if (input.kind === 'message') calls.push(network.calls.join(', '));
    });
    for (let n = 0; n < 4; n++) network.receive('note', n, { sizeBytes: 100_000, streamClass: 'data' });
    await steps(5);
    expect(calls).toEqual(['pause data', 'pause data', ...Array.from({ length: 2 }, () => 'pause data, resume data')]);
  });
});

describe('ends', () => {
  test('halt: what was asked for before it is done, and nothing after it', async () => {
    const { host, network } = run((_, input, out) => {
      if (input.kind !== 'start') return;
      out.send('peer', 'note', 1);
      out.halt('deposed');
      out.send('peer', 'note', 2);
    });
    network.receive('note', 9);
    expect(await host.halted).toBe('deposed');
    expect(network.sent).toEqual(['note 1 to peer']);
    expect(network.calls).toEqual(['close']);
    expect(withoutTimes(host.state().log)).toEqual(['start 7']);
  });

  test('stop: network and ports are closed, and late answers reach nobody', async () => {
    let isClosed = false;
    const { promise: answer, resolve } = Promise.withResolvers<Note['answer']>();
    const port: HostPort<Note> = {
      serves: ['get'],
      request: () => answer,
      close: () => Promise.resolve(void (isClosed = true)),
    };
    const { host, network, steps } = run((_, __, out) => out.request(1, { kind: 'get' }), { ports: [port] });
    await steps(1);
    await host.stop();
    expect(await host.halted).toBe('stopped');
    expect([isClosed, network.calls]).toEqual([true, ['close']]);
    resolve({ kind: 'total', total: 1 });
    await answer;
    network.receive('note', 1);
    expect(host.state().log).toHaveLength(1);
  });

  test.each([
    [
      'a step that throws',
      (): void => {
        throw new Error('no such slot');
      },
      'no such slot',
    ],
    ['a broken invariant', (state: Recorded): void => void (state.work = -1), 'less than no work'],
  ])('%s ends it loudly, with the input, and nothing more is sent', async (_, harm, sentence) => {
    const { host, network } = run((state, input, out) => {
      if (input.kind !== 'message') return;
      out.send('peer', 'note', 1);
      harm(state);
    });
    network.receive('note', 3);
    await expect(host.halted).rejects.toThrow(`recorder self threw at note 3 from peer: ${sentence}`);
    expect([network.sent, network.calls[0]]).toEqual([[], 'destroy']);
  });

  test('stop behind a word: its machine is told that last, whatever waits, and what it answers leaves', async () => {
    const { host, network, steps } = run((_, input, out) => {
      if (input.kind === 'message') out.send('b', 'note', input.message.kind as never);
    });
    await steps(1);
    host.tell('waits', null);
    await host.stopBehind({ kind: 'last', body: null });
    expect(network.sent).toEqual(['note "last" to b']);
    expect(await host.halted).toBe('stopped');
    await host.stopBehind({ kind: 'too-late', body: null });
    expect(network.sent).toHaveLength(1);
  });

  test('stop behind a word: what its machine asks for in that step is done before its ports are closed', async () => {
    const asked: string[] = [];
    const gate = Promise.withResolvers<void>();
    const port: HostPort<Note> = {
      serves: ['ask'] as never,
      async request(request: { readonly kind: string; readonly what?: unknown }) {
        asked.push(`asked ${String(request.what)}`);
        await gate.promise;
        asked.push(`done ${String(request.what)}`);
        return { kind: 'answered' } as never;
      },
      close: async () => void asked.push('closed'),
    };
    const { host, network, steps } = run(
      (_, input, out) => {
        if (input.kind === 'message') out.request(1, { kind: 'ask', what: input.message.kind } as never);
      },
      { ports: [port] },
    );
    await steps(1);
    const stopped = host.stopBehind({ kind: 'last', body: null });
    expect([asked, network.calls]).toEqual([['asked last'], []]);
    gate.resolve();
    await stopped;
    expect(asked).toEqual(['asked last', 'done last', 'closed']);
    expect(host.state().log).toHaveLength(2); // the answer is given to nobody
  });

  test('stop behind a word: a port that does not answer is not waited for without end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const port: HostPort<Note> = {
        serves: ['ask'] as never,
        request: () => new Promise<never>(() => {}),
        close: async () => {},
      };
      const { host, steps } = run(
        (_, input, out) => {
          if (input.kind === 'message') out.request(1, { kind: 'ask' } as never);
        },
        { ports: [port] },
      );
      await steps(1);
      const stopped = host.stopBehind({ kind: 'last', body: null });
      await vi.advanceTimersByTimeAsync(2_000);
      await stopped;
      expect(await host.halted).toBe('stopped');
    } finally {
      vi.useRealTimers();
    }
  });

  test('whoever stops it after it threw finds it ended: its trace is closed by then', async () => {
    const stops: unknown[] = [];
    const onLine = (line: string): void => {
      const { kind, why } = JSON.parse(line) as { readonly kind: string; readonly why?: string };
      if (kind === 'stopped') stops.push(why);
    };
    const harm = (): never => {
      throw new Error('no such slot');
    };
    const { host } = run(harm, { trace: { onLine } });
    await expect(host.halted).rejects.toThrow('no such slot');
    await host.stop();
    expect(stops).toEqual(['threw']);
  });
});

describe('trace', () => {
  const script: Script = (_, input, out) => {
    if (input.kind !== 'start') return;
    out.note({ kind: 'hello' });
    out.halt('enough');
  };

  /** Names of the fields of each kind of line, in their order. */
  function fieldsOf(lines: readonly string[]): Record<string, string[]> {
    const parsed = lines.map((line) => JSON.parse(line) as { readonly kind: string });
    return Object.fromEntries(parsed.map((line) => [line.kind, Object.keys(line)]));
  }

  test('its lines have the fields of the simulator', async () => {
    const simulated: string[] = [];
    worldOf({ self: script }, { trace: { onLine: (line) => simulated.push(line) } }).run();
    const real: string[] = [];
    await run(script, { trace: { onLine: (line) => real.push(line) } }).host.halted;
    expect(fieldsOf(real)).toEqual(fieldsOf(simulated));
    expect(real.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 1, kind: 'started', node: 'self', incarnation: 7 },
      {
        event: 2,
        kind: 'stepped',
        input: { kind: 'start' },
        effects: [{ note: { kind: 'hello' } }, { reason: 'enough' }],
      },
      { event: 3, kind: 'stopped', why: 'halt' },
    ]);
  });

  test('its time is that of the run', async () => {
    const lines: { readonly at: number; readonly leavesAt?: number }[] = [];
    const runStartedAt = performance.timeOrigin + performance.now() - 60_000;
    const onLine = (line: string): number => lines.push(JSON.parse(line) as (typeof lines)[number]);
    await run(script, { trace: { onLine, runStartedAt } }).host.halted;
    for (const { at, leavesAt = at } of lines) {
      expect(at).toBeGreaterThanOrEqual(60_000_000);
      expect(leavesAt).toBeGreaterThanOrEqual(at);
    }
  });

  test('without it machines are told that nobody reads their notes', async () => {
    let isNoted = true;
    const { steps } = run((_, __, out) => (isNoted = out.noted));
    await steps(1);
    expect(isNoted).toBe(false);
  });
});

test('the toy of the README serves its lock over TCP, though one client never gives it back', async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const granted: string[] = [];
  const start = async <S>(machine: Machine<S, Locking>): Promise<string> => {
    const network = await createTcpNetwork({
      secret: toySecret,
      listen: '127.0.0.1:0',
      incarnation: 1,
      codec: plainCodec,
      log: failOn,
    });
    hosts.push(startHost({ machine, network, ports: [], incarnation: 1, isChecked: true }));
    return network.address;
  };
  const server = await start(lockServer);
  for (const name of ['a', 'b', 'c']) {
    await start<object>({
      role: 'client',
      create: () => ({}),
      step(_, input, out) {
        if (input.kind === 'start') out.send(server, 'acquire', null);
        if (input.kind !== 'message') return;
        if (name !== 'b') out.send(server, 'release', null);
        if (granted.push(name) === 3) resolve();
      },
      wakeAt: () => Infinity,
      hasWork: () => false,
      checkInvariants: () => {},
    });
  }
  await done;
  expect([...granted].sort()).toEqual(['a', 'b', 'c']);
});
