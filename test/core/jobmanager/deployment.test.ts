// What the tasks of a job with a fork are told: whom they hear, whom they feed, and which snapshot is theirs.
import { describe, expect, test } from 'vitest';
import { verticesInCheckpoint, type CheckpointMetadata } from '../../../src/core/checkpoint/metadata.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { taskDescriptor } from '../../../src/core/jobmanager/deployment.ts';
import { createJob, createStore, executionOf } from '../../../src/core/jobmanager/jobs.ts';
import { NONE, type JobMaster } from '../../../src/core/jobmanager/state.ts';
import { SUBMITTED } from './sample-job.ts';

/** Vertex 0 has two subtasks; it feeds 1 subtask by subtask, and the three subtasks of 2 by key. */
const forked: JobGraph = {
  format: 'millrace-job-graph',
  version: 3,
  name: 'forked',
  maxParallelism: 8,
  operators: [
    {
      id: 'lines',
      kind: 'source',
      parallelism: 2,
      topic: 'lines',
      splits: 2,
      recordsPerSecond: 0,
      outOfOrdernessMs: 0,
    },
    { id: 'copy', kind: 'sink', parallelism: 2, sink: 'copy', commitOn: 'checkpoint-complete' },
    { id: 'count', kind: 'reduce', parallelism: 3 },
    { id: 'counts', kind: 'sink', parallelism: 3, sink: 'counts', commitOn: 'checkpoint-complete' },
  ],
  edges: [
    { from: 'lines', to: 'copy', partitioning: 'forward' },
    { from: 'lines', to: 'count', partitioning: 'hash' },
    { from: 'count', to: 'counts', partitioning: 'forward' },
  ],
  parameters: null,
  restart: null,
};

function placedJob(): JobMaster {
  const job = createJob(
    {
      record: {
        jobId: 'j',
        submitted: SUBMITTED,
        graph: forked,
        artifact: 'a',
        wanted: { kind: 'RUNNING' },
        parallelism: [],
        restore: null,
      },
      revision: 1,
    },
    createStore([], NONE),
    {
      last: 0,
      revision: NONE,
    },
  );
  for (const execution of job.executions) execution.taskManager = `tm-${execution.vertex}-${execution.subtask}`;
  return job;
}

const descriptorOf = (job: JobMaster, vertex: number, subtask: number) =>
  taskDescriptor(job, executionOf(job, { vertex, subtask })!);

describe('a descriptor', () => {
  test('names the other ends of each edge: one of a forward edge, all of the others', () => {
    const job = placedJob();
    expect(job.vertices.map(({ name, parallelism }) => [name, parallelism])).toEqual([
      ['lines', 2],
      ['copy', 2],
      ['count -> counts', 3],
    ]);
    const ends = job.executions.map(({ vertex, subtask }) => {
      const { inputs, outputs } = descriptorOf(job, vertex, subtask);
      const peers = [...inputs.map(({ producers }) => producers), ...outputs.map(({ consumers }) => consumers)];
      return peers.map((list) => list.map((peer) => `${peer.address}=${peer.subtask}`).join(' '));
    });
    const [all0, all2] = ['tm-0-0=0 tm-0-1=1', 'tm-2-0=0 tm-2-1=1 tm-2-2=2'];
    expect(ends).toEqual([['tm-1-0=0', all2], ['tm-1-1=1', all2], ['tm-0-0=0'], ['tm-0-1=1'], [all0], [all0], [all0]]);
  });

  test('carries the snapshot of its own subtask, in whatever order the metadata lists them', () => {
    const job = placedJob();
    const subtasks = job.executions.toReversed().map(({ vertex, subtask, attempt }) => {
      const handle = { name: `${vertex}-${subtask}`, sizeBytes: 1, checksum: 0 };
      return { vertex, subtask, attempt, handle, atEnd: false, splits: [], transactions: [] };
    });
    const metadata: CheckpointMetadata = {
      format: 'millrace-checkpoint',
      version: 3,
      jobId: job.jobId,
      checkpointId: 4,
      epoch: 1,
      maxParallelism: forked.maxParallelism,
      final: false,
      vertices: verticesInCheckpoint(job.vertices),
      subtasks,
      coordinators: [],
    };
    job.restore = { ...job.restore, ready: true, metadata };
    for (const { vertex, subtask } of job.executions) {
      const { restore } = descriptorOf(job, vertex, subtask);
      expect(restore?.checkpointId).toBe(4);
      expect(restore?.handles.map(({ name }) => name)).toEqual([`${vertex}-${subtask}`]);
    }
  });
});
