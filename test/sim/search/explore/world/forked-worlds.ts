// All states of a guest that forks of its world reach: every order and every answer, tried with nothing but the world itself. It knows nothing of
// rows and parts, so that it can tell whether they leave something out.
import { cloneState, hashState } from '../../../../../src/core/base/state.ts';
import { clockOf, isWakeDue } from '../../../../../src/sim/clocks.ts';
import { StreamNames } from '../../../../../src/sim/decision-log.ts';
import type { Decisions, StreamId } from '../../../../../src/sim/decisions.ts';
import { forkEngine, type Engine } from '../../../../../src/sim/engine.ts';
import type { HeapEntry } from '../../../../../src/sim/event-heap.ts';
import type { WorldView } from '../../../../../src/sim/observation.ts';
import type { GuestRun } from '../../../../../src/sim/guest.ts';
import { enabledEvents, stepOut } from '../../../../../src/sim/loop.ts';
import {
  ANSWER,
  APPLY,
  DELIVER,
  DOWN,
  HEAL,
  NOTICE,
  PAUSED,
  RESUME,
  RUNNING,
  START,
  STOP,
  TURN,
  WAKE,
  type LinkRecord,
  type NodeRecord,
  type Notice,
  type SimEvent,
} from '../../../../../src/sim/records.ts';
import { describeThrown } from '../../../../../src/sim/judge-run.ts';
import { slotOf } from '../../../../../src/sim/links.ts';
import { engineOf, viewOf } from '../../../../../src/sim/world.ts';
import type { WorldBounds } from '../../../../../src/sim/search/explore/world/world-system.ts';

/** What was found. */
export interface Reached {
  /** Different states. */
  readonly unique: number;
  /** Steps between them. */
  readonly total: number;
  /** What was wrong with steps; where they lead is not followed. */
  readonly wrong: ReadonlySet<string>;
  /** Each state as a whole: nodes, services, judges. */
  readonly seen: ReadonlySet<string>;
  /** The same of states in which nothing can happen any more. */
  readonly ends: ReadonlySet<string>;
  readonly isWhole: boolean;
}

export interface ForkedOptions {
  readonly begin: (decisions: Decisions) => Pick<GuestRun, 'world' | 'judges' | 'moments'>;
  readonly bounds: WorldBounds;
  readonly from: string;
  /** Null: there is no end. */
  readonly to: string | null;
  readonly statesMax: number;
  /**
   * What comes to a node that is paused, or whose deadline is due, waits on its way instead of in its queue. It is taken behind the deadline in any case.
   */
  readonly isPatient: boolean;
}

interface State {
  readonly engine: Engine;
  readonly deviations: number;
  readonly chances: number;
}

export function reachByForks({ begin, bounds, from, to, statesMax, isPatient }: ForkedOptions): Reached {
  const decisions = new EveryAnswer();
  const { world, judges, moments } = begin(decisions);
  const isFrom = moments[from] as (typeof moments)[string];
  if (!isFrom(world.view)) world.run({ untilUs: bounds.untilUs, stopWhen: isFrom });
  const explorer = new Forks(decisions, bounds, judges, isPatient, to === null ? () => false : moments[to]!);
  return explorer.reach(engineOf(world), statesMax);
}

const MANY = 1_024;
const CHANCES_MANY = 9;

/** Answers as it is told, then plainly, and keeps what was asked. */
class EveryAnswer implements Decisions {
  readonly ordersEvents = false;
  readonly #names = new StreamNames();
  answers: readonly number[] | null = null;
  asked: { readonly choices: readonly number[]; readonly at: number; readonly isChance: boolean }[] = [];

  open(name: string): StreamId {
    return this.#names.idOf(name);
  }

  pick(stream: StreamId, n: number): number {
    if (n <= 1 || this.answers === null) return 0;
    const isChance = this.#names.nameOf(stream).startsWith('chance/');
    const choices =
      n >= (isChance ? CHANCES_MANY : MANY) ? [0, n - 1] : Array.from({ length: n }, (_, answer) => answer);
    const at = this.answers[this.asked.length] ?? 0;
    this.asked.push({ choices, at, isChance });
    return choices[at] as number;
  }

