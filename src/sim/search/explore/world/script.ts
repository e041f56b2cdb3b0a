// The decisions of one event in all ways: a script answers the first questions, every other is answered plainly, and what was asked is kept, so
// that the ways not tried yet can be told from it.
import { StreamNames } from '../../../decision-log.ts';
import type { Decisions, StreamId, TapeEntry } from '../../../decisions.ts';

/**
 * `fault`: the question of a rule, of which any answer but 0 is a fault. `chance`: a pick of a machine. `choice`: what a fault asks for itself. `fate`: what a
 * fault leaves open: how much of a stream arrives, who hears of it and when, what becomes of a request.
 */
export type QuestionSort = 'fault' | 'chance' | 'choice' | 'fate';

/** A question that was asked, and its answer. */
export interface Asked {
  readonly sort: QuestionSort;
  /** Answers that are tried, 0 among them and first. */
  readonly answers: readonly number[];
  readonly answer: number;
}

const PLAIN: readonly number[] = [0];
/** Lengths of time have so many values that nobody tries them all: of so many or more the least and the most are tried. */
const MANY = 1_024;
/** The same of what machines pick. */
export const CHANCES_MANY = 9;

export class ScriptDecisions implements Decisions {
  readonly ordersEvents = false;
  readonly #names = new StreamNames();
  readonly #sorts: (QuestionSort | undefined)[] = [];
  #isRule: (stream: StreamId, name: string) => boolean = () => false;
  #script: readonly number[] | null = null;
  #isPlain = false;
  #asked: Asked[] = [];
  #answers: number[] = [];

  /** From now on questions of fault rules are known as such. @param isRule asked once of each stream, no sooner than it is opened */
  knowRules(isRule: (stream: StreamId, name: string) => boolean): void {
    this.#isRule = isRule;
    this.#sorts.length = 0;
  }

  /**
   * The next questions are answered from the script, those behind it plainly.
   *
   * @param isPlain no fault strikes: where faults are asked depends on the world around a step, so the script knows nothing of them
   */
  follow(script: readonly number[], isPlain: boolean): void {
    this.#script = script;
    this.#isPlain = isPlain;
    this.#asked = [];
    this.#answers = [];
  }

  /** What was asked since, of what the script is about. */
  asked(): readonly Asked[] {
    return this.#asked;
  }

  /** All answers since. */
  answers(): readonly number[] {
    return this.#answers;
  }

  open(name: string): StreamId {
    return this.#names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    if (n <= 1 || this.#script === null) return 0;
    const sort = this.#sortOf(stream);
    const isAsked = !(this.#isPlain && sort === 'fault');
    const answer = isAsked ? (this.#script[this.#asked.length] ?? 0) : 0;
    this.#answers.push(answer);
    if (!isAsked) return answer;
    this.#asked.push({ sort, answers: answersOf(n, sort === 'chance' ? CHANCES_MANY : MANY), answer });
    return answer;
  }

  #sortOf(stream: StreamId): QuestionSort {
    return (this.#sorts[stream] ??= this.#findSort(stream));
  }

  #findSort(stream: StreamId): QuestionSort {
    const name = this.#names.nameOf(stream);
    if (this.#isRule(stream, name)) return 'fault';
    if (name.startsWith('chance/')) return 'chance';
    return name.startsWith('fault/') ? 'choice' : 'fate';
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return { stream: this.#names.nameOf(stream), index: 0 };
  }

  fork(): Decisions {
    return this;
  }

  tape(): readonly TapeEntry[] {
    return [];
  }
}

function answersOf(n: number, many: number): readonly number[] {
  if (n >= many) return [0, n - 1];
  return (known[n] ??= n <= 1 ? PLAIN : Array.from({ length: n }, (_, answer) => answer));
}

const known: (readonly number[])[] = [];

/** How many questions of a sort were not answered with 0. */
export function countOf(asked: readonly Asked[], sort: QuestionSort): number {
  return asked.filter((one) => one.sort === sort && one.answer !== 0).length;
}

/**
 * The script that follows one whose questions are known, depth first; null behind the last.
 *
 * @param mayAnswer false for a question that is answered with 0 alone. Default: none is
 */
export function nextScript(
  asked: readonly Asked[],
  mayAnswer: (question: number) => boolean = () => true,
): readonly number[] | null {
  for (let last = asked.length - 1; last >= 0; last--) {
    const { answers, answer } = asked[last] as Asked;
    const next = answers[answers.indexOf(answer) + 1];
    if (next !== undefined && mayAnswer(last)) return [...asked.slice(0, last).map((one) => one.answer), next];
  }
  return null;
}
