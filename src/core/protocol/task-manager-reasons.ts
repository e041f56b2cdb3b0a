// Reasons of TaskManagers as a whole, lost or drained, and their texts.
import type { Address } from '../base/machine.ts';
import { unreachable } from '../base/assert.ts';

/** Why a TaskManager is lost. */
export type TaskManagerReason =
  | { readonly kind: 'replaced'; readonly incarnation: number }
  /** It said so itself: its process ends in good order, as somebody wants it. */
  | { readonly kind: 'said-goodbye'; readonly why: string }
  /** Its control connection broke, and so did those of the heartbeats behind it. */
  | { readonly kind: 'connections-broke' }
  /** Its control connection broke, a new one did not, and nothing came over it in time. */
  | { readonly kind: 'silent-behind-break' }
  /** It answered no heartbeat for so long. */
  | { readonly kind: 'silent'; readonly timeoutMs: number };

/** A client wants that nothing runs there. */
export interface TaskManagerDrained {
  readonly kind: 'task-manager-drained';
  readonly taskManager: Address;
}

/** Why a TaskManager is not drained. */
export type DrainReason =
  /** It is lost, or there never was one. */
  | { readonly kind: 'task-manager-unregistered'; readonly taskManager: Address }
  /** The job runs on there until so many slots of other TaskManagers are free, for it alone. */
  | { readonly kind: 'slots-missing-elsewhere'; readonly jobId: string; readonly needed: number; readonly free: number }
  /** So many of its slots are not known to be free yet. */
  | { readonly kind: 'slots-held'; readonly slots: number };

/** Why a request about a drain, or its answer, was not acted upon. */
export type DrainIgnored =
  /** The wish of another client is being written. */
  | { readonly kind: 'drains-being-changed'; readonly taskManager: Address }
  | { readonly kind: 'drains-unreadable' }
  | { readonly kind: 'drains-full'; readonly max: number }
  | { readonly kind: 'about-other-task-manager'; readonly taskManager: Address };

export function describeTaskManagerReason(
  reason: TaskManagerReason | TaskManagerDrained | DrainReason | DrainIgnored,
): string {
  switch (reason.kind) {
    case 'replaced':
      return `incarnation ${reason.incarnation} took its place`;
    case 'said-goodbye':
      return `it said goodbye, and ends in good order: ${reason.why}`;
    case 'connections-broke':
      return 'its connection broke, and each new one to it did';
    case 'silent-behind-break':
      return 'its connection broke, and it answered no heartbeat since';
    case 'silent':
      return `it answered no heartbeat for ${reason.timeoutMs} ms`;
    case 'task-manager-drained':
      return `${reason.taskManager} is drained`;
    case 'task-manager-unregistered':
      return `no TaskManager ${reason.taskManager} is registered`;
    case 'slots-missing-elsewhere':
      return `job ${reason.jobId} needs ${reason.needed} slots of other TaskManagers, and ${reason.free} are free`;
    case 'slots-held':
      return `${reason.slots} of its slots are not free yet`;
    case 'drains-being-changed':
      return `what is wanted of ${reason.taskManager} is being written`;
    case 'drains-unreadable':
      return 'the record of drained TaskManagers cannot be read';
    case 'drains-full':
      return `${reason.max} TaskManagers are drained`;
    case 'about-other-task-manager':
      return `it is about ${reason.taskManager}`;
    default:
      return unreachable(reason);
  }
}

/** Of a message that came to the wrong role. */
export const addressees = {
  'job-manager': 'it is not for a JobManager',
  'task-manager': 'not for a TaskManager',
  client: 'it is not for a client',
} as const;
