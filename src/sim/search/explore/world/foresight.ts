// Of steps whose order nobody can tell apart, one order is enough (persistent sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent
// Systems", 1996; stubborn sets: Valmari, "Stubborn Sets for Reduced State Space Generation", 1991). Some of the moves of a state are chosen, if
//   1. each step of the same object that can come before they are made (`Futures`) was seen, and is not told apart from them by its order (`LocalOrders`);
//   2. no oracle can tell their order with any step that can come before (`JudgedOrders`);
//   3. none of these steps leads to an end, whatever the others did before, nor do the others alone: what is behind an end is not looked at;
//   4. one of the states that the chosen lead to waits to be expanded, or no way comes back to a state, so that nobody is left out for ever.
// What can come is known from steps that were seen: `LocalSteps`. A search in which a step was seen for the first time is made again with it, until one
// sees none. Then none was missed. Take a way from a state that was looked at, on which only the last step was never seen, and a shortest of these.
// If a move that was chosen is on it, that move can be made first, since all steps before it were seen: the rest is shorter. If none is, they can be
// made before all of it, again and again, until one is on it: by 4 that comes to an end.
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM } from './engine-steps.ts';
import type { FoundMove } from './find-moves.ts';
import { Futures, type Future, type Held } from './futures.ts';
import type { Judges } from './judges.ts';
import { JudgedOrders, NOBODY_TELLS, ALWAYS_TOLD } from './judged-orders.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace } from './layout.ts';
import { LocalOrders } from './local-orders.ts';
import { isFinite, LocalSteps, type Moment } from './local-steps.ts';
import { NumberSets } from './number-sets.ts';
import type { Outcome } from './outcome.ts';
import type { WorldParts } from './parts.ts';
import type { RememberedSteps } from './remembered-steps.ts';

/** By the values of a state, as judges see them. @param reads places that it looks at are added */
export type EndQuestion = (values: Int32Array, reads?: number[]) => boolean;

/** States behind which nothing is looked at. */
export interface Ends {
  /** Null: there are none. */
  readonly isEnd: EndQuestion | null;
  /** Something is said of each of them, by all of its state. Default true. */
  readonly judgesEnds?: boolean;
}

const OBJECTS = 1;
const NOW = 0;
/** So many states of those that ends depend on are tried; where there are more, an end may be near. */
const ENDS_MAX = 1_024;

/** A state, and some of its moves. */
interface Choice {
  readonly row: Readonly<Row>;
  readonly moment: Moment;
  readonly ready: readonly FoundMove[];
  readonly objects: readonly number[];
  /** By object: its part. */
  readonly parts: readonly number[];
  readonly chosen: Set<number>;
}

/** What is held back, and what can happen meanwhile. */
interface Foreseen {
  readonly held: readonly Held[];
  readonly futures: readonly Future[];
}

export class Foresight {
  /** Moves of states that have several, and those that were left out. */
  looked = 0;
  leftOut = 0;
  readonly steps: LocalSteps;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #memory: RememberedSteps;
  readonly #isEnd: EndQuestion | null;
  readonly #sets = new NumberSets();
  readonly #futures: Futures;
  readonly #local: LocalOrders;
  readonly #judged: JudgedOrders;
  readonly #values: Int32Array;
  readonly #singles: number[] = [];
  readonly #coming = new KeyTable();
  #conflicts: (readonly number[])[] = [];
  #conflictBy = new KeyTable();
  #refuted = new Map<number, boolean>();
  /** By moment. */
  #finite: boolean[] = [];
  #endPlaces = new Map<string, readonly number[] | null>();
  readonly #judgesEnds: boolean;
  #factsBefore = 0;
  #last: Row | null = null;

  constructor(
    parts: WorldParts,
    judges: Judges,
    memory: RememberedSteps,
    { isEnd, judgesEnds = true }: Ends,
    { services, isDatagram }: { readonly services: number; readonly isDatagram: boolean },
  ) {
    this.#judgesEnds = judgesEnds;
    this.#parts = parts;
    this.#judges = judges;
    this.#memory = memory;
    this.#isEnd = isEnd;
    this.steps = new LocalSteps(parts, services);
    this.#futures = new Futures(this.steps, parts, this.#sets, isDatagram);
    this.#local = new LocalOrders(parts, memory, this.steps, isDatagram, (row) => this.#timeOf(row));
    this.#judged = new JudgedOrders(judges, this.#sets);
    this.#values = judges.createValues();
  }

  get bytes(): number {
    return [this.steps, this.#sets, this.#futures, this.#local, this.#coming].reduce(
      (sum, { bytes }) => sum + bytes,
      0,
    );
  }

