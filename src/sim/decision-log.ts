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
const CHUNK_WORDS_MAX = WORDS_PER_ENTRY * 32_768;

/** A piece of the log. What was written before a fork is shared and never written again. */
type Chunk = number[];

export class DecisionLog {
  readonly names: StreamNames;
  readonly #counts: number[];
  readonly #chunks: Chunk[];
  /** The last chunk, if it is ours alone. */
  #open: Chunk | null = null;

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
    if (this.#open === null || this.#open.length === CHUNK_WORDS_MAX) {
      this.#open = [];
      this.#chunks.push(this.#open);
    }
    this.#open.push(stream, index, value);
  }

  fork(): DecisionLog {
    this.#open = null; // what was written so far is now read by two
    return new DecisionLog(this.names, this.#counts.slice(), this.#chunks.slice());
  }

  entries(): TapeEntry[] {
    const entries: TapeEntry[] = [];
    for (const chunk of this.#chunks) {
      for (let at = 0; at < chunk.length; at += WORDS_PER_ENTRY) {
        const stream = this.names.nameOf(chunk[at] as number);
        entries.push({ stream, index: chunk[at + 1] as number, value: chunk[at + 2] as number });
      }
    }
    return entries;
  }
}
