// The world of a guest as a transition system: time is order alone, chances and faults are choices, and every step is remembered by what it
// depends on, so that the machines run a few thousand times where states are counted in millions.
import { must } from '../../../../core/base/assert.ts';
import { diffStates, hashState } from '../../../../core/base/state.ts';
import type { TimeUs } from '../../../observation.ts';
import { APPLY, type Call } from '../../../records.ts';
import type { KeptReader, KeptWriter } from '../kept.ts';
import type { Row, Successors, TransitionSystem } from '../transition-system.ts';
import { FIRST_ITEM, type EngineSteps, type Made, type Move } from './engine-steps.ts';
import { EntryOrders } from './entry-orders.ts';
import type { FoundMove } from './find-moves.ts';
import type { IsEnd } from './foresight/end-places.ts';
import { Foresight } from './foresight/foresight.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, JUDGES, nodePlace, SERVICES, widthFor } from './layout.ts';
import type { Learner } from './lesson.ts';
import { Moves } from './moves.ts';
import type { NormalForm } from './normal-form.ts';
import { NOTHING_USED, type Frame, type Used, type WorldParts } from './parts.ts';
import { Reduction } from './reduction.ts';
import type { Outcome } from './outcome.ts';
import { RememberedSteps } from './remembered-steps.ts';
import { RowChange } from './row-change.ts';
import { countOf, nextScript, type Asked } from './script.ts';
import type { Symmetry } from './symmetry.ts';
import { changedDifference, laterDifference, type Taken } from './twins.ts';
import { ToldOnly } from './told-only.ts';
import { UndeclaredError } from './undeclared-error.ts';

export interface WorldBounds {
  /** Faults that may strike in a run. */
  readonly faultsMax: number;
  /** So often the clock moves to the next deadline although something else could happen before. */
  readonly deviationsMax: number;
  /** So many answers to what machines pick are not 0. */
  readonly chancesMax: number;
  /** So much of what faults leave open is not answered plainly; null: any number. */
  readonly fatesMax: number | null;
  /** So many steps at each moment are made out of turn (`Moves.orderByTurn`); null: any number, which is all orders. */
  readonly reordersMax: number | null;
  /** Nothing later than this is looked at, in world time. */
  readonly untilUs: TimeUs;
  /** What is wrong with a run that gets there. Default null: nothing. */
  readonly late?: string | null;
}

export interface WorldLimits extends WorldBounds {
  /** Which states are ends, by their values as judges see them; null: none is. */
  readonly isEnd: IsEnd | null;
  /** Something may be said against an end for what it is. */
  readonly judgesEnds: boolean;
}

/** What is left out because it changes nothing. Both can be switched off, to compare. */
export interface WorldShortcuts {
  /** Only this part of all runs is looked at. Default: all. */
  readonly share?: Share | null;
  /** Steps are made once for what they depend on. Default true. */
  readonly remembers?: boolean;
  /** Of steps that nobody can tell apart by their order, one order is looked at. Default true. */
  readonly reduces?: boolean;
  /** What can still come is found before it does, where that can be (`Foresight`): with `reduces`. Default true. */
  readonly foresees?: boolean;
  /** Of states that differ in nothing but which of the nodes that can change places is which, one is looked at. Default true. */
  readonly unifies?: boolean;
  /**
   * States that are equal but for the order in which entries came into maps and sets are one; whoever can tell is found (`EntryOrders`). Only where no fault strikes and
   * some moment is the last. Default false.
   */
  readonly mergesEntries?: boolean;
}

/** One of several parts of all runs: together they are all. Runs without a fault are in each; one with faults is in the part of its first. */
export interface Share {
  /** From 0 on. */
  readonly index: number;
  readonly of: number;
}

/** A transition: what happens, and how its questions are answered. */
export interface Transition {
  readonly move: Move;
  readonly script: readonly number[];
}

const CHANCES_MAX = 65_536;
/** A remembered step is made again, and compared, whenever it was used so many times as often as when it was last. */
const CHECK_GROWTH = 16;
/** Transitions between two of these at least: where steps are many and each is used a few times, most of them wait. */
const CHECK_GAP = 307;

