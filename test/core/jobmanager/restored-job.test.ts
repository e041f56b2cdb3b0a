// A job that starts from the savepoint of another one: what it gets of it, whose writers it takes over, and what is refused before anything is stored.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import type { RestoreSettings } from '../../../src/core/protocol/messages.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { leading, NOT_APPLIED } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const NEXT = 'words-2';
const SETTINGS: RestoreSettings = {
  jobId: JOB,
  savepointId: 's-1',
  allowNonRestoredState: false,
  claimMode: 'NO_CLAIM',
};
const COVERED = `${JOB}/out/1/chk-0/e1-a1`;

const withParallelism = (parallelism: number): JobGraph => ({
  ...sampleGraph,
  operators: sampleGraph.operators.map((operator) => ({ ...operator, parallelism })),
});
const without = (id: string, instead: string): JobGraph => ({
  ...sampleGraph,
  operators: sampleGraph.operators.map((operator) => (operator.id === id ? { ...operator, id: instead } : operator)),
  edges: sampleGraph.edges.map((edge) => ({
    ...edge,
    from: edge.from === id ? instead : edge.from,
    to: edge.to === id ? instead : edge.to,
  })),
});

/** The first job was cancelled, and left a savepoint, with a transaction that its checkpoint covers. */
function withSavepoint(given: Parameters<typeof runningCluster>[0] = {}): Cluster {
  const cluster = runningCluster(given);
  for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = { '1/1': [COVERED] };
  cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-1' });
  cluster.settle();
  for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = {};
  cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
  cluster.settle();
  return cluster;
}

interface Submission {
  readonly graph?: JobGraph;
  readonly restore?: Partial<RestoreSettings>;
  readonly jobId?: string;
}

function submit(cluster: Cluster, { graph = sampleGraph, restore = {}, jobId = NEXT }: Submission = {}): void {
  cluster.lab.deliver('asker', 'submit-job', {
    jobId,
    graph,
    artifact: ARTIFACT,
    restore: { ...SETTINGS, ...restore },
  });
}

/** What the client is told of its submission. */
function answerOf(cluster: Cluster, submission: Submission = {}): string[] {
  submit(cluster, submission);
  const heard: string[] = [];
  cluster.lab.serve();
  heard.push(...cluster.lab.take('job-accepted').map(() => 'accepted'));
  heard.push(...cluster.lab.take('job-rejected').map(({ body }) => describeReason(body.reason)));
  return heard;
}

/** Deployments of the second job, as `vertex/subtask: snapshots`. */
const deployed = (cluster: Cluster): string[] =>
  [...cluster.taskManagers.values()].flatMap(({ seen }) =>
    seen.flatMap((message) => {
      if (message.kind !== 'deploy-task' || message.body.task.attempt.jobId !== NEXT) return [];
      const { attempt, restore } = message.body.task;
      const names = restore?.handles.map(({ name }) => name.split('/').at(-1)?.slice(0, 3)) ?? [];
      return [`${attempt.vertex}/${attempt.subtask}: ${names.join(' ')}`];
    }),
  );

