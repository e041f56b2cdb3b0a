// How far the newest checkpoint of a job is, and how it ended. Its reasons are those that can be seen from outside.
import type { Address } from '../../core/base/machine.ts';
import type { Bodies, ChannelId, MessageOfKind } from '../../core/protocol/messages.ts';
import { decodeCheckpoints } from '../../core/protocol/records-codec.ts';
import type { TimeUs } from '../observation.ts';
import { channelEnd, currentTask, isOfJob, jobOf, taskKey } from './facts.ts';
import type { AttemptFacts, CheckpointFacts, JobFacts, RunFacts } from './facts.ts';
import type { GivenUp } from './history.ts';

export function onTriggerSent(
  facts: RunFacts,
  { from: by, body }: MessageOfKind<'trigger-checkpoint'>,
  at: TimeUs,
): void {
  const { checkpointId } = body;
  const { jobId } = body.attempt;
  const job = jobOf(facts, jobId);
  const { attempt, checkpoint } = job;
  if (attempt === null || currentTask(job, body.epoch, body.attempt) === undefined) return;
  if (checkpoint !== null && checkpoint.checkpointId >= checkpointId) return;
  if (checkpoint !== null && !checkpoint.completed) job.older.push(checkpoint);
  job.checkpoint = createCheckpoint(checkpointId, attempt, at);
  facts.history.push({ at, kind: 'checkpoint-triggered', jobId, by, checkpointId });
}

function createCheckpoint(checkpointId: number, { epoch, tasks }: AttemptFacts, at: TimeUs): CheckpointFacts {
  return {
    checkpointId,
    epoch,
    triggeredAt: at,
    tasks: new Map([...tasks].map(([key, { attempt }]) => [key, attempt.attempt])),
    aligning: new Map(),
    acknowledged: new Set(),
    declined: false,
    completed: false,
    unaware: new Set(tasks.keys()),
  };
}

interface End {
  readonly why: GivenUp;
  readonly by: Address | null;
  readonly at: TimeUs;
}

/** All that are open end without being complete; one that is complete just ends. */
export function giveUpCheckpoints(facts: RunFacts, job: JobFacts, end: End): void {
  for (const { checkpointId } of job.older.splice(0)) noteGivenUp(facts, job, checkpointId, end);
  giveUpNewest(facts, job, end);
}

function giveUpNewest(facts: RunFacts, job: JobFacts, end: End): void {
  const { checkpoint } = job;
  if (checkpoint === null) return;
  if (!checkpoint.completed) noteGivenUp(facts, job, checkpoint.checkpointId, end);
  job.checkpoint = null;
  for (const name of facts.uploading.keys()) if (isOfJob(name, job)) facts.uploading.delete(name);
}

function noteGivenUp({ history }: RunFacts, { jobId }: JobFacts, checkpointId: number, { why, by, at }: End): void {
  history.push({ at, kind: 'checkpoint-given-up', jobId, by, checkpointId, why });
}

export function onBarriersDelivered({ jobs }: RunFacts, { channel, elements }: Bodies['channel-elements']): void {
  const { checkpoint = null, attempt = null } = jobs.get(channel.jobId) ?? {};
  if (checkpoint === null || attempt === null || checkpoint.completed) return;
  if (channel.epoch !== checkpoint.epoch) return;
  for (const element of elements) {
    if (element.kind === 'barrier' && element.checkpointId === checkpoint.checkpointId)
      countBarrier(attempt, checkpoint, channel);
  }
}

/** The consumer is found by its edge: vertices are numbered, and a channel does not say where it leads. */
function countBarrier(
  attempt: AttemptFacts,
  checkpoint: CheckpointFacts,
  { edge, consumer, consumerAttempt }: ChannelId,
): void {
  const key = attempt.consumers.get(channelEnd(edge, consumer));
  const channels = key === undefined ? undefined : attempt.tasks.get(key)?.channels;
  if (key === undefined || channels === undefined || checkpoint.acknowledged.has(key)) return;
  if (checkpoint.tasks.get(key) !== consumerAttempt) return;
  const arrived = (checkpoint.aligning.get(key) ?? 0) + 1;
  if (arrived >= channels) checkpoint.aligning.delete(key);
  else checkpoint.aligning.set(key, arrived);
}

