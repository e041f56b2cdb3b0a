// A part of O-life: what clients are told of a job's checkpoints and failures happened. Of nothing that is judged here more is remembered than ids and texts
// of failures, and only in runs of which a client asks.
import type { Bodies, Message, MessageOfKind } from '../../core/protocol/messages.ts';
import type { CheckpointLine, JobException } from '../../core/protocol/job-history.ts';
import type { EvidenceLine, Violate } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { aboutCheckpoint, aboutMessage, line } from './evidence.ts';
import type { Pointers } from './pointers.ts';
import { sentBy, type Stepped } from './seen.ts';

export interface ToldHistory {
  /** By epoch: checkpoints of which its leader told tasks that they are complete. */
  readonly completedBy: Map<number, Set<number>>;
  /** What tasks said that ended them: attempt and reason. */
  readonly failures: Set<string>;
}

export function createToldHistory(): ToldHistory {
  return { completedBy: new Map(), failures: new Set() };
}

/** @param pointers of the job, up to its end */
export function judgeHistory(
  told: ToldHistory,
  { jobId, asksHistory }: OracleContext,
  pointers: Pointers,
  { node, effects }: Stepped,
  violate: Violate,
): void {
  if (asksHistory !== true) return;
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message === null) continue;
    if (message.kind === 'task-state-changed') noteFailure(told, jobId, message.body);
    if (message.kind === 'notify-checkpoint-complete' && message.body.attempt.jobId === jobId)
      noteCompleted(told, message.body);
    if (!isHistory(message)) continue;
    if (message.body.jobId !== jobId) continue;
    const to = line(`told ${message.to}`, aboutMessage(message.kind, message.to));
    if (message.kind === 'job-checkpoints') judgeCheckpoints(told, pointers, message.body, { node, to }, violate);
    else if (message.kind === 'checkpoint-details') judgeDetails(pointers, message.body, { node, to }, violate);
    else judgeExceptions(told, message.body, { node, to }, violate);
  }
}

type History = MessageOfKind<'job-checkpoints' | 'job-exceptions' | 'checkpoint-details'>;

function isHistory(message: Message): message is History {
  return ['job-checkpoints', 'job-exceptions', 'checkpoint-details'].includes(message.kind);
}

function noteCompleted(
  { completedBy }: ToldHistory,
  { epoch, checkpointId }: Bodies['notify-checkpoint-complete'],
): void {
  const ids = completedBy.get(epoch) ?? new Set();
  completedBy.set(epoch, ids.add(checkpointId));
}

function noteFailure({ failures }: ToldHistory, jobId: string, body: Bodies['task-state-changed']): void {
  const { attempt, state, reason } = body;
  if (attempt.jobId === jobId && state === 'FAILED' && reason !== null) failures.add(JSON.stringify([attempt, reason]));
}

interface Telling {
  readonly node: string;
  readonly to: EvidenceLine;
}

/** Whoever tells is judged by what it told tasks before, and by what is durable. */
function judgeCheckpoints(
  { completedBy }: ToldHistory,
  pointers: Pointers,
  { epoch, counts, latestCompleted, history }: Bodies['job-checkpoints'],
  { node, to }: Telling,
  violate: Violate,
): void {
  const lines = latestCompleted === null ? history : [latestCompleted, ...history];
  const { everDurable } = pointers;
  for (const one of lines) judgeLine(one, pointers, { node, to }, violate);
  const known = completedBy.get(epoch)?.size ?? 0;
  const shown = countOf(history, 'COMPLETED');
  if (counts.completed < known || counts.completed < shown)
    violate(
      'history-short',
      `${node} counts ${counts.completed} completed checkpoints, told tasks of ${known} and shows ${shown}`,
      [to],
    );
  if (counts.completed > everDurable.size)
    violate(
      'history-long',
      `${node} counts ${counts.completed} completed checkpoints, and ${everDurable.size} were durable`,
      [to],
    );
  if (counts.failed < countOf(history, 'FAILED') || counts.inProgress !== countOf(history, 'IN_PROGRESS'))
    violate('history-counts', `${node} counts other checkpoints than it shows`, [to]);
  if (history.some((line, index) => index > 0 && !isOlder(line, history[index - 1] as CheckpointLine)))
    violate('history-order', `${node} shows checkpoints in another order than from the newest to the oldest`, [
      to,
      history.map(({ id, status }) => `${id} ${status}`).join(', '),
    ]);
}

