// Replayable logs in files: split s of topic t is `<folder>/<t>/<s>.jsonl`, one JSON value a line, and positions are line numbers from 0. A
// file must be complete before it is read; its end is the end of the split.
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result, Value } from '../core/base/value.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { codeOf } from './disk.ts';
import { createLane, type Lane } from './lanes.ts';
import { enterByMark, markAt } from './connectors/file-mark.ts';
import { createRowIndex, lines, readRows, rowsSeen, type RowIndex, type Rows } from './connectors/row-index.ts';
import { parseJsonLine } from './connectors/json-line.ts';
import { mistakeInSegment } from './path-names.ts';
import type { PortReason } from '../core/protocol/reasons.ts';
import { createPort, describeError, failed, ioReason } from './port-answers.ts';
import { isRefusal } from './refusal.ts';
import type { Port } from './port.ts';

export interface FileSourceOptions {
  readonly folder: string;
}

type SourceRead = Extract<PortRequest, { readonly kind: 'source-read' }>;

interface Split {
  readonly path: string;
  /** Reads of one split share what was found: one after the other. */
  readonly lane: Lane;
  /** Opened by the first read, and kept: a reader goes on with the file that it began with. */
  index: RowIndex | null;
  /** Given out last. */
  mark: string;
}

export function fileSource({ folder }: FileSourceOptions): Port {
  const splits = new Map<string, Split>();
  return createPort(
    ['source-read'],
    async (request) => {
      const mistake = mistakeIn(request);
      if (mistake !== null) return failed('not-applied', { kind: 'malformed-request', text: mistake });
      const split = splitAt(splits, join(folder, request.topic, `${request.split}.jsonl`));
      return split.lane(() => read(split, request));
    },
    async () => {
      await Promise.all([...splits.values()].map((split) => split.lane(() => closeSplit(split))));
    },
  );
}

function mistakeIn({ topic, split, position, maxRecords }: SourceRead): string | null {
  for (const [what, number] of Object.entries({ split, position, maxRecords })) {
    if (!Number.isSafeInteger(number) || number < 0)
      return `topic ${topic}: ${what} is ${number}, no whole number >= 0`;
  }
  return mistakeInSegment(topic);
}

function splitAt(splits: Map<string, Split>, path: string): Split {
  const known = splits.get(path);
  if (known !== undefined) return known;
  const split = { path, lane: createLane(), index: null, mark: '' };
  splits.set(path, split);
  return split;
}

async function read(split: Split, request: SourceRead): Promise<PortAnswer | PortFailed> {
  split.index ??= await openFile(split.path);
  if (split.index === null) {
    const { topic, split: number } = request;
    return failed('not-applied', { kind: 'split-missing', topic, split: number, path: split.path });
  }
  try {
    const values = await valuesFrom(split, split.index, request);
    return values.ok ? values.value : { kind: 'source-refused', reason: values.reason };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await closeSplit(split); // whoever puts the right file there is heard by the next attempt
    return { kind: 'source-refused', reason: ioReason(error) };
  }
}

/** null: there is no such file. */
async function openFile(path: string): Promise<RowIndex | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
  const { size: sizeBytes } = await file.stat();
  return createRowIndex({ file, shape: lines, grows: false, sizeBytes, beginsAt: 0 });
}

async function closeSplit(split: Split): Promise<void> {
  await split.index?.file.close();
  split.index = null;
}

async function valuesFrom(own: Split, index: RowIndex, request: SourceRead): Promise<Result<PortAnswer, PortReason>> {
  const { topic, split, position } = request;
  const { path } = own;
  const found = await rowsFrom(own, index, request).catch((error: unknown) => {
    throw new Error(`${path}: ${describeError(error)}`, { cause: error }); // of the system, which names no file here
  });
  if (found === null) {
    const file = { path, lines: rowsSeen(index) };
    return { ok: false, reason: { kind: 'position-missing', topic, split, position, file } };
  }
  const values: Value[] = [];
  for (const [offset, line] of found.rows.entries()) {
    const parsed = parseJsonLine(line);
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
