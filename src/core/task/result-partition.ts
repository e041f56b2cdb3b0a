// The output of a task: per consumer a queue of elements that waits for credit. Batches spend credit, control elements do not, but nothing
// overtakes anything. Sequence numbers are given when an element is sent; the last one is repeated until the consumer confirmed it.
import type { Address } from '../base/machine.ts';
import { NEVER } from '../base/machine.ts';
import { createRing, peekRing, pushRing, ringSize, takeRing } from '../base/ring.ts';
import type { Ring } from '../base/ring.ts';
import type { Value } from '../base/value.ts';
import type { Pick } from '../columns/column-builder.ts';
import { appendColumn, appendRecord, builderSize, createBatchBuilder, forRows, sealBatch } from '../graph/batch.ts';
import type { BatchBuilder, TimedRecords } from '../graph/batch.ts';
import type { VertexEdge } from '../graph/job-graph.ts';
import { firstRebalanceSubtask } from '../graph/partitioners.ts';
import type { ChannelCount, ChannelId, Element, Peer, TaskDescriptor } from '../protocol/messages.ts';
import type { TaskStep } from './step.ts';

/** Elements in one message: a frame is a bounded piece of work for its receiver. */
const FRAME_ELEMENTS_MAX = 64;

export interface OutputChannel {
  readonly id: ChannelId;
  readonly address: Address;
  /** Records for the next batch. */
  builder: BatchBuilder;
  readonly queue: Ring<Element>;
  queuedBatches: number;
  /** The consumer asked for this channel and its connection was not lost since. */
  requested: boolean;
  /** Batches that may be sent in total. */
  credit: number;
  /** T7: `sentBatches <= credit`. */
  sentBatches: number;
  /** Number of the last element sent. */
  sent: number;
  /** Number of the last element that the consumer confirmed. T8: `confirmed <= sent`. */
  confirmed: number;
  /** `sent` when the status was last looked at. */
  looked: number;
  /** Records handed to this channel by this attempt. */
  records: number;
}

export interface OutputEdge {
  readonly edge: VertexEdge;
  readonly channels: readonly OutputChannel[];
  /** `rebalance`: the channel that gets the next record. */
  turn: number;
}

export interface ResultPartition {
  readonly edges: readonly OutputEdge[];
  /** Batches in a queue that stop the task. */
  readonly queueBatchesMax: number;
  /** T6: the number of channels whose queue has that many. While it is not 0, the task takes no further element. */
  full: number;
  /** When records that wait for a full batch go without it, or NEVER. */
  flushAt: number;
  /** When unconfirmed channels are looked at, or NEVER. T9: set while a channel of a RUNNING task has credit and elements that wait. */
  statusAt: number;
}

export function createPartition(task: TaskDescriptor, epoch: number, queueBatchesMax: number): ResultPartition {
  return {
    edges: task.outputs.map(({ edge, consumers }) => ({
      edge,
      channels: consumers.map((consumer) => createOutputChannel(task, epoch, edge, consumer)),
      turn: firstRebalanceSubtask(task.attempt.subtask, Math.max(1, consumers.length)),
    })),
    queueBatchesMax,
    full: 0,
    flushAt: NEVER,
    statusAt: NEVER,
  };
}

function createOutputChannel(task: TaskDescriptor, epoch: number, edge: VertexEdge, consumer: Peer): OutputChannel {
  const { jobId, subtask, attempt } = task.attempt;
  return {
    id: Object.freeze({
      jobId,
      epoch,
      edge: edge.index,
      producer: subtask,
      producerAttempt: attempt,
      consumer: consumer.subtask,
      consumerAttempt: consumer.attempt,
    }),
    address: consumer.address,
    builder: createBatchBuilder(),
    queue: createRing(),
    queuedBatches: 0,
    requested: false,
    credit: 0,
    sentBatches: 0,
    sent: 0,
    confirmed: 0,
    looked: 0,
    records: 0,
  };
}

export function hasOutputRoom(partition: ResultPartition): boolean {
  return partition.full === 0;
}

/** Hands a record to a channel. */
export function addRecord(
  partition: ResultPartition,
  channel: OutputChannel,
  value: Value,
  timestamp: number,
  batchSize: number,
): void {
  const builder = forRows(channel.builder);
  appendRecord(builder, value, timestamp);
  channel.builder = builder;
  channel.records += 1;
  if (builderSize(channel.builder) >= batchSize) sealBuilder(partition, channel);
}

/** Hands records of a column to a channel. */
export function addColumn(
  partition: ResultPartition,
  channel: OutputChannel,
  records: TimedRecords,
  { order, from, count }: Pick,
  batchSize: number,
): void {
  for (let done = 0; done < count;) {
    const some = Math.min(count - done, batchSize - builderSize(channel.builder));
    const pick = { order, from: from + done, count: some };
    channel.builder = appendColumn(channel.builder, records, pick, batchSize, count);
    done += some;
    if (builderSize(channel.builder) >= batchSize) sealBuilder(partition, channel);
  }
  channel.records += count;
}

function sealBuilder(partition: ResultPartition, channel: OutputChannel): void {
  pushRing(channel.queue, Object.freeze({ kind: 'batch', batch: sealBatch(channel.builder) }));
  channel.builder = createBatchBuilder();
  channel.queuedBatches += 1;
  if (channel.queuedBatches === partition.queueBatchesMax) partition.full += 1;
}

/** Seals all batches under construction. */
export function flushPartition(partition: ResultPartition): void {
  partition.flushAt = NEVER;
  for (const edge of partition.edges) {
    for (const channel of edge.channels) if (builderSize(channel.builder) > 0) sealBuilder(partition, channel);
  }
}

