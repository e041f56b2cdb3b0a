// Steps of one node or service in a world in which nothing else is on its way: what it becomes, what leaves, and what judges see. A step depends on
// nothing else (`../remembered-steps.ts`), so it is the same in any world.
import type { TimeUs } from '../../../../observation.ts';
import { APPLY, DELIVER, OPEN, START, type LinkRecord } from '../../../../records.ts';
import { FIRST_ITEM, type EngineSteps, type Made } from '../engine-steps.ts';
import type { Seen } from '../judges.ts';
import { BAG, FRAME, inboxPlace, nodePlace, SERVICES } from '../layout.ts';
import type { WorldParts } from '../parts.ts';
import type { Row } from '../../transition-system.ts';
import { ForesightError } from './foresight-error.ts';

/** Who acts: a node, or behind all nodes a service. */
export type Actor = number;

/** What comes of a step. */
export interface LocalStep {
  readonly part: number;
  /** What a machine did that it must not do, or null; then all else is empty. */
  readonly wrong: string | null;
  /** By number of a stream, items in their order. */
  readonly sends: readonly (readonly [stream: number, items: readonly number[]])[];
  readonly requests: readonly number[];
  /** What a node gets besides messages. */
  readonly answers: readonly (readonly [node: number, items: readonly number[]])[];
  readonly seen: readonly Seen[];
}

const NOTHING: Omit<LocalStep, 'seen' | 'wrong'> = { part: 0, sends: [], requests: [], answers: [] };
const STEPS_MAX = 50_000;

export class LocalSteps {
  /** Links between nodes, then what each node sends itself. */
  readonly streams: number;
  readonly #steps: Pick<EngineSteps, 'make' | 'engine'>;
  readonly #parts: WorldParts;
  readonly #nodes: number;
  /** Nothing is on its way in it; nodes run that were met running, as services answer no others. */
  readonly #row: Row;
  readonly #now: TimeUs;
  readonly #known = new Map<string, LocalStep>();
  /** By slot, as it was met last. */
  readonly #links = new Map<number, LinkRecord>();

  /** @param first the state from which everything begins */
  constructor(steps: Pick<EngineSteps, 'make' | 'engine'>, parts: WorldParts, first: Readonly<Row>) {
    this.#steps = steps;
    this.#parts = parts;
    this.#nodes = steps.engine.nodes.length;
    this.streams = this.#nodes * this.#nodes * 2 + this.#nodes;
    this.#now = parts.frames.valueOf(first[FRAME] as number).now;
    this.#row = first.slice();
    for (let node = 0; node < this.#nodes; node++) this.#row[inboxPlace(node)] = this.#emptyInbox(first, node);
    this.#row[BAG] = parts.bagOf([]);
  }

  #emptyInbox(first: Readonly<Row>, node: number): number {
    const { links } = this.#inboxAt(first, node);
    for (const { record } of links) this.#links.set(record.fixed.slot, record);
    const empty = links.map((link) => ({ ...link, flying: [] }));
    return this.#parts.inboxOf(node, { links: empty, self: [], answers: [] });
  }

