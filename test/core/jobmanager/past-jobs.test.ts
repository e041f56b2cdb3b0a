// Jobs of the past: kept by number and age, in their order, listed and removed; and a new job that has the id of a removed one.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import type { EndStatus } from '../../../src/core/protocol/states.ts';
import { encodeJob, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import { JOBS_PER_PAGE } from '../../../src/core/jobmanager/job-list.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { FakeStores } from './fake-stores.ts';
import { type Lab, leading, UNKNOWN } from './lab.ts';
import { ARTIFACT, ENDED, JOB, sampleGraph } from './sample-job.ts';

interface Past {
  readonly jobId: string;
  readonly number: number;
  readonly endedAt: number;
}

function putResult(stores: FakeStores, { jobId, number, endedAt }: Past, status: EndStatus = 'FINISHED'): void {
  const submitted = { epoch: 1, number, at: 0 };
  stores.put(
    `result/${jobId}`,
    encodeResult({
      jobId,
      submitted,
      endedAt,
      status,
      reason: null,
      savepointId: null,
      retained: null,
      exceptions: [],
      graph: ENDED.graph,
      clean: true,
    }),
  );
}

function putJob(stores: FakeStores, jobId: string, number: number): void {
  const submitted = { epoch: 1, number, at: 7 };
  stores.put(
    `job/${jobId}`,
    encodeJob({
      jobId,
      submitted,
      graph: sampleGraph,
      artifact: ARTIFACT,
      wanted: { kind: 'RUNNING' },
      parallelism: [],
      restore: null,
    }),
  );
}

/** Three jobs ended, `b` first; their ids say nothing of that. */
function three(): FakeStores {
  const stores = new FakeStores();
  putResult(stores, { jobId: 'a', number: 2, endedAt: 300 });
  putResult(stores, { jobId: 'b', number: 3, endedAt: 100 });
  putResult(stores, { jobId: 'c', number: 1, endedAt: 200 });
  return stores;
}

const kept = (lab: Lab): string[] =>
  [...lab.stores.keys.keys()].filter((key) => key.startsWith('result/')).map((key) => key.slice('result/'.length));
const remove = (lab: Lab, jobId: string, from = 'client'): void => lab.deliver(from, 'remove-job', { jobId });
const statuses = (lab: Lab): string[] => lab.take('job-status').map(({ to, body }) => `${to} ${body.status}`);
const refusals = (lab: Lab): string[] => lab.take('request-refused').map(({ body }) => describeReason(body.reason));

describe('results are kept', () => {
  test('by number: of more the oldest are removed', () => {
    const lab = leading({ stores: three(), options: { retainedResults: 1 } });
    lab.serve();
    expect(kept(lab)).toEqual(['a', 'b', 'c']); // whoever repeats a submission hears of its end for a while
    lab.pass(10 * lab.options.clientRetryMs);
    expect(kept(lab)).toEqual(['a']);
    expect([...lab.leader.results.keys()]).toEqual(['a']);
  });

  test('by age', () => {
    const stores = three();
    putResult(stores, { jobId: 'late', number: 4, endedAt: 3_000 });
    const lab = leading({ stores, options: { resultRetentionMs: 5_000 } });
    lab.pass(6_500 - lab.now);
    expect(kept(lab)).toEqual(['late']);
    lab.pass(2_500);
    expect(kept(lab)).toEqual([]);
  });

  test('until they are clean', () => {
    const stores = three();
    stores.put('counter/b', new Uint8Array([1]));
    const lab = leading({ stores, options: { retainedResults: 2 }, held: ({ kind }) => kind === 'storage-list' });
    lab.pass(10 * lab.options.clientRetryMs);
    expect(kept(lab)).toEqual(['a', 'b']); // the next one goes instead
    lab.held = () => false;
    lab.pass(2_000);
    expect(kept(lab)).toEqual(['a', 'b']);
  });

  test('in the order of their ends, whatever the clock says', () => {
    const stores = new FakeStores();
    putResult(stores, { jobId: 'ahead', number: 1, endedAt: 9_000_000 });
    const cluster = runningCluster({ stores });
    finish(cluster);
    expect([...cluster.lab.leader.results]).toMatchObject([
      ['ahead', { endedAt: 9_000_000 }],
      [JOB, { endedAt: 9_000_000 }],
    ]);
  });
});

describe('a client that removes a job', () => {
  test('of the past hears of it when nothing of the job is left, and again when it repeats that', () => {
    const lab = leading({ stores: three() });
    remove(lab, 'a', 'client-1');
    remove(lab, 'a', 'client-2');
    remove(lab, 'a', 'client-1');
    expect(statuses(lab)).toEqual([]);
    expect(lab.requests('ha-write')).toHaveLength(1);
    lab.serve();
    expect(statuses(lab)).toEqual(['client-1 UNKNOWN', 'client-2 UNKNOWN']);
    expect(kept(lab)).toEqual(['b', 'c']);
    remove(lab, 'a');
    expect(statuses(lab)).toEqual(['client UNKNOWN']);
  });

  test.each([true, false])('of unknown outcome is told when it is certain (applied: %s)', (applied) => {
    const lab = leading({ stores: three() });
    remove(lab, 'a');
    const write = lab.writeOf('result/');
    if (applied) lab.apply(write, UNKNOWN);
    else lab.answer(write, UNKNOWN);
    expect(statuses(lab)).toEqual([]);
    lab.pass(lab.options.requestRetryMs);
    expect(statuses(lab)).toEqual(['client UNKNOWN']);
  });

  test('that runs is refused, and so is one whose id is none; nothing is changed', () => {
    const { lab } = runningCluster();
    remove(lab, JOB);
    remove(lab, '../words');
    lab.deliver('client', 'cancel-job', { jobId: '' });
    expect(refusals(lab)).toEqual([
      'the job is RUNNING, and only a job that is over can be removed',
      'a job id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
      'a job id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
    ]);
    expect(lab.job.status).toBe('RUNNING');
  });

  test('of which a write may still land is refused until the next leader', () => {
    const lab = leading();
    lab.deliver('client', 'submit-job', { jobId: JOB, graph: sampleGraph, artifact: ARTIFACT, restore: null });
    lab.answer(lab.writeOf('job/'), UNKNOWN);
    lab.pass(lab.options.requestRetryMs);
    lab.deliver('client', 'cancel-job', { jobId: JOB });
    lab.pass(5_000);
    expect([...lab.leader.results.keys()]).toEqual([JOB]);
    remove(lab, JOB);
    expect(refusals(lab)).toEqual([
      'a write of the job may still land: it can be removed when the next leader has taken over',
    ]);
    const next = leading({ address: 'jm-2', stores: lab.stores });
    remove(next, JOB);
    next.serve();
    expect(statuses(next)).toEqual(['client UNKNOWN']);
  });
});

describe('a list', () => {
  test('has all jobs in the order of their submission, with times, over take-over', () => {
    const stores = three();
    putJob(stores, 'x', 5);
    putJob(stores, 'y', 4);
    const lab = leading({ stores });
    lab.deliver('client', 'request-jobs', { after: null });
    const [list] = lab.take('job-list');
    expect(list?.body.jobs.map(({ jobId, status }) => `${jobId} ${status}`)).toEqual([
      'c FINISHED',
      'a FINISHED',
      'b FINISHED',
      'y RUNNING',
      'x RUNNING',
    ]);
    expect(list?.body.jobs[0]).toMatchObject({ endedAt: 200 });
    expect(list?.body.jobs[3]).toMatchObject({ endedAt: null, submitted: { at: 7 } });
    expect(list?.body.next).toBeNull();
    expect([...lab.leader.jobs.keys()]).toEqual(['y', 'x']);
  });

  test('comes in pages', () => {
    const stores = new FakeStores();
    for (let number = 1; number <= JOBS_PER_PAGE + 1; number++)
      putResult(stores, { jobId: `job-${number}`, number, endedAt: number });
    stores.put('job/unreadable', new Uint8Array([1]));
    const lab = leading({ stores });
    lab.deliver('client', 'request-jobs', { after: null });
    const [first] = lab.take('job-list');
    expect(first?.body.jobs.slice(0, 2).map(({ jobId }) => jobId)).toEqual(['unreadable', 'job-1']);
    lab.deliver('client', 'request-jobs', { after: first!.body.next });
    const [second] = lab.take('job-list');
    expect(second?.body.jobs.map(({ jobId }) => jobId)).toEqual([`job-${JOBS_PER_PAGE}`, `job-${JOBS_PER_PAGE + 1}`]);
    expect(second?.body.next).toBeNull();
  });
});

test('a new job with the id of a removed one uses no attempt and no checkpoint of it', () => {
  const cluster = runningCluster();
  const { lab } = cluster;
  cluster.pass(2_500);
  const { lastCheckpointId } = lab.job.coordinator;
  lab.deliver('client', 'cancel-job', { jobId: JOB });
  cluster.pass(2_000);
  remove(lab, JOB);
  cluster.settle();
  expect(kept(lab)).toEqual([]);
  lab.deliver('client', 'submit-job', { jobId: JOB, graph: sampleGraph, artifact: ARTIFACT, restore: null });
  cluster.pass(2_000);
  expect(lab.job.attempt).toBe(3); // the sinks of the first were closed as 2
  expect(lab.job.coordinator.lastCheckpointId).toBeGreaterThan(lastCheckpointId);
  expect(lab.job.record.submitted.number).toBe(2);
});

function finish(cluster: Cluster): void {
  cluster.pass(2_500);
  for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
  cluster.pass(2_000);
}
