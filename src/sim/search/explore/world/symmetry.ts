// Nodes that can change places: of the states that differ in nothing but which of them is which, one is looked at. What a part is after a change of
// places is remembered. Addresses are renamed wherever they stand in states, messages and thoughts, alone or as a part of a name; bytes stay.
import { must } from '../../../../core/base/assert.ts';
import { hashState } from '../../../../core/base/state.ts';
import { keyOf } from '../../../calls.ts';
import type { Engine } from '../../../engine.ts';
import { fixedLinkAt } from '../../../links.ts';
import { APPLY, DELIVER, HEAL } from '../../../records.ts';
import type { Call, LinkRecord, NodeRecord, ServiceRecord, SimEvent } from '../../../records.ts';
import type { Row } from '../transition-system.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, JUDGES, nodePlace, SERVICES } from './layout.ts';
import type { Coming, Frame, WorldParts } from './parts.ts';
import { Renamer } from './renamer.ts';

/** Nobody changes places. */
export const IDENTITY = 0;

/** More changes of places than this are not tried: six nodes in a group have 720. */
const CHANGES_MAX = 720;

export class Symmetry {
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  /** By number: where each node goes. The first is the identity. */
  readonly #changes: readonly (readonly number[])[];
  readonly #renamers: readonly Renamer[];
  readonly #items = new KeyTable();
  /** By place: a part, the number of a change, and the part after it. */
  readonly #memories: readonly KeyTable[];
  #last = IDENTITY;
  readonly #best: Row;
  readonly #changed: Row;

  /** @param groups addresses of nodes that can change places with each other. Throws a `RangeError` where there are too many ways to do so. */
  constructor(engine: Engine, parts: WorldParts, judges: Judges, groups: readonly (readonly string[])[]) {
    const width = nodePlace(engine.nodes.length);
    this.#engine = engine;
    this.#parts = parts;
    this.#judges = judges;
    this.#changes = changesOf(engine, groups);
    const addresses = engine.nodes.map(({ fixed }) => fixed.address);
    this.#renamers = this.#changes.map((to) => new Renamer(addresses, to));
    this.#memories = Array.from({ length: width }, () => new KeyTable());
    this.#best = new Int32Array(width);
    this.#changed = new Int32Array(width);
  }

  /** Changes of places, the identity among them. */
  get changes(): number {
    return this.#changes.length;
  }

