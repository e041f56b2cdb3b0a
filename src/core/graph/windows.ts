// Window assigners of the job API, and the lengths of time that they are told in. All times are ms.

export const SECOND_MS = 1_000;
export const MINUTE_MS: number = 60 * SECOND_MS;
export const HOUR_MS: number = 60 * MINUTE_MS;
export const DAY_MS: number = 24 * HOUR_MS;

/** How records are put into windows, as data. */
export interface WindowAssigner {
  readonly kind: 'tumbling-event-time';
  readonly sizeMs: number;
}

/** Windows of one size, side by side, aligned to the epoch: `[k * sizeMs, (k + 1) * sizeMs)`. */
export function tumblingEventTime(sizeMs: number): WindowAssigner {
  return { kind: 'tumbling-event-time', sizeMs };
}
