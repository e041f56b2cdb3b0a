// The types of the simulated world: what it is made of, what a guest may do to it, and what it answers. world.ts makes worlds.
// A guest is whoever hosts machines here: the Millrace cluster, or a user with a machine of their own.
import type { Address, Envelope, Kinded, StreamClass } from '../core/base/vocabulary.ts';
import type { Input, Machine } from '../core/base/machine.ts';
import type { Vocabulary } from '../core/base/vocabulary.ts';
import type { Decisions } from './decisions.ts';
import type { Oracle, TimeUs, Violation, WorldView } from './observation.ts';
import type { Service } from './service.ts';

/** A machine whose own types the world does not know: it hosts any. */
// oxlint-disable-next-line typescript/no-explicit-any -- a machine takes its own state and vocabulary, and gives them to nobody else
export type HostedMachine = Machine<any, any>;

/** A node of the world: an address, and the machine that lives there. */
export interface NodeSpec {
  readonly address: Address;
  readonly machine: HostedMachine;
  /** Its monotonic clock shows this many ms more than the world's. */
  readonly clockOffsetMs?: number;
  /** Its steps cost this many times what they cost elsewhere. */
  readonly costFactor?: number;
  /** When its process starts first. Default 0. */
  readonly startAtUs?: TimeUs;
  /** A process that halted starts again after this long; absent or null: it stays down. */
  readonly restartAfterHaltUs?: number | null;
}

/** A message or request takes `latencyUs`, up to `jitterUs` more (a decision), and its bytes at `bytesPerUs`, if that is given. */
export interface Latency {
  readonly latencyUs: number;
  readonly jitterUs: number;
  readonly bytesPerUs?: number;
}

/**
 * `stream`: connections, on which messages come in order and at most once, and which break. `datagram`: each message travels by itself, and may
 * overtake others, get lost, or come twice where faults say so; nobody hears of connections.
 */
export type Transport = 'stream' | 'datagram';

/** How long messages take, by class of stream. */
export interface NetworkOptions {
  /** Default `stream`. */
  readonly transport?: Transport;
  readonly control: Latency;
  readonly data: Latency;
  /** Bytes of a message; needed where `bytesPerUs` is given. */
  readonly sizeOf?: (envelope: Envelope) => number;
  /** A side hears late of a broken connection by this much, if the decision says late. Default 2 s. */
  readonly lateNoticeUs?: number;
}

/** What a step costs, in µs of world time. */
export interface CostOptions {
  /** Every step keeps its node busy this long. */
  readonly stepCostUs: number;
  /** Each record that a step counted in `out.records`, in addition. */
  readonly recordCostUs: number;
}

/** How much a run looks at itself. `bare`: not at all. `checked`: invariants and hash. `strict`: also frozen messages and codec round trips. */
export type Checks = 'bare' | 'checked' | 'strict';

/** In strict runs every message passes through it. */
export interface MessageCodec {
  encode(envelope: Envelope): Uint8Array;
  /** Throws on bytes that it does not understand. */
  decode(bytes: Uint8Array): Envelope;
}

/** Where the trace goes: one line for each observation (src/run/trace-lines.ts), as data. */
export interface TraceOptions {
  readonly onLine: (line: string) => void;
}

/** One event, for a search of the first difference between two runs. `describe` and `states` are valid only during the call. */
export interface EventRecord {
  /** Counted from 1. */
  readonly index: number;
  readonly at: TimeUs;
  readonly hash: string;
  readonly describe: () => string;
  /** The states of all nodes by address. They go on changing: clone what is kept. */
  readonly states: () => Readonly<Record<string, unknown>>;
}

/** A place where a fault may strike. */
export type FaultPoint =
  /** The run begins: once for each node, in their order, before anything happens. Message and request controls throw here. */
  | { readonly at: 'begin'; readonly node: Address; readonly kind: 'begin' }
  /** Before a step of a node. `kind` is that of the message or of the answer, else of the input. */
  | { readonly at: 'step'; readonly node: Address; readonly kind: string; readonly input: Input<Vocabulary> }
  /** A message leaves for a link (never one to the own address). */
  | { readonly at: 'send'; readonly node: Address; readonly kind: string; readonly message: Envelope }
  /** A request leaves for a service. `writes`: it changes what is stored. */
  | {
      readonly at: 'request';
      readonly node: Address;
      readonly kind: string;
      readonly service: string;
      readonly request: { readonly kind: string };
      readonly writes: boolean;
    };

/** A fault that fired: one line for reports, and whether it hit something that counts. */
export interface FiredFault {
  /** A node, or `from>to`. */
  readonly target: string;
  /** Names its target. */
  readonly text: string;
  readonly hit: boolean;
}

