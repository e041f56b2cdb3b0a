// The contract of a simulated service behind ports: plain state and functions that apply one request atomically.
// Latency, failures and unknown outcomes are the world's affair (faults); a service only says what a request does when it is applied.
import type { Address } from '../core/base/machine.ts';
import type { TimeUs } from './observation.ts';

export interface Caller {
  readonly node: Address;
  readonly incarnation: number;
  readonly request: number;
}

export interface Completion<A extends { readonly kind: string } = { readonly kind: string }> {
  readonly caller: Caller;
  readonly answer: A;
}

export interface Service<S, Q extends { readonly kind: string }> {
  /** `ha`, `storage`, `source`, `sink`, `artifact`, or a word of the user's. */
  readonly name: string;
  /** The kinds of requests that it serves. */
  readonly serves: readonly Q['kind'][];
  create(): S;
  /** Applies a request. Returns every request that completes by it: its own, unless that one waits (a watch), and others that waited for it. */
  apply(state: S, request: Q, caller: Caller, now: TimeUs): readonly Completion[];
  /** An incarnation died: nobody waits for its answers any more. */
  forget(state: S, node: Address, incarnation: number): void;
  /** Bytes that a request moves, for the latency of the call. */
  sizeOf(request: Q): number;
  /** Whether a request changes what is stored; unknown outcomes make sense for these only. */
  writes(request: Q): boolean;
}
