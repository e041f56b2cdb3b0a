// What a task asks of ports, and what it does when a port fails: the same again, later, for as long as the task lives. Only an answer that
// says that asking again does not help fails the task. (A snapshot that cannot be stored is declined; see snapshot.ts.)
import { must, unreachable } from '../base/assert.ts';
import { openRequest } from '../base/requests.ts';
import { retryLater, takeDueRetries } from '../base/retry.ts';
import { currentCommit, currentWrite, nextCommit, nextWrite } from '../operators/sink.ts';
import type { SinkState, SinkWrite } from '../operators/sink.ts';
import { nextRead, readOf } from '../operators/source.ts';
import type { FencingToken, PortRequest } from '../protocol/ports.ts';
import type { TaskPurpose } from '../protocol/purposes.ts';
import { callRequest, takeCalls } from './calls.ts';
import { REQUESTS_PER_TASK_MAX } from './state.ts';
import type { TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

/** Asks a port for something; nothing happens if what it was for is gone. */
export function ask(task: TaskState, purpose: TaskPurpose, step: TaskStep): void {
  const request = requestFor(task, purpose, step);
  if (request === null) return;
  keepIdsInShare(task);
  step.out.request(openRequest(task.requests, purpose), request);
}

/**
 * Behind the last id of its share a task begins with the first one again, past those that still wait: the one behind is that of another task,
 * which would get the answer. A source that reads as fast as it can comes there within days.
 */
function keepIdsInShare({ number, requests }: TaskState): void {
  const first = number * REQUESTS_PER_TASK_MAX;
  const end = first + REQUESTS_PER_TASK_MAX;
  if (requests.nextId === end) requests.nextId = first;
  while (requests.pending.has(requests.nextId))
    requests.nextId = requests.nextId + 1 === end ? first : requests.nextId + 1;
}

/** Asks again in `delayMs`. */
export function askLater(task: TaskState, purpose: TaskPurpose, delayMs: number, step: TaskStep): void {
  retryLater(task.retries, purpose, step.now + delayMs);
}

/** Sends again what is due. */
export function retryDue(task: TaskState, step: TaskStep): void {
  for (const purpose of takeDueRetries(task.retries, step.now)) ask(task, purpose, step);
}

/** Asks for everything that source, chain and sink want of their ports and that is not on its way. */
export function askConnectors(task: TaskState, step: TaskStep): void {
  const { source, sink } = task;
  if (source !== null) {
    for (let read = nextRead(source); read !== null; read = nextRead(source)) {
      ask(task, { kind: 'read-split', split: read.split }, step);
    }
  }
  if (task.chain.calls !== undefined)
    for (const id of takeCalls(task, step)) ask(task, { kind: 'call-function', id }, step);
  if (sink === null || !task.initialization.sinkOpened) return; // nothing is written, nor committed, before lower tokens are fenced
  if (nextWrite(sink) !== null) ask(task, { kind: 'write-sink' }, step);
  if (nextCommit(sink) !== null) ask(task, { kind: 'commit-sink' }, step);
}

function requestFor(task: TaskState, purpose: TaskPurpose, step: TaskStep): PortRequest | null {
  switch (purpose.kind) {
    case 'load-artifact':
      return { kind: 'artifact-load', hash: task.descriptor.artifact };
    case 'read-snapshot':
    case 'reread-snapshot':
      return snapshotRead(task, purpose.index);
    case 'open-sink':
      return sinkOpen(task, must(task.sink, 'sink'));
    case 'read-split':
      return splitRead(task, purpose.split, step.options.sourceReadRecords);
    case 'call-function':
      return callRequest(task, purpose.id);
    case 'write-sink':
      return sinkWrite(task, must(task.sink, 'sink'));
    case 'commit-sink':
      return sinkCommit(task, must(task.sink, 'sink'));
    case 'store-snapshot':
      return snapshotStore(task, purpose.checkpointId);
    default:
      return unreachable(purpose);
  }
}

function snapshotRead(task: TaskState, index: number): PortRequest | null {
  const handle = task.descriptor.restore?.handles[index];
  return handle === undefined ? null : { kind: 'storage-get', name: handle.name };
}

function snapshotStore(task: TaskState, checkpointId: number): PortRequest | null {
  const checkpoint = task.checkpoints.find((other) => other.checkpointId === checkpointId);
  if (checkpoint === undefined || checkpoint.blob === null) return null; // declined or aborted meanwhile
  return { kind: 'storage-put', name: checkpoint.blob.handle.name, bytes: checkpoint.blob.bytes };
}

function splitRead(task: TaskState, split: number, maxRecords: number): PortRequest | null {
  const source = must(task.source, 'source');
  const read = readOf(source, split);
  if (read === null) return null;
  const { topic, schema } = source.operator;
  return { kind: 'source-read', topic, ...read, maxRecords, ...(schema === undefined ? {} : { schema }) };
}

function tokenOf(task: TaskState): FencingToken {
  return { epoch: task.epoch, attempt: task.descriptor.attempt.attempt };
}

function writerOf(task: TaskState, sink: SinkState): { sink: string; writer: string; token: FencingToken } {
  return { sink: sink.operator.sink, writer: sink.writer, token: tokenOf(task) };
}

function sinkOpen(task: TaskState, sink: SinkState): PortRequest {
  const keep = sink.pending.map((transaction) => transaction.transaction);
  return { kind: 'sink-open', ...writerOf(task, sink), keep };
}

function sinkWrite(task: TaskState, sink: SinkState): PortRequest | null {
  const write = currentWrite(sink);
  return write === null ? null : writeRequest(writerOf(task, sink), write);
}

function writeRequest(target: { sink: string; writer: string; token: FencingToken }, write: SinkWrite): PortRequest {
  const { transaction } = write;
  const { sink, writer, token } = target;
  if (write.kind === 'prepare') return { kind: 'sink-prepare', sink, writer, token, transaction, chunks: write.chunks };
  return { kind: 'sink-write', sink, writer, token, transaction, chunk: write.chunk, records: write.records };
}

function sinkCommit(task: TaskState, sink: SinkState): PortRequest | null {
  const transaction = currentCommit(sink);
  return transaction === null ? null : { kind: 'sink-commit', ...writerOf(task, sink), transaction };
}
