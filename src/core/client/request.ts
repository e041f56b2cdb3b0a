// What a client can want, and the message with which it asks for that.
import { unreachable } from '../base/assert.ts';
import type { Address } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { Bodies, MessageOfKind, OperatorParallelism, Place, RestoreSettings } from '../protocol/messages.ts';
import type { IgnoreReason } from '../protocol/reasons.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';

/** What a client wants. */
export type ClientRequest =
  | {
      readonly kind: 'submit';
      readonly jobId: string;
      readonly graph: JobGraph;
      readonly artifact: string;
      /** The savepoint that it starts from. Default: none. */
      readonly restore?: RestoreSettings;
    }
  | { readonly kind: 'cancel'; readonly jobId: string }
  /**
   * The job ends with a savepoint, under an id that the client makes. `drain`: its sources end first, so that all windows and timers fire; else none
   * fires, and a job that starts from the savepoint goes on as if nothing had been.
   */
  | { readonly kind: 'stop'; readonly jobId: string; readonly savepointId: string; readonly drain: boolean }
  /** Operators of a job that runs get other numbers of subtasks; those that are not named keep theirs. */
  | { readonly kind: 'rescale'; readonly jobId: string; readonly parallelism: readonly OperatorParallelism[] }
  /** How the job stands: asked until there is one answer. */
  | { readonly kind: 'status'; readonly jobId: string }
  /** A job of the past goes: its result is deleted. */
  | { readonly kind: 'remove'; readonly jobId: string }
  /** A savepoint of a job that runs is taken, under an id that the client makes. */
  | { readonly kind: 'savepoint'; readonly jobId: string; readonly savepointId: string }
  /** The same, and the job is cancelled when it is there. Where it fails, the job runs on. */
  | { readonly kind: 'savepoint-and-cancel'; readonly jobId: string; readonly savepointId: string }
  /** A checkpoint of a job that runs is taken now, under an id of the trigger that the client makes. */
  | { readonly kind: 'take-checkpoint'; readonly jobId: string; readonly triggerId: string }
  /** How a checkpoint stands that a client asked for: asked until there is one answer. */
  | { readonly kind: 'checkpoint-status'; readonly jobId: string; readonly triggerId: string }
  /** How a savepoint stands: asked until there is one answer. */
  | { readonly kind: 'savepoint-status'; readonly jobId: string; readonly savepointId: string }
  | { readonly kind: 'dispose'; readonly jobId: string; readonly savepointId: string }
  /** All jobs that are stored. */
  | { readonly kind: 'list' }
  /** The checkpoints of a job that runs. */
  | { readonly kind: 'checkpoints'; readonly jobId: string }
  /** The latest failures of a job, `max` at most. */
  | { readonly kind: 'exceptions'; readonly jobId: string; readonly max: number }
  /** A job with its graph and its tasks. */
  | { readonly kind: 'details'; readonly jobId: string }
  /** One checkpoint with its subtasks. */
  | { readonly kind: 'checkpoint'; readonly jobId: string; readonly checkpointId: number }
  /** The cluster as a whole. `only`: of its TaskManagers this one. */
  | { readonly kind: 'overview'; readonly only?: Address }
  /** Nothing is to run on a TaskManager, until that is taken back. */
  | { readonly kind: 'drain'; readonly taskManager: Address }
  /** A TaskManager is used again. */
  | { readonly kind: 'undrain'; readonly taskManager: Address }
  /** How the drain of a TaskManager stands: asked until there is one answer. */
  | { readonly kind: 'drain-status'; readonly taskManager: Address };

/** How far a client has come with its request. */
export interface Progress {
  /** The last job of the list so far, or null. */
  readonly after: Place | null;
  /** The savepoint is durable behind which its job is to be cancelled. */
  readonly isKept: boolean;
}

