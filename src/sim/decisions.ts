// Every chance of a run is a numbered decision: an integer in [0, n) from a named stream, where 0 is always the plainest choice.
// Streams are narrow (one per question and place) and count only their own questions, so that one question less shifts nobody else.

/** A stream of decisions: small integers. It means the same stream in all forks of its `Decisions`, whenever it was opened. */
export type StreamId = number;

/** A source of decisions: every chance of a run, as numbered answers. */
export interface Decisions {
  /**
   * Whether this source chooses the order of events. If not, the answer to every question of stream `schedule` is 0, and the world does not even ask:
   * looking up all enabled events would cost more than the event.
   */
  readonly ordersEvents: boolean;
  /** The stream of this name, opened at its first use: `delay/jm-1>tm-2/trigger-checkpoint`, `crash/tm-2/acknowledge-checkpoint`. */
  open(name: string): StreamId;
  /**
   * The next decision of a stream: an integer in [0, n).
   * @param odds chance of any answer but 0, in [0, 1]; the others are uniform over 1 … n - 1. Only random sources read it.
   */
  pick(stream: StreamId, n: number, odds: number): number;
  /** The question of a stream that was asked last, as a tape names it. */
  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'>;
  /** Told once of the clock of the world that asks, in µs; until then it is 0. For sources that answer by time, or keep it. */
  watch?(now: () => number): void;
  /** A copy that goes on from here: it answers what this one would have answered. */
  fork(): Decisions;
  /** All decisions so far that were not 0. */
  tape(): readonly TapeEntry[];
}

/** The decision stream that chooses the next event. */
export const SCHEDULE_STREAM = 'schedule';

/** The `index`-th question (from 0) of a stream was answered with `value`. What is not on a tape is 0. */
export interface TapeEntry {
  readonly stream: string;
  readonly index: number;
  readonly value: number;
}

/** A decision, and the time at which it was asked for, in µs. */
export interface TimedEntry extends TapeEntry {
  readonly atUs: number;
}

/** An integer in [0, n), all as likely. Where there is nothing to choose, nobody is asked. */
export function pickUniformly(decisions: Decisions, stream: string, n: number): number {
  return n <= 1 ? 0 : decisions.pick(decisions.open(stream), n, (n - 1) / n);
}
