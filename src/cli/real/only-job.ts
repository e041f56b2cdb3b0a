// Real processes run one job at a time.
import { jobsOf, type JobOfRun } from '../../scenario/jobs.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { UsageError } from '../exit-codes.ts';

/** The job of a scenario; refused with a sentence if there are several. */
export function onlyJobOf(scenario: Scenario): JobOfRun {
  const [job, ...others] = jobsOf(scenario);
  if (job !== undefined && others.length === 0 && job.clients.length === 1 && job.others.length === 0) return job;
  const what = others.length > 0 ? `${others.length + 1} jobs` : 'a job of several clients';
  throw new UsageError(
    `scenario "${scenario.name}" has ${what}: real processes run one job of one client, and only the simulator runs more (npm run sim)`,
  );
}
