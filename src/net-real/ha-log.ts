// The log behind the HA service in a directory: entry k is a file named k in the folder of its generation, published whole by a `link`, which fails if k
// is taken. A writer that was stopped before its link finds k taken when it wakes up, or finds no folder. So an entry is never deleted under its name:
// that would free it. The last entry of a generation is its seal: the map so far, and the folder of the next one (ha-generations.ts).
//
// An entry counts when its name survives a loss of power. Whoever sees one syncs the folder before believing it: its writer may not have.
// All entries but the last are synced anyway, as the writer of k + 1 believed k.
import { join } from 'node:path';
import type { Format } from '../core/protocol/sealed-record.ts';
import { list, mismatch, nullable, record, shapeOf } from '../core/protocol/shapes.ts';
import { openBlob, sealBlob } from '../core/base/blob.ts';
import type { Value } from '../core/base/value.ts';
import type { Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import {
  entryPath,
  findGeneration,
  follow,
  highestOf,
  nameOnce,
  syncIfThere,
  type Generation,
  type LogFolder,
} from './ha-generations.ts';
import { adoptSnapshot, applyEntry, createHaMap, type HaMap, type LogEntry } from './ha-map.ts';
import { decodeSeal, isSeal, type Seal } from './ha-seal.ts';
import { createLane, onceDone, type Lane } from './lanes.ts';
import { afterPublishing, publishing } from './port-answers.ts';
import { temporaryFiles } from './temporary-files.ts';

const FORMAT = 'millrace-ha-entry';
const VERSION = 2;
const READ_AHEAD_MAX = 64; // entries read at once when there are many
const LOOKS_MAX = 100; // each but the last found that the generation it read was removed meanwhile

export interface HaLog extends LogFolder {
  readonly map: HaMap;
  /** The generation that holds entry `map.applied + 1`, once that is there; null: it must be found. Both change together. */
  at: Generation | null;
  readonly reading: Lane;
  readonly prepare: () => Promise<void>;
}

export function createHaLog(disk: Disk, folder: string): HaLog {
  const temporaryFolder = join(folder, 'temporary');
  const temporary = temporaryFiles(disk, temporaryFolder);
  return {
    map: createHaMap(),
    at: null,
    disk,
    folder,
    temporary,
    reading: createLane(),
    prepare: onceDone(async () => {
      await makeDurableFolder(disk, folder, temporaryFolder);
      await temporary.sweep();
    }),
  };
}

// ---- Reading

/** Applies all entries that are there by now. */
export async function catchUp(log: HaLog): Promise<void> {
  await log.prepare();
  await log.reading(() => readNewEntries(log)); // one after the other: what an earlier one found is not the news of now
}

async function readNewEntries(log: HaLog): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if (await (log.at === null ? readFromFound(log) : readOn(log, log.at))) return;
    log.at = null; // it was removed: another one goes on
  }
  throw new Error(
    `the log of the HA service in ${log.folder} does not go on where its last seal says: bring the folder back from a copy`,
  );
}

/** Somebody who deletes an entry frees its name: a writer would publish another past. Better to serve nothing. */
async function readFromFound(log: HaLog): Promise<boolean> {
  const { generation, snapshot } = await findGeneration(log);
  const highest = highestOf(await log.disk.list(generation.path));
  if (!(await log.disk.isFolder(generation.path))) return false;
  const last = Math.max(highest, generation.begins);
  if (last < log.map.applied)
    throw new Error(
      `the log of the HA service ends with entry ${last}, and this process knows entry ${log.map.applied}: it was replaced by an older copy`,
    );
  if (snapshot.applied > log.map.applied) adoptSnapshot(log.map, snapshot);
  log.at = generation;
  try {
    const isThere = await readOn(log, generation);
    if (!isThere || log.map.applied >= last) return isThere;
    throw new Error(
      `the log of the HA service has a hole: entry ${highest} is there, but ${entryPath(generation, log.map.applied + 1)} is not`,
    );
  } catch (error) {
    log.at = null; // looked for holes again, next time
    throw error;
  }
}