  /** The answers to be given next; null: all were. */
  next(): readonly number[] | null {
    const { asked } = this;
    for (let last = asked.length - 1; last >= 0; last--) {
      const { choices, at } = asked[last] as (typeof asked)[number];
      if (at + 1 < choices.length) return [...asked.slice(0, last).map((one) => one.at), at + 1];
    }
    return null;
  }

  get chances(): number {
    return this.asked.filter(({ isChance, at }) => isChance && at > 0).length;
  }

  lastAsked(stream: StreamId): { stream: string; index: number } {
    return { stream: this.#names.nameOf(stream), index: 0 };
  }

  fork(): Decisions {
    return this;
  }

  tape(): readonly [] {
    return [];
  }
}

class Forks {
  readonly #decisions: EveryAnswer;
  readonly #bounds: WorldBounds;
  readonly #judges: readonly string[];
  readonly #isPatient: boolean;
  readonly #isEnd: (view: WorldView) => boolean;
  readonly #known = new Set<string>();
  readonly #waiting: State[] = [];
  readonly #wrong = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  #total = 0;
  #emitted = 0;

  constructor(
    decisions: EveryAnswer,
    bounds: WorldBounds,
    judges: readonly string[],
    isPatient: boolean,
    isEnd: (view: WorldView) => boolean,
  ) {
    this.#isEnd = isEnd;
    this.#decisions = decisions;
    this.#bounds = bounds;
    this.#judges = judges;
    this.#isPatient = isPatient;
  }