  get bytes(): number {
    return [this.#items, ...this.#memories].reduce((sum, table) => sum + table.bytes, 0);
  }

  /** Each change in turn, but for the identity. */
  nextChange(): number {
    this.#last = 1 + (this.#last % (this.#changes.length - 1));
    return this.#last;
  }

  /** Chooses one of all states that differ in nothing but which node is which: that with the least numbers. */
  apply(row: Row): void {
    this.#best.set(row);
    for (let change = 1; change < this.#changes.length; change++) {
      this.change(row, change, this.#changed);
      if (isLess(this.#changed, this.#best)) this.#best.set(this.#changed);
    }
    row.set(this.#best);
  }

  /** The same state after a change of places. */
  change(row: Readonly<Row>, change: number, into: Row): void {
    const to = must(this.#changes[change], 'a change of places');
    into[FRAME] = this.#part(row, FRAME, change, (part) => this.#frame(part, change));
    into[JUDGES] = this.#part(row, JUDGES, change, (part) => this.#judges.changed(part, this.#renamer(change)));
    into[BAG] = this.#part(row, BAG, change, (part) => this.#bag(part, change));
    into[SERVICES] = this.#part(row, SERVICES, change, (part) => this.#services(part, change));
    for (let node = 0; node < to.length; node++) {
      const other = to[node] as number;
      into[nodePlace(other)] = this.#part(row, nodePlace(node), change, (part) => this.#node(node, part, change));
      into[inboxPlace(other)] = this.#part(row, inboxPlace(node), change, (part) => this.#inbox(node, part, change));
    }
  }

  /** Where a node goes. */
  nodeAfter(change: number, node: number): number {
    return must(this.#changes[change]?.[node], 'a node');
  }

  itemAfter(change: number, item: number): number {
    const known = this.#items.get(item, change, 0);
    if (known >= 0) return known;
    const { event, time } = this.#parts.items.valueOf(item);
    const changed = this.#parts.items.numberOf({ event: this.eventAfter(change, event), time });
    this.#items.set(item, change, 0, changed);
    return changed;
  }

  eventAfter(change: number, event: SimEvent): SimEvent {
    const node = this.nodeAfter(change, event.node);
    const renamer = this.#renamer(change);
    if (event.type === HEAL) return { ...event, node, link: this.nodeAfter(change, event.link) };
    if (event.type === APPLY) return { ...event, node, item: this.#call(event.item as Call, change) };
    const link = event.type === DELIVER && event.link >= 0 ? this.#slotAfter(change, event.link) : event.link;
    return { ...event, node, link, item: renamer.value(event.item) };
  }

  #renamer(change: number): Renamer {
    return must(this.#renamers[change], 'a change of places');
  }

  #part(row: Readonly<Row>, place: number, change: number, find: (part: number) => number): number {
    const part = row[place] as number;
    const memory = this.#memories[place] as KeyTable;
    let known = memory.get(part, change, 0);
    if (known < 0) {
      known = find(part);
      memory.set(part, change, 0, known);
    }
    return known;
  }

  #slotAfter(change: number, slot: number): number {
    const { length } = this.#engine.nodes;
    const pair = slot >> 1;
    const [from, to] = [this.nodeAfter(change, Math.floor(pair / length)), this.nodeAfter(change, pair % length)];
    return (from * length + to) * 2 + (slot & 1);
  }

  #frame(part: number, change: number): number {
    const frame: Frame = this.#parts.frames.valueOf(part);
    const { length } = this.#engine.nodes;
    const blocked = frame.blocked === null ? null : Array.from(frame.blocked, () => 0);
    frame.blocked?.forEach((until, pair) => {
      const from = this.nodeAfter(change, Math.floor(pair / length));
      (blocked as number[])[from * length + this.nodeAfter(change, pair % length)] = until;
    });
    return this.#parts.frames.numberOf({ ...frame, blocked, plan: this.#renamer(change).value(frame.plan) });
  }

  #bag(part: number, change: number): number {
    return this.#parts.bagOf(this.#parts.bags.valueOf(part).map((item) => this.itemAfter(change, item)));
  }

  #services(part: number, change: number): number {
    const { services, serviceTuples } = this.#parts;
    return serviceTuples.numberOf(
      serviceTuples.valueOf(part).map((number) => {
        const record = services.valueOf(number);
        return this.#parts.serviceOf(this.#service(record, change));
      }),
    );
  }

  #service(record: ServiceRecord, change: number): ServiceRecord {
    const waiting = [...record.waiting.values()].map((call): [string, Call] => {
      const changed = this.#call(call, change);
      const { address: node } = must(this.#engine.nodes[changed.node], 'a node').fixed;
      return [keyOf({ node, incarnation: changed.incarnation, request: changed.id }), changed];
    });
    return { ...record, state: this.#renamer(change).value(record.state), waiting: new Map(waiting) };
  }

  #call(call: Call, change: number): Call {
    return {
      ...call,
      node: this.nodeAfter(change, call.node),
      request: this.#renamer(change).value(call.request),
    };
  }

  #node(node: number, part: number, change: number): number {
    const { record } = must(this.#parts.nodes[node], 'a node').valueOf(part);
    const { fixed } = must(this.#engine.nodes[this.nodeAfter(change, node)], 'a node');
    const changed: NodeRecord = {
      ...record,
      fixed,
      state: this.#renamer(change).value(record.state),
      queue: record.queue.map((event) => this.eventAfter(change, event)),
    };
    return this.#parts.nodeOf(changed);
  }

  #inbox(node: number, part: number, change: number): number {
    const { links, self, answers } = must(this.#parts.inboxes[node], 'an inbox').valueOf(part);
    const items = (list: readonly number[]): number[] => list.map((item) => this.itemAfter(change, item));
    const coming: Coming = {
      links: links
        .map(({ record, flying, held }) => ({
          record: this.#link(record, change),
          flying: items(flying),
          held: items(held),
        }))
        .toSorted((one, other) => one.record.fixed.slot - other.record.fixed.slot),
      self: items(self),
      answers: items(answers),
    };
    return this.#parts.inboxOf(this.nodeAfter(change, node), coming);
  }

  #link(record: LinkRecord, change: number): LinkRecord {
    return { ...record, fixed: fixedLinkAt(this.#engine, this.#slotAfter(change, record.fixed.slot)) };
  }
}

function isLess(one: Readonly<Row>, other: Readonly<Row>): boolean {
  for (let place = 0; place < one.length; place++) {
    const [left, right] = [one[place] as number, other[place] as number];
    if (left !== right) return left < right;
  }
  return false;
}

/** All ways in which nodes of each group change places, as where each node goes; the first: none does. */
function changesOf(
  { nodes, settings }: Engine,
  groups: readonly (readonly string[])[],
): readonly (readonly number[])[] {
  let changes: number[][] = [nodes.map((_, node) => node)];
  for (const group of groups) {
    const members = group.map((address) => must(settings.indexes.get(address), `a node ${address}`));
    const orders = ordersOf(members);
    if (changes.length * orders.length > CHANGES_MAX)
      throw new RangeError(
        `nodes that can change places have more than ${CHANGES_MAX} ways to do so: name fewer of them`,
      );
    changes = changes.flatMap((change) =>
      orders.map((order) =>
        change.map((to, node) => (members.includes(node) ? (order[members.indexOf(node)] as number) : to)),
      ),
    );
  }
  const seen = new Set<string>();
  return changes.filter((change) => !seen.has(hashState(change)) && seen.add(hashState(change)));
}

/** The first is the list itself. */
function ordersOf(list: readonly number[]): number[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, index) => ordersOf(list.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
