// Steps that the engine makes: a world is put together from a row, one event happens in it, and it is taken apart again. The rules of the world
// are in the engine alone; whoever remembers steps has them from here.
import { must } from '../../../../core/base/assert.ts';
import type { Effect } from '../../../../core/base/outbox.ts';
import { clockOf } from '../../../clocks.ts';
import { forkEngine, ownNode } from '../../../engine.ts';
import type { Engine } from '../../../engine.ts';
import type { HeapEntry } from '../../../event-heap.ts';
import { hearingOf } from '../../../hearing.ts';
import { describeThrown } from '../../../judge-run.ts';
import { stepOut, takeOnly } from '../../../loop.ts';
import { routeEffects } from '../../../nodes.ts';
import type { Observation, Oracle, TimeUs } from '../../../observation.ts';
import { DOWN, RUNNING } from '../../../records.ts';
import type { NodeRecord, ServiceRecord, SimEvent } from '../../../records.ts';
import { viewOf } from '../../../world.ts';
import type { Row } from '../transition-system.ts';
import type { Judges, Seen } from './judges.ts';
import { BAG, FRAME, inboxPlace, nodePlace, SERVICES } from './layout.ts';
import { SHARED, type InboxPart, type NodePart, type Used, type WorldParts } from './parts.ts';
import { countOf, type Asked, type ScriptDecisions } from './script.ts';

/** A deadline of a node; something that it does by itself; or the number of an item, plus `FIRST_ITEM`. */
export const WAKES = 0;
export const WORKS = 1;
export const FIRST_ITEM = 2;

/** What can happen next. */
export interface Move {
  readonly what: number;
  /** The node that takes it; of a request to a service, that which sent it. */
  readonly node: number;
  /** World time at which it happens. */
  readonly at: TimeUs;
}

/**
 * `plain`: no fault strikes, and the script is about all other questions. `unseen`: and nobody notes what is seen. `twice`: and its machine makes the step twice;
 * what differs is wrong.
 */
export type StepMode = 'any' | 'plain' | 'unseen' | 'twice';

/** A node, or behind all nodes a service, is in a step what it is not in the row. */
export interface Instead {
  readonly place: number;
  readonly value: NodePart | ServiceRecord;
}

/** What an engine made of a move. */
export interface Made {
  /** What the script is about. */
  readonly asked: readonly Asked[];
  /** Every answer, in the order of the questions: a script for any mode. */
  readonly answers: readonly number[];
  /** The state after it, but for what the judges think. */
  readonly row: Row;
  readonly seen: readonly Seen[];
  /** What a machine did that it must not do, or null. */
  readonly wrong: string | null;
}

/** What a node was found to be, and by what that can be told to hold still. */
type Hint = Pick<
  NodeRecord,
  'state' | 'status' | 'incarnation' | 'pausedUntil' | 'isGone' | 'clock' | 'cuts' | 'wakeAtMs'
> & { readonly number: number; readonly waiting: number };

function isSame(hint: Hint, record: NodeRecord): boolean {
  return (
    hint.state === record.state &&
    hint.status === record.status &&
    hint.incarnation === record.incarnation &&
    hint.pausedUntil === record.pausedUntil &&
    hint.isGone === record.isGone &&
    hint.clock === record.clock &&
    hint.cuts === record.cuts &&
    hint.wakeAtMs === record.wakeAtMs &&
    hint.waiting === record.queue.length - record.queueHead
  );
}

const SAMPLED_EVENTS = 0; // a step of the first events is made twice, and compared
const UNSAMPLED_EVENTS = 129;

export class EngineSteps {
  readonly #template: Engine;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #decisions: ScriptDecisions;
  readonly #seen: Seen[] = [];
  #notes = true;
  /** The state in which the step is made; null: none was. */
  #before: Readonly<Row> | null = null;
  #engine: Engine;
  #steps = 0;
  /** What nodes were found to be in the event that happens. */
  readonly #hints = new Map<NodeRecord, Hint>();

  constructor(engine: Engine, parts: WorldParts, judges: Judges, decisions: ScriptDecisions) {
    this.#parts = parts;
    this.#judges = judges;
    this.#decisions = decisions;
    this.#template = watched(engine, (observation) => this.#note(observation));
    this.#engine = this.#template;
  }

  /** How many were made. */
  get count(): number {
    return this.#steps;
  }

  /** Those of another process are counted as well. */
  countBefore(steps: number): void {
    this.#steps += steps;
  }

  get engine(): Engine {
    return this.#template;
  }

  /** The row of an engine, but for what the judges think. */
  rowOf(engine: Engine, used: Used, row: Row): void {
    const parts = this.#parts;
    const { inboxes, bag } = parts.flowOf(engine);
    row[FRAME] = parts.frameOf(engine, used);
    row[BAG] = bag;
    row[SERVICES] = parts.serviceTuples.numberOf(engine.services.map((record) => parts.serviceOf(record)));
    engine.nodes.forEach((record, node) => {
      row[nodePlace(node)] = this.#nodeOf(record);
      row[inboxPlace(node)] = inboxes[node] as number;
    });
  }

