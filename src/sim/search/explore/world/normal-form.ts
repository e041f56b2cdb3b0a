// States without what has passed: the clock, and counters that their owners declare, begin anew with each state, so that a world that beats for
// ever comes back to a state that was seen. What a part is without it is remembered.
import { must } from '../../../../core/base/assert.ts';
import { REQUESTS, type Counters, type Shift } from '../../../../core/base/relative.ts';
import { cloneState, hashState } from '../../../../core/base/state.ts';
import type { Envelope } from '../../../../core/base/machine.ts';
import { keyOf } from '../../../calls.ts';
import { clockOf } from '../../../clocks.ts';
import type { Engine } from '../../../engine.ts';
import type { OracleShift, TimeUs } from '../../../observation.ts';
import { slotOf } from '../../../links.ts';
import { ANSWER, APPLY, DELIVER, NOTICE, PAUSED } from '../../../records.ts';
import type { Answer, Call, LinkRecord, NodeRecord, Notice, ServiceRecord, SimEvent } from '../../../records.ts';
import type { Caller, ServiceShift } from '../../../service.ts';
import { engineOf } from '../../../world.ts';
import type { World } from '../../../world-types.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, JUDGES, nodePlace, SERVICES } from './layout.ts';
import type { Coming, Frame, WorldParts } from './parts.ts';

/** What the clock of the world shows in each state, but for less than a ms. Far from 0, as moments of the past must not be 0. */
export const ORIGIN_US: TimeUs = 1e12;
/** The newest value of each counter. Ids of requests may lie in shares of this size, and stay in theirs. */
const NEWEST = 2 ** 20;
const SHARE = 2 ** 32;

/** How much is taken off. */
export interface Passed {
  /** In µs of world time: whole ms. */
  readonly us: number;
  /** The clock before. */
  readonly now: TimeUs;
  /** By address or name of a service, then by counter. */
  readonly counters: Readonly<Record<string, Counters>>;
  /** Openings of links, by slot. */
  readonly openings: Counters;
}

/** So much later, and so much further, is the run that states are compared with. */
const DELAY_US = 86_400_000_000;
const COUNTED = 17;

const NO_COUNTERS: Counters = {};
/** The number of nothing that has passed. */
const NOTHING = 0;

export class NormalForm {
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  /** By node, then by service, and by part: what its counters are too high by. Number 0 is nothing. */
  readonly #excesses = new Parts<Counters>(hashState);
  readonly #known: Int32Array[];
  readonly #passed = new Parts<Passed>(hashState);
  readonly #numbers = new KeyTable();
  readonly #frames = new KeyTable();
  readonly #bags = new KeyTable();
  readonly #tuples = new KeyTable();
  readonly #opinions = new KeyTable();
  readonly #nodes: readonly KeyTable[];
  readonly #inboxes: readonly KeyTable[];

  /** @param engine all its machines say what goes on in them: see `silentNodeOf` */
  constructor(engine: Engine, parts: WorldParts, judges: Judges) {
    this.#engine = engine;
    this.#parts = parts;
    this.#judges = judges;
    this.#excesses.numberOf(NO_COUNTERS);
    this.#passed.numberOf({ us: 0, now: ORIGIN_US, counters: {}, openings: NO_COUNTERS });
    this.#known = [...engine.nodes, ...engine.services, ...engine.nodes].map(() => new Int32Array(64));
    this.#nodes = engine.nodes.map(() => new KeyTable());
    this.#inboxes = engine.nodes.map(() => new KeyTable());
  }

