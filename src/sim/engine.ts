// The inside of a world: one record of everything that changes, and how it is forked. The rules are in the files beside it.
// What a fork shares is copied by whoever changes it first: each record names its owner.
import { must } from '../core/base/assert.ts';
import { NEVER } from '../core/base/machine.ts';
import type { Input } from '../core/base/machine.ts';
import { Outbox } from '../core/base/outbox.ts';
import { Hasher } from '../core/base/hasher.ts';
import { cloneState } from '../core/base/state.ts';
import type { Address, Vocabulary } from '../core/base/vocabulary.ts';
import type { Decisions, StreamId } from './decisions.ts';
import { EventHeap } from './event-heap.ts';
import { violationOf } from './observation.ts';
import type { Observation, Oracle, TimeUs, Violate, Violation, WorldView } from './observation.ts';
import { DOWN, START, localEvent } from './records.ts';
import type {
  FixedNode,
  LinkRecord,
  NodeRecord,
  OracleRecord,
  Owner,
  ServiceRecord,
  ServiceTrouble,
  SimEvent,
} from './records.ts';
import { settleOptions } from './settings.ts';
import type { Settings } from './settings.ts';
import type { Thrown, WorldOptions } from './world-types.ts';

export interface Engine {
  readonly settings: Settings;
  owner: Owner;
  now: TimeUs;
  /** Events so far. */
  events: number;
  /** The next sequence number. */
  sequence: number;
  readonly decisions: Decisions;
  readonly schedule: StreamId;
  readonly heap: EventHeap<SimEvent>;
  readonly nodes: NodeRecord[];
  /** By slot `(from * nodes + to) * 2 + class`; made when first used. */
  readonly links: (LinkRecord | undefined)[];
  readonly services: ServiceRecord[];
  readonly oracles: OracleRecord[];
  plan: unknown;
  planOwner: Owner;
  faultsStopped: boolean;
  /** Until when the direction `from * nodes + to` is blocked; null while there is no partition at all. */
  blocked: Float64Array | null;
  /** What services do to requests for a time. Replaced as a whole, so that forks share it; empty where nothing is wrong. */
  troubles: readonly ServiceTrouble[];
  readonly hasher: Hasher;
  readonly hashes: string[];
  readonly violations: Violation[];
  /** Observations of the current event, where somebody wants to describe it. */
  readonly observations: Observation[];
  /** Reused for every step. */
  out: Outbox;
  /** The step that is being made, if any: a throw is then the machine's. */
  steppedNode: NodeRecord | null;
  steppedInput: Input<Vocabulary> | null;
  /** What the machine picks in a step that is made twice; null in others. */
  picks: number[] | null;
  thrown: Thrown | null;
  view: WorldView;
}

export function createEngine(options: WorldOptions, viewOf: (engine: Engine) => WorldView): Engine {
  const settings = settleOptions(options);
  const owner: Owner = {};
  const plan: unknown = settings.faults?.create() ?? null;
  const engine: Engine = {
    settings,
    owner,
    now: 0,
    events: 0,
    sequence: 0,
    decisions: settings.decisions,
    schedule: settings.schedule,
    heap: new EventHeap<SimEvent>(),
    nodes: settings.nodes.map((fixed) => createNode(fixed, owner)),
    links: [],
    services: settings.services.map(({ service }) => ({ owner, state: service.create(), waiting: new Map() })),
    oracles: [],
    plan,
    planOwner: owner,
    faultsStopped: false,
    blocked: null,
    troubles: [],
    hasher: new Hasher(),
    hashes: [],
    violations: [],
    observations: [],
    out: null as never,
    steppedNode: null,
    steppedInput: null,
    picks: null,
    thrown: null,
    view: null as never,
  };
  engine.view = viewOf(engine);
  engine.out = outboxOf(engine);
  for (const oracle of settings.oracles) engine.oracles.push(oracleRecord(engine, oracle, oracle.create(), false));
  for (const node of engine.nodes) schedule(engine, node.fixed.spec.startAtUs ?? 0, startOf(node));
  return engine;
}

function createNode(fixed: FixedNode, owner: Owner): NodeRecord {
  return {
    owner,
    fixed,
    state: fixed.machine.create() as unknown,
    stateOwner: owner,
    incarnation: 0,
    status: DOWN,
    busyUntil: 0,
    queue: [],
    queueHead: 0,
    wakeAtMs: NEVER,
    wakeEventAt: NEVER,
    turnPending: false,
    stepSequence: 0,
    pausedUntil: 0,
    dying: null,
    isGone: false,
    slowness: null,
    clock: { sinceUs: 0, aheadUs: (fixed.spec.clockOffsetMs ?? 0) * 1_000, wallAheadMs: 0, driftPpm: 0 },
    cuts: null,
  };
}

