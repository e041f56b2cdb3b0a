// Where rows lie in a file: found by reading it piece by piece, remembered for every 1,024th row and for the row at which the last read ended.
// So a file of any size is read in order at full speed, and entered anywhere without being loaded. A row is a line, or what a format says.
import type { FileHandle } from 'node:fs/promises';
import { Refusal } from '../refusal.ts';

const ROWS_PER_MARK = 1_024;
const PIECE_BYTES = 65_536;
const ROW_BYTES_MAX = 64 * 1_048_576; // what is longer is no record but a file without line ends
const NEWLINE = 10;

export interface RowShape {
  /** The newline that ends the row which begins at `from`; -1: it is not in this piece. */
  readonly endOfRow: (piece: Buffer, from: number) => number;
  /** Rows that are empty do not count. */
  readonly skipsEmpty: boolean;
}

/** One row a line. */
export const lines: RowShape = { endOfRow: (piece, from) => piece.indexOf(NEWLINE, from), skipsEmpty: false };

export interface RowIndex {
  readonly file: FileHandle;
  readonly shape: RowShape;
  /** It grows: what follows the last newline may be half a row. */
  readonly grows: boolean;
  sizeBytes: number;
  /** Byte offset of every 1,024th row, as far as the file was read from its beginning. */
  readonly marks: number[];
  /** Where the last read ended. */
  cursor: Cursor;
}

/** The beginning of a row, and the piece of the file around it. */
interface Cursor {
  row: number;
  offset: number;
  piece: Buffer;
  /** Offset of the piece. */
  pieceAt: number;
}

export interface Rows {
  /** Without their line ends. */
  readonly rows: readonly Buffer[];
  /** Where each begins. */
  readonly offsets: readonly number[];
  /** Nothing follows them. */
  readonly end: boolean;
}

/** Which rows: `first`, and each `step`th behind it, up to `count`. */
export interface RowRange {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

export interface RowFile extends Pick<RowIndex, 'file' | 'shape' | 'grows' | 'sizeBytes'> {
  /** Of row 0. */
  readonly beginsAt: number;
}

export function createRowIndex({ file, shape, grows, sizeBytes, beginsAt }: RowFile): RowIndex {
  return { file, shape, grows, sizeBytes, marks: [beginsAt], cursor: createCursor(0, beginsAt) };
}

function createCursor(row: number, offset: number): Cursor {
  return { row, offset, piece: Buffer.alloc(0), pieceAt: offset };
}

/** Goes to a row whose place is known from elsewhere. */
export function enterAt(index: RowIndex, row: number, offset: number): void {
  index.cursor = createCursor(row, offset);
}

/** Rows of a range; null: there are fewer rows before it, `rowsSeen`. A last row needs no line end, unless the file grows. */
export async function readRows(index: RowIndex, range: RowRange): Promise<Rows | null> {
  const taken: Taken = { rows: [], offsets: [] };
  const until = range.count === 0 ? range.first : range.first + (range.count - 1) * range.step + 1;
  goNear(index, range.first);
  for (;;) {
    takeRows(index, range, until, taken);
    const { cursor, sizeBytes } = index;
    if (cursor.row >= until || cursor.pieceAt + cursor.piece.length >= sizeBytes) break;
    await readOn(index);
  }
  const { cursor, sizeBytes, grows } = index;
  const isAtEnd = cursor.offset >= sizeBytes;
  // Where only each `step`th row counts, a range that begins behind the last row may still be the end.
  return cursor.row <= range.first - range.step ? null : { ...taken, end: isAtEnd && !grows };
}

interface Taken {
  readonly rows: Buffer[];
  readonly offsets: number[];
}

export function rowsSeen(index: RowIndex): number {
  return index.cursor.row;
}

/** To the last place known at or before a row. */
function goNear(index: RowIndex, row: number): void {
  const mark = Math.min(Math.floor(row / ROWS_PER_MARK), index.marks.length - 1);
  const { cursor } = index;
  if (cursor.row <= row && cursor.row >= mark * ROWS_PER_MARK) return;
  index.cursor = createCursor(mark * ROWS_PER_MARK, index.marks[mark] as number);
}

/** Moves over the rows that lie whole in the piece, and keeps those of the range. */
function takeRows(index: RowIndex, { first, step }: RowRange, until: number, taken: Taken): void {
  const { cursor, sizeBytes, marks, shape, grows } = index;
  const { piece, pieceAt } = cursor;
  const isLastPiece = pieceAt + piece.length >= sizeBytes;
  while (cursor.row < until && cursor.offset < sizeBytes) {
    const from = cursor.offset - pieceAt;
    const newline = shape.endOfRow(piece, from);
    if (newline < 0 && (!isLastPiece || grows)) return;
    const end = newline < 0 ? piece.length : newline;
    const row = piece.subarray(from, end);
    const { offset } = cursor;
    cursor.offset = pieceAt + end + (newline < 0 ? 0 : 1);
    if (shape.skipsEmpty && isEmpty(row)) continue;
    if (cursor.row >= first && (cursor.row - first) % step === 0) {
      taken.rows.push(row);
      taken.offsets.push(offset);
    }
    cursor.row += 1;
    if (cursor.row === marks.length * ROWS_PER_MARK) marks.push(cursor.offset);
  }
}

function isEmpty(row: Buffer): boolean {
  return row.length === 0 || (row.length === 1 && row[0] === 13);
}

/** Drops what lies before the cursor and reads one more piece behind the rest; the longer the row, the larger the piece. */
async function readOn({ cursor, file, sizeBytes }: RowIndex): Promise<void> {
  const rest = cursor.piece.subarray(cursor.offset - cursor.pieceAt);
  if (rest.length > ROW_BYTES_MAX) throw new Refusal(`line ${cursor.row + 1} is longer than ${ROW_BYTES_MAX} bytes`);
  const from = cursor.offset + rest.length;
  const more = Buffer.alloc(Math.min(Math.max(PIECE_BYTES, rest.length), sizeBytes - from));
  const { bytesRead } = await file.read(more, 0, more.length, from);
  if (bytesRead === 0) throw new Refusal(`the file became shorter: it ends at byte ${from}, not ${sizeBytes}`);
  cursor.piece = Buffer.concat([rest, more.subarray(0, bytesRead)]);
  cursor.pieceAt = cursor.offset;
}
