// A scenario of a job: one file says what runs, on what, and what is to be proven. The simulator and real processes read the same.
import type { ClusterOptions } from '../core/protocol/cluster-options.ts';
import type { JobDefinition } from '../core/graph/define-job.ts';
import type { Value } from '../core/base/value.ts';
import type { FaultKind } from './fault-kinds.ts';
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
