// How far the newest checkpoint is, and how it ended. Its reasons are those that can be seen from outside.
import type { Bodies } from '../../../core/protocol/messages.ts';
import { CHECKPOINTS_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import { decodeCheckpoints } from '../../../core/protocol/records-codec.ts';
import type { TimeUs } from '../../observation.ts';
import { count, taskKey, type AttemptFacts, type CheckpointFacts, type RunFacts } from './facts.ts';

type HaWrite = Extract<PortRequest, { readonly kind: 'ha-write' }>;

export function onTriggerSent(facts: RunFacts, body: Bodies['trigger-checkpoint'], now: TimeUs): void {
  const { attempt, checkpoint } = facts;
  if (attempt === null || attempt.epoch !== body.epoch || attempt.attempt !== body.attempt.attempt) return;
  if (checkpoint !== null && checkpoint.checkpointId >= body.checkpointId) return;
  if (checkpoint !== null) giveUpCheckpoint(facts, 'subsumed');
  facts.checkpoint = createCheckpoint(body.checkpointId, attempt, now);
}

function createCheckpoint(checkpointId: number, { epoch, attempt, tasks }: AttemptFacts, now: TimeUs): CheckpointFacts {
  const keys = new Set(tasks.keys());
  return {
    checkpointId,
    epoch,
    attempt,
    triggeredAt: now,
    tasks: keys,
    aligning: new Map(),
    acknowledged: new Set(),
    declined: null,
    completed: false,
    unaware: new Set(keys),
  };
}

/** The newest checkpoint ends without being complete; one that is complete just ends. */
export function giveUpCheckpoint(facts: RunFacts, reason: string): void {
  const { checkpoint, counters } = facts;
  if (checkpoint !== null && !checkpoint.completed) count(counters.aborted, reason);
  facts.checkpoint = null;
  facts.uploading.clear();
}

export function onBarriersDelivered(facts: RunFacts, { channel, elements }: Bodies['channel-elements']): void {
  const { checkpoint, attempt } = facts;
  if (checkpoint === null || attempt === null || checkpoint.completed) return;
  if (channel.epoch !== checkpoint.epoch || channel.consumerAttempt !== checkpoint.attempt) return;
  for (const element of elements) {
    if (element.kind === 'barrier' && element.checkpointId === checkpoint.checkpointId)
      countBarrier(attempt, checkpoint, channel);
  }
}

/** The consumer is found by its edge: vertices are numbered, and a channel does not say where it leads. */
function countBarrier(
  attempt: AttemptFacts,
  checkpoint: CheckpointFacts,
  { edge, consumer }: { edge: number; consumer: number },
): void {
  const key = attempt.consumers.get(`${edge}:${consumer}`);
  const channels = key === undefined ? undefined : attempt.tasks.get(key)?.channels;
  if (key === undefined || channels === undefined || checkpoint.acknowledged.has(key)) return;
  const arrived = (checkpoint.aligning.get(key) ?? 0) + 1;
  if (arrived >= channels) checkpoint.aligning.delete(key);
  else checkpoint.aligning.set(key, arrived);
}

export function onAcknowledgeSent(facts: RunFacts, body: Bodies['acknowledge-checkpoint']): void {
  const { checkpoint, attempt } = facts;
  if (checkpoint === null || body.checkpointId !== checkpoint.checkpointId) return;
  if (body.epoch !== checkpoint.epoch || body.attempt.attempt !== checkpoint.attempt) return;
  checkpoint.acknowledged.add(taskKey(body.attempt));
  checkpoint.aligning.delete(taskKey(body.attempt));
  if (body.atEnd && attempt !== null) attempt.atEnd = true;
}

export function onDeclineSent(facts: RunFacts, body: Bodies['decline-checkpoint']): void {
  if (facts.checkpoint?.checkpointId === body.checkpointId) facts.checkpoint.declined = body.reason;
}

/** One that did not have its time is given up because the job restarts. One that had expires, and may be what restarts the job. */
export function onAbortSent(
  facts: RunFacts,
  body: Bodies['abort-checkpoint'],
  now: TimeUs,
  checkpointTimeoutMs: number,
): void {
  const { checkpoint } = facts;
  if (checkpoint === null || checkpoint.checkpointId !== body.checkpointId || checkpoint.epoch !== body.epoch) return;
  const livedMs = Math.floor(now / 1_000) - Math.floor(checkpoint.triggeredAt / 1_000); // as its leader counts
  const ended = livedMs < checkpointTimeoutMs ? 'the job restarted' : 'expired';
  giveUpCheckpoint(facts, checkpoint.declined === null ? ended : 'declined');
}

/** A pointer is what makes a checkpoint complete. */
export function onPointersWritten(facts: RunFacts, { key, value }: HaWrite): void {
  if (value === null || !key.startsWith(CHECKPOINTS_PREFIX)) return;
  const record = decodeCheckpoints(value);
  const newest = record.ok ? (record.value.completed.at(-1)?.checkpointId ?? 0) : 0;
  if (newest <= facts.lastCompletedId) return;
  facts.lastCompletedId = newest;
  facts.counters.completed += 1;
  if (facts.checkpoint?.checkpointId === newest) facts.checkpoint.completed = true;
}

export function onNotified(facts: RunFacts, body: Bodies['notify-checkpoint-complete']): void {
  if (facts.checkpoint?.checkpointId === body.checkpointId) facts.checkpoint.unaware.delete(taskKey(body.attempt));
}
