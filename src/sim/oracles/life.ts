// O-life: how a job ends, and what its clients are told of it. A job is cancelled because somebody wanted it, and that was durable before anybody was
// told. Once its result says that it is CANCELED or FAILED, its output is that of its latest completed checkpoint, whole, and nothing is
// committed any more. No leader denies a job that is stored, or tells another end than the result.
import { jobKey, LEADER_KEY, resultKey } from '../../core/protocol/ha-keys.ts';
import type { ResultRecord } from '../../core/protocol/ha-records.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import { sinksOfJob, type OracleContext } from './context.ts';
import { metadataBehind, readLeader, readResult, readTransactions, readWanted } from './decode.ts';
import { aboutMessage, aboutTransaction, line } from './evidence.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { haWriteOf, sentBy, sinkCommitOf, type Applied, type Stepped } from './seen.ts';
import { sinksOf, storageOf } from './service-views.ts';
import { firstLines } from './text.ts';

export interface LifeState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** A client asked for the cancellation. */
  asked: boolean;
  /** The job's record is there; and says that it is to be cancelled. */
  stored: boolean;
  cancelWanted: boolean;
  result: Pick<ResultRecord, 'status'> | null;
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
      stored: false,
      cancelWanted: false,
      result: null,
      committedAtEnd: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'stepped') onStepped(state, context, seen, violate);
      else if (seen.kind === 'applied') onApplied(state, context, seen, view, violate);
    },
    finish: () => undefined,
  };
}

// ---- What clients ask, and are told

function onStepped(state: LifeState, { jobId }: OracleContext, { node, effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind === 'cancel-job' && message.body.jobId === jobId) state.asked = true;
    if (message?.kind !== 'job-status' || message.body.jobId !== jobId) continue;
    // A leader that was deposed and does not know it may be behind: its clients hear of the next one.
    if (message.body.epoch === state.leaderEpoch) judgeTold(state, node, message.to, message.body, violate);
  }
}

function judgeTold(
  { stored, cancelWanted, result }: LifeState,
  node: string,
  client: string,
  { jobId, status }: Bodies['job-status'],
  violate: Violate,
): void {
  const told = [line(`told ${client}`, aboutMessage('job-status', client))];
  if (status === 'UNKNOWN' && (stored || result !== null))
    violate('denied', `${node} said that it knows no job ${jobId}, which is stored`, told);
  if (status === 'CANCELLING' && !cancelWanted)
    violate('cancelling-before-durable', `${node} said that job ${jobId} is cancelled before that was durable`, told);
  if (status !== 'UNKNOWN' && isGloballyTerminal(status) && result !== null && result.status !== status)
    violate('another-end', `${node} said that job ${jobId} is ${status}, and its result says ${result.status}`, told);
}

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
  if (write.key === jobKey(context.jobId)) noteRecord(state, write.value);
  if (write.key === resultKey(context.jobId) && write.value !== null)
    onResult(state, context, write.value, view, violate);
}

function followPointersUpToEnd({ result, pointers }: LifeState, jobId: string, seen: Applied): void {
  if (result === null) followPointers(pointers, jobId, seen);
}

function noteRecord(state: LifeState, value: Uint8Array | null): void {
  state.stored = value !== null;
  const wanted = value === null ? null : readWanted(value);
  if (wanted?.ok === true && wanted.value === 'CANCELED') state.cancelWanted = true;
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
  const { status } = read.value;
  const { jobId } = context;
  const before = state.result;
  state.result = { status };
  if (before !== null) {
    if (before.status === status) return;
    return violate('end-changed', `the result of job ${jobId} was ${before.status}, and is ${status} now`, []);
  }
  if (status === 'FINISHED') return;
  for (const sink of sinksOfJob(context))
    state.committedAtEnd.set(sink, sinksOf(view).sinks.get(sink)?.committed.length ?? 0);
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
