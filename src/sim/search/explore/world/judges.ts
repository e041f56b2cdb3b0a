// Oracles that judge every transition. The states of all of them are one part of the row; what an oracle says of an observation is remembered by
// its state, the observation, and what it looked at in the world.
import { must } from '../../../../core/base/assert.ts';
import { cloneState } from '../../../../core/base/state.ts';
import type { Engine } from '../../../engine.ts';
import { hearingOf, listenerAt, listenersTo, type Hearing, type Listeners } from '../../../hearing.ts';
import { violationOf } from '../../../observation.ts';
import type { NodeView, Observation, Oracle, OracleShift, Violation, WorldView } from '../../../observation.ts';
import type { NodeRecord, ServiceRecord } from '../../../records.ts';
import type { KeptReader, KeptWriter } from '../kept.ts';
import { keyOfState } from '../key-of-state.ts';
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import { FRAME, nodePlace, SERVICES } from './layout.ts';
import { HeardOrders, type Heard, type OtherSight } from './heard-orders.ts';
import type { Outcome } from './outcome.ts';
import { partsOf, type NodePart, type WorldParts } from './parts.ts';
import type { Renamer } from './renamer.ts';
import { ALL_PLACES, MARKED_PLACES, ReadTrie } from './read-trie.ts';
import { UndeclaredError } from './undeclared-error.ts';

/** Something that was seen, and the world at that moment: part numbers by place (`now`, then nodes, then services). */
export interface Seen {
  readonly observation: number;
  readonly values: Int32Array;
}

/** What an oracle thinks. */
export interface Opinion {
  readonly state: unknown;
  readonly isSilent: boolean;
}

/** What an oracle made of something. */
interface Said {
  readonly opinion: number;
  readonly violation: Violation | null;
}

interface Together {
  readonly tuple: number;
  readonly violation: Violation | null;
}

const NOW = 0;
const FIRST_NODE = 1;

/** States that lie beside each other in a search have most of their steps in common; more than this are measured to be no quicker. */
const LATEST_STEPS = 1 << 13;
const LATEST_WORDS = 5;
const LATEST_SPREAD = 101;
const NO_STEP = -1;
const NO_PLACE = -1;
const HIGHEST_BIT = 31;
const UNKNOWN = -1;

/** What a step changes, and the time of it, go with the step. */
const AT_TIME = 1 << NOW;

export class Judges {
  readonly observations = new Parts<Observation>(keyOfState);
  /** World times by number. */
  readonly times = new Parts<number>(String);
  /** By frame: the number of its time, or UNKNOWN. */
  readonly #timeOfFrame: number[] = [];
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #oracles: readonly Oracle[];
  readonly #hearing: Hearing;
  /** Who hears an observation, by its number. */
  readonly #listeners: Listeners[] = [];
  readonly #opinions: readonly Parts<Opinion>[];
  /** By oracle a state that may be changed, equal to that of an opinion; null: there is none. */
  readonly #copies: ({ readonly opinion: number; readonly state: unknown } | null)[];
  readonly #tuples = new Parts<readonly number[]>(String);
  readonly #said: Said[] = [];
  readonly #memories: readonly ReadTrie[];
  /** Of all oracles together. */
  readonly #memory = new ReadTrie();
  /**
   * What all oracles made of steps by which they looked at what the step changes, the time, and one place more at most. Of each: before, step, that place (or the time,
   * which goes with the step), the part that was there, after.
   */
  readonly #latest = new Int32Array(LATEST_WORDS * LATEST_STEPS).fill(NO_STEP);
  readonly #together: Together[] = [];
  /** What all of them say at the end. */
  readonly #ends = new ReadTrie();
  readonly #lastWords: (Violation | null)[] = [];
  readonly #first: number;
  readonly #view: TracedView;
  /** Null: the order of entries is a part of a state. */
  readonly #heard: HeardOrders<Opinion, Said> | null;

