// The seeds of one scenario in a sweep: what came of them, what is done about failures, and the code. Whoever prints is told lines.
import type { VerdictKind } from '../../sim/guest.ts';
import type { SeedRange } from '../../sim/search/seed-range.ts';
import { findGaps } from '../../sim/search/sweep-coverage.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import { emptySweep, firstFailures } from '../../sim/search/sweep.ts';
import type { SweepSummary } from '../../sim/search/sweep.ts';
import { exitCodeOf, exitCodes, gravest } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { refuseNothing } from '../refuse-nothing.ts';
import { count, formatNumber } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { isOurs } from './plan.ts';
import { faultsInForce, planOf } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';
import { runAgain } from './sweep-failures.ts';
import type { CheckedFailure } from './sweep-failures.ts';
import type { SeedTask } from './sweep-threads.ts';

/** Seeds of one scenario, and what they add up to so far. */
export interface OneSweep {
  readonly setup: RunSetup;
  readonly seeds: SeedRange;
  readonly sweep: SweepSummary;
}

/** When all its seeds are over. */
export interface JudgedSweep extends OneSweep {
  /** The failures that are shown. */
  readonly failures: readonly CheckedFailure[];
  /** Seeds that were another run elsewhere. */
  readonly unrepeatable: readonly number[];
  readonly gaps: readonly Gap[];
  /** Seeds that were not run, as too many stood still. */
  readonly left: number;
  readonly code: ExitCode;
}

export function oneSweep(setup: RunSetup, seeds: SeedRange): OneSweep {
  return { setup, seeds, sweep: emptySweep() };
}

/** @param from the first seed that is not run yet */
export function tasksOf({ setup, seeds: { first, last } }: OneSweep, from = first): SeedTask[] {
  const plan = planOf(setup);
  return Array.from({ length: last - from + 1 }, (_, at) => ({ plan, seed: from + at }));
}

/** Runs the first failures again, each in a fresh process. Throws a `UsageError` if nothing happened in any of the seeds. */
export async function judgeSweep(one: OneSweep, failuresMax: number, terminal: Terminal): Promise<JudgedSweep> {
  const { setup, seeds, sweep } = one;
  if (sweep.failures.length === 0)
    refuseNothing(setup.guest.name, setup.guest.provesNothing(sweep.counts), 'any of these seeds');
  const failures = await runAgain(setup, firstFailures(sweep.failures, failuresMax), terminal);
  const unrepeatable = failures.flatMap(({ outcome, accident }) => (accident === null ? [] : [outcome.seed]));
  const gaps = coverageGaps(setup, sweep);
  const code = gravest([
    ...sweep.failures.map((failure) => exitCodeOf(failure.verdict as VerdictKind)),
    ...(unrepeatable.length > 0 ? [exitCodes.nonDeterminism] : []),
    ...(gaps.length > 0 ? [exitCodes.uncovered] : []),
  ]);
  return { ...one, failures, unrepeatable, gaps, left: seeds.last - seeds.first + 1 - sweep.seeds, code };
}

/** Scenarios that promise to bring every fault into every phase. */
const coveringScenarios = ['word-count', 'flight-delays'];
const COVERING_SEEDS_MIN = 1_000;

function coverageGaps(setup: RunSetup, sweep: SweepSummary): readonly Gap[] {
  const { name, coverage } = setup.guest;
  const covers = coveringScenarios.includes(name) && isOurs(setup);
  if (sweep.seeds < COVERING_SEEDS_MIN || !covers || coverage === null) return [];
  return findGaps(sweep.faultPhases, faultsInForce(setup), coverage.phases, coverage.excuses);
}

/** `PASS` or `FAIL`, of one scenario or of several together. */
export function verdictOf(sweeps: readonly JudgedSweep[]): string[] {
  const sum = (of: (one: JudgedSweep) => number): number => sweeps.reduce((total, one) => total + of(one), 0);
  const seeds = sum(({ sweep }) => sweep.seeds);
  const failed = sum(({ sweep }) => sweep.failures.length);
  const left = sum((one) => one.left);
  const notRun =
    left === 0 ? [] : [`      ${count(left, 'seed')} not run: too many came to code that does not come back`];
  if (failed > 0) return [`FAIL  ${count(failed, 'seed')} of ${formatNumber(seeds)}`, ...notRun];
  if (sum(({ gaps }) => gaps.length) > 0)
    return [`FAIL  ${count(seeds, 'seed')} passed, but they prove less than they should`];
  return [`PASS  all of ${count(seeds, 'seed')}`];
}

/** A line of progress over all sweeps. */
export function progressLine(sweeps: readonly OneSweep[], total: number, startedAt: number): string {
  const done = sweeps.reduce((sum, { sweep }) => sum + sweep.seeds, 0);
  const failures = sweeps.reduce((sum, { sweep }) => sum + sweep.failures.length, 0);
  const rate = (done * 1_000) / (performance.now() - startedAt);
  const failed = failures === 0 ? '' : `, ${formatNumber(failures)} failed`;
  return `${formatNumber(done)} of ${count(total, 'seed')}, ${rate.toFixed(1)} a second${failed}`;
}
