// The jobs of a scenario, one or several, and the clients that submit them: all in one form.
import type { Address } from '../core/base/vocabulary.ts';
import { requiredSlots } from '../core/graph/chaining.ts';
import type { JobDefinition } from '../core/graph/define-job.ts';
import type { OperatorParallelism } from '../core/protocol/messages.ts';
import type { Draining, Moment, Rescaling, Scenario, SubmittedJob } from './scenario.ts';

/** A job as a run has it. */
export interface JobOfRun {
  /** `job-1`, `job-2`, … in the order of the scenario. */
  readonly jobId: string;
  readonly job: JobDefinition;
  /** Who submits it, and when: one client, or several that submit the very same. Addresses count over all jobs. */
  readonly clients: readonly { readonly address: Address; readonly submitAtMs: number }[];
  /** Who wants something else of it, and when. */
  readonly others: readonly OtherClient[];
  readonly reference: boolean;
  readonly check: Scenario['check'];
  /** The savepoint that its client takes of another job, and submits it from; null: it starts from nothing. */
  readonly follows: Followed | null;
  /** Null: as it may. */
  readonly ends: 'FAILED' | null;
  /** Its code may end its TaskManager. */
  readonly endsProcess: boolean;
}

/** How a job follows another one. */
export interface Followed {
  /** Of the other one. */
  readonly jobId: string;
  /** '': that of the checkpoint which is kept, as the end of the job tells. */
  readonly savepointId: string;
  readonly atMs: Moment;
  readonly by: 'stop' | 'cancel' | 'retained';
  readonly claimMode: 'CLAIM' | 'NO_CLAIM';
  readonly allowNonRestoredState: boolean;
}

/** A client that does not submit. */
export interface OtherClient {
  readonly address: Address;
  readonly wants:
    | 'cancel'
    | 'stop'
    | 'rescale'
    | 'status'
    | 'checkpoints'
    | 'exceptions'
    | 'remove'
    | 'take-checkpoint'
    | 'savepoint'
    | 'dispose'
    | 'list'
    | 'look'
    | 'drain'
    | 'undrain';
  readonly atMs: Moment;
  /** Of whom wants something of a savepoint, or a checkpoint now: its id, or that of the trigger; else ''. */
  readonly savepointId: string;
  /** Of whom stops a job: its sources end first. */
  readonly drain: boolean;
  /** Of whom rescales a job, else empty. */
  readonly parallelism: readonly OperatorParallelism[];
  /** Of whom wants something of a TaskManager, else ''. */
  readonly taskManager: Address;
}

/** What a client that only submits, or asks, does not say. */
export const NOTHING_ELSE = { savepointId: '', drain: false, parallelism: [], taskManager: '' } as const;

type Jobs = Pick<Scenario, 'job' | 'jobs' | 'reference' | 'check'>;

export function jobsOf({ job, jobs, reference, check }: Jobs): readonly JobOfRun[] {
  const given: readonly SubmittedJob[] = jobs ?? (job === undefined ? [] : [{ job }]);
  let clients = 0;
  const nextAddress = (): Address => `client-${(clients += 1)}`;
  return given.map((one, index) => ({
    jobId: `job-${index + 1}`,
    job: one.job,
    clients: timesOf(one).map((submitAtMs) => ({ address: nextAddress(), submitAtMs })),
    others: othersOf(one).map((other) => ({ address: nextAddress(), ...other })),
    reference: one.reference ?? reference,
    check: one.check ?? check,
    follows: followedBy(one, index),
    ends: one.ends ?? null,
    endsProcess: one.endsProcess ?? false,
  }));
}

function othersOf(one: SubmittedJob): readonly Omit<OtherClient, 'address'>[] {
  return [
    ...wishesOf('cancel', one.cancelAtMs),
    ...wishesOf('stop', one.stopAtMs, one.drain),
    ...(one.rescale ?? []).map(rescaling),
    ...wishesOf('status', one.statusAtMs),
    ...wishesOf('checkpoints', one.checkpointsAtMs),
    ...wishesOf('exceptions', one.exceptionsAtMs),
    ...wishesOf('remove', one.removeAtMs),
    ...wishesOf('take-checkpoint', one.takeCheckpointAtMs),
    ...wishesOf('savepoint', one.savepointAtMs),
    ...wishesOf('dispose', one.disposeAtMs),
  ];
}

function rescaling({ atMs, parallelism }: Rescaling): Omit<OtherClient, 'address'> {
  const wanted = Object.entries(parallelism).map(([operator, subtasks]) => ({ operator, parallelism: subtasks }));
  return { ...NOTHING_ELSE, wants: 'rescale', atMs, parallelism: wanted };
}

