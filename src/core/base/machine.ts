// The contract between a machine and whatever drives it: the simulator's world, or a real host.
// A machine is plain state and a synchronous step; its effects are data. It must not wait, nor look at a clock, a socket, a disk or a
// random number. README.md of this folder shows a machine of twenty lines.
import type { Outbox } from './outbox.ts';

/** Where a process can be reached; a name in the simulator, `host:port` over TCP. It outlives the incarnations behind it. */
export type Address = string;

/** Control and data travel on separate streams, so that a full channel never holds up a heartbeat. */
export type StreamClass = 'control' | 'data';

/** A deadline that never comes. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** A message on its way: built by `Outbox.send` alone, and never changed afterwards. */
export interface Envelope<K extends string = string, B = unknown> {
  readonly effect: 'send';
  readonly streamClass: StreamClass;
  readonly from: Address;
  readonly to: Address;
  readonly kind: K;
  readonly body: B;
}

/** A port answered with a failure. `unknown`: the request may have been applied, may not, or may yet be, even after a successor took over. */
export interface Failed {
  readonly kind: 'failed';
  readonly outcome: 'not-applied' | 'unknown';
  readonly reason: string;
}

/** What one family of machines speaks: the bodies of its messages by kind, its port requests, and the answers to them. */
export interface Vocabulary {
  readonly bodies: object;
  readonly request: { readonly kind: string };
  readonly answer: { readonly kind: string };
}

/** The messages of a vocabulary, as a union over kinds. */
export type MessageOf<V extends Vocabulary> = {
  [K in keyof V['bodies'] & string]: Envelope<K, V['bodies'][K]>;
}[keyof V['bodies'] & string];

/** `now`: the node's monotonic clock in ms, for timeouts. `wallTime`: its wall clock in ms, for processing time only. */
interface Clocked {
  readonly now: number;
  readonly wallTime: number;
}

/** What a step can be given; each input is one step. */
export type Input<V extends Vocabulary> =
  | (Clocked & { readonly kind: 'start'; /** never used before by this address, and rising */ readonly incarnation: number })
  | (Clocked & { readonly kind: 'message'; readonly message: MessageOf<V> })
  | (Clocked & { readonly kind: 'wake' })
  | (Clocked & { readonly kind: 'work' })
  | (Clocked & { readonly kind: 'completed'; readonly request: number; readonly answer: V['answer'] | Failed })
  | (Clocked & { readonly kind: 'connection-lost'; readonly peer: Address; readonly streamClass: StreamClass });

/**
 * A process as plain state and a bounded, synchronous step.
 * State holds numbers, strings, booleans, null, arrays, plain objects, Map, Set and typed arrays, and is a tree: nothing that changes is
 * referenced twice. What left the machine (messages, batches, snapshots) or came in is shared and never changes.
 */
export interface Machine<S, V extends Vocabulary = Vocabulary> {
  /** `job-manager`, `task-manager`, `client`, or a word of the user's. */
  readonly role: string;
  /** A state before its `start`; every field is there, in order, with its final type. */
  create(): S;
  step(state: S, input: Input<V>, out: Outbox<V>): void;
  /** The next deadline in ms on the node's clock, or NEVER. Called after each step: it must be cheap. */
  wakeAt(state: S): number;
  /** Something can be done without any input. */
  hasWork(state: S): boolean;
  /** Throws if the state breaks an invariant. Called after each step in checked runs. */
  checkInvariants(state: S): void;
}
