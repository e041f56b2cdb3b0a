// Two-phase commit with a set of messages that only grows, as Stateright's example has it: places are the managers, then the coordinator, the
// flags of those whose promise it has noted, and the messages.
import { isWanted, type Row, type TransitionSystem } from '../../src/sim/search/explore/transition-system.ts';

const [WORKING, PREPARED, COMMITTED, ABORTED] = [0, 1, 2, 3];
/** Transitions: of the coordinator alone; of a manager, behind those of the managers before. */
const [COMMIT, ABORT, FIRST] = [0, 1, 2];
const [NOTE, PREPARE, GIVE_UP, OBEY_COMMIT, OBEY_ABORT, KINDS] = [0, 1, 2, 3, 4, 5];
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
      if (decision === INIT && flags === all && isWanted(next, COMMIT)) {
        next.set(coordinator, DECIDED_COMMIT);
        next.set(sent, messages | commit);
        next.emit();
      }
      if (decision === INIT && isWanted(next, ABORT)) {
        next.set(coordinator, DECIDED_ABORT);
        next.set(sent, messages | abort);
        next.emit();
      }
      for (let manager = 0; manager < managers; manager++) {
        const prepared = 1 << manager;
        const own = FIRST + KINDS * manager;
        if (decision === INIT && (messages & prepared) !== 0 && isWanted(next, own + NOTE)) {
          next.set(noted, flags | prepared);
          next.emit();
        }
        if (state[manager] === WORKING && isWanted(next, own + PREPARE)) {
          next.set(manager, PREPARED);
          next.set(sent, messages | prepared);
          next.emit();
        }
        if (state[manager] === WORKING && isWanted(next, own + GIVE_UP)) {
          next.set(manager, ABORTED);
          next.emit();
        }
        if ((messages & commit) !== 0 && isWanted(next, own + OBEY_COMMIT)) {
          next.set(manager, COMMITTED);
          next.emit();
        }
        if ((messages & abort) !== 0 && isWanted(next, own + OBEY_ABORT)) {
          next.set(manager, ABORTED);
          next.emit();
        }
      }
    },
    isIndependent: (one, other) => (one < other ? areIndependent(one, other) : areIndependent(other, one)),
  };
}

/** Those of two managers; and those of a manager that neither are of the decision nor wait for it. */
function areIndependent(one: number, other: number): boolean {
  if (other < FIRST) return false;
  const kind = (other - FIRST) % KINDS;
  if (one >= FIRST) return Math.floor((one - FIRST) / KINDS) !== Math.floor((other - FIRST) / KINDS);
  return kind !== NOTE && kind !== (one === COMMIT ? OBEY_COMMIT : OBEY_ABORT);
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
