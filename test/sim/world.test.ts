// The rules of the world without faults: time, busy nodes, queues, deadlines, work, links, services, throws.
import { describe, expect, test } from 'vitest';
import { recorder } from './toys/recorder.ts';
import { MS, logOf, stateOf, totalOf, worldOf } from './toys/worlds.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import { createWorld } from '../../src/sim/world.ts';
import { plainDecisions } from '../../src/sim/tape-decisions.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';

const idle = (): void => {};

describe('time', () => {
  test('the clock jumps from event to event', () => {
    const world = worldOf({
      a: (state, input) => {
        if (input.kind === 'start') state.wakeAt = 3_600_000;
      },
    });
    expect(world.run()).toBe('idle');
    expect(world.view.now).toBe(3_600_000 * MS);
    expect(world.view.events).toBe(2);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '3600000 wake']);
  });

  test('a run stops behind its bound, and goes on from there', () => {
    const world = worldOf({
      a: (state, input) => {
        if (state.log.length < 5) state.wakeAt = input.now + 10;
      },
    });
    expect(world.run({ untilUs: 10 * MS })).toBe('until');
    expect(logOf(world, 'a')).toEqual(['0 start 1', '10 wake']);
    expect(world.run({ untilUs: 15 * MS })).toBe('until');
    expect(world.view.now).toBe(15 * MS);
    expect(world.run({ untilEvents: 3 })).toBe('until');
    expect(world.run({ stopWhen: (view) => view.now >= 30 * MS })).toBe('stopped');
    expect(world.step()).toBe(true);
    expect(world.run()).toBe('idle');
    expect(world.step()).toBe(false);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '10 wake', '20 wake', '30 wake', '40 wake']);
  });

  test('a node has a clock of its own, which rises with the world', () => {
    const world = createWorld({
      decisions: plainDecisions(),
      nodes: [
        {
          address: 'a',
          machine: recorder((state, input) => void (input.kind === 'start' && (state.wakeAt = 1_005))),
          clockOffsetMs: 1_000,
          startAtUs: 2 * MS,
        },
      ],
      network: { control: { latencyUs: 0, jitterUs: 0 }, data: { latencyUs: 0, jitterUs: 0 } },
    });
    world.run();
    expect(logOf(world, 'a')).toEqual(['1002 start 1', '1005 wake']);
    expect(world.view.now).toBe(5 * MS);
  });

  test('wall time is the epoch of the world plus the clock', () => {
    let wallTime = 0;
    const world = worldOf({ a: (_, input) => void (wallTime = input.wallTime) }, { epochMs: 1_000_000 });
    world.run();
    expect(wallTime).toBe(1_000_000);
  });
});

describe('busy nodes', () => {
  test('inputs queue while a step lasts, and effects leave at its end', () => {
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind === 'start') for (const n of [1, 2, 3]) out.send('b', 'note', n);
        },
        b: (_, input, out) => {
          if (input.kind !== 'message') return;
          out.records = 4;
          out.send('a', 'other', input.message.body);
        },
      },
      { costs: { stepCostUs: 2 * MS, recordCostUs: MS } },
    );
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '3 note 1 from a', '9 note 2 from a', '15 note 3 from a']);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '10 other 1 from b', '16 other 2 from b', '22 other 3 from b']);
  });

  test('a slow node takes as many times longer', () => {
    const machine = recorder((state, input) => {
      if (input.kind === 'start') state.work = 2;
    });
    const world = createWorld({
      decisions: plainDecisions(),
      nodes: [{ address: 'a', machine, costFactor: 3 }],
      network: { control: { latencyUs: 0, jitterUs: 0 }, data: { latencyUs: 0, jitterUs: 0 } },
      costs: { stepCostUs: MS, recordCostUs: 0 },
    });
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '3 work', '6 work']);
  });
});

