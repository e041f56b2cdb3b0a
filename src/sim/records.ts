// The records that a world is made of, and the events between them. A fork shares them; whoever changes one first copies it (engine.ts).
import type { Address, Envelope, Failed, Kinded, StreamClass } from '../core/base/vocabulary.ts';
import type { KindStreams } from './kind-streams.ts';
import type { Oracle, TimeUs, Violate } from './observation.ts';
import type { DiskFate, NodeSpec, Restart } from './world-types.ts';

/** A token: who may change a record. Each fork gets a new one, and so does what it was forked from. */
export type Owner = object;

// Types of events. One shape serves all of them, so that the loop meets no other.
export const DELIVER = 0;
/** A node became free and has something to do. */
export const TURN = 1;
/** A deadline of a node. Stale unless it is the one that the node waits for. */
export const WAKE = 2;
export const APPLY = 3;
export const ANSWER = 4;
export const NOTICE = 5;
export const START = 6;
/** A halted process ends. */
export const STOP = 7;
export const RESUME = 8;
export const HEAL = 9;

/** Something that will happen. Never changed once it is made: forks share it. */
export interface SimEvent {
  readonly type: number;
  /** Where it happens. */
  readonly node: number;
  /** The incarnation that it concerns; 0: whichever is there. */
  readonly incarnation: number;
  /** Slot of the link that a message came over; -1: none, it is from the node itself. HEAL: the node that is heard again. */
  readonly link: number;
  /** Which opening of that link. */
  readonly stream: number;
  readonly item: Envelope | Call | Answer | Notice | null;
  /** Hash of what it carries, made when it left; 0 in bare runs. */
  readonly low: number;
  readonly high: number;
}

export interface Call {
  readonly service: number;
  readonly node: number;
  readonly incarnation: number;
  readonly id: number;
  readonly request: { readonly kind: string };
  /** The node was or will be told that the request failed: nobody hears the answer. */
  readonly unanswered: boolean;
  /** Applied later than anybody expects; at once when faults stop. */
  readonly late: boolean;
  /** A fault of the service strikes as it applies the request. */
  readonly strike: Kinded | null;
}

export interface Answer {
  readonly service: number;
  readonly id: number;
  readonly answer: { readonly kind: string } | Failed;
  /** Whether its request may have changed something: then a lost answer leaves the outcome unknown. */
  readonly writes: boolean;
  /** The node's own host gives this answer, so that no cut can hold it up. */
  readonly local: boolean;
}

/** One side hears that a connection broke. */
export interface Notice {
  readonly peer: Address;
  readonly streamClass: StreamClass;
  /** Openings of the links to and from the peer that it is about; -1: none. */
  readonly outgoing: number;
  readonly incoming: number;
}

export const RUNNING = 0;
export const PAUSED = 1;
export const DOWN = 2;
export const HALTED = 3;

/** A node of a world. */
export interface NodeRecord {
  owner: Owner;
  /** Everything about it that never changes. */
  readonly fixed: FixedNode;
  state: unknown;
  stateOwner: Owner;
  incarnation: number;
  status: number;
  /** End of the running step. */
  busyUntil: TimeUs;
  /** Inputs that wait, oldest first, from `queueHead` on. */
  queue: SimEvent[];
  queueHead: number;
  /** What the machine said after its last step, in ms on its clock. */
  wakeAtMs: number;
  /** World time of the WAKE event that counts; NEVER if there is none. */
  wakeEventAt: TimeUs;
  /** A TURN event is on its way. */
  turnPending: boolean;
  /** Sequence number at the beginning of the last step: what has a later one are its effects. */
  stepSequence: number;
  pausedUntil: TimeUs;
  /** Ordered by a fault during the step: the process dies at its end. */
  dying: { readonly restartAfter: Restart; readonly disk: DiskFate } | null;
  /** Dead for good: it is never started again. */
  isGone: boolean;
  clock: NodeClock;
  /** By service index: until when the node cannot reach it; null: it reaches all. */
  cuts: readonly TimeUs[] | null;
  /** How slow it is, and until when; null: as usual. */
  slowness: Slowness | null;
}

/** What of a node takes longer for a time. */
export interface Slowness {
  /** Its steps cost so many times what they usually do. */
  readonly factor: number;
  /** Its data takes so much longer, both ways. */
  readonly dataUs: number;
  readonly until: TimeUs;
}

/** The clocks of a node since they were changed last. Replaced as a whole, so that forks share it. */
export interface NodeClock {
  readonly sinceUs: TimeUs;
  /** How much more than the world's the monotonic clock showed then. */
  readonly aheadUs: number;
  /** How much more than the monotonic clock the wall clock shows. */
  readonly wallAheadMs: number;
  /** Parts per million that both run fast since then. */
  readonly driftPpm: number;
}

export interface FixedNode {
  readonly index: number;
  readonly spec: NodeSpec;
  readonly address: Address;
  readonly machine: NodeSpec['machine'];
  readonly costFactor: number;
  /** Streams `chance/<address>/<question>` of what its machine picks. */
  readonly chances: KindStreams;
  readonly turn: SimEvent;
  readonly wake: SimEvent;
}

export const CLOSED = 0;
export const OPEN = 1;
/** Broken, and its sender does not know it yet: what it sends is lost. */
export const BROKEN = 2;

/** One direction and class between two nodes. At most one stream is open on it. */
export interface LinkRecord {
  owner: Owner;
  readonly fixed: FixedLink;
  status: number;
  /** Rises with each opening. */
  stream: number;
  /** The first opening by the sender's incarnation, and the newest of which something arrived: what is older than that comes no more. */
  firstStream: number;
  heardStream: number;
  /** FIFO: nothing arrives before this. */
  lastArrivalAt: TimeUs;
  /** The line is busy until then, where bandwidth is limited. */
  lineFreeAt: TimeUs;
  /** Messages that a partition holds back, oldest first. */
  held: readonly Held[];
  /** The sender of a broken stream will hear of it. */
  noticeDue: boolean;
}

export interface Held {
  readonly sequence: number;
  readonly event: SimEvent;
}

export interface FixedLink {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
  readonly streamClass: StreamClass;
  /** `jm-1>tm-2` */
  readonly name: string;
  /** Decision streams of delays by message kind. */
  readonly delays: KindStreams;
}

export interface ServiceRecord {
  owner: Owner;
  state: unknown;
  /** Calls that were applied and wait for their answer, by caller. */
  waiting: Map<string, Call>;
}

/** A service does not do, or not soon, what it is asked. */
export interface ServiceTrouble {
  readonly service: number;
  /** -1: all nodes. */
  readonly node: number;
  /** Of these kinds of requests; null: of all. */
  readonly kinds: readonly string[] | null;
  readonly until: TimeUs;
  /** They fail with this, and are not applied; null: they are applied. */
  readonly failure: Kinded | null;
  /** So much later. */
  readonly extraUs: number;
}

export interface OracleRecord {
  owner: Owner;
  state: unknown;
  /** It has reported what it had to. */
  isSilent: boolean;
  readonly oracle: Oracle;
  /** The oracle's own, found once: oracles have many shapes, and each observation goes to several. */
  readonly observe: Oracle['observe'];
  /** Adds to the violations of the world that owns the record. */
  readonly violate: Violate;
}

/** An event that concerns one node and came over no link. */
export function localEvent(type: number, node: number, incarnation: number, item: SimEvent['item']): SimEvent {
  return { type, node, incarnation, link: -1, stream: 0, item, low: 0, high: 0 };
}
