// The world of a guest as a transition system: time is order alone, chances and faults are choices, and every step is remembered by what it
// depends on, so that the machines run a few hundred times where states are counted in millions.
import { must } from '../../../../core/base/assert.ts';
import { NEVER } from '../../../../core/base/machine.ts';
import type { Effect } from '../../../../core/base/outbox.ts';
import type { Engine } from '../../../engine.ts';
import type { TimeUs } from '../../../observation.ts';
import { hashState } from '../../../../core/base/state.ts';
import { ANSWER, APPLY, DELIVER, DOWN, PAUSED, START } from '../../../records.ts';
import type { Call } from '../../../records.ts';
import { Parts } from '../parts.ts';
import type { Row, Successors, TransitionSystem } from '../transition-system.ts';
import { FIRST_ITEM, WAKES, WORKS, type EngineSteps, type Made, type Move } from './engine-steps.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, JUDGES, nodePlace, SERVICES, widthFor } from './layout.ts';
import type { Frame, InboxPart, NodePart, WorldParts } from './parts.ts';
import { nextScript, type Asked } from './script.ts';

export interface WorldBounds {
  /** Faults that may strike in a run. */
  readonly faultsMax: number;
  /** So often the clock moves to the next deadline although something else could happen before. */
  readonly deviationsMax: number;
  /** So many answers to what machines pick are not 0. */
  readonly chancesMax: number;
  /** Nothing later than this is looked at, in world time. */
  readonly untilUs: TimeUs;
}

/** A transition: what happens, and how its questions are answered. */
export interface Transition {
  readonly move: Move;
  readonly script: readonly number[];
}

/** How a step ends that depends on its node and input alone. */
interface Outcome {
  readonly script: readonly number[];
  readonly chances: number;
  /** Of a node, or of a service. */
  readonly part: number;
  /** Triples: a node, what leaves for it, and in which classes of streams (bits: 1 control, 2 data). */
  readonly sends: readonly number[];
  /** What leaves for services. */
  readonly calls: number;
  /** What is seen of it, and what the part is at that moment. */
  readonly seen: readonly Glimpse[];
  readonly wrong: string | null;
}

interface Glimpse {
  readonly observation: number;
  readonly part: number;
}

const NOTHING = 0;
/** A node, a batch, and classes of streams. */
const SEND_WORDS = 3;

export class WorldSystem implements TransitionSystem {
  readonly width: number;
  /** Called with each transition before its successor is emitted, while somebody listens. */
  onTransition: ((transition: Transition) => void) | null = null;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #steps: EngineSteps;
  readonly #bounds: WorldBounds;
  readonly #remembers: boolean;
  readonly #begin: Row;
  /** What leaves in one step for one receiver, in order. Number 0 is nothing. */
  readonly #batches = new Parts<string>(String);
  /** By node, or by service: the place of a list of outcomes; a list that is null is never remembered. */
  readonly #memories: readonly KeyTable[];
  readonly #outcomes: (readonly Outcome[] | null)[] = [];
  /** What a receiver's inbox, or the bag, is after something was taken and something came. */
  readonly #inboxes: readonly KeyTable[];
  readonly #bags = new KeyTable();
  readonly #frames = new KeyTable();
  readonly #tuples = new KeyTable();
  readonly #nodes: number;
  // The state that is expanded:
  #row: Row;
  #frame: Frame;
  #nowNumber = 0;
  readonly #values: Int32Array;
  #next: Successors | null = null;
  readonly #ready: Move[] = [];
  readonly #later: Move[] = [];

