// The successor that a system is making: the state that is expanded, but for the places that were set, and its hash.
import type { Row, Successors } from './transition-system.ts';

/** Whoever is given the successors of a state. */
export interface Receiver {
  /**
   * @param draft its `row` and hashes are those of the successor until this returns, `transition` its index
   * @returns true: the successor is a state that waits to be expanded, newly reached or not
   */
  receive(draft: Draft, wrong: string | null): boolean;
  /** False: the successor of this transition is not to be made. Absent: all are. */
  wants?(transition: number): boolean;
}

/** The hash of a row is a sum over its places, so that a successor costs as much as it changes. */
export class Draft implements Successors {
  /** The state that is expanded; whoever fills it calls `start`. */
  readonly state: Row;
  /** By place: what its part adds to the hash. */
  readonly #mixed: Int32Array;
  readonly row: Row;
  hash = 0;
  /** Another hash, or 0 if nobody needs it. */
  second = 0;
  /** Successors that were given before this one: its index. */
  transition = 0;
  readonly #receiver: Receiver;
  readonly #hasSecond: boolean;
  /** Places that were set: the first `changes` of these. */
  readonly changed: number[] = [];
  changes = 0;
  #stateHash = 0;
  #stateSecond = 0;

  /** @param hasSecond one hash is not enough */
  constructor(width: number, receiver: Receiver, hasSecond = false) {
    this.state = new Int32Array(width);
    this.#mixed = new Int32Array(width);
    this.row = new Int32Array(width);
    this.#receiver = receiver;
    this.#hasSecond = hasSecond;
  }

  /** The successors of `state` begin. `state` is as new: all zeros. */
  begin(): void {
    let second = 0;
    if (this.#hasSecond)
      for (let place = 0; place < this.state.length; place++) second = (second + mixAgain(place, 0)) | 0;
    this.start(second);
  }

  /** The successors of `state` begin. @param second its other hash */
  start(second = 0): void {
    const { state, row } = this;
    const mixed = this.#mixed;
    let hash = 0;
    for (let place = 0; place < state.length; place++) {
      const part = state[place] as number;
      const added = mix(place, part);
      row[place] = part;
      mixed[place] = added;
      hash = (hash + added) | 0;
    }
    this.#stateHash = hash;
    this.#stateSecond = second;
    this.hash = hash;
    this.second = second;
    this.transition = 0;
  }

  wants(transition: number): boolean {
    if (this.#receiver.wants?.(transition) !== false) return true;
    this.transition += 1;
    return false;
  }

  set(place: number, part: number): void {
    const before = this.row[place] as number;
    if (before === part) return;
    this.changed[this.changes++] = place;
    const taken = before === this.state[place] ? (this.#mixed[place] as number) : mix(place, before);
    this.hash = (this.hash - taken + mix(place, part)) | 0;
    if (this.#hasSecond) this.second = (this.second - mixAgain(place, before) + mixAgain(place, part)) | 0;
    this.row[place] = part;
  }

  emit(wrong: string | null = null): boolean {
    const isOpen = this.#receiver.receive(this, wrong);
    this.transition += 1;
    for (let at = 0; at < this.changes; at++) {
      const place = this.changed[at] as number;
      this.row[place] = this.state[place] as number;
    }
    this.changes = 0;
    this.hash = this.#stateHash;
    this.second = this.#stateSecond;
    return isOpen;
  }
}

/** The first hash of a row. */
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

/** The same with other numbers (those of Wellons' lowbias32), so that two rows of one hash are not of one second hash as well. */
function mixAgain(place: number, part: number): number {
  let mixed = (Math.imul(place + 1, 0x85157af5) ^ Math.imul(part, 0x6c8e9cf5)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
