// What an explorer explores: states as short rows of numbers, and for each state all its successors. A number stands for a part (the state of a
// node, a queue, a message on its way) that its system keeps once, however many states it is in.

/** Parts of a state by place: part numbers from 0 on, below 2^31. Equal rows are equal states. */
export type Row = Int32Array;

/** Any transition system: the world of a guest, or a model with rules of its own. */
export interface TransitionSystem {
  /** Places in a row. */
  readonly width: number;
  /** Gives every initial state; `next` begins as a row of zeros. */
  begin(next: Successors): void;
  /**
   * Gives every successor of a state, in the same order each time; one that is given twice counts twice. `next` begins as the state itself.
   *
   * @param state not to be kept
   */
  expand(state: Readonly<Row>, next: Successors): void;
  /**
   * For sleep sets: in every state neither of two transitions makes the other possible, impossible, or other than it is, both orders lead to the same state, and
   * what is wrong with them is wrong in both. One wrong answer, and states are missed. It is symmetric, and no transition is independent of itself.
   *
   * @param one a name that `wants` was given
   */
  isIndependent?(one: number, other: number): boolean;
  /**
   * Of a system that keeps parts: false for a state of which it has but the numbers of some, as they were found in another process. It can be expanded once a state
   * that leads to it was. Absent: all can.
   */
  knows?(state: Readonly<Row>): boolean;
  /** As `expand`, of a state that was expanded in another process: nothing that is told is counted again. Present where `knows` is. */
  remake?(state: Readonly<Row>, next: Successors): void;
}

/** Where a system puts successors: only what is other than in the state that is expanded has to be said. */
export interface Successors {
  /**
   * False: the successor of this transition is not needed, and counts as given. Asked by a system that knows independent transitions, before it makes a successor that
   * there is; see `isWanted`. Absent: all are needed.
   *
   * @param transition the name of the transition, from 0 on below 2^32: the same in each state in which it is possible, and of one successor there
   */
  wants?(transition: number): boolean;
  /** The part at a place of the successor is another. */
  set(place: number, part: number): void;
  /**
   * The successor is complete; the next one begins.
   *
   * @param wrong what is wrong with the transition itself, whatever state it leads to. Absent or null: nothing is.
   * @returns true if the state waits to be expanded, newly reached or not; false if it was expanded, or where nobody keeps them
   */
  emit(wrong?: string | null): boolean;
}

/** Is the successor of this transition to be made? */
export function isWanted(next: Successors, transition: number): boolean {
  return next.wants?.(transition) !== false;
}