  constructor(engine: EngineSteps, parts: WorldParts, judges: Judges, bounds: WorldBounds, remembers = true) {
    const { nodes, services } = engine.engine;
    this.#nodes = nodes.length;
    this.width = widthFor(nodes.length);
    this.#parts = parts;
    this.#judges = judges;
    this.#steps = engine;
    this.#bounds = bounds;
    this.#remembers = remembers;
    this.#memories = [...nodes, ...services].map(() => new KeyTable());
    this.#inboxes = nodes.map(() => new KeyTable());
    this.#batches.numberOf('');
    this.#begin = new Int32Array(this.width);
    engine.rowOf(engine.engine, 0, 0, this.#begin);
    this.#begin[JUDGES] = judges.first;
    this.#row = this.#begin;
    this.#frame = parts.frames.valueOf(this.#begin[FRAME] as number);
    this.#values = new Int32Array(1 + nodes.length + services.length);
  }

  /** Bytes that are held for what is remembered, but for the parts themselves. */
  get bytes(): number {
    const tables = [...this.#memories, ...this.#inboxes, this.#bags, this.#frames, this.#tuples];
    return this.#judges.bytes + tables.reduce((sum, table) => sum + table.bytes, 0);
  }

  begin(next: Successors): void {
    this.#begin.forEach((part, place) => next.set(place, part));
    next.emit();
  }

  /** False for a state behind the last moment that is looked at. */
  isInside(row: Readonly<Row>): boolean {
    return this.#parts.frames.valueOf(row[FRAME] as number).now <= this.#bounds.untilUs;
  }

  /** Part numbers of a state as judges see them. */
  valuesOf(row: Readonly<Row>, values: Int32Array): void {
    values[0] = this.#judges.times.numberOf(this.#parts.frames.valueOf(row[FRAME] as number).now);
    for (let node = 0; node < this.#nodes; node++) values[1 + node] = row[nodePlace(node)] as number;
    values.set(this.#parts.serviceTuples.valueOf(row[SERVICES] as number), 1 + this.#nodes);
  }

  expand(row: Readonly<Row>, next: Successors): void {
    this.#row = row;
    this.#next = next;
    this.#frame = this.#parts.frames.valueOf(row[FRAME] as number);
    this.valuesOf(row, this.#values);
    this.#nowNumber = this.#values[0] as number;
    this.#findMoves();
    for (const move of this.#ready) this.#take(move, false);
    if (this.#ready.length > 0 && this.#frame.deviations >= this.#bounds.deviationsMax) return;
    const isDeviation = this.#ready.length > 0;
    for (const move of this.#later) this.#take(move, isDeviation);
  }

  // ---- What can happen

  /** What can happen now, and what would happen first if the clock moved. */
  #findMoves(): void {
    this.#ready.length = 0;
    this.#later.length = 0;
    for (let node = 0; node < this.#nodes; node++) this.#findAt(node);
    const bag = this.#parts.bags.valueOf(this.#row[BAG] as number);
    for (let at = 0; at < bag.length; at++) {
      const item = bag[at] as number;
      if (at > 0 && bag[at - 1] === item) continue;
      const { time, event } = this.#parts.items.valueOf(item);
      this.#add(FIRST_ITEM + item, event.node, time);
    }
  }

  #findAt(node: number): void {
    const part = this.#nodeAt(node);
    const { now } = this.#frame;
    const { dueUs, isRunning, hasWork, record } = part;
    if (dueUs !== NEVER) this.#add(WAKES, node, dueUs);
    if (hasWork && dueUs > now) this.#add(WORKS, node, now);
    if (record.status === PAUSED || (isRunning && (dueUs <= now || record.queue.length > 0))) return; // it takes nothing now
    for (const { item, time } of this.#inboxAt(node).heads) {
      if (!isRunning || time < dueUs || time <= now) this.#add(FIRST_ITEM + item, node, time);
    }
  }

  #add(what: number, node: number, time: TimeUs): void {
    const { now } = this.#frame;
    if (time <= now) {
      this.#ready.push({ what, node, at: now });
      return;
    }
    const first = this.#later[0]?.at ?? Number.POSITIVE_INFINITY;
    if (time > first) return;
    if (time < first) this.#later.length = 0;
    this.#later.push({ what, node, at: time });
  }

  #nodeAt(node: number): NodePart {
    return (this.#parts.nodes[node] as Parts<NodePart>).valueOf(this.#row[nodePlace(node)] as number);
  }

  #inboxAt(node: number): InboxPart {
    return (this.#parts.inboxes[node] as Parts<InboxPart>).valueOf(this.#row[inboxPlace(node)] as number);
  }

  // ---- What comes of it

  #take(move: Move, isDeviation: boolean): void {
    if (move.at > this.#bounds.untilUs) return this.#leave(move, isDeviation);
    if (!this.#remembers || !this.#takeRemembered(move, isDeviation))
      this.#takeInAllWays(move, isDeviation, ({ isFault }, answer) => !isFault || answer === 0);
    if (this.#mayStrike()) this.#strike(move, isDeviation);
  }

  /** The clock passes the last moment that is looked at. */
  #leave(move: Move, isDeviation: boolean): void {
    this.onTransition?.({ move, script: [] });
    this.#next?.set(FRAME, this.#frameAt(move.at, isDeviation ? 1 : 0, 0));
    this.#next?.emit();
  }

  #mayStrike(): boolean {
    const { settings } = this.#steps.engine;
    if (settings.faults === null) return false;
    return hitsOf(this.#frame.plan) < this.#bounds.faultsMax;
  }

  /** All ways in which at least one fault strikes. */
  #strike(move: Move, isDeviation: boolean): void {
    this.#takeInAllWays(
      move,
      isDeviation,
      () => true,
      (asked) => asked.some(({ isFault, answer }) => isFault && answer !== 0),
    );
  }

  /** Lets the engine make the step in each way in which its questions can be answered. */
  #takeInAllWays(
    move: Move,
    isDeviation: boolean,
    mayAnswer: (asked: Asked, answer: number) => boolean,
    isWanted: (asked: readonly Asked[]) => boolean = () => true,
  ): void {
    let script: readonly number[] | null = [];
    while (script !== null) {
      const made: Made = this.#steps.make(this.#row, move, script, false);
      if (isWanted(made.asked)) this.#emitMade(move, made, script, isDeviation);
      script = nextScript(made.asked, (question, answer) => mayAnswer(made.asked[question] as Asked, answer));
    }
  }

  #emitMade(move: Move, made: Made, script: readonly number[], isDeviation: boolean): void {
    const next = must(this.#next, 'a state that is expanded');
    const frame = this.#parts.frames.valueOf(made.row[FRAME] as number);
    if (frame.chances > this.#bounds.chancesMax || hitsOf(frame.plan) > this.#bounds.faultsMax) return;
    this.onTransition?.({ move, script });
    let judges = this.#row[JUDGES] as number;
    for (const { observation, values } of made.seen) judges = this.#judges.judge(judges, observation, values);
    for (let place = 0; place < this.width; place++) next.set(place, made.row[place] as number);
    if (isDeviation) next.set(FRAME, this.#parts.frames.numberOf({ ...frame, deviations: this.#frame.deviations + 1 }));
    next.set(JUDGES, judges);
    next.emit(this.#takeWrong(made.wrong));
  }

  #takeWrong(wrong: string | null): string | null {
    const { violation } = this.#judges;
    this.#judges.violation = null;
    if (violation !== null) return `${violation.oracle}: ${violation.text}`;
    return wrong;
  }

  // ---- What is remembered

  /** False where the step depends on more than is remembered. */
  #takeRemembered(move: Move, isDeviation: boolean): boolean {
    const item = move.what < FIRST_ITEM ? null : this.#parts.items.valueOf(move.what - FIRST_ITEM);
    const type = item?.event.type ?? -1;
    if (type === APPLY) return this.#applyRemembered(move, isDeviation);
    if (type !== -1 && type !== DELIVER && type !== ANSWER && type !== START) return false;
    const { isRunning, isSpecial } = this.#nodeAt(move.node);
    if (isRunning === (type === START) || isSpecial || !this.#isPlainHead(move, type)) return false;
    const part = this.#row[nodePlace(move.node)] as number;
    const outcomes = this.#recall(move.node, part, move);
    if (outcomes === null) return false;
    for (const outcome of outcomes) {
      if (this.#sendsToBroken(move.node, outcome)) this.#emitEngines(move, outcome, isDeviation);
      else this.#emitOutcome(move, outcome, isDeviation);
    }
    return true;
  }

  #isPlainHead(move: Move, type: number): boolean {
    if (type === -1 || type === START) return true;
    if (type === DELIVER && this.#frame.blocked !== null) return false;
    for (const { item, isPlain } of this.#inboxAt(move.node).heads) if (item === move.what - FIRST_ITEM) return isPlain;
    return false;
  }

  #applyRemembered(move: Move, isDeviation: boolean): boolean {
    const call = this.#parts.items.valueOf(move.what - FIRST_ITEM).event.item as Call;
    const { incarnation, status } = this.#nodeAt(call.node).record;
    if (call.unanswered || incarnation !== call.incarnation || status >= DOWN) return false;
    const place = this.#nodes + call.service;
    const outcomes = this.#recall(place, this.#values[1 + place] as number, move);
    if (outcomes === null) return false;
    for (const outcome of outcomes) this.#emitApplied(move, call.service, outcome, isDeviation);
    return true;
  }

  /** Outcomes of a step of a node, or of a service; null: they depend on more. */
  #recall(place: number, part: number, move: Move): readonly Outcome[] | null {
    const memory = this.#memories[place] as KeyTable;
    const time = this.#timeOf(move.at);
    const known = memory.get(part, move.what, time);
    if (known >= 0) return this.#outcomes[known] as readonly Outcome[] | null;
    const outcomes = this.#learn(place, move);
    memory.set(part, move.what, time, this.#outcomes.push(outcomes) - 1);
    return outcomes;
  }

  #timeOf(at: TimeUs): number {
    return at === this.#frame.now ? this.#nowNumber : this.#judges.times.numberOf(at);
  }

  #learn(place: number, move: Move): readonly Outcome[] | null {
    const outcomes: Outcome[] = [];
    let script: readonly number[] | null = [];
    while (script !== null) {
      const made: Made = this.#steps.make(this.#row, move, script, true);
      const outcome = this.#outcomeOf(place, made, script);
      if (outcome === null) return null;
      outcomes.push(outcome);
      script = nextScript(made.asked, (question) => (made.asked[question] as Asked).isChance);
    }
    return outcomes;
  }

  /** What came of a step, if that depends on its node and input alone; null if not. */
  #outcomeOf(place: number, made: Made, script: readonly number[]): Outcome | null {
    const chances = made.asked.filter(({ isChance, answer }) => isChance && answer !== 0).length;
    const nothing = { script, chances, sends: [], calls: NOTHING, seen: [] };
    if (made.wrong !== null) return { ...nothing, part: 0, wrong: made.wrong };
    return place < this.#nodes ? this.#stepOutcome(place, made, nothing) : this.#applyOutcome(place, made, nothing);
  }

  /** A step that ends its process does more than to change its node and to send. */
  #stepOutcome(node: number, made: Made, nothing: Omit<Outcome, 'part' | 'wrong'>): Outcome | null {
    const at = made.seen.findIndex(
      ({ observation }) => this.#judges.observations.valueOf(observation).kind === 'stepped',
    );
    const stepped = this.#judges.observations.valueOf(made.seen[at]?.observation ?? 0);
    if (at < 0 || stepped.kind !== 'stepped' || stepped.effects.some(({ effect }) => effect === 'halt')) return null;
    const batches = new Batches(this.#steps.engine, node, stepped.incarnation);
    for (const effect of stepped.effects) batches.add(effect);
    return {
      ...nothing,
      part: made.row[nodePlace(node)] as number,
      sends: batches.sends((text) => this.#batches.numberOf(text)),
      calls: this.#batches.numberOf(batches.calls()),
      seen: made.seen
        .slice(0, at + 1)
        .map(({ observation, values }) => ({ observation, part: values[1 + node] as number })),
      wrong: null,
    };
  }

  #applyOutcome(place: number, made: Made, nothing: Omit<Outcome, 'part' | 'wrong'>): Outcome {
    const part = this.#parts.serviceTuples.valueOf(made.row[SERVICES] as number)[place - this.#nodes] as number;
    const seen = made.seen.map(({ observation, values }) => ({ observation, part: values[1 + place] as number }));
    const batch = this.#batches.numberOf(`answers ${seen.map(({ observation }) => observation).join()}`);
    const sends: number[] = [];
    for (let node = 0; node < this.#nodes; node++)
      if (made.row[inboxPlace(node)] !== this.#row[inboxPlace(node)]) sends.push(node, batch, 0);
    return { ...nothing, part, sends, seen, wrong: null };
  }

  #emitOutcome(move: Move, outcome: Outcome, isDeviation: boolean): void {
    if (this.#frame.chances + outcome.chances > this.#bounds.chancesMax) return;
    if (outcome.wrong !== null) return this.#emitEngines(move, outcome, isDeviation);
    const { node, what } = move;
    const isFromBag = what >= FIRST_ITEM && this.#typeOf(what) === START;
    const isFromInbox = what >= FIRST_ITEM && !isFromBag;
    if (!this.#send(outcome, isFromInbox ? node : -1, what) || !this.#call(outcome.calls, isFromBag ? what : 0))
      return this.#emitLearning(move, outcome, isDeviation);
    this.#next?.set(nodePlace(node), outcome.part);
    this.#emitJudged(move, outcome, isDeviation, 1 + node);
  }

  #emitApplied(move: Move, service: number, outcome: Outcome, isDeviation: boolean): void {
    if (outcome.wrong !== null) return this.#emitEngines(move, outcome, isDeviation);
    if (!this.#send(outcome, -1, move.what) || !this.#call(NOTHING, move.what))
      return this.#emitLearning(move, outcome, isDeviation);
    this.#next?.set(SERVICES, this.#tupleWith(service, outcome.part));
    this.#emitJudged(move, outcome, isDeviation, 1 + this.#nodes + service);
  }

  /** Sets what inboxes are afterwards; false if that is not known. @param taker the node that takes `what` out of its inbox, or -1 */
  #send({ sends }: Outcome, taker: number, what: number): boolean {
    let isTaken = taker < 0;
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      if (!this.#setInbox(to, to === taker ? what : 0, sends[at + 1] as number)) return false;
      if (to === taker) isTaken = true;
    }
    return isTaken || this.#setInbox(taker, what, NOTHING);
  }

  #setInbox(node: number, taken: number, batch: number): boolean {
    const place = inboxPlace(node);
    const after = (this.#inboxes[node] as KeyTable).get(this.#row[place] as number, taken, batch);
    if (after >= 0) this.#next?.set(place, after);
    return after >= 0;
  }

  #call(calls: number, taken: number): boolean {
    if (calls === NOTHING && taken === 0) return true;
    const bag = this.#bags.get(this.#row[BAG] as number, taken, calls);
    if (bag >= 0) this.#next?.set(BAG, bag);
    return bag >= 0;
  }

  #typeOf(what: number): number {
    return this.#parts.items.valueOf(what - FIRST_ITEM).event.type;
  }

  /** A send to a broken link does more than to lie behind the others. */
  #sendsToBroken(node: number, { sends }: Outcome): boolean {
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      const { brokenSlots } = this.#inboxAt(to);
      if (brokenSlots.size === 0) continue;
      const classes = sends[at + 2] as number;
      const slot = (node * this.#nodes + to) * 2;
      if (((classes & 1) !== 0 && brokenSlots.has(slot)) || ((classes & 2) !== 0 && brokenSlots.has(slot + 1)))
        return true;
    }
    return false;
  }

  #tupleWith(service: number, part: number): number {
    const tuple = this.#row[SERVICES] as number;
    const known = this.#tuples.get(tuple, service, part);
    if (known >= 0) return known;
    const { serviceTuples } = this.#parts;
    const changed = serviceTuples.numberOf(serviceTuples.valueOf(tuple).with(service, part));
    this.#tuples.set(tuple, service, part, changed);
    return changed;
  }

  /** @param place of what changed, as judges see it */
  #emitJudged(move: Move, outcome: Outcome, isDeviation: boolean, place: number): void {
    const next = must(this.#next, 'a state that is expanded');
    const values = this.#values;
    const before = values[place] as number;
    values[0] = this.#timeOf(move.at);
    let judges = this.#row[JUDGES] as number;
    for (const { observation, part } of outcome.seen) {
      values[place] = part;
      judges = this.#judges.judge(judges, observation, values);
    }
    values[place] = before;
    values[0] = this.#nowNumber;
    next.set(JUDGES, judges);
    if (move.at !== this.#frame.now || isDeviation || outcome.chances > 0)
      next.set(FRAME, this.#frameAt(move.at, isDeviation ? 1 : 0, outcome.chances));
    this.onTransition?.({ move, script: outcome.script });
    next.emit(this.#takeWrong(null));
  }

  #frameAt(now: TimeUs, deviations: number, chances: number): number {
    const frame = this.#row[FRAME] as number;
    const time = this.#timeOf(now);
    const known = this.#frames.get(frame, time, deviations * 65_536 + chances);
    if (known >= 0) return known;
    const changed = this.#parts.frames.numberOf({
      ...this.#frame,
      now,
      deviations: this.#frame.deviations + deviations,
      chances: this.#frame.chances + chances,
    });
    this.#frames.set(frame, time, deviations * 65_536 + chances, changed);
    return changed;
  }

  /** The step is known, but not here: the engine makes it. */
  #emitEngines(move: Move, { script }: Outcome, isDeviation: boolean): void {
    this.#discard();
    this.#emitMade(move, this.#steps.make(this.#row, move, script, false), script, isDeviation);
  }

  /** As `#emitEngines`; what it makes of inboxes and the bag is remembered. */
  #emitLearning(move: Move, outcome: Outcome, isDeviation: boolean): void {
    this.#discard();
    const made = this.#steps.make(this.#row, move, outcome.script, false);
    const type = move.what >= FIRST_ITEM ? this.#typeOf(move.what) : -1;
    const isFromBag = type === APPLY || type === START;
    const taker = type >= 0 && !isFromBag ? move.node : -1;
    const learned = new Set<number>();
    const learn = (to: number, batch: number): void => {
      const taken = to === taker ? move.what : 0;
      const place = inboxPlace(to);
      (this.#inboxes[to] as KeyTable).set(this.#row[place] as number, taken, batch, made.row[place] as number);
      learned.add(to);
    };
    for (let at = 0; at < outcome.sends.length; at += SEND_WORDS)
      learn(outcome.sends[at] as number, outcome.sends[at + 1] as number);
    if (taker >= 0 && !learned.has(taker)) learn(taker, NOTHING);
    this.#bags.set(this.#row[BAG] as number, isFromBag ? move.what : 0, outcome.calls, made.row[BAG] as number);
    this.#emitMade(move, made, outcome.script, isDeviation);
  }

  /** What was set of a successor that will not be emitted is as it was. */
  #discard(): void {
    for (let place = 0; place < this.width; place++) this.#next?.set(place, this.#row[place] as number);
  }
}