  get bytes(): number {
    const tables = [this.#numbers, this.#frames, this.#bags, this.#tuples, this.#opinions];
    return [...tables, ...this.#nodes, ...this.#inboxes].reduce((sum, table) => sum + table.bytes, 0);
  }

  /** Takes off what has passed. */
  apply(row: Row): void {
    this.#takeOff(row, this.passedIn(row));
  }

  /** The number of what has passed in a state. */
  passedIn(row: Readonly<Row>): number {
    const { nodes } = this.#engine;
    const services = this.#parts.serviceTuples.valueOf(row[SERVICES] as number);
    const { now } = this.#parts.frames.valueOf(row[FRAME] as number);
    let key = 0;
    for (let node = 0; node < nodes.length; node++)
      key = this.#join(key, node, this.#excessOfNode(node, row[nodePlace(node)] as number));
    for (let service = 0; service < services.length; service++)
      key = this.#join(key, nodes.length + service, this.#excessOfService(service, services[service] as number));
    for (let node = 0; node < nodes.length; node++)
      key = this.#join(
        key,
        nodes.length + services.length + node,
        this.#excessOfLinks(node, row[inboxPlace(node)] as number),
      );
    return key === 0 && now === ORIGIN_US ? NOTHING : this.#numberOf(key, now); // less than a ms stays on the clock
  }

  /** A state as it would be in a run that began earlier, and counted further. @returns the number of what was added, as `passedIn` has it */
  delay(row: Row): number {
    const { now } = this.#parts.frames.valueOf(row[FRAME] as number);
    const services = this.#parts.serviceTuples.valueOf(row[SERVICES] as number);
    const counters: Record<string, Counters> = {};
    for (const [node, { fixed }] of this.#engine.nodes.entries())
      counters[fixed.address] = addedTo(this.#countersOfNode(node, row[nodePlace(node)] as number));
    for (const [service, part] of services.entries()) {
      const { name } = must(this.#engine.settings.services[service], 'a service').service;
      counters[name] = addedTo(this.#countersOfService(service, part));
    }
    const inboxes = this.#engine.nodes.map((_, node) => this.#openingsTo(node, row[inboxPlace(node)] as number));
    const openings = addedTo(Object.assign({}, ...inboxes) as Counters);
    const number = this.#passed.numberOf({ us: -DELAY_US, now, counters, openings });
    this.#takeOff(row, number);
    return number;
  }

  /** Lists of numbers, each known by one number: 0 is a list of nothing but 0. */
  readonly #lists: (readonly [before: number, owner: number, excess: number])[] = [[0, 0, 0]];

  #join(before: number, owner: number, excess: number): number {
    if (excess === 0) return before;
    const known = this.#numbers.get(before, owner, excess);
    if (known >= 0) return known;
    const number = this.#lists.push([before, owner, excess]) - 1;
    this.#numbers.set(before, owner, excess, number);
    return number;
  }

  #numberOf(list: number, now: TimeUs): number {
    const counters: Record<string, Counters> = {};
    const openings: Record<string, number> = {};
    const { nodes, settings } = this.#engine;
    for (let at = list; at !== 0;) {
      const [before, owner, excess] = must(this.#lists[at], 'a list');
      const name = nodes[owner]?.fixed.address ?? settings.services[owner - nodes.length]?.service.name;
      if (name === undefined) Object.assign(openings, this.#excesses.valueOf(excess));
      else counters[name] = this.#excesses.valueOf(excess);
      at = before;
    }
    return this.#passed.numberOf({ us: passedBy(now), now, counters, openings });
  }

  #excessOfNode(node: number, part: number): number {
    return this.#excessOf(node, part, () => this.#countersOfNode(node, part));
  }

  #countersOfNode(node: number, part: number): Counters {
    return countersOf(must(this.#parts.nodes[node], 'a node').valueOf(part).record);
  }

  #excessOfService(service: number, part: number): number {
    return this.#excessOf(this.#engine.nodes.length + service, part, () => this.#countersOfService(service, part));
  }

  #countersOfService(service: number, part: number): Counters {
    const { relative } = must(this.#engine.settings.services[service], 'a service').service;
    return relative?.counters?.(this.#parts.services.valueOf(part).state) ?? NO_COUNTERS;
  }

  #excessOfLinks(node: number, part: number): number {
    const owner = this.#engine.nodes.length + this.#engine.services.length + node;
    return this.#excessOf(owner, part, () => this.#openingsTo(node, part));
  }

  /** The newest opening of each link to a node. */
  #openingsTo(node: number, part: number): Counters {
    const { links } = must(this.#parts.inboxes[node], 'an inbox').valueOf(part);
    return openingsOf(links.map(({ record }) => record));
  }

  #excessOf(owner: number, part: number, counters: () => Counters): number {
    let known = this.#known[owner] as Int32Array;
    if (part >= known.length) {
      const longer = new Int32Array(Math.max(part + 1, known.length * 2));
      longer.set(known);
      this.#known[owner] = known = longer;
    }
    if (known[part] === 0) known[part] = 1 + this.#excesses.numberOf(excessOf(counters()));
    return (known[part] as number) - 1;
  }

  #takeOff(row: Row, number: number): void {
    const passed = this.#passed.valueOf(number);
    const parts = this.#parts;
    const { nodes } = this.#engine;
    const shifter = (): Shifter => new Shifter(this.#engine, passed);
    for (let node = 0; node < nodes.length; node++) {
      remember(this.#inboxes[node] as KeyTable, row, inboxPlace(node), number, (part) => {
        const table = must(parts.inboxes[node], 'an inbox');
        return parts.inboxOf(
          node,
          shiftComing(
            table.valueOf(part),
            passed.openings,
            (item) => this.itemOf(item, number),
            (item) => parts.items.valueOf(item).event.stream,
          ),
        );
      });
      remember(this.#nodes[node] as KeyTable, row, nodePlace(node), number, (part) => {
        const { record } = must(parts.nodes[node], 'a node').valueOf(part);
        return parts.nodeOf(shifter().node(record));
      });
    }
    remember(this.#bags, row, BAG, number, (part) =>
      parts.bagOf(parts.bags.valueOf(part).map((item) => this.itemOf(item, number))),
    );
    remember(this.#tuples, row, SERVICES, number, (part) =>
      parts.serviceTuples.numberOf(
        parts.serviceTuples
          .valueOf(part)
          .map((service, index) => parts.serviceOf(shifter().service(index, parts.services.valueOf(service)))),
      ),
    );
    remember(this.#opinions, row, JUDGES, number, (part) => this.#judges.shifted(part, shifter()));
    remember(this.#frames, row, FRAME, number, (part) =>
      parts.frames.numberOf(shiftFrame(parts.frames.valueOf(part), passed)),
    );
  }

  readonly #items = new KeyTable();

  /** An item without what has passed. @param number of `passedIn` */
  itemOf(item: number, number: number): number {
    const known = this.#items.get(item, number, 0);
    if (known >= 0) return known;
    const passed = this.#passed.valueOf(number);
    const { event, time } = this.#parts.items.valueOf(item);
    const shifted = this.#parts.items.numberOf({
      event: new Shifter(this.#engine, passed).event(event),
      time: time <= passed.now ? 0 : time - passed.us,
    });
    this.#items.set(item, number, 0, shifted);
    return shifted;
  }

  /** What the clock of the world shows instead. @param number of what was taken off */
  nowOf(now: TimeUs, number: number): TimeUs {
    return now - this.#passed.valueOf(number).us;
  }

  /** In a world that nobody took anything off. */
  #passedInWorld({ now, nodes, services, settings, links }: Engine): Passed {
    const counters: Record<string, Counters> = {};
    for (const record of nodes) counters[record.fixed.address] = excessOf(countersOf(record));
    for (const [index, { state }] of services.entries()) {
      const { name, relative } = must(settings.services[index], 'a service').service;
      counters[name] = excessOf(relative?.counters?.(state) ?? NO_COUNTERS);
    }
    const openings = excessOf(openingsOf(links.filter((link) => link !== undefined)));
    return { us: passedBy(now), now, counters, openings };
  }

