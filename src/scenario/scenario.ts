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
  /** Each split in its own order; as many as the source says. */
  readonly splits: readonly (readonly Value[])[];
  /**
   * More records might always come, so that no split ever ends: a job that reads it runs until a client stops or cancels it. In the simulator; real
   * processes read files, which end.
   * @default false
   */
  readonly endless?: boolean;
  /**
   * When the records of each split are there, since the run began: before that the split has nothing yet, and no end. In the simulator.
   * @unit ms
   * @default 0 for each
   */
  readonly fromMs?: readonly number[];
}

/** Code that does not give the same result each time, as code does that asks chance, a clock, or somebody else. */
export interface VaryingCode {
  /** A `map` or `flatMap` that stands directly behind its sources, and alone there. */
  readonly operator: string;
  /** Another result than the code gives; `chance` is 1, 2 or 3. The keys of state must not depend on it. */
  readonly change: (result: Value, chance: number) => Value;
  /** What of a record of a sink is the same, whatever the code gave. */
  readonly identity: (record: Value) => Value;
}

/** Limits of a kind of fault; what is absent is not limited. */
export interface FaultAim {
  /**
   * Processes that are struck.
   * @default both
   */
  readonly roles?: readonly ('job-manager' | 'task-manager')[];
  /**
   * The shortest time that the fault lasts.
   * @unit ms
   * @default as the kind has it
   */
  readonly shortestMs?: number;
  /**
   * The longest time that the fault lasts.
   * @unit ms
   * @default as the kind has it
   */
  readonly longestMs?: number;
}

