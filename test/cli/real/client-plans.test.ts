// Which clients a scenario has on real processes: whose they are, what they ask for, and when they begin.
import { expect, test } from 'vitest';
import { planClients } from '../../../src/cli/real/client-plans.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import { scenario as cancel } from '../../../scenarios/cancel.ts';
import { scenario as replace } from '../../../scenarios/replace.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';

test('one job: one client, at once, with the whole bundle', () => {
  const [only, ...others] = planClients(wordCount, 'abc', seededDecisions(1));
  expect(others).toEqual([]);
  expect(only).toMatchObject({ address: 'client-1', wants: 'submit', jobId: 'job-1', beginsAtMs: 0 });
  expect(only?.requests).toMatchObject([{ kind: 'submit', artifact: 'abc' }]);
});

test('a job that follows another one: its client asks for a savepoint first, and names its own part of the bundle', () => {
  const [, second, third] = planClients(replace, 'abc', seededDecisions(1));
  expect(second?.requests).toMatchObject([
    { kind: 'savepoint-and-cancel', jobId: 'job-1', savepointId: 'for-job-2' },
    { kind: 'submit', jobId: 'job-2', artifact: 'abc/job-2', restore: { jobId: 'job-1', savepointId: 'for-job-2' } },
  ]);
  expect(third?.requests).toMatchObject([
    { kind: 'stop', jobId: 'job-2', savepointId: 'for-job-3' },
    { kind: 'submit', jobId: 'job-3', artifact: 'abc/job-3', restore: { jobId: 'job-2', savepointId: 'for-job-3' } },
  ]);
});

test('moments are drawn within their spans, each client by itself, and the same again with the same seed', () => {
  const timesOf = (seed: number): number[] =>
    planClients(cancel, 'abc', seededDecisions(seed)).map(({ beginsAtMs }) => beginsAtMs);
  const many = Array.from({ length: 50 }, (_, seed) => timesOf(seed));
  expect(timesOf(7)).toEqual(many[7]);
  const cancelling = many.map((times) => times[1] as number);
  expect(Math.min(...cancelling)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...cancelling)).toBeLessThanOrEqual(2_600);
  expect(new Set(cancelling).size).toBeGreaterThan(40);
  expect(many.every((times) => times.length === 9 && times[0] === 0)).toBe(true);
});
