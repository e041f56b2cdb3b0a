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
}

/** Where a system puts successors: only what is other than in the state that is expanded has to be said. */
export interface Successors {
  /** The part at a place of the successor is another. */
  set(place: number, part: number): void;
  /**
   * The successor is complete; the next one begins.
   *
   * @param wrong what is wrong with the transition itself, whatever state it leads to. Absent or null: nothing is.
   */
  emit(wrong?: string | null): void;
}