  /** @param names of the oracles that judge; others only look on */
  constructor(engine: Engine, parts: WorldParts, names: readonly string[]) {
    const records = engine.settings.oracles
      .map((oracle, index) => ({ oracle, record: must(engine.oracles[index], 'the state of an oracle') }))
      .filter(({ oracle }) => names.includes(oracle.name));
    this.#engine = engine;
    this.#parts = parts;
    this.#oracles = records.map(({ oracle }) => oracle);
    this.#hearing = hearingOf(this.#oracles);
    this.#opinions = records.map(() => partsOf<Opinion>((opinion) => opinion, parts.mergesEntries));
    this.#copies = records.map(() => null);
    this.#memories = records.map(() => new ReadTrie());
    this.#view = new TracedView(engine, parts, this.times);
    const opinions = records.map(({ record: { state, isSilent } }, index) =>
      (this.#opinions[index] as Parts<Opinion>).numberOf({ state: cloneState(state), isSilent }),
    );
    this.#first = this.#tuples.numberOf(opinions);
    this.#heard = parts.mergesEntries
      ? new HeardOrders(
          this.#opinions.map(({ orders }) => orders),
          (heard, other) => this.#compare(heard, other),
        )
      : null;
  }

  /** What they think before anything happens. */
  get first(): number {
    return this.#first;
  }

  /** The states of all that judge, each with whether it has nothing more to say. */
  opinionsOf(tuple: number): readonly Opinion[] {
    return this.#tuples
      .valueOf(tuple)
      .map((opinion, index) => (this.#opinions[index] as Parts<Opinion>).valueOf(opinion));
  }

  /** The same thoughts, without what has passed. */
  shifted(tuple: number, by: OracleShift): number {
    const opinions = this.#tuples.valueOf(tuple).map((opinion, index) => {
      const oracle = this.#oracles[index] as Oracle;
      if (oracle.shift === undefined) return opinion;
      const table = this.#opinions[index] as Parts<Opinion>;
      const { state, isSilent } = table.valueOf(opinion);
      const copy = cloneState(state);
      oracle.shift(copy, by);
      return table.numberOf({ state: copy, isSilent });
    });
    return this.#tuples.numberOf(opinions);
  }

  /** False: what they think was found in another process, and not met again in this. */
  has(tuple: number): boolean {
    return this.#tuples.has(tuple);
  }

  keep(out: KeptWriter): void {
    for (const table of [this.#tuples, ...this.#opinions]) table.keep(out);
  }

  restore(kept: KeptReader): void {
    for (const table of [this.#tuples, ...this.#opinions]) table.restore(kept);
  }

  /** The same thoughts, after nodes changed places. */
  changed(tuple: number, renamer: Renamer): number {
    const opinions = this.#tuples.valueOf(tuple).map((opinion, index) => {
      const table = this.#opinions[index] as Parts<Opinion>;
      const { state, isSilent } = table.valueOf(opinion);
      return table.numberOf({ state: renamer.value(state), isSilent });
    });
    return this.#tuples.numberOf(opinions);
  }

  get bytes(): number {
    return this.#memory.bytes + this.#memories.reduce((sum, memory) => sum + memory.bytes, 0);
  }

  /**
   * What they think after they saw something; the first violation, if there is one, is kept for `violation`.
   *
   * @param reads places that they look at are added, if it is given
   */
  judge(tuple: number, observation: number, values: Int32Array, reads?: number[]): number {
    if (this.#listenersTo(observation) === 0) return tuple;
    let known = this.#memory.get(tuple, observation, values, reads);
    if (known < 0) known = this.#ask(tuple, observation, values, reads);
    const { tuple: next, violation } = this.#together[known] as Together;
    this.violation ??= violation;
    return next;
  }

  /**
   * The same of all that is seen of a step that is remembered.
   *
   * @param place of what the step changes. @param values of the state before it, but for the time
   */
  judgeStep(tuple: number, { number, seen }: Outcome, place: number, values: Int32Array): number {
    const at = LATEST_WORDS * ((Math.imul(tuple, LATEST_SPREAD) + number) & (LATEST_STEPS - 1));
    const latest = this.#latest;
    if (latest[at] === tuple && latest[at + 1] === number && values[latest[at + 2] as number] === latest[at + 3])
      return latest[at + 4] as number;
    const before = values[place] as number;
    let after = tuple;
    this.#memory.read = 0;
    for (let index = 0; index < seen.length; index++) {
      const { observation, part } = seen[index] as Outcome['seen'][number];
      values[place] = part;
      after = this.judge(after, observation, values);
    }
    values[place] = before;
    const other = otherPlaceOf(this.#memory.read, place);
    if (other === NO_PLACE || this.violation !== null) return after;
    latest[at] = tuple;
    latest[at + 1] = number;
    latest[at + 2] = other;
    latest[at + 3] = values[other] as number;
    latest[at + 4] = after;
    return after;
  }

  /** Of the last calls of `judge`; whoever has read it sets it to null. */
  violation: Violation | null = null;

  /** @param told of places that are read. What was asked before has no part in what this is remembered by */
  #ask(tuple: number, observation: number, values: Int32Array, told: number[] | undefined): number {
    const reads: number[] = [];
    this.#memory.read = ALL_PLACES;
    let violation: Violation | null = null;
    const listeners = this.#listenersTo(observation);
    const opinions = this.#tuples.valueOf(tuple).map((opinion, index) => {
      if ((listeners & listenerAt(index)) === 0) return opinion;
      const said = this.#askOne(index, opinion, { observation, values }, reads);
      violation ??= said.violation;
      return said.opinion;
    });
    const result = this.#together.push({ tuple: this.#tuples.numberOf(opinions), violation }) - 1;
    this.#memory.set(tuple, observation, values, [...new Set(reads)], result);
    told?.push(...reads);
    return result;
  }

  #listenersTo(observation: number): Listeners {
    return (this.#listeners[observation] ??= listenersTo(this.#hearing, this.observations.valueOf(observation)));
  }

  #askOne(index: number, opinion: number, { observation, values }: Seen, reads: number[]): Said {
    const memory = this.#memories[index] as ReadTrie;
    const known = memory.get(opinion, observation, values, reads);
    if (known >= 0) return this.#said[known] as Said;
    const own: number[] = [];
    const said = this.#hear(index, opinion, { observation, values }, own);
    memory.set(opinion, observation, values, own, this.#said.push(said) - 1);
    const heard = { oracle: index, opinion, observation, values: values.slice(), reads: own, said };
    this.#heard?.learn(heard, (place, part) => this.#ordersAt(place, part));
    reads.push(...own);
    return said;
  }

  /** What each of them thinks before anything happens. */
  get firstOpinions(): readonly number[] {
    return this.#tuples.valueOf(this.#first);
  }

  /** @param oracle by its place among those that judge */
  hears(oracle: number, observation: number): boolean {
    return (this.#listenersTo(observation) & listenerAt(oracle)) !== 0;
  }

  /**
   * What one of them makes of something that may never be seen: it is not remembered.
   *
   * @param reads places that it looks at are added
   */
  askAlone(
    oracle: number,
    opinion: number,
    seen: Seen,
    reads: number[],
  ): { readonly opinion: number; readonly violation: Violation | null } {
    return this.#hear(oracle, opinion, seen, reads);
  }

  #hear(index: number, opinion: number, { observation, values }: Seen, reads: number[]): Said {
    const oracle = this.#oracles[index] as Oracle;
    const opinions = this.#opinions[index] as Parts<Opinion>;
    const { state, isSilent } = opinions.valueOf(opinion);
    if (isSilent) return { opinion, violation: null };
    const copy = this.#takeCopy(index, opinion) ?? cloneState(state);
    this.#view.show(values, reads);
    const { next, violation } = this.#show(oracle, copy, observation, values);
    const number = opinions.numberOf(next);
    if (violation === null && this.#heard === null && opinions.valueOf(number) !== next)
      this.#copies[index] = { opinion: number, state: copy };
    return { opinion: number, violation };
  }

  /** @param state that becomes what it thinks next */
  #show(
    oracle: Oracle,
    state: unknown,
    observation: number,
    values: Int32Array,
  ): { readonly next: Opinion; readonly violation: Violation | null } {
    let violation: Violation | null = null;
    const now = this.times.valueOf(values[NOW] as number);
    oracle.observe(state, this.observations.valueOf(observation), this.#view, (...report) => {
      violation ??= violationOf(oracle, now, report);
    });
    return { next: { state, isSilent: violation !== null && oracle.once === true }, violation };
  }

  // ---- Other orders of entries

  /** At what was met in another order since (`EntryOrders`). */
  lookAgain(): void {
    this.#heard?.lookAgain();
  }

  /** A node, or behind all nodes a service, was met in another order. */
  meetOther(place: number, part: number, value: NodePart | ServiceRecord): void {
    this.#heard?.meet(FIRST_NODE + place, part, value);
  }

  #ordersAt(place: number, part: number): readonly (NodePart | ServiceRecord)[] {
    if (place === NOW) return [];
    const table = this.#parts.nodes[place - FIRST_NODE] ?? this.#parts.services;
    return table.orders?.of(part) ?? [];
  }