  /** Lets a move happen. */
  make(row: Readonly<Row>, move: Move, script: readonly number[], mode: StepMode, instead?: Instead): Made {
    this.#steps += 1;
    this.#before = row;
    const engine = this.#engineAt(row);
    if (instead !== undefined) putInstead(engine, instead);
    if (this.#parts.pinsWallClocks) pinWallClock(engine, move);
    const sequence = this.#put(engine, row, move);
    engine.events = mode === 'twice' ? SAMPLED_EVENTS : UNSAMPLED_EVENTS;
    this.#seen.length = 0;
    this.#notes = mode !== 'unseen';
    this.#hints.clear();
    this.#engine = engine;
    this.#decisions.follow(script, mode !== 'any');
    stepOut(engine, sequence);
    const asked = this.#decisions.asked();
    const wrong = wrongOf(engine);
    return {
      asked,
      answers: this.#decisions.answers(),
      row: this.#rowAfter(row, engine, asked, wrong !== null),
      seen: this.#seen.slice(),
      wrong,
    };
  }

  /** Behind a wrong step nothing is looked at, but it uses up bounds like any other. */
  #rowAfter(row: Readonly<Row>, engine: Engine, asked: readonly Asked[], isWrong: boolean): Row {
    const frame = this.#parts.frames.valueOf(row[FRAME] as number);
    const chances = frame.used.chances + countOf(asked, 'chance');
    const used = { ...frame.used, chances, fates: frame.used.fates + countOf(asked, 'fate') };
    const after = row.slice();
    if (isWrong) after[FRAME] = this.#parts.frames.numberOf({ ...frame, used });
    else this.rowOf(engine, used, after);
    return after;
  }

  /** What is on its way after a move, of which is known what the node sends. Its machine is not asked again. */
  flowAfter(row: Readonly<Row>, move: Move, effects: readonly Effect[]): ReturnType<WorldParts['flowOf']> {
    const engine = this.#engineAt(row);
    const sequence = this.#put(engine, row, move);
    this.#notes = false;
    this.#decisions.follow([], true);
    takeOnly(engine, sequence);
    const node = ownNode(engine, move.node);
    if (node.status >= DOWN) node.incarnation += 1; // it starts
    node.status = RUNNING;
    node.busyUntil = engine.now;
    engine.out.effects.push(...effects);
    routeEffects(engine, node);
    engine.out.clear();
    return this.#parts.flowOf(engine);
  }

  #note(observation: Observation): void {
    if (!this.#notes) return;
    if (observation.kind === 'stepped' || observation.kind === 'started') this.#forget(observation.node);
    const before = this.#seen.at(-1)?.values;
    const values = before !== undefined && !changesStates(observation) ? before : this.valuesOf(this.#engine);
    this.#seen.push({ observation: this.#judges.observations.numberOf(observation), values });
  }

  /** The machine has made a step. */
  #forget(address: string): void {
    const index = this.#engine.settings.indexes.get(address);
    if (index !== undefined) this.#hints.delete(this.#engine.nodes[index] as NodeRecord);
  }

