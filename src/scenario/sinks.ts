// Where the output of a scenario's jobs goes.
import type { JobDefinition } from '../core/graph/define-job.ts';
import { jobsOf } from './jobs.ts';
import type { Scenario } from './scenario.ts';

/** The external sinks that the jobs write to, each once. */
export function sinksOf(scenario: Scenario): readonly string[] {
  return [...new Set(jobsOf(scenario).flatMap(({ job }) => sinksOfJob(job)))];
}

/** The external sinks that a job writes to, each once. */
export function sinksOfJob({ graph }: Pick<JobDefinition, 'graph'>): readonly string[] {
  const names = graph.operators.flatMap((operator) => (operator.kind === 'sink' ? [operator.sink] : []));
  return [...new Set(names)];
}
