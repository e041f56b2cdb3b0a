// From an exploration that is asked for to what is explored: the loaded guest, its bounds with all defaults, and where it begins.
import { unknownName } from '../../../core/base/options.ts';
import type { GuestRun, Moments, RunRequest } from '../../../sim/guest.ts';
import { twinDifference, type GuestBounds, type GuestSearch } from '../../../sim/search/explore/explore-guest.ts';
import { silentNodeOf } from '../../../sim/search/explore/world/normal-form.ts';
import { plainDecisions } from '../../../sim/tape-decisions.ts';
import { runGuest } from '../../../sim/run-guest.ts';
import { kindOfFault } from '../../../sim/faults/forced.ts';
import { UsageError } from '../../exit-codes.ts';
import { prepare } from '../plan.ts';
import { faultsInForce, type RunSetup } from '../run-seed.ts';
import type { ExploreCommand } from './read-explore.ts';

export type InputLimits = Readonly<Record<string, number>>;

/** What is explored; how long its input is, is decided later. */
export interface ExplorePlan {
  /** Its settings are those of every run that is looked at, and of a tape of one. */
  readonly setup: RunSetup;
  /** What `--set` says. */
  readonly typed: Readonly<Record<string, number>>;
  /** What is drawn or set in each run, without what makes it timeless. */
  readonly options: Readonly<Record<string, number>>;
  readonly bounds: Omit<GuestBounds, 'inputLimits'>;
  readonly search: Pick<GuestSearch, 'order' | 'memory' | 'shortcuts' | 'statesMax' | 'bytesMax'>;
  /** All runs are explored in so many parts, each in a thread of its own, with its part of the memory. */
  readonly shares: number;
  /** Null: no bound. */
  readonly minutesMax: number | null;
  /** Nodes that change places in it: groups of addresses. Turns are by node, so that none do where there are some. */
  readonly symmetric: readonly (readonly string[])[];
  /** Records kept of each split; null: as many as fit. */
  readonly recordsMax: number | null;
  /** To try where there are too many runs, from the least to 0, which is that of the scenario; 0 alone: it is fixed, or there is none. */
  readonly parallelisms: readonly number[];
  /** Length of each input of a run, by its name; empty of machines. */
  readonly lengths: Readonly<Record<string, number>>;
}

const BYTES_PER_MB = 1_000_000;
/** So far the first moment is looked for where no moment is the last. */
const FROM_MAX_MS = 86_400_000;

export async function planExploration(command: ExploreCommand): Promise<ExplorePlan> {
  const prepared = await prepare(command);
  refuseTimes(prepared);
  if (command.recordsMax !== null && prepared.guest.kind === 'machines')
    throw new UsageError(`--records-max ${command.recordsMax}: machines have no records; leave it out`);
  const setup = timeless(prepared, faultsMaxOf(command, prepared));
  const run = beginPlainly(setup, {});
  const {
    order,
    memory,
    orders,
    unifies,
    mergesEntries,
    statesMax,
    memoryMaxMb,
    minutesMax,
    recordsMax,
    deviationsMax,
    chancesMax,
    fatesMax,
    reordersMax,
    threads,
  } = command;
  if (command.isForEver) checkRelative(setup, run);
  const faultsMs = Math.floor(run.faultsUs / 1_000);
  const untilMs = command.untilMs ?? (command.isForEver ? FROM_MAX_MS : faultsMs);
  const plan: ExplorePlan = {
    setup: {
      ...setup,
      exactFaults: { faultsMax: setup.exactFaults?.faultsMax ?? 0, untilMs: command.isForEver ? faultsMs : untilMs },
    },
    typed: prepared.set,
    options: Object.fromEntries(
      Object.entries(run.drawn).filter(([name]) => !Object.hasOwn(setup.guest.timeless, name)),
    ),
    bounds: {
      set: setup.set,
      faults: setup.faults === 'scenario' ? [] : setup.faults,
      faultsMax: setup.exactFaults?.faultsMax ?? 0,
      deviationsMax,
      chancesMax,
      fatesMax,
      reordersMax,
      ...momentsFor(setup, command, run.moments),
      untilMs,
      mustArrive: command.mustArrive,
      isForEver: command.isForEver,
    },
    search: {
      order,
      memory,
      shortcuts: { reduces: orders === 'some', unifies, mergesEntries },
      statesMax,
      bytesMax: Math.floor((memoryMaxMb * BYTES_PER_MB) / threads),
    },
    shares: threads,
    minutesMax,
    symmetric: unifies && reordersMax === null ? (run.symmetric ?? []) : [],
    recordsMax,
    parallelisms: Object.hasOwn(prepared.set, 'parallelismMax') ? [0] : [...setup.guest.parallelisms, 0],
    lengths: lengthsOf(setup),
  };
  if (command.isForEver) checkTwins(plan);
  return plan;
}

