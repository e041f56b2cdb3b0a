// Services do what services do on bad days, and nodes and links as well, a few sorts of it in each run: the kinds are drawn. Two checkpoints are retained, so that files of the older
// one can be damaged for good. Processes die now and then, so that something is restored and taken over, and one job is cancelled, so that somebody reads
// its latest checkpoint for its output alone.
import { defineScenario } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickSim } from './quick-cluster.ts';
import { scenario as twoJobs } from './two-jobs.ts';
import { splitVaries, wordCount } from './word-count.ts';

const [, tolls] = twoJobs.jobs ?? [];
if (tolls === undefined) throw new Error('two-jobs has lost its second job');

export const scenario = defineScenario({
  ...twoJobs,
  name: 'hostile-storage',
  about:
    'Counts words, until somebody cancels that, and tolls, while services are full, slow, torn, damaged or out of date.',
  jobs: [
    { job: wordCount({ counters: 2 }), cancelAtMs: { from: 1_000, to: 6_000 } },
    { ...tolls, submitAtMs: 0 },
  ],
  options: { ...quickOptions, checkpointTimeoutMs: 600, retainedCheckpoints: 2 },
  sim: quickSim,
  faults: {
    'storage-full': 2,
    'storage-slow': 1,
    'storage-torn': 2,
    'storage-corrupt': 3,
    'storage-damage': 1,
    'storage-stale': 2,
    'sink-fail': 1,
    'sink-stall': 1,
    'sink-fence': 0.5,
    'source-fail': 1,
    'source-stall': 1,
    'ha-cut': 1,
    'ha-outage': 0.5,
    'rare-moment': 2,
    'user-throw': 1,
    'user-chance': 2,
    'tm-crash': 1.5,
    'jm-crash': 1,
    'lease-loss': 0.5,
    'barrier-loss': 0.5,
    'message-delay': 0.5,
    'connection-break': 0.5,
    partition: 0.5,
    pause: 0.5,
    'store-fail': 0.5,
    'store-unknown': 0.5,
    'isolated-leader': 0.3,
    'client-crash': 0.5,
    'wall-clock': 0.5,
    'clock-drift': 0.5,
    'clock-jump': 0.5,
    'rack-loss': 0.3,
    'slow-node': 0.5,
    'gray-node': 0.5,
  },
  varies: splitVaries,
  swarm: true,
  pauses: 3,
  excuses,
  real: { strike: 'tm-crash', times: 4 },
});
