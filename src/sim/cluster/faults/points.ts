// The points of the protocol at which processes are struck: the kinds of inputs that matter, and how often a plain run sees them.
import type { Message } from '../../../core/protocol/messages.ts';
import type { FaultPoint } from '../../world-types.ts';
import type { RunEstimate } from './estimate.ts';

/** Inputs of a TaskManager at which something can be half done. Of `channel-elements` only those with a barrier count. */
export const taskManagerPoints = [
  'task-manager-registered',
  'request-slot',
  'slots-accepted',
  'deploy-task',
  'artifact-loaded',
  'loaded',
  'sink-opened',
  'cancel-task',
  'heartbeat',
  'trigger-checkpoint',
  'channel-elements',
  'stored',
  'sink-prepared',
  'abort-checkpoint',
  'notify-checkpoint-complete',
  'sink-committed',
  'ha-changed',
  'failed',
] as const;

export function taskManagerQuestions({
  checkpoints,
  tasks,
  sources,
  sinks,
  channels,
  heartbeats,
  taskManagers,
}: RunEstimate): number {
  const perCheckpoint = sources + channels + 2 * tasks + 2 * sinks;
  return checkpoints * perCheckpoint + 2 * tasks + heartbeats * taskManagers;
}

/** Inputs of a leading JobManager at which something can be half done. */
export const jobManagerPoints = [
  'ha-written',
  'ha-entries',
  'ha-conflict',
  'ha-renewed',
  'submit-job',
  'register-task-manager',
  'slot-answer',
  'offer-slots',
  'task-state-changed',
  'heartbeat-answer',
  'acknowledge-checkpoint',
  'decline-checkpoint',
  'stored',
  'loaded',
  'deleted',
  'failed',
] as const;

export function jobManagerQuestions({ checkpoints, tasks, heartbeats, taskManagers, renewals }: RunEstimate): number {
  return checkpoints * (2 * tasks + 4) + 2 * tasks + heartbeats * taskManagers + renewals;
}

/** Of the frames of a channel only those with a barrier are points. */
export function isPoint(point: FaultPoint): boolean {
  if (point.kind !== 'channel-elements') return true;
  const message = messageAt(point);
  return message?.kind === 'channel-elements' && message.body.elements.some((element) => element.kind === 'barrier');
}

/** The message of a point, or null. */
export function messageAt(point: FaultPoint): Message | null {
  if (point.at === 'send') return point.message as unknown as Message;
  return point.at === 'step' && point.input.kind === 'message' ? (point.input.message as unknown as Message) : null;
}
