// What a step changes of a row.
import type { Row, Successors } from '../transition-system.ts';

/** Places of a row, and the parts that are there afterwards. No place is set twice with different parts. */
export class RowChange {
  readonly #places: Int32Array;
  readonly #parts: Int32Array;
  #size = 0;

  /** @param width of the row: a change has room for twice as many places */
  constructor(width: number) {
    this.#places = new Int32Array(2 * width);
    this.#parts = new Int32Array(2 * width);
  }

  clear(): void {
    this.#size = 0;
  }

  set(place: number, part: number): void {
    this.#places[this.#size] = place;
    this.#parts[this.#size] = part;
    this.#size += 1;
  }

  writeTo(row: Row): void {
    for (let at = 0; at < this.#size; at++) row[this.#places[at] as number] = this.#parts[at] as number;
  }

  giveTo(next: Successors): void {
    for (let at = 0; at < this.#size; at++) next.set(this.#places[at] as number, this.#parts[at] as number);
  }
}