/** The most slots that a job ever needs. */
function slotsOf({ job, others }: JobOfRun): number {
  const wanted = others.flatMap(({ parallelism }) => parallelism.map((one) => one.parallelism));
  return Math.max(requiredSlots(job.graph), ...wanted);
}

function savepointIdOf(wants: OtherClient['wants'], number: number): string {
  if (wants === 'stop') return `stop-${number}`;
  if (wants === 'take-checkpoint') return `trigger-${number}`;
  return wants === 'savepoint' || wants === 'dispose' ? `savepoint-${number}` : '';
}

/** The first wish about a savepoint is about `savepoint-1`, the second about `savepoint-2`, and so on; wishes to stop are about `stop-1`, `stop-2`, …. */
function wishesOf(
  wants: OtherClient['wants'],
  atMs: Moment | readonly Moment[] = [],
  drain = false,
): readonly Omit<OtherClient, 'address'>[] {
  return listOf(atMs).map((one, index) => {
    return { ...NOTHING_ELSE, wants, atMs: one, savepointId: savepointIdOf(wants, index + 1), drain };
  });
}

/** Who asks for the list of all jobs, drains TaskManagers, or looks on. Their addresses follow those of all others. */
export function clusterClientsOf(scenario: Scenario): readonly OtherClient[] {
  const before = jobsOf(scenario).reduce((sum, { clients, others }) => sum + clients.length + others.length, 0);
  const wishes = [
    ...wishesOf('list', scenario.listAtMs),
    ...(scenario.drains ?? []).flatMap(draining),
    ...wishesOf('look', scenario.lookAtMs),
  ];
  return wishes.map((wish, index) => ({ address: `client-${before + index + 1}`, ...wish }));
}

function draining({ taskManager, atMs, backAtMs }: Draining): readonly Omit<OtherClient, 'address'>[] {
  const drained = { ...NOTHING_ELSE, wants: 'drain', atMs, taskManager: `tm-${taskManager}` } as const;
  return backAtMs === undefined ? [drained] : [drained, { ...drained, wants: 'undrain', atMs: backAtMs }];
}

/** Addresses of all clients. */
export function clientsOf(scenario: Scenario): readonly Address[] {
  const ofJobs = jobsOf(scenario).flatMap(({ clients, others }) => [...clients, ...others]);
  return [...ofJobs, ...clusterClientsOf(scenario)].map(({ address }) => address);
}

function followedBy({ follows }: SubmittedJob, index: number): Followed | null {
  if (follows === undefined) return null;
  const { job, atMs, by = 'stop', claimMode = 'NO_CLAIM', allowNonRestoredState = false } = follows;
  const savepointId = by === 'retained' ? '' : `for-job-${index + 1}`;
  return { jobId: `job-${job}`, savepointId, atMs, by, claimMode, allowNonRestoredState };
}

/** Who follows another job begins then to ask for a savepoint of it. */
function timesOf({ submitAtMs = 0, follows }: SubmittedJob): readonly number[] {
  return follows === undefined ? listOf(submitAtMs) : [lastMoment(follows.atMs)];
}

/** The latest time that is meant. */
function lastMoment(moment: Moment): number {
  return typeof moment === 'number' ? moment : moment.to;
}

/** Slots that the jobs need at a time: a job and the one that it follows never run at once. */
export function slotsNeeded(jobs: readonly JobOfRun[]): number {
  const needed = new Map<string, number>();
  for (const one of jobs) {
    const { jobId, follows } = one;
    const before = follows === null ? 0 : (needed.get(follows.jobId) ?? 0);
    if (follows !== null) needed.delete(follows.jobId);
    needed.set(jobId, Math.max(before, slotsOf(one)));
  }
  return [...needed.values()].reduce((sum, slots) => sum + slots, 0);
}

/** TaskManagers without which the jobs cannot run, those that may be drained beside them. */
export function taskManagersNeeded(scenario: Scenario): number {
  const drained = new Set((scenario.drains ?? []).map(({ taskManager }) => taskManager));
  return Math.ceil(slotsNeeded(jobsOf(scenario)) / scenario.cluster.slotsPerTaskManager) + drained.size;
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [given as T];
}

/** The name of a job's code: one bundle holds that of all jobs of a scenario. */
export function artifactOf(bundle: string, jobs: number, jobId: string): string {
  return jobs === 1 ? bundle : `${bundle}/${jobId}`;
}
