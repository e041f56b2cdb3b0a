// What can still happen, found before it does: of each node and service all states in which it may be, and all that may come to it there, as far as
// something else must have happened before. A step that commutes with whatever else its actor may do until then is enough for all that can be done in a
// state: all else can be done behind it as well (persistent sets of one step). That is so if
//   1. whatever comes to its actor before it, both orders lead to the same state, with the same sent in the same order (`LocalStates`);
//   2. no oracle can tell the orders, of steps of one actor or of several (`OracleStates`);
//   3. it makes no difference to whether a state is an end (`EndPlaces`);
//   4. nothing goes round in circles, so that nobody is left out for ever: states of actors count what they took and sent, so that a world comes back to
//      a state only if an actor comes back to one of its own.
import type { EngineSteps } from '../engine-steps.ts';
import type { FoundMove } from '../find-moves.ts';
import { FIRST_ITEM } from '../engine-steps.ts';
import type { Judges } from '../judges.ts';
import { KeyTable } from '../key-table.ts';
import { FRAME, nodePlace, SERVICES } from '../layout.ts';
import type { WorldParts } from '../parts.ts';
import { APPLY, type Call } from '../../../../records.ts';
import type { Row } from '../../transition-system.ts';
import { EndPlaces, type IsEnd } from './end-places.ts';
import { ForesightError } from './foresight-error.ts';
import { LocalStates, keyOfClass, WRONG, type LocalState, type StepClass } from './local-states.ts';
import { LocalSteps, type Actor } from './local-steps.ts';
import { OracleStates, pairOf, type Findings } from './oracle-states.ts';

/** What is foreseen is of this world. */
export interface ForeseenWorld {
  readonly steps: EngineSteps;
  readonly parts: WorldParts;
  readonly judges: Judges;
  /** Null: there are no ends. */
  readonly isEnd: IsEnd | null;
}

const NO = 0;
const YES = 1;

export class Foresight {
  readonly #parts: WorldParts;
  readonly #nodes: number;
  readonly #frame: number;
  /** By actor: whether what happens at a part is enough. */
  readonly #enough: readonly KeyTable[];

  /** In pieces. Null: too much can happen, or what is not foreseen. @param first the state from which everything begins, as do all states that are asked for */
  static *find(world: ForeseenWorld, first: Readonly<Row>): Generator<null, Foresight | null, void> {
    const { faults, isDatagram } = world.steps.engine.settings;
    if (faults !== null || isDatagram) return null;
    const values = world.judges.createValues();
    world.judges.readValues(first, values);
    try {
      const foreseen = yield* foresee(world, first, values);
      refuseCircles(foreseen.states.all);
      const ends = world.isEnd === null ? null : new EndPlaces(world.isEnd, values, foreseen.states);
      return new Foresight(world, first[FRAME] as number, foreseen, ends);
    } catch (error) {
      if (error instanceof ForesightError) return null;
      throw error;
    }
  }

  private constructor({ parts }: ForeseenWorld, frame: number, foreseen: Foreseen, ends: EndPlaces | null) {
    this.#parts = parts;
    this.#nodes = parts.nodes.length;
    this.#frame = frame;
    this.#enough = Array.from({ length: foreseen.states.actors }, () => new KeyTable());
    this.#note(foreseen.states, new Commuting(foreseen, ends).find());
  }

  get bytes(): number {
    return this.#enough.reduce((sum, table) => sum + table.bytes, 0);
  }

  /** A part may be that of several states: then the step must be enough in each. */
  #note({ all }: LocalStates, enough: readonly ReadonlySet<number>[]): void {
    for (const { number, actor, part, next } of all) {
      const table = this.#enough[actor] as KeyTable;
      for (const what of next.keys()) {
        const is = enough[number]?.has(what) === true && table.get(part, what, 0) !== NO;
        table.set(part, what, 0, is ? YES : NO);
      }
    }
  }

  /** Whether anything is foreseen of a state: the clock has not moved yet. */
  reaches(row: Readonly<Row>): boolean {
    return row[FRAME] === this.#frame;
  }

  /** A move that is enough; or all. */
  choose(row: Readonly<Row>, ready: readonly FoundMove[]): readonly FoundMove[] {
    let chosen: FoundMove | null = null;
    for (const move of ready) {
      const actor = this.#actorOf(move);
      const is = this.#enough[actor]?.get(this.#partOf(row, actor), move.what, 0) ?? -1;
      if (is < 0) throw new Error('a step happens that was not foreseen: a mistake of the explorer');
      if (is === YES) chosen ??= move;
    }
    return chosen === null ? ready : [chosen];
  }

  #actorOf({ node, what, type }: FoundMove): Actor {
    if (type !== APPLY) return node;
    return this.#nodes + (this.#parts.items.valueOf(what - FIRST_ITEM).event.item as Call).service;
  }

  #partOf(row: Readonly<Row>, actor: Actor): number {
    if (actor < this.#nodes) return row[nodePlace(actor)] as number;
    return this.#parts.serviceTuples.valueOf(row[SERVICES] as number)[actor - this.#nodes] as number;
  }
}

interface Foreseen {
  readonly states: LocalStates;
  readonly findings: Findings;
}

