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
  readonly incarnation: number;
  readonly state: unknown;
}

export interface Violation {
  readonly oracle: string;
  /** One sentence: what was broken. */
  readonly text: string;
  /** The smallest evidence, one line each. */
  readonly evidence: readonly string[];
  readonly at: TimeUs;
}

/** A judge outside of the machines. Its state is plain data, cloned with the world at a fork. */
export interface Oracle<S = unknown> {
  readonly name: string;
  create(): S;
  observe(
    state: S,
    observation: Observation,
    view: WorldView,
    violate: (text: string, evidence: readonly string[]) => void,
  ): void;
  /** Called once, when the run is over. */
  finish(state: S, view: WorldView, violate: (text: string, evidence: readonly string[]) => void): void;
}
