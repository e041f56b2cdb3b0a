// What an oracle said, to be asked again of other orders of entries in its own state, and in the states that it looked at (`entry-orders.ts`).
import type { OtherOrders } from '../other-orders.ts';
import type { NodePart } from './parts.ts';
import type { ServiceRecord } from '../../../records.ts';

/** What it was shown, and what it made of it. */
export interface Heard<S> {
  readonly oracle: number;
  readonly opinion: number;
  readonly observation: number;
  readonly values: Int32Array;
  /** Places that it looked at. */
  readonly reads: readonly number[];
  readonly said: S;
}

/** One of what an oracle judges by, in another order. */
export interface OtherSight<T> {
  /** Null: its own state is as it was. */
  readonly opinion: T | null;
  /** A node or service that it looks at, by the place at which judges see it; null: all are as they were. */
  readonly seen: { readonly place: number; readonly value: NodePart | ServiceRecord } | null;
}

/** More than there are places. */
const PLACES = 1_024;

export class HeardOrders<T, S> {
  readonly #tables: readonly (OtherOrders<T> | null)[];
  readonly #compare: (heard: Heard<S>, other: OtherSight<T>) => void;
  readonly #byOpinion: readonly Map<number, Heard<S>[]>[];
  readonly #byRead = new Map<number, Heard<S>[]>();

  /** @param tables by oracle */
  constructor(tables: readonly (OtherOrders<T> | null)[], compare: (heard: Heard<S>, other: OtherSight<T>) => void) {
    this.#tables = tables;
    this.#compare = compare;
    this.#byOpinion = tables.map(() => new Map<number, Heard<S>[]>());
  }

  /** @param ordersAt other orders of what is at a place that was looked at */
  learn(heard: Heard<S>, ordersAt: (place: number, part: number) => readonly (NodePart | ServiceRecord)[]): void {
    const { oracle, opinion, reads, values } = heard;
    put(this.#byOpinion[oracle] as Map<number, Heard<S>[]>, opinion, heard);
    for (const place of reads) {
      const part = values[place] as number;
      put(this.#byRead, part * PLACES + place, heard);
      for (const value of ordersAt(place, part)) this.#compare(heard, { opinion: null, seen: { place, value } });
    }
    for (const other of this.#tables[oracle]?.of(opinion) ?? []) this.#compare(heard, { opinion: other, seen: null });
    this.lookAgain();
  }

  /** At opinions that were met in another order since. */
  lookAgain(): void {
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (const [oracle, table] of this.#tables.entries()) {
        for (const { number, value } of table?.takeFresh() ?? []) {
          isDone = false;
          for (const heard of this.#byOpinion[oracle]?.get(number) ?? [])
            this.#compare(heard, { opinion: value, seen: null });
        }
      }
    }
  }

  /** A node or service was met in another order. */
  meet(place: number, part: number, value: NodePart | ServiceRecord): void {
    for (const heard of this.#byRead.get(part * PLACES + place) ?? [])
      this.#compare(heard, { opinion: null, seen: { place, value } });
  }
}

function put<V>(map: Map<number, V[]>, key: number, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
