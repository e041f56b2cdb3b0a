// A job of two parts that no channel connects: two sources, each with a sink of its own. Each subtask of each part is a region.
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { sampleGraph } from './sample-job.ts';

export const twoRegions: JobGraph = {
  ...sampleGraph,
  operators: ['lines', 'rows'].flatMap((id): JobGraph['operators'] => [
    { id, kind: 'source', parallelism: 2, topic: id, splits: 2, recordsPerSecond: 0, outOfOrdernessMs: 0 },
    {
      id: id === 'lines' ? 'out' : `out-${id}`,
      kind: 'sink',
      parallelism: 2,
      sink: id,
      commitOn: 'checkpoint-complete',
    },
  ]),
  edges: [
    { from: 'lines', to: 'out', partitioning: 'forward' },
    { from: 'rows', to: 'out-rows', partitioning: 'forward' },
  ],
};
