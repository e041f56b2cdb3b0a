// Where states are kept: rows in few bits, the table that finds them, and lists of small numbers.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SmallNumbers } from '../../../../src/sim/search/explore/blocks.ts';
import { hashOf } from '../../../../src/sim/search/explore/draft.ts';
import { PackedRows } from '../../../../src/sim/search/explore/packed-rows.ts';
import { RowTable } from '../../../../src/sim/search/explore/row-table.ts';

const BLOCK = 16_384;

/** Small parts first, and ever larger ones: every layout is used. */
const part = fc.oneof(fc.nat(1), fc.nat(40), fc.nat(70_000), fc.nat(2 ** 31 - 1));

const rowsOf = (width: number): fc.Arbitrary<Int32Array[]> =>
  fc.array(
    fc.array(part, { minLength: width, maxLength: width }).map((parts) => Int32Array.from(parts)),
    { maxLength: 300 },
  );

function push(rows: PackedRows, row: Int32Array): void {
  rows.setKey(row);
  rows.push();
}

test('rows come back as they were put, whatever came behind them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }).chain(rowsOf), (all) => {
      const width = all[0]?.length ?? 1;
      const rows = new PackedRows(width);
      for (const row of all) push(rows, row);
      const read = new Int32Array(width);
      for (const [index, row] of all.entries()) {
        rows.read(index, read);
        expect(read).toEqual(row);
        for (const other of all.slice(0, 20)) {
          rows.setKey(other);
          expect(rows.isKey(index, other)).toBe(row.every((one, at) => one === other[at]));
        }
      }
    }),
  );
});

test('a part that has no room changes the block that is being filled, and none before it', () => {
  const rows = new PackedRows(2);
  const rowAt = (index: number): Int32Array => Int32Array.from([index & 3, index < 1.5 * BLOCK ? 0 : index]);
  for (let index = 0; index < 3 * BLOCK; index++) push(rows, rowAt(index));
  const read = new Int32Array(2);
  for (let index = 0; index < 3 * BLOCK; index++) {
    rows.read(index, read);
    if (read[0] !== (index & 3) || read[1] !== rowAt(index)[1])
      expect([index, ...read]).toEqual([index, ...rowAt(index)]);
  }
  expect(rows.bytes).toBe(3 * BLOCK * 4);
});

test('a key is made of what is changed of a row, too, whether there was room for it or not', () => {
  const changes = fc.array(fc.tuple(fc.nat(4), part), { maxLength: 4 });
  fc.assert(
    fc.property(rowsOf(5), fc.array(changes, { maxLength: 30 }), (all, successors) => {
      const rows = new PackedRows(5);
      for (const row of [new Int32Array(5), ...all]) push(rows, row);
      for (const [index, changed] of successors.entries()) {
        const row = new Int32Array(5);
        rows.read(index % rows.size, row);
        rows.setBase(index % rows.size, row);
        for (const [place, to] of changed) row[place] = to;
        rows.changeKey({ row, changed: changed.map(([place]) => place), changes: changed.length });
        expect(rows.isKey(index % rows.size, row)).toBe(isSame(rows, index % rows.size, row));
        rows.push();
        expect(isSame(rows, rows.size - 1, row)).toBe(true);
      }
    }),
  );
});

function isSame(rows: PackedRows, index: number, row: Int32Array): boolean {
  const there = new Int32Array(row.length);
  rows.read(index, there);
  return there.every((one, at) => one === row[at]);
}

test('the table numbers each row once, and finds it', () => {
  fc.assert(
    fc.property(rowsOf(3), (all) => {
      const table = new RowTable(3);
      const numbers = new Map<string, number>();
      for (const row of all) {
        const known = numbers.get(row.join());
        expect(table.find(row, hashOf(row))).toBe(known ?? -1);
        expect(table.add(row, hashOf(row))).toBe(known === undefined ? numbers.size : -1 - known);
        if (known === undefined) numbers.set(row.join(), numbers.size);
      }
      expect(table.size).toBe(numbers.size);
    }),
  );
});

test('a table that grows keeps what it has, and rows of one hash are told apart', () => {
  const table = new RowTable(2);
  const rowAt = (index: number): Int32Array => Int32Array.from([index, index >> 3]);
  const hashes = (row: Int32Array): number => ((row[0] as number) % 7 === 0 ? 0x7a5a5a5a : hashOf(row));
  for (let index = 0; index < 7_000; index++)
    if (table.add(rowAt(index), hashOf(rowAt(index))) !== index) expect(index).toBe(-1);
  for (let index = 0; index < 7_000; index++)
    if (table.find(rowAt(index), hashOf(rowAt(index))) !== index) expect(index).toBe(-1);
  const alike = new RowTable(2);
  for (let index = 0; index < 2_000; index++) expect(alike.add(rowAt(index), hashes(rowAt(index)))).toBe(index);
});

test('small numbers take a byte each, until one of their block is larger', () => {
  const numbers = new SmallNumbers();
  const all = Array.from({ length: 2.5 * BLOCK }, (_, index) => (index === 2 * BLOCK + 5 ? 2 ** 32 - 1 : index % 256));
  for (const number of all) numbers.push(number);
  expect(all.every((number, index) => numbers.at(index) === number)).toBe(true);
  expect(numbers.bytes).toBe(2 * BLOCK + 4 * BLOCK);
});
