// What crosses threads and processes of a run: sums and verdicts, no records.
import type { Guest } from '../../sim/guest.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import { failureOf } from './run-seed.ts';
import type { Run } from './run-seed.ts';

export function outcomeOf(guest: Pick<Guest, 'count'>, { seed, result }: Run): SeedOutcome {
  return {
    seed,
    verdict: result.verdict,
    failure: failureOf(result),
    way: result.ways[0] ?? null,
    sentence: result.sentence,
    traceHash: result.traceHash,
    events: result.events,
    simulatedMs: result.simulatedMs,
    faults: result.faults,
    faultPhases: result.faultPhases,
    counts: guest.count(result),
  };
}