describe('a job that starts from a savepoint', () => {
  test.each([
    [1, ['0/0: 0-0 0-1', '1/0: 1-0 1-1']],
    [2, ['0/0: 0-0', '0/1: 0-1', '1/0: 1-0', '1/1: 1-1']],
    [4, ['0/0: 0-0', '0/1: 0-0', '0/2: 0-1', '0/3: 0-1', '1/0: 1-0', '1/1: 1-0', '1/2: 1-1', '1/3: 1-1']],
  ])('with parallelism %i gets what its subtasks need', (parallelism, expected) => {
    const cluster = withSavepoint({ slots: 2 });
    expect(answerOf(cluster, { graph: withParallelism(parallelism) })).toEqual(['accepted']);
    cluster.settle();
    expect(deployed(cluster).toSorted()).toEqual(expected);
    expect(new Set(cluster.restored())).toEqual(new Set([1]));
  });

  test('counts its checkpoints from the savepoint on, and restores its own from then on', () => {
    const cluster = withSavepoint();
    submit(cluster);
    cluster.settle();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const job = cluster.lab.leader.jobs.get(NEXT)!;
    expect(job.store.completed.map(({ checkpointId }) => checkpointId)).toEqual([2]);
    cluster.tm(1).fail([...cluster.tm(1).tasks.keys()][0]!);
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(new Set(cluster.restored())).toEqual(new Set([2]));
  });

  test('commits what the writers of the savepoint left before anything of it is deployed', () => {
    const cluster = withSavepoint();
    const asked: PortRequest[] = [];
    cluster.lab.held = (request) => request.kind.startsWith('sink-');
    submit(cluster);
    cluster.settle();
    const token = { epoch: 1, attempt: 3 }; // above that of the JobManager when it closed the sinks of the first job
    expect(cluster.lab.requests('sink-open').map(({ request }) => request)).toEqual([
      { kind: 'sink-open', sink: 'out', writer: `${JOB}/out/0`, token, keep: [] },
      { kind: 'sink-open', sink: 'out', writer: `${JOB}/out/1`, token, keep: [COVERED] },
    ]);
    for (const open of cluster.lab.requests('sink-open')) cluster.lab.apply(open);
    asked.push(...cluster.lab.requests('sink-commit').map(({ request }) => request));
    expect(asked).toEqual([{ kind: 'sink-commit', sink: 'out', writer: `${JOB}/out/1`, token, transaction: COVERED }]);
    expect(deployed(cluster)).toEqual([]);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(deployed(cluster)).toHaveLength(4);
  });

  test('is taken over by the next leader, which begins with the same', () => {
    const cluster = withSavepoint();
    cluster.lab.held = (request) => request.kind === 'sink-open';
    submit(cluster);
    cluster.settle();
    const next = leading({
      address: 'jm-2',
      stores: cluster.lab.stores,
      held: (request) => request.kind === 'sink-open',
    });
    next.serve();
    expect(next.leader.jobs.get(NEXT)?.record.restore).toMatchObject({ jobId: JOB, checkpointId: 1 });
    expect(next.requests('sink-open').map(({ request }) => request.token)).toEqual([
      { epoch: 2, attempt: 1 },
      { epoch: 2, attempt: 1 },
    ]);
  });

  test('commits that as well when it is cancelled before it could', () => {
    const cluster = withSavepoint();
    cluster.lab.held = (request) => request.kind === 'sink-open';
    submit(cluster);
    cluster.settle();
    cluster.lab.deliver('asker', 'cancel-job', { jobId: NEXT });
    cluster.settle();
    const writers = cluster.lab.requests('sink-open').map(({ request }) => request.writer);
    expect(new Set(writers)).toEqual(new Set([`${JOB}/out/0`, `${JOB}/out/1`, `${NEXT}/out/0`, `${NEXT}/out/1`]));
    cluster.lab.held = () => false;
    cluster.settle();
    expect(cluster.lab.leader.results.get(NEXT)?.status).toBe('CANCELED');
  });

  test('is accepted again, and told apart from one that starts from elsewhere', () => {
    const cluster = withSavepoint();
    expect(answerOf(cluster)).toEqual(['accepted']);
    expect(answerOf(cluster)).toEqual(['accepted']);
    expect(answerOf(cluster, { restore: { savepointId: 's-2' } })).toEqual(['another job has this id']);
    expect(answerOf(cluster, { restore: { allowNonRestoredState: true } })).toEqual(['another job has this id']);
  });

  test('waits for a storage that does not answer', () => {
    const cluster = withSavepoint();
    cluster.lab.held = (request) => request.kind === 'storage-get';
    expect(answerOf(cluster)).toEqual([]);
    cluster.lab.answer(cluster.lab.requests('storage-get')[0]!, NOT_APPLIED);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.lab.leader.jobs.has(NEXT)).toBe(true);
  });
});

describe('a submission is refused', () => {
  const NONE = 'it cannot start from savepoint s-1: ';

  test.each<[string, Submission, string]>([
    [
      'from a savepoint that is not there',
      { restore: { savepointId: 's-9' } },
      `there is no savepoint s-9 of job ${JOB}`,
    ],
    [
      'from a savepoint of a job that never was',
      { restore: { jobId: 'sums' } },
      'there is no savepoint s-1 of job sums',
    ],
    [
      'with another max parallelism',
      { graph: { ...sampleGraph, maxParallelism: 16 } },
      `${NONE}its max parallelism is 8, that of the job 16`,
    ],
    [
      'without an operator for state',
      { graph: without('count', 'sum') },
      `${NONE}it has state of "count", for which the job has no operator`,
    ],
    [
      'with an operator of another kind, even where state may be left behind',
      {
        graph: {
          ...sampleGraph,
          operators: sampleGraph.operators.map((one) => (one.id === 'count' ? { ...one, kind: 'process' } : one)),
        },
        restore: { allowNonRestoredState: true },
      },
      `${NONE}"count" is a reduce there, and a process in the job`,
    ],
  ])('%s', (_, submission, text) => {
    const cluster = withSavepoint();
    const before = [...cluster.lab.stores.keys.keys()];
    expect(answerOf(cluster, submission)).toEqual([text]);
    expect([...cluster.lab.stores.keys.keys()]).toEqual(before);
    expect(cluster.lab.leader.submissions.size).toBe(0);
  });

  test('when metadata of its savepoint is gone or damaged', () => {
    const cluster = withSavepoint();
    const name = [...cluster.lab.stores.blobs.keys()].find((one) => one.includes('metadata'))!;
    cluster.lab.stores.blobs.set(name, new Uint8Array(3));
    expect(answerOf(cluster)[0]).toContain(`${NONE}${name}: 3 bytes, expected`);
    cluster.lab.stores.blobs.delete(name);
    expect(answerOf(cluster)).toEqual([`${NONE}${name} is not there`]);
  });

  test('unless state may be left behind', () => {
    const cluster = withSavepoint();
    const graph = without('count', 'sum');
    expect(answerOf(cluster, { graph, restore: { allowNonRestoredState: true } })).toEqual(['accepted']);
    cluster.settle();
    expect(deployed(cluster).toSorted()).toEqual(['0/0: 0-0', '0/1: 0-1', '1/0: 1-0', '1/1: 1-1']); // for the sink in the chain
  });

  test('while the job that writes to its sink is not over, and accepted then', () => {
    const cluster = runningCluster();
    cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-1' });
    cluster.settle();
    expect(answerOf(cluster)).toEqual([`sink out is written by job ${JOB}, which is not over`]);
    cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
    cluster.settle();
    expect(answerOf(cluster)).toEqual(['accepted']);
  });
});