/** An id that was not stored is taken again: the older line of two with one id is of a checkpoint that failed. */
function isOlder(line: CheckpointLine, newer: CheckpointLine): boolean {
  return line.id < newer.id || (line.id === newer.id && line.status === 'FAILED');
}

/** A checkpoint with its subtasks is judged as its line is. */
function judgeDetails(
  pointers: Pointers,
  { checkpoint }: Bodies['checkpoint-details'],
  telling: Telling,
  violate: Violate,
): void {
  if (checkpoint !== null) judgeLine(checkpoint, pointers, telling, violate);
}

function countOf(history: readonly CheckpointLine[], status: CheckpointLine['status']): number {
  return history.filter((one) => one.status === status).length;
}

function judgeLine(
  one: CheckpointLine,
  { everDurable, retained }: Pointers,
  { node, to }: Telling,
  violate: Violate,
): void {
  const { id, status, failure, numSubtasks, numAcknowledgedSubtasks, externalPath } = one;
  const about = { about: [aboutCheckpoint(id)] };
  if (status === 'COMPLETED' && !everDurable.has(id))
    violate('told-complete', `${node} said that checkpoint ${id} is complete, which was never durable`, [to], about);
  if (status === 'FAILED' && everDurable.has(id))
    violate('told-failed', `${node} said that checkpoint ${id} failed, which is durable`, [to], about);
  const pointer = retained.find(({ checkpointId }) => checkpointId === id);
  if (status === 'COMPLETED' && pointer !== undefined && pointer.metadata.name !== externalPath)
    violate('told-path', `${node} said that the metadata of checkpoint ${id} is ${externalPath}`, [to], about);
  if ((status === 'FAILED') !== (failure !== null))
    violate('told-why', `${node} said that checkpoint ${id} is ${status}, and why it failed, or not`, [to], about);
  if (numAcknowledgedSubtasks > numSubtasks || (status === 'COMPLETED' && numAcknowledgedSubtasks < numSubtasks))
    violate(
      'told-acknowledged',
      `${node} said that checkpoint ${id} is ${status}, acknowledged by ${numAcknowledgedSubtasks} of ${numSubtasks}`,
      [to],
      about,
    );
}

/** Whatever user code is said to have thrown, or a sink to have refused, a task said before. */
function judgeExceptions(
  { failures }: ToldHistory,
  { max, exceptions, truncated }: Bodies['job-exceptions'],
  { node, to }: Telling,
  violate: Violate,
): void {
  if (exceptions.length > max || (truncated && exceptions.length === 0 && max > 0))
    violate('exceptions-counted', `${node} was asked for ${max} exceptions, and told ${exceptions.length}`, [to]);
  const invented = exceptions.flatMap((root) => [root, ...root.concurrent]).find((one) => isInvented(failures, one));
  if (invented !== undefined)
    violate('exception-invented', `${node} told of a failure that no task ever had`, [
      to,
      line(JSON.stringify(invented.cause)),
    ]);
}

const SAID_BY_TASKS: readonly string[] = [
  'user-code',
  'sink-refused',
  'source-refused',
  'record-refused',
  'restore-failed',
  'artifact-refused',
];

function isInvented(failures: ReadonlySet<string>, { cause }: JobException): boolean {
  if (cause.kind !== 'execution-failed' || !SAID_BY_TASKS.includes(cause.reason.kind)) return false;
  return !failures.has(JSON.stringify([cause.attempt, cause.reason]));
}
