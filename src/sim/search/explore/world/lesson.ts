// A step that was made, to be made again with something else of which it must not depend.
import type { Row } from '../transition-system.ts';
import type { Made, Move, StepMode } from './engine-steps.ts';

/** A step as it was made. */
export interface Lesson {
  /** Of the node, or behind all nodes of the service, by which it is remembered. */
  readonly place: number;
  readonly row: Readonly<Row>;
  readonly move: Move;
  readonly script: readonly number[];
  readonly mode: StepMode;
  readonly made: Made;
}

/** Whoever looks at some steps again. */
export interface Learner {
  /** A step was made for the first time. Throws an `UndeclaredError` where it depends on what it must not. */
  learn(lesson: Lesson): void;
}

/** The same was sent, shown and asked, and led to the same state. */
export function isSameMade(made: Made, again: Made): boolean {
  return (
    made.wrong === again.wrong &&
    made.row.every((part, place) => part === again.row[place]) &&
    made.seen.length === again.seen.length &&
    made.seen.every(({ observation, values }, at) => {
      const other = again.seen[at];
      return observation === other?.observation && values.every((value, place) => value === other.values[place]);
    }) &&
    made.asked.length === again.asked.length
  );
}
