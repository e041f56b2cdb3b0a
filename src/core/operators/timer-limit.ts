// How often timers may set timers that are due at once. At the end of the input the watermark is behind all times, so a timer that sets itself again
// would fire for ever, and no barrier would pass; elsewhere one that sets itself for a time that has passed would.
import type { KeyedState } from './keyed-state.ts';
import { MAX_WATERMARK } from './watermark.ts';
import { UserCodeError } from './user-code-error.ts';

/** A year of minutes has 525,600: what sets itself again once a minute may catch up with a long gap. */
const TIMERS_SET_MAX = 1_000_000;
/** At the end there is no time to catch up with, but what is left of each key may be given out in steps. */
const TIMERS_SET_AT_END_MAX = 100_000;
/** On top of that, for each timer that was there when the first one fired. */
const TIMERS_SET_PER_TIMER = 100;

/** The one that fires is out of the queue already. */
export function noteTimerFired(keyed: KeyedState<unknown>): void {
  if (keyed.timersBefore === 0) keyed.timersBefore = keyed.timers.times.length + 1;
}

/** A timer set another one. Throws a UserCodeError if that has no end. */
export function noteTimerSet(keyed: KeyedState<unknown>, time: number, watermark: number): void {
  if (time > watermark) return;
  keyed.timersSet += 1;
  const atEnd = watermark === MAX_WATERMARK;
  const most = (atEnd ? TIMERS_SET_AT_END_MAX : TIMERS_SET_MAX) + TIMERS_SET_PER_TIMER * keyed.timersBefore;
  if (keyed.timersSet <= most) return;
  const when = atEnd ? 'at the end of the input, where each fires at once' : `for times that the watermark has passed`;
  throw new UserCodeError(
    keyed.operator,
    `set more than ${most} timers ${when}: a timer that sets itself again must stop there`,
    'onTimer',
  );
}

/** All that were due have fired. */
export function forgetTimers(keyed: KeyedState<unknown>): void {
  keyed.timersBefore = 0;
  keyed.timersSet = 0;
}
