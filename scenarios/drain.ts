// TaskManagers are drained for maintenance while a job of three regions runs, two of them taken back later; one stays drained, and so do those that are
// taken back before they are drained. There are slots for the job on the others, but only just, so that a drain waits whenever another TaskManager dies.
// Leaders change, and the next one must know what was promised. The process of one TaskManager is ended in good order, whether it is drained by then or not,
// and so is that of a JobManager, whether it leads by then or not.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoParts } from './two-parts.ts';

export const scenario = defineScenario({
  ...twoParts,
  name: 'drain',
  about: 'Drains TaskManagers, and takes some back, while a job counts words and copies notices and others die.',
  cluster: { jobManagers: 2, taskManagers: 5, slotsPerTaskManager: 1 },
  drains: [
    { taskManager: 1, atMs: { from: 0, to: 2_000 }, backAtMs: { from: 1_000, to: 3_000 } },
    { taskManager: 2, atMs: { from: 500, to: 3_000 }, backAtMs: { from: 1_500, to: 4_000 } },
    { taskManager: 3, atMs: { from: 0, to: 4_000 } },
  ],
  stops: [
    { taskManager: 2, atMs: { from: 500, to: 4_000 } },
    { jobManager: 1, atMs: { from: 500, to: 4_000 } },
  ],
  lookAtMs: { from: 0, to: 3_000 },
  input: (given) => twoParts.input({ ...given, times: 2 * given.times }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  faults: { ...twoParts.faults, 'tm-crash': 1, 'jm-crash': 0.5, 'lease-loss': 0.3 },
  excuses,
});
