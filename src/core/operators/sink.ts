// A two-phase-commit sink as state (Flink: TwoPhaseCommitSinkFunction): one transaction per checkpoint epoch, prepared at the barrier,
// committed when the checkpoint is complete. It asks for nothing itself: its task carries out `nextWrite` and `nextCommit`.
//
// Two lanes, each strictly in order and with one operation on its way: writes and prepares, and commits. So a checkpoint whose prepare was
// answered has all chunks of its epoch, and of all epochs before it, behind it.
import { describeLostInJson, isKeptByJson } from '../base/json-value.ts';
import { createRing, peekRing, pushRing, ringSize, takeRing } from '../base/ring.ts';
import type { Ring } from '../base/ring.ts';
import type { Value } from '../base/value.ts';
import type { PendingTransaction } from '../checkpoint/snapshot.ts';
import {
  parseTransactionName,
  transactionAttempt,
  transactionName,
  writerName,
} from '../checkpoint/transaction-names.ts';
import type { SinkOperator } from '../graph/job-graph.ts';
import { showRecord, UserCodeError } from './user-code-error.ts';

/** Chunks that may wait to be written: beyond, the task takes no further element. One is on its way, the others keep the lane busy. */
const WAITING_CHUNKS_MAX = 4;

export type SinkWrite =
  | {
      readonly kind: 'write';
      readonly transaction: string;
      readonly chunk: number;
      readonly records: readonly Value[];
    }
  | {
      readonly kind: 'prepare';
      readonly transaction: string;
      readonly checkpointId: number;
      readonly chunks: number;
    };

/** An epoch that its barrier ended. */
export interface SinkTransaction {
  readonly checkpointId: number;
  readonly transaction: string;
  prepared: boolean;
  /** Its checkpoint, or a later one, is complete. */
  commitWanted: boolean;
}

export interface SinkPlace {
  readonly jobId: string;
  readonly subtask: number;
  readonly epoch: number;
  readonly attempt: number;
}

export interface SinkState {
  readonly operator: SinkOperator;
  /** Whom the external sink fences: this operator's subtask of this job, whichever attempt it is. */
  readonly writer: string;
  readonly attemptName: string;
  /** Name of the open transaction. It begins, outside, with its first chunk. */
  transaction: string;
  /** Chunks of the open transaction so far. */
  chunks: number;
  /** The chunk under construction. */
  records: Value[];
  readonly writes: Ring<SinkWrite>;
  writing: boolean;
  /** Not known to be committed. T11 (../task/invariants.ts): in the order of their checkpoints, those that are prepared first. */
  readonly pending: SinkTransaction[];
  committing: boolean;
}

/** @param restored transactions of the restored checkpoint: prepared, complete, so to be committed (again). Those of other writers are committed already. */
export function createSink(
  operator: SinkOperator,
  place: SinkPlace,
  restoredId: number,
  restored: readonly PendingTransaction[],
): SinkState {
  const writer = writerName(place.jobId, operator.id, place.subtask);
  const attemptName = transactionAttempt(place.epoch, place.attempt);
  const isOwn = ({ transaction }: PendingTransaction): boolean => parseTransactionName(transaction)?.writer === writer;
  return {
    operator,
    writer,
    attemptName,
    transaction: transactionName(writer, restoredId, attemptName),
    chunks: 0,
    records: [],
    writes: createRing(),
    writing: false,
    pending: restored.filter(isOwn).map((transaction) => ({
      checkpointId: transaction.checkpointId,
      transaction: transaction.transaction,
      prepared: true,
      commitWanted: true,
    })),
    committing: false,
  };
}

/** Throws a UserCodeError for a record that the external sink cannot hold: written again and again, it would never be. */
export function addSinkRecord(sink: SinkState, value: Value, chunkRecords: number): void {
  if (!isKeptByJson(value)) throw notForSinks(sink.operator.id, value);
  sink.records.push(value);
  if (sink.records.length >= chunkRecords) sealChunk(sink);
}