/** One in so many steps that come to the form of all states that are one is made again: a prime, so that it meets every step of a cycle. */
const VERIFIED_EACH = 1_009;
const SMALL = 29;

/** Of the first that come to the form of all states that are one, more are made again: small spaces have no others. */
function isVerified(count: number): boolean {
  return count < SMALL || count % (count < VERIFIED_EACH ? SMALL : VERIFIED_EACH) === 0;
}

/** How a move comes about. */
type Way = typeof PLAIN | typeof DEVIATION | typeof REORDER;
const PLAIN = 0;
/** The clock moves although something could happen before. */
const DEVIATION = 1;
/** It was not its turn. */
const REORDER = 2;

/** What makes one of states that need not be told apart. */
export interface WorldForms {
  readonly normal?: NormalForm | null;
  readonly symmetry?: Symmetry | null;
}

export class WorldSystem implements TransitionSystem {
  readonly width: number;
  /** Called with each transition before its successor is emitted, while somebody listens. */
  onTransition: ((transition: Transition) => void) | null = null;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #steps: EngineSteps;
  readonly #again: Learner;
  readonly #memory: RememberedSteps | null;
  readonly #reduction: Reduction | null;
  /** Undefined: nobody has asked. */
  #foresight: Foresight | null | undefined;
  readonly #bounds: WorldLimits;
  readonly #share: Share | null;
  readonly #normal: NormalForm | null;
  readonly #symmetry: Symmetry | null;
  /** States are given a form. */
  readonly #isUnified: boolean;
  readonly #first: Row;
  readonly #frames = new KeyTable();
  readonly #moves: Moves;
  readonly #nodes: number;
  // The state that is expanded:
  #row: Readonly<Row>;
  readonly #draft: Row;
  readonly #change: RowChange;
  #frame: Frame;
  #nowNumber = 0;
  /** The latest that was found to be inside. */
  #frameInside = -1;
  /** Successors that were remembered since a step was made again to be compared. */
  #unchecked = 0;
  /** Successors to which the form was given that all states have that are one. */
  #unified = 0;
  readonly #values: Int32Array;
  #next: Successors | null = null;
  /** Some successor of it waits to be expanded. */
  #reachesOpen = false;

