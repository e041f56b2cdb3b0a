// The snapshot of a task: taken at the barrier in one step, packed by key groups in later ones while processing goes on, sealed (which only joins
// bytes), stored, acknowledged.
// Nothing is acknowledged before its blob is stored and, where there is a sink, before its transaction is prepared.
import { NEVER } from '../base/machine.ts';
import { backoffMs } from '../base/retry.ts';
import { snapshotName } from '../checkpoint/blob-names.ts';
import { handleOf } from '../checkpoint/handles.ts';
import { encodeTaskSnapshot } from '../checkpoint/snapshot-codec.ts';
import type { OperatorSnapshot, SplitSnapshot } from '../checkpoint/snapshot.ts';
import { abandonSnapshot, beginSnapshot, snapshotStep } from '../operators/chain.ts';
import { endSinkEpoch, isPrepared, snapshotTransactions } from '../operators/sink.ts';
import { snapshotSplits } from '../operators/source.ts';
import type { SplitProgress } from '../protocol/messages.ts';
import type { DeclineReason, PortReason } from '../protocol/reasons.ts';
import { passId } from './alignment.ts';
import { countRecordsIn } from './input-gate.ts';
import { ask, askLater } from './requests.ts';
import { broadcastControl, countRecordsOut } from './result-partition.ts';
import type { SnapshotCut, TaskCheckpoint, TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

/** Aborted checkpoints of one task that may still be on their way, beside those that the coordinator wants at once. */
const ABORTED_MAX = 3;

/** Tries to store a blob before the checkpoint is declined; each waits twice as long as the one before. */
const STORE_TRIES_MAX = 5;

export interface Barrier {
  readonly checkpointId: number;
  readonly timestamp: number;
}

/** The cut: everything before the barrier is in the snapshot and before the barrier on all outputs, everything else is not. */
export function takeSnapshot(task: TaskState, barrier: Barrier, alignmentMs: number, step: TaskStep): void {
  const { checkpointId } = barrier;
  makeRoom(task, step);
  if (task.sink !== null) endSinkEpoch(task.sink, checkpointId);
  task.checkpoints.push({
    checkpointId,
    startedAt: step.now,
    alignmentMs,
    cut: Object.freeze(cutOf(task)),
    cursor: beginSnapshot(task.chain),
    blob: null,
    stored: false,
  });
  broadcastControl(task.partition, { kind: 'barrier', checkpointId, timestamp: barrier.timestamp });
  passId(task.alignment, checkpointId);
  task.lastTakenId = checkpointId;
  if (task.atEnd && task.firstTakenAtEndId === 0) task.firstTakenAtEndId = checkpointId;
}

function cutOf(task: TaskState): SnapshotCut {
  return {
    watermark: task.chain.watermark,
    atEnd: task.atEnd,
    splits: task.source === null ? [] : snapshotSplits(task.source),
    transactions: task.sink === null ? [] : snapshotTransactions(task.sink),
    recordsIn: countRecordsIn(task.gate),
    recordsOut: countRecordsOut(task.partition),
  };
}

/** Few snapshots wait to be stored: the oldest of too many can only belong to an expired checkpoint. */
function makeRoom(task: TaskState, step: TaskStep): void {
  const oldest = task.checkpoints[0];
  const max = step.options.maxConcurrentCheckpoints + ABORTED_MAX;
  if (oldest !== undefined && task.checkpoints.length >= max)
    declineTaken(task, oldest, { kind: 'too-many-snapshots', max }, step);
}

function isEncoding(checkpoint: TaskCheckpoint): boolean {
  return checkpoint.cursor !== null;
}

function declineTaken(task: TaskState, checkpoint: TaskCheckpoint, reason: DeclineReason, step: TaskStep): void {
  dropCheckpoint(task, checkpoint.checkpointId);
  declineCheckpoint(task, checkpoint.checkpointId, reason, step);
}

/** Forgets a snapshot that is on its way. A pending transaction of a sink stays: it is committed with a later checkpoint. */
export function dropCheckpoint(task: TaskState, checkpointId: number): void {
  const index = task.checkpoints.findIndex((checkpoint) => checkpoint.checkpointId === checkpointId);
  const [dropped] = index < 0 ? [] : task.checkpoints.splice(index, 1);
  if (dropped !== undefined && isEncoding(dropped)) abandonSnapshot(task.chain);
}

export function declineCheckpoint(task: TaskState, checkpointId: number, reason: DeclineReason, step: TaskStep): void {
  const { epoch, incarnation, descriptor } = task;
  step.out.send(task.leader, 'decline-checkpoint', {
    epoch,
    incarnation,
    attempt: descriptor.attempt,
    checkpointId,
    reason,
  });
}

/** A snapshot waits to be encoded. Only the newest one can. */
export function hasEncoding(task: TaskState): boolean {
  const newest = task.checkpoints.at(-1);
  return newest !== undefined && newest.cursor !== null;
}

/** Encodes some key groups; asks to store the blob when that was the last of them. */
export function encodeSome(task: TaskState, step: TaskStep): void {
  const checkpoint = task.checkpoints.at(-1);
  if (checkpoint === undefined || checkpoint.cursor === null) return;
  const { cursor } = checkpoint;
  const before = cursor.entries;
  const operators = snapshotStep(task.chain, cursor, step.options.snapshotKeyGroupsPerStep);
  step.out.records += cursor.entries - before; // what is long takes its time in a simulated world as well
  if (operators === null) return;
  checkpoint.cursor = null;
  sealCheckpoint(task, checkpoint, operators);
  ask(task, { kind: 'store-snapshot', checkpointId: checkpoint.checkpointId, tries: 1 }, step);
}

function sealCheckpoint(task: TaskState, checkpoint: TaskCheckpoint, operators: readonly OperatorSnapshot[]): void {
  const { checkpointId, cut } = checkpoint;
  const { watermark, atEnd, splits, transactions } = cut;
  const bytes = encodeTaskSnapshot({
    format: 'millrace-snapshot',
    version: 3,
    checkpointId,
    watermark,
    atEnd,
    splits,
    operators,
    transactions,
  });
  const name = snapshotName(task.descriptor.attempt, checkpointId, task.epoch);
  checkpoint.blob = Object.freeze({ handle: handleOf(name, bytes), bytes });
}

export function onSnapshotStored(task: TaskState, checkpointId: number, step: TaskStep): void {
  const checkpoint = task.checkpoints.find((other) => other.checkpointId === checkpointId);
  if (checkpoint === undefined) return;
  checkpoint.stored = true;
  acknowledgeReady(task, step);
}

/** The same bytes under the same name again, a few times: whether or not an earlier try was applied makes no difference. */
export function onStoreFailed(
  task: TaskState,
  purpose: { readonly checkpointId: number; readonly tries: number },
  reason: PortReason,
  step: TaskStep,
): void {
  const checkpoint = task.checkpoints.find((other) => other.checkpointId === purpose.checkpointId);
  if (checkpoint === undefined) return;
  if (purpose.tries >= STORE_TRIES_MAX) {
    declineTaken(task, checkpoint, { kind: 'snapshot-not-stored', reason }, step);
    return;
  }
  const { checkpointId, tries } = purpose;
  const delayMs = backoffMs({ initialMs: step.options.requestRetryMs, multiplier: 2, maxMs: NEVER }, tries);
  askLater(task, { kind: 'store-snapshot', checkpointId, tries: tries + 1 }, delayMs, step);
}

/** Acknowledges every checkpoint of which all is durable. */
export function acknowledgeReady(task: TaskState, step: TaskStep): void {
  for (const checkpoint of task.checkpoints.filter((other) => isDurable(task, other))) {
    dropCheckpoint(task, checkpoint.checkpointId);
    acknowledge(task, checkpoint, step);
  }
}

function isDurable(task: TaskState, checkpoint: TaskCheckpoint): boolean {
  return checkpoint.stored && (task.sink === null || isPrepared(task.sink, checkpoint.checkpointId));
}

function acknowledge(task: TaskState, checkpoint: TaskCheckpoint, step: TaskStep): void {
  const { checkpointId, cut, blob, alignmentMs, startedAt } = checkpoint;
  if (blob === null) return;
  step.out.send(task.leader, 'acknowledge-checkpoint', {
    epoch: task.epoch,
    incarnation: task.incarnation,
    attempt: task.descriptor.attempt,
    checkpointId,
    handle: blob.handle,
    atEnd: cut.atEnd,
    splits: cut.splits.map(progressOf),
    transactions: cut.transactions.map(({ transaction }) => transaction),
    metrics: {
      recordsIn: cut.recordsIn,
      recordsOut: cut.recordsOut,
      alignmentMs,
      durationMs: step.now - startedAt,
    },
  });
}

function progressOf({ operator, split, position }: SplitSnapshot): SplitProgress {
  return { operator, split, position };
}