  get facts(): number {
    return this.steps.facts + this.#judged.facts;
  }

  /** Nothing was learned since this was asked: what was left out then could be. */
  isSettled(): boolean {
    if (this.#last !== null) this.#judged.settle(this.#last);
    const isSettled = this.facts === this.#factsBefore;
    this.#factsBefore = this.facts;
    return isSettled;
  }

  /** The search begins again, with what is known. */
  beginAgain(): void {
    this.#futures.forget();
    this.#local.forget();
    this.#judged.forget();
    this.#conflicts = [];
    this.#conflictBy = new KeyTable();
    this.#refuted = new Map();
    this.#endPlaces = new Map();
    this.#finite = [];
    this.looked = 0;
    this.leftOut = 0;
  }

  #timeOf(row: Readonly<Row>): number {
    return this.#judges.times.numberOf(this.#parts.frames.valueOf(row[FRAME] as number).now);
  }

  /** No way of steps at this moment comes back to a state, as far as steps are known: there nobody can be left out for ever. */
  isFinite(row: Readonly<Row>): boolean {
    const moment = this.steps.momentAt(row);
    return (this.#finite[moment.number] ??= isFinite(moment));
  }

  /** Moves that are enough: some of those that are ready, or all. Leaves the memory at other states. */
  choose(row: Readonly<Row>, ready: readonly FoundMove[]): readonly FoundMove[] {
    const chosen = this.#choose(row, ready);
    this.looked += ready.length;
    this.leftOut += ready.length - chosen.length;
    return chosen;
  }

  #choose(row: Readonly<Row>, ready: readonly FoundMove[]): readonly FoundMove[] {
    const moment = this.steps.momentAt(row);
    if (moment.isOpen || this.#parts.frames.valueOf(row[FRAME] as number).blocked !== null) return ready;
    this.#last ??= row.slice();
    const objects = ready.map((move) => this.steps.actorOf(move));
    const parts = Array.from({ length: this.steps.objects }, (_, object) => this.steps.partOf(row, object));
    let best: readonly FoundMove[] = ready;
    for (let first = 0; first < ready.length && best.length > 1; first++) {
      const choice = { row, moment, ready, objects, parts, chosen: new Set([first]) };
      if (this.#grow(choice, best.length)) best = ready.filter((_, at) => choice.chosen.has(at));
    }
    return best;
  }

  /** Adds what those that are chosen cannot be without. False: it comes to as many as there are already. */
  #grow(choice: Choice, most: number): boolean {
    for (;;) {
      if (choice.chosen.size >= most) return false;
      const more = this.#missing(choice);
      if (more === null) return false;
      if (more.length === 0) return true;
      for (const move of more) choice.chosen.add(move);
    }
  }

  /** Moves that have to be chosen as well; null: all of them, as far as is known. */
  #missing(choice: Choice): readonly number[] | null {
    const outcomes = this.#outcomesOf(choice);
    if (outcomes === null) return null;
    const foreseen = this.#foresee(choice);
    for (const held of foreseen.held) {
      for (const what of this.#conflictsOf(choice, held, foreseen)) {
        const more = this.#bringers(choice, foreseen, held.object, what);
        if (more.length > 0) return more;
        if (!this.#isChosen(choice, held.object, what)) return null;
      }
    }
    if (this.#mayEnd(choice, foreseen)) return null;
    return this.#told(choice, foreseen, outcomes);
  }

  /** Null: they depend on more than is remembered, or use up a bound that all share. */
  #outcomesOf({ row, ready, chosen }: Choice): readonly (readonly Outcome[])[] | null {
    this.#begin(row);
    const all: (readonly Outcome[])[] = [];
    for (const at of chosen) {
      const outcomes = this.#memory.outcomesOf(ready[at] as FoundMove);
      if (outcomes === null || outcomes.some(({ wrong, chances }) => wrong !== null || chances > 0)) return null;
      all.push(outcomes);
    }
    return all;
  }

  #begin(row: Readonly<Row>): void {
    this.#memory.begin(row, this.#parts.frames.valueOf(row[FRAME] as number), this.#timeOf(row));
  }

