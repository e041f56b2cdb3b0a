// Cancellation: the wish is durable before anybody is told, tasks end, the sinks are closed, then the result is written. Whoever leads goes on with it.
import { describe, expect, test } from 'vitest';
import { jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import { decodeJob, decodeResult } from '../../../src/core/protocol/records-codec.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const cancel = ({ lab }: Cluster): void => lab.deliver('client', 'cancel-job', { jobId: JOB });

function statusIn({ lab }: Cluster): string {
  const entry = lab.stores.keys.get(resultKey(JOB));
  if (entry === undefined) return 'none';
  const result = decodeResult(entry.value);
  return result.ok ? `${result.value.status}${result.value.clean ? ' clean' : ''}` : result.reason;
}

describe('a running job', () => {
  test('is cancelled, its sinks are closed, and nothing is left', () => {
    const cluster = runningCluster();
    cancel(cluster);
    cluster.settle();
    expect(cluster.told.slice(-1)).toEqual(['job-status CANCELLING']);
    expect(statusIn(cluster)).toBe('CANCELED clean');
    expect([...cluster.lab.stores.keys.keys()].toSorted()).toEqual(['leader', resultKey(JOB)]);
    expect([...cluster.taskManagers.values()].flatMap(({ slots }) => slots.map(({ state }) => state))).toEqual([
      'FREE',
      'FREE',
    ]);
  });

  test('is told to be CANCELLING only when that is durable', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === jobKey(JOB);
    cancel(cluster);
    cancel(cluster);
    cluster.settle();
    expect(cluster.told.at(-1)).toBe('job-accepted');
    expect(cluster.lab.job.status).toBe('RUNNING');
    cluster.lab.held = () => false;
    cluster.settle();
    expect(cluster.told.filter((told) => told.startsWith('job-status'))).toEqual(['job-status CANCELLING']);
  });

  test.each([
    ['was applied', true],
    ['was not', false],
  ])('whose wish has an unknown outcome, which %s, is cancelled once', (_, applied) => {
    const cluster = runningCluster();
    cancel(cluster);
    const write = cluster.lab.writeOf(jobKey(JOB));
    if (applied) cluster.lab.apply(write, UNKNOWN);
    else cluster.lab.answer(write, UNKNOWN);
    cluster.pass(1_000);
    expect(statusIn(cluster)).toBe('CANCELED clean');
  });

  test('ends with the fences of its sinks, and what its latest checkpoint covers is committed', () => {
    const cluster = runningCluster();
    const covered = `${JOB}/out/1/chk-0/e1-a1`;
    for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = { '1/1': [covered] };
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.lab.job.store.completed).toHaveLength(1);
    cluster.lab.held = ({ kind }) => kind === 'sink-open' || kind === 'sink-commit';
    cancel(cluster);
    cluster.settle();
    const token = { epoch: cluster.lab.leader.epoch, attempt: 2 };
    expect(cluster.lab.requests('sink-open').map(({ request }) => request)).toEqual([
      { kind: 'sink-open', sink: 'out', writer: `${JOB}/out/0`, token, keep: [] },
      { kind: 'sink-open', sink: 'out', writer: `${JOB}/out/1`, token, keep: [covered] },
    ]);
    for (const open of cluster.lab.requests('sink-open')) cluster.lab.answer(open, { kind: 'sink-opened' });
    const [commit, ...others] = cluster.lab.requests('sink-commit');
    expect(others).toEqual([]);
    expect(commit?.request).toMatchObject({ writer: `${JOB}/out/1`, token, transaction: covered });
    expect(statusIn(cluster)).toBe('none');
    cluster.lab.answer(commit!, NOT_APPLIED);
    cluster.pass(cluster.lab.options.requestRetryMs);
    cluster.lab.answer(cluster.lab.requests('sink-commit')[0]!, { kind: 'sink-committed' });
    cluster.pass(1_000);
    expect(statusIn(cluster)).toBe('CANCELED clean');
  });
});

