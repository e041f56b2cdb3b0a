// A barrier that was never emitted leaves no gap: whatever is numbered in its channel is renumbered on its way, in both directions, from then
// on. Producer and consumer each see numbers without a hole; only the barrier is missing.
import type { Envelope } from '../../../core/base/vocabulary.ts';
import type { ChannelId, Message } from '../../../core/protocol/messages.ts';
import type { FaultState } from './rule.ts';

/** The element with this number, in the producer's count, was taken out. */
export function noteSkipped(state: FaultState, channel: ChannelId, number: number): void {
  const key = keyOf(channel);
  state.skipped.set(key, [...(state.skipped.get(key) ?? []), number]);
}

/** A message as it travels: renumbered, if it belongs to a channel from which a barrier was taken out. */
export function renumbered(state: FaultState, envelope: Envelope): Envelope {
  if (state.skipped.size === 0 || envelope.streamClass !== 'data') return envelope;
  const message = envelope as unknown as Message;
  const skipped = 'channel' in message.body ? state.skipped.get(keyOf(message.body.channel)) : undefined;
  return skipped === undefined ? envelope : { ...envelope, body: renumberedBody(message, skipped) };
}

function renumberedBody(message: Message, skipped: readonly number[]): Message['body'] {
  switch (message.kind) {
    case 'channel-elements':
      return { ...message.body, sequence: towardsConsumer(message.body.sequence, skipped) };
    case 'channel-status':
      return { ...message.body, lastSequence: towardsConsumer(message.body.lastSequence, skipped) };
    case 'channel-credit':
      return { ...message.body, received: towardsProducer(message.body.received, skipped) };
    default:
      return message.body;
  }
}

export function towardsConsumer(number: number, skipped: readonly number[]): number {
  return number - skipped.filter((taken) => taken <= number).length;
}

/** What was taken out directly behind the last element that came counts as received, or the producer would wait for it for ever. */
export function towardsProducer(number: number, skipped: readonly number[]): number {
  return skipped.reduce((received, taken) => (taken <= received + 1 ? received + 1 : received), number);
}

function keyOf({ jobId, epoch, edge, producer, producerAttempt, consumer, consumerAttempt }: ChannelId): string {
  return `${jobId}/${epoch}/${edge}/${producer}#${producerAttempt}>${consumer}#${consumerAttempt}`;
}
