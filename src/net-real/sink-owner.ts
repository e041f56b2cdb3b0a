// Whose a writer of a file sink is. Jobs of two clusters may have one id, and count epochs, attempts and checkpoints alike: the transactions of one
// would be taken for those of the other, which are committed already, and its output be lost in silence.
import { join } from 'node:path';
import { makeDurableFolder } from './durable-folders.ts';
import { publishing } from './port-answers.ts';
import type { Writer } from './sink-writer.ts';

const OWNER = /^cluster-([0-9a-f-]{36})$/;

/**
 * Claims the writer for a cluster. False: it is another one's. Two that claim it at once both give way, as each makes its name before it looks
 * for others.
 */
export async function claim({ disk, folder, paths }: Writer, cluster: string): Promise<boolean> {
  const before = await ownersOf(disk, paths.writer);
  if (before.length > 0) return before.every((owner) => owner === cluster);
  await makeDurableFolder(disk, folder, paths.writer);
  const own = join(paths.writer, `cluster-${cluster}`);
  await publishing(disk.append(own, new Uint8Array()));
  await disk.syncFolder(paths.writer);
  const after = await ownersOf(disk, paths.writer);
  if (after.every((owner) => owner === cluster)) return true;
  await disk.remove(own);
  return false;
}

/** null: it was written before clusters were told apart. */
export async function ownerOf({ disk, paths }: Writer): Promise<string | null> {
  return (await ownersOf(disk, paths.writer))[0] ?? null;
}

async function ownersOf(disk: Writer['disk'], folder: string): Promise<readonly string[]> {
  return (await disk.list(folder)).flatMap(({ name }) => OWNER.exec(name)?.[1] ?? []);
}
