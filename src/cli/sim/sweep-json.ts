// The object that --json prints of a sweep.
import type { SeedRange } from '../../sim/search/seed-range.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import type { SweepSummary } from '../../sim/search/sweep.ts';
import { nameOfCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { sumOf } from './run-json.ts';

export function sweepJson(
  scenario: string,
  seeds: SeedRange,
  sweep: SweepSummary,
  wallMs: number,
  {
    gaps,
    unrepeatable,
    code,
  }: { readonly gaps: readonly Gap[]; readonly unrepeatable: readonly number[]; readonly code: ExitCode },
): object {
  return {
    scenario,
    seeds: `${seeds.first}..${seeds.last}`,
    verdict: nameOfCode(code),
    passed: sweep.seeds - sweep.failures.length,
    failed: sweep.failures.length,
    events: sweep.events,
    simulatedMs: sweep.simulatedMs,
    wallMs: Math.round(wallMs),
    faults: sweep.faults,
    faultPhases: sweep.faultPhases,
    checkpoints: { completed: sweep.completed, aborted: sumOf(sweep.aborted) },
    restarts: sweep.restarts,
    leaderChanges: sweep.leaderChanges,
    failures: sweep.failures.map(({ seed, verdict, failure, sentence, traceHash }) => ({
      seed,
      verdict,
      oracle: failure,
      sentence,
      traceHash,
    })),
    notRepeatable: unrepeatable,
    neverSeen: gaps,
  };
}
