// Answers of ports to one task.
import { must, unreachable } from '../base/assert.ts';
import { closeRequest } from '../base/requests.ts';
import { onCommitted, onWritten } from '../operators/sink.ts';
import { onRecords, readOf } from '../operators/source.ts';
import type { ClusterOutbox, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { TaskPurpose } from '../protocol/purposes.ts';
import { onArtifactLoaded, onSnapshotRead } from './initialization.ts';
import { tryFinish } from './messages.ts';
import { askLater } from './requests.ts';
import { acknowledgeReady, onSnapshotStored, onStoreFailed } from './snapshot.ts';
import { isOver } from './state.ts';
import type { TaskState } from './state.ts';
import { failTask, taskOf } from './status.ts';
import type { TaskHost } from './step.ts';

type PurposeOf<K extends TaskPurpose['kind']> = Extract<TaskPurpose, { kind: K }>;

export function onTaskCompleted(
  task: TaskState,
  completion: { readonly request: number; readonly answer: PortAnswer | PortFailed },
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const purpose = closeRequest(task.requests, completion.request);
  if (purpose === null || isOver(task) || task.status === 'CANCELING') return;
  if (completion.answer.kind === 'failed') onPortFailed(task, purpose, completion.answer, host, now, out);
  else onAnswer(task, purpose, completion.answer, host, now, out);
}

function onPortFailed(
  task: TaskState,
  purpose: TaskPurpose,
  failed: PortFailed,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  if (out.noted) out.note({ kind: 'task-request-failed', ...taskOf(task), purpose, reason: failed.reason });
  const { requestRetryMs } = host.options;
  if (purpose.kind === 'store-snapshot') onStoreFailed(task, purpose, failed.reason, { now, requestRetryMs }, out);
  else askLater(task, purpose, requestRetryMs, now);
}

function onAnswer(
  task: TaskState,
  purpose: TaskPurpose,
  answer: PortAnswer,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  switch (purpose.kind) {
    case 'load-artifact':
      return onArtifactAnswer(task, answer, host, out);
    case 'read-snapshot':
      return onSnapshotAnswer(task, purpose, answer, host, out);
    case 'open-sink':
      return onSinkOpened(task, answer, out);
    case 'read-split':
      return onSplitAnswer(task, purpose, answer, host, now, out);
    case 'write-sink':
      return onSinkWritten(task, answer, now, out);
    case 'commit-sink':
      return onSinkCommitted(task, answer, out);
    case 'store-snapshot':
      if (answer.kind !== 'stored') return failUnexpected(task, purpose, answer, out);
      return onSnapshotStored(task, purpose.checkpointId, now, out);
    default:
      return unreachable(purpose);
  }
}

function onArtifactAnswer(task: TaskState, answer: PortAnswer, host: TaskHost, out: ClusterOutbox): void {
  if (answer.kind === 'artifact-loaded') onArtifactLoaded(task, host, out);
  else if (answer.kind === 'artifact-refused')
    failTask(task, { kind: 'artifact-refused', artifact: task.descriptor.artifact, reason: answer.reason }, out);
  else failUnexpected(task, { kind: 'load-artifact' }, answer, out);
}

function onSnapshotAnswer(
  task: TaskState,
  purpose: PurposeOf<'read-snapshot'>,
  answer: PortAnswer,
  host: TaskHost,
  out: ClusterOutbox,
): void {
  if (answer.kind === 'loaded') return onSnapshotRead(task, purpose.index, answer.bytes, host, out);
  if (answer.kind !== 'not-found') return failUnexpected(task, purpose, answer, out);
  const { name } = must(task.descriptor.restore?.handles[purpose.index], 'the handle of a snapshot that was read');
  failTask(task, { kind: 'restore-failed', reason: { kind: 'file-missing', name } }, out);
}

function onSinkOpened(task: TaskState, answer: PortAnswer, out: ClusterOutbox): void {
  if (isRefused(task, answer, out)) return;
  if (answer.kind === 'sink-opened') task.initialization.sinkOpened = true;
  else failUnexpected(task, { kind: 'open-sink' }, answer, out);
}

function onSplitAnswer(
  task: TaskState,
  purpose: PurposeOf<'read-split'>,
  answer: PortAnswer,
  host: TaskHost,
  now: number,
  out: ClusterOutbox,
): void {
  const read = task.source === null ? null : readOf(task.source, purpose.split);
  if (answer.kind !== 'records' || task.source === null || read === null) {
    return failUnexpected(task, purpose, answer, out);
  }
  const outcome = onRecords(task.source, read, answer, now);
  if (outcome === 'nothing-yet') askLater(task, purpose, host.options.requestRetryMs, now);
  if (outcome === 'wrong-position') {
    const { split, position: asked } = read;
    failTask(task, { kind: 'split-out-of-place', split, asked, answered: answer.position }, out);
  }
}

function onSinkWritten(task: TaskState, answer: PortAnswer, now: number, out: ClusterOutbox): void {
  if (isRefused(task, answer, out) || task.sink === null) return;
  if (answer.kind !== 'sink-written' && answer.kind !== 'sink-prepared') {
    return failUnexpected(task, { kind: 'write-sink' }, answer, out);
  }
  onWritten(task.sink);
  acknowledgeReady(task, now, out);
}

function onSinkCommitted(task: TaskState, answer: PortAnswer, out: ClusterOutbox): void {
  if (isRefused(task, answer, out) || task.sink === null) return;
  if (answer.kind !== 'sink-committed') return failUnexpected(task, { kind: 'commit-sink' }, answer, out);
  onCommitted(task.sink);
  tryFinish(task, out);
}

/** A refusal is final. `unknown-transaction` means that output is lost: never to be passed over. */
function isRefused(task: TaskState, answer: PortAnswer, out: ClusterOutbox): boolean {
  if (answer.kind !== 'sink-refused') return false;
  const { sink } = must(task.sink, 'the sink of a task that asked one').operator;
  failTask(task, { kind: 'sink-refused', sink, refusal: answer.reason }, out);
  return true;
}

function failUnexpected(task: TaskState, purpose: TaskPurpose, answer: PortAnswer, out: ClusterOutbox): void {
  failTask(task, { kind: 'answer-unexpected', purpose: purpose.kind, answer: answer.kind }, out);
}
