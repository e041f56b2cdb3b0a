// What nobody caught is a job's if its artifact is in the stack; a TaskManager outlives that, and nothing else.
import { expect, test } from 'vitest';
import { isOfJob, uncaughtOf } from '../../../src/cli/process/job-errors.ts';

const ARTIFACT = `file:///var/checkpoints/artifacts/${'0a'.repeat(32)}.mjs`;

function errorAt(...places: readonly string[]): Error {
  const error = new Error('late');
  error.stack = ['Error: late', ...places.map((place) => `    at code (${place}:1:2)`)].join('\n');
  return error;
}

const ofJob = errorAt('/opt/millrace/src/core/operators/process-call.ts', ARTIFACT, 'node:internal/timers');
const ofOurs = errorAt('/opt/artifacts/src/net-real/lanes.ts', 'node:internal/streams');

test.each<[string, unknown, boolean]>([
  ['an error with the artifact of a job in its stack', ofJob, true],
  ['an error without', ofOurs, false],
  ['an error without any place', errorAt(), false],
  ['what is no error', 'late', true],
  ['nothing', undefined, true],
])('%s', (_, error, expected) => {
  expect(isOfJob(error)).toBe(expected);
});

function uncaught(runsJobs: boolean): { readonly see: (error: unknown) => void; readonly seen: string[] } {
  const seen: string[] = [];
  const see = uncaughtOf(runsJobs, {
    tell: (text) => void seen.push(text.split('\n')[0] as string),
    end: () => void seen.push('the end'),
    onJob: (error) => void seen.push(`first: ${String(error)}`),
  });
  return { see, seen };
}

test('a TaskManager outlives the code of its jobs, and tells only so much of it', () => {
  const { see, seen } = uncaught(true);
  for (let time = 0; time < 100; time++) see(ofJob);
  expect(seen.slice(0, 2)).toEqual(['first: Error: late', "a job's own code left this behind: late"]);
  expect(seen).toHaveLength(22);
  see(ofOurs);
  expect(seen.slice(22)).toEqual(['late', 'the end']);
});

test('a process that runs no jobs ends with any', () => {
  const { see, seen } = uncaught(false);
  see(ofJob);
  expect(seen).toEqual(['late', 'the end']);
});
