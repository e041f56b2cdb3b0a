// A small job: two sources with four splits between them, a keyed count, a sink. Two vertices of parallelism 2, so two slots.
import type { Submitted } from '../../../src/core/protocol/ids.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';

export const JOB = 'words';
export const ARTIFACT = 'sha-words';

export const sampleGraph: JobGraph = {
  format: 'millrace-job-graph',
  version: 3,
  name: 'words',
  maxParallelism: 8,
  operators: [
    {
      id: 'lines',
      kind: 'source',
      parallelism: 2,
      topic: 'lines',
      splits: 4,
      recordsPerSecond: 0,
      outOfOrdernessMs: 0,
    },
    { id: 'count', kind: 'reduce', parallelism: 2 },
    { id: 'out', kind: 'sink', parallelism: 2, sink: 'out', commitOn: 'checkpoint-complete' },
  ],
  edges: [
    { from: 'lines', to: 'count', partitioning: 'hash' },
    { from: 'count', to: 'out', partitioning: 'forward' },
  ],
  parameters: null,
  restart: null,
};

/** The first submission of all. */
export const SUBMITTED: Submitted = { epoch: 1, number: 1, at: 0 };

/** What the result of a job says of its times. */
export const ENDED = {
  submitted: SUBMITTED,
  endedAt: 0,
  savepointId: null,
  retained: null,
  exceptions: [],
  graph: { name: 'words', maxParallelism: 128, restart: null, vertices: [] },
} as const;
