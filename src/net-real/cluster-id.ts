// Which cluster a process belongs to: that of all who share the folder of the HA service. The first of them draws its name, which never changes.
// A process that reaches the address of a dead peer, where another cluster listens by now, is refused by it: epochs and incarnations of two
// clusters look alike, and a TaskManager of one would run the tasks of the other, on its own files.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, nodeDisk, type Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { temporaryFiles } from './temporary-files.ts';

const FILE = 'cluster';
const VERSION = 1;
const LINE = /^millrace-cluster 1 ([0-9a-f-]{36})\n$/;

/** The name of the cluster that keeps its HA service in this folder. Rejects with a sentence if it cannot be read. */
export async function clusterIdOf(haFolder: string, disk: Disk = nodeDisk): Promise<string> {
  const path = join(haFolder, FILE);
  const bytes = (await disk.read(path)) ?? (await publish(disk, haFolder, path));
  await disk.syncFolder(haFolder); // whoever published it may not have done so yet
  return readClusterLine(bytes ?? new Uint8Array(), path);
}

/** The name of a cluster in the line that keeps it. Throws a sentence if there is none. @param place where the line is */
export function readClusterLine(line: Uint8Array, place: string): string {
  const text = new TextDecoder().decode(line);
  const id = LINE.exec(text)?.[1];
  if (id !== undefined) return id;
  throw new Error(`${place} holds no name of a cluster of version ${VERSION} (${JSON.stringify(text.slice(0, 60))})`);
}

/** A line with the name of a new cluster. */
export function drawClusterLine(): string {
  return `millrace-cluster ${VERSION} ${randomUUID()}\n`;
}

/** Of all who try, one is first; the others take what it wrote. */
async function publish(disk: Disk, haFolder: string, path: string): Promise<Uint8Array | null> {
  const temporary = join(haFolder, 'temporary');
  await makeDurableFolder(disk, haFolder, temporary);
  const written = await temporaryFiles(disk, temporary).create(new TextEncoder().encode(drawClusterLine()));
  try {
    await disk.link(written, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await disk.remove(written);
  return disk.read(path);
}
