// Takes one barrier out of a data stream between two processes, as if it had been lost on its way.
import type { Address } from '../../core/base/machine.ts';
import { decodeMessage } from '../../core/protocol/codec.ts';

export interface BarrierThief {
  /** From now on: the first frame with a barrier behind this checkpoint. */
  aim(afterCheckpoint: number, onTaken: (consumer: Address, checkpointId: number) => void): void;
  /** Whether this frame is the one; asked of every frame. */
  takes(content: Uint8Array, to: Address): boolean;
}

export function createBarrierThief(): BarrierThief {
  let aim: { after: number; onTaken: (consumer: Address, checkpointId: number) => void } | null = null;
  return {
    aim: (after, onTaken) => (aim = { after, onTaken }),
    takes(content, to) {
      if (aim === null) return false;
      const checkpointId = barrierIn(content);
      if (checkpointId <= aim.after) return false;
      aim.onTaken(to, checkpointId);
      aim = null;
      return true;
    },
  };
}

/** The checkpoint of the barrier in a frame; 0: there is none. */
function barrierIn(content: Uint8Array): number {
  const message = decodeMessage(content);
  if (!message.ok || message.value.kind !== 'channel-elements') return 0;
  const barrier = message.value.body.elements.find((element) => element.kind === 'barrier');
  return barrier?.kind === 'barrier' ? barrier.checkpointId : 0;
}
