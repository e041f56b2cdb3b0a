// From a file to the guest that it describes: what `npm run sim` runs.
import { functionsOfFile } from '../../calls/functions-of-file.ts';
import type { Value } from '../../core/base/value.ts';
import { jobGuest } from '../../sim/cluster/job-guest.ts';
import type { Guest } from '../../sim/guest.ts';
import { machinesGuest } from '../../sim/machines/machines-guest.ts';
import { shownPath } from '../files.ts';
import { loadData } from './data.ts';
import { loadAnyScenario } from './scenario-file.ts';

export interface LoadedGuest {
  readonly guest: Guest;
  /** What it reads besides its file, by name. */
  readonly data: Readonly<Record<string, Value>>;
}

/** @param hash of the file's bundle: the name of a job's artifact */
export async function loadGuest(file: string, hash: string): Promise<LoadedGuest> {
  const loaded = await loadAnyScenario(file);
  if (loaded.kind === 'machines') return { guest: machinesGuest(loaded.scenario, shownPath(file)), data: {} };
  const { scenario, topics } = loaded;
  const data = { ...loadData(scenario, file), ...topics };
  return { guest: jobGuest({ scenario, data, artifact: hash, functions: functionsOfFile(file) }), data };
}
