// A token that goes from node to node while a hand goes round a clock: places are the holder, the hand, and whether a loss was noticed.
import { isWanted, type Row, type TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

const [HOLDER, HAND, NOTICED] = [0, 1, 2];
const HOURS = 3;
const [TICK, PASS, LOSE, NOTICE] = [0, 1, 2, 3];

/** @param isLossy the token can be lost: the hand waits until somebody notices, and then goes round for ever */
export function tokenRing(nodes: number, isLossy: boolean): TransitionSystem {
  const lost = nodes;
  return {
    width: 3,
    begin: (next) => next.emit(),
    expand(state, next) {
      const [holder, hand] = [state[HOLDER] as number, state[HAND] as number];
      if (holder === lost && state[NOTICED] === 0) {
        if (!isWanted(next, NOTICE)) return;
        next.set(NOTICED, 1);
        return next.emit();
      }
      if (isWanted(next, TICK)) {
        next.set(HAND, (hand + 1) % HOURS);
        next.emit();
      }
      if (holder === lost) return;
      if (isWanted(next, PASS)) {
        next.set(HOLDER, (holder + 1) % nodes);
        next.emit();
      }
      if (!isLossy || holder !== 1 || !isWanted(next, LOSE)) return;
      next.set(HOLDER, lost);
      next.emit();
    },
    isIndependent: (one, other) => (one === TICK && other === PASS) || (one === PASS && other === TICK),
  };
}

/** The last node has the token. */
export function isServed(nodes: number): (state: Readonly<Row>) => boolean {
  return (state) => state[HOLDER] === nodes - 1;
}
