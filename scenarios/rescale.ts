// A job of parts that no channel connects gets another parallelism while it runs, six times, up and down, of one part or of both. State, splits and the
// transactions of sinks move with the key groups; no region may go on alone before a checkpoint has the new shape. Stores are slow, so that it often happens
// between a checkpoint and the commit of what that covers.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { noticesTopic, scenario as parts, twoParts } from './two-parts.ts';

const { job: _, ...base } = parts;
/** Of the notices: one of them goes to a subtask that has no key group of its reader before, when two subtasks become three. */
const SPLITS = 4;

const counters = (count: number): Record<string, number> => ({ count, counts: count });
const readers = (count: number): Record<string, number> => ({ lines: count, split: count });
/** One region a subtask. */
const copiers = (count: number): Record<string, number> => ({ notices: count, copy: count, copies: count });

export const scenario = defineScenario({
  ...base,
  name: 'rescale',
  about: 'Gives parts of a job fewer and more subtasks while it counts words and copies notices.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    {
      job: twoParts(SPLITS),
      rescale: [
        { atMs: { from: 0, to: 800 }, parallelism: { ...readers(1), ...counters(2) } },
        { atMs: { from: 500, to: 1_300 }, parallelism: { ...copiers(1), ...counters(4) } },
        { atMs: { from: 1_000, to: 1_800 }, parallelism: { ...readers(2), ...counters(1) } },
        { atMs: { from: 1_500, to: 2_300 }, parallelism: { ...copiers(2), ...counters(3) } },
        { atMs: { from: 2_000, to: 2_800 }, parallelism: { ...copiers(3), ...counters(2) } },
        { atMs: { from: 2_500, to: 3_300 }, parallelism: { ...readers(1), ...counters(4) } },
      ],
    },
  ],
  input(given) {
    const times = 2 * given.times;
    return { ...base.input({ ...given, times }), notices: noticesTopic(SPLITS, given.pick, 1.5 * times) };
  },
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: { ...quickSim, storageLatencyUs: 8_000 },
  real: { ...quickReal, strike: 'tm-crash', times: 2 },
  excuses,
});
