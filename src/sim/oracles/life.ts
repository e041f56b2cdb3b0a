// O-life: how a job ends, and what its clients are told of it. A job is cancelled because somebody wanted it, and that was durable before anybody was
// told; so is its stop, which ends it with a savepoint that is its latest checkpoint. Once its result says that it is CANCELED, FAILED, or stopped, its
// output is that of its latest completed checkpoint, whole, and nothing is committed any more. No leader denies a job that is stored, or tells another end than the result. A list has each job that was accepted and not
// removed, once, at the place of its submission, whoever leads. A job of the past is removed when it is clean, and when a client asked for it or there are
// more than are kept. A job that fails for want of slots has waited for as long as it may.
import { JOB_PREFIX, LEADER_KEY, RESULT_PREFIX, resultKey, savepointKey } from '../../core/protocol/ha-keys.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import type { ResultRecord } from '../../core/protocol/ha-records.ts';
import type { Submitted } from '../../core/protocol/ids.ts';
import type { Bodies, JobLine, Kind } from '../../core/protocol/messages.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';
import type { Oracle, TimeUs, Violate, WorldView } from '../observation.ts';
import { sinksOfJob, type OracleContext } from './context.ts';
import { metadataBehind, readJob, readLeader, readResult, readSavepoint, readTransactions } from './decode.ts';
import { aboutCheckpoint, aboutMessage, aboutTransaction, line } from './evidence.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { createOwnFailures, judgeEndStatus, noteFailures, type OwnFailures, shiftOwnFailures } from './own-failures.ts';
import { deliveredTo, haWriteOf, isKeyOf, sentBy, sinkCommitOf, type Applied, type Stepped } from './seen.ts';
import { haOf, sinksOf, storageOf } from './service-views.ts';
import { firstLines } from './text.ts';
import { createToldHistory, judgeHistory, type ToldHistory } from './told-history.ts';

interface Stop {
  readonly savepointId: string;
  readonly drain: boolean;
  /** Its record is durable. */
  isThere: boolean;
}

export interface LifeState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** A client asked for the cancellation; for the removal. */
  asked: boolean;
  removalAsked: boolean;
  /** The savepoints with which clients asked to stop it. */
  readonly stopsAsked: Set<string>;
  /** The job's record is there; and says that it is to be cancelled, and when the job was submitted. */
  stored: boolean;
  cancelWanted: boolean;
  /** What its record says of its stop. */
  stop: Stop | null;
  /** The stop that a cancellation took the place of. Until the leader of `epoch` says so, it may not have heard that this is durable. */
  overridden: { readonly savepointId: string; readonly epoch: number } | null;
  submitted: Submitted | null;
  /** When its record was written first, in world time; null: it was not, or it is over. */
  storedAt: TimeUs | null;
  /** A client was told that it is accepted, or how it ended: from then on, and until it is removed, every list has it. */
  known: boolean;
  /** The last one that was durable; and whether it still is. */
  result: Pick<ResultRecord, 'status' | 'endedAt' | 'clean' | 'savepointId'> | null;
  kept: boolean;
  /** How many other results were kept, at the most, when the present leader asked for its removal: it asks until it hears that the result is gone. */
  othersAtRemoval: number;
  readonly own: OwnFailures;
  readonly history: ToldHistory;
  /** Transactions committed to each sink of the job when the result of one that did not finish by itself became durable. */
  readonly committedAtEnd: Map<string, number>;
}

/** What a client asks for. */
const WISHES: readonly Kind[] = ['cancel-job', 'remove-job', 'stop-job'];
/** What a client is told. */
const TOLD: readonly Kind[] = [
  'job-list',
  'job-accepted',
  'job-status',
  'job-checkpoints',
  'job-exceptions',
  'checkpoint-details',
  'job-details',
  'request-refused',
];
/** What it may be told of. */
const SIGNS: readonly Kind[] = [
  'task-state-changed',
  'register-task-manager',
  'notify-checkpoint-complete',
  'task-manager-stopped',
];

