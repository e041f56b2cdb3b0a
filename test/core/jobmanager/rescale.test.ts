// Another parallelism for a job that runs: durable before anybody is told, from the latest checkpoint, and nothing of another shape is left behind.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { jobKey } from '../../../src/core/protocol/ha-keys.ts';
import type { OperatorParallelism } from '../../../src/core/protocol/messages.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { leading, UNKNOWN } from './lab.ts';
import { JOB } from './sample-job.ts';
import { twoRegions } from './two-regions.ts';

const all = (parallelism: number): OperatorParallelism[] =>
  ['lines', 'count', 'out'].map((operator) => ({ operator, parallelism }));

/** What the client is told. */
function rescale({ lab }: Cluster, parallelism: readonly OperatorParallelism[]): string[] {
  lab.deliver('asker', 'rescale-job', { jobId: JOB, parallelism });
  lab.serve();
  return [
    ...lab.take('job-status').flatMap(({ to, body }) => (to === 'asker' ? [body.status] : [])),
    ...lab.take('request-refused').map(({ body }) => describeReason(body.reason)),
  ];
}

/** What runs, as `vertex/subtask#attempt`. */
const running = ({ lab }: Cluster): string[] =>
  lab.job.executions
    .filter(({ state }) => state === 'RUNNING')
    .map(({ vertex, subtask, attempt }) => `${vertex}/${subtask}#${attempt}`);

const heldSlots = ({ taskManagers }: Cluster): number =>
  [...taskManagers.values()].flatMap(({ slots }) => slots.filter(({ state }) => state !== 'FREE')).length;

function checkpoint(cluster: Cluster): void {
  cluster.pass(cluster.lab.options.checkpointIntervalMs);
}

describe('a job that is rescaled', () => {
  test('to less gives its slots back, and goes on from its latest checkpoint', () => {
    const cluster = runningCluster();
    checkpoint(cluster);
    expect(rescale(cluster, all(1))).toEqual(['RUNNING']);
    cluster.settle();
    expect(running(cluster)).toEqual(['0/0#2', '1/0#2']);
    expect(heldSlots(cluster)).toBe(1);
    expect(cluster.restored()).toEqual([1, 1]);
    checkpoint(cluster);
    expect(cluster.lab.job.store.completed.at(-1)?.checkpointId).toBeGreaterThan(1);
  });

  test('to more asks for slots', () => {
    const cluster = runningCluster({ slots: 2 });
    expect(rescale(cluster, all(4))).toEqual(['RUNNING']);
    cluster.settle();
    expect(running(cluster)).toHaveLength(8);
    expect(heldSlots(cluster)).toBe(4);
  });

  test('beyond the slots that there are runs on as it was until they come', () => {
    const cluster = runningCluster();
    expect(rescale(cluster, all(3))).toEqual(['RUNNING']);
    cluster.pass(5_000);
    expect(running(cluster)).toEqual(['0/0#1', '0/1#1', '1/0#1', '1/1#1']);
    cluster.addTaskManager('tm-3', 1);
    cluster.pass(1_000);
    expect(running(cluster)).toHaveLength(6);
  });

  test('does not count that as a failure', () => {
    const cluster = runningCluster({ options: { restartStrategy: 3 } });
    rescale(cluster, all(1));
    cluster.settle();
    expect(running(cluster)).toHaveLength(2);
    expect(cluster.lab.job.exceptions).toEqual([]);
  });

  test('hears of it only when that is durable, whatever became of the first write', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === jobKey(JOB);
    expect(rescale(cluster, all(1))).toEqual([]);
    cluster.lab.apply(cluster.lab.writeOf(jobKey(JOB)), UNKNOWN);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(running(cluster)).toEqual(['0/0#2', '1/0#2']);
    expect(rescale(cluster, all(1))).toEqual(['RUNNING']);
  });

  test('is taken over with it', () => {
    const cluster = runningCluster();
    rescale(cluster, all(1));
    cluster.settle();
    const next = leading({ address: 'jm-2', stores: cluster.lab.stores });
    next.serve();
    expect(next.job.executions.map(({ vertex, subtask }) => `${vertex}/${subtask}`)).toEqual(['0/0', '1/0']);
  });

  test('has no writers of another parallelism left: they are opened, and what a checkpoint covers is committed', () => {
    const cluster = runningCluster({ slots: 2 });
    const covered = `${JOB}/out/1/chk-0/e1-a1`;
    cluster.tm(1).transactions = { '1/1': [covered] };
    cluster.tm(2).transactions = { '1/1': [covered] };
    checkpoint(cluster);
    cluster.lab.held = ({ kind }) => kind.startsWith('sink-');
    rescale(cluster, all(3));
    cluster.settle();
    const opened = () => cluster.lab.requests('sink-open').map(({ request }) => [request.writer, request.keep]);
    expect(opened()).toEqual([
      [`${JOB}/out/0`, []],
      [`${JOB}/out/1`, [covered]],
    ]);
    cluster.lab.held = () => false;
    cluster.settle();
    expect(running(cluster)).toHaveLength(6);
    cluster.lab.held = ({ kind }) => kind.startsWith('sink-');
    rescale(cluster, all(1)); // no checkpoint of the three was completed
    cluster.settle();
    const writers = opened().map(([writer]) => writer as string);
    expect(writers.toSorted()).toEqual([`${JOB}/out/0`, `${JOB}/out/1`, `${JOB}/out/2`]);
  });

  test('restarts as a whole while its latest checkpoint is of another parallelism, and by region behind the next', () => {
    const cluster = new Cluster();
    cluster.submit(twoRegions);
    checkpoint(cluster);
    rescale(cluster, [
      { operator: 'lines', parallelism: 1 },
      { operator: 'out', parallelism: 1 },
    ]);
    cluster.settle();
    expect(running(cluster)).toEqual(['0/0#2', '1/0#2', '1/1#2']);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    cluster.tm(1).fail('0/0');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(running(cluster)).toEqual(['0/0#3', '1/0#3', '1/1#3']);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = true;
    cluster.pass(cluster.lab.options.checkpointTimeoutMs);
    checkpoint(cluster);
    cluster.tm(1).fail('0/0');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(running(cluster)).toEqual(['0/0#4', '1/0#3', '1/1#3']);
  });
});

describe('a wish is refused', () => {
  test.each([
    ['above the max parallelism', all(9), /parallelism/],
    ['of none', all(0), /parallelism/],
    ['for an operator that is not there', [{ operator: 'sum', parallelism: 1 }], /^the job has no operator "sum"$/],
  ])('%s', (_, parallelism, text) => {
    const cluster = runningCluster();
    const before = cluster.lab.stores.revision;
    expect(rescale(cluster, parallelism)).toEqual([expect.stringMatching(text)]);
    expect(cluster.lab.stores.revision).toBe(before);
  });

  test('that does not go together with what was asked for before', () => {
    const cluster = runningCluster();
    const tail = ['count', 'out'].map((operator) => ({ operator, parallelism: 1 }));
    expect(rescale(cluster, tail)).toEqual(['RUNNING']);
    cluster.settle();
    expect(rescale(cluster, [{ operator: 'count', parallelism: 2 }])).toEqual([
      expect.stringContaining('a forward edge needs equal parallelism'),
    ]);
  });

  test('of a job that is not there is answered so', () => {
    const cluster = runningCluster();
    cluster.lab.deliver('asker', 'rescale-job', { jobId: 'others', parallelism: [] });
    expect(cluster.lab.take('job-status').map(({ body }) => body.status)).toEqual(['UNKNOWN']);
  });
});
