// What a state of a world is made of, each part kept once: nodes, what is on its way to each, what services hold, and the rest. A world that the
// engine runs is made of them, and taken apart into them again; the rules of the world are the engine's alone.
import { NEVER } from '../../../../core/base/machine.ts';
import { cloneState } from '../../../../core/base/state.ts';
import { worldTimeOf } from '../../../clocks.ts';
import type { Engine } from '../../../engine.ts';
import { isHealedAt, isNews } from '../../../links.ts';
import type { TimeUs } from '../../../observation.ts';
import {
  ANSWER,
  BROKEN,
  DELIVER,
  DOWN,
  HEAL,
  NOTICE,
  OPEN,
  PAUSED,
  RESUME,
  RUNNING,
  START,
  STOP,
  TURN,
  WAKE,
} from '../../../records.ts';
import type { LinkRecord, NodeRecord, Notice, Owner, ServiceRecord, SimEvent } from '../../../records.ts';
import type { KeptReader, KeptWriter } from '../kept.ts';
import { keyOfState } from '../key-of-state.ts';
import { keyOfEntries, OtherOrders } from '../other-orders.ts';
import { Parts } from '../parts.ts';
import { shareWith } from './shared-state.ts';

/** Whoever changes a record that it got from here copies it first. */
export const SHARED: Owner = {};

/** Something on its way. `time`: not before that; 0: at any moment from now on. */
export interface Item {
  readonly event: SimEvent;
  readonly time: TimeUs;
}

/** What all nodes share, and the bounds that are used up so far. */
export interface Frame {
  readonly now: TimeUs;
  readonly plan: unknown;
  readonly blocked: readonly number[] | null;
  readonly used: Used;
}

/** How much of its bounds a run has used up. */
export interface Used {
  /** So often the clock moved although something else could happen. */
  readonly deviations: number;
  /** So many picks of machines were not answered with 0. */
  readonly chances: number;
  /** So much of what faults left open was not answered plainly. */
  readonly fates: number;
  /** So many steps at this moment were made out of turn. */
  readonly reorders: number;
}

export const NOTHING_USED: Used = { deviations: 0, chances: 0, fates: 0, reorders: 0 };

export interface NodePart {
  readonly record: NodeRecord;
  /** When its next deadline comes, in world time; infinity: never. */
  readonly dueUs: TimeUs;
  readonly isRunning: boolean;
  /** It has something to do without an input. */
  readonly hasWork: boolean;
  /** Something waits in its queue, or it is cut off from a service: its steps are made by the engine, and not remembered. */
  readonly isSpecial: boolean;
}

/** A link that was used, and what is in flight on it: numbers of items, in the order in which they come. */
export interface LinkPart {
  readonly record: LinkRecord;
  readonly flying: readonly number[];
  readonly held: readonly number[];
}

/** The first of a stream, or something that comes in any order. */
export interface Head {
  readonly item: number;
  readonly time: TimeUs;
  /** Taking it changes nothing but this inbox and the node. */
  readonly isPlain: boolean;
  /** The links of a node know at once that a connection broke, even if its process hears of it later. */
  readonly isNotice: boolean;
  /** Slot of the link that it comes over, or -1. */
  readonly link: number;
}

/** What is on its way to a node: over links and from itself in order, answers and notices in any. */
export interface Coming {
  readonly links: readonly LinkPart[];
  readonly self: readonly number[];
  readonly answers: readonly number[];
}

/** All that is on its way to a node, and what follows from it. */
export interface InboxPart extends Coming {
  readonly heads: readonly Head[];
  /** Items that do not come before some moment. */
  readonly timed: readonly number[];
  /** Slots of links on which a send does more than to lie behind the others: they are broken, or what is in flight comes at a time of its own. */
  readonly specialSlots: ReadonlySet<number>;
}

export interface WorldPartsOptions {
  readonly pinsWallClocks?: boolean;
  readonly mergesEntries?: boolean;
}

/**
 * @param dataOf what a value is known by
 * @param allOf the same, with what is only told: values that differ in that alone are one
 */
export function partsOf<T>(dataOf: (value: T) => unknown, mergesEntries: boolean, allOf = dataOf): Parts<T> {
  const keyOf = mergesEntries ? keyOfEntries : keyOfState;
  const hasOthers = mergesEntries || allOf !== dataOf;
  return new Parts(
    (value) => keyOf(dataOf(value)),
    hasOthers ? new OtherOrders((value) => keyOfState(allOf(value))) : null,
  );
}

