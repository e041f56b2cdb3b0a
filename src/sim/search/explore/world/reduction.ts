// Of steps whose order nobody can tell, one order is enough (persistent sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent
// Systems", 1996). A few nodes and services are chosen: what they can do now is all that has to be looked at, if
//   1. whatever the others do meanwhile, the chosen can do nothing else before they do one of these: the others are let run alone, to see that;
//   2. judges cannot tell in which order one of these steps and one of the others' were made: they are asked in both orders;
//   3. none of these steps leads to an end, whatever the others did before, nor do the others alone: what is behind an end is not looked at;
//   4. one of the states that these steps lead to is new, so that nobody is left out for ever (`WorldSystem` sees to that).
import type { Engine } from '../../../engine.ts';
import { APPLY } from '../../../records.ts';
import type { Call } from '../../../records.ts';
import { hashOf } from '../draft.ts';
import type { KeptReader, KeptWriter } from '../kept.ts';
import { RowTable } from '../row-table.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, type EngineSteps, type Move } from './engine-steps.ts';
import type { FoundMove } from './find-moves.ts';
import type { Judges } from './judges.ts';
import { BAG, FRAME, JUDGES, widthFor } from './layout.ts';
import { Moves } from './moves.ts';
import type { WorldParts } from './parts.ts';
import type { Outcome } from './outcome.ts';
import type { RememberedSteps } from './remembered-steps.ts';
import { RowChange } from './row-change.ts';

/** Nodes and services as a set: bit `node`, or bit `nodes + service`. */
type Objects = number;

const OBJECTS_MAX = 30;
/** The others may reach so many states alone; where they reach more, nothing is left out. */
const STATES_MAX = 2048;

const UNKNOWN = 0;
const FREE = 1;
const TAKEN = 2;
const NOBODY = -1;

/** A step of the chosen, and what judges are shown of it. */
interface Chosen {
  readonly place: number;
  readonly outcome: Outcome;
}

/** The others, while they run alone. */
interface Region {
  readonly chosen: Objects;
  readonly allowed: ReadonlySet<number>;
  readonly steps: readonly Chosen[];
  /** By number of a state that was reached: the state before it. */
  readonly from: Map<number, number>;
  /** The nearest first: what makes a choice wrong is mostly near. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly number: number;
  readonly row: Row;
}

export class Reduction {
  /** Moves of states that have several, and those that were left out. */
  looked = 0;
  leftOut = 0;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #engine: Engine;
  readonly #memory: RememberedSteps;
  readonly #isEnd: ((values: Int32Array) => boolean) | null;
  readonly #nodes: number;
  readonly #moves: Moves;
  /** States of the others, and in the last place the chosen. */
  readonly #table: RowTable;
  readonly #marks: number[] = [];
  readonly #change: RowChange;

  /** @param isEnd by the values of a state, as judges see them; null: there are no ends */
  constructor(
    { engine }: Pick<EngineSteps, 'engine'>,
    parts: WorldParts,
    judges: Judges,
    memory: RememberedSteps,
    isEnd: ((values: Int32Array) => boolean) | null,
  ) {
    this.#parts = parts;
    this.#judges = judges;
    this.#engine = engine;
    this.#memory = memory;
    this.#isEnd = isEnd;
    this.#nodes = engine.nodes.length;
    this.#moves = new Moves(parts);
    this.#table = new RowTable(widthFor(this.#nodes) + 1);
    this.#change = new RowChange(widthFor(this.#nodes));
  }

  get bytes(): number {
    return this.#table.bytes + this.#marks.length * 4 + this.#moves.bytes;
  }