/** A scenario file exports one of these as `scenario`. Data first. */
export interface Scenario {
  /**
   * A word of letters, digits, dots and dashes: files are named after it.
   * @example
   * ```ts
   * name: 'balances',
   * ```
   */
  readonly name: string;
  /**
   * One sentence: the story.
   * @example
   * ```ts
   * about: 'Adds up payments by account while TaskManagers die.',
   * ```
   */
  readonly about: string;
  /**
   * Processes, and slots: each slot runs one subtask of each operator, so there are as many slots as the largest parallelism at the least. More than
   * one JobManager are one leader and standbys.
   * @unit processes; slots
   * @example
   * ```ts
   * cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 },
   * ```
   */
  readonly cluster: {
    readonly jobManagers: number;
    readonly taskManagers: number;
    readonly slotsPerTaskManager: number;
  };
  /**
   * What `defineJob` returned: the one job that runs.
   * @default none; then there are `jobs`
   * @example
   * ```ts
   * job: defineJob('large-payments', (env) =>
   *   env
   *     .fromSource<Payment>('payments', { topic: 'payments', splits: 1 })
   *     .filter('large', ({ cents }) => cents >= 100)
   *     .sinkTo('ledger', { sink: 'ledger' }),
   * ),
   * ```
   */
  readonly job?: JobDefinition;
  /**
   * When a client asks for the list of all jobs, since the run began. A list: as many clients.
   * @unit ms
   * @default nobody does
   * @example
   * ```ts
   * listAtMs: [{ from: 0, to: 2_000 }, 3_000],
   * ```
   */
  readonly listAtMs?: Moment | readonly Moment[];
  /**
   * When a client begins to look on, since the run began: it asks for the cluster, for each job with its tasks, for its checkpoints and for one of them with
   * its subtasks, and for a job that there is not, twelve times in all, at moments of its own. A list: as many clients.
   * @unit ms
   * @default nobody does
   * @example
   * ```ts
   * lookAtMs: { from: 0, to: 2_000 },
   * ```
   */
  readonly lookAtMs?: Moment | readonly Moment[];
  /**
   * TaskManagers that a client drains for maintenance, since the run began: what runs there goes on elsewhere, if there are slots enough. One that is taken
   * back is used again.
   * @default nobody does
   * @example
   * ```ts
   * drains: [{ taskManager: 1, atMs: { from: 500, to: 1_500 }, backAtMs: 3_000 }],
   * ```
   */
  readonly drains?: readonly Draining[];
  /**
   * Processes that somebody ends in good order, as with SIGTERM: a TaskManager says goodbye, a JobManager that leads resigns, and another process comes in
   * their place, as behind a crash. In the simulator alone.
   * @default nobody does
   * @example
   * ```ts
   * stops: [{ taskManager: 1, atMs: { from: 500, to: 1_500 } }, { jobManager: 1, atMs: 2_000 }],
   * ```
   */
  readonly stops?: readonly Stopping[];
  /**
   * Several jobs in place of `job`, on one cluster that has slots for all of them: `job-1`, `job-2`, … in this order. Each writes to sinks of its own, and
   * is judged by itself; what is counted is counted together.
   * @default none; then there is a `job`
   * @example
   * ```ts
   * import { defineJob, defineScenario, type JobDefinition } from 'millrace/scenario';
   *
   * const doubled = (name: string): JobDefinition =>
   *   defineJob(name, (env) =>
   *     env
   *       .fromSource<number>('numbers', { topic: 'numbers', splits: 1 })
   *       .map('double', (number) => 2 * number)
   *       .sinkTo('out', { sink: name }),
   *   );
   *
   * export const scenario = defineScenario({
   *   name: 'early-and-late',
   *   about: 'Two jobs double the same numbers; two clients submit the second one, later.',
   *   cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
   *   jobs: [{ job: doubled('early') }, { job: doubled('late'), submitAtMs: [400, 500] }],
   *   input: () => ({ numbers: { splits: [[1, 2, 3]] } }),
   *   faults: { 'tm-crash': 1 },
   *   reference: true,
   * });
   * ```
   */
  readonly jobs?: readonly SubmittedJob[];
  /**
   * Data that is loaded before a run, by name: `./orders.jsonl` and `./orders.json` are files beside the scenario, a line or element of which is a
   * record; `flights-20k` is the data of the main job. `input` is given it.
   * @default none
   * @example
   * ```ts
   * data: ['flights-20k'],
   * input: ({ data }) => ({
   *   payments: { splits: [(data['flights-20k'] as Flight[]).slice(0, 50).map(({ origin, delay }) => ({ account: origin, cents: delay, at: 0 }))] },
   * }),
   * ```
   */
  readonly data?: readonly string[];
  /**
   * The topics, by name. `pick(question, n)` is a whole number in [0, n) that the seed decides (a decision of the stream `workload/<question>`), so that
   * inputs differ from seed to seed and a failure can be shrunk. `times` is how many times its plain length the input should have: 1 in the simulator,
   * more where time is real. It must be a function of what it is given.
   * @example
   * ```ts
   * input: ({ pick, times }) => {
   *   const salt = pick('payments', 1_024);
   *   const payment = (index: number): Payment => ({ account: `a-${mix(salt, index, 5)}`, cents: index, at: index * 100 });
   *   return { payments: { splits: [Array.from({ length: 40 * times }, (_, index) => payment(index))] } };
   * },
   * ```
   */
  readonly input: (given: {
    readonly data: Readonly<Record<string, Value>>;
    readonly pick: (question: string, n: number) => number;
    readonly times: number;
  }) => Readonly<Record<string, Topic>>;
  /**
   * Options of the cluster (the table is below), in the simulator. `--set` goes before them.
   * @unit in the name of each
   * @default those of the table
   * @example
   * ```ts
   * options: { checkpointIntervalMs: 300, restartDelayMs: 100 },
   * ```
   */
  readonly options?: Partial<ClusterOptions>;
  /**
   * Options of the simulated world: latencies, costs, bounds (the table is below). `--set` goes before them.
   * @unit in the name of each
   * @default those of the table
   * @example
   * ```ts
   * sim: { recordCostUs: 1_000, slowestFactor: 4 },
   * ```
   */
  readonly sim?: Partial<SimOptions>;
  /**
   * Options of the cluster that each run draws: `[smallest, largest]`, both included. `--set` goes before them.
   * @unit in the name of each
   * @default none is drawn
   * @example
   * ```ts
   * draw: { batchSizeRecords: [1, 64], bufferTimeoutMs: [1, 100] },
   * ```
   */
  readonly draw?: Readonly<Partial<Record<keyof ClusterOptions, readonly [number, number]>>>;
  /**
   * Faults by weight: how many times a run asks for each kind, on the average. A kind that is not named is off. `--faults` and `--no-faults` go before
   * them.
   * @unit times a run, 0.5 for every second run
   * @example
   * ```ts
   * faults: { 'tm-crash': 1, 'message-delay': 2, 'store-unknown': 0.5 },
   * ```
   */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /**
   * Whether each run draws which kinds of `faults` are in force: every kind is off in every second run. Faults hide each other; a run without some of
   * them comes to where the others alone lead. What `--faults` names is not drawn.
   * @default false
   * @example
   * ```ts
   * faults: { 'tm-crash': 1, pause: 1, 'store-fail': 1 },
   * swarm: true,
   * ```
   */
  readonly swarm?: boolean;
  /**
   * Code that does not give the same result each time, for the fault `user-chance`. In runs in which that is in force, no sequential run knows the values: output is
   * compared by its `identity`, and state of checkpoints by its keys.
   * @default all code gives the same each time
   * @example
   * ```ts
   * varies: {
   *   operator: 'account',
   *   change: (one, chance) => ({ ...(one as object), cents: chance }),
   *   identity: (sum) => (sum as { account: string }).account,
   * },
   * ```
   */
  readonly varies?: VaryingCode;
  /**
   * Where and for how long faults of a kind strike.
   * @default by chance, wherever the kind can
   * @example
   * ```ts
   * faults: { pause: 1 },
   * aim: { pause: { roles: ['task-manager'], shortestMs: 3_500, longestMs: 6_000 } },
   * ```
   */
  readonly aim?: Readonly<Partial<Record<FaultKind, FaultAim>>>;
  /**
   * A run with faults on fires at least so many that hit something: where the draw gives fewer, the odds rise.
   * @unit faults a run
   * @default 0
   * @example
   * ```ts
   * faults: { 'message-delay': 1 },
   * atLeastFaults: 1,
   * ```
   */
  readonly atLeastFaults?: number;
  /**
   * One of so many runs has pauses: behind the first fault that hits others follow for a moment, then none strikes until the cluster must be back, then
   * the next one may. What is stuck until another fault frees it shows in such a run. What `--faults` names comes without.
   * @unit runs, 1 for each of them, 0 for none
   * @default 0
   * @example
   * ```ts
   * faults: { 'tm-crash': 1, partition: 1 },
   * pauses: 3,
   * ```
   */
  readonly pauses?: number;
  /**
   * Phases of the protocol in which a fault of this scenario cannot hit anything, each with the reason: a sweep of 1,000 seeds or more fails if a fault
   * never hits in a phase that is not excused.
   * @default none
   * @example
   * ```ts
   * faults: { 'tm-crash': 1 },
   * excuses: [{ fault: 'tm-crash', phases: ['no leader'], because: 'the only JobManager leads from the beginning' }],
   * ```
   */
  readonly excuses?: readonly {
    readonly fault: FaultKind;
    readonly phases: readonly Phase[];
    readonly because: string;
  }[];
  /**
   * Whether the output is compared, record for record, with a sequential run of the job: for jobs whose output, as a multiset, does not depend on the
   * order in which records of several splits meet. One of `reference` and `check` is needed.
   * @example
   * ```ts
   * reference: true,
   * ```
   */
  readonly reference: boolean;
  /**
   * What is wrong with the committed output, in a sentence, or null. What it expects must follow from `input`: a failure is shrunk by cutting the input, and
   * a fixed number of records would fail on none as well.
   * @default the reference alone judges
   * @example
   * ```ts
   * reference: false,
   * check: ({ payments }, committed) => {
   *   const paid = payments?.splits.flat().length ?? 0;
   *   return committed.length === paid ? null : `${paid} payments came to ${committed.length} records`;
   * },
   * ```
   */
  readonly check?: (input: Readonly<Record<string, Topic>>, committed: readonly Value[]) => string | null;
  /**
   * The order of the lines in the file of the output: lines are sorted by this text. It judges nothing.
   * @default the record as JSON
   * @example
   * ```ts
   * sortBy: (record) => (record as Payment).account,
   * ```
   */
  readonly sortBy?: (value: Value) => string;
  /**
   * How it runs on real processes (`millrace real`).
   * @default a strike that `faults` allows, the plain length, the scenario's `options`
   * @example
   * ```ts
   * real: { strike: 'tm-crash', times: 5, options: { checkpointIntervalMs: 500 } },
   * ```
   */
  readonly real?: RealRun;
}

