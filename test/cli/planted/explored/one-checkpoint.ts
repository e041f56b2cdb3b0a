// A job on one TaskManager whose first checkpoint falls where nothing else happens.
import { defineJob, defineScenario } from 'millrace/scenario';
import { quickOptions } from '../../../../scenarios/quick-cluster.ts';

export const scenario = defineScenario({
  name: 'one-checkpoint',
  about: 'Counts words, and takes a checkpoint.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job: defineJob('one-checkpoint', (env) =>
    env
      .fromSource<string>('lines', { topic: 'lines', splits: 1, recordsPerSecond: 20 })
      .keyBy((word) => word)
      .reduce('last', (_, word) => word)
      .sinkTo('counts', { sink: 'counts' }),
  ),
  input: () => ({ lines: { splits: [['a', 'b', 'a', 'c', 'b', 'a', 'a', 'b']] } }),
  options: {
    ...quickOptions,
    checkpointIntervalMs: 310,
    heartbeatIntervalMs: 5_000,
    heartbeatTimeoutMs: 60_000,
    leaseMs: 60_000,
    leaseRenewIntervalMs: 20_000,
    channelStatusIntervalMs: 5_000,
  },
  faults: { 'tm-crash': 1 },
  reference: true,
});
