// The history of an HA service in a directory: what was ever written, for whoever looks at a cluster from outside. It changes nothing.
//
// Compaction removes history. Whoever wants all of it says so before the first process starts (`keepHaHistory`). Else it begins with what the map held
// where the oldest generation that is there begins.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk, type Disk } from './disk.ts';
import { KEEP_HISTORY, parseRemovedName } from './ha-compaction.ts';
import { entryPath, FIRST, numberOf, parseGenerationName, SNAPSHOT, type Generation } from './ha-generations.ts';
import { decodeFound } from './ha-log.ts';
import type { KeyWrite, MapSnapshot } from './ha-map.ts';
import { decodeSeal } from './ha-seal.ts';

/** Generations that are removed keep their files from here on. @param folder of the HA service */
export function keepHaHistory(folder: string): void {
  writeFileSync(join(folder, KEEP_HISTORY), '');
}

/** In its order. Throws where an entry is damaged. */
export async function readHaHistory(folder: string, disk: Disk = nodeDisk): Promise<readonly KeyWrite[]> {
  const history: KeyWrite[] = [];
  for (const [index, { path, snapshot }] of (await generationsIn(folder, disk)).entries()) {
    if (index === 0) history.push(...writesOf(snapshot));
    for (const number of (await disk.list(path)).map(({ name }) => numberOf(name)).sort((a, b) => a - b)) {
      const entry = number === 0 ? null : await readEntry(disk, entryPath({ path }, number));
      if (entry !== null) history.push(...entry);
    }
  }
  return history;
}

interface KeptGeneration extends Pick<Generation, 'number' | 'path'> {
  readonly snapshot: MapSnapshot | null;
}

/** Those behind the last one that is missing. Folders that never began have no snapshot. */
async function generationsIn(folder: string, disk: Disk): Promise<readonly KeptGeneration[]> {
  const found: KeptGeneration[] = [];
  for (const { name, kind } of await disk.list(folder)) {
    const path = join(folder, name);
    const number = kind !== 'folder' ? null : name === FIRST ? 0 : numberIn(name);
    if (number === null) continue;
    const bytes = await disk.read(join(path, SNAPSHOT));
    if (bytes !== null) found.push({ number, path, snapshot: decodeSeal(bytes, join(path, SNAPSHOT)) });
    else if (number === 0) found.push({ number, path, snapshot: null });
  }
  found.sort((one, other) => one.number - other.number);
  const gap = found.findLastIndex(({ number }, index) => index > 0 && number !== (found[index - 1]?.number ?? 0) + 1);
  return found.slice(Math.max(gap, 0));
}

function numberIn(name: string): number | null {
  return parseGenerationName(name)?.number ?? parseRemovedName(name);
}

function writesOf(snapshot: MapSnapshot | null): readonly KeyWrite[] {
  const entries = snapshot?.entries.toSorted((one, other) => one.revision - other.revision) ?? [];
  return entries.map(({ key, value }) => ({ key, value }));
}

/** null: it is a seal, or gone. */
async function readEntry(disk: Disk, path: string): Promise<readonly KeyWrite[] | null> {
  const bytes = await disk.read(path);
  const found = bytes === null ? null : decodeFound(bytes, path);
  return found === null || 'folder' in found ? null : found.writes;
}
