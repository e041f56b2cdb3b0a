// The incarnation of a process: a number that rises with each start, whatever becomes of its clock and its folders. A cluster counts in its HA service,
// one counter for all its processes; a host that has none counts in its work folder, from the wall clock on.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describeReason } from '../core/protocol/describe-reason.ts';
import { INCARNATION_KEY } from '../core/protocol/ha-keys.ts';
import type { HaEntry, PortAnswer, PortFailed } from '../core/protocol/ports.ts';
import { recordCodec, type Format } from '../core/protocol/sealed-record.ts';
import { record, shapeOf } from '../core/protocol/shapes.ts';
import { makeFolderSync, PRIVATE_FILE } from './disk.ts';
import type { Port } from './port.ts';

const FILE = 'incarnation';
const LINE = /^millrace-incarnation 1 (\d{1,16})\n$/;
const TRIES_MAX = 1_000; // each but the last was lost to another process that starts, or nobody knows what became of it

interface IncarnationRecord {
  readonly last: number;
}

const codec = recordCodec('millrace-incarnations', 1, shapeOf<IncarnationRecord>()(record({ last: 'int' })));

export const incarnationFormat: Format = codec.format;

/**
 * One more than the last that any process of this HA service took, and than the last of the work folder, should the service be a copy from before
 * that one. Rejects with a sentence if it cannot be taken: then the process must not start.
 */
export async function takeIncarnation(ha: Port, workFolder: string): Promise<number> {
  makeFolder(workFolder);
  const own = lastIncarnation(join(workFolder, FILE));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const entry = await counterOf(ha);
    const next = Math.max(own, entry === null ? 0 : lastOf(entry)) + 1;
    const answer = await ha.request({
      kind: 'ha-write',
      key: INCARNATION_KEY,
      value: codec.encode({ last: next }),
      ifRevision: entry?.revision ?? 0,
      ifEpoch: null,
    });
    if (answer.kind === 'ha-written') return keep(workFolder, next);
    if (answer.kind === 'failed' && answer.outcome === 'not-applied') throw untaken(answer);
  }
  throw new Error(`no incarnation could be taken from the HA service in ${TRIES_MAX} attempts`);
}

async function counterOf(ha: Port): Promise<HaEntry | null> {
  const answer = await ha.request({ kind: 'ha-read', prefix: INCARNATION_KEY });
  if (answer.kind !== 'ha-entries') throw untaken(answer);
  return answer.entries.find(({ key }) => key === INCARNATION_KEY) ?? null;
}

function lastOf({ value }: HaEntry): number {
  const counter = codec.decode(value);
  if (counter.ok) return counter.value.last;
  throw new Error(`no incarnation can be taken from the HA service: ${counter.reason}`);
}

function untaken(answer: PortAnswer | PortFailed): Error {
  const reason = answer.kind === 'failed' ? describeReason(answer.reason) : `it answered ${answer.kind}`;
  return new Error(`no incarnation can be taken from the HA service: ${reason}`);
}

/**
 * For hosts without an HA service: the larger of the wall clock in ms and the last one + 1; on disk before it is returned. Throws a sentence if the
 * last one cannot be read. With an empty folder and a clock that was set back it may be one that the process had before.
 */
export function nextIncarnation(workFolder: string, wallNow: number): number {
  makeFolder(workFolder);
  return keep(workFolder, Math.max(Math.floor(wallNow), lastIncarnation(join(workFolder, FILE)) + 1));
}

function keep(workFolder: string, incarnation: number): number {
  store(workFolder, `millrace-incarnation 1 ${incarnation}\n`);
  return incarnation;
}

/** A folder whose name is lost with the power takes the number with it. */
function makeFolder(folder: string): void {
  const highest = makeFolderSync(folder);
  if (highest === undefined) return; // it was there
  for (let made = resolve(folder); made.length >= highest.length; made = dirname(made)) syncFolder(dirname(made));
}

function lastIncarnation(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const last = Number(LINE.exec(text)?.[1]);
  if (Number.isSafeInteger(last)) return last;
  throw new Error(
    `${file} holds no incarnation of version 1 (${JSON.stringify(text.slice(0, 40))}): a process must not start with one that it may have had`,
  );
}

/** Replaces the file as a whole; the folder is synced too, as the new name lies there. */
function store(folder: string, text: string): void {
  const fresh = join(folder, `${FILE}.new`);
  const file = openSync(fresh, 'w', PRIVATE_FILE);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, join(folder, FILE));
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
