// What every source of decisions shares: names of streams, a count of questions per stream, and the answers that were not 0.
// Copying it must be cheap, because a world is forked often.
import type { StreamId, TapeEntry } from './decisions.ts';

/** Names of streams and their ids. It only grows, and is shared by all forks of a source: an id means the same name in all of them. */
export class StreamNames {
  readonly #ids = new Map<string, StreamId>();
  readonly #names: string[] = [];

  idOf(name: string): StreamId {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#ids.set(name, id);
    this.#names.push(name);
    return id;
  }

  nameOf(stream: StreamId): string {
    return this.#names[stream] as string;
  }
}

const WORDS_PER_ENTRY = 3; // stream, index, value
const CHUNK_WORDS_MIN = WORDS_PER_ENTRY * 64;
const CHUNK_WORDS_MAX = WORDS_PER_ENTRY * 8_192;

/** A piece of the log that is full, or was shared by a fork: it is never written again. */
type Chunk = Float64Array;

const NOTHING = new Float64Array(0);

export class DecisionLog {
  readonly names: StreamNames;
  readonly #counts: number[];
  readonly #chunks: Chunk[];
  /** The piece that is written, and how far; it is ours alone. */
  #open: Float64Array = NOTHING;
  #used = 0;

  constructor(names: StreamNames = new StreamNames(), counts: number[] = [], chunks: Chunk[] = []) {
    this.names = names;
    this.#counts = counts;
    this.#chunks = chunks;
  }

  /** Counts a question and returns its index in its stream. */
  count(stream: StreamId): number {
    const counts = this.#counts;
    while (counts.length <= stream) counts.push(0);
    const index = counts[stream] as number;
    counts[stream] = index + 1;
    return index;
  }

  /** The question of a stream that was counted last. */
  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return { stream: this.names.nameOf(stream), index: (this.#counts[stream] as number) - 1 };
  }

  /** Keeps an answer that was not 0. */
  record(stream: StreamId, index: number, value: number): void {
    if (this.#used === this.#open.length) this.#openNext();
    const open = this.#open;
    const at = this.#used;
    open[at] = stream;
    open[at + 1] = index;
    open[at + 2] = value;
    this.#used = at + WORDS_PER_ENTRY;
  }

  /** Each piece is twice as long as the one before, so that a short run takes little and a long one seldom asks. */
  #openNext(): void {
    const words = Math.min(CHUNK_WORDS_MAX, Math.max(CHUNK_WORDS_MIN, 2 * this.#open.length));
    this.#close();
    this.#open = new Float64Array(words);
  }

  #close(): void {
    if (this.#used > 0) this.#chunks.push(this.#open.subarray(0, this.#used));
    this.#open = NOTHING;
    this.#used = 0;
  }

  fork(): DecisionLog {
    this.#close(); // what was written so far is now read by two
    return new DecisionLog(this.names, this.#counts.slice(), this.#chunks.slice());
  }

  entries(): TapeEntry[] {
    const entries: TapeEntry[] = [];
    for (const chunk of [...this.#chunks, this.#open.subarray(0, this.#used)]) {
      for (let at = 0; at < chunk.length; at += WORDS_PER_ENTRY) {
        const stream = this.names.nameOf(chunk[at] as number);
        entries.push({ stream, index: chunk[at + 1] as number, value: chunk[at + 2] as number });
      }
    }
    return entries;
  }
}
