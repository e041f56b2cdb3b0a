// A job whose first checkpoint falls where nothing else happens, so that every order of its steps can be looked at: records were read before, and
// neither heartbeats nor leases are due.
import { defineScenario } from 'millrace/scenario';
import { quickOptions } from '../quick-cluster.ts';
import { countWords } from './count-words.ts';

const WORDS = ['wheel', 'weir', 'wheel', 'grain', 'weir', 'wheel', 'grain', 'wheel'];

/** @param taskManagers each with one slot, a split, and one subtask of each vertex */
export function checkpointScenario(name: string, taskManagers: number) {
  return defineScenario({
    name,
    about: 'Counts words by key into an exactly-once sink, and takes a checkpoint.',
    cluster: { jobManagers: 1, taskManagers, slotsPerTaskManager: 1 },
    job: countWords(name, taskManagers, 20),
    input: () => ({ lines: { splits: Array.from({ length: taskManagers }, () => WORDS) } }),
    options: {
      ...quickOptions,
      checkpointIntervalMs: 310,
      firstCheckpointMs: 310,
      heartbeatIntervalMs: 5_000,
      heartbeatTimeoutMs: 60_000,
      leaseMs: 60_000,
      leaseRenewIntervalMs: 20_000,
      channelStatusIntervalMs: 5_000,
    },
    faults: { 'tm-crash': 1 },
    reference: true,
    sortBy: (value) => JSON.stringify(value),
  });
}
