// States from which no goal can be reached: deadlocks, and traps in which something always happens.
import { describe, expect, test } from 'vitest';
import { explore } from '../../../../src/sim/search/explore/explore.ts';
import type { Step } from '../../../../src/sim/search/explore/way.ts';
import { areDone, describeWaiting, twoLocks } from './models/two-locks.ts';
import { isServed, tokenRing } from './models/token-ring.ts';

const ORDERS = ['breadth', 'depth'] as const;

function statesOf(steps: readonly Step[]): readonly (readonly number[])[] {
  return steps.map(({ state }) => [...state]);
}

describe('two threads and two locks', () => {
  test.each(ORDERS)('taken in one order, both are always done, %s first', (order) => {
    const found = explore(twoLocks(true), { order, isGoal: areDone });
    expect(found).toMatchObject({ outcome: 'complete', isGoalInReach: true, violation: null });
  });

  test('taken crosswise, the shortest way to a deadlock is found', () => {
    const { outcome, violation, isGoalInReach } = explore(twoLocks(false), {
      isGoal: areDone,
      describeStuck: (state, kind) => `${kind}: ${describeWaiting(state)}`,
    });
    expect([outcome, isGoalInReach]).toEqual(['violated', false]);
    expect(violation).toMatchObject({
      kind: 'deadlock',
      text: 'deadlock: threads 0 and 1 wait, 0 can go on',
      at: 2,
      cycle: [],
    });
    expect(statesOf(violation?.path ?? [])).toEqual([
      [0, 0, 0, 0],
      [1, 0, 1, 0],
      [1, 1, 1, 2],
    ]);
  });

  test('depth first finds a deadlock too, and has a sentence of its own', () => {
    const { violation } = explore(twoLocks(false), { order: 'depth', isGoal: areDone });
    expect(violation).toMatchObject({ kind: 'deadlock', text: 'nothing can happen any more, and this is no goal' });
    expect(statesOf(violation?.path.slice(-1) ?? [])).toEqual([[1, 1, 1, 2]]);
  });

  test('without a goal, to end is not wrong', () => {
    expect(explore(twoLocks(false))).toMatchObject({ outcome: 'complete', isGoalInReach: false });
  });
});

describe('a token that goes round', () => {
  const nodes = 4;
  const isGoal = isServed(nodes);

  test.each(ORDERS)('comes to the last node from everywhere, %s first', (order) => {
    expect(explore(tokenRing(nodes, false), { order, isGoal })).toMatchObject({
      outcome: 'complete',
      unique: 12,
      expanded: 12,
      isGoalInReach: true,
    });
  });

  test('is not followed behind a goal, if that is the end', () => {
    expect(explore(tokenRing(nodes, false), { isGoal, endsAtGoal: true })).toMatchObject({ unique: 12, expanded: 9 });
  });

  test('that is lost leaves a trap: the shortest way there, and what happens there for ever', () => {
    const { violation, unique, expanded } = explore(tokenRing(nodes, true), { isGoal });
    expect([unique, expanded]).toEqual([18, 18]);
    expect(violation).toMatchObject({ kind: 'trap', text: 'no goal can be reached any more', at: 2 });
    expect(statesOf(violation?.path ?? [])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [4, 0, 0],
      [4, 0, 1],
    ]);
    expect(statesOf(violation?.cycle ?? [])).toEqual([
      [4, 1, 1],
      [4, 2, 1],
      [4, 0, 1],
    ]);
    expect([...(violation?.path ?? []), ...(violation?.cycle ?? [])].map(({ transition }) => transition)).toEqual([
      0, 1, 2, 0, 0, 0, 0,
    ]);
  });

  test('leaves the same trap depth first', () => {
    const { violation } = explore(tokenRing(nodes, true), { isGoal, order: 'depth' });
    expect(violation?.kind).toBe('trap');
    expect(violation?.path[violation.at]?.state[0]).toBe(nodes);
    expect(violation?.cycle.at(-1)?.state).toEqual(violation?.path.at(-1)?.state);
  });

  test('has a way wherever it can leave what is inside', () => {
    const isInside = (state: Int32Array): boolean => state[2] === 0;
    expect(explore(tokenRing(nodes, true), { isGoal, isInside })).toMatchObject({
      outcome: 'complete',
      unique: 15,
      isGoalInReach: true,
    });
  });

  test('is nowhere served if no state is a goal: the initial one is in a trap', () => {
    const { violation } = explore(tokenRing(nodes, false), { isGoal: () => false });
    expect(violation).toMatchObject({ kind: 'trap', at: 0 });
    expect(violation?.path).toHaveLength(1);
  });
});
