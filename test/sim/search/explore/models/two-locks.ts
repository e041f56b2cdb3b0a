// Two threads that need both of two locks: places are the program counters of the threads, then the holder of each lock plus 1.
import type { Row, TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

const THREADS = [0, 1];
const [FIRST, SECOND] = [2, 3];
const [NEEDS_ONE, NEEDS_OTHER, HAS_BOTH, DONE] = [0, 1, 2, 3];

/** @param isOrdered both threads take the first lock first; else each begins with another one */
export function twoLocks(isOrdered: boolean): TransitionSystem {
  const locksOf = (thread: number) => (isOrdered || thread === 0 ? [FIRST, SECOND] : [SECOND, FIRST]);
  return {
    width: 4,
    begin: (next) => next.emit(),
    expand(state, next) {
      for (const thread of THREADS) {
        const counter = state[thread] as number;
        const lock = locksOf(thread)[counter];
        if (counter === DONE || (lock !== undefined && state[lock] !== 0)) continue;
        if (lock !== undefined) next.set(lock, thread + 1);
        else for (const held of locksOf(thread)) next.set(held, 0);
        next.set(thread, counter + 1);
        next.emit();
      }
    },
  };
}

export function areDone(state: Readonly<Row>): boolean {
  return THREADS.every((thread) => state[thread] === DONE);
}

/** Who waits for a lock, in words. */
export function describeWaiting(state: Readonly<Row>): string {
  const waiting = THREADS.filter((thread) => state[thread] === NEEDS_ONE || state[thread] === NEEDS_OTHER);
  const holding = THREADS.filter((thread) => state[thread] === HAS_BOTH);
  return `threads ${waiting.join(' and ')} wait, ${holding.length} can go on`;
}