  #compare(heard: Heard<Said>, { opinion, seen }: OtherSight<Opinion>): void {
    const { oracle: index, observation, values, said } = heard;
    const oracle = this.#oracles[index] as Oracle;
    const opinions = this.#opinions[index] as Parts<Opinion>;
    const { state, isSilent } = opinion ?? opinions.valueOf(heard.opinion);
    if (isSilent) return;
    this.#view.show(values, [], seen);
    const { next, violation } = this.#show(oracle, cloneState(state), observation, values);
    if (opinions.numberOf(next) === said.opinion && violation?.text === said.violation?.text) return;
    throw new UndeclaredError(
      `${oracle.name} can tell in which order entries came into maps and sets; leave --entries any out`,
    );
  }

  /** Most observations leave an oracle as it was: then the copy that it was asked with does for the next. */
  #takeCopy(index: number, opinion: number): unknown {
    const copy = this.#copies[index];
    if (copy?.opinion !== opinion) return undefined;
    this.#copies[index] = null;
    return copy.state;
  }

  /** Room for the part numbers of a state, as judges see them. */
  createValues(): Int32Array {
    const { nodes, services } = this.#engine;
    return new Int32Array(FIRST_NODE + nodes.length + services.length);
  }

  /** Part numbers of a state, as judges see them. */
  readValues(row: Readonly<Row>, values: Int32Array): void {
    const nodes = this.#engine.nodes.length;
    values[NOW] = this.#timeOf(row[FRAME] as number);
    for (let node = 0; node < nodes; node++) values[FIRST_NODE + node] = row[nodePlace(node)] as number;
    const services = this.#parts.serviceTuples.valueOf(row[SERVICES] as number);
    for (let service = 0; service < services.length; service++)
      values[FIRST_NODE + nodes + service] = services[service] as number;
  }

  #timeOf(frame: number): number {
    const known = this.#timeOfFrame[frame] ?? UNKNOWN;
    if (known !== UNKNOWN) return known;
    while (this.#timeOfFrame.length <= frame) this.#timeOfFrame.push(UNKNOWN);
    return (this.#timeOfFrame[frame] = this.times.numberOf(this.#parts.frames.valueOf(frame).now));
  }

  /** What they say at the end of a run that ends like this: faults stop there. */
  finish(tuple: number, values: Int32Array): Violation | null {
    const calm = this.judge(tuple, this.observations.numberOf({ kind: 'faults-stopped' }), values);
    const { violation } = this;
    this.violation = null;
    if (violation !== null) return violation;
    const known = this.#ends.get(calm, 0, values);
    if (known >= 0) return this.#lastWords[known] as Violation | null;
    const reads: number[] = [];
    const lastWord = this.#finish(calm, values, reads);
    this.#ends.set(calm, 0, values, reads, this.#lastWords.push(lastWord) - 1);
    return lastWord;
  }

  #finish(tuple: number, values: Int32Array, reads: number[]): Violation | null {
    let violation: Violation | null = null;
    this.#view.show(values, reads);
    for (const [index, opinion] of this.#tuples.valueOf(tuple).entries()) {
      const oracle = this.#oracles[index] as Oracle;
      const { state, isSilent } = (this.#opinions[index] as Parts<Opinion>).valueOf(opinion);
      if (isSilent) continue;
      oracle.finish(cloneState(state), this.#view, (...report) => {
        violation ??= violationOf(oracle, this.times.valueOf(values[NOW] as number), report);
      });
    }
    return violation;
  }

  /** A view of the world as it is in these values, which notes what is read. */
  viewOf(values: Int32Array, reads: number[]): WorldView {
    this.#view.show(values, reads);
    return this.#view;
  }
}