function notForSinks(operator: string, value: Value): UserCodeError {
  const error = new UserCodeError(operator, `was given ${describeLostInJson(value)}, which a sink cannot hold`);
  error.given = showRecord(value);
  return error;
}

function sealChunk(sink: SinkState): void {
  const { transaction, chunks: chunk, records } = sink;
  pushRing(sink.writes, Object.freeze({ kind: 'write', transaction, chunk, records }));
  sink.chunks += 1;
  sink.records = [];
}

/** Room for the output of one more element. */
export function hasSinkRoom(sink: SinkState): boolean {
  return ringSize(sink.writes) < WAITING_CHUNKS_MAX;
}

/** The barrier: ends the epoch and begins the next one. An epoch without records is prepared and recorded like any other. */
export function endSinkEpoch(sink: SinkState, checkpointId: number): void {
  const { transaction } = sink;
  if (sink.records.length > 0) sealChunk(sink);
  pushRing(sink.writes, Object.freeze({ kind: 'prepare', transaction, checkpointId, chunks: sink.chunks }));
  sink.pending.push({ checkpointId, transaction, prepared: false, commitWanted: false });
  sink.transaction = transactionName(sink.writer, checkpointId, sink.attemptName);
  sink.chunks = 0;
}

/** The operation that the first lane wants next, now marked as on its way; null if there is none or one is. */
export function nextWrite(sink: SinkState): SinkWrite | null {
  if (sink.writing) return null;
  const write = peekRing(sink.writes) ?? null;
  sink.writing = write !== null;
  return write;
}

/** The operation on its way in the first lane, for a repetition after a failure. */
export function currentWrite(sink: SinkState): SinkWrite | null {
  return sink.writing ? (peekRing(sink.writes) ?? null) : null;
}

/** The operation on its way in the first lane is done. */
export function onWritten(sink: SinkState): void {
  sink.writing = false;
  const done = takeRing(sink.writes);
  if (done?.kind === 'prepare') markPrepared(sink, done.checkpointId);
}

function markPrepared(sink: SinkState, checkpointId: number): void {
  for (const transaction of sink.pending) {
    if (transaction.checkpointId !== checkpointId || transaction.prepared) continue;
    transaction.prepared = true;
    if (sink.operator.commitOn === 'barrier') transaction.commitWanted = true; // the mistake that laboratories ask for
  }
}

/** The epoch of this checkpoint, and so all before it, are prepared. */
export function isPrepared(sink: SinkState, checkpointId: number): boolean {
  return sink.pending.every((transaction) => transaction.checkpointId !== checkpointId || transaction.prepared);
}

/** A checkpoint is complete: everything up to it is to be committed. Doubled, late and older notifications find nothing left to do. */
export function commitUpTo(sink: SinkState, checkpointId: number): void {
  for (const transaction of sink.pending) {
    if (transaction.checkpointId <= checkpointId) transaction.commitWanted = true;
  }
}

/** The transaction that is to be committed next, now marked as on its way; null if there is none or one is. */
export function nextCommit(sink: SinkState): string | null {
  const first = sink.pending[0];
  if (sink.committing || first === undefined || !first.commitWanted || !first.prepared) return null;
  sink.committing = true;
  return first.transaction;
}

/** The transaction whose commit is on its way, for a repetition after a failure. */
export function currentCommit(sink: SinkState): string | null {
  return sink.committing ? (sink.pending[0]?.transaction ?? null) : null;
}

export function onCommitted(sink: SinkState): void {
  sink.committing = false;
  sink.pending.shift();
}

/** Nothing up to this checkpoint waits to be committed. */
export function isCommittedUpTo(sink: SinkState, checkpointId: number): boolean {
  const first = sink.pending[0];
  return first === undefined || first.checkpointId > checkpointId;
}

/** What a snapshot remembers: prepared at the latest before the checkpoint is acknowledged, not known to be committed. */
export function snapshotTransactions(sink: SinkState): readonly PendingTransaction[] {
  return sink.pending.map(({ checkpointId, transaction }) => ({ checkpointId, transaction }));
}
