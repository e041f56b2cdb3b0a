// Threads that add 1 to a shared number in two steps, with a lock and without: places are the number, then of each thread what it read and its
// program counter; the lock is last.
import type { Row, TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

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
        switch (state[counter]) {
          case 0:
            if (state[lock] === 1) continue;
            next.set(lock, 1);
            break;
          case 1:
            next.set(read, state[0] as number);
            break;
          case 2:
            next.set(0, (state[read] as number) + 1);
            break;
          case 3:
            if (!isLocked) continue;
            next.set(lock, 0);
            break;
          default:
            continue;
        }
        next.set(counter, (state[counter] as number) + 1);
        next.emit();
      }
    },
  };
}

/** So many threads have added as the number says. */
export function lostAddition(threads: number): (state: Readonly<Row>) => string | null {
  return (state) => {
    let done = 0;
    for (let thread = 0; thread < threads; thread++) if ((state[2 + 2 * thread] as number) >= 3) done += 1;
    return done === state[0] ? null : `${done} threads have added, and the number is ${state[0]}`;
  };
}
