// The contract of what can be run: a guest brings nodes, services, a workload, faults and judges, and tells when it is over. One runner
// (run-guest.ts) and one command line serve every guest. The Millrace cluster is one (cluster/), a user's machines are another (machines/).
import type { OptionTable } from '../core/base/options.ts';
import type { GuestHeader } from '../run/trace.ts';
import type { Decisions } from './decisions.ts';
import type { Violation, WorldView } from './observation.ts';
import type { DecisionRole } from './search/shrink.ts';
import type { Excuse } from './search/sweep-coverage.ts';
import type { WayToFail } from './search/way-to-fail.ts';
import type { OnStory } from './story.ts';
import type { Checks, EventRecord, World } from './world-types.ts';

/** Something that can be run, any number of times. `R` is what comes out of a run of it. */
export interface Guest<R extends RunResult = RunResult> {
  /** What sort of guest: a tape of one means nothing to another. */
  readonly kind: GuestKind;
  /** A word; files are named after it. */
  readonly name: string;
  /** One sentence: the story. */
  readonly about: string;
  /** What a reader of its traces has to know of it: roles of nodes, services of requests, what messages are about. */
  readonly header: GuestHeader;
  /** What `--set` can set. */
  readonly options: OptionTable;
  /** Options under which nothing takes time: what happens at one moment may then come in every order. */
  readonly timeless: Readonly<Record<string, number>>;
  /** Values of its option `parallelismMax` that make it smaller, each smaller than the next; none: it has no parallelism. */
  readonly parallelisms: readonly number[];
  /** What `--faults` can name. */
  readonly faultKinds: readonly string[];
  /** Why a kind of these can hit nothing here, as a clause; null: it can. */
  whyIdle(fault: string): string | null;
  /** Faults by weight: the mean number of times that a run asks for it. A kind that is not named, or has weight 0, is off. */
  readonly weights: Readonly<Record<string, number>>;
  /** Phases in which a fault can hit; null: the guest knows of none. */
  readonly coverage: Coverage | null;
  /** What a stream of decisions is about: what is shrunk first. */
  roleOf(stream: string): DecisionRole;
  /** Draws what is to be drawn, and makes the world at time 0. Throws a `ScenarioMistake` on what its author got wrong. */
  begin(request: RunRequest): GuestRun<R>;
  /** What there is to say of a run besides what the runner knows. */
  tell(result: R): Told;
  /** What a sweep adds up: all that it wants to be told of a run. */
  count(result: R): Counts;
  /** The same of many runs, from the sums of their counts. */
  sumUp(counts: Counts, runs: number): Pick<Told, 'rows' | 'json'>;
  /** That runs which counted this much in all prove nothing, as a sentence; null: they prove something. */
  provesNothing(counts: Counts): string | null;
  /** The text of the output file; null: this run has none. Calls code of its author. */
  outputOf(result: R): string | null;
}

export const guestKinds = ['job', 'machines'] as const;

export type GuestKind = (typeof guestKinds)[number];

export interface Coverage {
  readonly phases: readonly string[];
  readonly excuses: readonly Excuse[];
}

/** Times by name; what is counted is the guest's affair. */
export type Counts = Readonly<Record<string, number>>;

/** A label, and what there is to say. */
export type Row = readonly [label: string, text: string];