function nodePartsOf({ fixed: { machine } }: NodeRecord, mergesEntries: boolean): Parts<NodePart> {
  const { relative } = machine;
  if (relative?.withoutTold === undefined) return partsOf(whatNodeIs, mergesEntries);
  const untold = (part: NodePart): unknown => whatNodeIs(part, (state) => relative.withoutTold?.(state));
  return partsOf(untold, mergesEntries, (part) => whatNodeIs(part));
}

export class WorldParts {
  readonly items = new Parts<Item>(({ event, time }) => {
    const { type, node, incarnation, link, stream, item } = event;
    return keyOfState([type, node, incarnation, link, stream, item, time]);
  });
  readonly frames = new Parts<Frame>(keyOfState);
  readonly bags = new Parts<readonly number[]>(String);
  readonly services: Parts<ServiceRecord>;
  readonly serviceTuples = new Parts<readonly number[]>(String);
  readonly nodes: readonly Parts<NodePart>[];
  readonly inboxes: readonly Parts<InboxPart>[];
  readonly #itemNumbers = new WeakMap<SimEvent, number>();
  readonly #nodeNumbers = new WeakMap<NodeRecord, number>();
  readonly #serviceNumbers = new WeakMap<ServiceRecord, number>();

  /** Wall clocks stand still: what they show depends on nothing that is in a state. */
  readonly pinsWallClocks: boolean;
  /** States of nodes and services that are equal but for the order of entries in maps and sets are one. */
  readonly mergesEntries: boolean;
  readonly #isDatagram: boolean;

  constructor({ nodes, settings }: Engine, { pinsWallClocks = false, mergesEntries = false }: WorldPartsOptions = {}) {
    this.pinsWallClocks = pinsWallClocks;
    this.mergesEntries = mergesEntries;
    this.nodes = nodes.map((record) => nodePartsOf(record, mergesEntries));
    this.services = partsOf(({ state, waiting }) => [state, waiting], mergesEntries);
    this.inboxes = nodes.map(() => new Parts(inboxKey));
    this.#isDatagram = settings.isDatagram;
  }

  // ---- From an engine

  frameOf({ now, plan, blocked }: Engine, used: Used): number {
    return this.frames.numberOf({ now, plan, blocked: blocked === null ? null : [...blocked], used });
  }

  /** @param before what the node was before the step, or -1 */
  nodeOf(record: NodeRecord, before = -1): number {
    const known = this.#nodeNumbers.get(record);
    if (known !== undefined) return known;
    const table = this.nodes[record.fixed.index] as Parts<NodePart>;
    const part = nodePart(record, this.pinsWallClocks);
    const number = table.numberOf(part);
    if (table.holds(number, part)) {
      record.stateOwner = SHARED; // the event may go on to change it, and copies it first
      if (before >= 0 && table.has(before))
        part.record.state = shareWith(table.valueOf(before).record.state, part.record.state);
    }
    this.#nodeNumbers.set(table.valueOf(number).record, number);
    return number;
  }

  serviceOf(record: ServiceRecord): number {
    const known = this.#serviceNumbers.get(record);
    if (known !== undefined) return known;
    const shared = { owner: SHARED, state: record.state, waiting: record.waiting };
    const number = this.services.numberOf(shared);
    if (this.services.holds(number, shared)) {
      shared.state = cloneState(record.state);
      shared.waiting = new Map(record.waiting);
    }
    this.#serviceNumbers.set(this.services.valueOf(number), number);
    return number;
  }

  /** What is due can come at any moment, whenever it became so: states in which that alone differs are one. */
  itemOf(event: SimEvent, time: TimeUs, now: TimeUs): number {
    const from = time <= now ? 0 : time;
    const known = this.#itemNumbers.get(event);
    if (known !== undefined && this.items.valueOf(known).time === from) return known;
    const number = this.items.numberOf({ event, time: from });
    this.#itemNumbers.set(this.items.valueOf(number).event, number);
    return number;
  }

