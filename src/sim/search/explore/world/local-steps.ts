// What each node and service was seen to do by itself: from which of its states, at which input, it came to which, and what it sent. Objects are
// nodes, and behind them services. Steps of one moment are kept apart from those of another.
import { APPLY } from '../../../records.ts';
import type { Call } from '../../../records.ts';
import { keyOfState } from '../key-of-state.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FIRST_ITEM } from './engine-steps.ts';
import { KeyTable } from './key-table.ts';
import { BAG, FRAME, inboxPlace, nodePlace, SERVICES } from './layout.ts';
import type { Outcome } from './outcome.ts';
import type { InboxPart, WorldParts } from './parts.ts';

/** More than there are nodes and services. */
export const OBJECTS_MAX = 64;
const SEND_WORDS = 3;
const BAG_OBJECT = OBJECTS_MAX - 1;

/** A step that was made in some state. */
export interface LocalStep {
  readonly number: number;
  readonly object: number;
  readonly part: number;
  readonly what: number;
  readonly outcomes: readonly Outcome[];
  /** Items that it was seen to send. */
  readonly sent: Set<number>;
}

/** What was seen at one moment. */
export interface Moment {
  readonly number: number;
  /** By object and by part. */
  readonly steps: readonly Map<number, LocalStep[]>[];
  /** By object: its parts in states with which the moment began. */
  readonly firstParts: readonly Set<number>[];
  /** What was on its way then. */
  readonly firstItems: Set<number>;
  /** Something happened that is more than a step of one object: nothing is left out. */
  isOpen: boolean;
}

/** Where an item is, so that a row can be made in which it is next. */
interface Holder {
  readonly place: number;
  readonly part: number;
}

export class LocalSteps {
  readonly nodes: number;
  readonly objects: number;
  readonly #parts: WorldParts;
  readonly #steps: LocalStep[] = [];
  readonly #byInput = new KeyTable();
  readonly #moments: Moment[] = [];
  readonly #momentKeys = new Parts<string>(String);
  readonly #momentOf: number[] = [];
  readonly #flows = new KeyTable();
  readonly #objectOf: number[] = [];
  readonly #holders = new Map<number, Holder>();
  /** How much was learned: whoever relied on less looks again. */
  facts = 0;

  constructor(parts: WorldParts, services: number) {
    this.#parts = parts;
    this.nodes = parts.nodes.length;
    this.objects = this.nodes + services;
  }

  get bytes(): number {
    return this.#byInput.bytes + this.#flows.bytes;
  }

  momentAt(row: Readonly<Row>): Moment {
    const frame = row[FRAME] as number;
    let known = this.#momentOf[frame];
    if (known === undefined) {
      const { now, plan, blocked } = this.#parts.frames.valueOf(frame);
      known = this.#momentKeys.numberOf(keyOfState([now, plan, blocked]));
      this.#momentOf[frame] = known;
      this.#moments[known] ??= this.#createMoment(known);
    }
    return this.#moments[known] as Moment;
  }