/** Puts a control element behind all records so far, on all channels. */
export function broadcastControl(partition: ResultPartition, element: Element): void {
  flushPartition(partition);
  Object.freeze(element);
  for (const edge of partition.edges) for (const channel of edge.channels) pushRing(channel.queue, element);
}

/** The channel from this attempt to that consumer attempt, or null. */
export function findOutput(partition: ResultPartition, id: ChannelId): OutputChannel | null {
  for (const edge of partition.edges) {
    if (edge.edge.index !== id.edge) continue;
    for (const channel of edge.channels) {
      if (channel.id.consumer === id.consumer && channel.id.consumerAttempt === id.consumerAttempt) return channel;
    }
  }
  return null;
}

/** A consumer asks for its channel, perhaps again. It always gets an answer: what is there, or how far the channel is. */
export function onPartitionRequested(channel: OutputChannel, credit: number, step: TaskStep): void {
  channel.requested = true;
  raiseCredit(channel, credit);
  if (!isSendable(channel)) sendStatus(channel, step);
}

/** Whoever grants credit is there, and got everything up to `received`. */
export function onCreditGranted(channel: OutputChannel, credit: number, received: number): void {
  channel.requested = true;
  raiseCredit(channel, credit);
  channel.confirmed = Math.max(channel.confirmed, Math.min(received, channel.sent));
}

function raiseCredit(channel: OutputChannel, credit: number): void {
  channel.credit = Math.max(channel.credit, credit); // cumulative: a late or doubled grant takes nothing away and gives nothing twice
}

/**
 * The connection to a consumer broke, and it may never hear of it (half-open). No element is sent until it speaks again, but the status is
 * repeated: it answers that with its credit, or finds the gap if something was lost.
 */
export function onConsumerLost(partition: ResultPartition, peer: Address): boolean {
  let lost = false;
  for (const edge of partition.edges) {
    for (const channel of edge.channels) {
      if (channel.address !== peer || !channel.requested) continue;
      channel.requested = false;
      lost = true;
    }
  }
  return lost;
}

/** Sends what may be sent on all channels, and sets the times at which to look again. */
export function pumpPartition(partition: ResultPartition, step: TaskStep): void {
  const { now, options } = step;
  let waiting = false;
  let unconfirmed = false;
  for (const edge of partition.edges) {
    for (const channel of edge.channels) {
      while (isSendable(channel)) sendFrame(partition, channel, step);
      if (builderSize(channel.builder) > 0) waiting = true;
      if (needsStatus(channel)) unconfirmed = true;
    }
  }
  partition.flushAt = nextAt(partition.flushAt, waiting, now + options.bufferTimeoutMs);
  partition.statusAt = nextAt(partition.statusAt, unconfirmed, now + options.channelStatusIntervalMs);
}

function nextAt(before: number, wanted: boolean, at: number): number {
  if (!wanted) return NEVER;
  return before === NEVER ? at : before;
}

function isSendable(channel: OutputChannel): boolean {
  const element = peekRing(channel.queue);
  return (
    channel.requested && element !== undefined && (element.kind !== 'batch' || channel.sentBatches < channel.credit)
  );
}

function sendFrame(partition: ResultPartition, channel: OutputChannel, step: TaskStep): void {
  const elements: Element[] = [];
  const sequence = channel.sent + 1;
  while (elements.length < FRAME_ELEMENTS_MAX && isSendable(channel)) elements.push(takeElement(partition, channel));
  step.out.sendData(channel.address, 'channel-elements', { channel: channel.id, sequence, elements });
}

function takeElement(partition: ResultPartition, channel: OutputChannel): Element {
  const element = takeRing(channel.queue) as Element;
  channel.sent += 1;
  if (element.kind === 'batch') {
    if (channel.queuedBatches === partition.queueBatchesMax) partition.full -= 1;
    channel.queuedBatches -= 1;
    channel.sentBatches += 1;
  }
  return element;
}

function needsStatus(channel: OutputChannel): boolean {
  return wasRequested(channel) && (channel.confirmed < channel.sent || ringSize(channel.queue) > 0);
}

/** Once at least: there is a consumer, although its connection may be lost. */
function wasRequested(channel: OutputChannel): boolean {
  return channel.credit > 0;
}

/** Repeats the last number of each channel that was not confirmed for a whole interval, or that has no credit: makes loss of either show. */
export function onStatusDue(partition: ResultPartition, step: TaskStep): void {
  let unconfirmed = false;
  for (const edge of partition.edges) {
    for (const channel of edge.channels) {
      const starved = ringSize(channel.queue) > 0;
      if (wasRequested(channel) && (channel.confirmed < channel.looked || starved)) sendStatus(channel, step);
      channel.looked = channel.sent;
      if (needsStatus(channel)) unconfirmed = true;
    }
  }
  partition.statusAt = unconfirmed ? step.now + step.options.channelStatusIntervalMs : NEVER;
}

function sendStatus(channel: OutputChannel, step: TaskStep): void {
  step.out.sendData(channel.address, 'channel-status', {
    channel: channel.id,
    lastSequence: channel.sent,
    backlog: channel.queuedBatches,
  });
}

export function countRecordsOut(partition: ResultPartition): readonly ChannelCount[] {
  return partition.edges.flatMap(({ edge, channels }) =>
    channels.map((channel) => ({ edge: edge.index, peer: channel.id.consumer, records: channel.records })),
  );
}