/**
 * One way in which faults come. At each point it is asked about, the world asks the decision stream `<stream>/<node>/<kind>` for 0 (nothing) or the way in which
 * it strikes, from 1 on.
 * `P` is the state of the fault plan: plain data, cloned at a fork.
 */
export interface FaultRule<P = unknown> {
  /** Name of the fault in reports. */
  readonly fault: string;
  /** Prefix of its decision streams: `crash`, `drop`, … */
  readonly stream: string;
  readonly at: FaultPoint['at'];
  /** Kinds that it strikes at; absent: all. */
  readonly kinds?: readonly string[];
  /** In how many ways it may strike, each as likely (how long it lasts, …): one decision says whether, and in which. Default 1. */
  readonly ways?: number;
  /** Chance that it strikes here. At 0 the question is not asked at all. */
  odds(plan: P, point: FaultPoint, view: WorldView): number;
  /** Does it, in a way from 0 on. Returns null if it came to nothing. */
  apply(plan: P, controls: PointControls, point: FaultPoint, view: WorldView, way: number): FiredFault | null;
}

/** Faults of a run: the rules, and a filter for what must be altered on its way for longer than one message. */
export interface FaultPlan<P = unknown> {
  create(): P;
  readonly rules: readonly FaultRule<P>[];
  /** Sees every message that leaves for a link, after the rules: what travels instead (a new envelope with the same ends), or null for nothing. */
  filter?(plan: P, message: Envelope, now: TimeUs): Envelope | null;
}

export type Notice = 'soon' | 'late' | 'never';

/** µs until a dead process starts again; null: it stays down until faults stop; `never`: it is gone for good, also then. */
export type Restart = number | null | 'never';

/** What a crash leaves of the node's own disks. `torn`: its power failed, and what it had not synced is lost or torn. `kept`: its process alone died, and all is there that it wrote. */
export type DiskFate = 'torn' | 'kept';

/** What a service does to requests for a time. */
export interface Trouble {
  readonly service: string;
  /** Whose requests; null: those of all nodes. */
  readonly node: Address | null;
  /** Kinds of requests; null: all. */
  readonly kinds: readonly string[] | null;
  readonly forUs: number;
  /** They fail with this, and are not applied; null: they are applied, `extraUs` later. */
  readonly failure: Kinded | null;
  readonly extraUs: number;
}

/** How slow a node is made, and for how long. */
export interface Slow {
  /** Its steps cost so many times what they usually do. */
  readonly factor: number;
  /** Data to and from it takes so much longer. */
  readonly dataUs: number;
  readonly forUs: number;
}

/** What faults can do. Each does nothing (and says so) where it cannot strike: a crash of a node that is down, a break of no stream. */
export interface FaultControls {
  /** Kills a process. During a `step` point of that node it dies at the end of the step, its effects in part. @param disk default `torn` */
  crash(node: Address, restartAfter: Restart, disk?: DiskFate): boolean;
  /** Stops a process for a time; its inputs queue. It begins at the end of its running step. */
  pause(node: Address, forUs: number): boolean;
  /** Nothing from `from` reaches `to` for a time; both directions unless `oneWay`. */
  partition(from: Address, to: Address, oneWay: boolean, forUs: number): boolean;
  /** Breaks the stream from `from` to `to`. Without `notice`, decisions say when each side hears of it. */
  breakConnection(from: Address, to: Address, streamClass: StreamClass, notice?: Notice): boolean;
  /** All requests of a node to a service fail for a time, and answers to it are lost. */
  cutService(node: Address, service: string, forUs: number): boolean;
  /** For a time the steps of a node cost more, or its data takes longer. False for one that is down, or slow already. */
  slowNode(node: Address, slow: Slow): boolean;
  /** For a time some requests to a service fail, or come late. Those that are on their way are spared. */
  troubleService(trouble: Trouble): boolean;
  /** From now on the clocks of a node run fast by `ppm` parts in a million (negative: slow), until faults stop. What they gained stays. */
  driftClock(node: Address, ppm: number): boolean;
  /** Moves the clocks of a node by `byMs`: `both` only forward, as a monotonic clock never runs back; `wall` alone in either direction. */
  jumpClock(node: Address, byMs: number, which: 'both' | 'wall'): boolean;
  /** A decision of the fault's own, from stream `fault/<question>`. */
  pick(question: string, n: number, odds: number): number;
}

