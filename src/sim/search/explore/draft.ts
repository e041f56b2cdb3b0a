// The successor that a system is making: the state that is expanded, but for the places that were set, and its hash.
import type { Row, Successors } from './transition-system.ts';

/** Whoever is given the successors of a state. */
export interface Receiver {
  /** @param draft its `row` and `hash` are those of the successor until this returns, `transition` its index */
  receive(draft: Draft, wrong: string | null): void;
}

/** The hash of a row is a sum over its places, so that a successor costs as much as it changes. */
export class Draft implements Successors {
  /** The state that is expanded; whoever fills it calls `start`. */
  readonly state: Row;
  readonly row: Row;
  hash = 0;
  /** Successors that were given before this one: its index. */
  transition = 0;
  readonly #receiver: Receiver;
  readonly #changed: number[] = [];
  #changes = 0;
  #stateHash = 0;

  constructor(width: number, receiver: Receiver) {
    this.state = new Int32Array(width);
    this.row = new Int32Array(width);
    this.#receiver = receiver;
  }

  /** The successors of `state` begin. */
  start(hash: number): void {
    this.row.set(this.state);
    this.#stateHash = hash;
    this.hash = hash;
    this.transition = 0;
  }

  set(place: number, part: number): void {
    const before = this.row[place] as number;
    if (before === part) return;
    this.#changed[this.#changes++] = place;
    this.hash = (this.hash - mix(place, before) + mix(place, part)) | 0;
    this.row[place] = part;
  }

  emit(wrong: string | null = null): void {
    this.#receiver.receive(this, wrong);
    this.transition += 1;
    for (let at = 0; at < this.#changes; at++) {
      const place = this.#changed[at] as number;
      this.row[place] = this.state[place] as number;
    }
    this.#changes = 0;
    this.hash = this.#stateHash;
  }
}

export function hashOf(row: Readonly<Row>): number {
  let hash = 0;
  for (let place = 0; place < row.length; place++) hash = (hash + mix(place, row[place] as number)) | 0;
  return hash;
}

/** The end of murmur3 over place and part: sums of what it gives are as good as drawn. */
function mix(place: number, part: number): number {
  let mixed = (Math.imul(place + 1, 0x9e3779b1) + part) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
