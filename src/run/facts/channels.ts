// How far producers are ahead of their credit. One entry a channel; nothing is kept of a batch.
import type { Bodies, ChannelId } from '../../core/protocol/messages.ts';
import { channelEnd, type AttemptFacts, type ChannelFacts, type RunFacts } from './facts.ts';

export function onElementsSent(facts: RunFacts, { channel, elements }: Bodies['channel-elements']): void {
  const attempt = attemptOf(facts, channel);
  if (attempt === null) return;
  const facing = channelOf(attempt, channel);
  for (const element of elements) {
    if (element.kind === 'batch') facing.sent += 1;
    else if (element.kind === 'end') attempt.atEnd = true;
  }
}

export function onPartitionRequested(facts: RunFacts, { channel, credit }: Bodies['request-partition']): void {
  raiseCredit(facts, channel, credit);
}

export function onChannelCredit(facts: RunFacts, { channel, credit }: Bodies['channel-credit']): void {
  raiseCredit(facts, channel, credit);
}

function raiseCredit(facts: RunFacts, channel: ChannelId, credit: number): void {
  const attempt = attemptOf(facts, channel);
  if (attempt === null) return;
  const facing = channelOf(attempt, channel);
  facing.credit = Math.max(facing.credit, credit);
}

/** Null for a channel of an attempt that is not the newest of its subtasks. */
function attemptOf(
  { jobs }: RunFacts,
  { jobId, epoch, edge, consumer, consumerAttempt }: ChannelId,
): AttemptFacts | null {
  const attempt = jobs.get(jobId)?.attempt ?? null;
  if (attempt === null || attempt.epoch !== epoch) return null;
  const task = attempt.tasks.get(attempt.consumers.get(channelEnd(edge, consumer)) ?? '');
  return task?.attempt.attempt === consumerAttempt ? attempt : null;
}

function channelOf({ channels }: AttemptFacts, { edge, producer, consumer }: ChannelId): ChannelFacts {
  const end = channelEnd(edge, consumer);
  let facing = channels.get(end);
  if (facing === undefined) channels.set(end, (facing = []));
  while (facing.length <= producer) facing.push(null);
  return (facing[producer] ??= { sent: 0, credit: 0 });
}
