// The explorer against models whose numbers of states are known: those of Stateright 0.31.0, and of a second explorer that shares no code with it.
import { describe, expect, test } from 'vitest';
import { explore } from '../../../../src/sim/search/explore/explore.ts';
import type { TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';
import type { ExploreOptions } from '../../../../src/sim/search/explore/explore-types.ts';
import { abd } from './models/abd.ts';
import { actorSystem, type ActorSystem, type NetworkKind } from './models/actors.ts';
import { paxos, PAXOS_SERVERS } from './models/paxos.ts';
import { pingPong } from './models/ping-pong.ts';
import { lostAddition, racingCounters } from './models/racing-counters.ts';
import { registerSystem } from './models/register.ts';
import { singleCopy } from './models/single-copy.ts';
import { disagreement, twoPhase } from '../../../../bench/explorer/two-phase.ts';

type Counts = readonly [unique: number, total: number, depth?: number];

function expectCounts(system: TransitionSystem, [unique, total, depth]: Counts, options: ExploreOptions = {}): void {
  const wide = explore(system, options);
  expect(wide).toMatchObject({ outcome: 'complete', unique, total, violation: null, expanded: unique });
  if (depth !== undefined) expect(wide.depth).toBe(depth);
  const all = { outcome: 'complete', unique, total };
  expect(explore(system, { ...options, order: 'depth' })).toMatchObject(all);
  expect(explore(system, { ...options, memory: 'compact' })).toMatchObject({ ...all, depth: wide.depth });
}

test.each([
  [1, 12, 20, 5],
  [2, 56, 154, 8],
  [3, 288, 1_146, 11],
  [5, 8_832, 58_146, 17],
  [7, 296_448, 2_744_706, 23],
])('two-phase commit with %i managers', (managers, ...counts) => {
  expectCounts(twoPhase(managers), counts, { judge: disagreement(managers) });
});

test.each([
  [1, false, 3, 3],
  [2, false, 13, 15],
  [3, false, 84, 112],
  [4, false, 755, 1_157],
  [2, true, 17, 17],
  [3, true, 61, 61],
  [4, true, 257, 257],
])('%i racing counters, lock: %s', (threads, isLocked, ...counts) => {
  expectCounts(racingCounters(threads, isLocked), counts, isLocked ? { judge: lostAddition(threads) } : {});
});

const networks: readonly (readonly [NetworkKind, boolean])[] = [
  ['nondup', false],
  ['nondup', true],
  ['ordered', false],
  ['ordered', true],
  ['dup', false],
  ['dup', true],
];

/** Rows in the order of `networks`; null: not tried here. */
const table: Readonly<
  Record<string, readonly [make: (kind: NetworkKind, lossy: boolean) => ActorSystem, (Counts | null)[]]>
> = {
  'ping-pong to 1': [
    (kind, lossy) => actorSystem(pingPong(1), kind, lossy),
    [
      [3, 3, 3],
      [6, 6, 4],
      [3, 3, 3],
      [6, 6, 4],
      [3, 3, 3],
      [14, 21, 6],
    ],
  ],
  'ping-pong to 5': [
    (kind, lossy) => actorSystem(pingPong(5), kind, lossy),
    [
      [11, 11, 11],
      [22, 22, 12],
      [11, 11, 11],
      [22, 22, 12],
      [11, 11, 11],
      [4_094, 21_505, 22],
    ],
  ],
  'a single copy, 1 server, 1 client': [
    (kind, lossy) => actorSystem(registerSystem(1, 1, singleCopy), kind, lossy),
    [
      [5, 5, 5],
      [8, 9, 5],
      [5, 5, 5],
      [8, 9, 5],
      [9, 20, 6],
      [94, 287, 10],
    ],
  ],
  'a single copy, 1 server, 2 clients': [
    (kind, lossy) => actorSystem(registerSystem(1, 2, singleCopy), kind, lossy),
    [[93, 121, 9], [168, 325, 9], [93, 121, 9], [168, 325, 9], [1_323, 6_219, 14], null],
  ],
  'a single copy, 1 server, 3 clients': [
    (kind, lossy) => actorSystem(registerSystem(1, 3, singleCopy), kind, lossy),
    [[4_243, 6_778, 13], [8_114, 20_755, 13], [4_243, 6_778, 13], [8_114, 20_755, 13], null, null],
  ],
  'a single copy, 2 servers, 2 clients': [
    (kind, lossy) => actorSystem(registerSystem(2, 2, singleCopy), kind, lossy),
    [[62, 81, 9], [120, 225, 9], [62, 81, 9], [120, 225, 9], [375, 1_703, 11], null],
  ],
  'ABD, 2 servers, 2 clients': [
    (kind, lossy) => actorSystem(registerSystem(2, 2, abd(2)), kind, lossy),
    [[544, 875, 25], [1_183, 2_630, 25], [620, 883, 25], [1_166, 2_459, 25], null, null],
  ],
  'ABD, 3 servers, 1 client': [
    (kind, lossy) => actorSystem(registerSystem(3, 1, abd(3)), kind, lossy),
    [[1_449, 3_728, 17], [5_999, 32_127, 17], [559, 1_486, 21], [1_451, 6_543, 18], null, null],
  ],
  'Paxos, 1 client': [
    (kind, lossy) => actorSystem(registerSystem(PAXOS_SERVERS, 1, paxos), kind, lossy),
    [[265, 482, 14], [2_378, 8_197, 15], [237, 512, 15], [1_150, 3_779, 15], [634, 1_783, 15], null],
  ],
  'Paxos, 2 clients': [
    (kind, lossy) => actorSystem(registerSystem(PAXOS_SERVERS, 2, paxos), kind, lossy),
    [[16_668, 32_971, 21], null, [34_521, 112_970, 25], null, null, null],
  ],
};

describe.each(Object.entries(table))('%s', (_, [make, rows]) => {
  const known = networks.flatMap(([kind, lossy], at) => {
    const counts = rows[at] ?? null;
    return counts === null ? [] : [{ kind, lossy, counts }];
  });
  test.each(known)('on a network that is $kind, lossy: $lossy', ({ kind, lossy, counts }) => {
    const system = make(kind, lossy);
    expectCounts(system, counts, { isInside: (state) => system.isInside(state) });
  });
});

describe('what is wrong', () => {
  const judge = lostAddition(2);

  test('is found by the shortest way, breadth first', () => {
    const { outcome, violation } = explore(racingCounters(2, false), { judge });
    expect(outcome).toBe('violated');
    expect(violation?.text).toBe('2 threads have added, and the number is 1');
    expect(violation?.path.map(({ state }) => [...state.subarray(0, 5)])).toEqual([
      [0, 0, 1, 0, 1],
      [0, 0, 2, 0, 1],
      [0, 0, 2, 0, 2],
      [1, 0, 3, 0, 2],
      [1, 0, 3, 0, 3],
    ]);
  });

  test('is found depth first too, by a way whose every step is one of the system', () => {
    const system = racingCounters(4, false);
    const { violation } = explore(system, { judge: lostAddition(4), order: 'depth' });
    const path = violation?.path ?? [];
    expect(path.length).toBeGreaterThan(4);
    for (const [at, { state }] of path.slice(0, -1).entries())
      expect(successorsOf(system, state)).toContain(path[at + 1]?.state.join());
  });
});

function successorsOf(system: TransitionSystem, state: Int32Array): readonly string[] {
  const next = state.slice();
  const found: string[] = [];
  system.expand(state, {
    set: (place, part) => void (next[place] = part),
    emit() {
      found.push(next.join());
      next.set(state);
      return false;
    },
  });
  return found;
}
