// Readings of other processes. Nobody is asked before somebody looks, and then at most once in CACHE_MS, however many look.
import type { Address } from '../../core/base/vocabulary.ts';
import type { Questions } from '../questions/desk.ts';
import type { Readings } from './readings.ts';

/** An answer, also that there is none, is told again for so long. */
export const CACHE_MS = 1_000;
/** Addresses that are remembered: more than a cluster has. */
const ADDRESSES_MAX = 4_096;

interface Asked {
  readonly at: number;
  readonly answer: Promise<Readings | null>;
}

export class AskedReadings {
  readonly #questions: Questions;
  readonly #asked = new Map<Address, Asked>();

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /** What the process at this address told, not older than CACHE_MS; null: it does not answer. */
  ask(address: Address): Promise<Readings | null> {
    const now = performance.now();
    const known = this.#asked.get(address);
    if (known !== undefined && now - known.at < CACHE_MS) return known.answer;
    const answer = this.#questions.ask(address, { kind: 'readings' }).then((told) => told?.readings ?? null);
    this.#asked.delete(address); // the newest is last
    this.#asked.set(address, { at: now, answer });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > ADDRESSES_MAX && oldest !== undefined) this.#asked.delete(oldest);
    return answer;
  }
}