/** All states, and what oracles make of their steps: which steps they remember is found as they are told of them. */
function* foresee(
  { steps, parts, judges }: ForeseenWorld,
  first: Readonly<Row>,
  values: Int32Array,
): Generator<null, Foreseen, void> {
  const local = new LocalSteps(steps, parts, first);
  const remembered = judges.firstOpinions.map(() => new Set<string>());
  let [states, size]: [LocalStates | null, number] = [null, 0];
  for (;;) {
    const marked = new Set(remembered.flatMap((keys) => [...keys]));
    if (states === null || marked.size > size) {
      states = new LocalStates(local, parts, first, marked);
      yield* states.find();
    }
    size = marked.size;
    const found: Findings[] = [];
    for (const [oracle, keys] of remembered.entries()) {
      const findings = nothingFound();
      yield* new OracleStates(oracle, { judges, states, values }, keys, findings).find();
      found.push(findings);
    }
    const isNew = (sort: 'remembered' | 'objected'): boolean =>
      found.map((one, oracle) => addAll(remembered[oracle] as Set<string>, one[sort])).includes(true);
    // What an oracle objects to is mostly possible only as long as it is not known what it remembers.
    if (!isNew('remembered') && !isNew('objected')) return { states, findings: together(found) };
  }
}

function addAll(set: Set<string>, classes: ReadonlySet<StepClass>): boolean {
  const before = set.size;
  for (const one of classes) set.add(keyOfClass(one));
  return set.size > before;
}

function nothingFound(): Findings {
  return {
    remembered: new Set(),
    objected: new Set(),
    bound: new Set(),
    lookers: new Set(),
    lookedAt: new Set(),
    pairs: new Set(),
  };
}

function together(found: readonly Findings[]): Findings {
  const all = nothingFound();
  for (const { bound, lookers, lookedAt, pairs } of found) {
    for (const one of lookers) all.lookers.add(one);
    for (const one of bound) all.bound.add(one);
    for (const one of lookedAt) all.lookedAt.add(one);
    for (const one of pairs) all.pairs.add(one);
  }
  return all;
}

/** Which steps of a state are enough: all at first, less those that turn out not to be. */
class Commuting {
  readonly #states: LocalStates;
  readonly #findings: Findings;
  readonly #ends: EndPlaces | null;
  readonly #enough: readonly Set<number>[];

  constructor({ states, findings }: Foreseen, ends: EndPlaces | null) {
    this.#states = states;
    this.#findings = findings;
    this.#ends = ends;
    this.#enough = states.all.map(
      (state) => new Set([...state.next.keys()].filter((what) => this.#isFree(state, what))),
    );
  }

  find(): readonly ReadonlySet<number>[] {
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (const state of this.#states.all) {
        const enough = this.#enough[state.number] as Set<number>;
        for (const what of enough) {
          if (this.#isEnough(state, what)) continue;
          enough.delete(what);
          isDone = false;
        }
      }
    }
    return this.#enough;
  }

  /** No step of another actor makes a difference to it, nor it to those. */
  #isFree({ number, actor, part, next }: LocalState, what: number): boolean {
    const after = next.get(what) as number;
    if (after === WRONG) return false;
    const { bound, lookedAt } = this.#findings;
    if (lookedAt.has(actor) || bound.has(this.#states.classOf(number, what).number)) return false;
    return this.#ends?.makesDifference(actor, part, (this.#states.all[after] as LocalState).part) !== true;
  }

  #isEnough(state: LocalState, what: number): boolean {
    for (const [other, after] of state.next) {
      if (other === what || this.#states.excludes(state, what, other)) continue;
      if (!this.#commute(state, what, other) || this.#enough[after]?.has(what) !== true) return false;
    }
    return true;
  }

  #commute({ number, next }: LocalState, one: number, other: number): boolean {
    const { all } = this.#states;
    const [first, second] = [next.get(one) as number, next.get(other) as number];
    if (first === WRONG || second === WRONG) return false;
    const behind = all[first]?.next.get(other);
    if (behind === undefined || behind === WRONG || behind !== all[second]?.next.get(one)) return false;
    const [left, right] = [this.#states.classOf(number, one), this.#states.classOf(number, other)];
    const { lookers, pairs } = this.#findings;
    const isLooker = lookers.has(left.number) || lookers.has(right.number);
    return !isLooker && !pairs.has(pairOf(left.number, right.number));
  }
}

const WAITS = 1;
const DONE = 2;

/** Throws where an actor may come back to one of its states. */
function refuseCircles(all: readonly LocalState[]): void {
  const marks = new Uint8Array(all.length);
  for (const { number: root } of all) {
    const waiting = [root];
    while (waiting.length > 0) {
      const number = waiting.at(-1) as number;
      if (marks[number] !== 0) {
        marks[number] = DONE;
        waiting.pop();
        continue;
      }
      marks[number] = WAITS;
      for (const after of (all[number] as LocalState).next.values()) {
        if (after === WRONG) continue;
        if (marks[after] === WAITS) throw new ForesightError('an actor goes round in circles');
        if (marks[after] === 0) waiting.push(after);
      }
    }
  }
}
