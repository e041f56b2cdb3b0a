// Ten small jobs and one that is larger than the cluster, on four slots: most of them wait for slots, one after the other ends, fails or is cancelled, and its
// result is listed, asked for and removed by clients, or by the leader, which keeps four. Leaders die meanwhile, and whoever leads next knows all jobs, their
// order and results.
import { defineJob, defineScenario, mix, type JobDefinition, type Moment, type SubmittedJob } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';

const JOBS = 10;
const CARTS = 16; // of a split: a third of a second of reading
const LANES = 6; // more than there are slots
const gates = ['mill', 'weir', 'bridge'];

type Cart = { readonly gate: string; readonly pence: number };

const adder = (name: string, topic: string, parallelism: number): JobDefinition =>
  defineJob(
    name,
    (env) =>
      env
        .fromSource<Cart>('carts', { topic, splits: parallelism === LANES ? LANES : 2, recordsPerSecond: 50 })
        .keyBy(({ gate }) => gate)
        .reduce('sum', (sum, { gate, pence }) => ({ gate, pence: sum.pence + pence }))
        .sinkTo('sums', { sink: name }),
    { parallelism },
  );

const sometime = (from: number, to: number): Moment => ({ from, to });

/** The small ones come one after the other; each second is cancelled, asked about or removed at some moment. */
const small = (index: number): SubmittedJob => ({
  job: adder(`sums-${index + 1}`, 'carts', 1 + (index % 2)),
  submitAtMs: 100 * index,
  ...(index % 3 === 1 ? { cancelAtMs: sometime(100 * index, 4_000) } : {}),
  ...(index % 4 === 2 ? { removeAtMs: [sometime(500, 6_000), sometime(3_000, 8_000)] } : {}),
  ...(index % 5 === 3 ? { statusAtMs: sometime(0, 6_000) } : {}),
});

export const scenario = defineScenario({
  name: 'many-jobs',
  about: 'Ten small jobs share four slots beside one that needs six, while clients cancel, list and remove them.',
  cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
  jobs: [
    { job: adder('lanes', 'lanes', LANES), submitAtMs: 50, statusAtMs: sometime(200, 2_000) },
    ...Array.from({ length: JOBS }, (_, index) => small(index)),
  ],
  listAtMs: [sometime(0, 2_000), sometime(1_000, 4_000), sometime(3_000, 8_000), 9_000],
  lookAtMs: [sometime(0, 2_000), sometime(2_000, 6_000)],
  input: ({ pick, times }) => ({
    carts: { splits: [0, 1].map((split) => cartsOf(pick(`carts-${split}`, 1_024), split, times)) },
    lanes: { splits: Array.from({ length: LANES }, (_, split) => cartsOf(split, split, times)) },
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600, slotWaitTimeoutMs: 12_000, retainedResults: 4 },
  sim: quickSim,
  real: { options: { ...quickReal.options, slotWaitTimeoutMs: 12_000 }, times: 2 },
  faults: {
    'tm-crash': 0.5,
    'jm-crash': 1,
    'lease-loss': 0.3,
    'message-delay': 0.3,
    'connection-break': 0.3,
    partition: 0.2,
    'store-fail': 0.3,
    'store-unknown': 0.4,
  },
  excuses,
  reference: true,
});

function cartsOf(salt: number, split: number, times: number): Cart[] {
  return Array.from({ length: Math.ceil(times * CARTS) }, (_, index) => ({
    gate: `${gates[mix(salt, index, gates.length)]} of lane ${split}`,
    pence: 1 + (index % 4),
  }));
}
