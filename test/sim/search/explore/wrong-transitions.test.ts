// Transitions that are wrong by themselves, and ways as indexes of transitions.
import { describe, expect, test } from 'vitest';
import { explore } from '../../../../src/sim/search/explore/explore.ts';
import type { TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';
import { follow } from '../../../../src/sim/search/explore/way.ts';
import { lostAddition, racingCounters } from './models/racing-counters.ts';

const ORDERS = ['breadth', 'depth'] as const;

/** Counts up to 3, or stays; from 3 it falls back to `lands`, which is wrong. */
function falling(lands: number): TransitionSystem {
  return {
    width: 1,
    begin: (next) => next.emit(),
    expand(state, next) {
      const [number = 0] = state;
      next.emit(null);
      next.set(0, number === 3 ? lands : number + 1);
      next.emit(number === 3 ? 'it fell' : null);
    },
  };
}

describe.each(ORDERS)('a wrong transition, %s first,', (order) => {
  test.each([
    ['a new state', 7, 5],
    ['a state that is known', 1, 4],
  ])('to %s', (_, lands, unique) => {
    const { outcome, violation, ...found } = explore(falling(lands), { order });
    expect(outcome).toBe('violated');
    expect(violation).toMatchObject({ kind: 'transition', text: 'it fell', at: 4 });
    expect(violation?.path.map(({ state, transition }) => [state[0], transition])).toEqual([
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 1],
      [lands, 1],
    ]);
    expect(found.unique).toBe(unique);
  });

  test('to a state that is not inside: it is not counted, and still wrong', () => {
    const { violation, unique } = explore(falling(7), { order, isInside: ([number = 0]) => number < 4 });
    expect(violation?.path.at(-1)?.state).toEqual(Int32Array.of(7));
    expect(unique).toBe(4);
  });

  test('is the first that counts, before what is wrong with its state', () => {
    const judge = ([number]: Int32Array): string | null => (number === 7 ? 'it is 7' : null);
    expect(explore(falling(7), { order, judge }).violation?.kind).toBe('transition');
  });

  test('can be the one to an initial state', () => {
    const system: TransitionSystem = {
      width: 1,
      begin(next) {
        next.emit();
        next.set(0, 5);
        next.emit('it begins with 5');
      },
      expand: () => undefined,
    };
    const { violation, expanded } = explore(system, { order });
    expect(violation).toMatchObject({ kind: 'transition', path: [{ transition: 1, state: Int32Array.of(5) }], at: 0 });
    expect(expanded).toBe(0);
  });

  test('is no other than the one that a judge finds: their ways are followed alike', () => {
    const system = racingCounters(3, false);
    const { violation } = explore(system, { order, judge: lostAddition(3) });
    expect(violation?.kind).toBe('state');
    const path = violation?.path ?? [];
    const transitions = path.map(({ transition }) => transition);
    expect(follow(system, transitions)).toEqual(path);
    expect(lostAddition(3)(path.at(-1)?.state ?? new Int32Array(8))).toBe(violation?.text);
  });
});

test('a system that gives fewer successors than before is found out', () => {
  expect(() => follow(falling(1), [0, 2])).toThrow('a system gave fewer successors of a state than it did before');
});
