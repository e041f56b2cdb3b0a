// The decisions of one event in all ways: a script answers the first questions, every other is answered plainly, and what was asked is kept, so
// that the ways not tried yet can be told from it.
import { StreamNames } from '../../../decision-log.ts';
import type { Decisions, StreamId, TapeEntry } from '../../../decisions.ts';

/** A question that was asked, and its answer. */
export interface Asked {
  /** The question of a fault rule: any answer but 0 is a fault. */
  readonly isFault: boolean;
  /** A pick of a machine. */
  readonly isChance: boolean;
  /** Answers that are tried, 0 among them and first. */
  readonly answers: readonly number[];
  readonly answer: number;
}

const PLAIN: readonly number[] = [0];
/** Lengths of time have so many values that nobody tries them all: of so many or more the least and the most are tried. */
const MANY = 1_024;
/** The same of what machines pick. */
export const CHANCES_MANY = 9;

/** Names of the streams that fault rules ask: `<stream of a rule>/<address>/<kind>`. */
export interface RuleNames {
  readonly streams: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
}

export class ScriptDecisions implements Decisions {
  readonly ordersEvents = false;
  readonly #names = new StreamNames();
  readonly #categories: ('fault' | 'chance' | 'other')[] = [];
  #rules: RuleNames = { streams: new Set(), addresses: new Set() };
  #script: readonly number[] | null = null;
  #asked: Asked[] = [];

  /** From now on questions of these rules are known as such. */
  knowRules(rules: RuleNames): void {
    this.#rules = rules;
    this.#categories.length = 0;
  }

  /** The next questions are answered from the script, those behind it plainly. */
  follow(script: readonly number[]): void {
    this.#script = script;
    this.#asked = [];
  }

  /** What was asked since. */
  asked(): readonly Asked[] {
    return this.#asked;
  }

  open(name: string): StreamId {
    return this.#names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    if (n <= 1 || this.#script === null) return 0;
    const category = this.#categoryOf(stream);
    const answer = this.#script[this.#asked.length] ?? 0;
    this.#asked.push({
      isFault: category === 'fault',
      isChance: category === 'chance',
      answers: answersOf(n, category === 'chance' ? CHANCES_MANY : MANY),
      answer,
    });
    return answer;
  }

  #categoryOf(stream: StreamId): 'fault' | 'chance' | 'other' {
    while (this.#categories.length <= stream) {
      const [kind = '', address = '', ...rest] = this.#names.nameOf(this.#categories.length).split('/');
      const isRule = rest.length === 1 && this.#rules.streams.has(kind) && this.#rules.addresses.has(address);
      this.#categories.push(kind === 'chance' ? 'chance' : isRule ? 'fault' : 'other');
    }
    return this.#categories[stream] ?? 'other';
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

/** The script that follows one whose questions are known, depth first; null behind the last. `mayAnswer`: false leaves an answer out. */
export function nextScript(
  asked: readonly Asked[],
  mayAnswer: (question: number, answer: number) => boolean,
): readonly number[] | null {
  for (let last = asked.length - 1; last >= 0; last--) {
    const { answers, answer } = asked[last] as Asked;
    for (let at = answers.indexOf(answer) + 1; at < answers.length; at++) {
      if (mayAnswer(last, answers[at] as number))
        return [...asked.slice(0, last).map((one) => one.answer), answers[at] as number];
    }
  }
  return null;
}