function checkTwins({ setup, bounds }: ExplorePlan): void {
  const difference = twinDifference(setup.guest, { ...bounds, inputLimits: {} });
  if (difference !== null) throw new UsageError(`--for-ever: ${difference}`);
}

function checkRelative({ guest: { name } }: RunSetup, { world }: GuestRun): void {
  const silent = silentNodeOf(world);
  if (silent === null) return;
  throw new UsageError(
    `--for-ever: the machine of ${silent} in ${name} does not say which fields of its state are moments and counters; give it \`relative\`, or leave --for-ever out`,
  );
}

/** The same of a job that is made smaller. */
export function withParallelism(plan: ExplorePlan, parallelismMax: number): ExplorePlan {
  const setup = { ...plan.setup, set: { ...plan.setup.set, parallelismMax } };
  return { ...plan, setup, bounds: { ...plan.bounds, set: setup.set }, lengths: lengthsOf(setup) };
}

/** How many faults a run may have. */
function faultsMaxOf({ faults, faultsMax }: ExploreCommand, setup: RunSetup): number {
  const forced = setup.faults === 'scenario' ? undefined : setup.faults.find((name) => kindOfFault(name) !== name);
  if (forced !== undefined)
    throw new UsageError(
      `--faults ${forced}: with --explore a fault strikes wherever it may; say --faults ${kindOfFault(forced)}`,
    );
  if (faults === 'scenario' && faultsInForce(setup).length === 0)
    throw new UsageError(`--faults scenario: the scenario "${setup.guest.name}" has none in force; name them`);
  return faultsMax ?? (faults.length > 0 ? 1 : 0);
}

/** Under these settings the order of events is a decision alone, and faults strike without odds. */
function timeless(setup: RunSetup, faultsMax: number): RunSetup {
  const set = { ...setup.guest.timeless, ...setup.set };
  return { ...setup, set, faults: faultsInForce(setup), exactFaults: { faultsMax } };
}

/** What takes time would be one order of many. */
function refuseTimes({ guest: { timeless }, set }: RunSetup): void {
  for (const [name, value] of Object.entries(set))
    if (Object.hasOwn(timeless, name) && value !== timeless[name])
      throw new UsageError(
        `--set ${name}=${value}: nothing takes time with --explore, which looks at what waits in every order; leave it out`,
      );
}

/** A run at time 0 that will go as plainly as it can. */
export function beginPlainly(setup: RunSetup, inputLimits: InputLimits): GuestRun {
  return beginRun(setup, { decisions: plainDecisions(), inputLimits });
}

/** A run at time 0 with the settings and checks of those that are explored. */
export function beginRun(
  { guest, set, faults, exactFaults }: RunSetup,
  given: Pick<RunRequest, 'decisions' | 'inputLimits' | 'onTrace'>,
): GuestRun {
  const exact = exactFaults === undefined ? {} : { exactFaults };
  return guest.begin({ set, faults, ...exact, checks: 'checked', ...given });
}

const defaultFrom = { job: 'running', machines: 'started' } as const;
const defaultTo = { job: 'finished', machines: 'over' } as const;

function momentsFor(
  { guest: { kind, name } }: RunSetup,
  { from, to, mustArrive }: ExploreCommand,
  moments: Moments,
): Pick<GuestBounds, 'from' | 'to'> {
  const known = Object.keys(moments);
  for (const [option, moment] of Object.entries({ from, to })) {
    if (moment !== null && !known.includes(moment))
      throw new UsageError(`--${option}: ${unknownName(`moment of ${name}`, moment, known)}`);
  }
  const end = to ?? (from === defaultTo[kind] ? '' : defaultTo[kind]); // behind the last moment there is none
  if (mustArrive && !known.includes(end))
    throw new UsageError(
      `--must-arrive: nothing says where runs of ${name} must be: give --to one of ${known.join(', ')}`,
    );
  return { from: from ?? defaultFrom[kind], to: known.includes(end) ? end : null };
}

/** Of a plain run. */
function lengthsOf({ guest, set }: RunSetup): Readonly<Record<string, number>> {
  if (guest.kind !== 'job') return {};
  const request = { decisions: plainDecisions(), set, faults: [], checks: 'bare' } as const;
  return runGuest(guest, request).inputLengths ?? {};
}
