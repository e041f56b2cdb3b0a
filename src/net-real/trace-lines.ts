// The trace of a real process: JSON lines with the fields of the simulator's, so that one report reads both.
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Address, Vocabulary } from '../core/base/vocabulary.ts';

export interface TraceOptions {
  readonly onLine: (line: string) => void;
  /** Wall time in ms at which the run started, the same for all its processes; default: when this one did. */
  readonly runStartedAt?: number;
}

/** How inputs and effects of a machine read. */
export interface TextForm {
  readonly input: (input: Input<Vocabulary>) => string;
  readonly effect: (effect: Effect) => string;
}

/** As in the simulator, and what it does not have: a machine that threw ends a run there. */
export type StopKind = 'halt' | 'stop' | 'threw';

/** What happened, without its place in time. */
type Event =
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped'; readonly why: StopKind }
  | {
      readonly kind: 'stepped';
      readonly input: string;
      readonly effects: readonly string[];
      readonly leavesAt: number;
    };

export class TraceLines {
  readonly #onLine: (line: string) => void;
  readonly #runStartedAt: number;
  readonly #texts: TextForm;
  readonly #node: Address;
  readonly #incarnation: number;
  #events = 0;

  constructor({ onLine, runStartedAt = wallMs() }: TraceOptions, texts: TextForm, node: Address, incarnation: number) {
    this.#texts = texts;
    this.#onLine = onLine;
    this.#runStartedAt = runStartedAt;
    this.#node = node;
    this.#incarnation = incarnation;
  }

  started(): void {
    this.#write(this.now(), { kind: 'started' });
  }

  stopped(why: StopKind): void {
    this.#write(this.now(), { kind: 'stopped', why });
  }

  /** A step that began at this time (of `now`), and is over. */
  stepped(at: number, input: Input<Vocabulary>, effects: readonly Effect[]): void {
    const texts = effects.map(this.#texts.effect);
    this.#write(at, { kind: 'stepped', input: this.#texts.input(input), effects: texts, leavesAt: this.now() });
  }

  /** Microseconds since the run started. */
  now(): number {
    return Math.floor((wallMs() - this.#runStartedAt) * 1_000);
  }

  #write(at: number, { kind, ...what }: Event): void {
    this.#events += 1;
    const place = { at, event: this.#events, kind, node: this.#node, incarnation: this.#incarnation };
    this.#onLine(JSON.stringify({ ...place, ...what }));
  }
}

/** The wall clock with parts of a ms, that never jumps while the process lives. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
