// The HA service of a cluster in a folder.
import { existsSync, readdirSync } from 'node:fs';
import { clusterIdOf } from './cluster-id.ts';
import { nodeDisk } from './disk.ts';
import { haDirectory } from './ha-directory.ts';
import { findGeneration, FIRST, numberOf, parseGenerationName } from './ha-generations.ts';
import { readHaHistory } from './ha-history.ts';
import { leaderIn } from './ha-leader.ts';
import type { HaInspection, HaService } from './ha-scheme.ts';
import { temporaryFiles } from './temporary-files.ts';

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
  if (!holdsLog(folder)) {
    const says = 'nothing was ever written: no process of this cluster has run yet';
    return { conditions: [{ status: 'ok', says, advice: null }], leader: null };
  }
  const leader = await leaderIn(haDirectory({ folder }));
  if (!leader.ok) return { conditions: [{ status: 'fail', says: leader.reason, advice: DAMAGED }], leader: null };
  const says = `all ${await entriesIn(folder)} entries since it was last compacted can be read`;
  return { conditions: [{ status: 'ok', says, advice: null }], leader: { entry: leader.value } };
}

function holdsLog(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name === FIRST || parseGenerationName(name) !== null);
}

/** To be counted, and no more: whoever opens the log reads them. */
async function entriesIn(folder: string): Promise<number> {
  const disk = nodeDisk;
  const { generation } = await findGeneration({ disk, folder, temporary: temporaryFiles(disk, folder) });
  return (await disk.list(generation.path)).filter(({ name }) => numberOf(name) > 0).length;
}