describe('metadata that comes damaged', () => {
  function unwanted() {
    const cluster = runningCluster();
    const covered = `${JOB}/out/1/chk-0/e1-a1`;
    for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = { '1/1': [covered] };
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    const bytes = cluster.lab.stores.blobs.get(cluster.lab.job.store.completed[0]!.metadata.name)!;
    cluster.lab.held = ({ kind }) => kind === 'storage-get' || kind === 'sink-open';
    cancel(cluster);
    cluster.settle();
    const read = (answer: Uint8Array): void => {
      const [get] = cluster.lab.requests('storage-get');
      cluster.lab.answer(get!, { kind: 'loaded', bytes: answer });
      cluster.settle();
    };
    const kept = () => cluster.lab.requests('sink-open').map(({ request }) => request.keep);
    return { read, kept, bytes, damaged: bytes.map((byte) => byte ^ 1), covered };
  }

  test('is read again: what a checkpoint covers is not lost because a read was damaged twice', () => {
    const { read, kept, bytes, damaged, covered } = unwanted();
    read(damaged);
    read(damaged);
    expect(kept()).toEqual([]);
    read(bytes);
    expect(kept()).toEqual([[], [covered]]);
  });

  test('three times counts as lost: nobody waits for ever for a job that nobody wants', () => {
    const { read, kept, damaged } = unwanted();
    for (let times = 0; times < 3; times++) read(damaged);
    expect(kept()).toEqual([[], []]);
  });
});

describe('at any other moment', () => {
  test('a job that restarts is cancelled: what is being cancelled is not asked for twice', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('cancel-task');
    cluster.tm(2).fail('0/1');
    cluster.settle();
    expect(cluster.lab.job.status).toBe('RESTARTING');
    cancel(cluster);
    cluster.settle();
    expect(cluster.lab.job.status).toBe('CANCELLING');
    cluster.tm(1).deafTo.clear();
    cluster.pass(cluster.lab.options.cancelTimeoutMs);
    expect(statusIn(cluster)).toBe('CANCELED clean');
  });

  test('a job that waits for slots is cancelled at once', () => {
    const cluster = new Cluster({ taskManagers: 0 });
    cluster.submit();
    cancel(cluster);
    cluster.settle();
    expect(statusIn(cluster)).toBe('CANCELED clean');
  });

  test('a pointer that is being written is awaited: what it covers is output', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    cancel(cluster);
    cluster.settle();
    expect(cluster.lab.job.status).toBe('CANCELLING');
    expect(cluster.lab.job.sinkWriters).toBeNull();
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(statusIn(cluster)).toBe('CANCELED clean');
  });

  test('a job whose result is being written has ended before', () => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('result/');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    cancel(cluster);
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(statusIn(cluster)).toBe('FINISHED clean');
    cancel(cluster);
    cluster.settle();
    expect(cluster.told.at(-1)).toBe('job-status FINISHED');
  });

  test('a job that nobody knows is told as UNKNOWN', () => {
    const cluster = new Cluster();
    cancel(cluster);
    cluster.settle();
    expect(cluster.told).toEqual(['job-status UNKNOWN']);
  });
});

test('the next leader goes on with it', () => {
  const cluster = runningCluster();
  cluster.lab.held = ({ kind }) => kind === 'sink-open';
  cancel(cluster);
  cluster.settle();
  const { stores } = cluster.lab;
  const record = decodeJob(stores.keys.get(jobKey(JOB))!.value);
  expect(record.ok && record.value.wanted).toEqual({ kind: 'CANCELED' });
  const next = leading({ address: 'jm-2', stores });
  next.serve();
  next.pass(1_000);
  const result = decodeResult(stores.keys.get(resultKey(JOB))!.value);
  expect(result.ok && result.value).toMatchObject({ status: 'CANCELED', clean: true });
  expect(next.take('deploy-task')).toEqual([]);
});

test('a submission that is repeated while its job is cancelled is accepted, and is one job', () => {
  const cluster = runningCluster();
  cluster.lab.held = ({ kind }) => kind === 'sink-open';
  cancel(cluster);
  cluster.settle();
  cluster.lab.deliver('client', 'submit-job', { jobId: JOB, graph: sampleGraph, artifact: ARTIFACT, restore: null });
  cluster.settle();
  expect(cluster.told.at(-1)).toBe('job-accepted');
});