  #foresee({ moment, ready, objects, parts, chosen }: Choice): Foreseen {
    const inputs = new Map<number, number>();
    for (const at of chosen) {
      const object = objects[at] as number;
      inputs.set(object, this.#sets.union(inputs.get(object) ?? 0, this.#single((ready[at] as FoundMove).what)));
    }
    const held = [...inputs].map(([object, set]) => this.#futures.hold(moment, object, parts[object] as number, set));
    const futures = parts.map((part, object) => {
      let possible = held[0]?.possible[object] as number;
      for (let at = 1; at < held.length; at++)
        possible = this.#sets.common(possible, held[at]?.possible[object] as number);
      return this.#futures.futureOf(moment, object, part, possible);
    });
    return { held, futures };
  }

  #single(what: number): number {
    return (this.#singles[what] ??= this.#sets.numberOf([what]));
  }

  // ---- Steps of the same object

  /** Inputs of the object that can come before those that are held, and are told apart from them. */
  #conflictsOf({ row, moment }: Choice, held: Held, { futures }: Foreseen): readonly number[] {
    const future = futures[held.object] as Future;
    let items = this.#comingTo(row, held.object);
    for (const { sent } of futures) items = this.#sets.union(items, sent[held.object] as number);
    const known = this.#conflictBy.get(held.number, future.number, items);
    if (known >= 0) return this.#conflicts[known] as readonly number[];
    const found = this.#findConflicts(row, moment, held, future, this.#sets.valueOf(items));
    this.#conflictBy.set(held.number, future.number, items, this.#conflicts.push(found) - 1);
    return found;
  }

