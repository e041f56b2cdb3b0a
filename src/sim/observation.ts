// What observers of a world (oracles, phases, counters, the trace) are shown. Observers never change what happens.
import type { Address } from '../core/base/machine.ts';
import type { Shift } from '../core/base/relative.ts';
import type { Observation, ObservationKind, TimeUs } from '../run/observation.ts';

export type { Observation, TimeUs } from '../run/observation.ts';

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

/** A node as oracles see it. Its state is to be looked at, never changed. */
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

/** What an oracle objected to. `at` is µs of world time. */
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

/**
 * What an oracle wants to be shown, by kinds; a field that is left out stands for none. A step is shown if its input or one of its effects is heard.
 * It may be shown more. Whatever it does not hear must leave its state as it was, and must be no reason to object.
 */
export interface Hears {
  /** All but steps. */
  readonly observations?: readonly Exclude<ObservationKind, 'stepped'>[] | 'all';
  /** Kinds of messages that a node was stepped with, and of other inputs (`completed`, `work`, …). `all`: every step. */
  readonly inputs?: readonly string[] | 'all';
  /** Kinds of messages that a step sends. */
  readonly sends?: readonly string[] | 'all';
  /** Kinds of requests that a step makes. */
  readonly requests?: readonly string[] | 'all';
  /** Kinds of notes that a step leaves. */
  readonly notes?: readonly string[] | 'all';
}

/** A judge outside of the machines. Its state is plain data, cloned with the world at a fork. */
export interface Oracle<S = unknown> {
  readonly name: string;
  /** What its violations are about. Default `safety`. */
  readonly property?: Property;
  /** It reports its first violation and is shown nothing more: what is broken once breaks again and again. Default: it reports all. */
  readonly once?: boolean;
  /** What it is shown. Default: everything. */
  readonly hears?: Hears;
  create(): S;
  observe(state: S, observation: Observation, view: WorldView, violate: Violate): void;
  /** Called once, when the run is over. */
  finish(state: S, view: WorldView, violate: Violate): void;
  /** Takes what has passed off the moments and counters in a state that nobody else holds. Default: it has none. */
  shift?(state: S, by: OracleShift): void;
}

/** An oracle looks at all nodes: each has clocks and counters of its own. */
export interface OracleShift extends Pick<Shift, 'worldDeadline' | 'counter'> {
  /**
   * A moment of world time, in µs.
   *
   * @param forUs longer ago than that, it makes no difference when it was. Default: it always does
   */
  worldMoment(us: TimeUs, forUs?: number): TimeUs;
  /** What a node would take off. */
  at(node: Address): Shift;
  /** Who asked something. */
  caller<C extends { readonly node: Address; readonly request: number }>(caller: C): C;
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
