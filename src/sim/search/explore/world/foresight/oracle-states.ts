// What one oracle may think, whatever the order of steps: it hears each step at once, so it knows of everything that must have happened before. Told of
// two steps in both orders, it must come to the same; where it does not, or where what it looks at makes a difference, neither step goes first.
import type { Judges } from '../judges.ts';
import { ForesightError } from './foresight-error.ts';
import { hasMark, Mask, type Knowledge } from './knowledge.ts';
import { keyOfClass, NO_MARK, type LocalState, type LocalStates, type StepClass } from './local-states.ts';
import type { Actor } from './local-steps.ts';

interface OracleState {
  readonly opinion: number;
  /** In each it has heard the same. */
  readonly histories: Knowledge[];
  /** By class: the state behind it; UNSURE: it objects, or what it looks at makes a difference. */
  readonly next: Map<number, number>;
}

/** What an oracle makes of a step, whatever it finds where it looks. */
interface Made {
  readonly opinions: ReadonlySet<number>;
  readonly isWrong: boolean;
  readonly looksAt: ReadonlySet<Actor>;
}

/** What was found out of steps: classes by number. */
export interface Findings {
  /** Classes that change what an oracle thinks. */
  readonly remembered: Set<StepClass>;
  /** Classes that change nothing, and to which an oracle objects. */
  readonly objected: Set<StepClass>;
  /** Their order with a step of another actor may matter. */
  readonly bound: Set<number>;
  /** Their order with any other step of their actor may matter: an oracle looks at it. */
  readonly lookers: Set<number>;
  /** Actors at which an oracle looks to some effect, when another acts. */
  readonly lookedAt: Set<Actor>;
  /** Pairs of one actor's whose order matters (`pairOf`). */
  readonly pairs: Set<string>;
}