export function lifeOracle(context: OracleContext): Oracle<LifeState> {
  return {
    name: 'O-life',
    hears: {
      observations: 'all',
      inputs: ['task-manager-registered', 'cancel-job'],
      sends: [...WISHES, ...TOLD, ...SIGNS],
      requests: ['death-write', 'ha-write'],
    },
    create: () => ({
      pointers: createPointers(),
      leaderEpoch: 0,
      asked: false,
      removalAsked: false,
      stopsAsked: new Set(),
      stored: false,
      cancelWanted: false,
      stop: null,
      overridden: null,
      submitted: null,
      storedAt: null,
      known: false,
      result: null,
      own: createOwnFailures(),
      history: createToldHistory(),
      kept: false,
      othersAtRemoval: 0,
      committedAtEnd: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      noteFailures(state.own, context, seen, view, violate);
      if (seen.kind === 'stepped') onStepped(state, context, seen, view, violate);
      else if (seen.kind === 'applied') onApplied(state, context, seen, view, violate);
    },
    finish: () => undefined,
    shift: (state, by) => {
      shiftOwnFailures(state.own, context, by);
      const { slotWaitTimeoutMs } = context.options;
      if (state.storedAt !== null) state.storedAt = by.worldMoment(state.storedAt, 1_000 * slotWaitTimeoutMs);
    },
  };
}

// ---- What clients ask, and are told

function onStepped(state: LifeState, context: OracleContext, seen: Stepped, view: WorldView, violate: Violate): void {
  const { jobId } = context;
  const { node, effects } = seen;
  judgeHistory(state.history, context, state.pointers, seen, violate);
  judgeCancellation(jobId, seen, view, violate);
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message === null) {
      noteRemoval(state, jobId, effect, view);
      continue;
    }
    if (message.kind === 'job-list')
      judgeList(state, { jobId, node, client: message.to, kind: message.kind }, message.body, violate);
    if (!('jobId' in message.body) || message.body.jobId !== jobId) continue;
    if (message.kind === 'cancel-job') state.asked = true;
    if (message.kind === 'remove-job') state.removalAsked = true;
    if (message.kind === 'stop-job') state.stopsAsked.add(message.body.savepointId);
    if (message.kind === 'job-accepted' && message.body.epoch === state.leaderEpoch) state.known = true;
    // A leader that was deposed and does not know it may be behind: its clients hear of the next one.
    if (!('epoch' in message.body) || message.body.epoch !== state.leaderEpoch) continue;
    const telling = { jobId, node, client: message.to, kind: message.kind };
    if (message.kind === 'job-details') judgeLine(state, telling, message.body, violate);
    if (message.kind === 'request-refused' && message.body.reason.kind === 'history-not-kept')
      judgeTold(state, telling, message.body.reason.status, violate);
    if (message.kind !== 'job-status') continue;
    judgeTold(state, telling, message.body.status, violate);
    judgeToldStop(state, telling, message.body, violate);
  }
}

/** Whoever leads takes the wish, whatever else is wanted of the job, or does not answer; from the first try to write its result on it comes too late. */
function judgeCancellation(jobId: string, seen: Stepped, view: WorldView, violate: Violate): void {
  const message = deliveredTo(seen);
  if (message?.kind !== 'cancel-job' || message.body.jobId !== jobId) return;
  const node = view.node(seen.node);
  const leader = node?.role === 'job-manager' ? (node.state as JobManagerState).leader : null;
  const job = leader?.jobs.get(jobId);
  if (job === undefined || job.outcome !== null || job.change !== null || job.record.wanted.kind === 'CANCELED') return;
  const told = [line(`asked by ${message.from}`, aboutMessage('cancel-job', seen.node))];
  violate('cancel-ignored', `${seen.node} was asked to cancel job ${jobId}, and does not`, told);
}