/** False: the generation is removed. */
async function readOn(log: HaLog, from: Generation): Promise<boolean> {
  let at = from;
  for (let ahead = 1; ; ahead = Math.min(2 * ahead, READ_AHEAD_MAX)) {
    const first = log.map.applied + 1;
    const found = await readRun(log, at, first, ahead);
    if (found.length > 0 && !(await syncIfThere(log.disk, at.path))) return false;
    const next = await applyAll(log, at, first, found);
    if (next === null) return false;
    if (next === at && found.length < ahead) return log.disk.isFolder(at.path); // else the file was missing with its folder
    at = next;
  }
}

type Found = LogEntry | Seal;

/** The entries from `first` on without a gap, at most `count`. */
async function readRun(log: HaLog, at: Generation, first: number, count: number): Promise<readonly Found[]> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const files = await Promise.all(numbers.map((number) => log.disk.read(entryPath(at, number))));
  const missing = files.indexOf(null);
  const run = files.slice(0, missing < 0 ? count : missing) as readonly Uint8Array[];
  return run.map((bytes, index) => decodeFound(bytes, entryPath(at, first + index)));
}

/** Returns the generation that goes on behind them; null: it is removed. */
async function applyAll(
  log: HaLog,
  at: Generation,
  first: number,
  found: readonly Found[],
): Promise<Generation | null> {
  for (const [index, one] of found.entries()) {
    if ('folder' in one) return goOn(log, at, one);
    applyEntry(log.map, first + index, one);
  }
  return at;
}

async function goOn(log: HaLog, at: Generation, seal: Seal): Promise<Generation | null> {
  const path = entryPath(at, seal.applied);
  const { applied, revision } = log.map;
  if (seal.applied !== applied + 1 || seal.revision !== revision)
    throw new Error(
      `${path} seals the log with entry ${seal.applied} at revision ${seal.revision}, and what stands before it ends with entry ${applied} at revision ${revision}`,
    );
  const next = await follow(log, path, seal);
  if (next === null) return null;
  adoptSnapshot(log.map, seal);
  log.at = next;
  return next;
}

// ---- Publishing

/** A new entry under construction. */
export async function writeEntry(log: HaLog, entry: LogEntry): Promise<string> {
  return log.temporary.create(sealBlob(FORMAT, VERSION, entry as unknown as Value));
}

/** Publishes a written entry under a number. False: that number is taken, or its generation removed, so its writer must look again. */
export async function publishEntry(
  log: HaLog,
  at: Generation,
  written: string,
  number: number,
  entry: LogEntry,
): Promise<boolean> {
  if (!(await publishFile(log, at, written, number))) return false;
  applyEntry(log.map, number, entry);
  return true;
}

/**
 * Behind the link the folder must still have its name: else it was on its way out, and the file may have got the name of one that was deleted there. The
 * outcome is unknown then.
 */
export async function publishFile(log: HaLog, at: Generation, written: string, number: number): Promise<boolean> {
  const named = await publishing(nameOnce(log.disk, written, entryPath(at, number)));
  if (named === 'gone' && (await log.disk.isFolder(at.path)))
    throw new Error(`${written} was removed while it was written`);
  if (named !== 'named') return false;
  await afterPublishing(log.disk.syncFolder(at.path));
  return true;
}

// ---- Entries as bytes

const entryShape = shapeOf<LogEntry>()(record({ writes: list(record({ key: 'string', value: nullable('bytes') })) }));

export const haEntryFormat: Format = { name: FORMAT, version: VERSION, shape: entryShape };

/** Throws where it is damaged. */
export function decodeFound(bytes: Uint8Array, path: string): Found {
  if (isSeal(bytes)) return decodeSeal(bytes, path);
  const opened = openBlob(FORMAT, VERSION, bytes);
  const wrong = opened.ok ? mismatch(entryShape, opened.value) : opened.reason;
  if (!opened.ok || wrong !== null) throw new Error(`${path}: ${wrong}`);
  return opened.value as unknown as LogEntry;
}