/** The one place that was read beside that of the step; the time if there is none, and `NO_PLACE` if there are several. */
function otherPlaceOf(read: number, place: number): number {
  if (read < 0 || place >= MARKED_PLACES) return NO_PLACE; // the places that share the last bit may be several
  const others = read & ~(AT_TIME | (1 << place));
  return (others & (others - 1)) === 0 ? Math.max(NOW, HIGHEST_BIT - Math.clz32(others)) : NO_PLACE;
}

/** A view of parts. Each place that is read is noted once. */
class TracedView implements WorldView {
  readonly #engine: Engine;
  readonly #parts: WorldParts;
  readonly #times: Parts<number>;
  readonly #nodes: readonly NodeView[];
  #values: Int32Array = new Int32Array(0);
  #reads: number[] = [];
  #instead: OtherSight<unknown>['seen'] = null;

  constructor(engine: Engine, parts: WorldParts, times: Parts<number>) {
    this.#engine = engine;
    this.#parts = parts;
    this.#times = times;
    this.#nodes = engine.nodes.map((node, index) => new TracedNode(node, () => this.#recordOf(index)));
  }

  /** @param instead what is other than in the values */
  show(values: Int32Array, reads: number[], instead: OtherSight<unknown>['seen'] = null): void {
    this.#values = values;
    this.#reads = reads;
    this.#instead = instead;
  }

