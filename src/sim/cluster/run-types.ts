// What a run of a scenario is given, and what comes out of it. The runner is `run.ts`; the command line and the tests only see these.
import type { Value } from '../../core/base/value.ts';
import type { FaultKind } from '../../scenario/fault-kinds.ts';
import type { LastCall } from '../../scenario/last-call.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { Decisions } from '../decisions.ts';
import type { WayToFail } from '../search/way-to-fail.ts';
import type { Violation } from '../observation.ts';
import type { EventRecord } from '../world-types.ts';
import type { OnStory } from './observer/story.ts';

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
  /** What of the state of checkpoints no reference can judge, a sentence each. */
  readonly unjudged: readonly string[];
  readonly compared: { readonly groups: number; readonly records: number } | null;
  readonly finished: boolean;
}
