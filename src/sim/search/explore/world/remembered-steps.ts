// Steps by what they depend on. What a node makes of an input depends on its state, the input and the time; what a service makes of a request on
// its state, the request and the time. So the engine makes each of them once, and what an inbox is after something came is known from then on.
import type { Effect } from '../../../../core/base/outbox.ts';
import { hashState } from '../../../../core/base/state.ts';
import type { Engine } from '../../../engine.ts';
import { ANSWER, APPLY, DELIVER, DOWN, START } from '../../../records.ts';
import type { Call } from '../../../records.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM, type EngineSteps, type Made, type Move } from './engine-steps.ts';
import type { FoundMove } from './find-moves.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { BAG, inboxPlace, nodePlace, SERVICES } from './layout.ts';
import type { Learner } from './lesson.ts';
import { FIRST_CHECK, type Outcome } from './outcome.ts';
import type { Frame, InboxPart, NodePart, WorldParts } from './parts.ts';
import type { RowChange } from './row-change.ts';
import { countOf, nextScript } from './script.ts';

const NOTHING = 0;
/** A node, a batch, and classes of streams. */
const SEND_WORDS = 3;

export class RememberedSteps {
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #steps: EngineSteps;
  readonly #again: Learner | null;
  readonly #nodes: number;
  /** What leaves in one step for one receiver, in order. Number 0 is nothing. */
  readonly #batches = new Parts<string>(String);
  /** By node, or by service: the place of a list of outcomes; one that is null depends on more. */
  readonly #memories: readonly KeyTable[];
  readonly #outcomes: (readonly Outcome[] | null)[] = [];
  /** Outcomes that have a number. */
  #learned = 0;
  /** What a receiver's inbox, or the bag, is after something was taken and something came. */
  readonly #inboxes: readonly KeyTable[];
  readonly #bags = new KeyTable();
  readonly #tuples = new KeyTable();
  readonly #plans = new Parts<unknown>(hashState);
  readonly #filteredBatches = new KeyTable();
  /** What was learned in this state: the rows that the engine made of it. */
  readonly #fresh = new Map<Outcome, Row>();
  #planNumber = 0;
  #row: Readonly<Row> = new Int32Array(0);
  #frame: Frame;
  #nowNumber = 0;

  /** @param again who looks at steps again. Null: nobody does, as all of a state counts */
  constructor(steps: EngineSteps, parts: WorldParts, judges: Judges, again: Learner | null = null) {
    const { nodes, services } = steps.engine;
    this.#parts = parts;
    this.#judges = judges;
    this.#steps = steps;
    this.#again = again;
    this.#nodes = nodes.length;
    this.#memories = [...nodes, ...services].map(() => new KeyTable());
    this.#inboxes = nodes.map(() => new KeyTable());
    this.#batches.numberOf('');
    this.#frame = parts.frames.valueOf(0);
  }

