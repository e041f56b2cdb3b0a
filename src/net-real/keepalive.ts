// How the ends of a stream know of each other that they live. TCP tells neither of a peer that vanished without a word: it repeats what was sent at
// distances that double, for a quarter of an hour, and goes on that slowly when the network is whole again. So each end says something several
// times within the longest silence, and whoever hears nothing for longer gives the connection up.
import { joinFrames } from './frames.ts';

/** Within the longest silence; at each one both ends say that they live. */
export const LOOKS = 6;

/** From the opener of a stream. */
export const EMPTY_FRAME: Uint8Array = joinFrames([new Uint8Array(0)]);

/** To the opener of a stream, who hears nothing else. */
export const SIGN_OF_LIFE: Uint8Array = Uint8Array.of(0);

/**
 * How long the other end has said nothing, in looks. Looks and not a clock: a process that was stopped itself wakes up to many ms, but to one look,
 * and reads what waits for it before the next.
 */
export class Silence {
  #looks = 0;

  /** Something was heard. */
  end(): void {
    this.#looks = 0;
  }

  /** Called at each look. One look more than there are: the last sign of life may be that old when a process begins to stand still. */
  isTooLong(): boolean {
    this.#looks += 1;
    return this.#looks > LOOKS + 1;
  }
}