/** Who told whom of which job. */
interface Telling {
  readonly jobId: string;
  readonly node: string;
  readonly client: string;
  /** By which message. */
  readonly kind: Kind;
}

function judgeTold(
  state: LifeState,
  { jobId, node, client, kind }: Telling,
  status: Bodies['job-status']['status'],
  violate: Violate,
): void {
  const { stored, cancelWanted, result, kept } = state;
  const told = [line(`told ${client}`, aboutMessage(kind, client))];
  state.known = status !== 'UNKNOWN' && (state.known || (kept && isGloballyTerminal(status)));
  if (status === 'UNKNOWN' && (stored || kept))
    violate('denied', `${node} said that it knows no job ${jobId}, which is stored`, told);
  if (status === 'CANCELLING' && !cancelWanted)
    violate('cancelling-before-durable', `${node} said that job ${jobId} is cancelled before that was durable`, told);
  if (status !== 'UNKNOWN' && isGloballyTerminal(status) && result === null)
    violate('end-before-durable', `${node} said that job ${jobId} is ${status} before its result was durable`, told);
  if (status !== 'UNKNOWN' && isGloballyTerminal(status) && result !== null && result.status !== status)
    violate('another-end', `${node} said that job ${jobId} is ${status}, and its result says ${result.status}`, told);
}

/** With which savepoint it is to be stopped is told when that is durable, and how it ended when its result is. */
function judgeToldStop(
  state: LifeState,
  { jobId, node, client, kind }: Telling,
  { epoch, status, savepointId }: Bodies['job-status'],
  violate: Violate,
): void {
  const told = [line(`told ${client}`, aboutMessage(kind, client))];
  const { stop, result } = state;
  const isOver = status !== 'UNKNOWN' && isGloballyTerminal(status);
  const durable = isOver ? (result?.savepointId ?? null) : (stop?.savepointId ?? null);
  if (isOver || status === 'CANCELLING') state.overridden = null;
  if (savepointId === durable || (savepointId === null && !isOver)) return;
  if (state.overridden?.epoch === epoch && state.overridden.savepointId === savepointId) return;
  violate(
    'another-stop',
    `${node} said that job ${jobId} is ${status}, stopped with savepoint ${savepointId ?? 'none'}, and durable is ${durable ?? 'none'}`,
    told,
  );
}

/** A page tells of all jobs behind `after`, up to its last one if there are more. */
function judgeList(state: LifeState, telling: Telling, page: Bodies['job-list'], violate: Violate): void {
  if (page.epoch !== state.leaderEpoch) return;
  const { jobId, node, client, kind } = telling;
  const told = [line(`told ${client}`, aboutMessage(kind, client))];
  const own = page.jobs.filter((one) => one.jobId === jobId);
  for (const one of own) judgeLine(state, telling, one, violate);
  if (own.length > 1) violate('listed-twice', `${node} listed job ${jobId} ${own.length} times`, told);
  if (own.length === 0 && isInPage(state, jobId, page))
    violate('not-listed', `${node} made a list without job ${jobId}, which was accepted and not removed`, told);
  const places = page.jobs.map(({ submitted }) => submitted);
  if (places.some((place, index) => index > 0 && isBehind(places[index - 1] as Submitted, place)))
    violate('list-out-of-order', `${node} listed jobs in another order than that of their submission`, told);
}

function judgeLine(
  state: LifeState,
  telling: Telling,
  { submitted, status, endedAt }: Pick<JobLine, 'submitted' | 'status' | 'endedAt'>,
  violate: Violate,
): void {
  const { jobId, node, client, kind } = telling;
  judgeTold(state, telling, status, violate);
  const told = [line(`told ${client}`, aboutMessage(kind, client))];
  if (!state.stored && state.result === null)
    violate('listed-before-durable', `${node} told of job ${jobId}, which was never stored`, told);
  if (submitted.epoch > 0 && !isSame(state.submitted, submitted))
    violate('place-changed', `${node} told of job ${jobId} at another place than that of its submission`, told);
  if (endedAt !== null && endedAt !== state.result?.endedAt)
    violate('another-end', `${node} said that job ${jobId} ended at ${endedAt}, and its result says otherwise`, told);
}

