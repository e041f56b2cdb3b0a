// The object that --json prints of a sweep.
import type { Guest } from '../../sim/guest.ts';
import type { SeedRange } from '../../sim/search/seed-range.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import type { SweepSummary } from '../../sim/search/sweep.ts';
import { nameOfCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';

export function sweepJson(
  guest: Pick<Guest, 'kind' | 'name' | 'sumUp'>,
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
    scenario: guest.name,
    guest: guest.kind,
    seeds: `${seeds.first}..${seeds.last}`,
    verdict: nameOfCode(code),
    passed: sweep.seeds - sweep.failures.length,
    failed: sweep.failures.length,
    events: sweep.events,
    simulatedMs: sweep.simulatedMs,
    wallMs: Math.round(wallMs),
    faults: sweep.faults,
    faultPhases: sweep.faultPhases,
    ...guest.sumUp(sweep.counts, sweep.seeds).json,
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
