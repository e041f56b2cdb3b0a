// O-leak: once the job is FINISHED, cleaned up, and things settled, everything is back at its idle value: no task, no slot in use, no request
// but the standing ones, no timer and no file of the job, no open transaction, and in the HA service only the leader and a clean result.
import { splitTimer, type SplitTimer } from '../../core/base/timers.ts';
import type { ClientState } from '../../core/client/state.ts';
import type { JobManagerState, Leader } from '../../core/jobmanager/state.ts';
import {
  checkpointsKey,
  counterKey,
  DRAINS_KEY,
  jobKey,
  LEADER_KEY,
  resultKey,
  savepointKey,
} from '../../core/protocol/ha-keys.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { ManagerTimer, TaskManagerState } from '../../core/taskmanager/state.ts';
import type { NodeView, Oracle, WorldView } from '../observation.ts';
import type { Caller } from '../service.ts';
import type { OracleContext } from './context.ts';
import { isDone } from './live.ts';
import { haWriteOf, type Applied, type Stepped } from './seen.ts';
import { haOf, sinksOf } from './service-views.ts';
import { attemptText, firstLines } from './text.ts';
import { unknownRecords, withRecordWrite, type RecordWrite } from './unreached-records.ts';

/** Only the end counts. What is remembered excuses what nobody who cleans up could know of. */ import { savepointsIn } from './savepoint-files.ts';

export interface LeakState {
  /** Jobs whose results are durable. */
  readonly over: Set<string>;
  /** Writes that create a key of the job, were asked for before that, and were not applied yet. */
  creations: readonly Creation[];
  /** Keys that such a write created only after that: its outcome was unknown, and it was long repeated. */
  readonly landedLate: Set<string>;
  /** Records of leaders that cannot be reached: the latest write of each. */
  recordWrites: readonly RecordWrite[];
}

/**
 * How long a world must go on after the job is over and clean, before what is left counts as leaked. A TaskManager that died just then may have
 * to be missed first, and to register again; and no word comes through to it until its leader has heard that their connection broke.
 *
 * @param lateNoticeMs after which both sides of a broken connection have heard of it
 */
export function settleMs(options: ClusterOptions, lateNoticeMs: number): number {
  return (
    lateNoticeMs +
    options.heartbeatTimeoutMs +
    options.registrationRetryMs +
    options.slotTimeoutMs +
    options.slotRequestTimeoutMs +
    options.cancelTimeoutMs +
    3 * options.heartbeatIntervalMs
  );
}

interface Creation extends Caller {
  readonly key: string;
}

function isOf({ node, incarnation, request, key }: Creation, applied: Applied): boolean {
  const written = applied.request as PortRequest;
  const isKey = written.kind === 'ha-write' && written.key === key;
  return isKey && node === applied.node && incarnation === applied.incarnation && request === applied.id;
}

/** @param jobs all of the run: only when none is left must everything be idle. */
export function leakOracle(jobs: readonly OracleContext[]): Oracle<LeakState> {
  return {
    name: 'O-leak',
    hears: { observations: ['applied'], requests: ['ha-write'] },
    create: () => ({ over: new Set(), creations: [], landedLate: new Set(), recordWrites: [] }),
    observe: (state, seen) => {
      if (seen.kind === 'stepped') noteCreations(state, jobs, seen);
      else if (seen.kind === 'applied') noteWrite(state, jobs, seen);
    },
    finish: (state, view, violate) => {
      if (!jobs.every((job) => isDone(job, view))) return;
      const leaks = [
        ...leaksOfHa(jobs, state, view),
        ...leaksOfSinks(view),
        ...view.nodes().flatMap((node) => leaksOfNode(jobs, node)),
      ];
      if (leaks.length > 0) {
        const what =
          jobs.length === 1
            ? 'the job is over, but something is left of it'
            : 'the jobs are over, but something is left of them';
        violate('something-left', what, firstLines(leaks));
      }
    },
    shift: (state, by) => {
      state.creations = state.creations.map((caller) => by.caller(caller));
      state.recordWrites = state.recordWrites.map((caller) => by.caller(caller));
    },
  };
}

function noteCreations(
  state: LeakState,
  jobs: readonly OracleContext[],
  { node, incarnation, effects }: Stepped,
): void {
  for (const effect of effects) {
    if (effect.effect !== 'request') continue;
    const request = effect.request as PortRequest;
    if (request.kind !== 'ha-write' || request.ifRevision !== 0) continue;
    const job = jobs.find(({ jobId }) => keysOf(jobId).includes(request.key));
    if (job !== undefined && !state.over.has(job.jobId))
      state.creations = [...state.creations, { node, incarnation, request: effect.id, key: request.key }];
  }
}

function noteWrite(state: LeakState, jobs: readonly OracleContext[], seen: Applied): void {
  const isCreation = state.creations.some((caller) => isOf(caller, seen));
  if (isCreation) state.creations = state.creations.filter((caller) => !isOf(caller, seen));
  const write = haWriteOf(seen);
  if (write === null) return;
  state.recordWrites = withRecordWrite(state.recordWrites, write.key, seen);
  const job = jobs.find(({ jobId }) => write.key === resultKey(jobId) || keysOf(jobId).includes(write.key));
  if (job === undefined) return;
  if (write.key === resultKey(job.jobId)) state.over.add(job.jobId);
  const isLate = state.over.has(job.jobId) && write.value !== null;
  if (isLate && isCreation) state.landedLate.add(write.key);
  else state.landedLate.delete(write.key);
}