  keep(out: KeptWriter): void {
    this.#table.keep(out);
    out.words(Uint8Array.from(this.#marks));
    out.number(this.looked);
    out.number(this.leftOut);
  }

  restore(kept: KeptReader): void {
    this.#table.restore(kept);
    for (const mark of kept.bytes()) this.#marks.push(mark);
    this.looked = kept.number();
    this.leftOut = kept.number();
  }

  /** Moves that are enough: some of those that are ready, or all. Leaves the memory at other states. */
  choose(row: Readonly<Row>, ready: readonly FoundMove[]): readonly FoundMove[] {
    const chosen = this.#choose(row, ready);
    this.count(ready.length, chosen.length);
    return chosen;
  }

  /** Of so many moves so many were chosen. */
  count(ready: number, chosen: number): void {
    this.looked += ready;
    this.leftOut += ready - chosen;
  }

  #choose(row: Readonly<Row>, ready: readonly FoundMove[]): readonly FoundMove[] {
    const { blocked } = this.#parts.frames.valueOf(row[FRAME] as number);
    if (blocked !== null || this.#nodes + this.#engine.services.length > OBJECTS_MAX) return ready;
    const objects = ready.map((move) => this.#objectOf(move));
    let all = 0;
    for (const object of objects) all |= 1 << object;
    for (const object of new Set(objects)) {
      const chosen = this.#closure(object, row);
      if ((chosen & all) === all) continue;
      const moves = ready.filter((_, at) => (chosen & (1 << (objects[at] as number))) !== 0);
      if (this.#isEnough(row, chosen, moves)) return moves;
    }
    return ready;
  }

  /** Who acts: a node, or a service that all share. */
  #objectOf({ node, what }: Move): number {
    if (what < FIRST_ITEM) return node;
    const { event } = this.#parts.items.valueOf(what - FIRST_ITEM);
    if (event.type !== APPLY) return node;
    const { service } = event.item as Call;
    return this.#isLocal(service) ? node : this.#nodes + service;
  }

  #isLocal(service: number): boolean {
    return this.#engine.settings.services[service]?.service.isLocal === true;
  }

  /** A node, and the services that have its requests: their answers are something new that it can take. */
  #closure(object: number, row: Readonly<Row>): Objects {
    let chosen = 1 << object;
    if (object >= this.#nodes) return chosen;
    for (const item of this.#parts.bags.valueOf(row[BAG] as number)) {
      const { event } = this.#parts.items.valueOf(item);
      if (event.type !== APPLY || event.node !== object) continue;
      const { service } = event.item as Call;
      if (!this.#isLocal(service)) chosen |= 1 << (this.#nodes + service);
    }
    return chosen;
  }

  #isEnough(row: Readonly<Row>, chosen: Objects, moves: readonly FoundMove[]): boolean {
    const first = this.#numberOf(row, chosen);
    const known = this.#marks[first] as number;
    if (known !== UNKNOWN) return known === FREE;
    const steps = this.#stepsOf(row, moves);
    if (steps !== null) return this.#isLeftAlone(row, first, { chosen, steps, moves });
    this.#marks[first] = TAKEN;
    return false;
  }

  /** All that the moves come to; null if it is not known, or uses up a bound that all share. */
  #stepsOf(row: Readonly<Row>, moves: readonly FoundMove[]): readonly Chosen[] | null {
    this.#look(row);
    const steps: Chosen[] = [];
    for (const move of moves) {
      const outcomes = this.#memory.outcomesOf(move);
      if (outcomes === null || outcomes.some(({ wrong, chances }) => wrong !== null || chances > 0)) return null;
      const place = this.#memory.changedBy(move);
      for (const outcome of outcomes) steps.push({ place, outcome });
    }
    return steps;
  }

  #look(row: Readonly<Row>): void {
    const frame = this.#parts.frames.valueOf(row[FRAME] as number);
    this.#memory.begin(row, frame, this.#judges.times.numberOf(frame.now));
  }

