// A scenario with less parallelism: fewer subtasks and splits, and no more TaskManagers than these need. What the job computes is the same.
import type { JobDefinition } from '../core/graph/define-job.ts';
import type { Operator } from '../core/graph/job-graph.ts';
import { jobsOf, taskManagersNeeded } from './jobs.ts';
import type { Topics } from './input.ts';
import type { Scenario, SubmittedJob } from './scenario.ts';

const known = new WeakMap<Scenario, Map<number, Scenario>>();

/**
 * The same for the same, so that what is remembered of a job holds from run to run.
 *
 * @param parallelismMax subtasks of an operator, and splits of a source, at most; 0: as the scenario says
 */
export function smallerScenario(scenario: Scenario, parallelismMax: number): Scenario {
  if (parallelismMax === 0) return scenario;
  const sizes = known.get(scenario) ?? new Map<number, Scenario>();
  known.set(scenario, sizes);
  const smaller = sizes.get(parallelismMax) ?? makeSmaller(scenario, parallelismMax);
  sizes.set(parallelismMax, smaller);
  return smaller;
}

function makeSmaller(scenario: Scenario, parallelismMax: number): Scenario {
  const { job, jobs, cluster } = scenario;
  const smaller: Scenario = {
    ...scenario,
    ...(job === undefined ? {} : { job: smallerJob(job, parallelismMax) }),
    ...(jobs === undefined ? {} : { jobs: jobs.map((one) => smallerSubmittedJob(one, parallelismMax)) }),
  };
  const taskManagers = Math.min(cluster.taskManagers, taskManagersNeeded(smaller));
  return { ...smaller, cluster: { ...cluster, taskManagers } };
}

function smallerSubmittedJob({ rescale, ...one }: SubmittedJob, most: number): SubmittedJob {
  const smaller = { ...one, job: smallerJob(one.job, most) };
  if (rescale === undefined) return smaller;
  const capped = rescale.map(({ atMs, parallelism }) => {
    const entries = Object.entries(parallelism).map(([id, subtasks]) => [id, Math.min(subtasks, most)] as const);
    return { atMs, parallelism: Object.fromEntries(entries) };
  });
  return { ...smaller, rescale: capped };
}

function smallerJob({ graph, program }: JobDefinition, parallelismMax: number): JobDefinition {
  const operators = graph.operators.map((operator) => smallerOperator(operator, parallelismMax));
  return { graph: { ...graph, operators }, program };
}

function smallerOperator(operator: Operator, most: number): Operator {
  const parallelism = Math.min(operator.parallelism, most);
  return operator.kind === 'source'
    ? { ...operator, parallelism, splits: Math.min(operator.splits, most) }
    : { ...operator, parallelism };
}

/** Of the topics of a scenario, the splits that are read by it. A topic that no source reads is whole. */
export function splitsReadBy(scenario: Scenario, topics: Topics): Topics {
  const splits = new Map<string, number>();
  for (const { job } of jobsOf(scenario))
    for (const operator of job.graph.operators)
      if (operator.kind === 'source') splits.set(operator.topic, operator.splits);
  return Object.fromEntries(
    Object.entries(topics).map(([name, topic]) => [
      name,
      { ...topic, splits: topic.splits.slice(0, splits.get(name)) },
    ]),
  );
}

/** Values of `parallelismMax` under which there is less, each less than the next; none: there is no less. */
export function smallerParallelisms(scenario: Scenario): readonly number[] {
  const most = Math.max(...jobsOf(scenario).flatMap(({ job }) => job.graph.operators.map(sizeOf)));
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 2) sizes.push(size);
  const hasSpares = smallerScenario(scenario, most).cluster.taskManagers < scenario.cluster.taskManagers;
  return hasSpares ? [...sizes, most] : sizes;
}

function sizeOf(operator: Operator): number {
  return operator.kind === 'source' ? Math.max(operator.parallelism, operator.splits) : operator.parallelism;
}
