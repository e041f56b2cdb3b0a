// The jobs of a scenario in one form, and what is wrong with several.
import { expect, test } from 'vitest';
import { scenario as twoJobs } from '../../scenarios/two-jobs.ts';
import { scenario as wordCount, wordCount as wordCountJob } from '../../scenarios/word-count.ts';
import type { JobDefinition } from '../../src/core/graph/define-job.ts';
import { requestsOfCluster, startOf } from '../../src/scenario/clients/client-starts.ts';
import {
  artifactOf,
  clusterClientsOf,
  jobsOf,
  NOTHING_ELSE,
  slotsNeeded,
  taskManagersNeeded,
  type OtherClient,
} from '../../src/scenario/jobs.ts';
import { mistakesOf } from '../../src/scenario/mistakes.ts';
import { sinksOf } from '../../src/scenario/sinks.ts';

test('one job is job-1 of client-1, at once', () => {
  const clients = [{ address: 'client-1', submitAtMs: 0 }];
  expect(jobsOf(wordCount)).toEqual([
    {
      jobId: 'job-1',
      job: wordCount.job,
      clients,
      others: [],
      reference: true,
      check: undefined,
      follows: null,
      ends: null,
      endsProcess: false,
    },
  ]);
  expect(artifactOf('abc', 1, 'job-1')).toBe('abc');
});

test('several jobs are numbered, and so are their clients, over all jobs', () => {
  expect(jobsOf(twoJobs).map(({ jobId, clients }) => [jobId, ...clients])).toEqual([
    ['job-1', { address: 'client-1', submitAtMs: 0 }],
    ['job-2', { address: 'client-2', submitAtMs: 400 }, { address: 'client-3', submitAtMs: 500 }],
  ]);
  expect(sinksOf(twoJobs)).toEqual(['counts', 'tolls']);
  expect(artifactOf('abc', 2, 'job-2')).toBe('abc/job-2');
});

test('a job may have clients that cancel it, numbered behind those that submit it', () => {
  const cancelled = {
    ...twoJobs,
    jobs: [{ job: wordCountJob(), submitAtMs: 5, cancelAtMs: [10, { from: 20, to: 30 }] }],
  };
  expect(jobsOf(cancelled)[0]?.others).toEqual([
    { address: 'client-2', wants: 'cancel', atMs: 10, savepointId: '', drain: false, parallelism: [], taskManager: '' },
    {
      address: 'client-3',
      wants: 'cancel',
      atMs: { from: 20, to: 30 },
      savepointId: '',
      drain: false,
      parallelism: [],
      taskManager: '',
    },
  ]);
});

test('a job may have clients that want savepoints, and clients that dispose the very same', () => {
  const saved = { ...twoJobs, jobs: [{ job: wordCountJob(), savepointAtMs: [10, 20], disposeAtMs: 30 }] };
  expect(jobsOf(saved)[0]?.others).toEqual([
    {
      address: 'client-2',
      wants: 'savepoint',
      atMs: 10,
      savepointId: 'savepoint-1',
      drain: false,
      parallelism: [],
      taskManager: '',
    },
    {
      address: 'client-3',
      wants: 'savepoint',
      atMs: 20,
      savepointId: 'savepoint-2',
      drain: false,
      parallelism: [],
      taskManager: '',
    },
    {
      address: 'client-4',
      wants: 'dispose',
      atMs: 30,
      savepointId: 'savepoint-1',
      drain: false,
      parallelism: [],
      taskManager: '',
    },
  ]);
});

test('a job may have clients that stop it, each with a savepoint of its own', () => {
  const stopped = {
    ...twoJobs,
    jobs: [{ job: wordCountJob(), stopAtMs: [10, { from: 20, to: 30 }], drain: true, parallelism: [] }],
  };
  expect(jobsOf(stopped)[0]?.others).toEqual([
    {
      address: 'client-2',
      wants: 'stop',
      atMs: 10,
      savepointId: 'stop-1',
      drain: true,
      parallelism: [],
      taskManager: '',
    },
    {
      address: 'client-3',
      wants: 'stop',
      atMs: { from: 20, to: 30 },
      savepointId: 'stop-2',
      drain: true,
      parallelism: [],
      taskManager: '',
    },
  ]);
});

test('a job may have clients that rescale it, and needs slots for the most', () => {
  const rescale = [{ atMs: { from: 5, to: 9 }, parallelism: { count: 7 } }];
  const one = { ...twoJobs, jobs: [{ job: wordCountJob(), rescale }] };
  expect(jobsOf(one)[0]?.others).toEqual([
    {
      address: 'client-2',
      wants: 'rescale',
      atMs: { from: 5, to: 9 },
      savepointId: '',
      drain: false,
      parallelism: [{ operator: 'count', parallelism: 7 }],
      taskManager: '',
    },
  ]);
  expect(slotsNeeded(jobsOf(one))).toBe(7);
});

