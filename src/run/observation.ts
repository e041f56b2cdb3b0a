// Observations: what can be seen of a run from outside. The simulator shows them to its oracles; the traces of both worlds are made of them.
// Only types: nothing here looks at anything.
import type { Loss } from '../core/base/losses.ts';
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Address, Envelope, Failed, StreamClass, Vocabulary } from '../core/base/vocabulary.ts';

/** Time of a run: an integer of microseconds since it began. */
export type TimeUs = number;

/** A name for one of the decisions of a run, as a tape has it. */
export interface DecisionName {
  readonly stream: string;
  readonly index: number;
}

/** What happened, as data: what oracles judge by. */
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
  /** A service applied a request: from now on it has taken effect, whether or not anybody hears the answer. Only a simulated one tells. */
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
  | { readonly kind: 'stopped'; readonly node: Address; readonly incarnation: number; readonly why: StopKind }
  | { readonly kind: 'lost'; readonly message: Envelope; readonly why: Loss }
  /** These four last until then, or until faults stop, or the process dies. */
  | { readonly kind: 'paused'; readonly node: Address; readonly incarnation: number; readonly until: TimeUs }
  | { readonly kind: 'partitioned'; readonly from: Address; readonly to: Address; readonly until: TimeUs }
  | { readonly kind: 'service-cut'; readonly node: Address; readonly service: string; readonly until: TimeUs }
  /** Some requests of these nodes to a service fail, or take long. */
  | {
      readonly kind: 'service-troubled';
      readonly nodes: readonly Address[];
      readonly service: string;
      readonly how: 'fails' | 'slow';
      readonly until: TimeUs;
    }
  | {
      readonly kind: 'connection-broke';
      readonly from: Address;
      readonly to: Address;
      readonly streamClass: StreamClass;
    }
  /** A fault fired. `text` is its one line in reports, and names its target; `hit` says that it hit something that counts. */
  | {
      readonly kind: 'fault';
      readonly fault: string;
      /** A node, or `from>to`. */
      readonly target: string;
      readonly text: string;
      readonly hit: boolean;
      /** The decision by which it struck; null where nothing was decided on a tape (real processes). */
      readonly decision: DecisionName | null;
    }
  /** A node that died had not made everything durable, and a service lost some of it: `lost` says what. */
  | { readonly kind: 'torn'; readonly node: Address; readonly service: string; readonly lost: string }
  | { readonly kind: 'faults-stopped' };

/** `stop` and `threw` are of real processes alone: in the simulator a machine that threw ends the run. */
export type StopKind = 'crash' | 'halt' | 'stop' | 'threw';

export type ObservationKind = Observation['kind'];
export type ObservationOf<K extends ObservationKind> = Extract<Observation, { readonly kind: K }>;
export type Stepped = ObservationOf<'stepped'>;
export type Applied = ObservationOf<'applied'>;
