// One `work` step of a RUNNING task: take one element, or emit one batch of the source, or fire up to `timersPerStep` timers. While a snapshot is
// open, every second step encodes key groups. Nothing new is taken before all due timers fired and the outputs have room.
import { unreachable } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { batchSize } from '../graph/batch.ts';
import type { Batch } from '../graph/batch.ts';
import { hasNoCalls, hasReady, hasUnasked, isFull } from '../operators/calls.ts';
import { processBatch } from '../operators/chain.ts';
import { hasSinkRoom } from '../operators/sink.ts';
import { emitBatch, isSourceFinished, sourceWatermark } from '../operators/source.ts';
import type { SourceState } from '../operators/source.ts';
import { MAX_WATERMARK } from '../operators/watermark.ts';
import type { IgnoreReason } from '../protocol/reasons.ts';
import { beginAlignment, finishAlignment, isAligned, obsoleteReason } from './alignment.ts';
import { advanceInput, giveReady } from './calls.ts';
import { codeOf } from './code.ts';
import { advance, mergeWatermarks, raiseChannelWatermark, raiseWatermark, sendSourceWatermark } from './event-time.ts';
import { blockChannel, grantCredit, hasEnded, nextChannel, takeElement } from './input-gate.ts';
import type { InputChannel } from './input-gate.ts';
import { ChainHead, tailTarget } from './output.ts';
import { broadcastControl, hasOutputRoom } from './result-partition.ts';
import { declineCheckpoint, encodeSome, hasEncoding, takeSnapshot } from './snapshot.ts';
import type { Barrier } from './snapshot.ts';
import { isSourceTask } from './state.ts';
import type { TaskState } from './state.ts';
import { taskOf } from './status.ts';
import type { TaskStep } from './step.ts';

export function hasRunningWork(task: TaskState): boolean {
  return canProcess(task) || hasEncoding(task);
}

function canProcess(task: TaskState): boolean {
  if (!hasRoom(task)) return false;
  if (task.advancing) return true;
  const { calls } = task.chain;
  if (calls !== undefined && hasReady(calls)) return true;
  if (calls !== undefined && isFull(calls)) return false;
  return task.source === null ? task.gate.ready > 0 : task.source.dueSplits > 0;
}

function hasRoom({ partition, sink }: TaskState): boolean {
  return hasOutputRoom(partition) && (sink === null || hasSinkRoom(sink));
}

/** How a RUNNING task stands (Flink: its busy, idle and back-pressured time). Nothing is decided by it. */
export type Pressure = 'busy' | 'idle' | 'backpressured';

export function pressureOf(task: TaskState): Pressure {
  if (hasRunningWork(task)) return 'busy';
  if (!hasRoom(task)) return 'backpressured';
  return waitsForCalls(task) ? 'busy' : 'idle';
}

/** Its input waits for calls: there are as many as there may be (Flink counts a full AsyncWaitOperator as busy). */
export function waitsForCalls({ chain: { calls }, gate }: TaskState): boolean {
  if (calls === undefined || hasReady(calls)) return false;
  return hasUnasked(calls) || (isFull(calls) && gate.ready > 0);
}

export function workRunning(task: TaskState, step: TaskStep): void {
  const processing = canProcess(task);
  if (hasEncoding(task) && (task.encodeNext || !processing)) {
    task.encodeNext = false;
    encodeSome(task, step);
  } else if (processing) {
    task.encodeNext = true;
    processSome(task, step);
  }
}

function processSome(task: TaskState, step: TaskStep): void {
  if (task.advancing) advance(task, step);
  else if (task.chain.calls !== undefined && hasReady(task.chain.calls)) giveReady(task, task.chain.calls, step);
  else if (task.source !== null) emitFromSource(task, task.source, step);
  else takeNext(task, step);
}

function emitFromSource(task: TaskState, source: SourceState, step: TaskStep): void {
  const code = codeOf(step.code, task.descriptor);
  const head = new ChainHead(task.chain, code.chain, tailTarget(task, code, step));
  step.out.records += emitBatch(source, code.timestampOf, head, step.now, step.code.atWork);
  if (task.watermarkAt === NEVER && sourceWatermark(source) > task.watermark) {
    task.watermarkAt = step.now + step.options.bufferTimeoutMs;
  }
}

function takeNext(task: TaskState, step: TaskStep): void {
  const channel = nextChannel(task.gate);
  if (channel === null) return;
  const element = takeElement(task.gate, channel);
  switch (element.kind) {
    case 'batch':
      return takeBatch(task, channel, element.batch, step);
    case 'barrier':
      return takeBarrier(task, channel, element, step);
    case 'watermark':
      raiseChannelWatermark(channel, element.timestamp);
      return advanceInput(task, mergeWatermarks(task.gate), step);
    case 'end':
      channel.ended = true;
      return advanceInput(task, mergeWatermarks(task.gate), step);
    default:
      return unreachable(element);
  }
}

function takeBatch(task: TaskState, channel: InputChannel, batch: Batch, step: TaskStep): void {
  const code = codeOf(step.code, task.descriptor);
  const size = batchSize(batch);
  processBatch(task.chain, code.chain, batch, tailTarget(task, code, step));
  channel.records += size;
  step.out.records += size;
  grantCredit(channel, step);
}

function takeBarrier(task: TaskState, channel: InputChannel, barrier: Barrier, step: TaskStep): void {
  const obsolete = obsoleteReason(task.alignment, barrier.checkpointId);
  if (obsolete !== null) {
    noteIgnored(task, channel, barrier, obsolete, step);
    return;
  }
  const subsumed = beginAlignment(task.alignment, task.gate, barrier, step.now);
  blockChannel(task.gate, channel);
  if (subsumed !== 0) declineCheckpoint(task, subsumed, { kind: 'subsumed', by: barrier.checkpointId }, step);
}

function noteIgnored(
  task: TaskState,
  channel: InputChannel,
  { checkpointId }: Barrier,
  reason: IgnoreReason,
  step: TaskStep,
): void {
  if (!step.out.noted) return;
  step.out.note({ kind: 'barrier-ignored', ...taskOf(task), checkpointId, producer: channel.address, reason });
}

/** What follows once all timers fired: the end of the input, then the cut. In this order, so that a cut says truly whether it is at the end. */
export function endOrCut(task: TaskState, step: TaskStep): void {
  if (task.advancing || isEndInFlight(task)) return;
  const cuts = isAligned(task.alignment, task.gate) && !hasEncoding(task); // a chain encodes one snapshot at a time: the next barrier waits for it
  if (cuts && isSourceTask(task)) sendSourceWatermark(task, step);
  if (!task.atEnd && isInputOver(task)) endInput(task);
  if (task.advancing || !cuts) return;
  const { pendingId, pendingTimestamp, startedAt } = task.alignment;
  takeSnapshot(task, { checkpointId: pendingId, timestamp: pendingTimestamp }, step.now - startedAt, step);
  finishAlignment(task.alignment, task.gate);
}

/** The end of the input comes behind what is in flight (Flink: endInput of AsyncWaitOperator). */
function isEndInFlight({ chain: { calls }, gate }: TaskState): boolean {
  return calls !== undefined && !hasNoCalls(calls) && hasEnded(gate);
}

function isInputOver(task: TaskState): boolean {
  return task.source === null ? hasEnded(task.gate) : isSourceFinished(task.source);
}

function endInput(task: TaskState): void {
  raiseWatermark(task, MAX_WATERMARK);
  if (task.advancing) return; // its timers fire in the next steps, then this is called again
  task.atEnd = true;
  broadcastControl(task.partition, { kind: 'end' });
}
