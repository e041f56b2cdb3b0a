// INITIALIZING: the artifact is loaded, snapshots are read and restored key group by key group, the sink is opened under its fencing token and
// the splits are opened by a first read. Then the task is RUNNING. A read error is tried again, and so are damaged bytes, a few times; wrong data
// fails the task: nothing older, and nothing less, is ever taken instead.
import { must } from '../base/assert.ts';
import { checkHandle } from '../checkpoint/handles.ts';
import { decodeTaskSnapshot } from '../checkpoint/snapshot-codec.ts';
import type { OperatorSnapshot, SplitSnapshot, TaskSnapshot } from '../checkpoint/snapshot.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import { createRestoreCursor, restoreStep } from '../operators/chain.ts';
import { createSink } from '../operators/sink.ts';
import { createSource, finishSource, isSourceOpened, startSource } from '../operators/source.ts';
import type { TaskPurpose } from '../protocol/purposes.ts';
import { unreadableBytes, type TaskReason } from '../protocol/reasons.ts';
import { passId } from './alignment.ts';
import { codeOf } from './code.ts';
import { requestPartitions } from './input-gate.ts';
import { ask, askConnectors } from './requests.ts';
import { broadcastControl } from './result-partition.ts';
import { headOf, tailOf } from './state.ts';
import type { TaskState } from './state.ts';
import { failTask, moveTask } from './status.ts';
import type { TaskStep } from './step.ts';

export function startTask(task: TaskState, step: TaskStep): void {
  moveTask(task, 'DEPLOYING', null, step);
  moveTask(task, 'INITIALIZING', null, step);
  ask(task, { kind: 'load-artifact' }, step);
  for (const index of task.initialization.snapshots.keys()) ask(task, { kind: 'read-snapshot', index }, step);
}

export function onArtifactLoaded(task: TaskState, step: TaskStep): void {
  task.initialization.artifactLoaded = true;
  continueInitialization(task, step);
}

/** Reads of a snapshot that come damaged, before the task fails. */
const READS_MAX = 3;

/** Checks and opens a snapshot; its key groups stay packed. What does not fit its handle is read again, and refused with a sentence in the end. */
export function onSnapshotRead(
  task: TaskState,
  read: Extract<TaskPurpose, { readonly kind: 'read-snapshot' | 'reread-snapshot' }>,
  bytes: Uint8Array,
  step: TaskStep,
): void {
  const { index } = read;
  const restore = must(task.descriptor.restore, 'restore of a task that read a snapshot');
  const handle = must(restore.handles[index], 'handle');
  const intact = checkHandle(handle, bytes);
  const snapshot = intact.ok ? decodeTaskSnapshot(intact.value) : intact;
  if (!snapshot.ok) {
    const tries = read.kind === 'reread-snapshot' ? read.tries : 1;
    if (tries >= READS_MAX) return failTask(task, unrestorable(snapshot.reason), step);
    return ask(task, { kind: 'reread-snapshot', index, tries: tries + 1 }, step);
  }
  if (snapshot.value.checkpointId !== restore.checkpointId) {
    const { checkpointId: found } = snapshot.value;
    const { checkpointId: expected } = restore;
    const reason = { kind: 'snapshot-of-other-checkpoint', name: handle.name, found, expected } as const;
    return failTask(task, { kind: 'restore-failed', reason }, step);
  }
  task.initialization.snapshots[index] = snapshot.value;
  continueInitialization(task, step);
}

/** `text`: what is wrong with the bytes of a snapshot. */
function unrestorable(text: string): TaskReason {
  return { kind: 'restore-failed', reason: unreadableBytes(text) };
}

/** Goes on with what has become possible. */
function continueInitialization(task: TaskState, step: TaskStep): void {
  const { initialization } = task;
  const loaded = initialization.artifactLoaded && initialization.snapshots.every((snapshot) => snapshot !== null);
  if (!loaded || initialization.cursor !== null) return;
  codeOf(step.code, task.descriptor); // throws now, not later, if the artifact lacks a function
  initialization.cursor = createRestoreCursor();
  restoreHeader(task, loadedSnapshots(task));
  createConnectors(task, loadedSnapshots(task), step);
  if (task.sink === null) initialization.sinkOpened = true;
  else ask(task, { kind: 'open-sink' }, step);
  askConnectors(task, step);
}

function loadedSnapshots(task: TaskState): readonly TaskSnapshot[] {
  return task.initialization.snapshots.map((snapshot) => must(snapshot, 'snapshot that was read'));
}

/** Several snapshots (after a change of parallelism) are as far as the one that is least far. */
function restoreHeader(task: TaskState, snapshots: readonly TaskSnapshot[]): void {
  passId(task.alignment, task.descriptor.restore?.checkpointId ?? 0);
  if (snapshots.length === 0) return;
  task.watermark = Math.min(...snapshots.map((snapshot) => snapshot.watermark));
  task.chain.watermark = task.watermark;
  task.atEnd = snapshots.every((snapshot) => snapshot.atEnd);
}

function createConnectors(task: TaskState, snapshots: readonly TaskSnapshot[], step: TaskStep): void {
  const { descriptor } = task;
  const head = headOf(task);
  const tail = tailOf(task);
  if (head.kind === 'source') {
    const splits: readonly SplitSnapshot[] = snapshots.flatMap((snapshot) => snapshot.splits);
    task.source = createSource(head, descriptor.splits, splits, step.options);
    if (task.atEnd) finishSource(task.source);
  }
  if (tail.kind === 'sink') {
    const transactions = snapshots.flatMap((snapshot) => snapshot.transactions);
    const { jobId, subtask, attempt } = descriptor.attempt;
    const place = { jobId, subtask, epoch: task.epoch, attempt };
    task.sink = createSink(tail, place, descriptor.restore?.checkpointId ?? 0, transactions);
  }
}

/** Key groups wait to be restored. */
export function hasRestoring(task: TaskState): boolean {
  return task.initialization.cursor !== null && !task.initialization.chainRestored;
}

export function restoreSome(task: TaskState, step: TaskStep): TaskReason | null {
  const { initialization } = task;
  const operators: readonly OperatorSnapshot[] = loadedSnapshots(task).flatMap((snapshot) => snapshot.operators);
  const cursor = must(initialization.cursor, 'cursor of a restore');
  const before = cursor.entries;
  const done = restoreStep(task.chain, operators, cursor, step.options.snapshotKeyGroupsPerStep);
  step.out.records += cursor.entries - before;
  if (!done.ok) return unrestorable(done.reason);
  if (done.value) finishRestore(task);
  return null;
}

function finishRestore(task: TaskState): void {
  task.initialization.chainRestored = true;
  task.initialization.snapshots.length = 0;
}

/** RUNNING as soon as everything is there. */
export function tryRun(task: TaskState, step: TaskStep): void {
  const { initialization, source } = task;
  if (!initialization.chainRestored || !initialization.sinkOpened) return;
  if (source !== null && !isSourceOpened(source)) return;
  moveTask(task, 'RUNNING', null, step);
  repeatProgress(task);
  if (source !== null) startSource(source, step.now);
  requestPartitions(task.gate, step);
}

/**
 * Consumers do not remember what each of their channels had reached, so a restored task says it again: its watermark, and its end. Nothing
 * fires by that, and nothing is emitted.
 */
function repeatProgress(task: TaskState): void {
  if (task.watermark > NO_TIMESTAMP) {
    broadcastControl(task.partition, { kind: 'watermark', timestamp: task.watermark });
  }
  if (task.atEnd) broadcastControl(task.partition, { kind: 'end' });
}