/**
 * A time since the run began. Of a span each run picks its own: `from`, or a whole number of steps behind it, up to `to`. `stepMs` is a whole number from 1, which is its default.
 * @unit ms
 */
export type Moment = number | { readonly from: number; readonly to: number; readonly stepMs?: number };

/** One of several jobs of a scenario. */
export interface SubmittedJob {
  /** What `defineJob` returned. */
  readonly job: JobDefinition;
  /**
   * When its client submits it, since the run began. A list: as many clients, each of which submits the very same job at its own time.
   * @unit ms
   * @default 0
   */
  readonly submitAtMs?: number | readonly number[];
  /**
   * When a client cancels it, since the run began. A list: as many clients.
   * @unit ms
   * @default nobody does
   */
  readonly cancelAtMs?: Moment | readonly Moment[];
  /**
   * When a client stops it with a savepoint, since the run began: it ends with what the savepoint covers. A list: as many clients, of as many
   * savepoints; the first one whose wish is taken wins, the others are refused.
   * @unit ms
   * @default nobody does
   */
  readonly stopAtMs?: Moment | readonly Moment[];
  /**
   * Whether its sources end first where it is stopped, so that all windows and timers fire; else none does.
   * @default false
   */
  readonly drain?: boolean;
  /**
   * When a client asks how it stands, since the run began. A list: as many clients.
   * @unit ms
   * @default nobody does
   */
  readonly statusAtMs?: Moment | readonly Moment[];
  /**
   * When a client asks for its checkpoints, since the run began; it is refused unless the job runs. A list: as many clients.
   * @unit ms
   * @default nobody does
   */
  readonly checkpointsAtMs?: Moment | readonly Moment[];
  /**
   * When a client asks for its latest failures, since the run began. A list: as many clients.
   * @unit ms
   * @default nobody does
   */
  readonly exceptionsAtMs?: Moment | readonly Moment[];
  /**
   * When a client removes it, since the run began: its result, if it is over by then; else the client is refused. A list: as many clients.
   * @unit ms
   * @default nobody does
   */
  readonly removeAtMs?: Moment | readonly Moment[];
  /**
   * When a client wants a checkpoint of it now, since the run began; it is refused unless all tasks run. A list: as many clients, of as many checkpoints.
   * @unit ms
   * @default nobody does
   */
  readonly takeCheckpointAtMs?: Moment | readonly Moment[];
  /**
   * When a client wants a savepoint of it, since the run began; it is refused unless all tasks run. A list: as many clients, of as many savepoints.
   * @unit ms
   * @default nobody does
   */
  readonly savepointAtMs?: Moment | readonly Moment[];
  /**
   * When a client disposes a savepoint of it, since the run began: the first one the first savepoint of `savepointAtMs`, and so on.
   * @unit ms
   * @default nobody does
   */
  readonly disposeAtMs?: Moment | readonly Moment[];
  /**
   * When a client gives operators of it other parallelism, since the run began, by operator; it begins again from its latest checkpoint. A list: as many
   * clients. The cluster has slots for the largest.
   * @unit ms
   * @default nobody does
   */
  readonly rescale?: readonly Rescaling[];
  /**
   * The job that it follows, and how. It is submitted by one client, when that job is over, and needs no `submitAtMs`.
   * @default it follows none, and starts from nothing
   */
  readonly follows?: Follows;
  /**
   * Whether the output of this job is compared with a sequential run; of one that follows another, with what comes behind the savepoint.
   * @default that of the scenario
   */
  readonly reference?: boolean;
  /**
   * A check of the output of this job alone.
   * @default that of the scenario
   */
  readonly check?: Scenario['check'];
  /**
   * How it must end. `FAILED`: its own code fails in each attempt, so that it needs neither a reference nor a check, and no other end is right.
   * @default `FINISHED`, or `CANCELED` where a client cancels it
   */
  readonly ends?: 'FAILED';
  /**
   * Its code may end the TaskManager that it runs in (`endProcess`): only then its scenario has work folders, in which that is noted.
   * @default false
   */
  readonly endsProcess?: boolean;
}

