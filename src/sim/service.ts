// The contract of a simulated service behind ports: plain state and functions that apply one request atomically.
// Latency, failures and unknown outcomes are the world's affair (faults); a service only says what a request does when it is applied.
import type { Address, Kinded } from '../core/base/machine.ts';
import type { Counters, Shift } from '../core/base/relative.ts';
import type { TimeUs } from './observation.ts';

/** Who asked: a request of one incarnation of a node. */
export interface Caller {
  readonly node: Address;
  readonly incarnation: number;
  readonly request: number;
}

/** The answer to a request. */
export interface Completion<A extends { readonly kind: string } = { readonly kind: string }> {
  readonly caller: Caller;
  readonly answer: A;
  /** How long it takes beside the latency of the service, in µs. Default: no longer. */
  readonly afterUs?: number;
}

/** A simulated service: plain state, and functions that apply one request atomically. Latency and failures are the world's affair. */
export interface Service<S, Q extends { readonly kind: string }> {
  /** `ha`, `storage`, `source`, `sink`, `artifact`, or a word of the user's. */
  readonly name: string;
  /** The kinds of requests that it serves. */
  readonly serves: readonly Q['kind'][];
  create(): S;
  /** Applies a request. Returns every request that completes by it: its own, unless that one waits (a watch), and others that waited for it. */
  apply(state: S, request: Q, caller: Caller, now: TimeUs): readonly Completion[];
  /** As `apply`, while a fault of the service itself strikes (`strikeRequest`), of a kind that it knows. Default: it knows none. */
  applyStruck?(state: S, request: Q, caller: Caller, now: TimeUs, strike: Kinded): readonly Completion[];
  /** An incarnation died: nobody waits for its answers any more. */
  forget(state: S, node: Address, incarnation: number): void;
  /** Bytes that a request moves, for the latency of the call. */
  sizeOf(request: Q): number;
  /**
   * It belongs to the node that calls it, as a disk does. A crash of the node settles at once what becomes of its requests, and none is ever applied
   * later, so that nothing of a dead process lands behind its successor. Default: it lives elsewhere and outlives everybody.
   */
  readonly isLocal?: boolean;
  /**
   * A node lost its power: whatever it had not made durable may be lost or torn. Called at a crash (not when a process ends by itself, nor when the fault says
   * that the disk is kept), behind the requests of the node that still took effect.
   * @param choose a decision of stream `torn/<service>/<node>/<question>`, in [0, n); 0 has to mean that everything survives.
   * @returns what was lost in a few words, or null.
   */
  onCrash?(state: S, node: Address, choose: (question: string, n: number) => number): string | null;
  /** Whether a request changes what is stored; unknown outcomes make sense for these only. */
  writes(request: Q): boolean;
  /** Where its state, and what goes to and fro, hold moments and counters. Default: nowhere. */
  readonly relative?: RelativeService<S, Q>;
}

/** What goes on for ever in a service. Ids of requests that wait in it are known by their callers. */
export interface RelativeService<S, Q> {
  /** The counters that it owns, by name. Default: none. */
  counters?(state: S): Counters;
  /** Takes off what has passed, in a state that nobody else holds. */
  shift(state: S, by: ServiceShift): void;
  /** A request to it, without what has passed. Default: there is nothing in it that goes on. */
  shiftRequest?(request: Q, by: ServiceShift): Q;
  /** The same of an answer. */
  shiftAnswer?(answer: Kinded, by: ServiceShift): Kinded;
}

/** Nodes have clocks of their own: a service has world time. */
export interface ServiceShift extends Pick<Shift, 'worldDeadline' | 'counter'> {
  caller(caller: Caller): Caller;
}
