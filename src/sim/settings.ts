// The options of a world, settled: defaults filled in, names resolved to indexes, contradictions refused. Nothing here ever changes.
import { assert } from '../core/base/assert.ts';
import type { Address, Envelope } from '../core/base/vocabulary.ts';
import { LineWriter } from '../run/trace-lines.ts';
import type { Decisions, StreamId } from './decisions.ts';
import { SCHEDULE_STREAM } from './decisions.ts';
import { hearingOf, type Hearing } from './hearing.ts';
import { KindStreams } from './kind-streams.ts';
import type { Oracle } from './observation.ts';
import { TURN, WAKE, localEvent } from './records.ts';
import type { FixedNode } from './records.ts';
import type { Service } from './service.ts';
import type {
  Checks,
  EventRecord,
  FaultPlan,
  FaultPoint,
  FaultRule,
  Latency,
  MessageCodec,
  NodeSpec,
  WorldOptions,
} from './world-types.ts';

/** By how much a side hears late of a broken connection at most, unless the network says otherwise. */
export const LATE_NOTICE_US = 2_000_000;

export interface Settings {
  readonly decisions: Decisions;
  readonly schedule: StreamId;
  readonly nodes: readonly FixedNode[];
  readonly indexes: ReadonlyMap<Address, number>;
  readonly services: readonly FixedService[];
  /** By name. */
  readonly serviceIndexes: ReadonlyMap<string, number>;
  /** Index of the service that serves a kind of request. */
  readonly serviceOfKind: ReadonlyMap<string, number>;
  /** By class: control, data. */
  readonly latencies: readonly [Latency, Latency];
  readonly sizeOf: (envelope: Envelope) => number;
  readonly lateNoticeUs: number;
  /** Messages are datagrams: no connections, no order. */
  readonly isDatagram: boolean;
  readonly stepCostUs: number;
  readonly recordCostUs: number;
  readonly checks: Checks;
  /** Inputs and effects are hashed. */
  readonly hashed: boolean;
  readonly hashEveryStep: boolean;
  readonly frozen: boolean;
  /** A share of the steps is made twice. */
  readonly twice: boolean;
  /** Somebody is shown observations. */
  readonly observed: boolean;
  readonly codec: MessageCodec | null;
  readonly oracles: readonly Oracle[];
  /** Which of them hears what. */
  readonly hearing: Hearing;
  readonly faults: FaultPlan | null;
  readonly rules: Readonly<Record<FaultPoint['at'], RuleTable>>;
  readonly trace: SettledTrace | null;
  readonly onEvent: ((record: EventRecord) => void) | null;
  readonly epochMs: number;
  readonly lateApplyUs: number;
  readonly requestTimeoutUs: number;
}

export interface SettledTrace {
  readonly onLine: (line: string) => void;
  readonly lines: LineWriter;
}

export interface FixedService {
  readonly index: number;
  readonly service: Service<unknown, { readonly kind: string }>;
  readonly latency: Latency;
  /** By node: streams `store/<service>/<kind>/<node>` of delays. */
  readonly requestDelays: readonly KindStreams[];
  readonly answerDelays: readonly KindStreams[];
}

/** The rules of one sort of points, and those of each kind of it that was seen so far: most kinds have few. */
export interface RuleTable {
  readonly all: readonly SettledRule[];
  readonly byKind: Map<string, RulesOfKind>;
}

/** Those that may strike at points of one kind. */
export interface RulesOfKind {
  readonly rules: readonly SettledRule[];
  /** The stream of each of them for each node, all rules of one node together, as far as they were asked for; -1: not yet. */
  readonly streams: StreamId[];
}

export interface SettledRule {
  readonly rule: FaultRule;
  /** By node. */
  readonly streams: readonly KindStreams[];
}

/** What the wall clock of a world shows at its beginning. */
export const EPOCH_MS = 1_767_225_600_000; // 2026-01-01
const NO_LATENCY: Latency = { latencyUs: 0, jitterUs: 0 };

