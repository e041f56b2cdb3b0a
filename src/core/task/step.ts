// What a task is given: one input, and beside it what a step needs of the process that it runs in. Nothing here is state.
import type { Address } from '../base/machine.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { Message } from '../protocol/messages.ts';
import type { ClusterOutbox, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import type { CodeTable } from './code.ts';

/** The same for all tasks of a TaskManager. */
export interface TaskHost {
  readonly options: ClusterOptions;
  readonly code: CodeTable;
}

/** One step of a task: each handler gets it whole. */
export interface TaskStep extends TaskHost {
  /** Monotonic, in ms: for timeouts. */
  readonly now: number;
  readonly out: ClusterOutbox;
}

/** All that ever reaches a task: records in its mailbox. So a task could as well live in a thread of its own. */
export type TaskInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'wake' }
  | { readonly kind: 'work' }
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'completed'; readonly request: number; readonly answer: PortAnswer | PortFailed }
  | { readonly kind: 'peer-lost'; readonly peer: Address }
  | { readonly kind: 'checkpoint-final'; readonly checkpointId: number }
  /** The leader deploys once more what it deployed already: it asks how the task is. */
  | { readonly kind: 'report' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'fail'; readonly reason: TaskReason };

export function taskStep({ options, code }: TaskHost, now: number, out: ClusterOutbox): TaskStep {
  return { options, code, now, out };
}
