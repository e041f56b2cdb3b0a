// A token that goes from node to node while a hand goes round a clock: places are the holder, the hand, and whether a loss was noticed.
import type { Row, TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

const [HOLDER, HAND, NOTICED] = [0, 1, 2];
const HOURS = 3;

/** @param isLossy the token can be lost: the hand waits until somebody notices, and then goes round for ever */
export function tokenRing(nodes: number, isLossy: boolean): TransitionSystem {
  const lost = nodes;
  return {
    width: 3,
    begin: (next) => next.emit(),
    expand(state, next) {
      const [holder, hand] = [state[HOLDER] as number, state[HAND] as number];
      if (holder === lost && state[NOTICED] === 0) {
        next.set(NOTICED, 1);
        return next.emit();
      }
      next.set(HAND, (hand + 1) % HOURS);
      next.emit();
      if (holder === lost) return;
      next.set(HOLDER, (holder + 1) % nodes);
      next.emit();
      if (!isLossy || holder !== 1) return;
      next.set(HOLDER, lost);
      next.emit();
    },
  };
}

/** The last node has the token. */
export function isServed(nodes: number): (state: Readonly<Row>) => boolean {
  return (state) => state[HOLDER] === nodes - 1;
}
