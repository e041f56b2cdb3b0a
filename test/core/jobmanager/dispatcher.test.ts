// Submissions: durable before accepted, repeated ones answered, jobs that are over never run again.
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describe, expect, test } from 'vitest';
import { encodeJob, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import { FakeStores } from './fake-stores.ts';
import { type Lab, leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { ARTIFACT, ENDED, JOB, SUBMITTED, sampleGraph } from './sample-job.ts';

const submit = (lab: Lab, from = 'client', given: object = {}): void =>
  lab.deliver(from, 'submit-job', { jobId: JOB, graph: sampleGraph, artifact: ARTIFACT, restore: null, ...given });

const accepted = (lab: Lab): string[] => lab.take('job-accepted').map((message) => message.to);

test('a job is accepted only when it is durable', () => {
  const lab = leading();
  submit(lab);
  expect(accepted(lab)).toEqual([]);
  expect(lab.leader.jobs.size).toBe(0);
  expect(lab.writeOf('job/').request).toMatchObject({ ifRevision: 0, ifEpoch: 1 });
  lab.serve();
  expect(accepted(lab)).toEqual(['client']);
  expect(lab.leader.jobs.size).toBe(1);
});

test('a submission that is repeated while the first is under way is one job, and both clients hear of it', () => {
  const lab = leading();
  submit(lab, 'client-1');
  submit(lab, 'client-2');
  submit(lab, 'client-1');
  expect(lab.requests('ha-write')).toHaveLength(1);
  lab.serve();
  expect(accepted(lab)).toEqual(['client-1', 'client-2']);
});

test('a submission that is repeated while the job runs is answered', () => {
  const lab = leading();
  submit(lab);
  lab.serve();
  const before = lab.job;
  submit(lab);
  expect(accepted(lab)).toEqual(['client', 'client']);
  expect(lab.job).toBe(before);
});

test.each([
  ['under way', () => undefined],
  ['running', (lab: Lab) => lab.serve()],
])('another job of the same id is rejected while the first is %s', (_, between) => {
  const lab = leading();
  submit(lab);
  between(lab);
  submit(lab, 'other', { artifact: 'another', wanted: { kind: 'RUNNING' } });
  expect(lab.take('job-rejected').map((message) => message.body.reason)).toEqual([{ kind: 'job-id-taken' }]);
});

test('a job that is over is answered with its result, and not run', () => {
  const stores = new FakeStores();
  stores.put(`result/${JOB}`, encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: true }));
  const lab = leading({ stores });
  submit(lab);
  lab.serve();
  expect(lab.take('job-status').map((message) => message.body.status)).toEqual(['FINISHED']);
  expect(lab.leader.jobs.size).toBe(0);
});

test.each([
  ['a graph that cannot run', { graph: { ...sampleGraph, operators: [] } }, 'source'],
  ['a graph that is none', { graph: 7 }, 'must be an object, not 7'],
  ['an id that is no name of a folder', { jobId: '../words' }, 'a job id has'],
  ['an id that is a folder above', { jobId: '..' }, 'a job id has'],
])('%s is rejected with a sentence', (_, given, sentence) => {
  const lab = leading();
  submit(lab, 'client', given);
  lab.serve();
  const [rejected] = lab.take('job-rejected');
  expect(describeReason(rejected!.body.reason)).toContain(sentence);
  expect(lab.stores.keys.has(`job/${JOB}`)).toBe(false);
});

describe('a write of the job', () => {
  test('that failed is repeated after a while', () => {
    const lab = leading();
    submit(lab);
    lab.answer(lab.writeOf('job/'), NOT_APPLIED);
    expect(lab.requests('ha-write')).toEqual([]);
    lab.pass(lab.options.requestRetryMs);
    expect(accepted(lab)).toEqual(['client']);
  });

  test.each([true, false])('of unknown outcome is found out by repeating it (applied: %s)', (applied) => {
    const lab = leading();
    submit(lab);
    const write = lab.writeOf('job/');
    if (applied) lab.apply(write, UNKNOWN);
    else lab.answer(write, UNKNOWN);
    expect(accepted(lab)).toEqual([]);
    lab.pass(lab.options.requestRetryMs);
    expect(accepted(lab)).toEqual(['client']);
    expect(lab.leader.jobs.size).toBe(1);
  });

  test('without any answer is repeated when its time is over', () => {
    const lab = leading();
    lab.held = (request) => request.kind === 'ha-write';
    submit(lab);
    lab.open = lab.open.filter(({ request }) => request.kind !== 'ha-write');
    lab.held = () => false;
    lab.pass(10_000);
    expect(accepted(lab)).toEqual(['client']);
  });

  test('that finds another job under its key rejects', () => {
    const lab = leading();
    submit(lab);
    lab.stores.put(
      `job/${JOB}`,
      encodeJob({
        jobId: JOB,
        submitted: SUBMITTED,
        graph: sampleGraph,
        artifact: 'another',
        wanted: { kind: 'RUNNING' },
        parallelism: [],
        restore: null,
      }),
    );
    lab.serve();
    expect(lab.take('job-rejected')).toHaveLength(1);
  });
});

test('nothing is promised before the recovery is done', () => {
  const lab = leading({ held: (request) => request.kind === 'ha-read' });
  expect(lab.leader.recovery.done).toBe(false);
  submit(lab);
  lab.deliver('client', 'request-job-status', { jobId: JOB });
  expect(lab.ignored().slice(-2)).toEqual([
    'ignored submit-job from client: it has not recovered yet',
    'ignored request-job-status from client: it has not recovered yet',
  ]);
});

test.each([
  ['of a job that nobody knows', () => undefined, 'UNKNOWN'],
  ['of a job that is being stored', (lab: Lab) => submit(lab), 'INITIALIZING'],
  [
    'of a job that runs',
    (lab: Lab) => {
      submit(lab);
      lab.serve();
    },
    'RUNNING',
  ],
])('the status %s', (_, before, status) => {
  const lab = leading();
  before(lab);
  lab.deliver('client', 'request-job-status', { jobId: JOB });
  expect(lab.take('job-status').map((message) => message.body.status)).toEqual([status]);
});
