// Two-phase commit with a set of messages that only grows, as Stateright's example has it: places are the managers, then the coordinator, the
// flags of those whose promise it has noted, and the messages.
import type { Row, TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

const [WORKING, PREPARED, COMMITTED, ABORTED] = [0, 1, 2, 3];
const [INIT, DECIDED_COMMIT, DECIDED_ABORT] = [0, 1, 2];

export function twoPhase(managers: number): TransitionSystem {
  const [coordinator, noted, sent] = [managers, managers + 1, managers + 2];
  const all = (1 << managers) - 1;
  const [commit, abort] = [1 << managers, 1 << (managers + 1)];
  return {
    width: managers + 3,
    begin: (next) => next.emit(),
    expand(state, next) {
      const [decision, flags, messages] = [state[coordinator] as number, state[noted] as number, state[sent] as number];
      if (decision === INIT && flags === all) {
        next.set(coordinator, DECIDED_COMMIT);
        next.set(sent, messages | commit);
        next.emit();
      }
      if (decision === INIT) {
        next.set(coordinator, DECIDED_ABORT);
        next.set(sent, messages | abort);
        next.emit();
      }
      for (let manager = 0; manager < managers; manager++) {
        const prepared = 1 << manager;
        if (decision === INIT && (messages & prepared) !== 0) {
          next.set(noted, flags | prepared);
          next.emit();
        }
        if (state[manager] === WORKING) {
          next.set(manager, PREPARED);
          next.set(sent, messages | prepared);
          next.emit();
          next.set(manager, ABORTED);
          next.emit();
        }
        if ((messages & commit) !== 0) {
          next.set(manager, COMMITTED);
          next.emit();
        }
        if ((messages & abort) !== 0) {
          next.set(manager, ABORTED);
          next.emit();
        }
      }
    },
  };
}

/** No manager may give up while another has committed. */
export function disagreement(managers: number): (state: Readonly<Row>) => string | null {
  return (state) => {
    const own = state.subarray(0, managers);
    return own.includes(ABORTED) && own.includes(COMMITTED) ? 'one aborted, one committed' : null;
  };
}

/** All managers have committed, or given up. */
export function isOver(managers: number): (state: Readonly<Row>) => boolean {
  return (state) => state.subarray(0, managers).every((manager) => manager === COMMITTED || manager === ABORTED);
}