export function pairOf(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

const UNSURE = -1;
const STATES_MAX = 20_000;
const NOW = 0;
/** An oracle tells states apart by what it heard; more histories of each make little difference. */
const HISTORIES_MAX = 4;

/** What all oracles are told of. */
export interface Judged {
  readonly judges: Judges;
  readonly states: LocalStates;
  /** Of the first state, as judges see them. */
  readonly values: Int32Array;
}

export class OracleStates {
  readonly #oracle: number;
  readonly #judges: Judges;
  readonly #states: LocalStates;
  readonly #findings: Findings;
  readonly #remembered: ReadonlySet<string>;
  readonly #heard: readonly StepClass[];
  /** Of the classes that it remembers. */
  readonly #marks = new Mask();
  readonly #all: OracleState[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #values: Int32Array;
  readonly #asked = new Map<string, Asked>();
  #changes = 0;

  /** @param oracle by its place among those that judge. @param remembered keys of the classes that it was found to remember */
  constructor(oracle: number, { judges, states, values }: Judged, remembered: ReadonlySet<string>, findings: Findings) {
    this.#oracle = oracle;
    this.#remembered = remembered;
    this.#judges = judges;
    this.#states = states;
    this.#findings = findings;
    this.#values = values.slice();
    this.#heard = states.classes.filter(({ observations }) => observations.some((one) => judges.hears(oracle, one)));
    for (const heard of this.#heard) {
      const mark = this.#markOf(heard);
      if (mark !== NO_MARK) this.#marks.add(mark);
    }
    this.#reach(judges.firstOpinions[oracle] as number, [states.lattice.nothing()]);
  }

  #markOf(heard: StepClass): number {
    return this.#remembered.has(keyOfClass(heard)) ? this.#states.markOfClass(heard) : NO_MARK;
  }

  /** Adds what is found, in pieces. */
  *find(): Generator<null, void, void> {
    for (let before = -1; before !== this.#changes;) {
      before = this.#changes;
      for (let number = 0; number < this.#all.length; number++) {
        this.#hearAll(this.#all[number] as OracleState);
        yield null;
      }
    }
    for (const state of this.#all) this.#compare(state);
  }

  #hearAll(state: OracleState): void {
    for (const heard of this.#heard) {
      const histories = this.#joined(state, heard);
      if (histories.length > 0) this.#hear(state, heard, histories);
    }
  }

  /** Histories in which the step comes now: all that it needs was heard, and it was not. */
  #joined(state: OracleState, heard: StepClass): Knowledge[] {
    const own = state.histories[0] as Knowledge;
    const mark = this.#markOf(heard);
    if (mark !== NO_MARK && hasMark(own, mark)) return [];
    const { lattice } = this.#states;
    const joined: Knowledge[] = [];
    for (const needed of heard.histories) {
      if (!this.#marks.isWithin(needed, own, mark)) continue;
      for (const history of state.histories) {
        const both = lattice.join(history, needed);
        if (both !== null) lattice.add(joined, both, HISTORIES_MAX);
      }
    }
    return joined;
  }

  #hear(state: OracleState, heard: StepClass, histories: Knowledge[]): void {
    const { opinions, isWrong, looksAt } = this.#ask(state, heard, histories);
    const { remembered, objected, lookedAt, lookers } = this.#findings;
    const changes = [...opinions].some((opinion) => opinion !== state.opinion);
    if (changes) remembered.add(heard);
    else if (isWrong) objected.add(heard);
    if (this.#markOf(heard) === NO_MARK) return; // what it leads to is looked at once it is marked
    const isSure = !isWrong && opinions.size <= 1;
    if (!isSure) for (const actor of looksAt) if (actor !== heard.actor) lookedAt.add(actor);
    if (!isSure && looksAt.has(heard.actor)) lookers.add(heard.number);
    for (const opinion of opinions) {
      const after = this.#reach(opinion, histories);
      this.#setNext(state, heard.number, isSure ? after : UNSURE);
    }
    if (isWrong) this.#setNext(state, heard.number, UNSURE);
  }

  #setNext({ next }: OracleState, heard: number, after: number): void {
    if (next.get(heard) === after || next.get(heard) === UNSURE) return;
    next.set(heard, after);
    this.#changes += 1;
  }

  #reach(opinion: number, histories: readonly Knowledge[]): number {
    const key = `${opinion} ${this.#marks.of(histories[0] as Knowledge)}`;
    const { lattice } = this.#states;
    const known = this.#numbers.get(key);
    if (known === undefined) {
      const number = this.#all.push({ opinion, histories: [...histories], next: new Map() }) - 1;
      if (number >= STATES_MAX) throw new ForesightError('an oracle remembers too much');
      this.#numbers.set(key, number);
      this.#changes += 1;
      return number;
    }
    const { histories: before } = this.#all[known] as OracleState;
    for (const history of histories) if (lattice.add(before, history, HISTORIES_MAX)) this.#changes += 1;
    return known;
  }

  // ---- What it makes of a step

  #ask(state: OracleState, heard: StepClass, histories: readonly Knowledge[]): Made {
    const made = { opinions: new Set<number>(), isWrong: false, looksAt: new Set<Actor>() };
    const found = new Map<number, number>();
    const look = (variant: number): void => {
      const asked = this.#askAt(state.opinion, heard, variant, found);
      if (asked.place === 1 + heard.actor) {
        for (let one = 0; one < heard.parts.size; one++) look(one);
        made.looksAt.add(heard.actor);
      } else if (asked.place !== NOTHING_MORE) {
        const actor = asked.place - 1;
        made.looksAt.add(actor);
        for (const part of this.#partsOf(actor, state, histories)) {
          found.set(asked.place, part);
          look(variant);
        }
        found.delete(asked.place);
      } else if (asked.isWrong) made.isWrong = true;
      else made.opinions.add(asked.opinion);
    };
    look(ANY);
    return made;
  }

  /** What it makes of a step where it finds this; or the first place at which it looks that is not among it. @param variant of the parts of the actor */
  #askAt(opinion: number, heard: StepClass, variant: number, found: ReadonlyMap<number, number>): Asked {
    const key = `${opinion} ${heard.number} ${variant} ${[...found].join(';')}`;
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const asked = this.#askOnce(opinion, heard, variant, found);
    this.#asked.set(key, asked);
    return asked;
  }

  #askOnce(opinion: number, heard: StepClass, variant: number, found: ReadonlyMap<number, number>): Asked {
    const parts = [...heard.parts.values()][Math.max(variant, 0)] as readonly number[];
    const values = this.#values.slice();
    for (const [place, part] of found) values[place] = part;
    const own = 1 + heard.actor;
    const reads: number[] = [];
    let after = opinion;
    for (const [at, observation] of heard.observations.entries()) {
      if (!this.#judges.hears(this.#oracle, observation)) continue;
      values[own] = parts[at] as number;
      const said = this.#judges.askAlone(this.#oracle, after, { observation, values }, reads);
      const place = reads.find((one) => one !== NOW && !found.has(one) && !(one === own && variant !== ANY));
      if (place !== undefined) return { place, opinion: after, isWrong: false };
      if (said.violation !== null) return { place: NOTHING_MORE, opinion: after, isWrong: true };
      after = said.opinion;
    }
    return { place: NOTHING_MORE, opinion: after, isWrong: false };
  }

  /** What another actor may be when the step is heard: all of its steps that are remembered were heard, and no other. */
  #partsOf(actor: Actor, { histories: [own] }: OracleState, histories: readonly Knowledge[]): ReadonlySet<number> {
    const { lattice, all } = this.#states;
    const marks = this.#marksOf(actor);
    const isThen = (state: LocalState): boolean => {
      const [sent] = state.histories as [Knowledge];
      if (!marks.isWithin(sent, own as Knowledge) || !marks.isWithin(own as Knowledge, sent)) return false;
      return histories.some(
        (needed) =>
          this.#states.isSent(actor, needed, sent) &&
          state.histories.some((history) => lattice.join(history, needed) !== null),
      );
    };
    return new Set(all.filter((state) => state.actor === actor && isThen(state)).map(({ part }) => part));
  }

  #marksOf(actor: Actor): Mask {
    const marks = new Mask();
    for (const heard of this.#heard) {
      const mark = this.#markOf(heard);
      if (heard.actor === actor && mark !== NO_MARK) marks.add(mark);
    }
    return marks;
  }

  // ---- Both orders

  #compare(state: OracleState): void {
    const heard = [...state.next.keys()];
    for (const [at, one] of heard.entries()) {
      if (state.next.get(one) === UNSURE) this.#bind(one, one);
      for (const other of heard.slice(at + 1)) if (!this.#isAlike(state, one, other)) this.#bind(one, other);
    }
  }

  #isAlike({ next }: OracleState, one: number, other: number): boolean {
    const [first, second] = [next.get(one) as number, next.get(other) as number];
    if (first === UNSURE || second === UNSURE) return false;
    const behindFirst = (this.#all[first] as OracleState).next.get(other);
    const behindSecond = (this.#all[second] as OracleState).next.get(one);
    if (behindFirst === undefined && behindSecond === undefined) return true; // one excludes the other
    return behindFirst === behindSecond && behindFirst !== UNSURE;
  }

  #bind(one: number, other: number): void {
    const { bound, pairs } = this.#findings;
    const { classes } = this.#states;
    pairs.add(pairOf(one, other));
    if (one !== other && classes[one]?.actor === classes[other]?.actor) return;
    bound.add(one);
    bound.add(other);
  }
}

/** No variant was looked at. */
const ANY = -1;
/** It has looked at all that it wanted to. */
const NOTHING_MORE = -1;

interface Asked {
  readonly place: number;
  readonly opinion: number;
  readonly isWrong: boolean;
}