describe('host rules', () => {
  test('work comes only when no other input waits', () => {
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind === 'start') for (const n of [1, 2]) out.send('b', 'note', n);
        },
        b: (state, input) => {
          if (input.kind === 'start') state.work = 3;
        },
      },
      { costs: { stepCostUs: 1_500, recordCostUs: 0 } },
    );
    world.run();
    expect(logOf(world, 'b')).toEqual([
      '0 start 1',
      '1 work',
      '3 note 1 from a',
      '4 note 2 from a',
      '6 work',
      '7 work',
    ]);
  });

  test('a due wake goes before inputs that wait', () => {
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind === 'start') for (const n of [1, 2]) out.send('b', 'note', n);
        },
        b: (state, input) => {
          if (input.kind === 'message' && state.memory === 0) {
            state.memory = 1;
            state.wakeAt = input.now + 1;
          }
        },
      },
      { costs: { stepCostUs: 5 * MS, recordCostUs: 0 } },
    );
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '6 note 1 from a', '11 wake', '16 note 2 from a']);
  });

  test('a deadline that was moved costs nothing and does not come at its old time', () => {
    const world = worldOf({
      a: (state, input, out) => {
        if (input.kind === 'start') {
          state.wakeAt = 5;
          out.send('a', 'note', 1);
        }
        if (input.kind === 'message') state.wakeAt = 50;
      },
    });
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '0 note 1 from a', '50 wake']);
    expect(world.view.events).toBe(3);
  });
});

describe('links', () => {
  const SENT = Array.from({ length: 200 }, (_, n) => n);

  test('a stream is FIFO whatever the delays are; streams of two classes are not ordered', () => {
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind !== 'start') return;
          for (const n of SENT) {
            out.send('b', 'note', n);
            out.sendData('b', 'other', n);
          }
        },
        b: idle,
      },
      {
        decisions: seededDecisions(1),
        network: { control: { latencyUs: 10, jitterUs: 9_000 }, data: { latencyUs: 10, jitterUs: 9_000 } },
      },
    );
    world.run();
    const received = logOf(world, 'b')
      .slice(1)
      .map((line) => line.split(' '));
    const of = (kind: string): number[] =>
      received.filter((words) => words[1] === kind).map((words) => Number(words[2]));
    expect(of('note')).toEqual(SENT);
    expect(of('other')).toEqual(SENT);
    expect(received.map((words) => words[1]).join(' ')).not.toBe(SENT.map(() => 'note other').join(' '));
  });

  test('bandwidth: bytes take the line, one message after the other', () => {
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind === 'start') for (const n of [4_000, 2_000]) out.sendData('b', 'note', n);
        },
        b: idle,
      },
      {
        network: {
          control: { latencyUs: 0, jitterUs: 0 },
          data: { latencyUs: MS, jitterUs: 0, bytesPerUs: 2 },
          sizeOf: (envelope: Envelope) => envelope.body as number,
        },
      },
    );
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '3 note 4000 from a', '4 note 2000 from a']);
  });

  test('a message to the own address needs no network', () => {
    const world = worldOf({ a: (_, input, out) => void (input.kind === 'start' && out.sendData('a', 'note', 1)) });
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '0 note 1 from a']);
  });

  test('a message to nobody is lost', () => {
    const world = worldOf({ a: (_, input, out) => void (input.kind === 'start' && out.send('z', 'note', 1)) });
    expect(world.run()).toBe('idle');
  });
});

describe('services', () => {
  test('a request is applied after its latency, and answered after another', () => {
    const world = worldOf({
      a: (_, input, out) => {
        if (input.kind === 'start') out.request(7, { kind: 'add', n: 5 });
      },
      b: (state, input, out) => {
        if (input.kind === 'start') out.request(1, { kind: 'await', above: 4 });
        if (input.kind === 'completed') state.memory = 1;
      },
    });
    world.run({ untilUs: 1 });
    expect(totalOf(world)).toBe(0);
    world.run();
    expect(totalOf(world)).toBe(5);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '4 answer 7 total 5']);
    expect(logOf(world, 'b')).toEqual(['0 start 1', '4 answer 1 total 5']);
  });

  test('a request that nobody serves is a mistake of the guest', () => {
    const world = worldOf(
      { a: (_, input, out) => void (input.kind === 'start' && out.request(1, { kind: 'get' })) },
      { services: [] },
    );
    expect(() => world.run()).toThrow('no service serves get');
  });
});

