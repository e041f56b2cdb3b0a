// The outbox collects the effects of one step as data. The host carries them out after the step; it may die between any two of them.
import { assert } from './assert.ts';
import type { AnyReason } from './reasons.ts';
import type {
  Address,
  Envelope,
  Kinded,
  MessageIgnored,
  MessageOf,
  NoteOf,
  ReasonOf,
  StreamClass,
  Vocabulary,
} from './vocabulary.ts';

export interface RequestEffect<Q = unknown> {
  readonly effect: 'request';
  /** Chosen by the machine, unique among those of its incarnation that wait for an answer; the answer names it. */
  readonly id: number;
  readonly request: Q;
}

/** What a machine wants to be known of a step. It changes nothing, and only those who read traces see it. */
export interface NoteEffect<N extends Kinded = Kinded> {
  readonly effect: 'note';
  readonly note: N;
}

export interface HaltEffect {
  readonly effect: 'halt';
  readonly reason: AnyReason;
}

/** What a step leads to, as data: a message, a request through a port, a note, or the end of the process. */
export type Effect = Envelope | RequestEffect | NoteEffect | HaltEffect;

/** Answers a question of a machine with an integer in [0, n): a decision in a world, a random number in a real process. */
export type Chance = (question: string, n: number) => number;

/** More answers than this a question cannot have. */
export const PICK_MAX = 0x8000_0000;

const noChance: Chance = (question) => {
  throw new Error(`nobody answers pick('${question}'): this host was made without chance`);
};

/** One is made per host and reused for every step; `effects` is read and cleared by the host between steps. */
export class Outbox<V extends Vocabulary = Vocabulary> {
  /** Effects of the step so far, in order. */
  readonly effects: Effect[] = [];
  /** Records processed in the step so far; the simulator charges time for them. */
  records = 0;
  /** The machine's own address: the sender of all that is put in here. The host sets it before each step. */
  address: Address = '';
  /** Whether somebody reads notes. Ask it before a note is built: `if (out.noted) out.note({ … })`. */
  readonly noted: boolean;
  readonly #chance: Chance;

  /** @param chance answers `pick`; a host of machines that never pick needs none. */
  constructor(noted: boolean, chance: Chance = noChance) {
    this.noted = noted;
    this.#chance = chance;
  }

  send<K extends keyof V['bodies'] & string>(to: Address, kind: K, body: V['bodies'][K]): void {
    this.#push(to, 'control', kind, body);
  }

  sendData<K extends keyof V['bodies'] & string>(to: Address, kind: K, body: V['bodies'][K]): void {
    this.#push(to, 'data', kind, body);
  }

  #push(to: Address, streamClass: StreamClass, kind: string, body: unknown): void {
    this.effects.push({ effect: 'send', streamClass, from: this.address, to, kind, body });
  }

  request(id: number, request: V['request']): void {
    this.effects.push({ effect: 'request', id, request });
  }

  /**
   * An integer in [0, n), each as likely as the others: the machine's only chance. In a world it is a decision of stream
   * `chance/<address>/<question>`, so that a search can ask for any value, and a shrunk run has 0 where it does not matter; in a real process it
   * is a random number. A step may ask several times.
   *
   *     state.electionAt = input.now + 150 + out.pick('election-timeout', 150); // ms
   *
   * @param question a few words that never change: they name the stream. @param n from 1 to 2^31.
   */
  pick(question: string, n: number): number {
    assert(
      Number.isInteger(n) && n >= 1 && n <= PICK_MAX,
      () => `pick('${question}', ${n}): n must be a whole number from 1 to 2^31`,
    );
    return this.#chance(question, n);
  }

  /** Plain data, never changed afterwards. Nothing happens if nobody reads notes; see `noted`. */
  note(note: NoteOf<V>): void {
    if (this.noted) this.#note(note);
  }

  #note(note: Kinded): void {
    this.effects.push({ effect: 'note', note });
  }

  /** Says why a message was not acted upon: late, doubled, from the dead, or from the past. */
  ignore(message: MessageOf<V>, reason: ReasonOf<V>): void {
    if (!this.noted) return;
    const ignored: MessageIgnored = { kind: 'message-ignored', message: message.kind, from: message.from, reason };
    this.#note(ignored);
  }

  /** Ends the process: nothing that it would do afterwards is safe. */
  halt(reason: ReasonOf<V>): void {
    this.effects.push({ effect: 'halt', reason });
  }

  clear(): void {
    while (this.effects.length > 0) this.effects.pop(); // setting the length would give up the memory, to ask for it again in the next step
    this.records = 0;
  }
}
