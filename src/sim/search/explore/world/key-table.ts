// What was found out before, by three whole numbers: an open table in one piece of memory, without an object an entry.

const FIRST_SLOTS = 1 << 10;
const FILL_MAX = 0.6;
const WORDS_BITS = 2;
const WORDS = 1 << WORDS_BITS; // three keys, and the value plus 1 (0: free)

/** Values from 0 on, below 2^31 - 1, by keys of three whole numbers. */
export class KeyTable {
  #words = new Int32Array(FIRST_SLOTS * WORDS);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** The value, or -1. */
  get(a: number, b: number, c: number): number {
    return (this.#words[this.#find(a, b, c) + 3] as number) - 1;
  }

  set(a: number, b: number, c: number, value: number): void {
    const at = this.#find(a, b, c);
    const isNew = this.#words[at + 3] === 0;
    this.#write(at, a, b, c, value + 1);
    if (!isNew) return;
    this.#size += 1;
    if (this.#size > (this.#mask + 1) * FILL_MAX) this.#grow();
  }

  /** Where an entry is, or would be. */
  #find(a: number, b: number, c: number): number {
    const words = this.#words;
    const mask = words.length - 1;
    let at = (spread(a, b, c) << WORDS_BITS) & mask;
    for (;;) {
      if (words[at + 3] === 0 || (words[at] === a && words[at + 1] === b && words[at + 2] === c)) return at;
      at = (at + WORDS) & mask;
    }
  }

  // oxlint-disable-next-line eslint/max-params -- a row of the table
  #write(at: number, a: number, b: number, c: number, value: number): void {
    this.#words[at] = a;
    this.#words[at + 1] = b;
    this.#words[at + 2] = c;
    this.#words[at + 3] = value;
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Int32Array(before.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let at = 0; at < before.length; at += WORDS) {
      if (before[at + 3] === 0) continue;
      const [a, b, c, value] = before.subarray(at, at + WORDS) as unknown as [number, number, number, number];
      this.#write(this.#find(a, b, c), a, b, c, value);
    }
  }
}

function spread(a: number, b: number, c: number): number {
  let mixed = (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + Math.imul(c, 0xc2b2ae3d)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39);
  return mixed ^ (mixed >>> 16);
}
