// What a sweep over seeds adds up to. Nothing here depends on the order in which seeds end, nor on who ran them.
import type { WayToFail } from './way-to-fail.ts';

/** What is kept of the run of one seed; plain data that crosses threads. */
export interface SeedOutcome {
  readonly seed: number;
  readonly verdict: string;
  /** The oracle that spoke first, or the verdict's name; empty if it passed. */
  readonly failure: string;
  /** How it failed first; null if it passed, or if no oracle spoke. */
  readonly way: WayToFail | null;
  readonly sentence: string;
  readonly traceHash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultPhases: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What the guest counted, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Code of the scenario did not come back, and the run was ended: its verdict is `liveness`, and of hash, events and counts nothing is known. */
  readonly stood?: true;
}

/** The outcome of a seed that was ended because code of the scenario did not come back. @param what names that code */
export function stoodOutcome(seed: number, sentence: string, what: string): SeedOutcome {
  return {
    seed,
    verdict: 'liveness',
    failure: 'standstill',
    way: { judge: 'standstill', rule: 'never-came-back', place: what },
    sentence,
    traceHash: '',
    events: 0,
    simulatedMs: 0,
    faults: {},
    faultPhases: {},
    counts: {},
    stood: true,
  };
}

export interface SweepSummary {
  /** That were run. */
  seeds: number;
  events: number;
  simulatedMs: number;
  readonly counts: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly faultPhases: Record<string, Record<string, number>>;
  /** By seed, rising. */
  readonly failures: SeedOutcome[];
}

export function emptySweep(): SweepSummary {
  return {
    seeds: 0,
    events: 0,
    simulatedMs: 0,
    counts: {},
    faults: {},
    faultPhases: {},
    failures: [],
  };
}

export function addOutcome(sweep: SweepSummary, outcome: SeedOutcome): void {
  sweep.seeds += 1;
  sweep.events += outcome.events;
  sweep.simulatedMs += Math.round(outcome.simulatedMs); // whole numbers: a sum of fractions depends on their order
  addCounts(sweep.counts, outcome.counts);
  addCounts(sweep.faults, outcome.faults);
  for (const [fault, phases] of Object.entries(outcome.faultPhases))
    addCounts((sweep.faultPhases[fault] ??= {}), phases);
  if (outcome.verdict !== 'pass') insertBySeed(sweep.failures, outcome);
}

function addCounts(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}

function insertBySeed(failures: SeedOutcome[], outcome: SeedOutcome): void {
  const at = failures.findLastIndex((other) => other.seed < outcome.seed);
  failures.splice(at + 1, 0, outcome);
}

/** The failures to look at first: the lowest seed of each way to fail, then the lowest of the others; at most `most`, by seed. */
export function firstFailures(failures: readonly SeedOutcome[], most: number): readonly SeedOutcome[] {
  const ways = failures.map(({ verdict, way }) => JSON.stringify([verdict, way?.judge, way?.rule, way?.place]));
  const isNew = (_: SeedOutcome, at: number): boolean => ways.indexOf(ways[at] as string) === at;
  const chosen = [...failures.filter(isNew), ...failures.filter((outcome, at) => !isNew(outcome, at))].slice(0, most);
  return chosen.sort((a, b) => a.seed - b.seed);
}
