// What a run of a scenario is given, and what comes out of it. The runner is `run.ts`; the command line and the tests only see these.
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import type { Value } from '../../core/base/value.ts';
import type { Decisions } from '../decisions.ts';
import type { Violation } from '../observation.ts';
import type { EventRecord } from '../world-types.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { OnStory } from './observer/story.ts';
import type { Phase } from './phases.ts';
import type { SimOptions } from './sim-options.ts';
import type { StrikeKind } from './strikes.ts';

/** Records of a topic: `splits[s]` in reading order. A record of the user's is a `type`: the compiler knows no `interface` as a `Value`. */
export interface Topic {
  readonly splits: readonly (readonly Value[])[];
}

/** Limits of a kind of fault; what is absent is not limited. */
export interface FaultAim {
  readonly roles?: readonly ('job-manager' | 'task-manager')[];
  readonly shortestMs?: number;
  readonly longestMs?: number;
}

/** A scenario file exports one of these as `scenario`. Data first. */
export interface Scenario {
  readonly name: string;
  /** One sentence: the story. */
  readonly about: string;
  readonly cluster: {
    readonly jobManagers: number;
    readonly taskManagers: number;
    readonly slotsPerTaskManager: number;
  };
  readonly job: JobDefinition;
  /**
   * Named data that the caller loads and hands over in `RunRequest.data`: `./orders.jsonl` or `./orders.json` is a file beside the scenario, a line
   * or an element of which is a record; `flights-20k` is a known data set. A browser fetches it.
   */
  readonly data?: readonly string[];
  /**
   * The topics, from the data and workload decisions: `pick(question, n)` is a decision of stream `workload/<question>`. `times` is how many
   * times its plain length the input should have: 1 in the simulator, more where time is real and the job is short.
   */
  readonly input: (given: {
    readonly data: Readonly<Record<string, Value>>;
    readonly pick: (question: string, n: number) => number;
    readonly times: number;
  }) => Readonly<Record<string, Topic>>;
  readonly options?: Partial<ClusterOptions>;
  readonly sim?: Partial<SimOptions>;
  /** Options drawn per run: `[smallest, largest]`. */
  readonly draw?: Readonly<Partial<Record<keyof ClusterOptions, readonly [number, number]>>>;
  /** Faults by weight: the mean number of times that a run asks for it. A fault that is not named is off. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Where and for how long faults of a kind strike, where that is not left to chance. */
  readonly aim?: Readonly<Partial<Record<FaultKind, FaultAim>>>;
  /** A run with faults on fires at least so many that hit something: where the draw gives fewer, the odds rise. Default 0. */
  readonly atLeastFaults?: number;
  /** Phases in which a fault of this scenario cannot hit anything, each with the reason. */
  readonly excuses?: readonly {
    readonly fault: FaultKind;
    readonly phases: readonly Phase[];
    readonly because: string;
  }[];
  /** The output multiset does not depend on the order between splits: it is compared with the sequential reference. */
  readonly reference: boolean;
  /**
   * A check of the user's: what is wrong with the committed output, or null. One of `reference` and `check` is needed. What is to be expected must
   * follow from `input`: a failure is shrunk by cutting the input, and a fixed number of records would fail on none as well.
   */
  readonly check?: (input: Readonly<Record<string, Topic>>, committed: readonly Value[]) => string | null;
  /** How the committed output is written to a file: order of the lines. */
  readonly sortBy?: (value: Value) => string;
  /** How it runs in real processes. */
  readonly real?: RealRun;
}

export interface RealRun {
  /** What is done to the processes; absent: nothing. */
  readonly strike?: StrikeKind;
  /** Whole; handed to `input`. Default 1. */
  readonly times?: number;
  /** On top of the defaults: those of the scenario are made for simulated time. */
  readonly options?: Partial<ClusterOptions>;
}

export interface RunRequest {
  readonly scenario: Scenario;
  readonly decisions: Decisions;
  /** Overrides of `--set`, by name, over both option tables. */
  readonly set: Readonly<Record<string, number>>;
  /** Fault kinds in force: all of the scenario, a choice, or none. */
  readonly faults: 'scenario' | readonly FaultKind[];
  readonly data: Readonly<Record<string, Value>>;
  /** Hash of the job's artifact. */
  readonly artifact: string;
  /** `bare`: nothing is checked or hashed. `checked`: oracles, invariants, hash, user code with frozen data. `strict`: frozen messages and codec round trips too. */
  readonly checks: 'bare' | 'checked' | 'strict';
  /** Called with each line of the trace (JSON), if somebody wants it. */
  readonly onTrace?: (line: string) => void;
  /** Records kept of a split, by `topic/split`: the shrinker cuts splits from the end. A split that is not named is whole. */
  readonly inputLimits?: Readonly<Record<string, number>>;
  /** Called after each event, if determinism is checked; it must not change what happens. */
  readonly onEvent?: (event: EventRecord) => void;
  /** Called with what happened, in order, if somebody wants to be told. */
  readonly onStory?: OnStory;
  /** Kept up to date during the run, unless it is bare. */
  readonly lastCall?: LastCall;
}

/** Which of the scenario's own functions was called last, in words; empty if none was. */
export interface LastCall {
  what: string;
}

/** How far a run is. */
export interface RunProgress {
  readonly simulatedMs: number;
  readonly events: number;
  /** Completed. */
  readonly checkpoints: number;
}

/** `threw`: a machine threw or broke an invariant. */
export type VerdictKind = 'pass' | 'correctness' | 'liveness' | 'threw';

export interface FaultLogEntry {
  readonly atMs: number;
  readonly fault: string;
  readonly target: string;
  readonly text: string;
  readonly hit: boolean;
  /** The decision that made it happen, where it is known: a tape then tells what its entries mean. */
  readonly decision?: { readonly stream: string; readonly index: number };
}

export interface RunResult {
  readonly verdict: VerdictKind;
  /** One sentence. */
  readonly sentence: string;
  readonly violations: readonly Violation[];
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
  /** Fault kind to times fired (hit something). */
  readonly faults: Readonly<Record<string, number>>;
  /** Fault kind to phase to times hit. */
  readonly faultPhases: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Every fault that fired, in order: what happened, when and where. */
  readonly faultLog: readonly FaultLogEntry[];
  readonly checkpoints: { readonly completed: number; readonly aborted: Readonly<Record<string, number>> };
  readonly restarts: number;
  readonly leaderChanges: number;
  /** Records of each split that was read, by `topic/split`, after `inputLimits`. */
  readonly inputLengths?: Readonly<Record<string, number>>;
  /** Records that the sources emitted for good, and what was committed, in commit order by sink. */
  readonly recordsIn: number;
  readonly committed: Readonly<Record<string, readonly Value[]>>;
  /** Groups of equal lines compared with the reference, or null where the scenario has its own check only, or in bare runs. */
  readonly compared: { readonly groups: number; readonly records: number } | null;
  readonly finished: boolean;
}
