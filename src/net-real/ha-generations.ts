// Generations of the HA log: each is a folder, which one process makes, once, under a name that nobody else draws. A folder that was removed never comes
// back, so that whoever stood still before its `link` into it finds no folder.
//
//   entries                      a file: the log is one of generations. It names the folder of the first
//   generation-<number>-<uuid>/  snapshot: the seal of the generation before, with which this one has begun · <entry>
//   removed-<number>-<uuid>/     one that nobody needs: it has left its name before its files go
//
// Of a folder without a snapshot nobody knows yet, or never will: its maker seals nothing with it once a later generation is there.
// Before generations were, `entries` was the folder of the whole log. It is read as generation 0.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, type Disk, type DiskEntry } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { createHaMap, snapshotOf, type MapSnapshot } from './ha-map.ts';
import { decodeSeal, encodeSeal, type Seal } from './ha-seal.ts';
import type { TemporaryFiles } from './temporary-files.ts';

export const FIRST = 'entries';
export const SNAPSHOT = 'snapshot';
const NUMBER_DIGITS = 12;
const LOOKS_MAX = 100; // each but the last saw another process at work

export interface LogFolder {
  readonly disk: Disk;
  readonly folder: string;
  readonly temporary: TemporaryFiles;
}

export interface Generation {
  readonly number: number;
  readonly path: string;
  /** The entry that sealed the one before. */
  readonly begins: number;
}

export interface Begun {
  readonly generation: Generation;
  readonly snapshot: MapSnapshot;
}

// ---- Names

export interface GenerationName {
  readonly name: string;
  readonly number: number;
}

export function drawGenerationName(number: number): string {
  return `generation-${number}-${randomUUID()}`;
}

/** null: the name of something else. */
export function parseGenerationName(name: string): GenerationName | null {
  const found = /^generation-(\d{1,12})-[0-9a-f-]{36}$/.exec(name);
  return found === null ? null : { name, number: Number(found[1]) };
}

export function entryPath({ path }: Pick<Generation, 'path'>, number: number): string {
  return join(path, String(number).padStart(NUMBER_DIGITS, '0'));
}

/** 0: not the name of an entry. */
export function numberOf(name: string): number {
  return /^\d{12}$/.test(name) ? Number(name) : 0;
}

export function highestOf(names: readonly DiskEntry[]): number {
  return names.reduce((max, { name }) => Math.max(max, numberOf(name)), 0);
}

// ---- Finding the latest

/** The latest that has begun when it looks. The first one is made here, if the folder holds no log. */
export async function findGeneration(place: LogFolder): Promise<Begun> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const found = await look(place);
    if (found !== null) return found;
  }
  throw new Error(
    `the log of the HA service is not there: ${join(place.folder, FIRST)} says that it goes on in folders beside it, and none of them has begun`,
  );
}

async function look(place: LogFolder): Promise<Begun | null> {
  const there = await place.disk.list(place.folder);
  const names = there.flatMap(({ name }) => parseGenerationName(name) ?? []);
  for (const name of names.sort((one, other) => other.number - one.number)) {
    const begun = await beginningOf(place, name);
    if (begun === 'removed') return null; // a later one is there, which this listing may not have: an earlier one is no answer
    if (begun !== null) return begun;
  }
  const first = there.find(({ name }) => name === FIRST);
  if (first?.kind === 'folder') return generationZero(place);
  await (first === undefined ? makeFirst(place) : beginFirst(place));
  return null;
}

function generationZero({ folder }: LogFolder): Begun {
  return { generation: { number: 0, path: join(folder, FIRST), begins: 0 }, snapshot: snapshotOf(createHaMap()) };
}

/** null: it has not begun. */
async function beginningOf(
  { disk, folder }: LogFolder,
  { name, number }: GenerationName,
): Promise<Begun | 'removed' | null> {
  const path = join(folder, name);
  const snapshot = join(path, SNAPSHOT);
  const highest = highestOf(await disk.list(path)); // before the snapshot, which is older than any of them
  const bytes = await disk.read(snapshot);
  if (!(await syncIfThere(disk, path))) return 'removed';
  if (bytes === null && highest > 0)
    throw new Error(`the log of the HA service has a hole: entry ${highest} is there, but ${snapshot} is not`);
  if (bytes === null) return null;
  const seal = decodeSeal(bytes, snapshot);
  if (seal.folder !== name || seal.generation !== number)
    throw new Error(`${snapshot} begins another generation: ${seal.folder}`);
  return { generation: { number, path, begins: seal.applied }, snapshot: seal };
}

/** False: the folder is gone. */
export async function syncIfThere(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.syncFolder(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

// ---- The first

/** Of all who try, one is first. */
async function makeFirst(place: LogFolder): Promise<void> {
  const { disk, folder, temporary } = place;
  const name = drawGenerationName(1);
  const written = await temporary.create(encodeSeal({ ...snapshotOf(createHaMap()), generation: 1, folder: name }));
  try {
    await makeDurableFolder(disk, folder, join(folder, name));
    const named = await nameOnce(disk, written, join(folder, FIRST));
    if (named !== 'named') await disk.removeFolder(join(folder, name));
  } finally {
    await disk.remove(written).catch(() => undefined); // else it is swept when the store is opened
  }
}

async function beginFirst(place: LogFolder): Promise<void> {
  const path = join(place.folder, FIRST);
  const bytes = await place.disk.read(path);
  if (bytes === null) return;
  await place.disk.syncFolder(place.folder); // whoever named it may not have done so yet
  await follow(place, path, decodeSeal(bytes, path));
}

// ---- From one to the next

/** Begins the generation behind a seal, if nobody did. null: it is removed, or the seal is. */
export async function follow(place: LogFolder, path: string, seal: Seal): Promise<Generation | null> {
  const next: Generation = { number: seal.generation, path: join(place.folder, seal.folder), begins: seal.applied };
  if (parseGenerationName(seal.folder)?.number !== seal.generation)
    throw new Error(
      `${path} seals the log with ${JSON.stringify(seal.folder)}, which is no name of generation ${seal.generation}`,
    );
  const named = await nameOnce(place.disk, path, join(next.path, SNAPSHOT));
  if (named === 'gone') return null;
  return (await syncIfThere(place.disk, next.path)) ? next : null;
}

/** Gives a file a second name. `gone`: the file is not there, or the folder is not. */
export async function nameOnce(disk: Disk, from: string, to: string): Promise<'named' | 'taken' | 'gone'> {
  try {
    await disk.link(from, to);
    return 'named';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'gone';
    if (code !== 'EEXIST') throw error;
    return (await disk.areOneFile(from, to)) ? 'named' : 'taken';
  }
}
