// How far producers are ahead of their credit. One entry a channel; nothing is kept of a batch.
import type { Bodies, ChannelId } from '../../../core/protocol/messages.ts';
import type { RunFacts } from './facts.ts';

interface Channel {
  sent: number;
  credit: number;
}

export function onElementsSent(facts: RunFacts, { channel, elements }: Bodies['channel-elements']): void {
  const facing = channelOf(facts, channel);
  if (facing === null) return;
  for (const element of elements) {
    if (element.kind === 'batch') facing.sent += 1;
    else if (element.kind === 'end' && facts.attempt !== null) facts.attempt.atEnd = true;
  }
}

export function onPartitionRequested(facts: RunFacts, { channel, credit }: Bodies['request-partition']): void {
  raiseCredit(facts, channel, credit);
}

export function onChannelCredit(facts: RunFacts, { channel, credit }: Bodies['channel-credit']): void {
  raiseCredit(facts, channel, credit);
}

function raiseCredit(facts: RunFacts, channel: ChannelId, credit: number): void {
  const facing = channelOf(facts, channel);
  if (facing !== null) facing.credit = Math.max(facing.credit, credit);
}

/** Null for a channel of another attempt. */
function channelOf({ attempt }: RunFacts, channel: ChannelId): Channel | null {
  if (attempt === null || attempt.epoch !== channel.epoch || attempt.attempt !== channel.producerAttempt) return null;
  const key = `${channel.edge}:${channel.producer}>${channel.consumer}`;
  const known = attempt.channels.get(key);
  if (known !== undefined) return known;
  const created = { sent: 0, credit: 0 };
  attempt.channels.set(key, created);
  return created;
}