  reach(first: Engine, statesMax: number): Reached {
    this.#decisions.answers = [];
    first.violations.length = 0;
    moveDeadlines(first);
    this.#add({ engine: first, deviations: 0, chances: 0 });
    let at = 0;
    for (; at < this.#waiting.length && this.#known.size <= statesMax; at++) {
      const state = this.#waiting[at] as State;
      if (this.#isEnd(state.engine.view)) continue;
      this.#emitted = 0;
      this.#expand(state);
      if (this.#emitted === 0) this.#ends.add(summaryOf(state.engine, this.#judges, true));
      (this.#waiting as (State | null)[])[at] = null;
    }
    const isWhole = at === this.#waiting.length;
    return {
      unique: this.#known.size,
      total: this.#total,
      wrong: this.#wrong,
      seen: this.#seen,
      ends: this.#ends,
      isWhole,
    };
  }

  #add(state: State): void {
    this.#total += 1;
    const key = this.#keyOf(state);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#seen.add(summaryOf(state.engine, this.#judges, false));
    this.#waiting.push(state);
    if (this.#isEnd(state.engine.view)) this.#hearLastWords(state.engine);
  }

  #hearLastWords({ settings, oracles, view }: Engine): void {
    for (const [index, oracle] of settings.oracles.entries()) {
      const { name } = oracle;
      if (this.#judges.includes(name))
        oracle.finish(cloneState(oracles[index]?.state), view, (_, text) => this.#wrong.add(`${name}: ${text}`));
    }
  }

  #expand(state: State): void {
    const { engine } = state;
    const ready: HeapEntry<SimEvent>[] = [];
    const later: HeapEntry<SimEvent>[] = [];
    const keys = new Set<string>();
    for (const entry of enabledEvents(engine)) {
      const key = hashState(eventKey(engine, entry));
      if (!this.#canHappen(engine, entry) || keys.has(key)) continue;
      keys.add(key);
      (entry.time <= engine.now ? ready : later).push(entry);
    }
    for (const entry of ready) this.#take(state, entry, 0);
    const isDeviation = ready.length > 0;
    if (isDeviation && state.deviations >= this.#bounds.deviationsMax) return;
    const [first] = later.map(({ time }) => time).toSorted((one, other) => one - other);
    for (const entry of later) if (entry.time === first) this.#take(state, entry, isDeviation ? 1 : 0);
  }

  #canHappen(engine: Engine, { time, event }: HeapEntry<SimEvent>): boolean {
    if (isNothing(engine, time, event)) return false;
    if (!this.#isPatient || ![DELIVER, ANSWER, NOTICE, TURN].includes(event.type)) return true;
    const node = engine.nodes[event.node] as NodeRecord;
    const isOfLinks = event.type === NOTICE || isStopped(engine, time, event);
    if (node.status === PAUSED) return isOfLinks;
    if (node.status !== RUNNING || isOfLinks) return true;
    if (event.type === TURN) return !isWakeDue(engine, node);
    const hasQueue = node.queueHead < node.queue.length;
    return !hasQueue && !isDueAt(engine, node, Math.max(time, engine.now));
  }

  #take({ engine, deviations, chances }: State, { time, sequence }: HeapEntry<SimEvent>, deviation: number): void {
    if (time > this.#bounds.untilUs) {
      this.#emitted += 1;
      return;
    }
    let answers: readonly number[] | null = [];
    while (answers !== null) {
      const fork = forkEngine(engine, viewOf);
      this.#decisions.answers = answers;
      this.#decisions.asked = [];
      fork.events = 129; // no step is made twice
      stepOut(fork, sequence);
      moveDeadlines(fork);
      const picked = chances + this.#decisions.chances;
      if (picked <= this.#bounds.chancesMax)
        this.#emit({ engine: fork, deviations: deviations + deviation, chances: picked });
      answers = this.#decisions.next();
    }
  }

  #emit(state: State): void {
    this.#emitted += 1;
    const { thrown, violations } = state.engine;
    const [violation] = violations;
    if (violation !== undefined) this.#wrong.add(`${violation.oracle}: ${violation.text}`);
    else if (thrown !== null) this.#wrong.add(describeThrown(thrown));
    if (violation === undefined && thrown === null) this.#add(state);
    else this.#total += 1;
  }

  #keyOf({ engine, deviations, chances }: State): string {
    const { now, nodes, links, services, plan, blocked } = engine;
    return hashState([
      [now, deviations, chances, hitsOf(plan), blocked === null ? null : [...blocked]],
      nodes.map(({ state, incarnation, status, pausedUntil, isGone, cuts, queue, queueHead, wakeAtMs }) => [
        [state, incarnation, status, status === PAUSED ? pausedUntil : 0, isGone, cuts, wakeAtMs],
        queue.slice(queueHead),
      ]),
      links.flatMap((link) => (link === undefined || link.stream === 0 ? [] : [linkKey(link)])),
      services.map(({ state, waiting }) => [state, waiting]),
      judgesOf(engine, this.#judges),
      flowOf(engine),
    ]);
  }
}

function linkKey({ fixed, status, stream, firstStream, heardStream, noticeDue, held }: LinkRecord): unknown {
  return [fixed.slot, status, stream, firstStream, heardStream, noticeDue, held.map(({ event }) => event)];
}

function hitsOf(plan: unknown): number {
  return (plan as { readonly hits?: number } | null)?.hits ?? 0;
}

function judgesOf({ oracles, settings }: Engine, judges: readonly string[]): unknown {
  return oracles
    .filter((_, index) => judges.includes(settings.oracles[index]?.name ?? ''))
    .map(({ state, isSilent }) => [state, isSilent]);
}

/** What is on its way: in order inside a stream, without order otherwise. */
function flowOf(engine: Engine): unknown {
  const streams = new Map<string, unknown[]>();
  const others: string[] = [];
  for (const entry of engine.heap.entries()) {
    const { time, event } = entry;
    if (isNothing(engine, time, event) || event.type === TURN || event.type === WAKE) continue;
    if (event.type === DELIVER && !(event.link >= 0 && engine.settings.isDatagram)) {
      const name = `${event.node}/${event.link}/${event.stream}`;
      streams.set(name, [...(streams.get(name) ?? []), eventKey(engine, entry)]);
    } else others.push(hashState(eventKey(engine, entry)));
  }
  return [[...streams].toSorted(([one], [other]) => (one < other ? -1 : 1)), others.toSorted()];
}

function eventKey({ now }: Engine, { time, event }: HeapEntry<SimEvent>): unknown {
  const { type, node, incarnation, link, stream, item } = event;
  return [type, node, incarnation, link, stream, item, time <= now ? 0 : time];
}

/** It is there, and nothing comes of it. */
function isNothing(engine: Engine, time: number, { type, node: index, incarnation, item, link }: SimEvent): boolean {
  const node = engine.nodes[index] as NodeRecord;
  switch (type) {
    case TURN:
      return (
        node.status !== RUNNING ||
        !(isWakeDue(engine, node) || node.queueHead < node.queue.length || node.fixed.machine.hasWork(node.state))
      );
    case WAKE:
      return node.wakeEventAt !== time || node.status !== RUNNING || !isDueAt(engine, node, Math.max(time, engine.now));
    case ANSWER:
      return node.status >= DOWN || node.incarnation !== incarnation;
    case NOTICE:
      return node.status >= DOWN || node.incarnation !== incarnation || !saysSomething(engine, index, item as Notice);
    case START:
      return node.status < DOWN || node.isGone || node.incarnation !== incarnation;
    case STOP:
      return node.status < DOWN || node.incarnation !== incarnation;
    case RESUME:
      return (
        node.status !== PAUSED || node.incarnation !== incarnation || node.pausedUntil > Math.max(time, engine.now)
      );
    case HEAL: {
      const until = engine.blocked?.[index * engine.nodes.length + link] ?? 0;
      return until === 0 || until > Math.max(time, engine.now);
    }
    case APPLY:
    default:
      return false;
  }
}

/** A partition stops it, whatever its node does. */
function isStopped({ blocked, now }: Engine, time: number, { type, link }: SimEvent): boolean {
  return type === DELIVER && link >= 0 && blocked !== null && (blocked[link >> 1] as number) > Math.max(time, now);
}

/** A deadline that was put off is looked at where it was: then its event moves to where it is now. */
function moveDeadlines(engine: Engine): void {
  for (const { time, sequence, event } of engine.heap.entries()) {
    const node = engine.nodes[event.node] as NodeRecord;
    const isLooked = event.type === WAKE && node.wakeEventAt === time && node.status === RUNNING;
    if (isLooked && !isDueAt(engine, node, Math.max(time, engine.now))) stepOut(engine, sequence);
  }
}

function isDueAt(engine: Engine, node: NodeRecord, time: number): boolean {
  return clockOf({ ...engine, now: time }, node) >= node.wakeAtMs;
}

function saysSomething(engine: Engine, node: number, { peer, streamClass, outgoing, incoming }: Notice): boolean {
  const other = engine.settings.indexes.get(peer) as number;
  const out = engine.links[slotOf(engine, node, other, streamClass)];
  if (outgoing >= 0 && out?.stream === outgoing && out.status === 2) return true;
  return incoming >= 0 && engine.links[slotOf(engine, other, node, streamClass)]?.stream === incoming;
}

/** Nodes, services and judges. @param isSorted maps are as their keys have it, and not as they came */
export function summaryOf(engine: Engine, judges: readonly string[], isSorted: boolean): string {
  const whole = [
    engine.nodes.map(({ state, incarnation, status, isGone }) => [state, incarnation, status, isGone]),
    engine.services.map(({ state }) => state),
    judgesOf(engine, judges),
  ];
  return hashState(isSorted ? sorted(whole) : whole);
}

export function sorted(value: unknown): unknown {
  if (value instanceof Map)
    return [...value]
      .map(([key, item]) => [hashState(key), sorted(item)])
      .toSorted(([one], [other]) => ((one as string) < (other as string) ? -1 : 1));
  if (value instanceof Set) return [...value].map((item) => hashState(item)).toSorted();
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sorted(field)]));
}
