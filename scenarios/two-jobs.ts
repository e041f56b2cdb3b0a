// Two jobs on one cluster: a long one that counts words, and a short one, submitted later by two clients, that adds up tolls by gate and second.
// One ends and is cleaned up while the other runs, restarts, or is recovered by the next leader; their ids, slots, checkpoints, timers and
// transactions lie side by side. Operators, attempts, checkpoint ids, edges and subtasks of both have the same names and numbers: whoever mixes them up is found out.
import { defineJob, defineScenario, mix, SECOND_MS, tumblingEventTime } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';
import { linesTopic, wordCount } from './word-count.ts';

const SPLITS = 2;
const CARTS = 35; // of a split: 0.7 s of reading, of about 1.7 s that the words take
const gates = ['mill', 'weir', 'bridge'];

type Cart = {
  readonly gate: string;
  readonly at: number;
  readonly pence: number;
};

export const scenario = defineScenario({
  name: 'two-jobs',
  about: 'Counts words, and beside them tolls that two clients submit later: one job ends while the other goes on.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    { job: wordCount() },
    {
      job: defineJob(
        'tolls',
        (env) =>
          env
            .fromSource<Cart>('lines', {
              topic: 'carts',
              splits: SPLITS,
              recordsPerSecond: 50,
              timestamp: ({ at }) => at,
              outOfOrdernessMs: 200,
            })
            .keyBy(({ gate }) => gate)
            .window('count', tumblingEventTime(SECOND_MS))
            .aggregate({
              create: () => 0,
              add: (pence, cart) => pence + cart.pence,
              result: (pence, { key, window }) => ({ gate: key, second: window.start / SECOND_MS, pence }),
            })
            .sinkTo('counts', { sink: 'tolls' }),
        { parallelism: 2 },
      ),
      submitAtMs: [400, 500],
    },
  ],
  input: ({ pick, times }) => ({
    lines: linesTopic((split) => pick(`lines-${split}`, 1_024), 1.4 * times),
    carts: { splits: Array.from({ length: SPLITS }, (_, split) => cartsOf(pick(`carts-${split}`, 1_024), times)) },
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  real: { ...quickReal, times: 3 },
  draw: { batchSizeRecords: [1, 16], creditsPerChannel: [1, 4] },
  // Seldom: what is mixed up makes tasks fail, and only before the first fault does a failure need no other cause.
  faults: {
    'tm-crash': 0.35,
    'jm-crash': 0.35,
    'lease-loss': 0.15,
    'barrier-loss': 0.2,
    'message-delay': 0.25,
    'connection-break': 0.15,
    partition: 0.15,
    'store-fail': 0.15,
    'store-unknown': 0.2,
  },
  excuses,
  reference: true,
});

function cartsOf(salt: number, times: number): Cart[] {
  return Array.from({ length: Math.ceil(times * CARTS) }, (_, index) => ({
    gate: gates[(index + mix(salt, 2 * index, gates.length)) % gates.length] as string,
    at: index * 100 + mix(salt, 2 * index + 1, 200),
    pence: 1 + (index % 4),
  }));
}
