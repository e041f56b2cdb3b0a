// All states in which one node or service may be, whatever the others do: each with what it has taken and sent so far, and with what must have happened
// before. What one sends is what others may take, once it can have been sent; so all are found together, until nothing new comes.
import { ANSWER, APPLY, PAUSED, START } from '../../../../records.ts';
import type { TimeUs } from '../../../../observation.ts';
import { FIRST_ITEM, WAKES, WORKS } from '../engine-steps.ts';
import { BAG, FRAME, inboxPlace, nodePlace, SERVICES } from '../layout.ts';
import type { NodePart, WorldParts } from '../parts.ts';
import type { Row } from '../../transition-system.ts';
import { ForesightError } from './foresight-error.ts';
import { Lattice, Mask, withMark, withStream, type Knowledge } from './knowledge.ts';
import type { Actor, LocalStep, LocalSteps } from './local-steps.ts';

/** A state of an actor, and how it stands to others. */
export interface LocalState {
  readonly number: number;
  readonly actor: Actor;
  readonly part: number;
  /** Sets (`#sets`): what it took besides messages, what it sent besides messages, and which of its steps judges remember. */
  readonly taken: number;
  readonly sent: number;
  readonly told: number;
  /** By its streams: how far it took, and sent. */
  readonly ins: Int32Array;
  readonly outs: Int32Array;
  /** Histories that lead to it: in each, what it sent itself is the same. */
  readonly histories: Knowledge[];
  /** By what happens: the number of the state behind it; WRONG: a machine does what it must not do. */
  readonly next: Map<number, number>;
}

export const WRONG = -1;
const STATES_MAX = 20_000;
const NO_SET = 0;
const UNSEEN = -1;
/** No judge remembers it. */
export const NO_MARK = -1;

/** Numbers of streams that an actor takes from, and sends on. */
interface Streams {
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

/** What judges see of a step, by which they may remember it. */
export interface StepClass {
  readonly number: number;
  readonly actor: Actor;
  readonly observations: readonly number[];
  /** What its actor is whenever something is seen. */
  readonly parts: Map<string, readonly number[]>;
  /** What must have happened before, and that it happened, if it is one of those that judges remember. */
  readonly histories: Knowledge[];
}

export class LocalStates {
  readonly all: LocalState[] = [];
  readonly actors: number;
  readonly classes: StepClass[] = [];
  readonly lattice: Lattice;
  readonly #steps: LocalSteps;
  readonly #parts: WorldParts;
  readonly #nodes: number;
  readonly #now: TimeUs;
  readonly #remembered: ReadonlySet<string>;
  readonly #numbers = new Map<string, number>();
  readonly #classNumbers = new Map<string, number>();
  /** By state and what happens. */
  readonly #classOf = new Map<number, Map<number, number>>();
  readonly #sets: ReadonlyMap<string, number>[] = [new Map()];
  readonly #setNumbers = new Map<string, number>([['', NO_SET]]);
  /** By place of a stream: what must have happened before it was sent so far; undefined: it never is. */
  readonly #sendable: (Knowledge[] | undefined)[] = [];
  /** By actor, what may come in any order. */
  readonly #loose: readonly Map<number, Knowledge[]>[];
  /** Requests, answers and starts that are on their way from the beginning. */
  readonly #early = new Set<number>();
  /** By actor. */
  readonly #streams: readonly Streams[];
  readonly #own: readonly Mask[];
  /** By actor: rises when something new may come to it. */
  readonly #news: number[];
  /** By state: the news that it has seen; UNSEEN: it has to be looked at. */
  readonly #seen: number[] = [];

  /** @param remembered keys of classes that judges remember (`keyOfClass`) */
  constructor(steps: LocalSteps, parts: WorldParts, first: Readonly<Row>, remembered: ReadonlySet<string>) {
    this.#steps = steps;
    this.#parts = parts;
    this.#nodes = parts.nodes.length;
    this.#remembered = remembered;
    this.#now = parts.frames.valueOf(first[FRAME] as number).now;
    const services = parts.serviceTuples.valueOf(first[SERVICES] as number);
    this.actors = this.#nodes + services.length;
    this.lattice = new Lattice(steps.streams);
    this.#loose = Array.from({ length: this.actors }, () => new Map());
    this.#own = Array.from({ length: this.actors }, () => new Mask());
    this.#news = Array.from({ length: this.actors }, () => 0);
    this.#streams = Array.from({ length: this.actors }, (_, actor) => this.#streamsOf(actor));
    this.#begin(first, services);
  }

