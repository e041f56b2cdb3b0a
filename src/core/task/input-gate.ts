// The input of a task: per producer a queue of elements that came and were not taken yet, and the credit that was granted for it.
// A gap in the numbers of a channel fails the task: nothing is asked for again.
import type { Address } from '../base/machine.ts';
import { NEVER } from '../base/machine.ts';
import { createRing, pushRing, ringSize, takeRing } from '../base/ring.ts';
import type { Ring } from '../base/ring.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import type { VertexEdge } from '../graph/job-graph.ts';
import type { ChannelCount, ChannelId, Element, Peer, TaskDescriptor } from '../protocol/messages.ts';
import type { TaskStep } from './step.ts';

export interface InputChannel {
  readonly id: ChannelId;
  readonly address: Address;
  readonly queue: Ring<Element>;
  /** Number of the last element received. */
  received: number;
  /** T3: `receivedBatches <= credit`. */
  receivedBatches: number;
  /** T4: `takenBatches <= receivedBatches`. */
  takenBatches: number;
  /** Batches that the producer may send in total, as it was told last. A lost grant is repeated when the producer repeats its status. */
  credit: number;
  /** The producer answered. */
  established: boolean;
  /** Delivered its barrier: nothing is taken from it until the alignment is over. T5: only while one is pending. */
  blocked: boolean;
  /** Delivered its end: no record follows, but barriers do. */
  ended: boolean;
  watermark: number;
  /** Records taken by this attempt. */
  records: number;
}

export interface InputGate {
  readonly channels: readonly InputChannel[];
  /** T1: the number of channels from which an element can be taken. */
  ready: number;
  /** Index of the channel that is looked at first for the next element. */
  turn: number;
  /** When producers that did not answer are asked again, or NEVER. */
  requestAt: number;
}

export function createGate(task: TaskDescriptor, epoch: number): InputGate {
  return {
    channels: task.inputs.flatMap(({ edge, producers }) =>
      producers.map((producer) => createInputChannel(task, epoch, edge, producer)),
    ),
    ready: 0,
    turn: 0,
    requestAt: NEVER,
  };
}

function createInputChannel(task: TaskDescriptor, epoch: number, edge: VertexEdge, producer: Peer): InputChannel {
  const { jobId, subtask, attempt } = task.attempt;
  return {
    id: Object.freeze({
      jobId,
      epoch,
      edge: edge.index,
      producer: producer.subtask,
      producerAttempt: producer.attempt,
      consumer: subtask,
      consumerAttempt: attempt,
    }),
    address: producer.address,
    queue: createRing(),
    received: 0,
    receivedBatches: 0,
    takenBatches: 0,
    credit: 0,
    established: false,
    blocked: false,
    ended: false,
    watermark: NO_TIMESTAMP,
    records: 0,
  };
}

/** The channel from that producer attempt to this attempt, or null. */
export function findInput(gate: InputGate, id: ChannelId): InputChannel | null {
  for (const channel of gate.channels) {
    if (
      channel.id.producer === id.producer &&
      channel.id.edge === id.edge &&
      channel.id.producerAttempt === id.producerAttempt
    )
      return channel;
  }
  return null;
}

/** Asks all producers that did not answer yet, and sets the time to ask again. */
export function requestPartitions(gate: InputGate, step: TaskStep): void {
  const { creditsPerChannel, partitionRequestRetryMs } = step.options;
  gate.requestAt = NEVER;
  for (const channel of gate.channels) {
    if (channel.established) continue;
    channel.credit = creditsPerChannel;
    step.out.sendData(channel.address, 'request-partition', { channel: channel.id, credit: channel.credit });
    gate.requestAt = step.now + partitionRequestRetryMs;
  }
}

export type Receipt = 'taken' | 'duplicate' | 'gap' | 'over-credit';

