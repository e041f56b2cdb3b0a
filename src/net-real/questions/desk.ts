// Questions to other processes of the cluster: one word, one answer, over the streams that are there for the machines, to an extension of the address of
// each process (switchboard.ts).
import { messageOf } from '../../core/base/stack-lines.ts';
import type { Address, Envelope, StreamClass } from '../../core/base/vocabulary.ts';
import type { MessageCodec, Network, Receiver } from '../network.ts';
import { stationOf } from '../switchboard.ts';
import {
  letterCodec,
  type Answer,
  type AnswerTo,
  type NotAnswered,
  type Question,
  type QuestionWord,
} from './words.ts';

/** Name of the extension that answers, in each process. */
export const QUESTIONS_EXTENSION = 'questions';

/** Whoever does not answer within this time is given up: a process that stands still must not hold up those who ask for all. */
export const ANSWER_MS = 500;

/** What the process tells, by the kind of question. */
export type Answers = {
  readonly [K in Question['kind']]: (
    question: Extract<Question, { readonly kind: K }>,
  ) => Extract<Answer, { readonly kind: K }>;
};

/** Whom processes are asked through. */
export interface Questions {
  /**
   * The answer of the process at this address; null: there was none in time. One question goes at a time, so that no more than one answer waits in a
   * stream; those behind it wait ANSWER_MS for their turn. Rejects with a sentence if the process could not tell it.
   */
  ask<Q extends Question>(address: Address, question: Q): Promise<AnswerTo<Q> | null>;
}

interface Waiting {
  readonly address: Address;
  readonly kind: Question['kind'];
  readonly tell: (answer: Answer | NotAnswered | null) => void;
}

export class QuestionDesk implements Receiver, Questions {
  readonly #network: Network;
  readonly #answers: Answers;
  /** By the number of the question. */
  readonly #waiting = new Map<number, Waiting>();
  /** By address: when the last question that was asked is over. */
  readonly #turns = new Map<Address, Promise<void>>();
  #questions = 0;
  #isClosed = false;

  /** @param network the extension of this process. @param answers what this process tells of itself */
  constructor(network: Network, answers: Answers) {
    this.#network = network;
    this.#answers = answers;
    network.deliverTo(this);
  }

  ask<Q extends Question>(address: Address, question: Q): Promise<AnswerTo<Q> | null> {
    const answer = this.#askInTurn(address, question);
    const over = answer.then(
      () => {},
      () => {},
    );
    this.#turns.set(address, over);
    void over.then(() => {
      if (this.#turns.get(address) === over) this.#turns.delete(address);
    });
    return answer as Promise<AnswerTo<Q> | null>; // `onMessage` takes no other kind
  }

  async #askInTurn(address: Address, asked: Question): Promise<Answer | null> {
    const turn = this.#turns.get(address);
    const begunAt = performance.now();
    if (turn !== undefined) await turn;
    if (this.#isClosed || performance.now() - begunAt >= ANSWER_MS) return null;
    return this.#askNow(address, asked);
  }

  #askNow(address: Address, asked: Question): Promise<Answer | null> {
    const question = ++this.#questions;
    return new Promise((resolve, reject) => {
      const tell = (answer: Answer | NotAnswered | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(question);
        if (answer?.kind === 'failed') reject(new Error(answer.reason));
        else resolve(answer);
      };
      const timer = setTimeout(() => tell(null), ANSWER_MS).unref();
      this.#waiting.set(question, { address, kind: asked.kind, tell });
      this.#send(`${stationOf(address)}#${QUESTIONS_EXTENSION}`, { kind: ASK, question, asked });
    });
  }

  #send(to: Address, { kind, ...body }: QuestionWord): void {
    this.#network.send({ effect: 'send', streamClass: 'control', from: this.#network.address, to, kind, body });
  }

  onMessage({ from, kind, body }: Envelope): void {
    const word = { kind, ...(body as object) } as QuestionWord; // the codec has looked at it
    if (this.#isClosed) return;
    const { question } = word;
    if (word.kind === ASK) return this.#send(from, { kind: TOLD, question, answer: this.#answerTo(word.asked) });
    const waiting = this.#waiting.get(question);
    if (waiting?.address !== stationOf(from)) return;
    if (word.answer.kind === waiting.kind || word.answer.kind === 'failed') waiting.tell(word.answer);
  }

  /** Whoever asks never makes this process throw. */
  #answerTo(question: Question): Answer | NotAnswered {
    try {
      return (this.#answers[question.kind] as (asked: Question) => Answer)(question);
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error) };
    }
  }

  onConnectionLost(peer: Address, streamClass: StreamClass): void {
    if (streamClass !== 'control') return;
    for (const { address, tell } of this.#waiting.values()) if (address === peer) tell(null);
  }

  /** Whoever still waits is not answered. */
  close(): void {
    this.#isClosed = true;
    for (const { tell } of this.#waiting.values()) tell(null);
  }
}

const [ASK, TOLD] = ['ask-process', 'process-told'] as const satisfies readonly QuestionWord['kind'][];

/** The codec of the machines, and that of questions beside it. */
export function withQuestions(codec: MessageCodec): MessageCodec {
  return {
    ...codec,
    encode: (message) => {
      const { kind } = message;
      if (kind !== ASK && kind !== TOLD) return codec.encode(message);
      const { from, to, body } = message;
      return letterCodec.encode({ from, to, word: { kind, ...(body as object) } as QuestionWord });
    },
    decode: (bytes) => {
      const message = codec.decode(bytes);
      if (message.ok) return message;
      const letter = letterCodec.decode(bytes);
      if (!letter.ok) return message;
      const { from, to, word } = letter.value;
      const { kind, ...body } = word;
      return { ok: true, value: { effect: 'send', streamClass: 'control', from, to, kind, body } };
    },
  };
}
