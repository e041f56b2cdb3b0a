// The times of one key's timers, each once, in order. Opaque outside of this file: few are one list, many a list of lists, so that a key with very many
// pays for the one list that changes. Never changed, but replaced: copies of a state share it.

/** Plain data. `[3, 5]`, or, of more than fits into a list, `[[3, 5, …], [90, …], …]` with no list empty. */
export type TimerSet = readonly number[] | readonly (readonly number[])[];

/** What one list holds at most: copying it costs less than finding the key. */
const LIST_TIMERS_MAX = 128;

/** Frozen, so that all states may share it. */
export const NO_TIMERS: TimerSet = Object.freeze([]);

type Lists = readonly (readonly number[])[];

function isMany(timers: TimerSet): timers is Lists {
  return timers.length > 0 && typeof timers[0] !== 'number';
}

/** With this time; the same set if it was there already. */
export function withTimer(timers: TimerSet, time: number): TimerSet {
  if (!isMany(timers)) return splitIfLong(withTime(timers, time));
  const at = listFor(timers, time);
  const before = timers[at] as readonly number[];
  const after = withTime(before, time);
  return after === before ? timers : frozen(timers.toSpliced(at, 1, ...halves(after)));
}

/** Without this time; the same set if it was not there. */
export function withoutTimer(timers: TimerSet, time: number): TimerSet {
  if (!isMany(timers)) return withoutTime(timers, time);
  const at = listFor(timers, time);
  const before = timers[at] as readonly number[];
  const after = withoutTime(before, time);
  if (after === before) return timers;
  if (after.length > 0) return frozen(timers.with(at, after));
  return timers.length === 1 ? NO_TIMERS : frozen(timers.toSpliced(at, 1));
}

export function hasTimer(timers: TimerSet, time: number): boolean {
  const list = isMany(timers) ? (timers[listFor(timers, time)] as readonly number[]) : timers;
  return list[placeOf(list, time)] === time;
}

export function isNoTimer(timers: TimerSet): boolean {
  return timers.length === 0;
}

/** The earliest first. */
export function timesOf(timers: TimerSet): readonly number[] {
  return isMany(timers) ? timers.flat() : timers;
}

/** The last list that begins at or before the time, or the first. */
function listFor(lists: Lists, time: number): number {
  let low = 0;
  let high = lists.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (((lists[middle] as readonly number[])[0] as number) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where the time is in a list, or would be. */
function placeOf(list: readonly number[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withTime(list: readonly number[], time: number): readonly number[] {
  const at = placeOf(list, time);
  return list[at] === time ? list : frozen(list.toSpliced(at, 0, time));
}

function withoutTime(list: readonly number[], time: number): readonly number[] {
  const at = placeOf(list, time);
  if (list[at] !== time) return list;
  return list.length === 1 ? (NO_TIMERS as readonly number[]) : frozen(list.toSpliced(at, 1));
}

function splitIfLong(list: readonly number[]): TimerSet {
  return list.length > LIST_TIMERS_MAX ? frozen(halves(list)) : list;
}

function halves(list: readonly number[]): Lists {
  if (list.length <= LIST_TIMERS_MAX) return [list];
  const middle = list.length >> 1;
  return [frozen(list.slice(0, middle)), frozen(list.slice(middle))];
}

function frozen<T extends readonly unknown[]>(list: T): T {
  return Object.freeze(list);
}
