// Folders whose names survive a loss of power.
import { dirname, relative, sep } from 'node:path';
import type { Disk } from './disk.ts';

/**
 * Makes `folder`, which lies in `root`, and syncs every name from `root` down to it. All of them, each time: a folder that is there may have
 * been made by another process a moment ago, which has not synced it yet. Syncing what is clean costs little.
 */
export async function makeDurableFolder(disk: Disk, root: string, folder: string): Promise<void> {
  await disk.makeFolder(folder);
  for (const around of foldersAround(root, folder)) await disk.syncFolder(around);
}

/** The folders that hold the names on the way from `root` (its own name included) to `folder`, the innermost first. */
function foldersAround(root: string, folder: string): readonly string[] {
  const depth = relative(root, folder)
    .split(sep)
    .filter((segment) => segment !== '').length;
  const around: string[] = [];
  let at = folder;
  for (let level = 0; level <= depth; level++) {
    at = dirname(at);
    around.push(at);
  }
  return around;
}