  #read(place: number): number {
    if (!this.#reads.includes(place)) this.#reads.push(place);
    return this.#values[place] as number;
  }

  #recordOf(index: number): NodeRecord {
    const part = this.#read(FIRST_NODE + index);
    if (this.#instead?.place === FIRST_NODE + index) return (this.#instead.value as NodePart).record;
    return must(this.#parts.nodes[index], 'a node').valueOf(part).record;
  }

  get now(): number {
    return this.#times.valueOf(this.#read(NOW));
  }

  /** How many events there were differs between ways to one state, so nobody may judge by it. */
  get events(): number {
    return 0;
  }

  nodes(): readonly NodeView[] {
    return this.#nodes;
  }

  node(address: string): NodeView | undefined {
    return this.#nodes[this.#engine.settings.indexes.get(address) ?? -1];
  }

  service(name: string): unknown {
    const index = this.#engine.settings.serviceIndexes.get(name);
    if (index === undefined) return undefined;
    const place = FIRST_NODE + this.#nodes.length + index;
    const part = this.#read(place);
    if (this.#instead?.place === place) return (this.#instead.value as ServiceRecord).state;
    return this.#parts.services.valueOf(part).state;
  }
}

const STATUSES = ['running', 'paused', 'down', 'halted'] as const;

class TracedNode implements NodeView {
  readonly address: string;
  readonly role: string;
  readonly #record: () => NodeRecord;

  constructor({ fixed }: NodeRecord, record: () => NodeRecord) {
    this.address = fixed.address;
    this.role = fixed.machine.role;
    this.#record = record;
  }

  get status(): NodeView['status'] {
    return STATUSES[this.#record().status] ?? 'down';
  }

  get isGone(): boolean {
    return this.#record().isGone;
  }

  get incarnation(): number {
    return this.#record().incarnation;
  }

  get state(): unknown {
    return this.#record().state;
  }
}