  #createMoment(number: number): Moment {
    const each = Array.from({ length: this.objects });
    return {
      number,
      steps: each.map(() => new Map<number, LocalStep[]>()),
      firstParts: each.map(() => new Set<number>()),
      firstItems: new Set(),
      isOpen: false,
    };
  }

  /** A moment begins with this state. */
  enter(row: Readonly<Row>): void {
    const moment = this.momentAt(row);
    for (let object = 0; object < this.objects; object++)
      this.#addTo(moment.firstParts[object] as Set<number>, this.partOf(row, object));
    for (let node = 0; node < this.nodes; node++)
      for (const item of itemsOf(this.#inboxOf(node, row[inboxPlace(node)] as number)))
        this.#come(moment.firstItems, item, inboxPlace(node), row);
    for (const item of this.#parts.bags.valueOf(row[BAG] as number)) this.#come(moment.firstItems, item, BAG, row);
  }

  #addTo(set: Set<number>, number: number): void {
    if (set.has(number)) return;
    set.add(number);
    this.facts += 1;
  }

  #come(items: Set<number>, item: number, place: number, row: Readonly<Row>): void {
    this.#addTo(items, item);
    if (!this.#holders.has(item)) this.#holders.set(item, { place, part: row[place] as number });
  }

  partOf(row: Readonly<Row>, object: number): number {
    if (object < this.nodes) return row[nodePlace(object)] as number;
    return this.#parts.serviceTuples.valueOf(row[SERVICES] as number)[object - this.nodes] as number;
  }

  /** Who takes what is next, or makes a step by itself. */
  actorOf({ node, what }: { readonly node: number; readonly what: number }): number {
    return what < FIRST_ITEM ? node : this.takerOf(what - FIRST_ITEM);
  }

  takerOf(item: number): number {
    return (this.#objectOf[item] ??= this.#findTaker(item));
  }

  #findTaker(item: number): number {
    const { event } = this.#parts.items.valueOf(item);
    return event.type === APPLY ? this.nodes + (event.item as Call).service : event.node;
  }

  stepAt(moment: Moment, object: number, part: number, what: number): LocalStep | undefined {
    return this.#steps[this.#byInput.get(moment.number * OBJECTS_MAX + object, part, what)];
  }

  stepOf(number: number): LocalStep {
    return this.#steps[number] as LocalStep;
  }

  /** A step led from one state to another. */
  // oxlint-disable-next-line eslint/max-params -- a step, and the states before and after
  learn(
    before: Readonly<Row>,
    object: number,
    what: number,
    outcomes: readonly Outcome[],
    outcome: Outcome,
    after: Readonly<Row>,
  ): void {
    const moment = this.momentAt(before);
    const part = this.partOf(before, object);
    const step = this.stepAt(moment, object, part, what) ?? this.#create(moment, { object, part, what, outcomes });
    const { sends, calls } = outcome;
    for (let at = 0; at < sends.length; at += SEND_WORDS) {
      const to = sends[at] as number;
      this.#learnFlow(step, to, sends[at + 1] as number, inboxPlace(to), before, after);
    }
    if (calls !== 0) this.#learnFlow(step, BAG_OBJECT, calls, BAG, before, after);
  }

  #create(moment: Moment, step: Omit<LocalStep, 'number' | 'sent'>): LocalStep {
    const number = this.#steps.length;
    const created = { ...step, number, sent: new Set<number>() };
    this.#steps.push(created);
    this.#byInput.set(moment.number * OBJECTS_MAX + step.object, step.part, step.what, number);
    const steps = moment.steps[step.object] as Map<number, LocalStep[]>;
    const others = steps.get(step.part);
    if (others === undefined) steps.set(step.part, [created]);
    else others.push(created);
    this.facts += 1;
    return created;
  }

  /** What came into an inbox, or into the bag. */
  // oxlint-disable-next-line eslint/max-params -- a flow, and the states before and after
  #learnFlow(
    step: LocalStep,
    to: number,
    batch: number,
    place: number,
    before: Readonly<Row>,
    after: Readonly<Row>,
  ): void {
    const key = step.number * OBJECTS_MAX + to;
    const from = before[place] as number;
    if (this.#flows.get(key, from, batch) >= 0) return;
    this.#flows.set(key, from, batch, 0);
    const there = countsOf(this.#itemsAt(place, to, from));
    for (const item of this.#itemsAt(place, to, after[place] as number)) {
      const count = there.get(item) ?? 0;
      if (count > 0) there.set(item, count - 1);
      else this.#come(step.sent, item, place, after);
    }
  }

  #itemsAt(place: number, to: number, part: number): readonly number[] {
    return place === BAG ? this.#parts.bags.valueOf(part) : itemsOf(this.#inboxOf(to, part));
  }

  #inboxOf(node: number, part: number): InboxPart {
    return (this.#parts.inboxes[node] as Parts<InboxPart>).valueOf(part);
  }

  /** Something happened that is not a step of one object alone. */
  open(row: Readonly<Row>): void {
    const moment = this.momentAt(row);
    if (!moment.isOpen) this.facts += 1;
    moment.isOpen = true;
  }

  /** What lies on its way to an object in a state. */
  comingTo(row: Readonly<Row>, object: number): readonly number[] {
    const bag = this.#parts.bags.valueOf(row[BAG] as number).filter((item) => this.takerOf(item) === object);
    return object < this.nodes ? [...itemsOf(this.#inboxOf(object, row[inboxPlace(object)] as number)), ...bag] : bag;
  }

  /** Makes an item that was met the next of its stream in a row. False: nobody has met it. */
  makeNext(item: number, row: Row): boolean {
    const holder = this.#holders.get(item);
    if (holder === undefined) return false;
    const { place, part } = holder;
    if (place === BAG) row[BAG] = this.#parts.bagOf([item]);
    else row[place] = this.#inboxWith(this.takerOf(item), part, item);
    return true;
  }

  #inboxWith(node: number, part: number, item: number): number {
    const { links, self, answers } = this.#inboxOf(node, part);
    const without = links.map((link) => (link.flying.includes(item) ? { ...link, flying: [item] } : link));
    return this.#parts.inboxOf(node, { links: without, self: self.includes(item) ? [item] : self, answers });
  }
}

function itemsOf({ links, self, answers }: InboxPart): readonly number[] {
  return [...links.flatMap(({ flying, held }) => [...flying, ...held]), ...self, ...answers];
}

function countsOf(items: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/**
 * No way of these steps comes back to a state: no object comes back to one of its states, but by inputs after which it is the same and has sent nothing; of
 * those there are ever fewer.
 */
export function isFinite({ steps }: Moment): boolean {
  return steps.every((byPart) => {
    const state = new Map<number, 'open' | 'done'>();
    return [...byPart.keys()].every((part) => endsFrom(part, byPart, state));
  });
}

function endsFrom(
  part: number,
  steps: ReadonlyMap<number, readonly LocalStep[]>,
  state: Map<number, 'open' | 'done'>,
): boolean {
  const known = state.get(part);
  if (known !== undefined) return known === 'done';
  state.set(part, 'open');
  for (const { what, outcomes } of steps.get(part) ?? []) {
    for (const { part: next, sends, calls, wrong } of outcomes) {
      if (wrong !== null) continue;
      const isNothing = next === part && what >= FIRST_ITEM && sends.length === 0 && calls === 0;
      if (!isNothing && !endsFrom(next, steps, state)) return false;
    }
  }
  state.set(part, 'done');
  return true;
}