  /** Everything that is on its way: one inbox a node, and the bag of what is on its way to no node. */
  flowOf(engine: Engine): { readonly inboxes: readonly number[]; readonly bag: number } {
    const flow = new Flow(engine, this);
    return {
      inboxes: this.inboxes.map((_, node) => this.inboxOf(node, flow.comingTo(node))),
      bag: this.bagOf(flow.bag),
    };
  }

  /** @param items in any order */
  bagOf(items: readonly number[]): number {
    return this.bags.numberOf(items.toSorted(inOrderOf(this.items)));
  }

  inboxOf(node: number, coming: Coming): number {
    return (this.inboxes[node] as Parts<InboxPart>).numberOf(inboxPart(coming, this.items, this.#isDatagram));
  }

  // ---- In another process

  /** Which parts there are, by number. */
  keep(out: KeptWriter): void {
    for (const table of this.#tables()) table.keep(out);
  }

  restore(kept: KeptReader): void {
    for (const table of this.#tables()) table.restore(kept);
  }

  #tables(): readonly Pick<Parts<unknown>, 'keep' | 'restore'>[] {
    const { items, frames, bags, services, serviceTuples, nodes, inboxes } = this;
    return [items, frames, bags, services, serviceTuples, ...nodes, ...inboxes];
  }
}

/**
 * An order of items by what they are, whichever was found first: by number of request, node and connection; all else by key. The reduction tries what comes
 * first first: by key alone it leaves out far less.
 */
export function inOrderOf(items: Parts<Item>): (one: number, other: number) => number {
  return (one, other) => {
    if (one === other) return 0;
    const [left, right] = [items.valueOf(one).event, items.valueOf(other).event];
    return (
      idOf(left) - idOf(right) ||
      left.node - right.node ||
      left.link - right.link ||
      left.stream - right.stream ||
      idOf(left) - idOf(right) ||
      items.compare(one, other)
    );
  };
}

function idOf({ item }: SimEvent): number {
  return (item as { readonly id?: number } | null)?.id ?? 0;
}

// ---- Nodes

function nodePart(record: NodeRecord, pinsWallClocks: boolean): NodePart {
  const { fixed, state, status, wakeAtMs, clock, queue, queueHead, cuts } = record;
  const isRunning = status === RUNNING;
  const waiting = queue.slice(queueHead);
  const hasWork = isRunning && (waiting.length > 0 || fixed.machine.hasWork(state));
  const dueUs = isRunning && wakeAtMs !== NEVER ? worldTimeOf(clock, wakeAtMs) : NEVER;
  return {
    record: {
      ...record,
      owner: SHARED,
      stateOwner: SHARED,
      clock: pinsWallClocks && clock.wallAheadMs !== 0 ? { ...clock, wallAheadMs: 0 } : clock,
      busyUntil: 0,
      queue: waiting,
      queueHead: 0,
      wakeEventAt: dueUs,
      turnPending: hasWork,
      stepSequence: 0,
      dying: null,
    },
    dueUs,
    isRunning,
    hasWork,
    isSpecial: waiting.length > 0 || cuts !== null,
  };
}

/** @param partOf what counts of the state of its machine. Default: all */
function whatNodeIs({ record }: NodePart, partOf: (state: unknown) => unknown = (state) => state): unknown {
  const { state, incarnation, status, queue, pausedUntil, isGone, clock, cuts, wakeAtMs } = record;
  const until = status === PAUSED ? pausedUntil : 0;
  // A process that has not made its first step yet has no deadline, whatever its state says.
  return [partOf(state), incarnation, status, queue, until, isGone, clock, cuts, wakeAtMs];
}

// ---- What is on its way

/** Events of an engine, sorted by where they go. */
class Flow {
  readonly bag: number[] = [];
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #flying = new Map<number, number[]>();
  readonly #self: number[][];
  readonly #answers: number[][];

  constructor(engine: Engine, parts: WorldParts) {
    this.#engine = engine;
    this.#parts = parts;
    this.#self = engine.nodes.map(() => []);
    this.#answers = engine.nodes.map(() => []);
    for (const { time, event } of engine.heap.entries()) {
      if (!isOver(engine, time, event)) this.#add(event, parts.itemOf(event, time, engine.now));
    }
  }

  #add(event: SimEvent, item: number): void {
    const { node, link, type } = event;
    if (type === DELIVER && link >= 0) {
      const flying = this.#flying.get(link);
      if (flying === undefined) this.#flying.set(link, [item]);
      else flying.push(item);
    } else if (type === DELIVER) this.#self[node]?.push(item);
    else if (type === ANSWER || type === NOTICE) this.#answers[node]?.push(item);
    else this.bag.push(item);
  }

  comingTo(node: number): Coming {
    const { items } = this.#parts;
    const { links, nodes } = this.#engine;
    const used: LinkPart[] = [];
    for (let from = 0; from < nodes.length; from++) {
      for (let kind = 0; kind < 2; kind++) {
        const slot = (from * nodes.length + node) * 2 + kind;
        const record = links[slot];
        const flying = this.#flying.get(slot) ?? [];
        if (record === undefined || (record.stream === 0 && flying.length === 0)) continue;
        used.push({
          record,
          flying,
          held: record.held.map(({ event }) => items.numberOf({ event, time: 0 })),
        });
      }
    }
    return { links: used, self: this.#self[node] ?? [], answers: this.#answers[node] ?? [] };
  }
}

function inboxPart({ links, self, answers }: Coming, items: Parts<Item>, isDatagram: boolean): InboxPart {
  const inOrder = inOrderOf(items);
  const ordered = isDatagram ? links.map((link) => ({ ...link, flying: link.flying.toSorted(inOrder) })) : links;
  const coming = { links: ordered, self, answers: answers.toSorted(inOrder) };
  const isLate = (item: number): boolean => items.valueOf(item).time > 0;
  const special = ordered.filter(({ record, flying }) => record.status === BROKEN || flying.some(isLate));
  return {
    ...coming,
    heads: headsOf(coming, items, isDatagram),
    timed: [...ordered.flatMap(({ flying }) => flying), ...self, ...coming.answers].filter(isLate),
    specialSlots: new Set(special.map(({ record }) => record.fixed.slot)),
  };
}

/** It follows from the states of nodes, or nobody is there for it any more. */
function isOver(engine: Engine, time: TimeUs, { type, node, incarnation, link, item }: SimEvent): boolean {
  const { status, isGone, incarnation: current, pausedUntil } = engine.nodes[node] as NodeRecord;
  const at = Math.max(time, engine.now);
  switch (type) {
    case TURN:
    case WAKE:
      return true;
    case ANSWER:
      return status >= DOWN || incarnation !== current;
    case NOTICE:
      return status >= DOWN || incarnation !== current || !isNews(engine, node, item as Notice);
    case START:
      return status < DOWN || isGone || incarnation !== current;
    case STOP:
      return status < DOWN || incarnation !== current;
    case RESUME:
      return status !== PAUSED || incarnation !== current || pausedUntil > at;
    default:
      return type === HEAL && !isHealedAt(engine, node, link, at);
  }
}

/** The first of each stream, or each datagram; equal ones count once. */
function headsOf({ links, self, answers }: Coming, items: Parts<Item>, isDatagram: boolean): readonly Head[] {
  const heads = new Map<number, Head>();
  const add = (item: number, isPlain: boolean): void => {
    const { time, event } = items.valueOf(item);
    heads.set(item, { item, time, isPlain, isNotice: event.type === NOTICE, link: event.link });
  };
  for (const { record, flying, held } of links) {
    const firsts = isDatagram ? flying : firstOfStreams(flying, items);
    const isPlain = isDatagram || (held.length === 0 && firsts.length === 1 && record.status === OPEN);
    for (const item of firsts) add(item, isPlain);
  }
  if (self.length > 0) add(self[0] as number, true);
  for (const item of answers) add(item, items.valueOf(item).event.type === ANSWER);
  return [...heads.values()];
}

function firstOfStreams(flying: readonly number[], items: Parts<Item>): readonly number[] {
  const firsts = new Map<number, number>();
  for (const item of flying) {
    const { stream } = items.valueOf(item).event;
    if (!firsts.has(stream)) firsts.set(stream, item);
  }
  return [...firsts.values()];
}

function inboxKey({ links, self, answers }: InboxPart): string {
  return `${links.map(linkKey).join(';')}|${self.join()}|${answers.join()}`;
}

function linkKey({ record, flying, held }: LinkPart): string {
  const { fixed, status, stream, firstStream, heardStream, noticeDue } = record;
  return `${fixed.slot}:${status},${stream},${firstStream},${heardStream},${noticeDue ? 1 : 0}:${flying.join()}:${held.join()}`;
}
