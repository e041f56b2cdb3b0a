// What observers of a world (oracles, phases, counters, the trace) are shown. Observers never change what happens.
import type { Address, Envelope, Failed, Input, StreamClass, Vocabulary } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { TapeEntry } from './decisions.ts';

/** World time: an integer of microseconds since the start of the run. */
export type TimeUs = number;

export type Observation =
  /** A node stepped. The effects leave at `leavesAt`; a crash before that lets only a prefix per stream and port take effect. */
  | {
      readonly kind: 'stepped';
      readonly node: Address;
      readonly incarnation: number;
      readonly input: Input<Vocabulary>;
      readonly effects: readonly Effect[];
      readonly leavesAt: TimeUs;
    }
  /** A service applied a request: from now on it has taken effect, whether or not anybody hears the answer. */
  | {
      readonly kind: 'applied';
      readonly node: Address;
      readonly incarnation: number;
      /** The request's, as its node numbered it. */
      readonly id: number;
      readonly request: { readonly kind: string };
      readonly answer: { readonly kind: string } | Failed;
    }
  | { readonly kind: 'started'; readonly node: Address; readonly incarnation: number }
  | { readonly kind: 'stopped'; readonly node: Address; readonly incarnation: number; readonly why: 'crash' | 'halt' }
  | { readonly kind: 'lost'; readonly message: Envelope; readonly why: string }
  /** These three last until then, or until faults stop, or the process dies. */
  | { readonly kind: 'paused'; readonly node: Address; readonly incarnation: number; readonly until: TimeUs }
  | { readonly kind: 'partitioned'; readonly from: Address; readonly to: Address; readonly until: TimeUs }
  | { readonly kind: 'service-cut'; readonly node: Address; readonly service: string; readonly until: TimeUs }
  | {
      readonly kind: 'connection-broke';
      readonly from: Address;
      readonly to: Address;
      readonly streamClass: StreamClass;
    }
  /** A fault fired. `text` is its one line in reports; `hit` says that it hit something that counts. */
  | {
      readonly kind: 'fault';
      readonly fault: string;
      readonly target: string;
      readonly text: string;
      readonly hit: boolean;
      /** The decision by which it struck, as a tape names it. */
      readonly decision: Pick<TapeEntry, 'stream' | 'index'>;
    }
  /** A node that died had not made everything durable, and a service lost some of it: `lost` says what. */
  | { readonly kind: 'torn'; readonly node: Address; readonly service: string; readonly lost: string }
  | { readonly kind: 'faults-stopped' };

/** Read access to a world, for observers. States must not be changed. */
export interface WorldView {
  readonly now: TimeUs;
  /** Events so far. */
  readonly events: number;
  nodes(): readonly NodeView[];
  /** The node at an address, if there is one. */
  node(address: Address): NodeView | undefined;
  /** State of a simulated service by name (`ha`, `storage`, …). */
  service(name: string): unknown;
}

export interface NodeView {
  readonly address: Address;
  readonly role: string;
  readonly status: 'running' | 'paused' | 'down' | 'halted';
  /** It is dead for good, and never starts again. */
  readonly isGone: boolean;
  readonly incarnation: number;
  readonly state: unknown;
}

/** A thing that evidence names, as data: fields with their values, e.g. `{ checkpointId: 3 }`. An observation is about it if an object anywhere in it has them all. */
export type Thing = Readonly<Record<string, string | number>>;

/** A line of evidence, and the things that it names: by them a report leads to the place where they show. */
export interface EvidenceLine {
  readonly text: string;
  readonly about: readonly Thing[];
}

/** `safety`: something bad happened. `liveness`: something good did not happen in time. */
export type Property = 'safety' | 'liveness';

export interface Violation {
  readonly oracle: string;
  /** The assertion that failed, a short name unique inside its oracle. Two runs fail in the same way if oracle, rule and place are the same. */
  readonly rule: string;
  /** Where it failed, if rules alone do not tell two bugs apart: an operator with a frame of its code. Mostly empty. */
  readonly place: string;
  readonly property: Property;
  /** One sentence: what was broken. */
  readonly text: string;
  /** What the sentence names. */
  readonly about: readonly Thing[];
  /** The smallest evidence. */
  readonly evidence: readonly EvidenceLine[];
  readonly at: TimeUs;
}

/**
 * Reports a violation: the rule that was broken, one sentence, and the smallest evidence (a text alone names nothing).
 * @param more what the sentence names, and its place; nothing by default.
 */
export type Violate = (
  rule: string,
  text: string,
  evidence: readonly (string | EvidenceLine)[],
  more?: Partial<Pick<Violation, 'about' | 'place'>>,
) => void;

/** A judge outside of the machines. Its state is plain data, cloned with the world at a fork. */
export interface Oracle<S = unknown> {
  readonly name: string;
  /** What its violations are about. Default `safety`. */
  readonly property?: Property;
  create(): S;
  observe(state: S, observation: Observation, view: WorldView, violate: Violate): void;
  /** Called once, when the run is over. */
  finish(state: S, view: WorldView, violate: Violate): void;
}

/** A violation as data, from an oracle's report. */
export function violationOf(
  { name, property = 'safety' }: Pick<Oracle, 'name' | 'property'>,
  at: TimeUs,
  [rule, text, evidence, { about = [], place = '' } = {}]: Parameters<Violate>,
): Violation {
  const lines = evidence.map((line) => (typeof line === 'string' ? { text: line, about: [] } : line));
  return { oracle: name, rule, place, property, text, about, evidence: lines, at };
}
