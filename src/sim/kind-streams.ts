// Handles of decision streams by kind, so that no name is built where a message is sent.
import type { Decisions, StreamId } from './decisions.ts';

/** Decision streams of one question by kind of message or request. The last one is at hand, as most links carry one kind at a time. */
export class KindStreams {
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #decisions: Decisions;
  readonly #streams = new Map<string, StreamId>();
  #names: Map<string, string> | null = null;
  #lastKind = '';
  #lastStream = -1;

  /** @param prefix the name up to the kind: `delay/jm-1>tm-2/` */
  constructor(decisions: Decisions, prefix: string, suffix = '') {
    this.#prefix = prefix;
    this.#suffix = suffix;
    this.#decisions = decisions;
  }

  /** It is one of these, and was opened. */
  has(stream: StreamId): boolean {
    return [...this.#streams.values()].includes(stream);
  }

  of(kind: string): StreamId {
    if (kind === this.#lastKind && this.#lastStream >= 0) return this.#lastStream;
    let stream = this.#streams.get(kind);
    if (stream === undefined) {
      stream = this.#decisions.open(this.#nameOf(kind));
      this.#streams.set(kind, stream);
    }
    this.#lastKind = kind;
    this.#lastStream = stream;
    return stream;
  }

  #nameOf(kind: string): string {
    this.#names ??= namesOf(this.#prefix, this.#suffix);
    const known = this.#names.get(kind);
    if (known !== undefined) return known;
    const name = this.#prefix + kind + this.#suffix;
    if (namesKnown < NAMES_MAX) this.#names.set(kind, name);
    namesKnown += 1;
    return name;
  }
}

/**
 * Names by prefix and suffix, then by kind: all runs of a sweep open the same streams, and a text that is made anew is looked for among all texts that there are.
 * Only a memory of what is true anyway, and bounded.
 */
const names = new Map<string, Map<string, string>>();
const NAMES_MAX = 100_000;
let namesKnown = 0;

function namesOf(prefix: string, suffix: string): Map<string, string> {
  const question = `${prefix}\n${suffix}`;
  const known = names.get(question) ?? new Map<string, string>();
  if (namesKnown < NAMES_MAX) names.set(question, known);
  return known;
}
