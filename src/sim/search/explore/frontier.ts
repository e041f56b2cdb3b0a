// States that were reached and are not expanded yet. Where no table keeps rows, those of these states are kept here.
import { Numbers, Rows } from './blocks.ts';
import type { KeptReader, KeptWriter } from './kept.ts';
import type { RowTable } from './row-table.ts';
import type { Row } from './transition-system.ts';

export interface Frontier {
  /** States that wait. */
  readonly size: number;
  readonly bytes: number;
  /** States are numbered as they are reached: each is put once, in this order. */
  put(number: number, row: Readonly<Row>): void;
  /** The number of the next state, whose row is copied; there must be one. */
  take(into: Row): number;
  keep(out: KeptWriter): void;
  /** Into an empty one. */
  restore(kept: KeptReader): void;
}

/** @param table where rows are kept, or null */
export function createFrontier(order: 'breadth' | 'depth', table: RowTable | null, width: number): Frontier {
  return order === 'breadth' ? new Queue(table, width) : new Stack(table, width);
}

/** The oldest first: whoever goes by number goes by distance. */
class Queue implements Frontier {
  readonly #table: RowTable | null;
  readonly #rows: Rows;
  #taken = 0;
  #put = 0;

  constructor(table: RowTable | null, width: number) {
    this.#table = table;
    this.#rows = new Rows(width);
  }

  get size(): number {
    return this.#put - this.#taken;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  put(_: number, row: Readonly<Row>): void {
    this.#put += 1;
    if (this.#table === null) this.#rows.push(row);
  }

  take(into: Row): number {
    const number = this.#taken;
    this.#taken += 1;
    if (this.#table === null) this.#rows.shift(number, into);
    else this.#table.read(number, into);
    return number;
  }

  keep(out: KeptWriter): void {
    out.number(this.#taken);
    out.number(this.#put);
    this.#rows.keep(out);
  }

  restore(kept: KeptReader): void {
    this.#taken = kept.number();
    this.#put = kept.number();
    this.#rows.restore(kept);
  }
}

/** The newest first. */
class Stack implements Frontier {
  readonly #table: RowTable | null;
  readonly #numbers = new Numbers();
  readonly #rows: Rows;

  constructor(table: RowTable | null, width: number) {
    this.#table = table;
    this.#rows = new Rows(width);
  }

  get size(): number {
    return this.#numbers.size;
  }

  get bytes(): number {
    return this.#numbers.bytes + this.#rows.bytes;
  }

  put(number: number, row: Readonly<Row>): void {
    this.#numbers.push(number);
    if (this.#table === null) this.#rows.push(row);
  }

  take(into: Row): number {
    const number = this.#numbers.pop();
    if (this.#table === null) this.#rows.pop(into);
    else this.#table.read(number, into);
    return number;
  }

  keep(out: KeptWriter): void {
    this.#numbers.keep(out);
    this.#rows.keep(out);
  }

  restore(kept: KeptReader): void {
    this.#numbers.restore(kept);
    this.#rows.restore(kept);
  }
}
