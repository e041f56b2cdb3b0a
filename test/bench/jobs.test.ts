// The bench with many jobs runs them all, before a take-over and behind it; how fast, no test asks.
import { expect, test } from 'vitest';
import { measureJobs, type JobsSizes } from '../../bench/jobs/measure-jobs.ts';
import { jobsLines } from '../../bench/jobs/report-jobs.ts';

const tiny: JobsSizes = { jobs: 6, slotsPerTaskManager: 3, recordsPerSecond: 10, steadyMs: 2_000 };

test('six jobs run, complete checkpoints, and run again under another leader', async () => {
  const measured = await measureJobs(tiny, null, () => {}, { checkpointIntervalMs: 100 });
  const { acceptedMs, runningMs, checkpoints, takeOver, phases } = measured;
  expect(acceptedMs).toBeLessThanOrEqual(runningMs);
  expect(checkpoints).toBeGreaterThan(0);
  expect(takeOver.electedMs).toBeLessThanOrEqual(takeOver.recoveredMs);
  expect(takeOver.recoveredMs).toBeLessThanOrEqual(takeOver.runningMs);
  expect(phases.map(({ name, members }) => [name, members.length])).toEqual([
    ['submission', 4],
    ['all run', 4],
    ['take-over', 3],
  ]);
  for (const { steps } of phases.flatMap(({ members }) => members)) expect(steps[0]?.[0]).toBe('all');
  const text = jobsLines(measured, tiny).join('\n');
  expect(text).toMatch(/^6 jobs of two tasks/);
  expect(text).toMatch(/^take-over +jm-\d/m);
});