/** What leaves in one step, by receiver, in order. */
class Batches {
  readonly #engine: Engine;
  readonly #caller: string;
  readonly #sends = new Map<number, { readonly texts: string[]; classes: number }>();
  readonly #calls: string[] = [];

  constructor(engine: Engine, node: number, incarnation: number) {
    this.#engine = engine;
    this.#caller = `${node}/${incarnation}`;
  }

  add(effect: Effect): void {
    if (effect.effect === 'request') this.#calls.push(`${this.#caller} ${hashState(effect)}`);
    if (effect.effect !== 'send') return;
    const to = this.#engine.settings.indexes.get(effect.to);
    if (to === undefined) return; // it is lost
    const batch = this.#sends.get(to) ?? { texts: [], classes: 0 };
    batch.texts.push(`${this.#caller} ${hashState(effect)}`);
    batch.classes |= effect.streamClass === 'data' ? 2 : 1;
    this.#sends.set(to, batch);
  }

  /** A node, its batch, the classes; for each receiver. */
  sends(numberOf: (text: string) => number): readonly number[] {
    return [...this.#sends].flatMap(([to, { texts, classes }]) => [to, numberOf(texts.join()), classes]);
  }

  calls(): string {
    return this.#calls.join();
  }
}

/** Plans with bounds count what hit something. */
function hitsOf(plan: unknown): number {
  return (plan as { readonly hits?: number } | null)?.hits ?? 0;
}