export function settleOptions(options: WorldOptions): Settings {
  const { decisions, network } = options;
  const checks = options.checks ?? 'checked';
  const oracles: readonly Oracle[] = options.oracles ?? [];
  const faults: FaultPlan | null = options.faults ?? null;
  const nodes = options.nodes.map((spec, index) => fixNode(spec, index, decisions));
  const services = fixServices(options);
  checkOptions(options);
  return {
    decisions,
    schedule: decisions.open(SCHEDULE_STREAM),
    nodes,
    indexes: new Map(nodes.map((node) => [node.address, node.index])),
    services,
    serviceIndexes: new Map(services.map(({ service, index }) => [service.name, index])),
    serviceOfKind: kindsOf(options),
    latencies: [network.control, network.data],
    sizeOf: network.sizeOf ?? (() => 0),
    lateNoticeUs: network.lateNoticeUs ?? LATE_NOTICE_US,
    isDatagram: network.transport === 'datagram',
    stepCostUs: options.costs?.stepCostUs ?? 0,
    recordCostUs: options.costs?.recordCostUs ?? 0,
    checks,
    hashed: checks !== 'bare',
    hashEveryStep: options.hashEveryStep ?? false,
    twice: (options.twice ?? false) && checks !== 'bare',
    frozen: options.freeze ?? checks === 'strict',
    observed: oracles.length > 0 || options.trace !== undefined || options.onEvent !== undefined,
    codec: checks === 'strict' ? (options.codec ?? null) : null,
    oracles,
    hearing: hearingOf(oracles),
    faults,
    rules: {
      begin: settleRules(faults, 'begin', options),
      step: settleRules(faults, 'step', options),
      send: settleRules(faults, 'send', options),
      request: settleRules(faults, 'request', options),
    },
    trace: options.trace === undefined ? null : { onLine: options.trace.onLine, lines: new LineWriter() },
    onEvent: options.onEvent ?? null,
    epochMs: options.epochMs ?? EPOCH_MS,
    lateApplyUs: options.lateApplyUs ?? 5_000_000,
    requestTimeoutUs: options.requestTimeoutUs ?? 2_000_000,
  };
}

function fixNode(spec: NodeSpec, index: number, decisions: Decisions): FixedNode {
  return {
    index,
    spec,
    address: spec.address,
    machine: spec.machine,
    costFactor: spec.costFactor ?? 1,
    chances: new KindStreams(decisions, `chance/${spec.address}/`),
    turn: localEvent(TURN, index, 0, null),
    wake: localEvent(WAKE, index, 0, null),
  };
}

function fixServices(options: WorldOptions): readonly FixedService[] {
  const latencies = options.serviceLatency ?? {};
  return (options.services ?? []).map((service: Service<unknown, { readonly kind: string }>, index) => {
    const streams = (end: string): readonly KindStreams[] =>
      options.nodes.map(
        ({ address }) => new KindStreams(options.decisions, `store/${service.name}/`, `/${address}/${end}`),
      );
    return {
      index,
      service,
      latency: latencies[service.name] ?? latencies['*'] ?? NO_LATENCY,
      requestDelays: streams('request'),
      answerDelays: streams('answer'),
    };
  });
}

function kindsOf(options: WorldOptions): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const [index, service] of (options.services ?? []).entries()) {
    for (const kind of service.serves as readonly string[]) {
      assert(!kinds.has(kind), `two services serve ${kind}`);
      kinds.set(kind, index);
    }
  }
  return kinds;
}

function settleRules(faults: FaultPlan | null, at: FaultPoint['at'], options: WorldOptions): RuleTable {
  const rules = faults?.rules.filter((rule) => rule.at === at) ?? [];
  const names = new Set(rules.map(({ stream }) => stream));
  const streams = new Map([...names].map((name) => [name, streamsOfRule(name, options)]));
  const all = rules.map((rule) => ({ rule, streams: streams.get(rule.stream) ?? [] }));
  return { all, byKind: new Map() };
}

/** By node; rules with one name share them. */
function streamsOfRule(stream: string, { nodes, decisions }: WorldOptions): readonly KindStreams[] {
  return nodes.map(({ address }) => new KindStreams(decisions, `${stream}/${address}/`));
}

const NO_RULES: RulesOfKind = { rules: [], streams: [] };

/** The rules that may strike at points of this kind. */
export function rulesOfKind({ all, byKind }: RuleTable, kind: string): RulesOfKind {
  if (all.length === 0) return NO_RULES;
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const rules = all.filter(({ rule }) => rule.kinds === undefined || rule.kinds.includes(kind));
  const found = { rules, streams: [] };
  byKind.set(kind, found);
  return found;
}

function checkOptions(options: WorldOptions): void {
  const addresses = options.nodes.map((node) => node.address);
  assert(new Set(addresses).size === addresses.length, 'two nodes have the same address');
  assert(options.checks !== 'bare' || options.onEvent === undefined, 'onEvent needs a hash: not in bare runs');
  const { control, data, sizeOf } = options.network;
  const limited = control.bytesPerUs !== undefined || data.bytesPerUs !== undefined;
  assert(!limited || sizeOf !== undefined, 'network.bytesPerUs needs network.sizeOf');
}
