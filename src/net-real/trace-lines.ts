// The trace of a real process: lines with the fields of the simulator's, so that one reader takes both.
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Address, Vocabulary } from '../core/base/vocabulary.ts';
import type { Observation, StopKind } from '../run/observation.ts';
import { LineWriter } from '../run/trace-lines.ts';

export interface TraceOptions {
  readonly onLine: (line: string) => void;
  /** Wall time in ms at which the run started, the same for all its processes; default: when this one did. */
  readonly runStartedAt?: number;
  /** Longer texts are cut; default: none is. */
  readonly charactersMax?: number;
}

export class TraceLines {
  readonly #onLine: (line: string) => void;
  readonly #runStartedAt: number;
  readonly #writer: LineWriter;
  readonly #node: Address;
  readonly #incarnation: number;
  #events = 0;

  constructor({ onLine, runStartedAt = wallMs(), charactersMax }: TraceOptions, node: Address, incarnation: number) {
    this.#onLine = onLine;
    this.#runStartedAt = runStartedAt;
    this.#writer = new LineWriter(charactersMax);
    this.#node = node;
    this.#incarnation = incarnation;
  }

  started(): void {
    this.#write(this.now(), { kind: 'started', ...this.#process() });
  }

  stopped(why: StopKind): void {
    this.#write(this.now(), { kind: 'stopped', ...this.#process(), why });
  }

  /** A step that began at this time (of `now`), and is over. */
  stepped(at: number, input: Input<Vocabulary>, effects: readonly Effect[]): void {
    this.#write(at, { kind: 'stepped', ...this.#process(), input, effects, leavesAt: this.now() });
  }

  /** Microseconds since the run started. */
  now(): number {
    return Math.floor((wallMs() - this.#runStartedAt) * 1_000);
  }

  #process(): { readonly node: Address; readonly incarnation: number } {
    return { node: this.#node, incarnation: this.#incarnation };
  }

  #write(at: number, observation: Observation): void {
    this.#events += 1;
    this.#onLine(this.#writer.write({ at, event: this.#events }, observation));
  }
}

/** The wall clock with parts of a ms, that never jumps while the process lives. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
