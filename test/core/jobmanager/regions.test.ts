// A job of two unconnected parts: each fails and restarts alone, behind one checkpoint.
import { describe, expect, test } from 'vitest';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { stackOf } from '../../../src/core/protocol/stack-of.ts';
import { Cluster } from './fake-task-manager.ts';
import { JOB, sampleGraph } from './sample-job.ts';

/** The sample job is region 0, on both TaskManagers. Beside it two subtasks that pass records on, each a region of its own. */
const graph: JobGraph = {
  ...sampleGraph,
  operators: [
    ...sampleGraph.operators,
    {
      id: 'notes',
      kind: 'source',
      parallelism: 2,
      topic: 'notes',
      splits: 2,
      recordsPerSecond: 0,
      outOfOrdernessMs: 0,
    },
    { id: 'kept', kind: 'sink', parallelism: 2, sink: 'kept', commitOn: 'checkpoint-complete' },
  ],
  edges: [...sampleGraph.edges, { from: 'notes', to: 'kept', partitioning: 'forward' }],
};

const RUNNING = 'RUNNING';

function running(): Cluster {
  const cluster = new Cluster();
  cluster.submit(graph);
  expect(statesOf(cluster)).toEqual({ 0: Array(4).fill(RUNNING), 1: [RUNNING], 2: [RUNNING] });
  return cluster;
}

function statesOf({ lab }: Cluster): Record<number, string[]> {
  const states: Record<number, string[]> = {};
  for (const { region, state } of lab.job.executions) (states[region] ??= []).push(state);
  return states;
}

const attemptsOf = ({ lab }: Cluster): number[] => lab.job.regions.map(({ attempt }) => attempt);

describe('of a job of unconnected parts', () => {
  test('the part that failed restarts from the latest checkpoint, and the others run on', () => {
    const cluster = running();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    cluster.tm(1).fail('2/0');
    cluster.settle();
    expect(cluster.lab.job.status).toBe('RESTARTING');
    expect(statesOf(cluster)).toEqual({ 0: Array(4).fill(RUNNING), 1: ['FAILED'], 2: [RUNNING] });
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(cluster.lab.job.status).toBe(RUNNING);
    expect(statesOf(cluster)).toEqual({ 0: Array(4).fill(RUNNING), 1: [RUNNING], 2: [RUNNING] });
    expect(attemptsOf(cluster)).toEqual([1, 2, 1]);
    expect(cluster.tm(1).tasks.get('2/0')).toMatchObject({ restore: 1 });
    expect(cluster.tm(1).tasks.get('0/0')).toMatchObject({ restore: null });
  });

  test('the stack of what user code threw at one place in several parts is kept once', () => {
    const cluster = running();
    cluster.tm(1).fail('2/0', 'first', 'at a.ts:1:1');
    cluster.settle();
    cluster.tm(2).fail('2/1', 'same', 'at a.ts:1:1');
    cluster.settle();
    cluster.tm(1).fail('0/0', 'other', 'at b.ts:1:1');
    cluster.settle();
    const [root] = cluster.lab.job.exceptions;
    const told = [root!, ...root!.concurrent].map(({ cause }) => [describeReason(cause), stackOf(cause)]);
    expect(told).toEqual([
      ['2/0#1: first', 'at a.ts:1:1'],
      ['2/1#1: same', null],
      ['0/0#1: other', 'at b.ts:1:1'],
    ]);
  });

  test('a part that fails while another restarts begins a restart of its own', () => {
    const cluster = running();
    cluster.tm(1).fail('2/0');
    cluster.settle();
    cluster.pass(cluster.lab.options.restartDelayMs - 1);
    cluster.tm(2).fail('2/1');
    cluster.settle();
    cluster.pass(1);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    expect(attemptsOf(cluster)).toEqual([1, 2, 1]);
    // Deployed together: nothing of what one does alone would last.
    expect(statesOf(cluster)).toEqual({ 0: Array(4).fill(RUNNING), 1: ['CREATED'], 2: ['FAILED'] });
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(attemptsOf(cluster)).toEqual([1, 2, 3]);
    expect(statesOf(cluster)).toEqual({ 0: Array(4).fill(RUNNING), 1: [RUNNING], 2: [RUNNING] });
  });

  test('checkpoints are of all parts, each in its own attempt', () => {
    const cluster = running();
    cluster.tm(1).fail('2/0');
    cluster.pass(cluster.lab.options.restartDelayMs);
    const { completed } = cluster.lab.job.store;
    expect(completed).toHaveLength(1);
    cluster.tm(2).fail('2/1');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(
      cluster.lab.job.restore.metadata?.subtasks.map(({ vertex, subtask, attempt }) => [vertex, subtask, attempt]),
    ).toEqual([
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 1],
      [2, 0, 2],
      [2, 1, 1],
    ]);
  });

  test('a checkpoint that is pending is aborted, and all that run hear of it', () => {
    const cluster = running();
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.lab.job.coordinator.pending.size).toBe(1);
    for (const taskManager of cluster.taskManagers.values()) taskManager.seen = [];
    cluster.tm(1).fail('2/0');
    cluster.settle();
    expect(cluster.lab.job.coordinator.pending.size).toBe(0);
    const heard = [...cluster.taskManagers.values()].flatMap(({ seen }) =>
      seen.flatMap((message) => (message.kind === 'abort-checkpoint' ? [message.body.attempt] : [])),
    );
    expect(heard.map(({ vertex, subtask }) => `${vertex}/${subtask}`).toSorted()).toEqual([
      '0/0',
      '0/1',
      '1/0',
      '1/1',
      '2/1',
    ]);
  });

  test('a failure of all of the job restarts each part', () => {
    const cluster = running();
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    const { options } = cluster.lab;
    cluster.pass(
      (options.tolerableFailedCheckpoints + 2) * (options.checkpointTimeoutMs + options.checkpointIntervalMs),
    );
    expect(attemptsOf(cluster)).toEqual([2, 2, 2]);
  });

  test('behind the final checkpoint all restart, as those that are FINISHED take part in no other', () => {
    const cluster = running();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.tm(1).deafTo.add('notify-checkpoint-complete').add('heartbeat');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(statesOf(cluster)[2]).toEqual(['FINISHED']);
    expect(statesOf(cluster)[1]).toEqual([RUNNING]);
    cluster.tm(1).deafTo.clear();
    cluster.tm(1).fail('2/0');
    cluster.settle();
    expect(cluster.lab.job.regions.map(({ state }) => state)).toEqual(['RESTARTING', 'RESTARTING', 'RESTARTING']);
    cluster.pass(cluster.lab.options.restartDelayMs + 2 * cluster.lab.options.checkpointIntervalMs);
    cluster.lab.deliver('client', 'request-job-status', { jobId: JOB });
    cluster.settle();
    expect(cluster.told.at(-1)).toBe('job-status FINISHED');
  });
});
