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
  /** Where in `#events` the event of an entry lies. Behind the entries stand the places that are free. */
  #places: number[];
  /** By place: an event does not move when its entry does, which would cost the collector's bookkeeping each time. */
  #events: (E | undefined)[];
  /** Entries including the hole. */
  #size: number;
  /** The top was taken and nothing was put in its place yet. */
  #hole = false;
  /** Key of the entry that was taken last. */
  takenTime: TimeUs = 0;
  takenSequence = 0;

  constructor(
    times: number[] = [],
    sequences: number[] = [],
    places: number[] = [],
    events: (E | undefined)[] = [],
    size = 0,
  ) {
    this.#times = times;
    this.#sequences = sequences;
    this.#places = places;
    this.#events = events;
    this.#size = size;
  }

  get size(): number {
    return this.#hole ? this.#size - 1 : this.#size;
  }

  /** Time of the first entry; infinity if there is none. */
  nextTime(): TimeUs {
    if (this.#hole) this.#fill();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  /** The first entry, which stays; null if there is none. */
  first(): HeapEntry<E> | null {
    const time = this.nextTime();
    if (this.#size === 0) return null;
    return { time, sequence: this.#sequences[0] as number, event: this.#events[this.#places[0] as number] as E };
  }

  push(time: TimeUs, sequence: number, event: E): void {
    if (this.#hole) {
      this.#hole = false;
      const place = this.#places[0] as number;
      this.#events[place] = event;
      this.#siftDown(time, sequence, place);
      return;
    }
    if (this.#size === this.#events.length) this.#grow();
    const place = this.#places[this.#size] as number;
    this.#events[place] = event;
    this.#size += 1;
    this.#siftUp(time, sequence, place);
  }

  #grow(): void {
    this.#times.push(0);
    this.#sequences.push(0);
    this.#places.push(this.#events.length);
    this.#events.push(undefined);
  }

  /** Takes the first entry out; there must be one. */
  take(): E {
    if (this.#hole) this.#fill();
    assert(this.#size > 0, 'take from an empty heap');
    this.takenTime = this.#times[0] as number;
    this.takenSequence = this.#sequences[0] as number;
    this.#hole = true;
    return this.#events[this.#places[0] as number] as E;
  }

  #fill(): void {
    this.#hole = false;
    const free = this.#places[0] as number;
    this.#events[free] = undefined; // nobody keeps it alive
    this.#size -= 1;
    const last = this.#size;
    const place = this.#places[last] as number;
    this.#places[last] = free;
    if (last > 0) this.#siftDown(this.#times[last] as number, this.#sequences[last] as number, place);
  }

  /** Puts an entry in at the top, which is free. */
  #siftDown(time: number, sequence: number, place: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const places = this.#places;
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
      places[at] = places[child] as number;
      at = child;
    }
    times[at] = time;
    sequences[at] = sequence;
    places[at] = place;
  }

  /** Puts an entry in at the end, which is free. */
  #siftUp(time: number, sequence: number, place: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const places = this.#places;
    let at = this.#size - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent] as number;
      if (parentTime < time || (parentTime === time && (sequences[parent] as number) < sequence)) break;
      times[at] = parentTime;
      sequences[at] = sequences[parent] as number;
      places[at] = places[parent] as number;
      at = parent;
    }
    times[at] = time;
    sequences[at] = sequence;
    places[at] = place;
  }

  fork(): EventHeap<E> {
    if (this.#hole) this.#fill();
    const fork = new EventHeap(
      this.#times.slice(),
      this.#sequences.slice(),
      this.#places.slice(),
      this.#events.slice(),
      this.#size,
    );
    fork.takenTime = this.takenTime;
    fork.takenSequence = this.takenSequence;
    return fork;
  }

  /** All entries in the order in which they are due. Costs as much as there are entries: for rare occasions and small worlds. */
  entries(): HeapEntry<E>[] {
    if (this.#hole) this.#fill();
    const entries = Array.from({ length: this.#size }, (_, at) => ({
      time: this.#times[at] as number,
      sequence: this.#sequences[at] as number,
      event: this.#events[this.#places[at] as number] as E,
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
    this.#places.length = 0;
    this.#events.length = 0;
    for (const { time, sequence, event } of entries) this.push(time, sequence, event);
  }
}
