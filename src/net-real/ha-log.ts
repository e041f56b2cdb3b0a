// The log behind the HA service in a directory: entry k is a file named k, published whole by a `link`, which fails if k is taken.
// A writer that was stopped before its link finds k taken when it wakes up. So entries are never deleted: that would free a name.
//
// An entry counts when its name survives a loss of power. Whoever sees one syncs the folder before believing it: its writer may not have.
// All entries but the last are synced anyway, as the writer of k + 1 believed k.
import { join } from 'node:path';
import type { Format } from '../core/protocol/sealed-record.ts';
import { list, mismatch, nullable, record, shapeOf } from '../core/protocol/shapes.ts';
import { openBlob, sealBlob } from '../core/base/blob.ts';
import type { Value } from '../core/base/value.ts';
import { codeOf, type Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { applyEntry, createHaMap, type HaMap, type LogEntry } from './ha-map.ts';
import { createLane, onceDone, type Lane } from './lanes.ts';
import { afterPublishing, publishing } from './port-answers.ts';
import { temporaryFiles, type TemporaryFiles } from './temporary-files.ts';

const FORMAT = 'millrace-ha-entry';
const VERSION = 2;
const NUMBER_DIGITS = 12;
const READ_AHEAD_MAX = 64; // entries read at once when there are many

export interface HaLog {
  readonly map: HaMap;
  readonly disk: Disk;
  readonly entries: string;
  readonly temporary: TemporaryFiles;
  readonly reading: Lane;
  /** Makes the folders and checks that no entry is missing. */
  readonly prepare: () => Promise<void>;
}

export function createHaLog(disk: Disk, folder: string): HaLog {
  const entries = join(folder, 'entries');
  const temporaryFolder = join(folder, 'temporary');
  const temporary = temporaryFiles(disk, temporaryFolder);
  const log: HaLog = {
    map: createHaMap(),
    disk,
    entries,
    temporary,
    reading: createLane(),
    prepare: onceDone(async () => {
      for (const part of [entries, temporaryFolder]) await makeDurableFolder(disk, folder, part);
      await temporary.sweep();
      await checkWhole(log);
    }),
  };
  return log;
}

/** Applies all entries that are there by now. */
export async function catchUp(log: HaLog): Promise<void> {
  await log.prepare();
  await log.reading(() => readNewEntries(log)); // one after the other: what an earlier one found is not the news of now
}

async function readNewEntries(log: HaLog): Promise<void> {
  for (let ahead = 1; ; ahead = Math.min(2 * ahead, READ_AHEAD_MAX)) {
    const first = log.map.applied + 1;
    const found = await readRun(log, first, ahead);
    if (found.length > 0) await log.disk.syncFolder(log.entries);
    for (const [index, entry] of found.entries()) applyEntry(log.map, first + index, entry);
    if (found.length < ahead) return;
  }
}

/** The entries from `first` on without a gap, at most `count`. */
async function readRun(log: HaLog, first: number, count: number): Promise<readonly LogEntry[]> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const files = await Promise.all(numbers.map((number) => log.disk.read(entryPath(log, number))));
  const missing = files.indexOf(null);
  const run = files.slice(0, missing < 0 ? count : missing) as readonly Uint8Array[];
  return run.map((bytes, index) => decodeEntry(bytes, entryPath(log, first + index)));
}

/** Somebody who deletes an entry frees its name: a writer would publish another past. Better to serve nothing. */
async function checkWhole(log: HaLog): Promise<void> {
  const names = await log.disk.list(log.entries);
  const highest = names.reduce((max, { name }) => Math.max(max, numberOf(name)), 0);
  await readNewEntries(log);
  if (log.map.applied < highest)
    throw new Error(
      `the log of the HA service has a hole: entry ${highest} is there, but ${entryPath(log, log.map.applied + 1)} is not`,
    );
}

/** A new entry under construction. */
export async function writeEntry(log: HaLog, entry: LogEntry): Promise<string> {
  return log.temporary.create(sealBlob(FORMAT, VERSION, entry as unknown as Value));
}

/** Publishes a written entry under a number. False: that number is taken, so its writer must look again. */
export async function publishEntry(log: HaLog, written: string, number: number, entry: LogEntry): Promise<boolean> {
  try {
    await publishing(log.disk.link(written, entryPath(log, number)));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await afterPublishing(log.disk.syncFolder(log.entries));
  applyEntry(log.map, number, entry);
  return true;
}

function entryPath(log: HaLog, number: number): string {
  return join(log.entries, String(number).padStart(NUMBER_DIGITS, '0'));
}

/** 0: not the name of an entry. */
export function numberOf(name: string): number {
  return /^\d{12}$/.test(name) ? Number(name) : 0;
}

const entryShape = shapeOf<LogEntry>()(record({ writes: list(record({ key: 'string', value: nullable('bytes') })) }));

export const haEntryFormat: Format = { name: FORMAT, version: VERSION, shape: entryShape };

/** Throws where it is damaged. */
export function decodeEntry(bytes: Uint8Array, path: string): LogEntry {
  const opened = openBlob(FORMAT, VERSION, bytes);
  const wrong = opened.ok ? mismatch(entryShape, opened.value) : opened.reason;
  if (!opened.ok || wrong !== null) throw new Error(`${path}: ${wrong}`);
  return opened.value as unknown as LogEntry;
}