/** Queues what is new of a frame. Elements that were received before are passed over. */
export function onElements(
  gate: InputGate,
  channel: InputChannel,
  sequence: number,
  elements: readonly Element[],
): Receipt {
  channel.established = true;
  const known = channel.received + 1 - sequence;
  if (known < 0) return 'gap';
  if (known >= elements.length) return 'duplicate';
  for (let index = known; index < elements.length; index++) queueElement(gate, channel, elements[index] as Element);
  return channel.receivedBatches > channel.credit ? 'over-credit' : 'taken';
}

function queueElement(gate: InputGate, channel: InputChannel, element: Element): void {
  if (ringSize(channel.queue) === 0 && !channel.blocked) gate.ready += 1;
  pushRing(channel.queue, Object.freeze(element));
  channel.received += 1;
  if (element.kind === 'batch') channel.receivedBatches += 1;
}

/** The producer says how far the channel is. False: something before that never came, and on a stream that keeps its order never will. */
export function onChannelStatus(channel: InputChannel, lastSequence: number): boolean {
  channel.established = true;
  return lastSequence <= channel.received;
}

/** The next channel, round robin, from which an element can be taken. */
export function nextChannel(gate: InputGate): InputChannel | null {
  if (gate.ready === 0) return null;
  for (let tried = 0; tried < gate.channels.length; tried++) {
    const channel = gate.channels[gate.turn] as InputChannel;
    gate.turn = gate.turn + 1 < gate.channels.length ? gate.turn + 1 : 0;
    if (!channel.blocked && ringSize(channel.queue) > 0) return channel;
  }
  return null;
}

export function takeElement(gate: InputGate, channel: InputChannel): Element {
  const element = takeRing(channel.queue) as Element;
  if (ringSize(channel.queue) === 0) gate.ready -= 1;
  if (element.kind === 'batch') channel.takenBatches += 1;
  return element;
}

/**
 * Tells the producer of the room that its taken batches left, once that is half of the credit. It cannot starve meanwhile: as long as nothing
 * is said, it holds the other half.
 */
export function grantCredit(channel: InputChannel, step: TaskStep): void {
  const { creditsPerChannel } = step.options;
  const credit = channel.takenBatches + creditsPerChannel;
  if ((credit - channel.credit) * 2 >= creditsPerChannel && credit > channel.credit) sendCredit(channel, credit, step);
}

/** Says what holds now, whether or not it was said before: the wake-up of a producer without credit. */
export function repeatCredit(channel: InputChannel, step: TaskStep): void {
  sendCredit(channel, channel.takenBatches + step.options.creditsPerChannel, step);
}

function sendCredit(channel: InputChannel, credit: number, step: TaskStep): void {
  channel.credit = credit;
  step.out.sendData(channel.address, 'channel-credit', { channel: channel.id, credit, received: channel.received });
}

export function blockChannel(gate: InputGate, channel: InputChannel): void {
  if (channel.blocked) return;
  channel.blocked = true;
  if (ringSize(channel.queue) > 0) gate.ready -= 1;
}

/** Unblocks all channels. What arrived meanwhile can be taken at once: nobody has to announce it again. */
export function unblockChannels(gate: InputGate): void {
  for (const channel of gate.channels) {
    if (!channel.blocked) continue;
    channel.blocked = false;
    if (ringSize(channel.queue) > 0) gate.ready += 1;
  }
}

/** Whether a lost connection to `peer` may have cost a channel of this gate something. One that was never answered just asks again. */
export function hasProducerAt(gate: InputGate, peer: Address): boolean {
  return gate.channels.some((channel) => channel.address === peer && channel.established);
}

export function hasEnded(gate: InputGate): boolean {
  for (const channel of gate.channels) if (!channel.ended) return false;
  return true;
}

export function countRecordsIn(gate: InputGate): readonly ChannelCount[] {
  return gate.channels.map((channel) => ({
    edge: channel.id.edge,
    peer: channel.id.producer,
    records: channel.records,
  }));
}