  constructor(
    steps: EngineSteps,
    parts: WorldParts,
    judges: Judges,
    bounds: WorldLimits,
    { remembers = true, reduces = true, foresees = true, share = null }: WorldShortcuts = {},
    { normal = null, symmetry = null }: WorldForms = {},
  ) {
    const { nodes } = steps.engine;
    this.#nodes = nodes.length;
    this.width = widthFor(nodes.length);
    this.#parts = parts;
    this.#judges = judges;
    this.#steps = steps;
    this.#bounds = bounds;
    this.#share = share;
    this.#normal = normal;
    this.#symmetry = symmetry;
    this.#isUnified = normal !== null || symmetry !== null;
    this.#moves = new Moves(parts);
    this.#first = new Int32Array(this.width);
    steps.rowOf(steps.engine, NOTHING_USED, this.#first);
    this.#first[JUDGES] = judges.first;
    normal?.apply(this.#first);
    symmetry?.apply(this.#first);
    this.#row = this.#first;
    this.#draft = new Int32Array(this.width);
    this.#change = new RowChange(this.width);
    this.#frame = parts.frames.valueOf(this.#first[FRAME] as number);
    this.#values = judges.createValues();
    this.#again = parts.mergesEntries ? new EntryOrders(steps, parts, judges) : new ToldOnly(steps, parts);
    this.#memory = remembers ? new RememberedSteps(steps, parts, judges, this.#again) : null;
    this.#reduction =
      this.#memory !== null && reduces ? new Reduction(steps, parts, judges, this.#memory, bounds.isEnd) : null;
    if (this.#reduction === null || !foresees || this.#isUnified || !isForeseeable(bounds)) this.#foresight = null;
  }

  /** Bytes that are held for what is remembered, but for the parts themselves. */
  get bytes(): number {
    const helpers = [
      this.#judges,
      this.#frames,
      this.#memory,
      this.#reduction,
      this.#foresight,
      this.#normal,
      this.#symmetry,
      this.#moves,
    ];
    return helpers.reduce((sum, helper) => sum + (helper?.bytes ?? 0), 0);
  }

  /** How many of the moves of states with several were left out, from 0 to 1. */
  get leftOutShare(): number {
    return this.#reduction === null || this.#reduction.looked === 0
      ? 0
      : this.#reduction.leftOut / this.#reduction.looked;
  }

  knows(row: Readonly<Row>): boolean {
    const { frames, bags, serviceTuples, nodes, inboxes } = this.#parts;
    const isKnown =
      frames.has(row[FRAME] as number) && bags.has(row[BAG] as number) && serviceTuples.has(row[SERVICES] as number);
    if (!isKnown || !this.#judges.has(row[JUDGES] as number)) return false;
    for (let node = 0; node < this.#nodes; node++) {
      if (nodes[node]?.has(row[nodePlace(node)] as number) !== true) return false;
      if (inboxes[node]?.has(row[inboxPlace(node)] as number) !== true) return false;
    }
    return true;
  }

  remake(row: Readonly<Row>, next: Successors): void {
    const { looked = 0, leftOut = 0 } = this.#reduction ?? {};
    this.expand(row, next);
    if (this.#reduction === null) return;
    this.#reduction.looked = looked;
    this.#reduction.leftOut = leftOut;
  }

  /** Which parts there are, and what is known of the order of steps; all else is found again. */
  keep(out: KeptWriter): void {
    this.#parts.keep(out);
    this.#judges.keep(out);
    this.#reduction?.keep(out);
    out.number(this.#steps.count);
  }

  /** Before anything was expanded, of a world of the same guest with the same options. */
  restore(kept: KeptReader): void {
    this.#parts.restore(kept);
    this.#judges.restore(kept);
    this.#reduction?.restore(kept);
    this.#steps.countBefore(kept.number());
  }

  begin(next: Successors): void {
    this.#first.forEach((part, place) => next.set(place, part));
    next.emit();
  }

  /** False for a state behind the last moment that is looked at. */
  isInside(row: Readonly<Row>): boolean {
    const frame = row[FRAME] as number;
    if (frame === this.#frameInside) return true;
    if (this.#parts.frames.valueOf(frame).now > this.#bounds.untilUs) return false;
    this.#frameInside = frame;
    return true;
  }

  expand(row: Readonly<Row>, next: Successors): void {
    this.#next = next;
    this.#look(row);
    this.#moves.find(row);
    const isDeviation = this.#moves.count > 0;
    const mayDeviate = isDeviation && this.#frame.used.deviations < this.#bounds.deviationsMax;
    if (this.#bounds.reordersMax !== null) this.#takeInTurn(this.#moves.ready, this.#bounds.reordersMax);
    else if (this.#reduction === null || mayDeviate || this.#mayStrike()) this.#takeAll();
    else if (this.#moves.count > 1 && this.#foresees(row)) this.#takeForeseen(this.#moves.ready);
    else this.#takeEnough(this.#moves.ready, this.#reduced(this.#moves.ready));
    if (!isDeviation || mayDeviate)
      for (const move of this.#moves.later()) this.#take(move, isDeviation ? DEVIATION : PLAIN);
  }

  /** Finds out what can still happen at the first moment, in pieces; else it is found, in one go, once it is needed. @returns false: nothing is foreseen */
  *foresee(): Generator<null, boolean, void> {
    if (this.#foresight === undefined) {
      const world = { steps: this.#steps, parts: this.#parts, judges: this.#judges, isEnd: this.#bounds.isEnd };
      this.#foresight = yield* Foresight.find(world, this.#first);
    }
    return this.#foresight !== null;
  }

  #foresees(row: Readonly<Row>): boolean {
    const pieces = this.foresee();
    while (pieces.next().done !== true);
    return this.#foresight?.reaches(row) === true;
  }

  /** Nothing goes round in circles there, so that it does not matter whether what is reached is new. */
  #takeForeseen(ready: readonly FoundMove[]): void {
    const foresight = must(this.#foresight, 'what is foreseen');
    const chosen = foresight.choose(this.#row, ready);
    this.#reduction?.count(ready.length, chosen.length);
    for (const move of chosen) this.#take(move, PLAIN);
  }

  #takeAll(): void {
    for (const list of this.#moves.lists) for (const move of list) this.#take(move, PLAIN);
  }

  #takeEnough(ready: readonly FoundMove[], chosen: readonly FoundMove[]): void {
    this.#reachesOpen = false;
    for (const move of chosen) this.#take(move, PLAIN);
    if (chosen.length === ready.length || this.#reachesOpen) return;
    for (const move of ready) if (!chosen.includes(move)) this.#take(move, PLAIN);
  }

  /** Whose turn it is goes first; all others only while some steps may be out of turn. */
  #takeInTurn(ready: FoundMove[], reordersMax: number): void {
    this.#moves.orderByTurn(ready);
    const { length } = ready;
    const taken = this.#frame.used.reorders < reordersMax ? length : Math.min(length, 1);
    for (let at = 0; at < taken; at++) this.#take(ready[at] as FoundMove, at === 0 ? PLAIN : REORDER);
  }

  #look(row: Readonly<Row>): void {
    this.#row = row;
    this.#frame = this.#parts.frames.valueOf(row[FRAME] as number);
    this.#judges.readValues(row, this.#values);
    this.#nowNumber = this.#values[0] as number;
    this.#memory?.begin(row, this.#frame, this.#nowNumber);
  }

  #reduced(ready: readonly FoundMove[]): readonly FoundMove[] {
    if (this.#reduction === null || this.#memory === null || ready.length < 2) return ready;
    const chosen = this.#reduction.choose(this.#row, ready);
    this.#memory.begin(this.#row, this.#frame, this.#nowNumber);
    return chosen;
  }

  // ---- What comes of it

  #take(move: FoundMove, way: Way): void {
    if (move.at > this.#bounds.untilUs) return this.#leave(move, way);
    if (!this.#takeRemembered(move, way)) this.#takeInAllWays(move, way, 'plain');
    if (this.#mayStrike()) this.#takeInAllWays(move, way, 'any');
  }

  /** The clock passes the last moment that is looked at. */
  #leave(move: Move, way: Way): void {
    this.onTransition?.({ move, script: [] });
    this.#next?.set(FRAME, this.#frameAt(move.at, way, 0));
    this.#next?.emit(this.#bounds.late);
  }

  #mayStrike(): boolean {
    return this.#steps.engine.settings.faults !== null && hitsOf(this.#frame.plan) < this.#bounds.faultsMax;
  }

  /** Lets the engine make the step in each way in which its questions can be answered: plainly, or with at least one fault. */
  #takeInAllWays(move: Move, way: Way, mode: 'plain' | 'any'): void {
    let script: readonly number[] | null = [];
    while (script !== null) {
      const made: Made = this.#steps.make(this.#row, move, script, mode);
      this.#again.learn({ place: this.#actorOf(move), row: this.#row.slice(), move, script, mode, made });
      if (mode === 'plain' || (made.asked.some(isStrike) && this.#isInShare(move, made.answers)))
        this.#emitMade(move, made, way);
      script = nextScript(made.asked, (question) => this.#mayAnswer(made.asked, question));
    }
  }

  /** A node, or behind all nodes a service. */
  #actorOf({ node, what }: Move): number {
    if (what < FIRST_ITEM) return node;
    const { type, item } = this.#parts.items.valueOf(what - FIRST_ITEM).event;
    return type === APPLY ? this.#nodes + (item as Call).service : node;
  }

  /** A question may be answered otherwise than plainly, as far as the bounds go. */
  #mayAnswer(asked: readonly Asked[], question: number): boolean {
    const { sort } = asked[question] as Asked;
    const { faultsMax, chancesMax, fatesMax } = this.#bounds;
    const { plan, used } = this.#frame;
    const before = countOf(asked.slice(0, question), sort);
    if (sort === 'fault') return hitsOf(plan) + before < faultsMax;
    if (sort === 'chance') return used.chances + before < chancesMax;
    return sort === 'choice' || fatesMax === null || used.fates + before < fatesMax;
  }

  /** By what happens and when, which is the same whoever explores. */
  #isInShare(move: Move, answers: readonly number[]): boolean {
    if (this.#share === null || hitsOf(this.#frame.plan) > 0) return true;
    const { index, of } = this.#share;
    const key = hashState([this.#moves.keyOf(move), answers]);
    return Number.parseInt(key.slice(-6), 16) % of === index;
  }

  #emitMade(move: Move, made: Made, way: Way): void {
    const frame = this.#parts.frames.valueOf(made.row[FRAME] as number);
    if (frame.used.chances > this.#bounds.chancesMax || hitsOf(frame.plan) > this.#bounds.faultsMax) return;
    this.onTransition?.({ move, script: made.answers });
    let judges = this.#row[JUDGES] as number;
    for (const { observation, values } of made.seen) judges = this.#judges.judge(judges, observation, values);
    const { chances, fates } = frame.used;
    const isCounted = this.#bounds.fatesMax !== null; // else states that differ in nothing else are one
    const used = { ...usedAfter(this.#frame, frame.now, way, 0), chances, fates: isCounted ? fates : 0 };
    this.#draft.set(made.row);
    this.#draft[FRAME] = this.#parts.frames.numberOf({ ...frame, used });
    this.#draft[JUDGES] = judges;
    this.#emit(made.wrong, { move, script: made.answers, mode: 'any' });
  }

  /** What was drafted is the successor. */
  #emit(wrong: string | null, taken: Taken): void {
    const next = must(this.#next, 'a state that is expanded');
    if (this.#isUnified) this.#unify(wrong, taken);
    for (let place = 0; place < this.width; place++) {
      const part = this.#draft[place] as number;
      if (part !== this.#row[place]) next.set(place, part);
    }
    if (next.emit(this.#takeWrong(wrong))) this.#reachesOpen = true;
  }

  /**
   * Gives one form to all states that are one. Some steps are made again in a run that began earlier, or in which nodes changed places: what is not the same
   * there was not declared, or should not have been.
   */
  #unify(wrong: string | null, taken: Taken): void {
    this.#normal?.apply(this.#draft);
    this.#symmetry?.apply(this.#draft);
    this.#unified += 1;
    if (wrong !== null || this.#judges.violation !== null || !isVerified(this.#unified)) return;
    const [normal, symmetry] = [this.#normal, this.#symmetry];
    const world = { steps: this.#steps, parts: this.#parts, judges: this.#judges, normal, symmetry };
    const difference =
      laterDifference(world, this.#row, taken, this.#draft) ?? changedDifference(world, this.#row, taken, this.#draft);
    if (difference !== null) throw new UndeclaredError(difference);
  }

  #takeWrong(wrong: string | null): string | null {
    const { violation } = this.#judges;
    this.#judges.violation = null;
    if (violation !== null) return `${violation.oracle}: ${violation.text}`;
    return wrong;
  }

  /** False where the step depends on more than is remembered. */
  #takeRemembered(move: FoundMove, way: Way): boolean {
    const outcomes = this.#memory?.outcomesOf(move) ?? null;
    if (outcomes === null) return false;
    for (const outcome of outcomes) {
      if (this.#frame.used.chances + outcome.chances <= this.#bounds.chancesMax) this.#emitOutcome(move, outcome, way);
    }
    return true;
  }

  #emitOutcome(move: FoundMove, outcome: Outcome, way: Way): void {
    const memory = must(this.#memory, 'a memory');
    const change = this.#change;
    change.clear();
    if (!memory.write(move, outcome, change)) return this.#emitMade(move, this.#makeAgain(move, outcome), way);
    const difference = this.#mustCheck(outcome) ? this.#verify(move, outcome) : null;
    change.set(JUDGES, this.#judged(move, outcome, memory.changedBy(move)));
    if (move.at !== this.#frame.now || way !== PLAIN || outcome.chances > 0)
      change.set(FRAME, this.#frameAt(move.at, way, outcome.chances));
    if (this.onTransition !== null) {
      const { answers } = this.#steps.make(this.#row, move, outcome.script, 'plain');
      this.onTransition({ move, script: answers });
    }
    if (this.#isUnified) {
      this.#draftChange();
      return this.#emit(difference, { move, script: outcome.script, mode: 'plain' });
    }
    const next = must(this.#next, 'a state that is expanded');
    change.giveTo(next);
    if (next.emit(this.#takeWrong(difference))) this.#reachesOpen = true;
  }

  #draftChange(): void {
    this.#draft.set(this.#row);
    this.#change.writeTo(this.#draft);
  }

  /** Each step comes to be checked, the first time soon, and those that are used much more often than once. */
  #mustCheck(outcome: Outcome): boolean {
    this.#unchecked += 1;
    outcome.uses += 1;
    if (outcome.uses < outcome.nextCheck || this.#unchecked < CHECK_GAP) return false;
    this.#unchecked = 0;
    outcome.nextCheck = outcome.uses * CHECK_GROWTH;
    return true;
  }

  /** Makes a step again that is remembered. What differs is told; null if nothing does. */
  #verify(move: Move, { script }: Outcome): string | null {
    this.#draftChange();
    const made = this.#steps.make(this.#row, move, script, 'unseen');
    if (made.wrong !== null) return made.wrong;
    for (let node = 0; node < this.#nodes; node++) {
      const [now, before] = [made.row[nodePlace(node)] as number, this.#draft[nodePlace(node)] as number];
      if (now !== before) return this.#tellTwoResults(node, before, now);
    }
    for (let place = 0; place < this.width; place++)
      if (place !== FRAME && place !== JUDGES && made.row[place] !== this.#draft[place])
        throw new Error(
          `what leaves with a step is not what it was before (place ${place}): a mistake of the explorer`,
        );
    return null;
  }

  #tellTwoResults(node: number, before: number, now: number): string {
    const parts = must(this.#parts.nodes[node], 'a node');
    const difference = diffStates(parts.valueOf(before).record.state, parts.valueOf(now).record.state);
    const { address } = must(this.#steps.engine.nodes[node], 'a node').fixed;
    const where =
      difference === null
        ? 'its process differs'
        : `${difference.path} was ${difference.left} and is ${difference.right}`;
    return `the machine of ${address} makes two things of the same state and input: ${where}; it reads what is in neither`;
  }

  /** What was wrong is so again: a machine that keeps something outside of its state shows it only where the step is made twice. */
  #makeAgain(move: Move, { script, wrong }: Outcome): Made {
    return this.#steps.make(this.#row, move, script, wrong === null ? 'plain' : 'twice');
  }

  /** @param place of what changes, as judges see it */
  #judged(move: Move, outcome: Outcome, place: number): number {
    const values = this.#values;
    values[0] = this.#timeOf(move.at);
    const judges = this.#judges.judgeStep(this.#row[JUDGES] as number, outcome, place, values);
    values[0] = this.#nowNumber;
    return judges;
  }

  #timeOf(at: TimeUs): number {
    return at === this.#frame.now ? this.#nowNumber : this.#judges.times.numberOf(at);
  }

  #frameAt(now: TimeUs, way: Way, chances: number): number {
    const frame = this.#row[FRAME] as number;
    const time = this.#timeOf(now);
    const key = way * CHANCES_MAX + chances;
    const known = this.#frames.get(frame, time, key);
    if (known >= 0) return known;
    const used = usedAfter(this.#frame, now, way, chances);
    const changed = this.#parts.frames.numberOf({ ...this.#frame, now, used });
    this.#frames.set(frame, time, key, changed);
    return changed;
  }
}

/** All orders of one input, with no bound that steps use up together, and nothing that is said of ends alone. */
function isForeseeable({ deviationsMax, chancesMax, reordersMax, judgesEnds }: WorldLimits): boolean {
  return deviationsMax === 0 && chancesMax === 0 && reordersMax === null && !judgesEnds;
}

/** Turns begin anew with each moment. */
function usedAfter({ now, used }: Frame, after: TimeUs, way: Way, chances: number): Used {
  return {
    deviations: used.deviations + (way === DEVIATION ? 1 : 0),
    chances: used.chances + chances,
    fates: used.fates,
    reorders: after > now ? 0 : used.reorders + (way === REORDER ? 1 : 0),
  };
}

function isStrike({ sort, answer }: Asked): boolean {
  return sort === 'fault' && answer !== 0;
}

/** Plans without odds count what hit something. */
function hitsOf(plan: unknown): number {
  return (plan as { readonly hits?: number } | null)?.hits ?? 0;
}
