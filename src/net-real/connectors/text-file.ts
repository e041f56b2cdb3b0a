// A file of rows as a source. Of `splits` splits, split s has each row whose number modulo `splits` is s: so a position is the same row whatever is
// added to the file. Each split passes over the rows of the others.
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { SplitAnswer, SplitPlace, SplitReader, SplitRequest, RecordsOut } from '../../core/graph/connectors.ts';
import type { Result, Value } from '../../core/base/value.ts';
import type { RecordColumn } from '../../core/columns/column.ts';
import { COLUMN_RECORDS_MIN } from '../../core/graph/batch.ts';
import { describeError } from '../port-answers.ts';
import { Refusal } from '../refusal.ts';
import { startsWithByteOrderMark } from './json-line.ts';
import { markOf, placeIn, type Share } from './split-mark.ts';
import { bytesAt, enterByMark, markAt } from './file-mark.ts';
import { createRowIndex, readRows, rowsSeen, type RowIndex, type RowShape, type Rows } from './row-index.ts';
import type { ColumnsOut } from './connector.ts';

export interface TextFormat {
  readonly shape: RowShape;
  /** The first row names the columns, and is no record. */
  readonly hasHeader: boolean;
  /** What is wrong with a header, or null. */
  readonly headerMistake: (header: Buffer) => string | null;
  /** @param header null: there is none */
  readonly parserOf: (header: Buffer | null) => (row: Buffer) => Result<Value>;
  /** From many rows to a column at once; null where there is none, or one of the rows has a mistake. Absent: rows of this format are no columns. */
  readonly columnsOf?: (header: Buffer | null) => ((rows: readonly Buffer[]) => RecordColumn | null) | null;
}

interface OpenFile {
  readonly path: string;
  readonly share: Share;
  readonly index: RowIndex;
  readonly parse: (row: Buffer) => Result<Value>;
  readonly columnOf: ((rows: readonly Buffer[]) => RecordColumn | null) | null;
  /** The mark that was given out last. */
  mark: string;
}

export function textFileReader({ place: path, options, split, splits }: SplitPlace, format: TextFormat): SplitReader {
  const grows = options.has('follow');
  let opened: OpenFile | null = null;
  return {
    async read(request, out) {
      try {
        opened ??= await openFile(path, { split, splits }, format, grows);
        return opened === null
          ? { end: false, mark: '' }
          : await readFrom(opened, request, { first: request.position * splits + split, step: splits }, out);
      } catch (error) {
        throw new Error(`${path}${error instanceof RowError ? ', ' : ': '}${describeError(error)}`, { cause: error });
      }
    },
    async close() {
      await opened?.index.file.close();
      opened = null;
    },
  };
}

/** Null: it is to grow, and its header is not there yet. */
async function openFile(path: string, share: Share, format: TextFormat, grows: boolean): Promise<OpenFile | null> {
  const file = await open(path, 'r');
  try {
    const { size: sizeBytes } = await file.stat();
    const from = startsWithByteOrderMark(await bytesAt(file, 0, 3)) ? 3 : 0;
    const own = { file, grows, sizeBytes };
    const header = format.hasHeader ? await readHeader({ ...own, shape: format.shape, beginsAt: from }) : null;
    if (header === 'not-yet') {
      await file.close();
      return null;
    }
    const mistake = header === null ? null : format.headerMistake(header.row);
    if (mistake !== null) throw new RowError(1, mistake);
    const index = createRowIndex({ ...own, shape: format.shape, beginsAt: header?.endsAt ?? from });
    const row = header?.row ?? null;
    return { path, share, index, parse: format.parserOf(row), columnOf: format.columnsOf?.(row) ?? null, mark: '' };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Header {
  readonly row: Buffer;
  readonly endsAt: number;
}

async function readHeader(given: Parameters<typeof createRowIndex>[0]): Promise<Header | 'not-yet'> {
  const index = createRowIndex(given);
  const found = await readRows(index, { first: 0, step: 1, count: 1 });
  const row = found?.rows[0];
  if (row !== undefined) return { row, endsAt: index.cursor.offset };
  if (given.grows) return 'not-yet';
  throw new RowError(1, 'there is no header: the file is empty');
}

async function readFrom(
  opened: OpenFile,
  { position, mark, maxRecords }: SplitRequest,
  range: { readonly first: number; readonly step: number },
  out: RecordsOut,
): Promise<SplitAnswer> {
  const { index, path, share } = opened;
  if (index.grows) await lookAgain(index);
  if (mark !== '' && mark !== opened.mark) await enterByMark(index, placeIn(mark, share), range.first);
  const found = await readRows(index, { ...range, count: maxRecords });
  if (found === null)
    throw new Refusal(
      `it has ${rowsSeen(index)} rows, and record ${position} of the split would be row ${range.first + 1}`,
    );
  if (!addColumn(opened, found, out)) await addRows(opened, found, out);
  if (index.grows && found.rows.length === 0) await checkName(index.file, path);
  opened.mark = markOf(share, await markAt(index));
  return { end: found.end, mark: opened.mark };
}

/** False: there is none. */
function addColumn({ columnOf }: OpenFile, { rows }: Rows, out: RecordsOut | ColumnsOut): boolean {
  if (columnOf === null || rows.length < COLUMN_RECORDS_MIN || !('addColumn' in out)) return false;
  const column = columnOf(rows);
  if (column !== null) out.addColumn(column);
  return column !== null;
}

async function addRows({ index, parse }: OpenFile, { rows, offsets }: Rows, out: RecordsOut): Promise<void> {
  for (const [at, row] of rows.entries()) {
    const parsed = parse(row);
    if (!parsed.ok) throw new RowError(await lineAt(index.file, offsets[at] as number), parsed.reason);
    out.add(parsed.value);
  }
}

async function lookAgain(index: RowIndex): Promise<void> {
  const { file, cursor } = index;
  index.sizeBytes = (await file.stat()).size;
  if (index.sizeBytes < cursor.offset)
    throw new Refusal(`it became shorter: ${cursor.offset} bytes were read, and it has ${index.sizeBytes}`);
}

/** Whoever turns logs over gives the name to another file, of which no position is known. */
async function checkName(file: FileHandle, path: string): Promise<void> {
  const there = await stat(path, { bigint: true }).catch(() => null); // not there now: it may come
  const { ino, dev } = await file.stat({ bigint: true });
  if (there !== null && (there.ino !== ino || there.dev !== dev))
    throw new Refusal('it was read to its end, and another file has its name now');
}

/** What is wrong with one row. */
class RowError extends Refusal {
  constructor(line: number, text: string) {
    super(`line ${line}: ${text}`);
  }
}

/** The number of the line that begins there, from 1. Reads all that is before it: for who is told of a mistake. */
async function lineAt(file: FileHandle, offset: number): Promise<number> {
  let line = 1;
  for (let at = 0; at < offset;) {
    const piece = await bytesAt(file, at, Math.min(1 << 20, offset - at));
    if (piece.length === 0) break;
    for (const byte of piece) if (byte === 10) line += 1;
    at += piece.length;
  }
  return line;
}
