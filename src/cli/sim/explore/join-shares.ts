// What came of all shares of an exploration, as one. Pure.
import { must } from '../../../core/base/assert.ts';
import type { GuestExplored } from '../../../sim/search/explore/explore-guest.ts';
import type { Tried } from './explore-once.ts';

/**
 * @param shares in their order, with the same input. Behind the first in which something is wrong none counts, so that it does not matter how far they
 * were.
 */
export function joinShares(shares: readonly Tried[]): Tried {
  const wrong = shares.findIndex(({ explored }) => explored?.outcome === 'violated');
  const counted = wrong < 0 ? shares : shares.slice(0, wrong + 1);
  const found = counted.flatMap(({ explored }) => (explored === null ? [] : [explored]));
  const first = must(shares[0], 'a share');
  return { ...first, explored: found.length === 0 ? null : joinExplored(found) };
}

/** The worst verdict; counts are sums, in which a state may be counted several times. */
function joinExplored(found: readonly GuestExplored[]): GuestExplored {
  const worst = found.find(isViolated) ?? found.find(isStopped) ?? must(found[0], 'a share');
  const sum = (countOf: (one: GuestExplored) => number): number => found.reduce((all, one) => all + countOf(one), 0);
  return {
    outcome: worst.outcome,
    reason: worst.reason,
    counterexample: worst.counterexample,
    growth: worst.growth,
    unique: sum(({ unique }) => unique),
    total: sum(({ total }) => total),
    expanded: sum(({ expanded }) => expanded),
    waiting: sum(({ waiting }) => waiting),
    missedExpected: sum(({ missedExpected }) => missedExpected),
    bytes: sum(({ bytes }) => bytes),
    engineSteps: sum(({ engineSteps }) => engineSteps),
    depth: Math.max(...found.map(({ depth }) => depth)),
    leftOutShare: Math.max(...found.map(({ leftOutShare }) => leftOutShare)),
    isEndInReach: found.every(({ isEndInReach }) => isEndInReach),
    reachedEnd: found.some(({ reachedEnd }) => reachedEnd),
    nodeStates: Object.fromEntries(
      Object.keys(worst.nodeStates).map((address) => [address, sum(({ nodeStates }) => nodeStates[address] ?? 0)]),
    ),
  };
}

const isViolated = ({ outcome }: GuestExplored): boolean => outcome === 'violated';
const isStopped = ({ outcome }: GuestExplored): boolean => outcome === 'stopped';
