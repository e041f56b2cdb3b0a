// The object that --json prints of a sweep.
import { nameOfCode } from '../exit-codes.ts';
import type { JudgedSweep } from './one-sweep.ts';

/** @param wallMs of this scenario alone; null: it ran among others */
export function sweepJson(
  { setup: { guest }, seeds, sweep, gaps, unrepeatable, left, code }: JudgedSweep,
  wallMs: number | null,
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
    ...(wallMs === null ? {} : { wallMs: Math.round(wallMs) }),
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
    notRun: left,
    neverSeen: gaps,
  };
}
