// A scenario as a life runs it: its jobs, with input for longer than the life lasts, and none of its clients.
import { drawInput, readingMs, type Topics } from '../../../scenario/input.ts';
import { jobsOf } from '../../../scenario/jobs.ts';
import type { Scenario } from '../../../scenario/scenario.ts';
import { pickUniformly, type Decisions } from '../../../sim/decisions.ts';
import { UsageError } from '../../exit-codes.ts';
import type { RealSetup } from '../run.ts';
import { LIFE_CLUSTER } from './plan.ts';

/** Sources never read faster than their rate: what they can come to in a life, and while its jobs are stopped. */
const LONGER_MS = 180_000;

export function scenarioOfLife(scenario: Scenario): Scenario {
  const jobs = jobsOf(scenario);
  const unfit = jobs.find(({ reference, follows, ends }) => !reference || follows !== null || ends !== null);
  if (unfit !== undefined)
    throw new UsageError(
      `scenario "${scenario.name}" has no life: the output of ${unfit.jobId} cannot be compared with a sequential run of that job alone`,
    );
  const paced = jobs.every(({ job }) =>
    job.graph.operators.every((operator) => operator.kind !== 'source' || operator.recordsPerSecond > 0),
  );
  if (!paced)
    throw new UsageError(
      `scenario "${scenario.name}" has no life: a source without recordsPerSecond reads all at once`,
    );
  const { job: _one, listAtMs: _list, drains: _drains, lookAtMs: _look, ...rest } = scenario;
  return { ...rest, jobs: jobs.map(({ job }) => ({ job })), cluster: LIFE_CLUSTER };
}

/** No record more than its sources can come to. */
export function inputOfLife({ scenario, data }: RealSetup, lifeMs: number, decisions: Decisions): Topics {
  const pick = (stream: string, n: number): number => pickUniformly(decisions, stream, n);
  const plain = drawInput({ scenario, data }, pick);
  const jobs = jobsOf(scenario);
  const neededMs = lifeMs + LONGER_MS;
  const times = Math.ceil(neededMs / Math.min(...jobs.map(({ job }) => readingMs(job, plain))));
  const topics = drawInput({ scenario, data }, pick, times);
  const rates = new Map(
    jobs.flatMap(({ job }) =>
      job.graph.operators.flatMap((operator) =>
        operator.kind === 'source' ? [[operator.topic, operator.recordsPerSecond] as const] : [],
      ),
    ),
  );
  return Object.fromEntries(
    Object.entries(topics).map(([name, topic]) => {
      const records = Math.ceil(((rates.get(name) ?? 0) * neededMs) / 1_000);
      return [name, { ...topic, splits: topic.splits.map((split) => split.slice(0, records)) }];
    }),
  );
}
