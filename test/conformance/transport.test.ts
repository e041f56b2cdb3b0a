// What machines may rely on when they send, in both worlds: simulated links and TCP. Cases of TCP alone are in test/net-real.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc32 } from '../../src/core/base/crc32.ts';
import type { Script } from './correspondent.ts';
import { openSimulatedLab, openTcpLab, type Cast, type LabOptions, type TransportLab } from './transport-labs.ts';

const idle: Script = () => {};

/** Numbers of the letters of one class, in the order of their arrival. */
function numbers(log: readonly string[], streamClass: string, from: string): number[] {
  const pattern = new RegExp(`^${streamClass} (\\d+) from ${from}$`);
  return log.flatMap((line) => pattern.exec(line)?.[1] ?? []).map(Number);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe.each([
  ['simulated links', openSimulatedLab],
  ['TCP', openTcpLab],
])('%s', (_, open) => {
  let lab: TransportLab | null = null;
  const opened = async (cast: Cast, options?: LabOptions): Promise<TransportLab> => (lab = await open(cast, options));
  beforeEach(() => void (lab = null));
  afterEach(() => lab?.close());

  test('each stream is in order, and nothing is missing while nothing breaks', async () => {
    const { log, until } = bound(
      await opened((at) => ({
        a: (_, input, out) => {
          if (input.kind !== 'start') return;
          for (const n of upTo(500)) {
            out.send(at('b'), 'letter', n);
            out.sendData(at('b'), 'letter', n);
          }
        },
        b: idle,
      })),
    );
    await until(() => log('b').length === 1_001);
    expect(numbers(log('b'), 'control', 'a')).toEqual(upTo(500));
    expect(numbers(log('b'), 'data', 'a')).toEqual(upTo(500));
  });

  test('a data stream that stands still holds up no control', async () => {
    const held = await opened(
      (at) => ({
        a: (_, input, out) => {
          if (input.kind !== 'start') return;
          for (const n of upTo(3)) out.sendData(at('b'), 'letter', n);
          for (const n of upTo(3)) out.send(at('b'), 'letter', n);
        },
        b: idle,
      }),
      { isDataHeld: true },
    );
    const { log, until } = bound(held);
    await until(() => numbers(log('b'), 'control', 'a').length === 3);
    expect(numbers(log('b'), 'data', 'a')).toEqual([]);
    held.releaseData();
    await until(() => numbers(log('b'), 'data', 'a').length === 3);
    expect(log('b')).toEqual([
      'start',
      ...[0, 1, 2].map((n) => `control ${n} from a`),
      ...[0, 1, 2].map((n) => `data ${n} from a`),
    ]);
  });

  test('over a break something may be lost, but nothing comes twice or out of order', async () => {
    const LAST = 200;
    const breaking = await opened((at) => ({
      a: (state, input, out) => {
        if (input.kind === 'wake') out.send(at('b'), 'letter', (state.count += 1));
        if (state.count < LAST) state.wakeAt = input.now + 1;
      },
      b: idle,
    }));
    const { log, until } = bound(breaking);
    for (const received of [20, 50]) {
      await until(() => numbers(log('b'), 'control', 'a').length >= received);
      breaking.breakStream('a', 'b', 'control');
    }
    await until(() => numbers(log('b'), 'control', 'a').includes(LAST));
    const arrived = numbers(log('b'), 'control', 'a');
    expect(arrived).toEqual([...new Set(arrived)].sort((x, y) => x - y));
    expect(log('a').filter((line) => line === 'lost control with b')).toHaveLength(2);
  });

  test('both sides hear of a break, and the next send opens a new stream', async () => {
    const breaking = await opened((at) => ({
      a: (state, input, out) => {
        if (input.kind === 'start') out.send(at('b'), 'letter', 1);
        if (input.kind === 'connection-lost') state.wakeAt = input.now + 5; // b hears of it before the new stream
        if (input.kind === 'wake') out.send(at('b'), 'letter', 2);
      },
      b: idle,
    }));
    const { log, until } = bound(breaking);
    await until(() => log('b').length === 2);
    breaking.breakStream('a', 'b', 'control');
    await until(() => log('b').length === 4);
    expect(log('a')).toEqual(['start', 'lost control with b', 'wake']);
    expect(log('b')).toEqual(['start', 'control 1 from a', 'lost control with a', 'control 2 from a']);
  });

  test('a break concerns one direction and one class', async () => {
    const breaking = await opened((at) => ({
      a: (state, input, out) => {
        if (input.kind === 'connection-lost') state.wakeAt = input.now + 5;
        if (input.kind !== 'start' && input.kind !== 'wake') return;
        out.send(at('b'), 'letter', 1);
        out.sendData(at('b'), 'letter', 1);
      },
      b: (_, input, out) => {
        if (input.kind === 'message') out.send(at('a'), 'letter', 2);
      },
    }));
    const { log, until } = bound(breaking);
    await until(() => log('a').length === 3);
    breaking.breakStream('a', 'b', 'data');
    await until(() => log('a').length === 7 && log('b').length === 6);
    const lost = (name: string): string[] => log(name).filter((line) => line.startsWith('lost'));
    expect([lost('a'), lost('b')]).toEqual([['lost data with b'], ['lost data with a']]);
  });

  test('a process that is gone is told as a lost connection; its successor at the same address is reached', async () => {
    const restarting = await opened((at) => ({
      a: (_, input, out) => {
        if (input.kind === 'start') out.send(at('b'), 'letter', 1);
        if (input.kind === 'connection-lost') out.send(at('b'), 'letter', 2);
      },
      b: idle,
    }));
    const { log, until } = bound(restarting);
    await until(() => log('b').length === 2);
    await restarting.restart('b');
    await until(() => log('b').includes('control 2 from a'));
    expect(log('b')).toEqual(['start', 'control 2 from a']);
    expect(log('a')[1]).toBe('lost control with b');
  });

  test('a new incarnation of a sender takes the place of the old one', async () => {
    const restarting = await opened((at) => ({
      a: (_, input, out) => {
        if (input.kind !== 'start') return;
        out.send(at('b'), 'letter', input.incarnation);
        out.sendData(at('b'), 'letter', input.incarnation);
      },
      b: idle,
    }));
    const { log, until } = bound(restarting);
    await until(() => log('b').length === 3);
    await restarting.restart('a');
    await until(() => log('b').length === 7);
    for (const streamClass of ['control', 'data']) {
      const lines = log('b').filter((line) => line.includes(streamClass));
      expect(lines).toEqual([`${streamClass} 1 from a`, `lost ${streamClass} with a`, `${streamClass} 2 from a`]);
    }
  });

  test('a message to the own address comes in a later step, in order', async () => {
    const { log, until } = bound(
      await opened((at) => ({
        a: (state, input, out) => {
          if (input.kind === 'start') for (const n of upTo(3)) out.send(at('a'), 'letter', n);
          if (input.kind === 'message' && state.count < 2) out.sendData(at('a'), 'letter', 10 + (state.count += 1));
        },
      })),
    );
    await until(() => log('a').length === 6);
    expect(log('a')).toEqual([
      'start',
      'control 0 from a',
      'control 1 from a',
      'control 2 from a',
      'data 11 from a',
      'data 12 from a',
    ]);
  });

  test('large messages arrive whole, between small ones', async () => {
    const large = new Uint8Array(3_000_000).map((_, index) => index % 251);
    const { log, until } = bound(
      await opened((at) => ({
        a: (_, input, out) => {
          if (input.kind !== 'start') return;
          for (const body of [1, large, 2, large, 3]) out.sendData(at('b'), 'letter', body);
        },
        b: idle,
      })),
    );
    await until(() => log('b').length === 6);
    const shown = `data ${large.length} bytes ${crc32(large)} from a`;
    expect(log('b').slice(1)).toEqual(['data 1 from a', shown, 'data 2 from a', shown, 'data 3 from a']);
  });

  test('many peers: all to all, each in order', async () => {
    const names = upTo(7).map((n) => `peer-${n}`);
    const COUNT = 30;
    const everybody: Cast = (at) =>
      Object.fromEntries(
        names.map((self): [string, Script] => [
          self,
          (_, input, out) => {
            if (input.kind !== 'start') return;
            for (const n of upTo(COUNT)) for (const peer of names) if (peer !== self) out.send(at(peer), 'letter', n);
            for (const n of upTo(COUNT))
              for (const peer of names) if (peer !== self) out.sendData(at(peer), 'letter', n);
          },
        ]),
      );
    const { log, until } = bound(await opened(everybody));
    await until(() => names.every((name) => log(name).length >= 1 + 2 * COUNT * (names.length - 1)));
    for (const self of names) {
      for (const peer of names.filter((name) => name !== self)) {
        expect(numbers(log(self), 'control', peer)).toEqual(upTo(COUNT));
        expect(numbers(log(self), 'data', peer)).toEqual(upTo(COUNT));
      }
    }
  });
});

function bound(lab: TransportLab): Pick<TransportLab, 'log' | 'until'> {
  return { log: (name) => lab.log(name), until: (isSo) => lab.until(isSo) };
}
