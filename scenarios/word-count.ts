// The smallest job with everything in it: lines are split into words by two subtasks and counted by three. Made for sweeps.
import { defineJob, defineScenario, mix, type JobDefinition, type Scenario, type Topic } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';

const SPLITS = 2;
const LINES = 60; // of a split: 1.2 s of reading, hence six checkpoints
const LONGER = 1.5; // here nine, so that nearly all runs complete five although faults cost some
const LINES_PER_SECOND = 50;
const WORDS_MAX = 5;
const vocabulary = [
  'the',
  'wheel',
  'the',
  'race',
  'water',
  'the',
  'mill',
  'stone',
  'grain',
  'the',
  'miller',
  'weir',
  'flour',
];

export const scenario = defineScenario({
  name: 'word-count',
  about:
    'Counts words with two readers and three counters; batches, credits, chunks and steps are drawn down to one, so that everything runs dry or is cut in two.',
  cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
  job: wordCount(),
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), LONGER * times) }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 }, // a lost barrier costs three checkpoints, and not all that are left
  sim: { ...quickSim, recordCostUs: 500, slowestFactor: 8 },
  draw: {
    batchSizeRecords: [1, 64],
    creditsPerChannel: [1, 4],
    sinkChunkRecords: [1, 64],
    snapshotKeyGroupsPerStep: [1, 8],
  },
  faults: {
    'tm-crash': 0.25,
    'jm-crash': 0.25,
    'lease-loss': 0.25,
    'barrier-loss': 0.5,
    'message-delay': 0.25,
    'connection-break': 0.25,
    partition: 0.25,
    pause: 0.25,
    'store-fail': 0.25,
    'store-unknown': 0.25,
  },
  excuses,
  reference: true,
  sortBy: (value) => JSON.stringify(value),
  real: { times: 4 },
});

/** Emits the running count of a word with each of its occurrences. */
export function wordCount({ readers = 2, counters = 3 } = {}): JobDefinition {
  return defineJob('word-count', (env) =>
    env
      .fromSource<string>('lines', {
        topic: 'lines',
        splits: SPLITS,
        recordsPerSecond: LINES_PER_SECOND,
        parallelism: readers,
      })
      .flatMap('split', (line) => line.split(' ').map((word) => ({ word, count: 1 })), { parallelism: readers })
      .keyBy(({ word }) => word)
      .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }), { parallelism: counters })
      .sinkTo('counts', { sink: 'counts', parallelism: counters }),
  );
}

/** As if a word were counted by chance: how often, nobody knows, and each of its occurrences comes to one record. */
export const splitVaries = {
  operator: 'split',
  change: (one, chance) => ({ ...(one as Counted), count: (one as Counted).count + chance }),
  identity: (counted) => (counted as Counted).word,
} as const satisfies Scenario['varies'];

type Counted = { readonly word: string; readonly count: number };

export function linesTopic(saltOf: (split: number) => number, times: number): Topic {
  return { splits: Array.from({ length: SPLITS }, (_, split) => linesOf(split, saltOf(split), times)) };
}

function linesOf(split: number, salt: number, times: number): readonly string[] {
  return Array.from({ length: times * LINES }, (_, index) => lineOf(index * SPLITS + split, salt));
}

/** The plain line goes through the vocabulary in order; salted ones begin anywhere and are longer or shorter. */
function lineOf(index: number, salt: number): string {
  const words = 1 + ((index + mix(salt, 2 * index, WORDS_MAX)) % WORDS_MAX);
  const start = index + mix(salt, 2 * index + 1, vocabulary.length);
  return Array.from({ length: words }, (_, word) => vocabulary[(start + word) % vocabulary.length]).join(' ');
}
