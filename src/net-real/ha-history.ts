// The history of an HA service in a directory: all that was ever written, for whoever looks at a cluster from outside. It changes nothing.
import { join } from 'node:path';
import { nodeDisk, type Disk } from './disk.ts';
import { decodeEntry, numberOf } from './ha-log.ts';
import type { KeyWrite } from './ha-map.ts';

/** In their order. Throws where an entry is damaged. */
export async function readHaHistory(folder: string, disk: Disk = nodeDisk): Promise<readonly KeyWrite[]> {
  const entries = join(folder, 'entries');
  const names = (await disk.list(entries)).map(({ name }) => name).filter((name) => numberOf(name) > 0);
  const history: KeyWrite[] = [];
  for (const name of names.sort()) {
    const path = join(entries, name);
    const bytes = await disk.read(path);
    if (bytes !== null) history.push(...decodeEntry(bytes, path).writes);
  }
  return history;
}
