// Copy-on-write by page: while a snapshot is open, the first change of a page of a table copies its rows as they were at the cut. What columns there
// are, and of which kinds, is that of the cut in all pages that were copied: before that changes, all of them are.
import { must } from '../base/assert.ts';
import { emptyRows, pasteRows, sliceRows, type KeyTable, type TableRows } from './key-table.ts';

/** A copy of so many rows takes some µs, and a batch touches few pages twice as large less often than it saves. */
const PAGE_ROWS = 256;

/** A table that changed behind the cut and is not captured yet. */
export interface KeptTable {
  /** Rows at the cut. */
  readonly rows: number;
  /** As they were, by number; null: as it is. */
  readonly pages: (TableRows | null)[];
}

/** What a snapshot that is being taken has of tables. */
export interface OpenTables {
  /** Index of the first group that is not captured yet. */
  readonly next: number;
  /** Groups that were no tables at the cut. */
  readonly preserved: ReadonlyMap<number, unknown>;
  readonly tables: Map<number, KeptTable>;
}

/** A table as it was at the cut, to be read. */
export interface TableAtCut extends TableRows {
  readonly rows: number;
}

/** Keeps the page of a row that is about to change. */
export function keepRow(snapshot: OpenTables, group: number, table: KeyTable, row: number): void {
  if (isDone(snapshot, group)) return;
  const kept = keptTable(snapshot, group, table);
  if (row < kept.rows) keepPage(kept, table, Math.floor(row / PAGE_ROWS));
}

/** Keeps all pages. */
export function keepTable(snapshot: OpenTables, group: number, table: KeyTable): void {
  if (isDone(snapshot, group)) return;
  const kept = keptTable(snapshot, group, table);
  for (const page of kept.pages.keys()) keepPage(kept, table, page);
}

/** The group is captured, or was no table at the cut. */
function isDone(snapshot: OpenTables, group: number): boolean {
  return group < snapshot.next || snapshot.preserved.has(group);
}

/** Its first change is noted before it happens, so it has as many rows as at the cut. */
function keptTable({ tables }: OpenTables, group: number, { rows }: KeyTable): KeptTable {
  const before = tables.get(group);
  if (before !== undefined) return before;
  const kept: KeptTable = { rows, pages: Array.from({ length: Math.ceil(rows / PAGE_ROWS) }, () => null) };
  tables.set(group, kept);
  return kept;
}

function keepPage({ rows, pages }: KeptTable, table: KeyTable, page: number): void {
  pages[page] ??= sliceRows(table, page * PAGE_ROWS, Math.min(rows, (page + 1) * PAGE_ROWS));
}

/** The table as it was. `live`: as it is, or null if it is gone: all its pages are kept then. */
export function tableAtCut({ rows, pages }: KeptTable, live: KeyTable | null): TableAtCut {
  const pageOf = (page: number): TableRows =>
    pages[page] ?? sliceRows(must(live, 'a table'), page * PAGE_ROWS, Math.min(rows, (page + 1) * PAGE_ROWS));
  const table = { ...emptyRows(pages.find((page) => page !== null) ?? must(live, 'a table'), rows), rows };
  for (const page of pages.keys()) pasteRows(table, page * PAGE_ROWS, pageOf(page));
  return table;
}