  #inboxAt(row: Readonly<Row>, node: number) {
    const inboxes = this.#parts.inboxes[node] as WorldParts['inboxes'][number];
    return inboxes.valueOf(row[inboxPlace(node)] as number);
  }

  /** What a node sends itself. */
  streamToSelf(node: number): number {
    return this.streams - this.#nodes + node;
  }

  of(actor: Actor, part: number, what: number): LocalStep {
    const key = `${actor} ${part} ${what}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= STEPS_MAX) throw new ForesightError('too many steps');
    const step = this.#make(actor, part, what);
    this.#known.set(key, step);
    return step;
  }

  #make(actor: Actor, part: number, what: number): LocalStep {
    const row = this.#row.slice();
    if (actor < this.#nodes) row[nodePlace(actor)] = part;
    else row[SERVICES] = this.#servicesWith(actor - this.#nodes, part);
    const node = what < FIRST_ITEM ? actor : this.#bring(row, what - FIRST_ITEM);
    const made = this.#steps.make(row, { what, node, at: this.#now }, [], 'plain');
    if (made.asked.some(({ sort }) => sort !== 'chance')) throw new ForesightError('a step depends on more');
    if (made.wrong !== null) return { ...NOTHING, wrong: made.wrong, seen: made.seen };
    this.#refuseOthers(row, made, actor);
    return this.#stepOf(made, actor);
  }

  #servicesWith(service: number, part: number): number {
    const { serviceTuples } = this.#parts;
    return serviceTuples.numberOf(serviceTuples.valueOf(this.#row[SERVICES] as number).with(service, part));
  }

  /** Puts something on its way. @returns the node of the move that takes it */
  #bring(row: Row, item: number): number {
    const { event } = this.#parts.items.valueOf(item);
    const { node, type, link } = event;
    if (type === APPLY || type === START) {
      row[BAG] = this.#parts.bagOf([item]);
      return node;
    }
    const { links, self, answers } = this.#inboxAt(row, node);
    const record = this.#links.get(link);
    const coming =
      type !== DELIVER
        ? { links, self, answers: [item] }
        : record === undefined
          ? { links, self: [item], answers }
          : {
              links: inSlots([
                ...links.filter((one) => one.record.fixed.slot !== link),
                { record, flying: [item], held: [] },
              ]),
              self,
              answers,
            };
    row[inboxPlace(node)] = this.#parts.inboxOf(node, coming);
    return node;
  }

  /** Whoever steps changes itself and what is on its way, and nothing else. */
  #refuseOthers(row: Readonly<Row>, { row: after }: Made, actor: Actor): void {
    const { serviceTuples, nodes } = this.#parts;
    if (after[FRAME] !== row[FRAME]) throw new ForesightError('a step changes what all share');
    for (let node = 0; node < this.#nodes; node++)
      if (node !== actor && after[nodePlace(node)] !== row[nodePlace(node)])
        throw new ForesightError('a step changes another node');
    const before = serviceTuples.valueOf(row[SERVICES] as number);
    for (const [service, part] of serviceTuples.valueOf(after[SERVICES] as number).entries())
      if (part !== before[service] && this.#nodes + service !== actor)
        throw new ForesightError('a step changes a service');
    if (actor < this.#nodes && nodes[actor]?.valueOf(after[nodePlace(actor)] as number).isRunning !== true)
      throw new ForesightError('a process ends');
  }

  #stepOf({ row, seen }: Made, actor: Actor): LocalStep {
    const sends: [number, readonly number[]][] = [];
    const answers: [number, readonly number[]][] = [];
    for (let node = 0; node < this.#nodes; node++) {
      const inbox = this.#inboxAt(row, node);
      for (const { record, flying, held } of inbox.links) {
        if (record.status !== OPEN || held.length > 0) throw new ForesightError('a connection breaks');
        this.#links.set(record.fixed.slot, record);
        if (flying.length > 0) sends.push([record.fixed.slot, flying]);
      }
      if (inbox.self.length > 0) sends.push([this.streamToSelf(node), inbox.self]);
      if (inbox.answers.length > 0) answers.push([node, inbox.answers]);
    }
    if (actor < this.#nodes) this.#row[nodePlace(actor)] = row[nodePlace(actor)] as number;
    const services = this.#parts.serviceTuples.valueOf(row[SERVICES] as number);
    const part = actor < this.#nodes ? row[nodePlace(actor)] : services[actor - this.#nodes];
    return {
      part: part as number,
      wrong: null,
      sends,
      requests: this.#parts.bags.valueOf(row[BAG] as number),
      answers,
      seen,
    };
  }
}

function inSlots<T extends { readonly record: LinkRecord }>(links: readonly T[]): readonly T[] {
  return links.toSorted((one, other) => one.record.fixed.slot - other.record.fixed.slot);
}
