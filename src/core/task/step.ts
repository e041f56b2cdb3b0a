// What a task is given: one input, and beside it what a step needs of the process that it runs in. Nothing here is state.
import type { Address } from '../base/machine.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { MessageOfKind } from '../protocol/messages.ts';
import type { ClusterOutbox, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import type { CodeTable } from './code.ts';

/** One step of a TaskManager, or of a task in it: each handler gets it whole. */
export interface TaskStep {
  readonly options: ClusterOptions;
  readonly code: CodeTable;
  /** Monotonic, in ms: for timeouts. */
  readonly now: number;
  readonly out: ClusterOutbox;
}

/** From the leader, about a checkpoint of this attempt. */
export type CheckpointMessage = MessageOfKind<'trigger-checkpoint' | 'abort-checkpoint' | 'notify-checkpoint-complete'>;

/** To a consumer, from its producer. */
export type ConsumerMessage = MessageOfKind<'channel-elements' | 'channel-status' | 'partition-unavailable'>;

/** To a producer, from its consumer. */
export type ProducerMessage = MessageOfKind<'request-partition' | 'channel-credit'>;

/** Every message that a task takes. The attempt, or the channel, in its body names the task. */
export type TaskMessage = CheckpointMessage | ConsumerMessage | ProducerMessage;

/** All that ever reaches a task: records in its mailbox. So a task could as well live in a thread of its own. */
export type TaskInput =
  /** Once, with its deployment. */
  | { readonly kind: 'start' }
  /** A moment of it has come. */
  | { readonly kind: 'wake' }
  /** It has something to do, and it is its turn. */
  | { readonly kind: 'work' }
  /** From its leader or a peer. */
  | { readonly kind: 'message'; readonly message: TaskMessage }
  /** A port answered a request of it. */
  | { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed }
  /** The connection to a TaskManager with peers of it broke. */
  | { readonly kind: 'peer-lost'; readonly peer: Address }
  /** A heartbeat repeats that its final checkpoint is completed. */
  | { readonly kind: 'checkpoint-final'; readonly checkpointId: number }
  /** The leader repeats the deployment: the task sends its state again. */
  | { readonly kind: 'report' }
  /** It is to end. `finish`: its job is stopped with a savepoint, which has all that it did. */
  | { readonly kind: 'cancel'; readonly finish: boolean }
  /** It is to end, for a reason of its TaskManager. */
  | { readonly kind: 'fail'; readonly reason: TaskReason };
