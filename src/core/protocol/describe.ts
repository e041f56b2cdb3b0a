// The one text form of inputs and effects, messages, requests and answers: traces of both worlds, scripts, errors and reports all use it. A
// line says what tells two of a kind apart, and no more.
import { effectText, inputText, type Wording } from '../base/describe-step.ts';
import type { Input } from '../base/machine.ts';
import type { Effect } from '../base/outbox.ts';
import type { Vocabulary } from '../base/vocabulary.ts';
import { columnLength } from '../columns/column.ts';
import { batchSize } from '../graph/batch.ts';
import { describeAttempt, describeChannel } from './describe-ids.ts';
import { describeNote } from './describe-note.ts';
import type { Element, Message } from './messages.ts';
import type { Note } from './notes.ts';
import type { FencingToken, PortAnswer, PortFailed, PortRequest } from './ports.ts';
import { describeDeath, describeEnd } from './describe-death.ts';
import { describeBecause, describeReason } from './describe-reason.ts';
import type { Reason } from './reasons.ts';

function describeElement(element: Element): string {
  switch (element.kind) {
    case 'batch':
      return `batch of ${batchSize(element.batch)}`;
    case 'watermark':
      return `watermark ${element.timestamp}`;
    case 'barrier':
      return `barrier ${element.checkpointId}`;
    case 'end':
      return 'end';
  }
}

/** Kind and what matters of the body; who sent it to whom is said by whoever prints it. */
export function describeMessage(message: Message): string {
  const details = detailsOf(message);
  return details === '' ? message.kind : `${message.kind} ${details}`;
}

function describeStop(savepointId: string | null): string {
  return savepointId === null ? '' : ` stop=${savepointId}`;
}

