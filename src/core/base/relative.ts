// Moments and counters that go on for ever. Two states that differ in nothing else have the same future, so whoever owns such a state says where
// they are: an explorer takes off what has passed, and a machine that beats for ever comes back to a state that was seen.
import type { MessageOf, Vocabulary } from './vocabulary.ts';

/** What is taken off. */
export interface Shift {
  /**
   * A moment on the clocks of the node, in ms. Zero and less stand for none, and stay; so does infinity.
   *
   * @param forMs longer ago than that, it makes no difference when it was. Default: it always does
   */
  moment(ms: number, forMs?: number): number;
  /** A moment that is only ever compared with now, in ms: one that has passed is 0. */
  deadline(ms: number): number;
  /** The same in µs of world time: what a service of the simulator keeps. */
  worldDeadline(us: number): number;
  /** The id of a request of this node. Zero and less stand for none, and stay. */
  request(id: number): number;
  /**
   * A value of a counter. Zero and less stand for none, and stay.
   *
   * @param owner address of the node, or name of the service, that owns it
   */
  counter(owner: string, name: string, value: number): number;
}

/** The values of counters that a state owns, by name: the newest of each. */
export type Counters = Readonly<Record<string, number>>;

/** The name of the counter of a machine's ids of requests, unless it has several. */
export const REQUESTS = 'requests';

/**
 * Where the state of a machine, and what it sends, hold moments and counters. Bytes and names are left as they are.
 *
 * @example
 * ```ts
 * import { REQUESTS, type Relative } from 'millrace/sim';
 *
 * const relative: Relative<{ nextId: number; retryAt: number }> = {
 *   counters: ({ nextId }) => ({ [REQUESTS]: nextId }),
 *   shift(state, by) {
 *     state.retryAt = by.deadline(state.retryAt);
 *     state.nextId = by.request(state.nextId);
 *   },
 * };
 *
 * const state = { nextId: 7, retryAt: 2_500 };
 * relative.shift(state, {
 *   moment: (ms) => ms - 2_000,
 *   deadline: (ms) => ms - 2_000,
 *   worldDeadline: (us) => us,
 *   request: (id) => id - 6,
 *   counter: (_owner, _name, value) => value,
 * });
 * console.log(state); // { nextId: 1, retryAt: 500 }
 * ```
 */
export interface Relative<S, V extends Vocabulary = Vocabulary> {
  /** The counters that it owns. Default: none. */
  counters?(state: S): Counters;
  /** The counter to which the id of a request belongs. Default: `REQUESTS`. */
  counterOf?(request: number): string;
  /** Takes off what has passed, in a state that nobody else holds. */
  shift(state: S, by: Shift): void;
  /**
   * A state without what is kept for people alone: statistics, a history. No step depends on that, so states that differ in nothing else have the same future.
   * The state itself is not changed. Default: there is no such thing in it.
   */
  withoutTold?(state: S): unknown;
  /** A message that it sent, without what has passed. Default: there is nothing in it that goes on. */
  shiftMessage?(message: MessageOf<V>, by: Shift): MessageOf<V>;
}
