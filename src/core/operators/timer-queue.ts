// Event-time timers of one operator in the order in which they fire: by time, then by key. A binary heap in two arrays, as plain data.
// It is an index, not the truth: which timers there are lies with their keys, in their key groups. A deleted timer stays here until it comes up,
// or until too many did, and whoever takes it out looks whether it is still there.
import type { Key } from '../base/value.ts';
import { compareKeys } from '../graph/keys.ts';

export interface TimerQueue {
  readonly times: number[];
  readonly keys: Key[];
  /** How many of the queued timers were deleted. */
  stale: number;
}

const STALE_MIN = 64; // below this, sorting them out is not worth it

export function createTimerQueue(): TimerQueue {
  return { times: [], keys: [], stale: 0 };
}

/** Whether the first timer, if any, is due at this watermark. */
export function isTimerDue(queue: TimerQueue, watermark: number): boolean {
  return queue.times.length > 0 && (queue.times[0] as number) <= watermark;
}

/** Most of the queue was deleted: it is time to build it again from the truth. Doing so costs no more than what filled it. */
export function isMostlyStale(queue: TimerQueue): boolean {
  return queue.stale >= STALE_MIN && queue.stale * 2 > queue.times.length;
}

export function clearTimerQueue(queue: TimerQueue): void {
  queue.times.length = 0;
  queue.keys.length = 0;
  queue.stale = 0;
}

export function pushTimer(queue: TimerQueue, time: number, key: Key): void {
  let at = queue.times.length;
  queue.times.push(time);
  queue.keys.push(key);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(time, key, queue.times[parent] as number, queue.keys[parent] as Key)) break;
    moveTimer(queue, parent, at);
    at = parent;
  }
  placeTimer(queue, at, time, key);
}

/** Takes the first timer out; read it before. */
export function dropFirstTimer(queue: TimerQueue): void {
  const time = queue.times.pop();
  const key = queue.keys.pop();
  if (time !== undefined && key !== undefined && queue.times.length > 0) sinkTimer(queue, time, key);
}

/** Puts a timer into the place of the first one and lets it sink to its own. */
function sinkTimer(queue: TimerQueue, time: number, key: Key): void {
  const size = queue.times.length;
  let at = 0;
  for (let child = 1; child < size; child = at * 2 + 1) {
    const first = firstOfTwo(queue, child, child + 1);
    if (!isBefore(queue.times[first] as number, queue.keys[first] as Key, time, key)) break;
    moveTimer(queue, first, at);
    at = first;
  }
  placeTimer(queue, at, time, key);
}

/** The one of two neighbours that fires first; the right one may be beyond the end. */
function firstOfTwo(queue: TimerQueue, left: number, right: number): number {
  if (right >= queue.times.length) return left;
  const { times, keys } = queue;
  return isBefore(times[right] as number, keys[right] as Key, times[left] as number, keys[left] as Key) ? right : left;
}

function isBefore(time: number, key: Key, otherTime: number, otherKey: Key): boolean {
  return time < otherTime || (time === otherTime && compareKeys(key, otherKey) < 0);
}

function moveTimer(queue: TimerQueue, from: number, to: number): void {
  placeTimer(queue, to, queue.times[from] as number, queue.keys[from] as Key);
}

function placeTimer(queue: TimerQueue, at: number, time: number, key: Key): void {
  queue.times[at] = time;
  queue.keys[at] = key;
}
