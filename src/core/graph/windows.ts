// Window assigners of the job API, and the lengths of time that they are told in. All times are ms.

/** A second in ms. */
export const SECOND_MS = 1_000;
/** A minute in ms. */
export const MINUTE_MS: number = 60 * SECOND_MS;
/** An hour in ms. */
export const HOUR_MS: number = 60 * MINUTE_MS;
/** A day in ms: no day of a calendar, which may be longer. */
export const DAY_MS: number = 24 * HOUR_MS;

/** How records are put into windows, as data. */
export interface WindowAssigner {
  /** The only kind so far. */
  readonly kind: 'tumbling-event-time';
  /**
   * Length of a window.
   * @unit ms
   */
  readonly sizeMs: number;
}

/**
 * Windows of one size, side by side, aligned to the epoch: `[k * sizeMs, (k + 1) * sizeMs)`.
 * @param sizeMs whole, positive
 * @example
 * ```ts
 * payments
 *   .keyBy(({ account }) => account)
 *   .window('daily', tumblingEventTime(DAY_MS))
 *   .aggregate({ create: () => 0, add: (sum, { cents }) => sum + cents, result: (sum) => sum })
 * ```
 */
export function tumblingEventTime(sizeMs: number): WindowAssigner {
  return { kind: 'tumbling-event-time', sizeMs };
}