/** A TaskManager that is drained. */
export interface Draining {
  /** Its number, from 1. */
  readonly taskManager: number;
  /** When the client asks, since the run began. */
  readonly atMs: Moment;
  /**
   * When another client takes that back, since the run began.
   * @unit ms
   * @default nobody does
   */
  readonly backAtMs?: Moment;
}

/** A process that is ended in good order: of a TaskManager or of a JobManager. */
export type Stopping = StoppingTaskManager | StoppingJobManager;

/** A TaskManager whose process is ended in good order. */
export interface StoppingTaskManager {
  /** Its number, from 1. */
  readonly taskManager: number;
  /** When, since its process began. */
  readonly atMs: Moment;
}

/** A JobManager whose process is ended in good order. */
export interface StoppingJobManager {
  /** Its number, from 1. */
  readonly jobManager: number;
  /** When, since its process began. */
  readonly atMs: Moment;
}

/** Another parallelism for a job that runs. */
export interface Rescaling {
  /** When the client asks, since the run began. */
  readonly atMs: Moment;
  /** Subtasks by operator; what is not named keeps what it has. */
  readonly parallelism: Readonly<Record<string, number>>;
}

/**
 * A job that starts where another one was: a client stops that one with a savepoint, or takes a savepoint and cancels it when that is there, and submits this
 * one from it when the other one is over. It may write to the same sinks, with other parallelism; what it computes of a record is the same.
 */