function detailsOf(message: Message): string {
  switch (message.kind) {
    case 'submit-job':
    case 'cancel-job':
    case 'request-job-status':
    case 'remove-job':
    case 'job-accepted':
      return message.body.jobId;
    case 'job-rejected':
    case 'request-refused':
      return `${message.body.jobId}${describeBecause(message.body.reason)}`;
    case 'job-status':
      return `${message.body.jobId} ${message.body.status}${describeStop(message.body.savepointId)}${describeBecause(message.body.reason)}`;
    case 'rescale-job':
      return [
        message.body.jobId,
        ...message.body.parallelism.map(({ operator, parallelism }) => `${operator}=${parallelism}`),
      ].join(' ');
    case 'stop-job':
      return `${message.body.jobId} ${message.body.savepointId}${message.body.drain ? ' drain' : ''}`;
    case 'trigger-savepoint':
    case 'request-savepoint-status':
    case 'dispose-savepoint':
      return `${message.body.jobId} ${message.body.savepointId}`;
    case 'savepoint-status':
      return `${message.body.jobId} ${message.body.savepointId} ${message.body.status}`;
    case 'take-checkpoint':
    case 'request-checkpoint-status':
      return `${message.body.jobId} ${message.body.triggerId}`;
    case 'checkpoint-status':
      return `${message.body.jobId} ${message.body.triggerId} ${message.body.status} ${message.body.checkpointId ?? 'none'}`;
    case 'request-jobs':
      return message.body.after === null ? '' : `after ${message.body.after.jobId}`;
    case 'job-list':
      return `${listOf(message.body.jobs.map(({ jobId, status }) => `${jobId} ${status}`))}${message.body.next === null ? '' : ', and more'}`;
    case 'request-job-checkpoints':
      return message.body.jobId;
    case 'job-checkpoints':
      return `${message.body.jobId} completed=${message.body.counts.completed} failed=${message.body.counts.failed}`;
    case 'request-job-exceptions':
      return `${message.body.jobId} max=${message.body.max}`;
    case 'job-exceptions':
      return `${message.body.jobId} ${message.body.exceptions.length}${message.body.truncated ? ', and more' : ''}`;
    case 'request-job-details':
      return message.body.jobId;
    case 'job-details':
      return `${message.body.jobId} ${message.body.status} ${message.body.subtasks.length} tasks`;
    case 'request-checkpoint-details':
      return `${message.body.jobId} ${message.body.checkpointId}`;
    case 'checkpoint-details':
      return `${message.body.jobId} ${message.body.checkpointId} ${message.body.checkpoint?.status ?? 'not kept'}`;
    case 'request-cluster-overview':
      return message.body.only ?? 'all';
    case 'cluster-overview':
      return listOf(message.body.taskManagers.map(({ address }) => address));
    case 'drain-task-manager':
    case 'undrain-task-manager':
    case 'request-drain-status':
      return message.body.taskManager;
    case 'drain-status':
      return `${message.body.taskManager} ${message.body.status}${describeBecause(message.body.reason)}`;
    case 'register-task-manager':
      return `incarnation=${message.body.incarnation} slots=${message.body.slots}${message.body.death === null ? '' : `, ${describeDeath(message.body.death)}`}`;
    case 'process-died':
      return describeDeath(message.body.death);
    case 'process-stops':
      return message.body.why;
    case 'task-manager-stopped':
      return `incarnation=${message.body.incarnation}, ${message.body.why}`;
    case 'memory-short':
      return `${message.body.usedBytes} of ${message.body.limitBytes} bytes`;
    case 'task-manager-registered':
      return `incarnation=${message.body.incarnation} epoch=${message.body.epoch}`;
    case 'registration-refused':
      return describeReason(message.body.reason);
    case 'heartbeat':
      return listOf(message.body.allocations.map(({ slotIndex, allocationId }) => `${slotIndex}=${allocationId}`));
    case 'heartbeat-answer':
      return listOf([
        ...message.body.slots.map(({ slotIndex, state }) => `slot ${slotIndex} ${state}`),
        ...message.body.tasks.map(({ attempt, state }) => `${describeAttempt(attempt)} ${state}`),
      ]);
    case 'request-slot':
    case 'free-slot':
    case 'slot-freed':
      return `slot=${message.body.slotIndex} ${message.body.allocationId}`;
    case 'slot-answer':
      return `slot=${message.body.slotIndex} ${message.body.allocationId} ${message.body.granted ? 'granted' : 'refused'}`;
    case 'offer-slots':
      return `offer=${message.body.offer} ${listOf(message.body.slots.map(({ allocationId }) => allocationId))}`;
    case 'slots-accepted':
      return `offer=${message.body.offer} ${listOf(message.body.accepted)}`;
    case 'deploy-task':
      return `${describeAttempt(message.body.task.attempt)} slot=${message.body.slotIndex} restore=${message.body.task.restore?.checkpointId ?? 'none'}`;
    case 'cancel-task':
      return `${describeAttempt(message.body.attempt)}${message.body.finish ? ' finish' : ''}`;
    case 'task-state-changed':
      return `${describeAttempt(message.body.attempt)} ${message.body.state}${describeBecause(message.body.reason)}`;
    case 'trigger-checkpoint':
      return `${message.body.checkpointId} ${describeAttempt(message.body.attempt)}${message.body.drain ? ' drain' : ''}`;
    case 'abort-checkpoint':
      return `${message.body.checkpointId} ${describeAttempt(message.body.attempt)}`;
    case 'acknowledge-checkpoint':
      return `${message.body.checkpointId} ${describeAttempt(message.body.attempt)}${message.body.atEnd ? ' at its end' : ''}`;
    case 'decline-checkpoint':
      return `${message.body.checkpointId} ${describeAttempt(message.body.attempt)}${describeBecause(message.body.reason)}`;
    case 'notify-checkpoint-complete':
      return `${message.body.checkpointId} ${describeAttempt(message.body.attempt)}${message.body.final ? ' final' : ''}`;
    case 'request-partition':
      return `${describeChannel(message.body.channel)} credit=${message.body.credit}`;
    case 'partition-unavailable':
      return describeChannel(message.body.channel);
    case 'channel-elements':
      return `${describeChannel(message.body.channel)} from ${message.body.sequence}: ${listOf(message.body.elements.map(describeElement))}`;
    case 'channel-status':
      return `${describeChannel(message.body.channel)} last=${message.body.lastSequence} backlog=${message.body.backlog}`;
    case 'channel-credit':
      return `${describeChannel(message.body.channel)} credit=${message.body.credit} received=${message.body.received}`;
  }
}

function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.join(', ');
}

/** One that only a host knows is told by its kind. */
export function describeRequest(request: PortRequest): string {
  return requestText(request) ?? (request as { readonly kind: string }).kind;
}