  get bytes(): number {
    const tables = [...this.#memories, ...this.#inboxes, this.#bags, this.#tuples];
    return tables.reduce((sum, table) => sum + table.bytes, 0);
  }

  /** The steps asked for from now on are made in this state. */
  begin(row: Readonly<Row>, frame: Frame, nowNumber: number): void {
    this.#row = row;
    this.#frame = frame;
    this.#nowNumber = nowNumber;
    if (this.#fresh.size > 0) this.#fresh.clear();
    if (this.#steps.engine.settings.faults?.filter !== undefined) this.#planNumber = this.#plans.numberOf(frame.plan);
  }

  /** The place of what a move changes, as judges see it. */
  changedBy({ node, what, type }: FoundMove): number {
    if (type !== APPLY) return 1 + node;
    return 1 + this.#nodes + (this.#parts.items.valueOf(what - FIRST_ITEM).event.item as Call).service;
  }

  /** All outcomes of a move; null where they depend on more than is remembered. */
  outcomesOf(move: FoundMove): readonly Outcome[] | null {
    if (!move.isOfNode) return this.#findOutcomes(move);
    if (move.outcomes === undefined) move.outcomes = this.#findOutcomes(move);
    return move.outcomes;
  }

  #findOutcomes(move: FoundMove): readonly Outcome[] | null {
    const { type } = move;
    if (type === APPLY) return this.#appliedOutcomes(move);
    if (type !== -1 && type !== DELIVER && type !== ANSWER && type !== START) return null;
    const { isRunning, isSpecial } = this.#nodeAt(move.node);
    if (isRunning === (type === START) || isSpecial || !this.#isPlain(move, type)) return null;
    return this.#recall(move.node, this.#row[nodePlace(move.node)] as number, move);
  }

  #nodeAt(node: number): NodePart {
    return (this.#parts.nodes[node] as Parts<NodePart>).valueOf(this.#row[nodePlace(node)] as number);
  }

  #inboxAt(node: number): InboxPart {
    return (this.#parts.inboxes[node] as Parts<InboxPart>).valueOf(this.#row[inboxPlace(node)] as number);
  }

  #isPlain({ node, what }: Move, type: number): boolean {
    if (type === -1 || type === START) return true;
    if (type === DELIVER && this.#frame.blocked !== null) return false;
    for (const { item, isPlain } of this.#inboxAt(node).heads) if (item === what - FIRST_ITEM) return isPlain;
    return false;
  }

  #appliedOutcomes(move: Move): readonly Outcome[] | null {
    const call = this.#parts.items.valueOf(move.what - FIRST_ITEM).event.item as Call;
    const { incarnation, status } = this.#nodeAt(call.node).record;
    if (call.unanswered || incarnation !== call.incarnation || status >= DOWN) return null;
    const tuple = this.#parts.serviceTuples.valueOf(this.#row[SERVICES] as number);
    return this.#recall(this.#nodes + call.service, tuple[call.service] as number, move);
  }

  #recall(place: number, part: number, move: Move): readonly Outcome[] | null {
    const memory = this.#memories[place] as KeyTable;
    const time = move.at === this.#frame.now ? this.#nowNumber : this.#judges.times.numberOf(move.at);
    const known = memory.get(part, move.what, time);
    if (known >= 0) return this.#outcomes[known] as readonly Outcome[] | null;
    const outcomes = this.#learn(place, move);
    memory.set(part, move.what, time, this.#outcomes.push(outcomes) - 1);
    return outcomes;
  }

  // ---- The first time

  #learn(place: number, move: Move): readonly Outcome[] | null {
    const outcomes: Outcome[] = [];
    let script: readonly number[] | null = [];
    while (script !== null) {
      const made: Made = this.#steps.make(this.#row, move, script, 'twice');
      this.#again?.learn({ place, row: this.#row.slice(), move, script, mode: 'twice', made });
      const outcome = this.#outcomeOf(place, made, script);
      if (outcome === null) return null;
      outcomes.push(outcome);
      this.#fresh.set(outcome, made.row);
      script = nextScript(made.asked);
    }
    return outcomes;
  }

  /** What came of a step, if that depends on its node and input alone; null if not. */
  #outcomeOf(place: number, made: Made, script: readonly number[]): Outcome | null {
    if (made.asked.some(({ sort }) => sort !== 'chance')) return null;
    const chances = countOf(made.asked, 'chance');
    const nothing = {
      number: this.#learned++,
      script,
      chances,
      sends: [],
      calls: NOTHING,
      seen: [],
      uses: 0,
      nextCheck: FIRST_CHECK,
    };
    if (made.wrong !== null) return { ...nothing, part: 0, wrong: made.wrong };
    return place < this.#nodes ? this.#stepOutcome(place, made, nothing) : this.#applyOutcome(place, made, nothing);
  }

  /** A step that ends its process does more than to change its node and to send. */
  #stepOutcome(node: number, made: Made, nothing: Omit<Outcome, 'part' | 'wrong'>): Outcome | null {
    const { observations } = this.#judges;
    const at = made.seen.findIndex(({ observation }) => observations.valueOf(observation).kind === 'stepped');
    const stepped = observations.valueOf(made.seen[at]?.observation ?? 0);
    if (at < 0 || stepped.kind !== 'stepped' || stepped.effects.some(({ effect }) => effect === 'halt')) return null;
    const batches = new Batches(this.#steps.engine, node, stepped.incarnation);
    for (const effect of stepped.effects) batches.add(effect);
    const seen = made.seen.slice(0, at + 1);
    return {
      ...nothing,
      part: made.row[nodePlace(node)] as number,
      sends: batches.sends((text) => this.#batches.numberOf(text)),
      calls: this.#batches.numberOf(batches.calls()),
      seen: seen.map(({ observation, values }) => ({ observation, part: values[1 + node] as number })),
      wrong: null,
    };
  }

  #applyOutcome(place: number, made: Made, nothing: Omit<Outcome, 'part' | 'wrong'>): Outcome {
    const part = this.#parts.serviceTuples.valueOf(made.row[SERVICES] as number)[place - this.#nodes] as number;
    const seen = made.seen.map(({ observation, values }) => ({ observation, part: values[1 + place] as number }));
    const said = seen.map(({ observation }) => observation).join();
    const sends: number[] = [];
    for (let node = 0; node < this.#nodes; node++) {
      if (made.row[inboxPlace(node)] === this.#row[inboxPlace(node)]) continue;
      const batch = this.#batches.numberOf(`answers ${said} at ${this.#dueIn(node, made.row).join()}`);
      sends.push(node, batch, 0);
    }
    return { ...nothing, part, sends, seen, wrong: null };
  }

  /** When answers come that do not come at once: the same answer may come at several moments. */
  #dueIn(node: number, row: Readonly<Row>): readonly number[] {
    const { items } = this.#parts;
    const inboxes = this.#parts.inboxes[node] as Parts<InboxPart>;
    const before = new Set(inboxes.valueOf(this.#row[inboxPlace(node)] as number).timed);
    const { timed } = inboxes.valueOf(row[inboxPlace(node)] as number);
    return timed.filter((item) => !before.has(item)).map((item) => items.valueOf(item).time);
  }

  // ---- What it comes to

  /**
   * Sets what an outcome changes of the state, but for the frame and what judges think.
   *
   * @param change of nothing
   * @returns false where more happens than is remembered: then the change is not to be used
   */
  write(move: FoundMove, outcome: Outcome, change: RowChange): boolean {
    if (outcome.wrong !== null || this.#bringsTime(move)) return false;
    const { type } = move;
    if (type !== APPLY && this.#sendsToSpecial(move.node, outcome)) return false;
    const isFromBag = type === APPLY || type === START;
    const taker = type === -1 || isFromBag ? -1 : move.node;
    const isKnown = this.#send(move, outcome, taker, change) && this.#call(move, outcome.calls, isFromBag, change);
    if (!isKnown) this.#learnFlow(move, outcome, taker, change);
    if (type === APPLY) change.set(SERVICES, this.#tupleWith(this.changedBy(move) - 1 - this.#nodes, outcome.part));
    else change.set(nodePlace(move.node), outcome.part);
    return true;
  }

  /** The clock moves, and something else that had to wait can happen at any moment from then on. */
  #bringsTime({ at, what }: Move): boolean {
    if (at === this.#frame.now) return false;
    const isDue = (item: number): boolean => {
      const { time } = this.#parts.items.valueOf(item);
      return item !== what - FIRST_ITEM && time > 0 && time <= at;
    };
    if (this.#parts.bags.valueOf(this.#row[BAG] as number).some(isDue)) return true;
    for (let node = 0; node < this.#nodes; node++) if (this.#inboxAt(node).timed.some(isDue)) return true;
    return false;
  }

  /** What inboxes are afterwards; false if that is not known. @param taker the node that takes the move out of its inbox, or -1 */
  #send(move: FoundMove, { sends }: Outcome, taker: number, change: RowChange): boolean {
    let isTaken = taker < 0;
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      const after = this.#inboxAfter(to, to === taker ? move.what : 0, sends[at + 1] as number);
      if (after < 0) return false;
      change.set(inboxPlace(to), after);
      if (to === taker) isTaken = true;
    }
    if (isTaken) return true;
    if (move.left < 0) move.left = this.#inboxAfter(taker, move.what, NOTHING);
    if (move.left >= 0) change.set(inboxPlace(taker), move.left);
    return move.left >= 0;
  }

  /** -1 if it is not known. */
  #inboxAfter(node: number, taken: number, batch: number): number {
    const inbox = this.#row[inboxPlace(node)] as number;
    return (this.#inboxes[node] as KeyTable).get(inbox, taken, this.#filtered(batch));
  }

  /** A plan with a filter may let something else travel than was sent. */
  #filtered(batch: number): number {
    if (batch === NOTHING || this.#steps.engine.settings.faults?.filter === undefined) return batch;
    const known = this.#filteredBatches.get(batch, this.#planNumber, 0);
    if (known >= 0) return known;
    const number = this.#batches.numberOf(`${this.#batches.valueOf(batch)} under ${this.#planNumber}`);
    this.#filteredBatches.set(batch, this.#planNumber, 0, number);
    return number;
  }

  /** What the bag is afterwards; false if that is not known. */
  #call(move: FoundMove, calls: number, isFromBag: boolean, change: RowChange): boolean {
    if (calls === NOTHING && !isFromBag) return true;
    const bag = calls === NOTHING && move.left >= 0 ? move.left : this.#bagAfter(isFromBag ? move.what : 0, calls);
    if (calls === NOTHING) move.left = bag;
    if (bag >= 0) change.set(BAG, bag);
    return bag >= 0;
  }

  /** -1 if it is not known. */
  #bagAfter(taken: number, calls: number): number {
    return this.#bags.get(this.#row[BAG] as number, taken, calls);
  }

  /** What is sent does more than to lie behind the others. */
  #sendsToSpecial(node: number, { sends }: Outcome): boolean {
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      const { specialSlots } = this.#inboxAt(to);
      if (specialSlots.size === 0) continue;
      const classes = sends[at + 2] as number;
      const slot = (node * this.#nodes + to) * 2;
      if (((classes & 1) !== 0 && specialSlots.has(slot)) || ((classes & 2) !== 0 && specialSlots.has(slot + 1)))
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

  /** The engine sends what the step sends, and what it makes of inboxes and the bag is kept. */
  #learnFlow(move: Move, outcome: Outcome, taker: number, change: RowChange): void {
    const { sends, calls } = outcome;
    const fresh = this.#fresh.get(outcome);
    const { inboxes, bag } = fresh === undefined ? this.#flowAfter(move, outcome) : this.#flowIn(fresh);
    const learn = (to: number, taken: number, batch: number): void => {
      const after = inboxes[to] as number;
      (this.#inboxes[to] as KeyTable).set(this.#row[inboxPlace(to)] as number, taken, this.#filtered(batch), after);
    };
    let isTaken = taker < 0;
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      learn(to, to === taker ? move.what : 0, sends[at + 1] as number);
      if (to === taker) isTaken = true;
    }
    if (!isTaken) learn(taker, move.what, NOTHING);
    const fromBag = taker < 0 && move.what >= FIRST_ITEM ? move.what : 0;
    this.#bags.set(this.#row[BAG] as number, fromBag, calls, bag);
    change.clear();
    for (let node = 0; node < this.#nodes; node++) change.set(inboxPlace(node), inboxes[node] as number);
    change.set(BAG, bag);
  }

  #flowAfter(move: Move, { script, seen }: Pick<Outcome, 'script' | 'seen'>): ReturnType<EngineSteps['flowAfter']> {
    const last = seen.at(-1);
    const observation = last === undefined ? null : this.#judges.observations.valueOf(last.observation);
    if (observation?.kind === 'stepped') return this.#steps.flowAfter(this.#row, move, observation.effects);
    return this.#flowIn(this.#steps.make(this.#row, move, script, 'plain').row);
  }

  #flowIn(row: Readonly<Row>): ReturnType<EngineSteps['flowAfter']> {
    return { inboxes: this.#parts.inboxes.map((_, node) => row[inboxPlace(node)] as number), bag: row[BAG] as number };
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
