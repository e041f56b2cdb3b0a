// The outbox collects the effects of one step as data. The host carries them out after the step; it may die between any two of them.
import type { Address, Envelope, MessageOf, StreamClass, Vocabulary } from './vocabulary.ts';

export interface RequestEffect<Q = unknown> {
  readonly effect: 'request';
  /** Chosen by the machine, unique among those of its incarnation that wait for an answer; the answer names it. */
  readonly id: number;
  readonly request: Q;
}

export interface TraceEffect {
  readonly effect: 'trace';
  readonly text: string;
}

export interface HaltEffect {
  readonly effect: 'halt';
  readonly reason: string;
}

export type Effect = Envelope | RequestEffect | TraceEffect | HaltEffect;

/** One is made per host and reused for every step; `effects` is read and cleared by the host between steps. */
export class Outbox<V extends Vocabulary = Vocabulary> {
  /** Effects of the step so far, in order. */
  readonly effects: Effect[] = [];
  /** Records processed in the step so far; the simulator charges time for them. */
  records = 0;
  /** Who the sender of what is put in here is; set by the host before each step. */
  from: Address = '';
  /** Whether somebody reads traces: without it they are neither built nor kept. */
  readonly traced: boolean;

  constructor(traced: boolean) {
    this.traced = traced;
  }

  send<K extends keyof V['bodies'] & string>(to: Address, kind: K, body: V['bodies'][K]): void {
    this.#push(to, 'control', kind, body);
  }

  sendData<K extends keyof V['bodies'] & string>(to: Address, kind: K, body: V['bodies'][K]): void {
    this.#push(to, 'data', kind, body);
  }

  #push(to: Address, streamClass: StreamClass, kind: string, body: unknown): void {
    this.effects.push({ effect: 'send', streamClass, from: this.from, to, kind, body });
  }

  request(id: number, request: V['request']): void {
    this.effects.push({ effect: 'request', id, request });
  }

  trace(text: () => string): void {
    if (this.traced) this.effects.push({ effect: 'trace', text: text() });
  }

  /** Says why a message was not acted upon: late, doubled, from the dead, or from the past. */
  ignore(message: MessageOf<V>, reason: string): void {
    if (this.traced) this.trace(() => `ignored ${message.kind} from ${message.from}: ${reason}`);
  }

  /** Ends the process: nothing that it would do afterwards is safe. */
  halt(reason: string): void {
    this.effects.push({ effect: 'halt', reason });
  }

  clear(): void {
    while (this.effects.length > 0) this.effects.pop(); // setting the length would give up the memory, to ask for it again in the next step
    this.records = 0;
  }
}