function requestText(request: PortRequest): string | undefined {
  switch (request.kind) {
    case 'ha-read':
    case 'storage-list':
      return `${request.kind} ${request.prefix === '' ? 'everything' : `${request.prefix}*`}`;
    case 'ha-write':
      return `ha-write ${request.key}${request.value === null ? ' delete' : ''} if revision=${request.ifRevision ?? 'any'} epoch=${request.ifEpoch ?? 'any'}`;
    case 'ha-watch':
      return `ha-watch ${request.key} after ${request.afterRevision}`;
    case 'ha-renew':
      return `ha-renew epoch=${request.epoch}`;
    case 'ha-lease':
      return 'ha-lease';
    case 'storage-put':
      return `storage-put ${request.name} of ${request.bytes.length} bytes`;
    case 'storage-get':
    case 'storage-delete':
      return `${request.kind} ${request.name}`;
    case 'source-read':
      return `source-read ${request.topic}/${request.split} from ${request.position}, at most ${request.maxRecords}`;
    case 'sink-open':
      return `sink-open ${describeWriter(request)} keep ${listOf(request.keep)}`;
    case 'sink-write':
      return `sink-write ${describeWriter(request)} ${request.transaction} chunk ${request.chunk} of ${request.records.length}`;
    case 'sink-prepare':
      return `sink-prepare ${describeWriter(request)} ${request.transaction} chunks=${request.chunks}`;
    case 'sink-commit':
      return `sink-commit ${describeWriter(request)} ${request.transaction}`;
    case 'artifact-load':
      return `artifact-load ${request.hash}`;
    case 'function-call':
      return `function-call of ${request.operator}`;
  }
}

function describeWriter({
  sink,
  writer,
  token,
}: {
  readonly sink: string;
  readonly writer: string;
  readonly token: FencingToken;
}): string {
  return `${sink} by ${writer} e${token.epoch}-a${token.attempt}`;
}

/** One that only a host knows is told by its kind. */
export function describeAnswer(answer: PortAnswer | PortFailed): string {
  return answerText(answer) ?? (answer as { readonly kind: string }).kind;
}

function answerText(answer: PortAnswer | PortFailed): string | undefined {
  switch (answer.kind) {
    case 'failed':
      return `failed (${answer.outcome}): ${describeReason(answer.reason)}`;
    case 'ha-entries':
      return `ha-entries ${listOf(answer.entries.map(({ key, revision }) => `${key}@${revision}`))} at ${answer.revision}`;
    case 'ha-written':
      return `ha-written at ${answer.revision}`;
    case 'ha-conflict':
      return `ha-conflict ${answer.entry === null ? 'no entry' : `${answer.entry.key}@${answer.entry.revision}`} epoch=${answer.epoch}`;
    case 'ha-changed':
      return `ha-changed ${answer.entry === null ? 'deleted' : `${answer.entry.key}@${answer.entry.revision}`}`;
    case 'ha-renewed':
      return `ha-renewed epoch=${answer.epoch}`;
    case 'ha-lease':
      return `ha-lease ${answer.leader === null ? 'no leader' : `leader@${answer.leader.revision}`} renewals=${answer.renewals}`;
    case 'loaded':
      return `loaded ${answer.bytes.length} bytes`;
    case 'listed':
      return `listed ${listOf(answer.names)}`;
    case 'records':
      return `records ${answer.values.length} from ${answer.position}${answer.end ? ', end' : ''}`;
    case 'record-column':
      return `record-column ${columnLength(answer.column)} from ${answer.position}${answer.end ? ', end' : ''}`;
    case 'sink-refused':
      return `sink-refused ${answer.reason}`;
    case 'source-refused':
      return `source-refused ${describeReason(answer.reason)}`;
    case 'record-refused':
      return `record-refused ${answer.text}`;
    case 'artifact-refused':
      return `artifact-refused ${describeReason(answer.reason)}`;
    case 'artifact-loaded':
      return `artifact-loaded ${answer.hash}`;
    case 'function-failed':
      return `function-failed ${answer.problem}`;
    case 'function-returned':
      return 'function-returned';
    case 'stored':
    case 'not-found':
    case 'deleted':
    case 'sink-opened':
    case 'sink-written':
    case 'sink-prepared':
    case 'sink-committed':
      return answer.kind;
  }
}

const wording: Wording = {
  message: (message) => describeMessage(message as unknown as Message),
  request: (request) => describeRequest(request as PortRequest),
  answer: (answer) => describeAnswer(answer as PortAnswer | PortFailed),
  note: (note) => describeNote(note as Note),
  reason: (reason) =>
    typeof reason === 'string' ? reason : (describeEnd(reason.kind) ?? describeReason(reason as Reason)),
};

/** What a step was given. It takes any machine's input, as hosts do, but only that of a cluster reads well. */
export function describeInput(input: Input<Vocabulary>): string {
  return inputText(input, wording);
}

/** What a step asked for, and what it noted. */
export function describeEffect(effect: Effect): string {
  return effectText(effect, wording);
}