  /** A node is looked at several times in an event, and changes between by steps or as a whole. */
  #nodeOf(record: NodeRecord): number {
    const hint = this.#hints.get(record);
    if (hint !== undefined && isSame(hint, record)) return hint.number;
    const number = this.#parts.nodeOf(record, this.#before?.[nodePlace(record.fixed.index)]);
    const { state, status, incarnation, pausedUntil, isGone, clock, cuts, queue, queueHead, wakeAtMs } = record;
    const waiting = queue.length - queueHead;
    this.#hints.set(record, {
      number,
      state,
      status,
      incarnation,
      pausedUntil,
      isGone,
      clock,
      cuts,
      waiting,
      wakeAtMs,
    });
    return number;
  }

  /** Part numbers as judges see them. */
  valuesOf({ now, nodes, services }: Engine): Int32Array {
    return Int32Array.from([
      this.#judges.times.numberOf(now),
      ...nodes.map((record) => this.#nodeOf(record)),
      ...services.map((record) => this.#parts.serviceOf(record)),
    ]);
  }

  #engineAt(row: Readonly<Row>): Engine {
    const parts = this.#parts;
    const engine = forkEngine(this.#template, viewOf);
    const { now, plan, blocked } = parts.frames.valueOf(row[FRAME] as number);
    engine.now = now;
    engine.plan = plan;
    engine.planOwner = SHARED;
    engine.blocked = blocked === null ? null : Float64Array.from(blocked);
    engine.violations.length = 0;
    engine.thrown = null;
    const services = parts.serviceTuples.valueOf(row[SERVICES] as number);
    services.forEach((number, index) => (engine.services[index] = parts.services.valueOf(number)));
    engine.links.length = 0;
    engine.nodes.forEach((_, node) => {
      engine.nodes[node] = must(parts.nodes[node], 'a node').valueOf(row[nodePlace(node)] as number).record;
    });
    return engine;
  }

  /** Fills the heap with everything that is on its way. Returns the sequence number of the event that the move is. */
  #put(engine: Engine, row: Readonly<Row>, move: Move): number {
    const filler = new HeapFiller(engine, this.#parts, move);
    for (const item of this.#parts.bags.valueOf(row[BAG] as number)) filler.addItem(item);
    engine.nodes.forEach((record, node) => {
      filler.addInbox(must(this.#parts.inboxes[node], 'an inbox').valueOf(row[inboxPlace(node)] as number));
      filler.addNode(record, node);
    });
    return filler.fill();
  }
}

function putInstead(engine: Engine, { place, value }: Instead): void {
  const { length } = engine.nodes;
  if (place < length) engine.nodes[place] = (value as NodePart).record;
  else engine.services[place - length] = value as ServiceRecord;
}

/** Whatever the monotonic clock will show, the wall clock shows the same as always. */
function pinWallClock(engine: Engine, { node, at }: Move): void {
  const record = must(engine.nodes[node], 'a node');
  const clock = { ...record.clock, wallAheadMs: 0 - clockOf({ ...engine, now: at }, record) };
  engine.nodes[node] = { ...record, clock };
}

/** What the world does to messages changes nothing that judges look at. */
function changesStates({ kind }: Observation): boolean {
  return kind !== 'lost' && kind !== 'connection-broke' && kind !== 'fault';
}

/** The engine with one onlooker, and with nobody who reads traces. */
function watched(engine: Engine, note: (observation: Observation) => void): Engine {
  const observe: Oracle['observe'] = (_, observation) => note(observation);
  const recorder: Oracle = { name: 'recorder', create: () => null, observe, finish: () => {} };
  const oracles = [recorder];
  const hearing = hearingOf(oracles);
  const settings = { ...engine.settings, oracles, hearing, observed: true, trace: null, onEvent: null, twice: true };
  const owner = {};
  const record = { owner, state: null, isSilent: false, oracle: recorder, observe, violate: () => {} };
  return { ...engine, settings, oracles: [record] };
}

function wrongOf({ thrown, violations }: Engine): string | null {
  if (thrown !== null) return describeThrown(thrown);
  const [violation] = violations;
  return violation === undefined ? null : `${violation.oracle}: ${violation.text}`;
}

class HeapFiller {
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #move: Move;
  readonly #entries: HeapEntry<SimEvent>[] = [];
  #sequence = 0;
  #found = -1;

  constructor(engine: Engine, parts: WorldParts, move: Move) {
    this.#engine = engine;
    this.#parts = parts;
    this.#move = move;
  }

  addItem(item: number): void {
    const { event, time } = this.#parts.items.valueOf(item);
    if (this.#found < 0 && item === this.#move.what - FIRST_ITEM) this.#found = this.#sequence;
    this.#add(time, event);
  }

  addInbox({ links, self, answers }: InboxPart): void {
    for (const { record, flying, held } of links) {
      const times = flying.map((item) => this.#parts.items.valueOf(item).time);
      this.#engine.links[record.fixed.slot] = {
        ...record,
        owner: SHARED,
        lastArrivalAt: Math.max(0, ...times),
        lineFreeAt: 0,
        held: held.map((item) => ({ sequence: this.#nextSequence(), event: this.#parts.items.valueOf(item).event })),
      };
      flying.forEach((item) => this.addItem(item));
    }
    self.forEach((item) => this.addItem(item));
    answers.forEach((item) => this.addItem(item));
  }

  addNode({ status, fixed, turnPending, wakeEventAt }: NodeRecord, node: number): void {
    const isMoved = this.#move.node === node;
    if (status !== RUNNING) return;
    if (turnPending) {
      if (isMoved && this.#move.what === WORKS) this.#found = this.#sequence;
      this.#add(0, fixed.turn);
    }
    if (wakeEventAt === Number.POSITIVE_INFINITY) return;
    if (isMoved && this.#move.what === WAKES) this.#found = this.#sequence;
    this.#add(wakeEventAt, fixed.wake);
  }

  #nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence - 1;
  }

  #add(time: TimeUs, event: SimEvent): void {
    this.#entries.push({ time, sequence: this.#nextSequence(), event });
  }

  fill(): number {
    const { heap, links } = this.#engine;
    for (let slot = 0; slot < links.length; slot++) if (!(slot in links)) links[slot] = undefined;
    heap.replace(this.#entries.sort((one, other) => one.time - other.time || one.sequence - other.sequence));
    this.#engine.sequence = this.#sequence;
    return this.#found;
  }
}
