// Where lines lie in a file that does not change: found by reading it piece by piece, remembered for every 1,024th line and for the line at
// which the last read ended. So a split of any size is read in order at full speed, and entered anywhere without being loaded.
import type { FileHandle } from 'node:fs/promises';

const LINES_PER_MARK = 1_024;
const PIECE_BYTES = 65_536;
const LINE_BYTES_MAX = 64 * 1_048_576; // what is longer is no record but a file without line ends
const NEWLINE = 10;

export interface LineIndex {
  readonly file: FileHandle;
  readonly sizeBytes: number;
  /** Byte offset of every 1,024th line, as far as the file was read. */
  readonly marks: number[];
  /** Where the last read ended. */
  cursor: Cursor;
}

/** The beginning of a line, and the piece of the file around it. */
interface Cursor {
  line: number;
  offset: number;
  piece: Buffer;
  /** Offset of the piece. */
  pieceAt: number;
}

export interface Lines {
  /** Without their line ends. */
  readonly lines: readonly Buffer[];
  /** Nothing follows them. */
  readonly end: boolean;
}

export function createLineIndex(file: FileHandle, sizeBytes: number): LineIndex {
  return { file, sizeBytes, marks: [0], cursor: createCursor(0, 0) };
}

function createCursor(line: number, offset: number): Cursor {
  return { line, offset, piece: Buffer.alloc(0), pieceAt: offset };
}

/** Up to `count` lines from `first` on, counted from 0; null: there are fewer lines before, `linesSeen`. A last line needs no line end. */
export async function readLines(index: LineIndex, first: number, count: number): Promise<Lines | null> {
  const lines: Buffer[] = [];
  goNear(index, first);
  const { cursor } = index;
  for (;;) {
    takeLines(index, first, count, lines);
    if (cursor.line >= first + count || cursor.offset >= index.sizeBytes) break;
    await readOn(index);
  }
  return cursor.line < first ? null : { lines, end: cursor.offset >= index.sizeBytes };
}

export function linesSeen(index: LineIndex): number {
  return index.cursor.line;
}

/** To the last place known at or before a line. */
function goNear(index: LineIndex, line: number): void {
  const mark = Math.min(Math.floor(line / LINES_PER_MARK), index.marks.length - 1);
  const { cursor } = index;
  if (cursor.line <= line && cursor.line >= mark * LINES_PER_MARK) return;
  index.cursor = createCursor(mark * LINES_PER_MARK, index.marks[mark] as number);
}

/** Moves over the lines that lie whole in the piece, and keeps those from `first` on. */
function takeLines({ cursor, sizeBytes, marks }: LineIndex, first: number, count: number, lines: Buffer[]): void {
  const { piece, pieceAt } = cursor;
  const isLastPiece = pieceAt + piece.length >= sizeBytes;
  while (cursor.line < first + count && cursor.offset < sizeBytes) {
    const from = cursor.offset - pieceAt;
    const newline = piece.indexOf(NEWLINE, from);
    if (newline < 0 && !isLastPiece) return;
    const end = newline < 0 ? piece.length : newline;
    if (cursor.line >= first) lines.push(piece.subarray(from, end));
    cursor.line += 1;
    cursor.offset = pieceAt + end + (newline < 0 ? 0 : 1);
    if (cursor.line === marks.length * LINES_PER_MARK) marks.push(cursor.offset);
  }
}

/** Drops what lies before the cursor and reads one more piece behind the rest; the longer the line, the larger the piece. */
async function readOn({ cursor, file, sizeBytes }: LineIndex): Promise<void> {
  const rest = cursor.piece.subarray(cursor.offset - cursor.pieceAt);
  if (rest.length > LINE_BYTES_MAX) throw new Error(`line ${cursor.line + 1} is longer than ${LINE_BYTES_MAX} bytes`);
  const from = cursor.offset + rest.length;
  const more = Buffer.alloc(Math.min(Math.max(PIECE_BYTES, rest.length), sizeBytes - from));
  const { bytesRead } = await file.read(more, 0, more.length, from);
  if (bytesRead === 0) throw new Error(`the file became shorter: it ends at byte ${from}, not ${sizeBytes}`);
  cursor.piece = Buffer.concat([rest, more.subarray(0, bytesRead)]);
  cursor.pieceAt = cursor.offset;
}