  /** What events of such a world are here. */
  eventsIn(engine: Engine): (event: SimEvent) => SimEvent {
    const shifter = new Shifter(this.#engine, this.#passedInWorld(engine));
    return (event) => shifter.event(event);
  }
}

/** Node clocks never show 0 from here on: with it states say that there is no moment. To be called before anything happens. */
export function startClocksLater(engine: Engine): void {
  for (const record of engine.nodes) record.clock = { ...record.clock, aheadUs: record.clock.aheadUs + ORIGIN_US };
}

/** The address of the first node whose machine does not say what goes on in it; null: all do. */
export function silentNodeOf(world: World): string | null {
  const { nodes } = engineOf(world);
  return nodes.find(({ fixed }) => fixed.machine.relative === undefined)?.fixed.address ?? null;
}

function passedBy(now: TimeUs): number {
  return Math.floor(now / 1_000) * 1_000 - ORIGIN_US;
}

/** A process that never comes back remembers nothing. */
function countersOf({ fixed, state, isGone }: NodeRecord): Counters {
  return isGone ? NO_COUNTERS : (fixed.machine.relative?.counters?.(state) ?? NO_COUNTERS);
}

function excessOf(counters: Counters): Counters {
  const excess: [string, number][] = [];
  for (const [name, value] of Object.entries(counters)) {
    const over = value <= 0 ? 0 : (value % SHARE) - NEWEST;
    if (over !== 0) excess.push([name, over]);
  }
  return Object.fromEntries(excess);
}

/** The newest opening of each link that was used. */
function openingsOf(links: readonly LinkRecord[]): Counters {
  return Object.fromEntries(links.map(({ fixed, stream }) => [fixed.slot, stream]));
}

function addedTo(counters: Counters): Counters {
  const counted = Object.entries(counters).filter(([, value]) => value > 0); // others stand for none, and stay
  return Object.fromEntries(counted.map(([name]) => [name, -COUNTED]));
}

/** Asks for the part that follows, if it is not known. */
function remember(table: KeyTable, row: Row, place: number, number: number, find: (part: number) => number): void {
  const part = row[place] as number;
  let known = table.get(part, number, 0);
  if (known < 0) {
    known = find(part);
    table.set(part, number, 0, known);
  }
  row[place] = known;
}

function shiftFrame(frame: Frame, { us, now }: Passed): Frame {
  const blocked = frame.blocked?.map((until) => (until === 0 ? 0 : Math.max(until, now) - us)) ?? null; // 0: there is none
  return { ...frame, now: now - us, blocked };
}

/** A time in world µs that is compared with now. */
function laterThan(time: TimeUs, now: TimeUs, us: number): TimeUs {
  return time <= now ? 0 : time - us;
}

/**
 * @param itemOf the same item, without what has passed
 * @param openingOf the opening of its link that an item belongs to
 */
function shiftComing(
  { links, self, answers }: Coming,
  openings: Counters,
  itemOf: (item: number) => number,
  openingOf: (item: number) => number,
): Coming {
  return {
    links: links.map(({ record, flying, held }) => {
      const oldest = Math.min(record.stream, ...[...flying, ...held].map(openingOf));
      return { record: shiftLink(record, oldest, openings), flying: flying.map(itemOf), held: held.map(itemOf) };
    }),
    self: self.map(itemOf),
    answers: answers.map(itemOf),
  };
}

/** Before the oldest opening of which something is on its way it makes no difference when an incarnation began, and what was heard last. */
function shiftLink(record: LinkRecord, oldest: number, openings: Counters): LinkRecord {
  const { fixed, stream, firstStream, heardStream } = record;
  const over = openings[fixed.slot] ?? 0;
  return {
    ...record,
    stream: stream - over,
    firstStream: Math.max(firstStream, oldest) - over,
    heardStream: Math.max(heardStream, oldest - 1) - over,
  };
}

/** Takes what has passed off the records of an engine. */
class Shifter implements OracleShift, ServiceShift {
  readonly #engine: Engine;
  readonly #passed: Passed;

