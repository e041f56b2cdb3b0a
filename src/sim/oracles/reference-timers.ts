// The timers of one operator of the reference, by time. Which timers a key has is said by the key; this says which come next.
import { EventHeap } from '../event-heap.ts';

export interface DueTimers<K> {
  /** Each time once, the earliest first; one whose keys are all gone is passed over. */
  readonly times: EventHeap<null>;
  readonly keys: Map<number, Set<K>>;
  /** How many timers there are. */
  size: number;
  /** How many there were when the first of an advance fired, and how many timers set since then that are due in it. */
  before: number;
  again: number;
}

export function createDueTimers<K>(): DueTimers<K> {
  return { times: new EventHeap<null>(), keys: new Map(), size: 0, before: 0, again: 0 };
}

export function addDueTimer<K>(due: DueTimers<K>, at: number, key: K): void {
  due.size += 1;
  const keys = due.keys.get(at);
  if (keys !== undefined) return void keys.add(key);
  due.keys.set(at, new Set([key]));
  due.times.push(at, 0, null);
}

export function removeDueTimer<K>(due: DueTimers<K>, at: number, key: K): void {
  if (due.keys.get(at)?.delete(key) === true) due.size -= 1;
}

/** Infinity if there is none: one at the end of all time is a timer like any other, which fires at the end of input. */
export function earliestTimer<K>(due: DueTimers<K>): number {
  for (;;) {
    if (due.times.size === 0) return Number.POSITIVE_INFINITY;
    const at = due.times.nextTime();
    if ((due.keys.get(at)?.size ?? 0) > 0) return at;
    due.times.take();
    due.keys.delete(at);
  }
}

/** Takes the keys of the earliest time out: those that it is set for again meanwhile come after them. */
export function takeEarliest<K>(due: DueTimers<K>): ReadonlySet<K> {
  const at = due.times.nextTime();
  const keys = due.keys.get(at) ?? new Set<K>();
  due.times.take();
  due.keys.delete(at);
  due.size -= keys.size;
  return keys;
}
