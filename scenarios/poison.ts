// A poison job: at one record its code ends the TaskManager that it runs in, in each attempt, and all other tasks there are lost. It fails for good, after a
// bounded number of attempts. A healthy job beside it, on the same TaskManagers, restarts each time, and none of that counts against it: it ends with its
// whole output.
import { defineJob, defineScenario, endProcess, type JobDefinition } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

const SACKS = 30; // of a split: 0.6 s of reading
const SACKS_PER_SECOND = 50;
const SPLITS = 2;

export const scenario = defineScenario({
  name: 'poison',
  about: 'A job ends its TaskManager at one record in each attempt and fails for good, while another one counts words.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [{ job: wordCount() }, { job: milling(), submitAtMs: [0, 300], ends: 'FAILED', endsProcess: true }],
  input: ({ pick, times }) => {
    const place = pick('poison', SACKS);
    const poison = pick('kind', 2) === 0 ? 'salt' : 'stone';
    return {
      lines: linesTopic((split) => pick(`lines-${split}`, 1_024), 1.4 * times),
      sacks: {
        splits: Array.from({ length: SPLITS }, (_, split) => sacksOf(split === 0 ? place : SACKS, poison)),
      },
    };
  },
  options: { ...quickOptions, checkpointTimeoutMs: 600, userCodeTimeoutMs: 1_200 },
  sim: quickSim,
  real: { ...quickReal, strike: 'tm-crash', times: 2 },
  draw: { batchSizeRecords: [1, 16], creditsPerChannel: [1, 4], jobFailuresMax: [1, 4] },
  faults: {
    'tm-crash': 0.25,
    'jm-crash': 0.25,
    'lease-loss': 0.15,
    'barrier-loss': 0.15,
    'message-delay': 0.25,
    'connection-break': 0.25,
    partition: 0.15,
    'store-fail': 0.15,
    'store-unknown': 0.2,
    'power-loss': 1,
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
          if (sack === 'stone') return endProcess('looped');
          return sack === 'salt' ? endProcess('exited') : `${sack}, ground`;
        })
        .keyBy((flour) => flour)
        .reduce('keep', (one) => one)
        .sinkTo('flour', { sink: 'flour' }),
    { parallelism: 2 },
  );
}

/** @param place of the poison among the sacks; behind them all: there is none */
function sacksOf(place: number, poison: string): string[] {
  return Array.from({ length: SACKS }, (_, index) => (index === place ? poison : `sack ${index}`));
}
