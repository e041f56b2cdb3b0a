// The contract between a machine and whatever drives it: the simulator's world, or a real host.
// A machine is plain state and a synchronous step; its effects are data. It must not wait, nor look at a clock, a socket, a disk or a
// random number. README.md of this folder shows a machine of twenty lines.
import type { Outbox } from './outbox.ts';
import type { Relative } from './relative.ts';
import type { Address, FailedOf, MessageOf, StreamClass, Vocabulary } from './vocabulary.ts';

export type {
  Address,
  Envelope,
  Failed,
  FailedOf,
  Kinded,
  MessageIgnored,
  MessageOf,
  NoteOf,
  ReasonOf,
  StreamClass,
  Vocabulary,
} from './vocabulary.ts';

/** A deadline that never comes. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** `now`: the node's monotonic clock in ms, for timeouts. `wallTime`: its wall clock in ms, for processing time only. */
interface Clocked {
  readonly now: number;
  readonly wallTime: number;
}

/** What a step can be given; each input is one step. */
export type Input<V extends Vocabulary> =
  | (Clocked & {
      readonly kind: 'start';
      /** never used before by this address, and rising */ readonly incarnation: number;
    })
  | (Clocked & { readonly kind: 'message'; readonly message: MessageOf<V> })
  | (Clocked & { readonly kind: 'wake' })
  | (Clocked & { readonly kind: 'work' })
  | (Clocked & {
      readonly kind: 'completed';
      readonly request: number;
      readonly answer: V['answer'] | FailedOf<V>;
    })
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
  /** Where the state holds moments and counters: for an explorer that is to find out that it comes back. */
  readonly relative?: Relative<S, V>;
}
