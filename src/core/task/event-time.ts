// Event time of a task: its watermark is the smallest of its open channels, or that of its source, and never runs back. Timers up to it fire
// first, some per step; then it goes to the outputs.
import { NEVER } from '../base/machine.ts';
import { advanceWatermark } from '../operators/chain.ts';
import { sourceWatermark } from '../operators/source.ts';
import { MAX_WATERMARK } from '../operators/watermark.ts';
import { codeOf } from './code.ts';
import type { InputChannel, InputGate } from './input-gate.ts';
import { tailTarget } from './output.ts';
import { broadcastControl } from './result-partition.ts';
import type { TaskState } from './state.ts';
import type { TaskStep } from './step.ts';

/** A channel's own watermark. One that runs back (a restored producer may repeat an older one) changes nothing. */
export function raiseChannelWatermark(channel: InputChannel, watermark: number): void {
  channel.watermark = Math.max(channel.watermark, watermark);
}

/** The smallest watermark of the channels that did not end; MAX_WATERMARK if all did. */
export function mergeWatermarks(gate: InputGate): number {
  let watermark = MAX_WATERMARK;
  for (const channel of gate.channels)
    if (!channel.ended && channel.watermark < watermark) watermark = channel.watermark;
  return watermark;
}

/** Raises the watermark of the task: `advance` is due until all timers up to it fired. */
export function raiseWatermark(task: TaskState, watermark: number): void {
  if (watermark <= task.watermark) return;
  task.watermark = watermark;
  task.advancing = true;
}

/** Raises the watermark, and fires what is due by it as far as one step goes. */
export function advanceTo(task: TaskState, watermark: number, step: TaskStep): void {
  raiseWatermark(task, watermark);
  if (task.advancing) advance(task, step);
}

/** Fires timers up to the watermark; hands it on when none of them is left. */
export function advance(task: TaskState, step: TaskStep): void {
  const code = codeOf(step.code, task.descriptor);
  const tail = tailTarget(task, code, step);
  if (!advanceWatermark(task.chain, code.chain, task.watermark, step.options.timersPerStep, tail)) return;
  task.advancing = false;
  broadcastControl(task.partition, { kind: 'watermark', timestamp: task.watermark });
}

/**
 * Sends the watermark of a source, if it moved: now and then, and directly before each barrier. The chain of a source has no keyed operator, hence
 * no timers: it advances in one call.
 */
export function sendSourceWatermark(task: TaskState, step: TaskStep): void {
  task.watermarkAt = NEVER;
  if (task.source !== null) advanceTo(task, sourceWatermark(task.source), step);
}
