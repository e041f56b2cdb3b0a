// The HA log is compacted: its generation is sealed, the next one begins with what the map holds, and earlier ones are removed. Whoever dies in between
// leaves what the next compaction tidies; only the link of the seal changes what the log says.
//
//   1. The seal is written, and the folder of the next generation is made. Nothing names either of them yet.
//   2. The seal is linked as the next entry. From here on nothing follows in the old folder.
//   3. The seal is linked into the next folder as its snapshot. Whoever reads the seal does so too, should its writer be gone.
//   4. Folders of earlier generations leave their names, and with them whoever was about to link into one. Then their files are deleted.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeDurableFolder } from './durable-folders.ts';
import {
  drawGenerationName,
  FIRST,
  nameOnce,
  parseGenerationName,
  SNAPSHOT,
  type Generation,
} from './ha-generations.ts';
import { catchUp, publishFile, type HaLog } from './ha-log.ts';
import { snapshotOf } from './ha-map.ts';
import { encodeSeal } from './ha-seal.ts';

/** Entries of a generation, but for those that are written while it is sealed. */
export const ENTRIES_MAX = 500;
/** A file of this name in the folder of the HA service: removed generations keep their files, for whoever reads the history (ha-history.ts). */
export const KEEP_HISTORY = 'keep-history';

const REMOVED = 'removed-';

/** Number of the generation that it was; null: the name of something else. */
export function parseRemovedName(name: string): number | null {
  const found = /^removed-(\d{1,12})-/.exec(name);
  return found === null ? null : Number(found[1]);
}

export function isLong({ map, at }: HaLog, entriesMax = ENTRIES_MAX): boolean {
  return at !== null && map.applied - at.begins >= entriesMax;
}

/** Seals the generation of the log. False: somebody wrote meanwhile, or sealed it. */
export async function seal(log: HaLog): Promise<boolean> {
  const { at } = log;
  if (at === null) return false;
  const folder = drawGenerationName(at.number + 1);
  const applied = log.map.applied + 1;
  const bytes = encodeSeal({ ...snapshotOf(log.map), applied, generation: at.number + 1, folder });
  const written = await log.temporary.create(bytes); // before the folder: where no room is for it, each try would leave one
  try {
    const isSealed = await sealWith(log, at, written, applied, folder);
    if (isSealed) await catchUp(log);
    return isSealed;
  } finally {
    await log.disk.remove(written).catch(() => undefined); // else it is swept when the store is opened
  }
}

async function sealWith(
  log: HaLog,
  at: Generation,
  written: string,
  applied: number,
  folder: string,
): Promise<boolean> {
  const path = join(log.folder, folder);
  await makeDurableFolder(log.disk, log.folder, path);
  const isSealed = await publishFile(log, at, written, applied);
  if (!isSealed) await log.disk.removeFolder(path); // no seal names it
  return isSealed;
}

/** Removes all generations before that of the log, whoever sealed them, and folders that never became one. */
export async function removeEarlier(log: HaLog): Promise<void> {
  const { at, disk, folder } = log;
  if (at === null || at.number === 0) return;
  const there = await disk.list(folder);
  const first = there.find(({ name }) => name === FIRST);
  const earlier = there
    .flatMap(({ name }) => parseGenerationName(name) ?? [])
    .filter(({ number }) => number <= at.number);
  if (first?.kind === 'folder') await leaveName(log, FIRST, 0);
  if (first?.kind !== 'file') await nameFirst(log, at); // before any other goes: without it somebody would begin anew
  for (const { name, number } of earlier) if (join(folder, name) !== at.path) await leaveName(log, name, number);
  await disk.syncFolder(folder);
  await deleteRemoved(log);
}

/** With a slash behind its name: `entries` is a file as soon as another process was first. */
async function leaveName({ disk, folder }: HaLog, name: string, number: number): Promise<void> {
  const removed = join(folder, `${REMOVED}${number}-${randomUUID()}`);
  await disk.rename(`${join(folder, name)}/`, removed).catch(() => undefined); // another process was first, or the next compaction tries again
}

async function nameFirst({ disk, folder }: HaLog, at: Generation): Promise<void> {
  await nameOnce(disk, join(at.path, SNAPSHOT), join(folder, FIRST));
  await disk.syncFolder(folder);
}

async function deleteRemoved({ disk, folder }: HaLog): Promise<void> {
  if (await disk.isFile(join(folder, KEEP_HISTORY))) return;
  for (const { name } of await disk.list(folder)) {
    if (!name.startsWith(REMOVED)) continue;
    const path = join(folder, name);
    for (const file of await disk.list(path)) await disk.remove(join(path, file.name));
    await disk.removeFolder(path);
  }
}
