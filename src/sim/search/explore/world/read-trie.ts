// Results of a function that looks at more than its arguments, remembered by what it looked at: the places that it read, one after the other, and
// what it found there. What a function reads first depends on its arguments alone, and what it reads next on what it found: so a path of places
// and values leads to its result, and nobody has to declare what it reads.
import { KeyTable } from './key-table.ts';

const RESULT = -1;

/** Places below this have a bit each in `read`. */
export const MARKED_PLACES = 31;
export const ALL_PLACES = -1;

export class ReadTrie {
  readonly #roots = new KeyTable();
  readonly #children = new KeyTable();
  /** By entry: the place that is read there, or RESULT. */
  readonly #places: number[] = [];
  readonly #results: number[] = [];

  /** A bit for each place that `get` read since somebody set this to 0; those from `MARKED_PLACES` on share one. */
  read = 0;

  get bytes(): number {
    return this.#roots.bytes + this.#children.bytes + 16 * this.#places.length;
  }

  /**
   * The result for these arguments where these values are read, or -1 if it is not known.
   *
   * @param values by place. @param reads places that were read are added, if it is given
   */
  get(first: number, second: number, values: Readonly<Int32Array>, reads?: number[]): number {
    let entry = this.#roots.get(first, second, 0);
    for (;;) {
      if (entry < 0) return -1;
      const place = this.#places[entry] as number;
      if (place === RESULT) return this.#results[entry] as number;
      this.read |= 1 << Math.min(place, MARKED_PLACES);
      reads?.push(place);
      entry = this.#children.get(entry, values[place] as number, 0);
    }
  }

  /** @param reads the places that the function read, each once, in the order in which it did. @param result from 0 on */
  // oxlint-disable-next-line eslint/max-params -- a call of the function, and its result
  set(first: number, second: number, values: Readonly<Int32Array>, reads: readonly number[], result: number): void {
    let entry = this.#roots.get(first, second, 0);
    if (entry < 0) this.#roots.set(first, second, 0, (entry = this.#create()));
    for (const place of reads) {
      this.#places[entry] = place;
      const value = values[place] as number;
      let child = this.#children.get(entry, value, 0);
      if (child < 0) this.#children.set(entry, value, 0, (child = this.#create()));
      entry = child;
    }
    this.#results[entry] = result;
  }

  #create(): number {
    this.#places.push(RESULT);
    this.#results.push(-1);
    return this.#places.length - 1;
  }
}
