// The event queue of a world: a binary heap by (time, sequence). Its keys lie in arrays of numbers, so that a fork copies it in one move
// (typed arrays would do as well here, but making one costs more than the rest of a fork).
// Taking the top leaves a hole that the next push fills: an event that causes one other costs one heap operation, not two.
import { assert } from '../core/base/assert.ts';
import type { TimeUs } from './observation.ts';

export interface HeapEntry<E> {
  readonly time: TimeUs;
  readonly sequence: number;
  readonly event: E;
}

export class EventHeap<E> {
  #times: number[];
  #sequences: number[];
  #events: E[];
  /** Entries including the hole. */
  #size: number;
  /** The top was taken and nothing was put in its place yet. */
  #hole = false;
  /** Key of the entry that was taken last. */
  takenTime: TimeUs = 0;
  takenSequence = 0;

  constructor(times: number[] = [], sequences: number[] = [], events: E[] = []) {
    this.#times = times;
    this.#sequences = sequences;
    this.#events = events;
    this.#size = events.length;
  }

  get size(): number {
    return this.#hole ? this.#size - 1 : this.#size;
  }

  /** Time of the first entry; infinity if there is none. */
  nextTime(): TimeUs {
    if (this.#hole) this.#fill();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  push(time: TimeUs, sequence: number, event: E): void {
    if (this.#hole) {
      this.#hole = false;
      this.#siftDown(time, sequence, event);
      return;
    }
    this.#times.push(time);
    this.#sequences.push(sequence);
    this.#events.push(event);
    this.#size += 1;
    this.#siftUp(time, sequence, event);
  }

  /** Takes the first entry out; there must be one. */
  take(): E {
    if (this.#hole) this.#fill();
    assert(this.#size > 0, 'take from an empty heap');
    this.takenTime = this.#times[0] as number;
    this.takenSequence = this.#sequences[0] as number;
    this.#hole = true;
    return this.#events[0] as E;
  }

  #fill(): void {
    this.#hole = false;
    this.#size -= 1;
    const time = this.#times.pop() as number;
    const sequence = this.#sequences.pop() as number;
    const event = this.#events.pop() as E;
    if (this.#size > 0) this.#siftDown(time, sequence, event);
  }

  /** Puts an entry in at the top, which is free. */
  #siftDown(time: number, sequence: number, event: E): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const events = this.#events;
    const size = this.#size;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let childTime = times[child] as number;
      if (child + 1 < size) {
        const rightTime = times[child + 1] as number;
        if (
          rightTime < childTime ||
          (rightTime === childTime && (sequences[child + 1] as number) < (sequences[child] as number))
        ) {
          child += 1;
          childTime = rightTime;
        }
      }
      if (time < childTime || (time === childTime && sequence < (sequences[child] as number))) break;
      times[at] = childTime;
      sequences[at] = sequences[child] as number;
      events[at] = events[child] as E;
      at = child;
    }
    times[at] = time;
    sequences[at] = sequence;
    events[at] = event;
  }

  /** Puts an entry in at the end, which is free. */
  #siftUp(time: number, sequence: number, event: E): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const events = this.#events;
    let at = this.#size - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent] as number;
      if (parentTime < time || (parentTime === time && (sequences[parent] as number) < sequence)) break;
      times[at] = parentTime;
      sequences[at] = sequences[parent] as number;
      events[at] = events[parent] as E;
      at = parent;
    }
    times[at] = time;
    sequences[at] = sequence;
    events[at] = event;
  }

  fork(): EventHeap<E> {
    if (this.#hole) this.#fill();
    const fork = new EventHeap(this.#times.slice(), this.#sequences.slice(), this.#events.slice());
    fork.takenTime = this.takenTime;
    fork.takenSequence = this.takenSequence;
    return fork;
  }

  /** All entries in the order in which they are due. Costs as much as there are entries: for rare occasions and small worlds. */
  entries(): HeapEntry<E>[] {
    if (this.#hole) this.#fill();
    const entries = this.#events.map((event, at) => ({
      time: this.#times[at] as number,
      sequence: this.#sequences[at] as number,
      event,
    }));
    return entries.sort((left, right) => left.time - right.time || left.sequence - right.sequence);
  }

  /** Takes out the entry with this sequence number; it must be there. As costly as `entries`. */
  takeOut(sequence: number): E {
    const entries = this.entries();
    const at = entries.findIndex((entry) => entry.sequence === sequence);
    assert(at >= 0, `no entry ${sequence} in the heap`);
    const [taken] = entries.splice(at, 1) as [HeapEntry<E>];
    this.replace(entries);
    this.takenTime = taken.time;
    this.takenSequence = sequence;
    return taken.event;
  }

  /** Puts these entries in place of all others. They are sorted, which makes them a heap as they are. */
  replace(entries: readonly HeapEntry<E>[]): void {
    this.#hole = false;
    this.#size = 0;
    this.#times.length = 0;
    this.#sequences.length = 0;
    this.#events.length = 0;
    for (const { time, sequence, event } of entries) this.push(time, sequence, event);
  }
}
