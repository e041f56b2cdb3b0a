// How long a run may take, and how long it takes without faults: kills at random times are drawn within that.
import { expect, test } from 'vitest';
import { planClients } from '../../../src/cli/real/client-plans.ts';
import { jobsOfRun } from '../../../src/cli/real/jobs/ends.ts';
import { patienceMs, plainMs } from '../../../src/cli/real/patience.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { jobsOf } from '../../../src/scenario/jobs.ts';
import { defineJob, type SubmittedJob } from '../../../src/scenario/millrace-scenario.ts';
import { seededDecisions } from '../../../src/sim/seeded-decisions.ts';
import { scenarioOf } from './jobs/remains.ts';

const job = defineJob('slow', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 1 })
    .sinkTo('out', { sink: 'out' }),
);
const options = withDefaults(clusterOptionTable);
const READING_MS = 10_000;

function timesOf(...jobs: readonly SubmittedJob[]): { readonly plain: number; readonly patience: number } {
  const scenario = scenarioOf(...jobs);
  const topics = scenario.input({ data: {}, pick: () => 0, times: 1 });
  const run = jobsOfRun(jobsOf(scenario), scenario.cluster);
  const clients = planClients(scenario, 'abc', seededDecisions(1));
  return { plain: plainMs(run, clients, topics), patience: patienceMs(run, clients, topics, options) };
}

test('without faults a job takes the time of its reading, from its submission on; the last of several counts', () => {
  expect(timesOf({ job }).plain).toBe(READING_MS);
  expect(timesOf({ job, submitAtMs: [700, 300] }).plain).toBe(READING_MS + 300);
  expect(timesOf({ job }, { job, submitAtMs: 500 }).plain).toBe(READING_MS + 500);
});

test('or less, if it is cancelled, stopped, or followed by another one', () => {
  expect(timesOf({ job, cancelAtMs: [2_000, 1_000] }).plain).toBe(1_000);
  expect(timesOf({ job, stopAtMs: 20_000 }).plain).toBe(READING_MS);
  expect(timesOf({ job }, { job, follows: { job: 1, atMs: 3_000 } }).plain).toBe(3_000 + READING_MS);
});

test('what fails by its own code, follows, or waits for slots, has more time', () => {
  const plain = timesOf({ job }).patience;
  const failing = timesOf({ job, ends: 'FAILED' }).patience;
  expect(failing - plain).toBeGreaterThan(options.jobFailuresMax * options.userCodeTimeoutMs);
  const following = timesOf({ job }, { job, follows: { job: 1, atMs: 0 } }).patience;
  expect(following).toBeGreaterThan(timesOf({ job }, { job }).patience);
  const crowded = timesOf({ job }, { job }, { job }).patience; // two slots
  expect(crowded - timesOf({ job }, { job }).patience).toBeGreaterThan(options.slotWaitTimeoutMs);
});
