// What a run of a job is given besides what every run is given, and what comes out of it.
import type { Value } from '../../core/base/value.ts';
import type { FunctionCalls } from '../../scenario/code/function-calls.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { RunRequest, RunResult } from '../guest.ts';

/** The job, and what it reads. */
export interface JobGiven {
  readonly scenario: Scenario;
  readonly data: Readonly<Record<string, Value>>;
  /** Hash of the job's artifact. */
  readonly artifact: string;
  /** Calls functions of `mapAsync`. Default: no job has one. */
  readonly functions?: FunctionCalls;
}

export interface JobRunRequest extends RunRequest, JobGiven {}

export interface JobRunResult extends RunResult {
  readonly checkpoints: { readonly completed: number; readonly aborted: Readonly<Record<string, number>> };
  readonly restarts: number;
  readonly leaderChanges: number;
  /** Records of each split that was read, by `topic/split`, after `inputLimits`. */
  readonly inputLengths?: Readonly<Record<string, number>>;
  /** Records that the sources emitted for good, and what was committed, in commit order by sink. */
  readonly recordsIn: number;
  /** Records that windows drop as late, in a sequential run of all jobs: in another order of splits it may be other ones. 0 in bare runs. */
  readonly lateRecords: number;
  /** Topics of the input that no source reads. */
  readonly unread: readonly string[];
  readonly committed: Readonly<Record<string, readonly Value[]>>;
  /** What of the state of checkpoints no reference can judge, a sentence each. */
  readonly unjudged: readonly string[];
  /** Sinks whose content was compared with the reference, or null where the scenario has its own check only, or in bare runs. */
  readonly compared: readonly string[] | null;
}