export function onAcknowledgeSent(
  facts: RunFacts,
  { from: by, body }: MessageOfKind<'acknowledge-checkpoint'>,
  at: TimeUs,
): void {
  const { attempt: attemptId, checkpointId } = body;
  facts.history.push({ at, kind: 'checkpoint-acknowledged', by, attempt: attemptId, checkpointId });
  const { checkpoint = null, attempt = null } = facts.jobs.get(attemptId.jobId) ?? {};
  if (checkpoint === null || checkpointId !== checkpoint.checkpointId) return;
  if (body.epoch !== checkpoint.epoch || attemptId.attempt !== checkpoint.tasks.get(taskKey(attemptId))) return;
  checkpoint.acknowledged.add(taskKey(attemptId));
  checkpoint.aligning.delete(taskKey(attemptId));
  if (body.atEnd && attempt !== null) attempt.atEnd = true;
}

export function onDeclineSent({ jobs }: RunFacts, { attempt, checkpointId }: Bodies['decline-checkpoint']): void {
  const job = jobs.get(attempt.jobId);
  const checkpoint = job === undefined ? undefined : openCheckpoint(job, checkpointId);
  if (checkpoint !== undefined) checkpoint.declined = true;
}

function openCheckpoint({ checkpoint, older }: JobFacts, checkpointId: number): CheckpointFacts | undefined {
  return checkpoint?.checkpointId === checkpointId
    ? checkpoint
    : older.find((other) => other.checkpointId === checkpointId);
}

/** One that did not have its time is given up because the job restarts. One that had expires, and may be what restarts the job. */
export function onAbortSent(
  facts: RunFacts,
  { from: by, body }: MessageOfKind<'abort-checkpoint'>,
  at: TimeUs,
  checkpointTimeoutMs: number,
): void {
  const job = jobOf(facts, body.attempt.jobId);
  const checkpoint = openCheckpoint(job, body.checkpointId);
  if (checkpoint === undefined || checkpoint.epoch !== body.epoch) return;
  const livedMs = Math.floor(at / 1_000) - Math.floor(checkpoint.triggeredAt / 1_000); // as its leader counts
  const ended = livedMs < checkpointTimeoutMs ? 'the job restarted' : 'expired';
  const end: End = { why: checkpoint.declined ? 'declined' : ended, by, at };
  if (checkpoint === job.checkpoint) return giveUpNewest(facts, job, end);
  job.older.splice(job.older.indexOf(checkpoint), 1);
  noteGivenUp(facts, job, body.checkpointId, end);
}

/** Who asked for something, or sees it, and when. */
export interface Seen {
  readonly node: Address;
  readonly at: TimeUs;
}

/** A pointer is what makes a checkpoint complete. */
export function onPointersSeen(facts: RunFacts, jobId: string, value: Uint8Array, { node: by, at }: Seen): void {
  const record = decodeCheckpoints(value);
  const checkpointId = record.ok ? (record.value.completed.at(-1)?.checkpointId ?? 0) : 0;
  const job = jobOf(facts, jobId);
  if (checkpointId <= job.lastCompletedId) return;
  job.lastCompletedId = checkpointId;
  if (job.checkpoint?.checkpointId === checkpointId) job.checkpoint.completed = true;
  facts.history.push({ at, kind: 'checkpoint-completed', jobId, by, checkpointId });
  const over = job.older.filter((other) => other.checkpointId <= checkpointId);
  job.older.splice(0, over.length); // ids rise
  for (const other of over)
    if (other.checkpointId < checkpointId) noteGivenUp(facts, job, other.checkpointId, { why: 'subsumed', by, at });
}

export function onNotified({ jobs }: RunFacts, { attempt, checkpointId }: Bodies['notify-checkpoint-complete']): void {
  const checkpoint = jobs.get(attempt.jobId)?.checkpoint;
  if (checkpoint?.checkpointId === checkpointId) checkpoint.unaware.delete(taskKey(attempt));
}