  constructor(engine: Engine, passed: Passed) {
    this.#engine = engine;
    this.#passed = passed;
  }

  worldDeadline(us: TimeUs): TimeUs {
    return laterThan(us, this.#passed.now, this.#passed.us);
  }

  worldMoment(us: TimeUs, forUs = Infinity): TimeUs {
    return Math.max(us, this.#passed.now - forUs) - this.#passed.us;
  }

  counter(owner: string, name: string, value: number): number {
    return value <= 0 ? value : value - (this.#passed.counters[owner]?.[name] ?? 0);
  }

  caller<C extends Pick<Caller, 'node' | 'request'>>(caller: C): C {
    return { ...caller, request: this.at(caller.node).request(caller.request) };
  }

  at(address: string): Shift {
    return this.#atNode(must(this.#engine.settings.indexes.get(address), `a node ${address}`));
  }

  #atNode(index: number, record: NodeRecord = must(this.#engine.nodes[index], 'a node')): Shift {
    const { us, now } = this.#passed;
    const { address, machine } = record.fixed;
    const clock = clockOf({ ...this.#engine, now }, record);
    const ms = us / 1_000;
    return {
      moment: (at, forMs = Infinity) => (at <= 0 ? at : Math.max(at, clock - forMs) - ms),
      deadline: (at) => (at <= clock ? 0 : at - ms),
      worldDeadline: (at) => this.worldDeadline(at),
      request: (id) => (id <= 0 ? id : this.counter(address, machine.relative?.counterOf?.(id) ?? REQUESTS, id)),
      counter: (owner, name, value) => this.counter(owner, name, value),
    };
  }

  node(record: NodeRecord): NodeRecord {
    const { fixed, status, clock, cuts, isGone } = record;
    const { us, now } = this.#passed;
    const by = this.#atNode(fixed.index, record);
    const state: unknown = isGone ? fixed.machine.create() : cloneState(record.state);
    if (!isGone) fixed.machine.relative?.shift(state, by);
    return {
      ...record,
      state,
      wakeAtMs: by.moment(record.wakeAtMs),
      queue: record.queue.slice(record.queueHead).map((event) => this.event(event)),
      queueHead: 0,
      pausedUntil: status === PAUSED ? record.pausedUntil - us : record.pausedUntil,
      clock: clock.driftPpm === 0 ? clock : { ...clock, sinceUs: clock.sinceUs - us },
      cuts: cuts?.map((until) => laterThan(until, now, us)) ?? null,
    };
  }

  service(index: number, record: ServiceRecord): ServiceRecord {
    const { relative } = must(this.#engine.settings.services[index], 'a service').service;
    if (relative === undefined && record.waiting.size === 0) return record;
    const state = cloneState(record.state);
    relative?.shift(state, this);
    const waiting = [...record.waiting.values()].map((call): [string, Call] => {
      const shifted = this.#call(call);
      const { address: node } = must(this.#engine.nodes[call.node], 'a node').fixed;
      return [keyOf({ node, incarnation: call.incarnation, request: shifted.id }), shifted];
    });
    return { ...record, state, waiting: new Map(waiting) };
  }

  event(event: SimEvent): SimEvent {
    const { type, node, link } = event;
    if (type === DELIVER) {
      const from = link < 0 ? node : Math.floor(link / (2 * this.#engine.nodes.length));
      const stream = event.stream - (this.#passed.openings[link] ?? 0);
      return { ...event, stream, item: this.#message(from, event.item as Envelope) };
    }
    if (type === NOTICE) return { ...event, item: this.#notice(node, event.item as Notice) };
    if (type === APPLY) return { ...event, item: this.#call(event.item as Call) };
    return type === ANSWER ? { ...event, item: this.#answer(node, event.item as Answer) } : event;
  }

  #notice(node: number, notice: Notice): Notice {
    const { peer, streamClass, outgoing, incoming } = notice;
    const { openings } = this.#passed;
    const other = must(this.#engine.settings.indexes.get(peer), 'a peer');
    const over = (from: number, to: number): number => openings[slotOf(this.#engine, from, to, streamClass)] ?? 0;
    return {
      ...notice,
      outgoing: outgoing < 0 ? outgoing : outgoing - over(node, other),
      incoming: incoming < 0 ? incoming : incoming - over(other, node),
    };
  }

  #message(from: number, message: Envelope): Envelope {
    const { relative } = must(this.#engine.nodes[from], 'a node').fixed.machine;
    return (relative?.shiftMessage?.(message as never, this.#atNode(from)) ?? message) as Envelope;
  }

  #call(call: Call): Call {
    const { relative } = must(this.#engine.settings.services[call.service], 'a service').service;
    const request = relative?.shiftRequest?.(call.request, this) ?? call.request;
    return { ...call, id: this.#atNode(call.node).request(call.id), request };
  }

  #answer(node: number, answer: Answer): Answer {
    const { relative } = must(this.#engine.settings.services[answer.service], 'a service').service;
    const shifted = relative?.shiftAnswer?.(answer.answer, this) ?? answer.answer;
    return { ...answer, id: this.#atNode(node).request(answer.id), answer: shifted };
  }
}