describe('a process ends', () => {
  test('halt: what it did before leaves, nothing comes after, and it starts again if the guest says so', () => {
    const machine = recorder((state, input, out) => {
      if (input.kind === 'start' && input.incarnation === 1) {
        out.send('b', 'note', 1);
        out.halt('enough');
        out.send('b', 'note', 2);
        state.work = 1;
      }
    });
    const world = createWorld({
      decisions: plainDecisions(),
      nodes: [
        { address: 'a', machine, restartAfterHaltUs: 10 * MS },
        { address: 'b', machine: recorder() },
      ],
      network: { control: { latencyUs: MS, jitterUs: 0 }, data: { latencyUs: MS, jitterUs: 0 } },
      costs: { stepCostUs: MS, recordCostUs: 0 },
    });
    world.run({ untilUs: 5 * MS });
    expect(world.view.nodes()[0]?.status).toBe('halted');
    world.run();
    expect(world.view.nodes()[0]).toMatchObject({ status: 'running', incarnation: 2 });
    expect(logOf(world, 'a')).toEqual(['11 start 2']);
    expect(logOf(world, 'b')).toEqual(['0 start 1', '2 note 1 from a', '3 lost a control']);
  });

  test('a machine that throws ends the run, and the input is named', () => {
    const world = worldOf({
      a: (_, input, out) => void (input.kind === 'start' && out.send('b', 'note', 3)),
      b: (_, input) => {
        if (input.kind === 'message') throw new Error('three is too much');
      },
    });
    expect(world.run()).toBe('threw');
    expect(world.thrown).toMatchObject({
      node: 'b',
      incarnation: 1,
      at: MS,
      input: { kind: 'message', message: { body: 3 } },
      error: new Error('three is too much'),
    });
    expect(world.run()).toBe('threw');
    expect(world.step()).toBe(false);
  });

  test('so does a broken invariant, in checked runs', () => {
    const scripts = { a: (state: { work: number }) => void (state.work = -1) };
    expect(worldOf(scripts).run()).toBe('threw');
    expect(worldOf(scripts, { checks: 'bare' }).run()).toBe('idle');
  });
});

describe('strict runs', () => {
  test('what was sent cannot be changed', () => {
    let kept: { n: number } | null = null;
    const world = worldOf(
      {
        a: (_, input, out) => {
          if (input.kind !== 'start') return;
          kept = { n: 1 };
          out.send('b', 'note', kept as never);
        },
        b: (_, input) => {
          if (input.kind === 'message') (input.message.body as unknown as { n: number }).n = 2;
        },
      },
      { checks: 'strict' },
    );
    expect(world.run()).toBe('threw');
    expect(String(world.thrown?.error)).toContain('read only');
    expect(kept).toEqual({ n: 1 });
  });

  test('bytes cannot be frozen, but a change in flight shows', () => {
    const bytes = new Uint8Array([1]);
    const world = worldOf(
      { a: (_, input, out) => void (input.kind === 'start' && out.send('b', 'note', bytes as never)), b: idle },
      { checks: 'strict' },
    );
    world.run({ untilEvents: 2 });
    bytes[0] = 2;
    expect(() => world.run()).toThrow('note from a was changed after it was sent');
  });

  test('messages pass through the codec, which must give back what it was given', () => {
    const codec = (text: (envelope: Envelope) => string): object => ({
      checks: 'strict',
      codec: {
        encode: (envelope: Envelope) => Uint8Array.from(text(envelope), (unit) => unit.charCodeAt(0)),
        decode: (bytes: Uint8Array) => JSON.parse(String.fromCharCode(...bytes)) as Envelope,
      },
    });
    const scripts = {
      a: (_: unknown, input: { kind: string }, out: { send: (to: string, kind: 'note', body: number) => void }) =>
        void (input.kind === 'start' && out.send('b', 'note', 5)),
      b: idle,
    };
    const world = worldOf(
      scripts,
      codec((envelope) => JSON.stringify(envelope)),
    );
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '1 note 5 from a']);
    const broken = worldOf(
      scripts,
      codec((envelope) => JSON.stringify({ ...envelope, body: 6 })),
    );
    expect(() => broken.run()).toThrow('the codec changes note');
  });
});

test('what contradicts itself is refused', () => {
  expect(() =>
    worldOf(
      { a: idle },
      {
        nodes: [
          { address: 'a', machine: recorder() },
          { address: 'a', machine: recorder() },
        ],
      },
    ),
  ).toThrow('same address');
  expect(() => worldOf({ a: idle }, { checks: 'bare', onEvent: idle })).toThrow('onEvent');
  const limited = { latencyUs: 0, jitterUs: 0, bytesPerUs: 1 };
  expect(() => worldOf({ a: idle }, { network: { control: limited, data: limited } })).toThrow('sizeOf');
});

test('the state in the view is the state of the node', () => {
  const world = worldOf({ a: (state) => void (state.memory += 1) });
  expect(stateOf(world, 'a').memory).toBe(0);
  world.run();
  expect(stateOf(world, 'a').memory).toBe(1);
});
