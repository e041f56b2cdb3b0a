// Threads that add 1 to a shared number in two steps, with a lock and without: places are the number, then of each thread what it read and its
// program counter; the lock is last.
import { isWanted, type Row, type TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

/** Of the steps of a thread: lock, read, write, unlock. */
const STEPS = 4;
const [READ, WRITE] = [1, 2];

export function racingCounters(threads: number, isLocked: boolean): TransitionSystem {
  const lock = 1 + 2 * threads;
  const first = isLocked ? 0 : 1;
  return {
    width: lock + 1,
    begin(next) {
      for (let thread = 0; thread < threads; thread++) next.set(2 + 2 * thread, first);
      next.emit();
    },
    expand(state, next) {
      for (let thread = 0; thread < threads; thread++) {
        const [read, counter] = [1 + 2 * thread, 2 + 2 * thread];
        const step = state[counter] as number;
        const isPossible = step === 0 ? state[lock] === 0 : step < (isLocked ? STEPS : STEPS - 1);
        if (!isPossible || !isWanted(next, STEPS * thread + step)) continue;
        switch (step) {
          case 0:
            next.set(lock, 1);
            break;
          case 1:
            next.set(read, state[0] as number);
            break;
          case 2:
            next.set(0, (state[read] as number) + 1);
            break;
          default:
            next.set(lock, 0);
        }
        next.set(counter, step + 1);
        next.emit();
      }
    },
    /** Steps of two threads of which not both are about the lock, nor both about the number, unless both only read it. */
    isIndependent(one, other) {
      const [step, after] = [one % STEPS, other % STEPS];
      if (Math.floor(one / STEPS) === Math.floor(other / STEPS)) return false;
      return isOfNumber(step) !== isOfNumber(after) || (step === READ && after === READ);
    },
  };
}

function isOfNumber(step: number): boolean {
  return step === READ || step === WRITE;
}

/** So many threads have added as the number says. */
export function lostAddition(threads: number): (state: Readonly<Row>) => string | null {
  return (state) => {
    let done = 0;
    for (let thread = 0; thread < threads; thread++) if ((state[2 + 2 * thread] as number) >= 3) done += 1;
    return done === state[0] ? null : `${done} threads have added, and the number is ${state[0]}`;
  };
}
