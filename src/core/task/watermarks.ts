// The watermark of a task with inputs: the smallest of its open channels, never running back.
import { MAX_WATERMARK } from '../operators/watermark.ts';
import type { InputChannel, InputGate } from './input-gate.ts';

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
