// A job whose own code throws at one record fails for good, after a bounded number of attempts, whatever else fails meanwhile. A healthy job beside it,
// on the same TaskManagers, must not notice: it ends with its whole output.
import { defineJob, defineScenario, type JobDefinition } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

const SACKS = 40; // of a split: 0.8 s of reading
const SACKS_PER_SECOND = 50;
const SPLITS = 2;

export const scenario = defineScenario({
  name: 'own-failure',
  about: 'A job throws at one record in each attempt and fails for good, while another one counts words.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    { job: wordCount() },
    {
      job: milling(),
      submitAtMs: [0, 300],
      ends: 'FAILED',
      checkpointsAtMs: { from: 500, to: 1_500 },
      exceptionsAtMs: [{ from: 500, to: 3_000 }, 9_000],
    },
  ],
  input: ({ pick, times }) => {
    const stone = pick('stone', SACKS);
    return {
      lines: linesTopic((split) => pick(`lines-${split}`, 1_024), 1.4 * times),
      sacks: { splits: Array.from({ length: SPLITS }, (_, split) => sacksOf(split === 0 ? stone : SACKS)) },
    };
  },
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, times: 2 },
  draw: { batchSizeRecords: [1, 16], creditsPerChannel: [1, 4], jobFailuresMax: [1, 4] },
  faults: {
    'tm-crash': 0.35,
    'jm-crash': 0.35,
    'lease-loss': 0.15,
    'barrier-loss': 0.2,
    'message-delay': 0.25,
    'connection-break': 0.25,
    partition: 0.15,
    'store-fail': 0.15,
    'store-unknown': 0.2,
  },
  excuses,
  reference: true,
});

function milling(): JobDefinition {
  return defineJob(
    'milling',
    (env) =>
      env
        .fromSource<string>('sacks', { topic: 'sacks', splits: SPLITS, recordsPerSecond: SACKS_PER_SECOND })
        .map('grind', (sack) => {
          if (sack === 'stone') throw new Error('a stone is no grain');
          return `${sack}, ground`;
        })
        .keyBy((flour) => flour)
        .reduce('keep', (one) => one)
        .sinkTo('flour', { sink: 'flour' }),
    { parallelism: 2 },
  );
}

/** @param stone its place among the sacks; behind them all: there is none */
function sacksOf(stone: number): string[] {
  return Array.from({ length: SACKS }, (_, index) => (index === stone ? 'stone' : `sack ${index}`));
}
