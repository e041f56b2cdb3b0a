// O-life: how a job ends, and what its clients are told of it. A job is cancelled because somebody wanted it, and that was durable before anybody was
// told. Once its result says that it is CANCELED or FAILED, its output is that of its latest completed checkpoint, whole, and nothing is
// committed any more. No leader denies a job that is stored, or tells another end than the result. A list has each job that was accepted and not
// removed, once, at the place of its submission, whoever leads. A job of the past is removed when it is clean, and when a client asked for it or there are
// more than are kept. A job that fails for want of slots has waited for as long as it may.
import { jobKey, LEADER_KEY, RESULT_PREFIX, resultKey } from '../../core/protocol/ha-keys.ts';
import type { ResultRecord } from '../../core/protocol/ha-records.ts';
import type { Submitted } from '../../core/protocol/ids.ts';
import type { Bodies, JobLine } from '../../core/protocol/messages.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';
import type { Oracle, TimeUs, Violate, WorldView } from '../observation.ts';
import { sinksOfJob, type OracleContext } from './context.ts';
import { metadataBehind, readJob, readLeader, readResult, readTransactions } from './decode.ts';
import { aboutMessage, aboutTransaction, line } from './evidence.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { createOwnFailures, judgeEndStatus, noteFailures, type OwnFailures, shiftOwnFailures } from './own-failures.ts';
import { haWriteOf, sentBy, sinkCommitOf, type Applied, type Stepped } from './seen.ts';
import { haOf, sinksOf, storageOf } from './service-views.ts';
import { firstLines } from './text.ts';

export interface LifeState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** A client asked for the cancellation; for the removal. */
  asked: boolean;
  removalAsked: boolean;
  /** The job's record is there; and says that it is to be cancelled, and when the job was submitted. */
  stored: boolean;
  cancelWanted: boolean;
  submitted: Submitted | null;
  /** When its record was written first, in world time; null: it was not, or it is over. */
  storedAt: TimeUs | null;
  /** A client was told that it is accepted, or how it ended: from then on, and until it is removed, every list has it. */
  known: boolean;
  /** The last one that was durable; and whether it still is. */
  result: Pick<ResultRecord, 'status' | 'endedAt' | 'clean'> | null;
  kept: boolean;
  readonly own: OwnFailures;
  /** Transactions committed to each sink of the job when a result that is not FINISHED became durable. */
  readonly committedAtEnd: Map<string, number>;
}

export function lifeOracle(context: OracleContext): Oracle<LifeState> {
  return {
    name: 'O-life',
    create: () => ({
      pointers: createPointers(),
      leaderEpoch: 0,
      asked: false,
      removalAsked: false,
      stored: false,
      cancelWanted: false,
      submitted: null,
      storedAt: null,
      known: false,
      result: null,
      own: createOwnFailures(),
      kept: false,
      committedAtEnd: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      noteFailures(state.own, context, seen, view, violate);
      if (seen.kind === 'stepped') onStepped(state, context, seen, violate);
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

function onStepped(state: LifeState, { jobId }: OracleContext, { node, effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message === null) continue;
    if (message.kind === 'job-list') judgeList(state, { jobId, node, client: message.to }, message.body, violate);
    if (!('jobId' in message.body) || message.body.jobId !== jobId) continue;
    if (message.kind === 'cancel-job') state.asked = true;
    if (message.kind === 'remove-job') state.removalAsked = true;
    if (message.kind === 'job-accepted' && message.body.epoch === state.leaderEpoch) state.known = true;
    // A leader that was deposed and does not know it may be behind: its clients hear of the next one.
    if (message.kind !== 'job-status' || message.body.epoch !== state.leaderEpoch) continue;
    judgeTold(state, { jobId, node, client: message.to }, message.body.status, violate);
  }
}

/** Who told whom of which job. */
interface Telling {
  readonly jobId: string;
  readonly node: string;
  readonly client: string;
}

function judgeTold(
  state: LifeState,
  { jobId, node, client }: Telling,
  status: Bodies['job-status']['status'],
  violate: Violate,
): void {
  const { stored, cancelWanted, result, kept } = state;
  const told = [line(`told ${client}`, aboutMessage('job-status', client))];
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

/** A page tells of all jobs behind `after`, up to its last one if there are more. */
function judgeList(state: LifeState, telling: Telling, page: Bodies['job-list'], violate: Violate): void {
  if (page.epoch !== state.leaderEpoch) return;
  const { jobId, node, client } = telling;
  const told = [line(`told ${client}`, aboutMessage('job-list', client))];
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
  { submitted, status, endedAt }: JobLine,
  violate: Violate,
): void {
  const { jobId, node, client } = telling;
  judgeTold(state, telling, status, violate);
  const told = [line(`told ${client}`, aboutMessage('job-list', client))];
  if (!state.stored && state.result === null)
    violate('listed-before-durable', `${node} listed job ${jobId}, which was never stored`, told);
  if (submitted.epoch > 0 && !isSame(state.submitted, submitted))
    violate('place-changed', `${node} listed job ${jobId} at another place than that of its submission`, told);
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
  followPointersUpToEnd(state, context.jobId, seen);
  const write = haWriteOf(seen);
  if (write === null) return;
  if (write.key === LEADER_KEY && write.value !== null) {
    const leader = readLeader(write.value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
  }
  if (write.key === jobKey(context.jobId)) noteRecord(state, write.value, view.now);
  if (write.key !== resultKey(context.jobId)) return;
  state.kept = write.value !== null;
  if (write.value === null) judgeRemoval(state, context, view, violate);
  else onResult(state, context, write.value, view, violate);
}

/** Clocks of JobManagers differ by hours: results that are kept for less are judged by their number alone. */
const CLOCKS_APART_MS = 86_400_000;

function judgeRemoval(state: LifeState, { jobId, options }: OracleContext, view: WorldView, violate: Violate): void {
  if (state.result?.clean === false)
    violate('removed-unclean', `the result of job ${jobId} was removed before the job was cleaned up`, []);
  const kept = [...haOf(view).entries.keys()].filter((key) => key.startsWith(RESULT_PREFIX)).length;
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

function followPointersUpToEnd({ result, pointers }: LifeState, jobId: string, seen: Applied): void {
  if (result === null) followPointers(pointers, jobId, seen);
}

function noteRecord(state: LifeState, value: Uint8Array | null, now: TimeUs): void {
  if (value !== null && state.result === null) state.storedAt ??= now;
  state.stored = value !== null;
  const record = value === null ? null : readJob(value);
  if (record?.ok !== true) return;
  state.submitted = record.value.submitted;
  if (record.value.wanted.kind === 'CANCELED') state.cancelWanted = true;
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
  const { status, reason, endedAt, clean, submitted } = read.value;
  const { jobId } = context;
  const { result: before, storedAt } = state;
  state.storedAt = null; // nothing is judged by it any more
  state.result = { status, endedAt, clean };
  state.submitted = submitted;
  if (before !== null) {
    if (before.status === status) return;
    return violate('end-changed', `the result of job ${jobId} was ${before.status}, and is ${status} now`, []);
  }
  judgeEndStatus(state.own, context, state.leaderEpoch, read.value, violate);
  if (status === 'FINISHED') return;
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