function outboxOf(engine: Engine): Outbox {
  return new Outbox(engine.settings.observed, (question, n) => pickFor(engine, question, n));
}

/** The chance of the machine that is stepped: uniform, on a stream of its node and question. */
function pickFor(engine: Engine, question: string, n: number): number {
  const { chances } = must(engine.steppedNode, 'a step that is being made: an outbox is not kept').fixed;
  const picked = engine.decisions.pick(chances.of(question), n, (n - 1) / n);
  engine.picks?.push(picked);
  return picked;
}

/** The event that starts the next incarnation of a node. */
export function startOf(node: NodeRecord): SimEvent {
  return localEvent(START, node.fixed.index, node.incarnation, null);
}

export function schedule(engine: Engine, time: TimeUs, event: SimEvent): void {
  engine.heap.push(time, engine.sequence, event);
  engine.sequence += 1;
}

/** A world with the same past and the same future. Costs a few copies of arrays; records are copied when they change. */
export function forkEngine(engine: Engine, viewOf: (engine: Engine) => WorldView): Engine {
  engine.owner = {}; // from now on all records are shared
  const hasher = new Hasher();
  hasher.copyFrom(engine.hasher);
  const fork: Engine = {
    ...engine,
    owner: {},
    decisions: engine.decisions.fork(),
    heap: engine.heap.fork(),
    nodes: engine.nodes.slice(),
    links: engine.links.slice(),
    services: engine.services.slice(),
    oracles: engine.oracles.slice(),
    blocked: engine.blocked === null ? null : engine.blocked.slice(),
    hasher,
    hashes: engine.hashes.slice(),
    violations: engine.violations.slice(),
    observations: [],
    out: null as never,
  };
  fork.view = viewOf(fork);
  fork.out = outboxOf(fork);
  return fork;
}

/** The node, to be changed by this world alone. Its state may still be shared: see `ownState`. */
export function ownNode(engine: Engine, index: number): NodeRecord {
  const node = engine.nodes[index] as NodeRecord;
  if (node.owner === engine.owner) return node;
  const copy: NodeRecord = { ...node, owner: engine.owner, queue: node.queue.slice(node.queueHead), queueHead: 0 };
  engine.nodes[index] = copy;
  return copy;
}

/** The state of a node that is owned, to be changed by a step. */
export function ownState(engine: Engine, node: NodeRecord): unknown {
  if (node.stateOwner !== engine.owner) {
    node.state = cloneState(node.state);
    node.stateOwner = engine.owner;
  }
  return node.state;
}

export function ownService(engine: Engine, index: number): ServiceRecord {
  const service = engine.services[index] as ServiceRecord;
  if (service.owner === engine.owner) return service;
  const copy = { owner: engine.owner, state: cloneState(service.state), waiting: new Map(service.waiting) };
  engine.services[index] = copy;
  return copy;
}

/** All of them, as each observation goes to all. */
export function ownOracles(engine: Engine): readonly OracleRecord[] {
  const { oracles } = engine;
  if (oracles[0]?.owner === engine.owner) return oracles;
  for (const [index, { oracle, state, isSilent }] of oracles.entries())
    oracles[index] = oracleRecord(engine, oracle, cloneState(state), isSilent);
  return oracles;
}

function oracleRecord(engine: Engine, oracle: Oracle, state: unknown, isSilent: boolean): OracleRecord {
  const { once = false } = oracle;
  const violate: Violate = (...report) => {
    if (record.isSilent) return;
    record.isSilent = once;
    engine.violations.push(violationOf(oracle, engine.now, report));
  };
  const { observe } = oracle; // oxlint-disable-line typescript/unbound-method -- called with its oracle
  const record: OracleRecord = { owner: engine.owner, state, isSilent, oracle, observe, violate };
  return record;
}

export function ownPlan(engine: Engine): unknown {
  if (engine.planOwner !== engine.owner) {
    engine.plan = cloneState(engine.plan);
    engine.planOwner = engine.owner;
  }
  return engine.plan;
}

/** The node of an address that must be there. */
export function mustIndexOf(engine: Engine, address: Address): number {
  return must(engine.settings.indexes.get(address), `a node at address ${address}`);
}