  #streamsOf(actor: Actor): Streams {
    if (actor >= this.#nodes) return { ins: [], outs: [] };
    const self = this.#steps.streamToSelf(actor);
    const slots = Array.from({ length: this.#nodes * 2 }, (_, at) => [at >> 1, at & 1] as const);
    return {
      ins: [...slots.map(([from, kind]) => (from * this.#nodes + actor) * 2 + kind), self],
      outs: [...slots.map(([to, kind]) => (actor * this.#nodes + to) * 2 + kind), self],
    };
  }

  #begin(first: Readonly<Row>, services: readonly number[]): void {
    let before = this.lattice.nothing();
    const sent = (stream: number, item: number): void => {
      const place = this.lattice.after(before.streams[stream] as number, item);
      before = withStream(before, stream, place);
      this.#sendable[place] = [this.lattice.nothing()];
    };
    const comes = (actor: Actor, item: number): void => {
      this.#loose[actor]?.set(item, [this.lattice.nothing()]);
      this.#early.add(item);
    };
    for (let node = 0; node < this.#nodes; node++) {
      const inboxes = this.#parts.inboxes[node] as WorldParts['inboxes'][number];
      const { links, self, answers } = inboxes.valueOf(first[inboxPlace(node)] as number);
      for (const { record, flying, held } of links) {
        if (held.length > 0) throw new ForesightError('a partition lasts');
        for (const item of flying) sent(record.fixed.slot, item);
      }
      for (const item of self) sent(this.#steps.streamToSelf(node), item);
      for (const item of answers) comes(node, item);
    }
    for (const item of this.#parts.bags.valueOf(first[BAG] as number)) comes(this.#takerOf(item), item);
    for (let actor = 0; actor < this.actors; actor++) {
      const { ins, outs } = this.#streams[actor] as Streams;
      const part = actor < this.#nodes ? first[nodePlace(actor)] : services[actor - this.#nodes];
      const own = this.lattice.nothing();
      for (const stream of outs) own.streams[stream] = before.streams[stream] as number;
      const state = { actor, part: part as number, taken: NO_SET, sent: NO_SET, told: NO_SET };
      this.#reach({ ...state, ins: Int32Array.from(ins), outs: outsOf(own, outs) }, [own]);
    }
  }

  #takerOf(item: number): Actor {
    const { event } = this.#parts.items.valueOf(item);
    if (event.type === APPLY) return this.#nodes + (event.item as { readonly service: number }).service;
    if (event.type === START || event.type === ANSWER) return event.node;
    throw new ForesightError('something other than steps happens');
  }

  /** Finds all, in pieces. */
  *find(): Generator<null, void, void> {
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (let number = 0; number < this.all.length; number++) {
        const state = this.all[number] as LocalState;
        const news = this.#news[state.actor] as number;
        if (this.#seen[number] === news) continue;
        this.#seen[number] = news;
        isDone = false;
        this.#expand(state);
        yield null;
      }
    }
  }

  #expand(state: LocalState): void {
    const { actor, part, ins, histories } = state;
    const node = actor < this.#nodes ? (this.#parts.nodes[actor]?.valueOf(part) as NodePart) : null;
    if (node !== null && (node.isSpecial || node.record.status === PAUSED))
      throw new ForesightError('what comes waits in a queue');
    if (node !== null && node.dueUs <= this.#now) return this.#take(state, WAKES, histories);
    if (node?.hasWork === true) this.#take(state, WORKS, histories);
    for (const [at, place] of ins.entries())
      for (const follower of this.lattice.followers(place)) this.#takeMessage(state, at, follower, node);
    for (const [item, known] of this.#loose[actor] as Map<number, Knowledge[]>) this.#takeLoose(state, item, known);
  }

  #takeMessage(state: LocalState, at: number, place: number, node: NodePart | null): void {
    const histories = this.#joined(state, this.#sendable[place] ?? []);
    if (histories.length === 0) return;
    if (node?.isRunning !== true) throw new ForesightError('a message comes to a process that is down');
    this.#take({ ...state, ins: state.ins.with(at, place) }, FIRST_ITEM + this.lattice.itemAt(place), histories);
  }

  #takeLoose(state: LocalState, item: number, known: readonly Knowledge[]): void {
    if ((this.#sets[state.taken] as ReadonlyMap<string, number>).has(this.groupOf(item))) return;
    const histories = this.#joined(state, known);
    if (histories.length > 0)
      this.#take({ ...state, taken: this.#with(state.taken, this.groupOf(item), item) }, FIRST_ITEM + item, histories);
  }

  /** Histories that lead to a state, and to something that may come there; it comes only if all that it needs was sent. */
  #joined({ actor, histories }: LocalState, known: readonly Knowledge[]): Knowledge[] {
    const own = histories[0] as Knowledge;
    const joined: Knowledge[] = [];
    for (const one of known) {
      if (!this.isSent(actor, one, own)) continue;
      for (const history of histories) {
        const both = this.lattice.join(history, one);
        if (both !== null) this.lattice.add(joined, both);
      }
    }
    return joined;
  }

  /** The actor has sent all that is needed. @param own what it has sent, among others */
  isSent(actor: Actor, needed: Knowledge, own: Knowledge): boolean {
    const { outs } = this.#streams[actor] as Streams;
    return (
      (this.#own[actor] as Mask).isWithin(needed, own) &&
      outs.every((stream) => this.lattice.isBefore(needed.streams[stream] as number, own.streams[stream] as number))
    );
  }

  /** @param state with what it takes already taken. @param histories of it before the step */
  #take(state: LocalState, what: number, histories: readonly Knowledge[]): void {
    const { number, actor, part } = state;
    const { next } = this.all[number] as LocalState;
    const step = this.#steps.of(actor, part, what);
    if (step.wrong !== null) {
      next.set(what, WRONG);
      return;
    }
    const sent = this.#send(state, step);
    const known = this.#learnClass(state, what, step);
    const told = known.mark < 0 ? state.told : this.#with(state.told, known.key, known.mark);
    const { outs } = this.#streams[actor] as Streams;
    const after = histories.map((history) => {
      let more = history;
      for (const [stream, place] of sent.places) more = withStream(more, stream, place);
      for (const mark of sent.marks) more = withMark(more, mark);
      return known.mark < 0 ? more : withMark(more, known.mark);
    });
    for (const history of after) this.lattice.add((this.classes[known.number] as StepClass).histories, history);
    this.#offer(step, sent.sendable, after);
    const first = after[0] as Knowledge;
    next.set(what, this.#reach({ ...state, part: step.part, sent: sent.set, told, outs: outsOf(first, outs) }, after));
  }

  #send({ actor, sent, outs }: LocalState, { sends, requests, answers }: LocalStep): Sent {
    const places: [number, number][] = [];
    const sendable: number[] = [];
    for (const [stream, items] of sends) {
      const at = (this.#streams[actor] as Streams).outs.indexOf(stream);
      if (at < 0) throw new ForesightError('somebody sends for another');
      let place = outs[at] as number;
      for (const item of items) sendable.push((place = this.lattice.after(place, item)));
      places.push([stream, place]);
    }
    let set = sent;
    const marks: number[] = [];
    for (const item of [...requests, ...answers.flatMap(([, items]) => items)]) {
      const group = this.groupOf(item);
      set = this.#with(set, group, item);
      marks.push(this.#markOf(actor, `item ${item}`, `${actor} ${group}`));
    }
    return { set, places, sendable, marks };
  }

  /** What an actor sent, and which of its steps judges remember. */
  ownOf(actor: Actor): Mask {
    return this.#own[actor] as Mask;
  }

  /** The mark of a class that judges remember. */
  markOfClass(told: StepClass): number {
    const key = keyOfClass(told);
    return this.#remembered.has(key) ? this.lattice.markOf(key, key) : NO_MARK;
  }

  #markOf(actor: Actor, name: string, group: string): number {
    const mark = this.lattice.markOf(name, group);
    (this.#own[actor] as Mask).add(mark);
    return mark;
  }

  /** Of requests and answers with the same number there is one of each in a run. */
  groupOf(item: number): string {
    const { type, node, item: what } = this.#parts.items.valueOf(item).event;
    if (type === START) return 'start';
    if (type !== APPLY && type !== ANSWER) throw new ForesightError('something other than steps happens');
    return `${node} ${(what as { readonly id: number }).id}`;
  }

  #with(set: number, group: string, value: number): number {
    const before = this.#sets[set] as ReadonlyMap<string, number>;
    if (before.has(group)) throw new ForesightError(`the same happens twice: ${group}`);
    const after = new Map([...before, [group, value]]);
    const key = [...after]
      .map(([name, one]) => `${name}=${one}`)
      .toSorted()
      .join();
    const known = this.#setNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sets.push(after) - 1;
    this.#setNumbers.set(key, number);
    return number;
  }

  #learnClass({ number, actor, part }: LocalState, what: number, step: LocalStep): ToldClass {
    const observations = step.seen.map(({ observation }) => observation);
    const key = keyOfClass({ actor, observations });
    const known = this.#classNumbers.get(key) ?? this.classes.length;
    if (known === this.classes.length) {
      this.#classNumbers.set(key, known);
      this.classes.push({ number: known, actor, observations, parts: new Map(), histories: [] });
    }
    const parts = step.seen.map(({ values }) => values[1 + actor] as number);
    (this.classes[known] as StepClass).parts.set(`${part} ${parts.join()}`, parts);
    const classes = this.#classOf.get(number) ?? new Map<number, number>();
    this.#classOf.set(number, classes.set(what, known));
    return { number: known, key, mark: this.#remembered.has(key) ? this.#markOf(actor, key, key) : NO_MARK };
  }

  /** What judges see of a step of a state. */
  classOf(state: number, what: number): StepClass {
    return this.classes[this.#classOf.get(state)?.get(what) as number] as StepClass;
  }

  /** Of what may come to a state at most one does: they are the first of one stream, or answers to one request. */
  excludes(state: LocalState, one: number, other: number): boolean {
    if (one < FIRST_ITEM || other < FIRST_ITEM) return false;
    const [left, right] = [this.#streamOf(state, one - FIRST_ITEM), this.#streamOf(state, other - FIRST_ITEM)];
    return left === right && (left >= 0 || this.groupOf(one - FIRST_ITEM) === this.groupOf(other - FIRST_ITEM));
  }

  #streamOf({ actor, ins }: LocalState, item: number): number {
    if (this.#loose[actor]?.has(item) === true) return -1;
    return ins.findIndex((place) => this.lattice.followers(place).some((one) => this.lattice.itemAt(one) === item));
  }

  /** What leaves with a step can come from now on. */
  #offer({ requests, answers }: LocalStep, sendable: readonly number[], histories: readonly Knowledge[]): void {
    for (const place of sendable) {
      const taker = this.#takerOfStream(this.lattice.streamOf(place));
      this.#addTo((this.#sendable[place] ??= []), histories, taker);
    }
    for (const item of requests) this.#offerLoose(this.#takerOf(item), item, histories);
    for (const [node, items] of answers) for (const item of items) this.#offerLoose(node, item, histories);
  }

  #takerOfStream(stream: number): Actor {
    const self = stream - this.#steps.streamToSelf(0);
    return self >= 0 ? self : (stream >> 1) % this.#nodes;
  }

  #offerLoose(actor: Actor, item: number, histories: readonly Knowledge[]): void {
    if (this.#early.has(item)) throw new ForesightError('the same is sent twice');
    const loose = this.#loose[actor] as Map<number, Knowledge[]>;
    const known = loose.get(item) ?? [];
    loose.set(item, known);
    this.#addTo(known, histories, actor);
  }

  #addTo(known: Knowledge[], histories: readonly Knowledge[], actor: Actor): void {
    for (const history of histories)
      if (this.lattice.add(known, history)) this.#news[actor] = (this.#news[actor] as number) + 1;
  }

  #reach(state: Omit<LocalState, 'number' | 'histories' | 'next'>, histories: readonly Knowledge[]): number {
    const { actor, part, taken, sent, told, ins, outs } = state;
    const key = `${actor} ${part} ${taken} ${sent} ${told} ${ins.join()} ${outs.join()}`;
    const known = this.#numbers.get(key);
    if (known === undefined) {
      const number = this.all.length;
      if (number >= STATES_MAX) throw new ForesightError('too many states');
      this.#numbers.set(key, number);
      this.#seen.push(UNSEEN);
      this.all.push({ number, actor, part, taken, sent, told, ins, outs, histories: [...histories], next: new Map() });
      return number;
    }
    const before = (this.all[known] as LocalState).histories;
    for (const history of histories) if (this.lattice.add(before, history)) this.#seen[known] = UNSEEN;
    return known;
  }
}

interface Sent {
  readonly set: number;
  /** How far streams are sent now. */
  readonly places: readonly (readonly [stream: number, place: number])[];
  /** Each place up to there. */
  readonly sendable: readonly number[];
  readonly marks: readonly number[];
}

interface ToldClass {
  readonly number: number;
  readonly key: string;
  /** NO_MARK: no judge remembers it. */
  readonly mark: number;
}

export function keyOfClass({ actor, observations }: Pick<StepClass, 'actor' | 'observations'>): string {
  return `step ${actor} ${observations.join()}`;
}

function outsOf({ streams }: Knowledge, outs: readonly number[]): Int32Array {
  return Int32Array.from(outs, (stream) => streams[stream] as number);
}