  /** Whatever the others do, the chosen can do nothing but these moves, and judges cannot tell the order. */
  #isLeftAlone(
    row: Readonly<Row>,
    first: number,
    { chosen, steps, moves }: Pick<Region, 'chosen' | 'steps'> & { readonly moves: readonly FoundMove[] },
  ): boolean {
    const region: Region = {
      chosen,
      steps,
      allowed: new Set(moves.map((move) => keyOf(move))),
      from: new Map([[first, NOBODY]]),
      waiting: [{ number: first, row: row.slice() }],
    };
    for (let at = 0; at < region.waiting.length; at++) {
      const state = region.waiting[at] as Waiting;
      if (at >= STATES_MAX) return this.#giveUp(region);
      if (!this.#runOthers(state, region)) return this.#markTaken(region, state.number);
    }
    for (const number of region.from.keys()) this.#marks[number] = FREE;
    return true;
  }

  /** Too much is within reach: nor is it looked at again from there. */
  #giveUp({ from }: Region): false {
    for (const number of from.keys()) this.#marks[number] = TAKEN;
    return false;
  }

  /** From every state on the way to this one the others come there: none of them is left alone. */
  #markTaken({ from }: Region, last: number): false {
    for (let number = last; number !== NOBODY; number = from.get(number) ?? NOBODY) this.#marks[number] = TAKEN;
    return false;
  }

  #runOthers({ number, row }: Waiting, region: Region): boolean {
    this.#moves.find(row);
    const others: FoundMove[] = [];
    const own: FoundMove[] = [];
    for (const move of this.#moves.ready) {
      if ((region.chosen & (1 << this.#objectOf(move))) === 0) others.push(move);
      else if (region.allowed.has(keyOf(move))) own.push(move);
      else return false;
    }
    this.#look(row);
    const values = this.#judges.createValues();
    this.#judges.readValues(row, values);
    if (this.#isNearEnd(own, values)) return false;
    return others.every((move) => this.#runOther({ number, row }, move, values, region));
  }

  /** The state is an end, or one of the steps of the chosen leads to one. */
  #isNearEnd(own: readonly FoundMove[], values: Int32Array): boolean {
    if (this.#isEnd === null) return false;
    if (this.#isEnd(values)) return true;
    return own.some((move) => this.#memory.outcomesOf(move)?.some(({ part }) => this.#endsWith(move, part, values)));
  }

  #endsWith(move: FoundMove, part: number, values: Int32Array): boolean {
    const place = this.#memory.changedBy(move);
    const before = values[place] as number;
    values[place] = part;
    const isEnd = this.#isEnd?.(values) === true;
    values[place] = before;
    return isEnd;
  }

  #runOther({ number: from, row }: Waiting, move: FoundMove, values: Int32Array, region: Region): boolean {
    const outcomes = this.#memory.outcomesOf(move);
    if (outcomes === null) return false;
    const place = this.#memory.changedBy(move);
    for (const outcome of outcomes) {
      this.#change.clear();
      if (!this.#memory.write(move, outcome, this.#change)) return false;
      const after = row.slice();
      this.#change.writeTo(after);
      const judges = this.#judgeInAnyOrder(row[JUDGES] as number, values, { place, outcome }, region.steps);
      if (judges < 0) return false;
      after[JUDGES] = judges;
      const number = this.#numberOf(after, region.chosen);
      if (this.#marks[number] === TAKEN) return false;
      if (this.#marks[number] === FREE || region.from.has(number)) continue;
      region.from.set(number, from);
      region.waiting.push({ number, row: after });
    }
    return true;
  }

  // ---- Judges

  /** What judges think after a step of another; -1 where they could tell whether it came before or behind one of the chosen. */
  #judgeInAnyOrder(judges: number, values: Int32Array, other: Chosen, steps: readonly Chosen[]): number {
    const alone = this.#judge(judges, values, other);
    for (const step of steps) {
      if (step.place === other.place && this.#isLookedAt(judges, values, step, other)) return -1;
      const before = this.#judge(judges, values, step);
      const behind = this.#judgeBehind(alone, values, other, step);
      if (behind < 0 || this.#judgeBehind(before, values, step, other) !== behind) return -1;
    }
    return alone;
  }

  /** What judges think after a step; -1 if they object. */
  #judge(judges: number, values: Int32Array, { place, outcome }: Chosen): number {
    if (judges < 0) return -1;
    const before = values[place] as number;
    let after = judges;
    for (const { observation, part } of outcome.seen) {
      values[place] = part;
      after = this.#judges.judge(after, observation, values);
    }
    values[place] = before;
    if (this.#judges.violation === null) return after;
    this.#judges.violation = null;
    return -1;
  }

  /** Judges look at a service whose state is on the disks of several nodes: what both make of it is not known here. */
  #isLookedAt(judges: number, values: Int32Array, ...steps: readonly Chosen[]): boolean {
    const reads: number[] = [];
    for (const { outcome } of steps)
      for (const { observation } of outcome.seen) this.#judges.judge(judges, observation, values, reads);
    this.#judges.violation = null;
    return reads.includes((steps[0] as Chosen).place);
  }

  /** What they think after a step that is made behind another. */
  #judgeBehind(judges: number, values: Int32Array, first: Chosen, step: Chosen): number {
    const before = values[first.place] as number;
    values[first.place] = first.outcome.part;
    const after = this.#judge(judges, values, step);
    values[first.place] = before;
    return after;
  }

  /** Of a state, and who is chosen. */
  #numberOf(row: Readonly<Row>, chosen: Objects): number {
    const key = new Int32Array(row.length + 1);
    key.set(row);
    key[row.length] = chosen;
    const hash = hashOf(key);
    const added = this.#table.add(key, hash);
    if (added < 0) return -1 - added;
    this.#marks.push(UNKNOWN);
    return added;
  }
}

function keyOf({ what, node }: Move): number {
  return what * OBJECTS_MAX + node;
}