  #comingTo(row: Readonly<Row>, object: number): number {
    const inbox = object < this.steps.nodes ? (row[inboxPlace(object)] as number) : -1;
    const known = this.#coming.get(object, inbox, row[BAG] as number);
    if (known >= 0) return known;
    const set = this.#sets.numberOf(new Set(this.steps.comingTo(row, object).map((item) => item + FIRST_ITEM)));
    this.#coming.set(object, inbox, row[BAG] as number, set);
    return set;
  }

  // oxlint-disable-next-line eslint/max-params -- what is held, and what can come
  #findConflicts(
    row: Readonly<Row>,
    moment: Moment,
    { object, inputs }: Held,
    { parts }: Future,
    items: readonly number[],
  ): readonly number[] {
    const own = object < this.steps.nodes ? Array.from({ length: FIRST_ITEM }, (_, what) => what) : [];
    return [...own, ...items].filter(
      (what) =>
        !this.#futures.isHeld(inputs, what) &&
        !parts.every((part) => inputs.every((input) => this.#local.commute(row, moment, object, part, input, what))),
    );
  }

  #isChosen({ ready, objects, chosen }: Choice, object: number, what: number): boolean {
    return ready.some((move, at) => objects[at] === object && move.what === what && chosen.has(at));
  }

  /** Moves without which an input does not come to an object. */
  #bringers(choice: Choice, foreseen: Foreseen, object: number, what: number): readonly number[] {
    const { row, ready, objects, chosen } = choice;
    const now = ready.findIndex((move, at) => objects[at] === object && move.what === what && !chosen.has(at));
    if (now >= 0) return [now];
    if (what < FIRST_ITEM) return this.#movesOf(choice, object);
    if (this.#sets.valueOf(this.#comingTo(row, object)).includes(what)) {
      const before = ready.findIndex(
        (move, at) => objects[at] === object && !chosen.has(at) && this.#futures.isHeld([move.what], what),
      );
      return before >= 0 ? [before] : this.#movesOf(choice, object);
    }
    return this.#senders(choice, foreseen, ({ sent }) => this.#sets.valueOf(sent[object] as number).includes(what));
  }

  #movesOf({ objects, chosen }: Choice, object: number): readonly number[] {
    return objects.flatMap((actor, at) => (actor === object && !chosen.has(at) ? [at] : []));
  }

  /** Of all that can do something: what they can do now, or what can come to them. */
  #senders(choice: Choice, { futures }: Foreseen, does: (future: Future) => boolean): readonly number[] {
    const waiting = new Set(futures.filter(does).map(({ object }) => object));
    const found = new Set<number>();
    for (const object of waiting) {
      const own = this.#movesOf(choice, object);
      for (const move of own) found.add(move);
      if (own.length > 0) continue;
      for (const other of futures) if (other.sent[object] !== 0) waiting.add(other.object);
    }
    return [...found];
  }

  // ---- Ends

  /** Somebody may come to an end before the chosen moves are made, or with one of them, and they make a difference there. */
  #mayEnd(choice: Choice, foreseen: Foreseen): boolean {
    if (this.#isEnd === null || this.#isNoEndFor(choice, foreseen)) return false;
    return !foreseen.futures.some((future) => this.#refutes(choice, foreseen, future));
  }

  /** Whether a state is an end depends on none of those who wait, whatever the others do; and ends are not judged. */
  #isNoEndFor({ row }: Choice, { held, futures }: Foreseen): boolean {
    if (this.#judgesEnds) return false;
    const isHeld = (place: number): boolean => held.some(({ object }) => place === OBJECTS + object);
    let places: readonly number[] = [];
    for (;;) {
      const all = this.#endReads(row, futures, places);
      if (all === null || all.some(isHeld)) return false;
      if (all.length === places.length) return true;
      places = all;
    }
  }

  /** The places, these and others, at which is looked to see whether a state is an end, for all that can be at these. Null: that is too much. */
  #endReads(row: Readonly<Row>, futures: readonly Future[], places: readonly number[]): readonly number[] | null {
    const key = places.map((place) => `${place} ${futures[place - OBJECTS]?.number}`).join();
    let known = this.#endPlaces.get(key);
    if (known === undefined) {
      known = this.#findEndReads(row, futures, places);
      this.#endPlaces.set(key, known);
    }
    return known;
  }

  #findEndReads(row: Readonly<Row>, futures: readonly Future[], places: readonly number[]): readonly number[] | null {
    const parts = places.map((place) => (futures[place - OBJECTS] as Future).parts);
    const count = parts.reduce((product, some) => product * some.length, 1);
    if (count > ENDS_MAX) return null;
    const all = new Set(places);
    this.#judges.readValues(row, this.#values);
    for (let choice = 0; choice < count; choice++) {
      let rest = choice;
      for (const [at, some] of parts.entries()) {
        this.#values[places[at] as number] = some[rest % some.length] as number;
        rest = Math.floor(rest / some.length);
      }
      const reads: number[] = [];
      this.#isEnd?.(this.#values, reads);
      for (const place of reads) if (place !== NOW) all.add(place);
    }
    return [...all];
  }

  /** Whatever the others are, no state with any of these parts is an end. */
  #refutes(choice: Choice, foreseen: Foreseen, future: Future): boolean {
    const isHeld = foreseen.held.some(({ object }) => object === future.object);
    if (isHeld) return this.#neverEnds(choice, future.object, this.#partsOf(choice, foreseen, future.object));
    let known = this.#refuted.get(future.number);
    if (known === undefined) {
      known = this.#neverEnds(choice, future.object, future.parts);
      this.#refuted.set(future.number, known);
    }
    return known;
  }

  #neverEnds({ row }: Choice, object: number, parts: readonly number[]): boolean {
    const values = this.#values;
    this.#judges.readValues(row, values);
    return parts.every((part) => {
      values[OBJECTS + object] = part;
      const reads: number[] = [];
      return (
        this.#isEnd?.(values, reads) !== true && reads.every((place) => place === NOW || place === OBJECTS + object)
      );
    });
  }

  /** What an object can be before the chosen moves are made, and right behind one of them. */
  #partsOf({ row, moment }: Choice, { held, futures }: Foreseen, object: number): readonly number[] {
    const { parts } = futures[object] as Future;
    const own = held.find((one) => one.object === object);
    if (own === undefined) return parts;
    const all = new Set(parts);
    for (const part of parts)
      for (const input of own.inputs)
        for (const outcome of this.#local.outcomesOf(row, moment, object, part, input) ?? []) all.add(outcome.part);
    return [...all];
  }

  // ---- Oracles

  #told(choice: Choice, foreseen: Foreseen, outcomes: readonly (readonly Outcome[])[]): readonly number[] | null {
    const { row, moment, ready, objects, chosen } = choice;
    let sights = 0;
    let next = 0;
    for (const at of chosen) {
      for (const outcome of outcomes[next] as readonly Outcome[])
        sights = this.#sets.union(sights, this.#sets.numberOf([this.#judged.sightOf(objects[at] as number, outcome)]));
      next += 1;
    }
    const sight = this.#judged.whoTells({
      row,
      moment,
      sights,
      objects: new Set(foreseen.held.map(({ object }) => object)),
      futures: foreseen.futures,
      partsOf: (object) => this.#partsOf(choice, foreseen, object),
    });
    if (sight === NOBODY_TELLS) return [];
    if (sight === ALWAYS_TOLD) return null;
    const object = this.#judged.objectOf(sight);
    this.#begin(row);
    const shows = (outcome: Outcome): boolean => this.#judged.sightOf(object, outcome) === sight;
    const now = ready.flatMap((move, at) =>
      objects[at] === object && !chosen.has(at) && this.#memory.outcomesOf(move)?.some(shows) === true ? [at] : [],
    );
    if (now.length > 0) return now;
    const more = this.#senders(choice, foreseen, (future) => future.object === object);
    return more.length > 0 ? more : null;
  }
}