export interface Told {
  readonly rows: readonly Row[];
  /** Beside the verdict: what the output was compared with, and what could not be. */
  readonly comparison: readonly Row[];
  /** Fields of the object that `--json` prints. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Faults without odds, for whoever tries all runs. A kind in force is asked wherever it may strike, until so many faults have hit.
 * Weights, slots and moments that are struck more readily do not matter, and a fault lasts one of two times at the most.
 */
export interface ExactFaults {
  /** So many faults hit at the most; 0: none is asked. */
  readonly faultsMax: number;
  /** So long, in ms of world time, faults may strike and last, if the run is not over before. Absent: as long as those of any run. */
  readonly untilMs?: number;
}

/** What every run is given. */
export interface RunRequest {
  readonly decisions: Decisions;
  /** Overrides of `--set`, by name of option. */
  readonly set: Readonly<Record<string, number>>;
  /** Fault kinds in force: all of the scenario, a choice, or none. */
  readonly faults: 'scenario' | readonly string[];
  /** Those in force are asked wherever they may strike. Absent: by their weights, with odds. */
  readonly exactFaults?: ExactFaults;
  /** `bare`: nothing is checked or hashed. `checked`: oracles, invariants, hash. `strict`: frozen messages and codec round trips too. */
  readonly checks: Checks;
  /** Called with each line of the trace (JSON), if somebody wants it. */
  readonly onTrace?: (line: string) => void;
  /** Length kept of an input, by its name: the shrinker cuts inputs from the end. An input that is not named is whole. */
  readonly inputLimits?: Readonly<Record<string, number>>;
  /** Called after each event, if determinism is checked; it must not change what happens. */
  readonly onEvent?: (event: EventRecord) => void;
  /** Called with what happened, in order, if somebody wants to be told. */
  readonly onStory?: OnStory;
  /** Kept up to date during the run, unless it is bare: which code of the guest's author was called last, in words. */
  readonly lastCall?: { what: string };
}

/** A run at time 0, with its world and everything that looks on. */
export interface GuestRun<R extends RunResult = RunResult> {
  readonly world: World;
  /** Names of the oracles that judge it. */
  readonly judges: readonly string[];
  /** Groups of nodes, by address, that can change places: nothing orders by which of them is which. Default: there are none. */
  readonly symmetric?: readonly (readonly string[])[];
  /** Options that were drawn or set, by name. */
  readonly drawn: Readonly<Record<string, number>>;
  /** Faults strike for at most so long. */
  readonly faultsUs: number;
  /** Between which moments everything can be explored. */
  readonly moments: Moments;
  /** The moment at which the oracles may say their last word, or null: things would have to settle first. */
  readonly lastMoment: string | null;
  /** The run did what it was made for. */
  isFinished(): boolean;
  /** Asked once, when faults have stopped: by when all must be well again. */
  recovery(): Stage;
  /** Asked once, after that: how long things may settle until the oracles say their last word. */
  settling(): Stage;
  /** What was counted so far, for a line of progress: 3 of `checkpoint`. */
  progress(): readonly [count: number, noun: string];
  /** Faults that fired so far. */
  faults(): FaultTallies;
  /** The sentence of a run that passed, or that is not finished. */
  sentenceOf(outcome: 'pass' | 'unfinished'): string;
  /** The result, from what all guests have in common. */
  resultOf(judged: RunResult): R;
}

/** Moments of a run by name. Each is true from then on, and depends on the view alone; `begin` is always true. */
export type Moments = Readonly<Record<string, (view: WorldView) => boolean>>;

/** A part of a run: it is over when it is enough, or when its time has passed. */
export interface Stage {
  readonly withinUs: number;
  isEnough(): boolean;
}

export interface FaultTallies {
  /** Fault kind to times hit. */
  readonly faults: Counts;
  /** Fault kind to phase to times hit. */
  readonly faultPhases: Readonly<Record<string, Counts>>;
  /** Every fault that fired, in order: what happened, when and where. */
  readonly faultLog: readonly FaultLogEntry[];
}

export interface FaultLogEntry {
  readonly atMs: number;
  readonly fault: string;
  readonly target: string;
  readonly text: string;
  readonly hit: boolean;
  /** The decision that made it happen, where it is known: a tape then tells what its entries mean. */
  readonly decision?: { readonly stream: string; readonly index: number };
}

/** How far a run is. */
export interface RunProgress {
  readonly simulatedMs: number;
  readonly events: number;
  readonly counted: readonly [count: number, noun: string];
}

/** `threw`: a machine threw, broke an invariant, or broke the contract of a machine. */
export type VerdictKind = 'pass' | 'correctness' | 'liveness' | 'threw';

/** What comes out of every run; a guest adds to it. Plain data. */
export interface RunResult extends FaultTallies {
  readonly verdict: VerdictKind;
  /** One sentence. */
  readonly sentence: string;
  readonly violations: readonly Violation[];
  /** How it failed, as data; by it two failures are the same or not. */
  readonly ways: readonly WayToFail[];
  /** If a machine threw: the first lines of the stack. */
  readonly thrownAt: readonly string[];
  /** Oracle name to `pass` or its first sentence. */
  readonly oracles: Readonly<Record<string, string>>;
  /** Hexadecimal, rolled over every input and effect. Empty in bare runs. */
  readonly traceHash: string;
  /** The rolling hash after each 1,000 events: a divergence has a place. */
  readonly hashes: readonly string[];
  readonly events: number;
  readonly simulatedMs: number;
  /** The options that were drawn or set, by name. */
  readonly drawn: Readonly<Record<string, number>>;
  /** Length of each input that was read, by its name, after `inputLimits`. */
  readonly inputLengths?: Readonly<Record<string, number>>;
  readonly finished: boolean;
}