/** Controls at a point; those of another kind of point throw. */
export interface PointControls extends FaultControls {
  /** `send`: the message takes longer, and holds up its stream. */
  delayMessage(extraUs: number): void;
  /** `send`: the message vanishes, its stream goes on. */
  dropMessage(): void;
  /** `send`, and only of datagrams: another copy of the message arrives `extraUs` after the latency. */
  duplicateMessage(extraUs: number): void;
  /** `send`: another message travels instead. */
  replaceMessage(message: Envelope): void;
  /** `request`: fails without being applied. */
  failRequest(reason: Kinded): void;
  /** `request`: fails, and was applied, was not, or will be later (decisions of stream `unknown/<service>/<kind>/<node>`). A read just fails. */
  unknownRequest(reason: Kinded): void;
  /** `request`: the service itself does something wrong as it applies it, of a kind that it knows (`Service.apply`). */
  strikeRequest(strike: Kinded): void;
  /** `request`: takes longer to be applied. */
  delayRequest(extraUs: number): void;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly decisions: Decisions;
  readonly nodes: readonly NodeSpec[];
  // oxlint-disable-next-line typescript/no-explicit-any -- a service takes its own state and requests, and gives them to nobody else
  readonly services?: readonly Service<any, any>[];
  readonly network: NetworkOptions;
  /** Latency of each service's requests and of its answers, by service name; `*` for the others. */
  readonly serviceLatency?: Readonly<Record<string, Latency>>;
  readonly costs?: CostOptions;
  readonly checks?: Checks;
  // oxlint-disable-next-line typescript/no-explicit-any -- an oracle's state is its own
  readonly oracles?: readonly Oracle<any>[];
  // oxlint-disable-next-line typescript/no-explicit-any -- a plan's state is its own
  readonly faults?: FaultPlan<any>;
  readonly codec?: MessageCodec;
  /** Deep-freezes messages, requests and answers when they leave. Default: in strict runs. */
  readonly freeze?: boolean;
  /** Makes a share of the steps twice, on a copy of the state, and objects if they differ. Nothing in bare runs. Default false: a copy costs as much as the state is large. */
  readonly twice?: boolean;
  /** Takes the state of the stepped node into the hash at every event, not each 1,000 only. */
  readonly hashEveryStep?: boolean;
  readonly trace?: TraceOptions;
  /** Called after each event. Costs as much as a trace line only if `describe` is called. Needs a hash: not in bare runs. */
  readonly onEvent?: (record: EventRecord) => void;
  /** Wall clock at world time 0, in ms. Default 2026-01-01. */
  readonly epochMs?: number;
  /** A request with unknown outcome that is applied later is so within this time. Default 5 s. */
  readonly lateApplyUs?: number;
  /** A request whose answer never comes fails after this time. Default 2 s. */
  readonly requestTimeoutUs?: number;
}

/** A machine threw, or broke an invariant. */
export interface Thrown {
  readonly node: Address;
  readonly incarnation: number;
  readonly at: TimeUs;
  readonly input: Input<Vocabulary>;
  readonly error: unknown;
}

/** Why `run` returned: nothing will ever happen; the bound was reached; `stopWhen` said so; a machine threw. */
export type RunOutcome = 'idle' | 'until' | 'stopped' | 'threw';

/** Where a run stops: at the first of these that is reached, or when nothing is left to happen. */
export interface RunBounds {
  /** All events up to this time, included, happen; world time is this afterwards. */
  readonly untilUs?: TimeUs;
  /** Until there were so many events in all. */
  readonly untilEvents?: number;
  /** Asked after every event. */
  readonly stopWhen?: (view: WorldView) => boolean;
}

/** A simulated world. It changes only through `run`, `step`, `controls`, `stopFaults` and `finish`. */
export interface World {
  readonly view: WorldView;
  readonly controls: FaultControls;
  readonly thrown: Thrown | null;
  readonly violations: readonly Violation[];
  /** Rolling hash after each 1,000 events, as hexadecimal text. */
  readonly hashes: readonly string[];
  run(bounds?: RunBounds): RunOutcome;
  /** One event. False if there was none, or a machine threw. */
  step(): boolean;
  /** A world with the same past and the same future; nothing that is done to one shows in the other. */
  fork(): World;
  /** Of everything so far, and of all states. Empty text in bare runs. */
  hash(): string;
  /** The state of the fault plan. */
  plan(): unknown;
  /** No new faults, partitions heal, paused nodes run, crashed nodes start, delayed requests are applied. */
  stopFaults(): void;
  /** The run is over: the oracles say their last word. Returns all violations. */
  finish(): readonly Violation[];
  /** All decisions so far that were not 0. */
  tape(): ReturnType<Decisions['tape']>;
}
