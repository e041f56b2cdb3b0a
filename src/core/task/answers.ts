// Answers of ports to one task.
import { must, unreachable } from '../base/assert.ts';
import { closeRequest } from '../base/requests.ts';
import { onCommitted, onWritten } from '../operators/sink.ts';
import { onRecords, readOf } from '../operators/source.ts';
import type { PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { TaskPurpose } from '../protocol/purposes.ts';
import { onCallAnswer } from './calls.ts';
import { onArtifactLoaded, onSnapshotRead } from './initialization.ts';
import { tryFinish } from './messages.ts';
import { askLater } from './requests.ts';
import { acknowledgeReady, onSnapshotStored, onStoreFailed } from './snapshot.ts';
import { isOver } from './state.ts';
import type { TaskState } from './state.ts';
import { failTask, taskOf } from './status.ts';
import type { TaskStep } from './step.ts';

type PurposeOf<K extends TaskPurpose['kind']> = Extract<TaskPurpose, { kind: K }>;

export function onTaskCompleted(
  task: TaskState,
  completion: { readonly request: number; readonly answer: PortAnswer | PortFailed },
  step: TaskStep,
): void {
  const purpose = closeRequest(task.requests, completion.request);
  if (purpose === null || isOver(task) || task.status === 'CANCELING') return;
  if (completion.answer.kind === 'failed') onPortFailed(task, purpose, completion.answer, step);
  else onAnswer(task, purpose, completion.answer, step);
}

function onPortFailed(task: TaskState, purpose: TaskPurpose, failed: PortFailed, step: TaskStep): void {
  if (step.out.noted) step.out.note({ kind: 'task-request-failed', ...taskOf(task), purpose, reason: failed.reason });
  if (purpose.kind === 'store-snapshot') onStoreFailed(task, purpose, failed.reason, step);
  else askLater(task, purpose, step.options.requestRetryMs, step);
}

function onAnswer(task: TaskState, purpose: TaskPurpose, answer: PortAnswer, step: TaskStep): void {
  switch (purpose.kind) {
    case 'load-artifact':
      return onArtifactAnswer(task, answer, step);
    case 'read-snapshot':
    case 'reread-snapshot':
      return onSnapshotAnswer(task, purpose, answer, step);
    case 'open-sink':
      return onSinkOpened(task, answer, step);
    case 'read-split':
      return onSplitAnswer(task, purpose, answer, step);
    case 'call-function':
      return onCallAnswer(task, purpose.id, answer, step);
    case 'write-sink':
      return onSinkWritten(task, answer, step);
    case 'commit-sink':
      return onSinkCommitted(task, answer, step);
    case 'store-snapshot':
      if (answer.kind !== 'stored') return failUnexpected(task, purpose, answer, step);
      return onSnapshotStored(task, purpose.checkpointId, step);
    default:
      return unreachable(purpose);
  }
}

function onArtifactAnswer(task: TaskState, answer: PortAnswer, step: TaskStep): void {
  if (answer.kind === 'artifact-loaded') onArtifactLoaded(task, step);
  else if (answer.kind === 'artifact-refused')
    failTask(task, { kind: 'artifact-refused', artifact: task.descriptor.artifact, reason: answer.reason }, step);
  else failUnexpected(task, { kind: 'load-artifact' }, answer, step);
}

function onSnapshotAnswer(
  task: TaskState,
  purpose: PurposeOf<'read-snapshot' | 'reread-snapshot'>,
  answer: PortAnswer,
  step: TaskStep,
): void {
  if (answer.kind === 'loaded') return onSnapshotRead(task, purpose, answer.bytes, step);
  if (answer.kind !== 'not-found') return failUnexpected(task, purpose, answer, step);
  const { name } = must(task.descriptor.restore?.handles[purpose.index], 'the handle of a snapshot that was read');
  failTask(task, { kind: 'restore-failed', reason: { kind: 'file-missing', name } }, step);
}

function onSinkOpened(task: TaskState, answer: PortAnswer, step: TaskStep): void {
  if (isRefused(task, answer, step)) return;
  if (answer.kind === 'sink-opened') task.initialization.sinkOpened = true;
  else failUnexpected(task, { kind: 'open-sink' }, answer, step);
}

function onSplitAnswer(task: TaskState, purpose: PurposeOf<'read-split'>, answer: PortAnswer, step: TaskStep): void {
  const read = task.source === null ? null : readOf(task.source, purpose.split);
  if (answer.kind === 'source-refused' && task.source !== null) {
    const { topic } = task.source.operator;
    const { reason, stack } = answer;
    return failTask(task, { kind: 'source-refused', topic, split: purpose.split, reason, stack }, step);
  }
  const isRead = answer.kind === 'records' || answer.kind === 'record-column';
  if (!isRead || task.source === null || read === null) return failUnexpected(task, purpose, answer, step);
  const { position, end, mark } = answer;
  const fetched = answer.kind === 'records' ? answer.values : answer.column;
  const outcome = onRecords(task.source, read, { position, fetched, end, mark }, step.now);
  if (outcome === 'nothing-yet') askLater(task, purpose, step.options.requestRetryMs, step);
  if (outcome === 'wrong-position') {
    const { split, position: asked } = read;
    failTask(task, { kind: 'split-out-of-place', split, asked, answered: answer.position }, step);
  }
}

function onSinkWritten(task: TaskState, answer: PortAnswer, step: TaskStep): void {
  if (isRefused(task, answer, step) || task.sink === null) return;
  if (answer.kind !== 'sink-written' && answer.kind !== 'sink-prepared') {
    return failUnexpected(task, { kind: 'write-sink' }, answer, step);
  }
  onWritten(task.sink);
  acknowledgeReady(task, step);
}

function onSinkCommitted(task: TaskState, answer: PortAnswer, step: TaskStep): void {
  if (isRefused(task, answer, step) || task.sink === null) return;
  if (answer.kind !== 'sink-committed') return failUnexpected(task, { kind: 'commit-sink' }, answer, step);
  onCommitted(task.sink);
  tryFinish(task, step);
}

/** A refusal is final. `unknown-transaction` means that output is lost: never to be passed over. */
function isRefused(task: TaskState, answer: PortAnswer, step: TaskStep): boolean {
  if (answer.kind !== 'sink-refused' && answer.kind !== 'record-refused') return false;
  const { sink } = must(task.sink, 'the sink of a task that asked one').operator;
  const isRecord = answer.kind === 'record-refused';
  const reason = isRecord
    ? ({ kind: 'record-refused', sink, text: answer.text } as const)
    : ({ kind: 'sink-refused', sink, refusal: answer.reason } as const);
  failTask(task, reason, step);
  return true;
}

function failUnexpected(
  task: TaskState,
  { kind }: Exclude<TaskPurpose, { kind: 'call-function' }>,
  answer: PortAnswer,
  step: TaskStep,
): void {
  const purpose = kind === 'reread-snapshot' ? 'read-snapshot' : kind; // what was asked for is the same
  failTask(task, { kind: 'answer-unexpected', purpose, answer: answer.kind }, step);
}