function isInPage({ known, submitted }: LifeState, jobId: string, { after, next }: Bodies['job-list']): boolean {
  if (!known || submitted === null) return false;
  const isBeyond = (place: Bodies['job-list']['after']): boolean =>
    place !== null && (isBehind(submitted, place) || (isSame(submitted, place) && jobId > place.jobId));
  return (after === null || isBeyond(after)) && !isBeyond(next);
}

type Place = Pick<Submitted, 'epoch' | 'number'>;

const isBehind = (a: Place, b: Place): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);
const isSame = (a: Place | null, b: Place): boolean => a?.epoch === b.epoch && a.number === b.number;

// ---- What becomes durable

function onApplied(state: LifeState, context: OracleContext, seen: Applied, view: WorldView, violate: Violate): void {
  const commit = sinkCommitOf(seen);
  if (commit !== null) judgeCommit(state, context, commit, view, violate);
  followPointersUpToEnd(state, context.jobId, seen, violate);
  const write = haWriteOf(seen);
  if (write === null) return;
  noteStopSavepoint(state, context.jobId, write, violate);
  if (write.key === LEADER_KEY && write.value !== null) {
    const leader = readLeader(write.value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
    state.othersAtRemoval = 0;
  }
  if (isKeyOf(JOB_PREFIX, context.jobId, write.key)) noteRecord(state, write.value, view.now);
  if (!isKeyOf(RESULT_PREFIX, context.jobId, write.key)) return;
  state.kept = write.value !== null;
  if (write.value === null) judgeRemoval(state, context, view, violate);
  else onResult(state, context, write.value, view, violate);
}

/** Clocks of JobManagers differ by hours: results that are kept for less are judged by their number alone. */
const CLOCKS_APART_MS = 86_400_000;

function noteRemoval(state: LifeState, jobId: string, effect: Effect, view: WorldView): void {
  const request = effect.effect === 'request' ? (effect.request as PortRequest) : null;
  if (request?.kind !== 'ha-write' || request.value !== null || !isKeyOf(RESULT_PREFIX, jobId, request.key)) return;
  state.othersAtRemoval = Math.max(state.othersAtRemoval, othersKept(jobId, view));
}

function othersKept(jobId: string, view: WorldView): number {
  const own = resultKey(jobId);
  return [...haOf(view).entries.keys()].filter((key) => key.startsWith(RESULT_PREFIX) && key !== own).length;
}

function judgeRemoval(state: LifeState, { jobId, options }: OracleContext, view: WorldView, violate: Violate): void {
  if (state.result?.clean === false)
    violate('removed-unclean', `the result of job ${jobId} was removed before the job was cleaned up`, []);
  const kept = Math.max(state.othersAtRemoval, othersKept(jobId, view));
  const mayBeOld = options.resultRetentionMs < CLOCKS_APART_MS;
  if (!state.removalAsked && kept < options.retainedResults && !mayBeOld)
    violate(
      'removed-early',
      `the result of job ${jobId} was removed, ${kept} others are kept, and no client asked`,
      [],
    );
  state.removalAsked = false;
  state.known = false; // a leader that has not heard of the removal yet may still list it
}

function followPointersUpToEnd(state: LifeState, jobId: string, seen: Applied, violate: Violate): void {
  const { result, pointers, stop } = state;
  if (result !== null) return;
  const change = followPointers(pointers, jobId, seen);
  const [added] = change?.added ?? [];
  if (added !== undefined && stop?.isThere === true)
    violate(
      'checkpoint-behind-stop',
      `checkpoint ${added.checkpointId} of job ${jobId} completed behind savepoint ${stop.savepointId}, with which it is stopped`,
      [],
      { about: [aboutCheckpoint(added.checkpointId)] },
    );
}

/** The savepoint with which a job is stopped is its latest checkpoint when its record becomes durable, and from then on. */
function noteStopSavepoint(
  { stop, result, pointers }: LifeState,
  jobId: string,
  write: { readonly key: string; readonly value: Uint8Array | null },
  violate: Violate,
): void {
  if (stop === null || result !== null || write.key !== savepointKey(jobId, stop.savepointId)) return;
  const read = write.value === null ? null : readSavepoint(write.value);
  stop.isThere = read !== null && read.ok && !read.value.disposed;
  const pointer = latestPointer(pointers);
  const latest = pointer?.checkpointId ?? 0;
  if (read?.ok !== true) return;
  if (read.value.checkpointId === latest) {
    if (stop.drain && pointer?.final !== true)
      violate(
        'not-drained',
        `job ${jobId} is to be drained, and savepoint ${stop.savepointId} was taken before its sources ended`,
        [],
        { about: [aboutCheckpoint(latest)] },
      );
    return;
  }
  violate(
    'savepoint-not-last',
    `savepoint ${stop.savepointId}, with which job ${jobId} is stopped, is checkpoint ${read.value.checkpointId}, and the latest is ${latest}`,
    [],
    { about: [aboutCheckpoint(latest)] },
  );
}

function noteRecord(state: LifeState, value: Uint8Array | null, now: TimeUs): void {
  if (value !== null && state.result === null) state.storedAt ??= now;
  state.stored = value !== null;
  const record = value === null ? null : readJob(value);
  if (record?.ok !== true) return;
  state.submitted = record.value.submitted;
  const { wanted } = record.value;
  if (wanted.kind === 'CANCELED') {
    state.cancelWanted = true;
    if (state.stop !== null) state.overridden = { savepointId: state.stop.savepointId, epoch: state.leaderEpoch };
  }
  const { savepointId, drain } = wanted.kind === 'STOPPED' ? wanted : { savepointId: '', drain: false };
  state.stop = wanted.kind === 'STOPPED' ? { savepointId, drain, isThere: false } : null;
}

/** A job is stopped because a client asked for that, and its record says so; and one whose record says so does not end as if it did not. */
function judgeStop(
  { stop, stopsAsked }: LifeState,
  jobId: string,
  { status, savepointId }: ResultRecord,
  violate: Violate,
): void {
  const name = savepointId ?? 'none';
  if (status !== 'FINISHED' && savepointId !== null)
    violate('stopped-otherwise', `job ${jobId} is ${status}, and its result names savepoint ${name}`, []);
  if (status !== 'FINISHED') return;
  if (savepointId !== null && !stopsAsked.has(savepointId))
    violate('stopped-unasked', `job ${jobId} was stopped with savepoint ${name}, and no client asked for that`, []);
  if (stop !== null && savepointId === null)
    violate('stop-forgotten', `job ${jobId} finished as if it were not to be stopped with ${stop.savepointId}`, []);
  if (savepointId !== null && stop?.savepointId !== savepointId)
    violate('stopped-unwanted', `job ${jobId} was stopped with savepoint ${name}, and its record does not say so`, []);
  if (savepointId !== null && stop?.savepointId === savepointId && !stop.isThere)
    violate('stopped-without-savepoint', `job ${jobId} is over before savepoint ${name} is durable`, []);
}

/** Written twice: dirty, then clean. */
function onResult(
  state: LifeState,
  context: OracleContext,
  value: Uint8Array,
  view: WorldView,
  violate: Violate,
): void {
  const read = readResult(value);
  if (!read.ok) return;
  const { status, reason, endedAt, clean, submitted, savepointId } = read.value;
  const { jobId } = context;
  const { result: before, storedAt } = state;
  state.storedAt = null; // nothing is judged by it any more
  state.result = { status, endedAt, clean, savepointId };
  state.submitted = submitted;
  if (before !== null) {
    if (before.status === status && before.savepointId === savepointId) return;
    return violate('end-changed', `the result of job ${jobId} was ${before.status}, and is ${status} now`, []);
  }
  judgeEndStatus(state.own, context, state.leaderEpoch, read.value, violate);
  judgeStop(state, jobId, read.value, violate);
  if (status === 'FINISHED' && savepointId === null) return;
  for (const sink of sinksOfJob(context))
    state.committedAtEnd.set(sink, sinksOf(view).sinks.get(sink)?.committed.length ?? 0);
  if (reason?.kind === 'slots-missing' && view.now - (storedAt ?? view.now) < 1_000 * context.options.slotWaitTimeoutMs)
    violate(
      'slots-given-up-early',
      `job ${jobId} failed for want of slots before it had waited for as long as it may`,
      [],
    );
  if (status === 'CANCELED' && !state.asked)
    violate('cancelled-unasked', `job ${jobId} is CANCELED, and no client asked for that`, []);
  if (status === 'CANCELED' && !state.cancelWanted)
    violate('cancelled-unwanted', `job ${jobId} is CANCELED, and its record never said that it is to be`, []);
  judgeOutput(state, context, status, view, violate);
}

// ---- What is left in the sinks

/** What the latest completed checkpoint covers is committed, and nothing of the job is left open or prepared. */
function judgeOutput(
  { pointers }: LifeState,
  context: OracleContext,
  status: string,
  view: WorldView,
  violate: Violate,
): void {
  const { jobId } = context;
  const sinks = [...sinksOfJob(context)].flatMap((sink) => sinksOf(view).sinks.get(sink) ?? []);
  const isOwn = (transaction: string): boolean => transaction.startsWith(`${jobId}/`);
  const left = sinks.flatMap(({ open, prepared }) => [...open.keys(), ...prepared.keys()].filter(isOwn));
  if (left.length > 0)
    violate(
      'output-left',
      `job ${jobId} is ${status}, and ${left.length} of its transactions are left in the sinks`,
      firstLines(left.map((transaction) => line(transaction, aboutTransaction(transaction)))),
    );
  const committed = new Set(sinks.flatMap((sink) => sink.committed.map(({ transaction }) => transaction)));
  const missing = coveredBy(pointers, view).filter((transaction) => !committed.has(transaction));
  if (missing.length > 0)
    violate(
      'output-missing',
      `job ${jobId} is ${status}, and output that its latest checkpoint covers is not committed`,
      firstLines(missing.map((transaction) => line(transaction, aboutTransaction(transaction)))),
    );
}

/** Transactions in the snapshots of the latest checkpoint. Those before were committed when it was taken, or are among them. */
function coveredBy(pointers: Pointers, view: WorldView): readonly string[] {
  const latest = latestPointer(pointers);
  const { blobs } = storageOf(view);
  const metadata = latest === null ? null : metadataBehind(latest.metadata, blobs);
  if (metadata === null || !metadata.ok) return [];
  return metadata.value.subtasks.flatMap(({ handle }) => {
    const bytes = blobs.get(handle.name);
    return bytes === undefined ? [] : readTransactions(bytes).map(({ transaction }) => transaction);
  });
}

/** A commit that is repeated changes nothing. */
function judgeCommit(
  { result, committedAtEnd }: LifeState,
  { jobId }: OracleContext,
  { sink, transaction }: { readonly sink: string; readonly transaction: string },
  view: WorldView,
  violate: Violate,
): void {
  const atEnd = committedAtEnd.get(sink);
  if (result === null || atEnd === undefined || !transaction.startsWith(`${jobId}/`)) return;
  const after = (sinksOf(view).sinks.get(sink)?.committed ?? []).slice(atEnd);
  if (after.every((one) => one.transaction !== transaction)) return;
  violate('committed-after-end', `job ${jobId} is ${result.status}, and output of it was committed after that`, [
    line(transaction, aboutTransaction(transaction)),
  ]);
}