test('a process that is ended in good order is one of the cluster, and once at the most', () => {
  const stops = [{ taskManager: 1, atMs: { from: 10, to: 30 } }];
  expect(mistakesOf({ ...wordCount, stops })).toEqual([]);
  expect(mistakesOf({ ...wordCount, stops: [{ taskManager: 9, atMs: 10 }] })).toEqual([
    expect.stringMatching(/^TaskManager 9 is ended: expected a number from 1 to \d+$/),
  ]);
  expect(mistakesOf({ ...wordCount, stops: [...stops, ...stops] })).toEqual([
    'TaskManager 1 is ended twice: expected once at the most',
  ]);
  const jobManager = [{ jobManager: 1, atMs: 10 }];
  expect(mistakesOf({ ...wordCount, stops: [...stops, ...jobManager] })).toEqual([]);
  expect(mistakesOf({ ...wordCount, stops: [{ jobManager: 9, atMs: 10 }] })).toEqual([
    expect.stringMatching(/^JobManager 9 is ended: expected a number from 1 to \d+$/),
  ]);
  expect(mistakesOf({ ...wordCount, stops: [...jobManager, ...jobManager] })).toEqual([
    'JobManager 1 is ended twice: expected once at the most',
  ]);
  for (const wrong of [
    { taskManager: 1 },
    { jobManager: 1 },
    { taskManager: 1, jobManager: 1, atMs: 10 },
    { atMs: 10 },
  ])
    expect(mistakesOf({ ...wordCount, stops: [wrong] as never })).toEqual([
      expect.stringMatching(/^"stops" must be a list of \{ taskManager, atMs \} and \{ jobManager, atMs \}/),
    ]);
});

test('a cluster may have clients that drain a TaskManager, and take it back', () => {
  const { job: one, ...rest } = wordCount;
  const drained = {
    ...rest,
    jobs: [{ job: one as JobDefinition }],
    drains: [{ taskManager: 2, atMs: 10, backAtMs: 30 }],
  };
  expect(clusterClientsOf(drained)).toEqual([
    { ...NOTHING_ELSE, address: 'client-2', wants: 'drain', atMs: 10, taskManager: 'tm-2' },
    { ...NOTHING_ELSE, address: 'client-3', wants: 'undrain', atMs: 30, taskManager: 'tm-2' },
  ]);
  expect(taskManagersNeeded(drained)).toBe(taskManagersNeeded({ ...drained, drains: [] }) + 1);
  expect(mistakesOf({ ...drained, drains: [{ taskManager: 9, atMs: 10 }] })).toEqual([
    expect.stringMatching(/^TaskManager 9 is drained: expected a number from 1 to \d+$/),
  ]);
  expect(mistakesOf(drained)).toEqual([
    'all that is drained at once leaves the jobs too few: cluster.taskManagers is 2, expected at least 3',
  ]);
  expect(mistakesOf({ ...drained, cluster: { ...drained.cluster, taskManagers: 3 } })).toEqual([]);
});

test('a cluster may have clients that look on: at all jobs in turn, and at one that there is not', () => {
  const [looking] = clusterClientsOf({ ...twoJobs, lookAtMs: { from: 5, to: 20 } });
  expect(looking).toMatchObject({ wants: 'look', atMs: { from: 5, to: 20 } });
  const [first, ...others] = requestsOfCluster(startOf(looking as OtherClient), [
    { jobId: 'job-1' },
    { jobId: 'job-2' },
  ]);
  expect(first).toEqual({ kind: 'overview' });
  expect(others.slice(0, 4)).toEqual([
    { kind: 'details', jobId: 'job-1' },
    { kind: 'checkpoints', jobId: 'job-1' },
    { kind: 'checkpoint', jobId: 'job-1', checkpointId: 1 },
    { kind: 'overview' },
  ]);
  const details = others.filter(({ kind }) => kind === 'details');
  expect(details.map((one) => ('jobId' in one ? one.jobId : ''))).toEqual(
    Array.from({ length: 4 }, () => ['job-1', 'job-2', 'job-0']).flat(),
  );
  const ofFirst = others.flatMap((one) =>
    one.kind === 'checkpoint' && one.jobId === 'job-1' ? [one.checkpointId] : [],
  );
  expect(ofFirst).toEqual([1, 2, 3, 4]);
  expect(mistakesOf({ ...twoJobs, lookAtMs: -1 })).toEqual([expect.stringMatching(/lookAtMs/)]);
});

