// What a running task does when nobody asks it for anything: one element, one batch of its source, or some timers in a step, and in turn with
// that some key groups of a snapshot. It takes nothing new before all due timers fired and its outputs have room.
import { NEVER } from '../base/machine.ts';
import { batchSize, timestampAt, valueAt } from '../graph/batch.ts';
import type { Batch } from '../graph/batch.ts';
import { advanceWatermark, processRecord } from '../operators/chain.ts';
import type { Collector } from '../operators/chain.ts';
import { hasSinkRoom } from '../operators/sink.ts';
import { emitBatch, isSourceFinished, sourceWatermark } from '../operators/source.ts';
import type { SourceState } from '../operators/source.ts';
import { MAX_WATERMARK } from '../operators/watermark.ts';
import type { ClusterOutbox } from '../protocol/ports.ts';
import type { IgnoreReason } from '../protocol/reasons.ts';
import { obsoleteReason, finishAlignment, isAligned, onBarrier } from './alignment.ts';
import { codeOf } from './code.ts';
import type { TaskCode } from './code.ts';
import { grantCredit, hasEnded, nextChannel, takeElement } from './input-gate.ts';
import type { InputChannel } from './input-gate.ts';
import { ChainHead, tailCollector } from './output.ts';
import { broadcastControl, hasOutputRoom } from './result-partition.ts';
import { declineCheckpoint, encodeSome, hasEncoding, takeSnapshot } from './snapshot.ts';
import type { Barrier } from './snapshot.ts';
import type { TaskState } from './state.ts';
import { taskOf } from './status.ts';
import type { TaskHost } from './step.ts';
import { mergeWatermarks, raiseChannelWatermark } from './watermarks.ts';

export function hasRunningWork(task: TaskState): boolean {
  return canProcess(task) || hasEncoding(task);
}

function canProcess(task: TaskState): boolean {
  if (!hasOutputRoom(task.partition) || (task.sink !== null && !hasSinkRoom(task.sink))) return false;
  if (task.advancing) return true;
  return task.source === null ? task.gate.ready > 0 : task.source.dueSplits > 0;
}

export function workRunning(task: TaskState, host: TaskHost, now: number, out: ClusterOutbox): void {
  const processing = canProcess(task);
  if (hasEncoding(task) && (task.encodeNext || !processing)) {
    task.encodeNext = false;
    encodeSome(task, host, out);
  } else if (processing) {
    task.encodeNext = true;
    processSome(task, host, now, out);
  }
}

function processSome(task: TaskState, host: TaskHost, now: number, out: ClusterOutbox): void {
  const code = codeOf(host.code, task.descriptor);
  const tail = tailCollector(task, code, host);
  if (task.advancing) advance(task, code, tail, host.options.timersPerStep);
  else if (task.source !== null) emitFromSource(task, task.source, code, tail, { host, now, out });
  else takeNext(task, code, tail, { host, now, out });
}

interface Step {
  readonly host: TaskHost;
  readonly now: number;
  readonly out: ClusterOutbox;
}

function emitFromSource(task: TaskState, source: SourceState, code: TaskCode, tail: Collector, step: Step): void {
  const head = new ChainHead(task.chain, code.chain, tail);
  step.out.records += emitBatch(source, code.timestampOf, head, step.now);
  if (task.watermarkAt === NEVER && sourceWatermark(source) > task.watermark) {
    task.watermarkAt = step.now + step.host.options.bufferTimeoutMs;
  }
}

/** Sends the watermark of a source, if it moved: now and then, and directly before each barrier. */
export function sendSourceWatermark(task: TaskState, host: TaskHost): void {
  task.watermarkAt = NEVER;
  if (task.source === null) return;
  raiseWatermark(task, sourceWatermark(task.source));
  if (task.advancing) advanceNow(task, host);
}

/** For a source: nothing before the first keyed operator has timers, so its chain always catches up at once. */
function advanceNow(task: TaskState, host: TaskHost): void {
  const code = codeOf(host.code, task.descriptor);
  advance(task, code, tailCollector(task, code, host), host.options.timersPerStep);
}

function takeNext(task: TaskState, code: TaskCode, tail: Collector, step: Step): void {
  const channel = nextChannel(task.gate);
  if (channel === null) return;
  const element = takeElement(task.gate, channel);
  switch (element.kind) {
    case 'batch':
      processBatch(task, code, element.batch, tail);
      channel.records += batchSize(element.batch);
      step.out.records += batchSize(element.batch);
      grantCredit(channel, step.host.options.creditsPerChannel, step.out);
      return;
    case 'watermark':
      raiseChannelWatermark(channel, element.timestamp);
      break;
    case 'end':
      channel.ended = true;
      break;
    case 'barrier':
      takeBarrier(task, channel, element, step);
      return;
  }
  raiseWatermark(task, mergeWatermarks(task.gate));
  if (task.advancing) advance(task, code, tail, step.host.options.timersPerStep);
}

function processBatch(task: TaskState, code: TaskCode, batch: Batch, tail: Collector): void {
  const { chain } = task;
  const size = batchSize(batch);
  for (let index = 0; index < size; index++) {
    processRecord(chain, code.chain, valueAt(batch, index), timestampAt(batch, index), tail);
  }
}

function takeBarrier(task: TaskState, channel: InputChannel, barrier: Barrier, step: Step): void {
  const obsolete = obsoleteReason(task.alignment, barrier.checkpointId);
  if (obsolete !== null) {
    noteIgnored(task, channel, barrier, obsolete, step.out);
    return;
  }
  const subsumed = onBarrier(task.alignment, task.gate, channel, barrier, step.now);
  if (subsumed !== 0) declineCheckpoint(task, subsumed, { kind: 'subsumed', by: barrier.checkpointId }, step.out);
}

function noteIgnored(
  task: TaskState,
  channel: InputChannel,
  { checkpointId }: Barrier,
  reason: IgnoreReason,
  out: ClusterOutbox,
): void {
  if (!out.noted) return;
  out.note({ kind: 'barrier-ignored', ...taskOf(task), checkpointId, producer: channel.address, reason });
}

function raiseWatermark(task: TaskState, watermark: number): void {
  if (watermark <= task.watermark) return;
  task.watermark = watermark;
  task.advancing = true;
}

/** Fires timers up to the watermark; hands it on when none of them is left. */
function advance(task: TaskState, code: TaskCode, tail: Collector, timersMax: number): void {
  if (!advanceWatermark(task.chain, code.chain, task.watermark, timersMax, tail)) return;
  task.advancing = false;
  broadcastControl(task.partition, { kind: 'watermark', timestamp: task.watermark });
}

/** What follows once all timers fired: the end of the input, then the cut. In this order, so that a cut says truly whether it is at the end. */
export function settle(task: TaskState, now: number, out: ClusterOutbox): void {
  if (task.advancing) return;
  if (!task.atEnd && isInputOver(task)) endInput(task);
  if (task.advancing || !isAligned(task.alignment, task.gate)) return;
  const { pendingId, pendingTimestamp, startedAt } = task.alignment;
  takeSnapshot(task, { checkpointId: pendingId, timestamp: pendingTimestamp }, now - startedAt, now, out);
  finishAlignment(task.alignment, task.gate);
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
