// What a step comes to that is remembered.

/** The first use at which a step is made again: the one before it is mostly the step itself. */
export const FIRST_CHECK = 2;

/** How a step ends that depends on its node and input alone. */
export interface Outcome {
  /** From 0 on, each another: who makes the step, from which state, what happens, and when go with it. */
  readonly number: number;
  /** Of a plain step. */
  readonly script: readonly number[];
  /** Picks of the machine that were not answered with 0. */
  readonly chances: number;
  /** Of a node, or of a service. */
  readonly part: number;
  /** Triples: a node, what leaves for it, and in which classes of streams (bits: 1 control, 2 data). */
  readonly sends: readonly number[];
  /** What leaves for services. */
  readonly calls: number;
  /** What is seen of it, and what the part is at that moment. */
  readonly seen: readonly Glimpse[];
  readonly wrong: string | null;
  /** So often it was taken from memory. */
  uses: number;
  /** At which use it is made again, and compared. */
  nextCheck: number;
}

interface Glimpse {
  readonly observation: number;
  readonly part: number;
}