describe('a sink of a user’s own, by another version of its code', () => {
  const [OLD, NEW] = ['0a'.repeat(32), '1b'.repeat(32)];
  const writing = (sink: string): JobGraph => ({
    ...sampleGraph,
    operators: sampleGraph.operators.map((one) => (one.kind === 'sink' ? { ...one, sink } : one)),
  });

  test('is the same sink: not for two jobs at a time, in words of who wrote it', () => {
    const cluster = new Cluster();
    cluster.submit(writing(`table:db?a=1&b=2#${OLD}`));
    cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-1' });
    cluster.settle();
    const graph = writing(`table:db?b=2&a=1#${NEW}`);
    expect(answerOf(cluster, { graph })).toEqual([`sink table:db?a=1&b=2 is written by job ${JOB}, which is not over`]);
    cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
    cluster.settle();
    expect(answerOf(cluster, { graph })).toEqual(['accepted']); // and has a place for what the savepoint covers
  });

  test('commits what the savepoint covers, by its own code', () => {
    const cluster = new Cluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = { '1/1': [COVERED] };
    cluster.submit(writing(`table:db#${OLD}`));
    cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-1' });
    cluster.settle();
    cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
    cluster.settle();
    cluster.lab.held = (request) => request.kind.startsWith('sink-');
    submit(cluster, { graph: writing(`table:db#${NEW}`) });
    cluster.settle();
    expect(cluster.lab.requests('sink-open').map(({ request }) => request)).toMatchObject([
      { sink: `table:db#${NEW}`, writer: `${JOB}/out/0`, keep: [] },
      { sink: `table:db#${NEW}`, writer: `${JOB}/out/1`, keep: [COVERED] },
    ]);
  });
});

describe('a savepoint that a job starts from', () => {
  const dispose = (cluster: Cluster): string[] => {
    cluster.lab.deliver('asker', 'dispose-savepoint', { jobId: JOB, savepointId: 's-1' });
    cluster.lab.serve();
    return [
      ...cluster.lab.take('request-refused').map(({ body }) => describeReason(body.reason)),
      ...cluster.lab.take('savepoint-status').map(({ body }) => body.status),
    ];
  };

  test('is disposed behind the first checkpoint of the job, and not before', () => {
    const cluster = withSavepoint();
    submit(cluster);
    cluster.settle();
    expect(dispose(cluster)).toEqual([`job ${NEXT} starts from the savepoint, and has no checkpoint of its own yet`]);
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(dispose(cluster)).toEqual(['UNKNOWN']);
  });

  test.each<[RestoreSettings['claimMode'], number]>([
    ['CLAIM', 0],
    ['NO_CLAIM', 1],
  ])('in mode %s leaves %i behind', (claimMode, left) => {
    const cluster = withSavepoint();
    submit(cluster, { restore: { claimMode } });
    cluster.settle();
    expect(cluster.lab.leader.savepoints.size).toBe(1);
    cluster.pass(cluster.lab.options.checkpointIntervalMs + 10_000);
    expect(cluster.lab.leader.savepoints.size).toBe(left);
    const files = [...cluster.lab.stores.blobs.keys()].filter((name) => name.startsWith(`${JOB}/`));
    expect(files.length > 0).toBe(left > 0);
  });
});
