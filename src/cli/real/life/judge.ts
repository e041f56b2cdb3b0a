// The verdict on a life: its output, what it was to live through, and whether what it takes is flat. Pure.
import type { JobOfRun } from '../../../scenario/jobs.ts';
import type { VerdictKind } from '../../../sim/guest.ts';
import type { OutputVerdict } from '../judge-output.ts';
import { describeFlatness, type Flatness } from './flatness.ts';
import type { Lived } from './live.ts';
import { RAREST_KILL_MS, rescalingOf, type LifePlan } from './plan.ts';

export interface LifeVerdict {
  readonly verdict: VerdictKind;
  /** One sentence, with its evidence. */
  readonly sentence: string;
  readonly evidence: readonly string[];
}

export interface JudgedLife {
  readonly lived: Pick<Lived, 'ending' | 'kills' | 'done'>;
  readonly plan: LifePlan;
  readonly jobs: readonly JobOfRun[];
  readonly output: OutputVerdict;
  /** Of a savepoint that is left. */
  readonly damage: string | null;
  readonly flatness: readonly Flatness[];
  /** Processes that did not stop in good order. */
  readonly unruly: readonly string[];
}

export function judgeLife({ lived, plan, jobs, output, damage, flatness, unruly }: JudgedLife): LifeVerdict {
  const { ending } = lived;
  if (ending.kind !== 'finished') return { verdict: ending.kind, sentence: ending.sentence, evidence: ending.evidence };
  if (output.sentence !== null) return { verdict: 'correctness', sentence: output.sentence, evidence: output.evidence };
  if (damage !== null) return { verdict: 'correctness', sentence: damage, evidence: [] };
  const missing = lackOf(lived, plan, jobs);
  if (missing !== null)
    return { verdict: 'correctness', sentence: `the life proved nothing: ${missing}`, evidence: [] };
  const steep = flatness.filter(({ isFlat }) => !isFlat);
  if (steep.length > 0 || flatness.length === 0)
    return {
      verdict: 'correctness',
      sentence: 'the output is right, and what the cluster takes is not flat',
      evidence: steep.map(describeFlatness),
    };
  if (unruly[0] !== undefined) return { verdict: 'threw', sentence: unruly[0], evidence: unruly.slice(1) };
  return {
    verdict: 'pass',
    sentence: 'nothing lost, nothing doubled, and what the cluster takes is flat',
    evidence: [],
  };
}

function lackOf({ kills, done }: JudgedLife['lived'], plan: LifePlan, jobs: readonly JobOfRun[]): string | null {
  const killed = [...kills.values()].reduce((sum, count) => sum + count, 0);
  const wanted = Math.floor(plan.lifeMs / RAREST_KILL_MS);
  if (killed < wanted) return `${killed} kills were done, and ${wanted} are the least`;
  for (const { jobId, job } of jobs) {
    const has = (wanted: string): boolean => done.some((one) => one.jobId === jobId && one.wants === wanted);
    if (!has('savepoint')) return `${jobId} got no savepoint`;
    if (rescalingOf(job.graph, 0).length > 0 && !has('rescale')) return `${jobId} got no other parallelism`;
  }
  return null;
}
