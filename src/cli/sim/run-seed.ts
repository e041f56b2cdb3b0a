// One run of a guest, from a seed or from a tape, with what is needed to repeat it. Workers and fresh processes use this too.
import type { Value } from '../../core/base/value.ts';
import type { Decisions, TapeEntry } from '../../sim/decisions.ts';
import type { ExactFaults, Guest, RunProgress, RunRequest, RunResult } from '../../sim/guest.ts';
import { runInPieces } from '../../sim/run-guest.ts';
import { kindOfFault } from '../../sim/faults/forced.ts';
import { seededDecisions } from '../../sim/seeded-decisions.ts';
import { tapeDecisions } from '../../sim/tape-decisions.ts';
import { loadGuest } from '../scenario/load-guest.ts';
import { standstillOf, toTheEnd } from '../standstill.ts';
import { formatSeconds } from '../terminal.ts';

/** What is run, as it crosses to workers and fresh processes. */
export interface RunPlan {
  /** Absolute. */
  readonly file: string;
  /** Of the bundle of the file. */
  readonly hash: string;
  readonly set: Readonly<Record<string, number>>;
  readonly faults: 'scenario' | readonly string[];
  /** Only a tape says so: its run was one of all runs inside bounds. */
  readonly exactFaults?: ExactFaults;
}

/** Tells the plans of one sweep apart: there a scenario has the same settings but for its faults. */
export function keyOf({ file, faults }: RunPlan): string {
  return `${faults === 'scenario' ? faults : faults.join()} ${file}`;
}

/** A plan with everything loaded. */
export interface RunSetup extends RunPlan {
  readonly guest: Guest;
  /** What the guest reads besides its file, by name. */
  readonly data: Readonly<Record<string, Value>>;
}

export interface Run {
  readonly seed: number;
  readonly result: RunResult;
  /** Decisions that were not 0. */
  readonly entries: readonly TapeEntry[];
  readonly wallMs: number;
}

/** Who looks on while a run goes. */
export type Onlookers = Pick<RunRequest, 'onTrace' | 'onEvent' | 'onStory'> & {
  /** For a line of progress. */
  readonly onProgress?: (progress: RunProgress) => void;
};

export async function setUp(plan: RunPlan): Promise<RunSetup> {
  return { ...plan, ...(await loadGuest(plan.file, plan.hash)) };
}

/** The plan of a setup, which can cross again. */
export function planOf(setup: RunSetup): RunPlan {
  return { file: setup.file, hash: setup.hash, ...givenOf(setup) };
}

/** What each run is told of the plan. */
function givenOf({ set, faults, exactFaults }: RunPlan): Pick<RunRequest, 'set' | 'faults' | 'exactFaults'> {
  return { set, faults, ...(exactFaults === undefined ? {} : { exactFaults }) };
}

/** Names a run that came from no seed: one of all runs inside bounds. It is checked as most seeds are. */
export const EXPLORED_SEED = 1;

/** Fault kinds that can fire in a run. */
export function faultsInForce({ guest, faults }: Pick<RunSetup, 'guest' | 'faults'>): readonly string[] {
  if (faults !== 'scenario') return [...new Set(faults.map(kindOfFault))];
  return Object.entries(guest.weights).flatMap(([fault, weight]) => (weight > 0 ? [fault] : []));
}

export function runSeed(setup: RunSetup, seed: number, onlookers: Onlookers = {}): Run {
  return run(setup, seed, seededDecisions(seed), {}, onlookers);
}

/** Runs decisions of a tape; those that it does not hold are 0. `seed` only names the run. */
export function runEntries(
  setup: RunSetup,
  seed: number,
  entries: readonly TapeEntry[],
  inputLimits: Readonly<Record<string, number>>,
  onlookers: Onlookers = {},
): Run {
  return run(setup, seed, tapeDecisions(entries), inputLimits, onlookers);
}

/** Runs any decisions. `seed` only names the run. */
export function runDecisions(
  setup: RunSetup,
  seed: number,
  decisions: Decisions,
  inputLimits: Readonly<Record<string, number>>,
): Run {
  return run(setup, seed, decisions, inputLimits, {});
}

const SEEDS_PER_STRICT_RUN = 8; // freezing and codec round trips cost more than the run itself, so a share of the runs pays for them

/** A seed is always checked in the same way, so that its repetition finds the same. */
function checksOf(seed: number): RunRequest['checks'] {
  return seed % SEEDS_PER_STRICT_RUN === 0 ? 'strict' : 'checked';
}

function run(
  setup: RunSetup,
  seed: number,
  decisions: Decisions,
  inputLimits: Readonly<Record<string, number>>,
  onlookers: Onlookers,
): Run {
  const startedAt = performance.now();
  const { guest } = setup;
  const lastCall = { what: '' };
  const { onProgress, ...others } = onlookers;
  const request = { ...givenOf(setup), decisions, checks: checksOf(seed), inputLimits, lastCall, ...others };
  let atMs = 0;
  const tell = (progress: RunProgress): void => {
    atMs = progress.simulatedMs;
    onProgress?.(progress);
  };
  const result = toTheEnd(runInPieces(guest, request), tell, (stood) =>
    standstillOf(guest.name, `seed ${seed}, at ${formatSeconds(atMs)} of simulated time`, lastCall, stood),
  );
  const wallMs = performance.now() - startedAt;
  let entries: readonly TapeEntry[] | null = null;
  return {
    seed,
    result,
    get entries() {
      return (entries ??= decisions.tape()); // most runs of a sweep are asked for none
    },
    wallMs,
  };
}

/** The oracle that spoke first, or the verdict. Empty if it passed. */
export function failureOf(result: RunResult): string {
  return result.verdict === 'pass' ? '' : (result.violations[0]?.oracle ?? result.verdict);
}
