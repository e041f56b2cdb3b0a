// The verdict on a life: what passes, and each thing that must not.
import { expect, test } from 'vitest';
import { wordCount } from '../../../../scenarios/word-count.ts';
import type { Flatness } from '../../../../src/cli/real/life/flatness.ts';
import { judgeLife, type JudgedLife } from '../../../../src/cli/real/life/judge.ts';
import { LIFE_CLUSTER, planLife } from '../../../../src/cli/real/life/plan.ts';
import { isDone, type Wish, type WishDone } from '../../../../src/cli/real/life/wishes.ts';
import { jobsOf } from '../../../../src/scenario/jobs.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';

const plan = planLife(150_000, LIFE_CLUSTER, seededDecisions(1));
const jobs = jobsOf({ jobs: [{ job: wordCount() }, { job: wordCount() }], reference: true });

const done = (jobId: string, wants: Wish): WishDone => ({
  jobId,
  wants,
  tries: 1,
  view: { address: 'wish-1', wants, jobId, result: null },
});
const all = ['job-1', 'job-2'].flatMap((jobId) => [done(jobId, 'savepoint'), done(jobId, 'rescale')]);
const flat: Flatness = {
  name: 'tm-3: memory',
  unit: 'bytes',
  measure: 'floor',
  first: 100,
  last: 110,
  allowed: 150,
  isFlat: true,
};
const right: JudgedLife = {
  lived: {
    ending: { kind: 'finished' },
    kills: new Map([
      ['jm-1', 4],
      ['tm-1', 2],
    ]),
    done: all,
  },
  plan,
  jobs,
  output: { sentence: null, evidence: [] },
  damage: null,
  flatness: [flat],
  unruly: [],
};

test('all is right', () => {
  expect(judgeLife(right)).toMatchObject({ verdict: 'pass' });
});

test.each<[string, Partial<JudgedLife>, string, string]>([
  [
    'it did not go on',
    { lived: { ...right.lived, ending: { kind: 'liveness', sentence: 'job-1 committed nothing', evidence: [] } } },
    'liveness',
    'job-1 committed nothing',
  ],
  ['a record is missing', { output: { sentence: 'sink counts holds …', evidence: [] } }, 'correctness', 'sink counts'],
  ['a savepoint is damaged', { damage: 'savepoint a cannot be restored' }, 'correctness', 'cannot be restored'],
  ['nobody was killed', { lived: { ...right.lived, kills: new Map() } }, 'correctness', 'kills were done'],
  [
    'too few were killed',
    { lived: { ...right.lived, kills: new Map([['jm-1', 5]]) } },
    'correctness',
    '6 are the least',
  ],
  [
    'a job got no savepoint',
    { lived: { ...right.lived, done: all.filter(({ jobId, wants }) => jobId === 'job-1' || wants === 'rescale') } },
    'correctness',
    'job-2 got no savepoint',
  ],
  [
    'a job got no rescale',
    { lived: { ...right.lived, done: all.filter(({ wants }) => wants === 'savepoint') } },
    'correctness',
    'job-1 got no other parallelism',
  ],
  ['memory grows', { flatness: [flat, { ...flat, last: 200, isFlat: false }] }, 'correctness', 'not flat'],
  ['nothing was measured', { flatness: [] }, 'correctness', 'not flat'],
  ['a process did not stop', { unruly: ['jm-1 did not stop in good order'] }, 'threw', 'good order'],
])('%s', (_, change, verdict, sentence) => {
  const judged = judgeLife({ ...right, ...change });
  expect(judged.verdict).toBe(verdict);
  expect(judged.sentence).toContain(sentence);
});

test('a wish that was refused, or half done, is not done', () => {
  const metadata = null;
  expect(isDone('savepoint', { result: { kind: 'savepoint', status: 'COMPLETED', metadata } })).toBe(true);
  expect(isDone('savepoint', { result: { kind: 'savepoint', status: 'UNKNOWN', metadata } })).toBe(false);
  expect(isDone('rescale', { result: null })).toBe(false);
  expect(isDone('rescale', { result: { kind: 'refused', reason: { kind: 'slots-missing' } as never } })).toBe(false);
  const job = { kind: 'job', reason: null, savepointId: null, retainedCheckpoint: null } as const;
  expect(isDone('stop', { result: { ...job, status: 'RUNNING' } })).toBe(false);
  expect(isDone('stop', { result: { ...job, status: 'FINISHED' } })).toBe(true);
});