/** What a job has in the HA service until it is cleaned up. */
function keysOf(jobId: string): readonly string[] {
  return [jobKey(jobId), checkpointsKey(jobId), counterKey(jobId)];
}

function leaksOfHa(
  jobs: readonly OracleContext[],
  { landedLate, recordWrites }: LeakState,
  view: WorldView,
): readonly string[] {
  const right = new Set([
    LEADER_KEY,
    DRAINS_KEY, // whatever becomes of jobs
    ...jobs.map(({ jobId }) => resultKey(jobId)),
    ...savepointsIn(view).map(({ jobId, savepointId }) => savepointKey(jobId, savepointId)),
    ...markedForGood(view),
    ...landedLate,
    ...unknownRecords(recordWrites, view),
  ]);
  return [...haOf(view).entries.keys()].filter((key) => !right.has(key)).map((key) => `HA service: key ${key}`);
}

/** Keys of disposed savepoints that stay until the next leader: a write of them may still land. */
function markedForGood(view: WorldView): readonly string[] {
  return view.nodes().flatMap(({ role, state }) => {
    const leader = role === 'job-manager' ? (state as JobManagerState).leader : null;
    return [...(leader?.savepoints.values() ?? [])]
      .filter(({ unsettled }) => unsettled)
      .map(({ record }) => savepointKey(record.jobId, record.savepointId));
  });
}

function leaksOfSinks(view: WorldView): readonly string[] {
  return [...sinksOf(view).sinks].flatMap(([sink, { open, prepared }]) => [
    ...[...open.keys()].map((transaction) => `sink ${sink}: open transaction ${transaction}`),
    ...[...prepared.keys()].map((transaction) => `sink ${sink}: prepared transaction ${transaction}`),
  ]);
}

function leaksOfNode(jobs: readonly OracleContext[], node: NodeView): readonly string[] {
  if (node.status !== 'running') return [];
  return leaksInState(jobs, node).map((leak) => `${node.address}: ${leak}`);
}

function leaksInState(jobs: readonly OracleContext[], { role, state }: NodeView): readonly string[] {
  switch (role) {
    case 'job-manager':
      return leaksOfJobManager(jobs, state as JobManagerState);
    case 'task-manager':
      return leaksOfTaskManager(state as TaskManagerState);
    case 'client':
      return foreignRequests([...(state as ClientState).requests.pending.values()]);
    default:
      return [];
  }
}

/** What stands for ever, and periodic ones, of which one may be on its way at any time. */
const standingRequests: ReadonlySet<string> = new Set([
  'look-at-lease',
  'campaign',
  'renew',
  'list-files',
  'watch-leader',
  'read-leader',
]);

function leaksOfJobManager(jobs: readonly OracleContext[], state: JobManagerState): readonly string[] {
  const leaks = foreignRequests([...state.requests.pending.values()].map(({ purpose }) => purpose.kind));
  return state.leader === null ? leaks : [...leaks, ...leaksOfLeader(jobs, state.leader)];
}

function leaksOfLeader(jobs: readonly OracleContext[], leader: Leader): readonly string[] {
  const slots = [...leader.taskManagers.values()].flatMap(({ address, slots }) =>
    slots
      .filter((slot) => slot.state !== 'FREE')
      .map(({ slotIndex, state }) => `slot ${address}/${slotIndex} is ${state}`),
  );
  return [
    ...[...leader.jobs.keys()].map((job) => `job ${job}`),
    ...[...leader.submissions.keys()].map((job) => `submission of ${job}`),
    ...[...leader.cleanUps.keys()].map((job) => `clean-up of ${job}`),
    ...[...leader.savepoints]
      .filter(([, { stage, unsettled }]) => stage !== 'DURABLE' && !(stage === 'RECORD' && unsettled))
      .map(([name, { stage }]) => `savepoint ${name}, which is ${stage}`),
    ...[...leader.collection.waiting].map((name) => `file to be deleted: ${name}`),
    ...[...leader.timers.deadlines.keys()]
      .filter((name) => jobs.some(({ jobId }) => name.includes(jobId)))
      .map((name) => `timer ${name}`),
    ...slots,
  ];
}

function leaksOfTaskManager({ tasks, slots, requests, timers }: TaskManagerState): readonly string[] {
  return [
    ...tasks.map(({ descriptor, status }) => `task ${attemptText(descriptor.attempt)} is ${status}`),
    ...slots.filter((slot) => slot.state !== 'FREE').map(({ index, state }) => `slot ${index} is ${state}`),
    ...[...timers.deadlines.keys()]
      .filter((name) => TIMERS_OF_SLOTS.has(splitTimer(name).kind))
      .map((name) => `timer ${name}`),
    ...foreignRequests([...requests.pending.values()]),
  ];
}

const TIMERS_OF_SLOTS: ReadonlySet<SplitTimer<ManagerTimer>['kind']> = new Set(['offer', 'slot']);

function foreignRequests(purposes: readonly string[]): readonly string[] {
  return purposes.filter((purpose) => !standingRequests.has(purpose)).map((purpose) => `request ${purpose}`);
}