export function sendRequest(
  out: Outbox<ClusterVocabulary>,
  leader: Address,
  request: ClientRequest,
  { after, isKept }: Progress,
): void {
  switch (request.kind) {
    case 'submit': {
      const { jobId, graph, artifact, restore = null } = request;
      return out.send(leader, 'submit-job', { jobId, graph, artifact, restore });
    }
    case 'cancel':
      return out.send(leader, 'cancel-job', { jobId: request.jobId });
    case 'stop': {
      const { jobId, savepointId, drain } = request;
      return out.send(leader, 'stop-job', { jobId, savepointId, drain });
    }
    case 'rescale':
      return out.send(leader, 'rescale-job', { jobId: request.jobId, parallelism: request.parallelism });
    case 'status':
      return out.send(leader, 'request-job-status', { jobId: request.jobId });
    case 'remove':
      return out.send(leader, 'remove-job', { jobId: request.jobId });
    case 'savepoint':
      return out.send(leader, 'trigger-savepoint', { jobId: request.jobId, savepointId: request.savepointId });
    case 'savepoint-and-cancel': {
      const { jobId, savepointId } = request;
      return isKept
        ? out.send(leader, 'cancel-job', { jobId })
        : out.send(leader, 'trigger-savepoint', { jobId, savepointId });
    }
    case 'take-checkpoint':
      return out.send(leader, 'take-checkpoint', { jobId: request.jobId, triggerId: request.triggerId });
    case 'checkpoint-status':
      return out.send(leader, 'request-checkpoint-status', { jobId: request.jobId, triggerId: request.triggerId });
    case 'savepoint-status':
      return out.send(leader, 'request-savepoint-status', { jobId: request.jobId, savepointId: request.savepointId });
    case 'dispose':
      return out.send(leader, 'dispose-savepoint', { jobId: request.jobId, savepointId: request.savepointId });
    case 'list':
      return out.send(leader, 'request-jobs', { after });
    case 'checkpoints':
      return out.send(leader, 'request-job-checkpoints', { jobId: request.jobId });
    case 'exceptions':
      return out.send(leader, 'request-job-exceptions', { jobId: request.jobId, max: request.max });
    case 'details':
      return out.send(leader, 'request-job-details', { jobId: request.jobId });
    case 'checkpoint': {
      const { jobId, checkpointId } = request;
      return out.send(leader, 'request-checkpoint-details', { jobId, checkpointId });
    }
    case 'overview':
      return out.send(leader, 'request-cluster-overview', { only: request.only ?? null });
    case 'drain':
      return out.send(leader, 'drain-task-manager', { taskManager: request.taskManager });
    case 'undrain':
      return out.send(leader, 'undrain-task-manager', { taskManager: request.taskManager });
    case 'drain-status':
      return out.send(leader, 'request-drain-status', { taskManager: request.taskManager });
    default:
      return unreachable(request);
  }
}

type About = Pick<MessageOfKind<'savepoint-status' | 'checkpoint-status' | 'drain-status'>, 'kind' | 'body'>;

/** It is about another savepoint, checkpoint or TaskManager than the request, and how it is ignored; null: it is not. */
export function otherSubject(request: ClientRequest, answer: About | { readonly kind: string }): IgnoreReason | null {
  const about = answer as About;
  switch (about.kind) {
    case 'savepoint-status': {
      const { savepointId } = about.body as Bodies['savepoint-status'];
      const isAsked = 'savepointId' in request && request.savepointId === savepointId;
      return isAsked ? null : { kind: 'about-other-savepoint', savepointId };
    }
    case 'checkpoint-status': {
      const { triggerId } = about.body as Bodies['checkpoint-status'];
      const isAsked = 'triggerId' in request && request.triggerId === triggerId;
      return isAsked ? null : { kind: 'about-other-savepoint', savepointId: triggerId };
    }
    case 'drain-status': {
      const { taskManager } = about.body as Bodies['drain-status'];
      const isAsked = 'taskManager' in request && request.taskManager === taskManager;
      return isAsked ? null : { kind: 'about-other-task-manager', taskManager };
    }
    default:
      return null;
  }
}
