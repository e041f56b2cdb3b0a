// Handles of decision streams by kind, so that no name is built where a message is sent.
import type { Decisions, StreamId } from './decisions.ts';

/** Decision streams of one question by kind of message or request. The last one is at hand, as most links carry one kind at a time. */
export class KindStreams {
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #decisions: Decisions;
  readonly #streams = new Map<string, StreamId>();
  #lastKind = '';
  #lastStream = -1;

  /** @param prefix the name up to the kind: `delay/jm-1>tm-2/` */
  constructor(decisions: Decisions, prefix: string, suffix = '') {
    this.#decisions = decisions;
    this.#prefix = prefix;
    this.#suffix = suffix;
  }

  /** It is one of these, and was opened. */
  has(stream: StreamId): boolean {
    return [...this.#streams.values()].includes(stream);
  }

  of(kind: string): StreamId {
    if (kind === this.#lastKind && this.#lastStream >= 0) return this.#lastStream;
    let stream = this.#streams.get(kind);
    if (stream === undefined) {
      stream = this.#decisions.open(this.#prefix + kind + this.#suffix);
      this.#streams.set(kind, stream);
    }
    this.#lastKind = kind;
    this.#lastStream = stream;
    return stream;
  }
}
