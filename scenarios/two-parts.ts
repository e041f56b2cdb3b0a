// A job of parts that no channel connects: words are counted with two readers and two counters, which are one region; beside it two subtasks copy
// notices, each a region of its own. A crash or a broken stream takes some of the regions; the others run on, and a checkpoint is of all.
import { defineJob, defineScenario, mix, type JobDefinition, type Scenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { linesTopic } from './word-count.ts';

const NOTICES = 60; // of a split: 1.2 s of reading, as of the lines

export const scenario = defineScenario({
  name: 'two-parts',
  about: 'Counts words, and beside them copies notices: parts of one job that fail and restart without the others.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 },
  job: twoParts(2),
  input: ({ pick, times }) => ({
    lines: linesTopic((split) => pick(`lines-${split}`, 1_024), 1.5 * times),
    notices: noticesTopic(2, pick, 1.5 * times),
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: { ...quickSim, recordCostUs: 500, slowestFactor: 4 },
  real: { ...quickReal, strike: 'tm-crash', times: 2 },
  draw: { batchSizeRecords: [1, 16], creditsPerChannel: [1, 4] },
  faults: {
    'tm-crash': 0.4,
    'jm-crash': 0.15,
    'lease-loss': 0.15,
    'barrier-loss': 0.3,
    'message-delay': 0.25,
    'connection-break': 0.4,
    partition: 0.2,
    pause: 0.25,
    'store-fail': 0.2,
    'store-unknown': 0.2,
    'rare-moment': 0.5,
  },
  excuses,
  reference: true,
  sortBy: (value) => JSON.stringify(value),
});

/** @param splits of the notices */
export function twoParts(splits: number): JobDefinition {
  return defineJob(
    'two-parts',
    (env) => {
      env
        .fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 50 })
        .flatMap('split', (line) => line.split(' ').map((word) => ({ word, count: 1 })))
        .keyBy(({ word }) => word)
        .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }))
        .sinkTo('counts', { sink: 'counts' });
      env
        .fromSource<string>('notices', { topic: 'notices', splits, recordsPerSecond: 50 })
        .map('copy', (notice) => ({ notice }))
        .sinkTo('copies', { sink: 'copies' });
    },
    { parallelism: 2 },
  );
}

type Pick = Parameters<Scenario['input']>[0]['pick'];

export function noticesTopic(splits: number, pick: Pick, times: number): { readonly splits: readonly string[][] } {
  const all = Array.from({ length: splits }, (_, split) => noticesOf(split, pick(`notices-${split}`, 1_024), times));
  return { splits: all };
}

function noticesOf(split: number, salt: number, times: number): string[] {
  return Array.from({ length: times * NOTICES }, (_, index) => `${split}-${index}-${mix(salt, index, 10)}`);
}