export interface Follows {
  /** Its number among `jobs`, from 1: one before this one, that no other follows. */
  readonly job: number;
  /** When the client begins, since the run began. */
  readonly atMs: Moment;
  /**
   * `cancel`: what the other job commits behind the savepoint is written again. `retained`: there is no savepoint; the other job is cancelled, and this one
   * starts from the checkpoint that is kept of it, if `externalizedCheckpointRetention` is 2; from nothing where that job had none.
   * @default stop
   */
  readonly by?: 'stop' | 'cancel' | 'retained';
  /**
   * CLAIM: the savepoint is disposed behind the first checkpoint of this job.
   * @default NO_CLAIM
   */
  readonly claimMode?: 'CLAIM' | 'NO_CLAIM';
  /**
   * State that no operator of this job has a place for is left behind.
   * @default false
   */
  readonly allowNonRestoredState?: boolean;
}

/** How a scenario runs on real processes. */
export interface RealRun {
  /**
   * What is done to a process while the job runs: `tm-crash` and `jm-crash` are `kill -9`, `tm-pause` and `jm-pause` SIGSTOP for longer than a timeout,
   * `barrier-loss` takes one barrier out of a connection, `partition` cuts a TaskManager off, `jm-isolated` the leader from all TaskManagers. `tm-loss` and
   * `jm-loss` kill for good, `hanging-streams` is a partition behind which the old connections stay dead, and behind `tm-clock-back` a TaskManager comes
   * back with an empty work folder and its clock an hour back. To all processes at once: `all-crash`, `all-pause`; the disk is full (`disk-full`),
   * read-only (`disk-read-only`), or syncs fail or take long (`sync-fails`, `sync-slow`); clocks jump (`clocks-jump`); and behind `damaged-ha`,
   * `damaged-metadata`, `damaged-snapshot`, `damaged-artifact` and `damaged-sink` they start with a bit flipped in such a file. `--strike` and `--no-faults` go before it.
   * @default one that the seed draws from what `faults` allows; the verdict tells whether it proved something. None if they allow none.
   * @example
   * ```ts
   * real: { strike: 'partition' },
   * ```
   */
  readonly strike?: StrikeKind;
  /**
   * Handed to `input`, which makes its input so many times as long.
   * @unit times the plain length, whole
   * @default 1
   * @example
   * ```ts
   * real: { times: 3 },
   * ```
   */
  readonly times?: number;
  /**
   * Options of the cluster on real processes, before the scenario's `options`. Of those, times that are shorter than the default are made for
   * simulated time, and do not hold here: the verdict names them.
   * @unit in the name of each
   * @default the scenario's `options`
   * @example
   * ```ts
   * real: { options: { checkpointIntervalMs: 500 } },
   * ```
   */
  readonly options?: Partial<ClusterOptions>;
}
