// The HA service of a cluster in a folder.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clusterIdOf } from './cluster-id.ts';
import { haDirectory } from './ha-directory.ts';
import { readHaHistory } from './ha-history.ts';
import { leaderIn } from './ha-leader.ts';
import type { HaInspection, HaService } from './ha-scheme.ts';

export function directoryService(folder: string): HaService {
  return {
    clusterId: () => clusterIdOf(folder),
    open: () => haDirectory({ folder }),
    history: () => readHaHistory(folder),
    inspect: () => inspect(folder),
  };
}

const DAMAGED = 'an entry of its log is damaged or missing: bring the folder back from a copy; no process skips one';

async function inspect(folder: string): Promise<HaInspection> {
  const entries = join(folder, 'entries');
  if (!existsSync(entries)) {
    const says = 'nothing was ever written: no process of this cluster has run yet';
    return { conditions: [{ status: 'ok', says, advice: null }], leader: null };
  }
  const leader = await leaderIn(haDirectory({ folder }));
  if (!leader.ok) return { conditions: [{ status: 'fail', says: leader.reason, advice: DAMAGED }], leader: null };
  return { conditions: [conditionOfLog(readdirSync(entries).length)], leader: { entry: leader.value } };
}

/** Each is a file of a block of the disk, and all are read when a process starts. */
const ENTRIES_MANY = 250_000;

/** @param entries of the log, which is never shortened */
export function conditionOfLog(entries: number): HaInspection['conditions'][number] {
  const says = `all ${entries} entries can be read`;
  if (entries < ENTRIES_MANY) return { status: 'ok', says, advice: null };
  return {
    status: 'warn',
    says: `${says}; this log is never shortened, each checkpoint adds two of them, and each start reads all of it`,
    advice:
      'a cluster that runs for weeks belongs in etcd (--ha), or wants a longer checkpointIntervalMs: stop its jobs with savepoints before it is moved',
  };
}
