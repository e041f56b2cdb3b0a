// Clocks that drift and jump: deadlines come when the node's own clock shows them, and a monotonic clock never runs back.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { World } from '../../src/sim/world-types.ts';
import { MS, logOf, worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

/** Wakes each `everyMs`, on its own clock. */
const ticking =
  (everyMs: number): Script =>
  (state, input) => {
    if (input.kind === 'start' || input.kind === 'wake') state.wakeAt = input.now + everyMs;
  };

const lastOf = (world: World): string | undefined => logOf(world, 'a').at(-1);

describe('a monotonic clock', () => {
  test('that runs fast brings deadlines sooner, one that runs slow later', () => {
    const world = worldOf({ a: ticking(100) });
    world.run({ untilUs: 50 * MS });
    expect(world.controls.driftClock('a', 500_000)).toBe(true);
    expect(world.controls.driftClock('a', 500_000)).toBe(false);
    world.run({ untilUs: 83_333 }); // 50 ms are left on a clock that shows 3 ms for 2
    expect(lastOf(world)).toBe('0 start 1');
    world.run({ untilUs: 83_334 });
    expect(lastOf(world)).toBe('100 wake');
    world.controls.driftClock('a', -500_000);
    world.run({ untilUs: 83_334 + 199_997 });
    expect(lastOf(world)).toBe('100 wake');
    world.run({ untilUs: 83_334 + 199_998 });
    expect(lastOf(world)).toBe('200 wake');
  });

  test('that jumps passes its deadlines at once, and the wake comes before anything else', () => {
    const world = worldOf({ a: ticking(100) });
    world.run({ untilUs: 30 * MS });
    expect(world.controls.jumpClock('a', 500, 'both')).toBe(true);
    world.run({ untilUs: 30 * MS });
    expect(lastOf(world)).toBe('530 wake');
    world.run({ untilUs: 130 * MS });
    expect(lastOf(world)).toBe('630 wake');
  });

  test('never runs back', () => {
    const world = worldOf({ a: ticking(100) });
    expect(() => world.controls.jumpClock('a', -1, 'both')).toThrow('never runs back');
    expect(() => world.controls.driftClock('a', -500_001)).toThrow('a drift of -500001 ppm');
    expect(() => world.controls.jumpClock('a', 0.5, 'wall')).toThrow('a jump of 0.5 ms');
  });

  test('is as fast as the world when faults stop, and keeps what it gained', () => {
    const world = worldOf({ a: ticking(100) });
    world.run({ untilUs: 1 });
    world.controls.driftClock('a', 500_000);
    world.run({ untilUs: 1_000 * MS });
    world.stopFaults();
    world.run({ untilUs: 2_000 * MS });
    expect(lastOf(world)).toBe('2400 wake'); // 2499 at the end
  });

  test('outlives a crash', () => {
    const world = worldOf({ a: ticking(100) });
    world.run({ untilUs: 30 * MS });
    world.controls.jumpClock('a', 500, 'both');
    world.controls.crash('a', 10 * MS);
    world.run({ untilUs: 50 * MS });
    expect(logOf(world, 'a')).toEqual(['540 start 2']);
  });

  type Change = { readonly afterUs: number; readonly ppm: number; readonly jumpMs: number };

  /** The same clock in fractions of a microsecond, without any rounding but that of each piece's end. */
  function shownAt(changes: readonly Change[], timeUs: number): number {
    let [sinceUs, shownUs, ppm] = [0n, 0n, 0n];
    const gain = (to: bigint): bigint => {
      const product = (to - sinceUs) * ppm;
      const floor = product / 1_000_000n - (product < 0n && product % 1_000_000n !== 0n ? 1n : 0n);
      return to - sinceUs + floor;
    };
    for (const change of changes) {
      const at = sinceUs + BigInt(change.afterUs);
      if (at > BigInt(timeUs)) break;
      shownUs += gain(at) + BigInt(change.jumpMs) * 1_000n;
      [sinceUs, ppm] = [at, BigInt(change.ppm)];
    }
    return Number((shownUs + gain(BigInt(timeUs))) / 1_000n);
  }

  test('shows what it should, and wakes its node in the very microsecond in which a deadline has come', () => {
    const changes = fc.array(
      fc.record({
        afterUs: fc.integer({ min: 1, max: 3_000_000_000 }),
        ppm: fc.integer({ min: -500_000, max: 500_000 }),
        jumpMs: fc.integer({ min: 0, max: 5_000 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(changes, fc.integer({ min: 200_000, max: 7_000_000 }), (given, everyMs) => {
        const wakes: { readonly at: number; readonly now: number }[] = [];
        let deadline = 0;
        const world = worldOf({
          a: (state, input) => {
            if (input.kind === 'wake') wakes.push({ at: world.view.now, now: input.now });
            if (input.kind === 'wake') expect(input.now).toBeGreaterThanOrEqual(deadline);
            state.wakeAt = input.now + everyMs;
            deadline = state.wakeAt;
          },
        });
        let at = 0;
        for (const { afterUs, ppm, jumpMs } of given) {
          at += afterUs;
          world.run({ untilUs: at });
          world.controls.driftClock('a', ppm);
          world.controls.jumpClock('a', jumpMs, 'both');
        }
        world.run({ untilUs: at + 20_000_000_000 });
        let before = 0;
        for (const wake of wakes) {
          expect(wake.now).toBe(shownAt(given, wake.at));
          const jumped = given.some(
            (_, index) => wake.at === given.slice(0, index + 1).reduce((sum, { afterUs }) => sum + afterUs, 0),
          );
          if (!jumped) expect(shownAt(given, wake.at - 1)).toBeLessThan(before + everyMs);
          before = wake.now;
        }
        expect(wakes.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a wall clock', () => {
  test('jumps in both directions, and the monotonic one does not notice', () => {
    const walls: number[] = [];
    const world = worldOf(
      {
        a: (state, input) => {
          walls.push(input.wallTime - input.now);
          state.wakeAt = input.now + 100;
        },
      },
      { epochMs: 1_000 },
    );
    world.run({ untilUs: 50 * MS });
    world.controls.jumpClock('a', -700, 'wall');
    world.run({ untilUs: 150 * MS });
    world.controls.jumpClock('a', 50, 'wall');
    world.run({ untilUs: 250 * MS });
    expect(walls).toEqual([1_000, 300, 350]);
    expect(logOf(world, 'a').map((line) => line.split(' ')[0])).toEqual(['0', '100', '200']);
  });
});

test('a fork has clocks of its own', () => {
  const world = worldOf({ a: ticking(100) });
  world.run({ untilUs: 30 * MS });
  const fork = world.fork();
  fork.controls.driftClock('a', 500_000);
  world.run({ untilUs: 99 * MS });
  fork.run({ untilUs: 99 * MS });
  expect([lastOf(world), lastOf(fork)]).toEqual(['0 start 1', '100 wake']);
});

test('a deadline between two ms comes with the next whole one', () => {
  const world = worldOf({
    a: (state, input) => {
      if (input.kind === 'start') state.wakeAt = 1.5;
    },
  });
  expect(world.run({ untilUs: 10 * MS })).toBe('idle');
  expect(logOf(world, 'a')).toEqual(['0 start 1', '2 wake']);
});