test('a job may follow another one, whose slots and sinks are its own then', () => {
  const jobs = [
    { job: wordCountJob() },
    { job: wordCountJob({ counters: 1 }), follows: { job: 1, atMs: { from: 5, to: 20 }, claimMode: 'CLAIM' as const } },
  ];
  const replaced = { ...wordCount, job: undefined as never, jobs };
  expect(jobsOf(replaced)[1]).toMatchObject({
    clients: [{ address: 'client-2', submitAtMs: 20 }],
    follows: {
      jobId: 'job-1',
      savepointId: 'for-job-2',
      atMs: { from: 5, to: 20 },
      by: 'stop',
      claimMode: 'CLAIM',
      allowNonRestoredState: false,
    },
  });
  expect(slotsNeeded(jobsOf(replaced))).toBe(3);
  const { job: _one, ...rest } = replaced;
  expect(mistakesOf(rest)).toEqual([]);
});

test('a job has judges of its own, or those of the scenario', () => {
  const check = (): null => null;
  const judged = { ...twoJobs, jobs: [{ job: wordCountJob(), reference: false, check }] };
  expect(jobsOf(judged)[0]).toMatchObject({ reference: false, check });
});

const { job: _, ...withoutJob } = wordCount;
const job = wordCountJob();
const small = wordCountJob({ readers: 1, counters: 1 });
const other = {
  ...small,
  graph: {
    ...small.graph,
    operators: small.graph.operators.map((one) => (one.kind === 'sink' ? { ...one, sink: 'o' } : one)),
  },
};

test.each<[string, object, string]>([
  ['no job', {}, 'it has no `job`'],
  ['a job and jobs', { job, jobs: [{ job }] }, 'it has both `job` and `jobs`: say one of them'],
  [
    'a parallelism that no job can have',
    { jobs: [{ job, rescale: [{ atMs: 5, parallelism: { count: 0 } }] }] },
    'job-1 is rescaled to 0 of count: expected a whole number from 1 to 128',
  ],
  [
    'an operator that is not there',
    { jobs: [{ job, rescale: [{ atMs: 5, parallelism: { counter: 2 } }] }] },
    'unknown operator of job-1 "counter", did you mean "count"?',
  ],
  [
    'a job that follows itself',
    { jobs: [{ job, follows: { job: 1, atMs: 5 } }] },
    'job-1 follows job 1: expected the number of a job before it, from 1 to 0',
  ],
  [
    'two jobs that follow one',
    {
      jobs: [
        { job: small },
        { job: small, follows: { job: 1, atMs: 5 } },
        { job: other, follows: { job: 1, atMs: 5 } },
      ],
    },
    'two jobs follow job-1: one can',
  ],
  [
    'a job that follows one at two times',
    { jobs: [{ job }, { job, submitAtMs: 3, follows: { job: 1, atMs: 5 } }] },
    'job-2 follows a job and has a submitAtMs: say one of them',
  ],
  [
    'no jobs',
    { jobs: [] },
    '"jobs" must be a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
  ],
  [
    'a field that no job has',
    { jobs: [{ job, startAtMs: 1 }] },
    '"jobs" must be a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
  ],
  [
    'a span that ends before it begins',
    { jobs: [{ job, cancelAtMs: { from: 5, to: 4 } }] },
    '"jobs" must be a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
  ],
  [
    'a span of steps that lead nowhere',
    { jobs: [{ job, cancelAtMs: { from: 5, to: 9, stepMs: 0 } }] },
    '"jobs" must be a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
  ],
  [
    'a time before the beginning',
    { jobs: [{ job, submitAtMs: -1 }] },
    '"jobs" must be a list of { job, submitAtMs, cancelAtMs, stopAtMs, drain, statusAtMs, checkpointsAtMs, exceptionsAtMs, removeAtMs, takeCheckpointAtMs, savepointAtMs, disposeAtMs, rescale, follows, reference, check, ends, endsProcess }, of which only job is needed',
  ],
  [
    'two jobs that write to one sink',
    { jobs: [{ job }, { job }], cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 2 } },
    'job-1 and job-2 both write to sink "counts": each job needs sinks of its own, or follows the other',
  ],
  [
    'slots for one of two',
    { jobs: twoJobs.jobs, cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 2 } },
    'the jobs need 5 slots, and the cluster has 4',
  ],
  [
    'a job without a judge',
    {
      reference: false,
      jobs: [{ job, reference: true }, { job: twoJobs.jobs?.[1]?.job }],
      cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 2 },
    },
    'nothing judges the output of job-2: say `reference: true`, or bring a `check`',
  ],
])('%s', (_, change, mistake) => {
  expect(mistakesOf({ ...withoutJob, ...change })).toEqual([mistake]);
});

test('two jobs and a cluster with slots for both are no mistake', () => {
  expect(mistakesOf(twoJobs)).toEqual([]);
});
