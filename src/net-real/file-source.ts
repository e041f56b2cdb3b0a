// Replayable logs in files: split s of topic t is `<folder>/<t>/<s>.jsonl`, one JSON value a line, and positions are line numbers from 0. A
// file must be complete before it is read; its end is the end of the split.
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result, Value } from '../core/base/value.ts';
import { fitOf } from '../core/columns/fit.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { codeOf } from './disk.ts';
import { enterByMark, markAt } from './connectors/file-mark.ts';
import { createRowIndex, lines, readRows, rowsSeen, type RowIndex, type Rows } from './connectors/row-index.ts';
import { declaredLines, parseJsonLine, type DeclaredLines } from './connectors/json-line.ts';
import { mistakeInSegment } from './path-names.ts';
import type { PortReason } from '../core/protocol/reasons.ts';
import { createPort, describeError, failed, ioReason } from './port-answers.ts';
import { isRefusal } from './refusal.ts';
import { taskOf, type Port } from './port.ts';
import { TaskReaders, type ReaderPlace } from './task-readers.ts';

export interface FileSourceOptions {
  readonly folder: string;
  /** Whether the task with this number reads no more; default: none is over. */
  readonly isOver?: (task: number) => boolean;
}

type SourceRead = Extract<PortRequest, { readonly kind: 'source-read' }>;

/** Of a task, which goes on with the file that it began with. */
interface Split {
  readonly path: string;
  readonly index: RowIndex;
  /** Of the schema of its records; null: they may be anything. */
  readonly declared: DeclaredLines | null;
  /** Given out last. */
  mark: string;
}

export function fileSource({ folder, isOver = () => false }: FileSourceOptions): Port {
  const readers = new TaskReaders<Split>({ isOver, close: ({ index }) => index.file.close() });
  return createPort(
    ['source-read'],
    async (request, id) => {
      const mistake = mistakeIn(request);
      if (mistake !== null) return failed('not-applied', { kind: 'malformed-request', text: mistake });
      const path = join(folder, request.topic, `${request.split}.jsonl`);
      return readers.use(taskOf(id), path, (place) => read(readers, place, path, request));
    },
    () => readers.close(),
  );
}

function mistakeIn({ topic, split, position, maxRecords }: SourceRead): string | null {
  for (const [what, number] of Object.entries({ split, position, maxRecords })) {
    if (!Number.isSafeInteger(number) || number < 0)
      return `topic ${topic}: ${what} is ${number}, no whole number >= 0`;
  }
  return mistakeInSegment(topic);
}

async function read(
  readers: TaskReaders<Split>,
  place: ReaderPlace<Split>,
  path: string,
  request: SourceRead,
): Promise<PortAnswer | PortFailed> {
  place.reader ??= await openSplit(path, request);
  if (place.reader === null) {
    const { topic, split: number } = request;
    return failed('not-applied', { kind: 'split-missing', topic, split: number, path });
  }
  try {
    const values = await valuesFrom(place.reader, request);
    if (values.ok) return values.value;
    return await refused(values.reason);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return refused(ioReason(error));
  }

  /** Whoever mends the file, or puts the right one there, is heard by the next read. */
  async function refused(reason: PortReason): Promise<PortAnswer> {
    await readers.forget(place);
    return { kind: 'source-refused', reason, stack: null };
  }
}

/** null: there is no such file. */
async function openSplit(path: string, { schema }: SourceRead): Promise<Split | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
  const { size: sizeBytes } = await file.stat();
  const index = createRowIndex({ file, shape: lines, grows: false, sizeBytes, beginsAt: 0 });
  return { path, index, declared: schema === undefined ? null : declaredLines(fitOf(schema)), mark: '' };
}

async function valuesFrom(own: Split, request: SourceRead): Promise<Result<PortAnswer, PortReason>> {
  const { topic, split, position } = request;
  const { path, index, declared } = own;
  const found = await rowsFrom(own, index, request).catch((error: unknown) => {
    throw new Error(`${path}: ${describeError(error)}`, { cause: error }); // of the system, which names no file here
  });
  if (found === null) {
    const file = { path, lines: rowsSeen(index) };
    return { ok: false, reason: { kind: 'position-missing', topic, split, position, file } };
  }
  const values: Value[] = [];
  for (const [offset, line] of found.rows.entries()) {
    const parsed = parseJsonLine(line, declared);
    if (!parsed.ok) {
      const line = position + offset + 1;
      return { ok: false, reason: { kind: 'record-unreadable', path, line, text: parsed.reason } };
    }
    values.push(parsed.value);
  }
  own.mark = await markAt(index);
  return { ok: true, value: { kind: 'records', position, values, end: found.end, mark: own.mark } };
}

/** What was read before the position must still be there. */
async function rowsFrom(own: Split, index: RowIndex, { position, mark, maxRecords }: SourceRead): Promise<Rows | null> {
  if (mark !== '' && mark !== own.mark) await enterByMark(index, mark, position);
  return readRows(index, { first: position, step: 1, count: maxRecords });
}
