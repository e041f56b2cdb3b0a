// Checkpoints that clients ask for (Flink: `/jobs/:id/checkpoints` by POST). Each goes the way of all checkpoints, at once and in turn with savepoints, and is
// retained as any other. A trigger has an id of its client, so that it can be repeated: as long as its leader leads, and remembers it, it is the same one.
// Behind that another checkpoint is taken, which does no harm.
import type { MessageOfKind } from '../protocol/messages.ts';
import { requestIn } from './checkpoints/savepoint-requests.ts';
import { addClient, CLIENTS_MAX, isId, refuse, wellNamed } from './dispatcher.ts';
import { queueRequest } from './savepoints.ts';
import type { Leader } from './state.ts';
import type { Step } from './step.ts';

type AboutTrigger = MessageOfKind<'take-checkpoint' | 'request-checkpoint-status'>;

function admit(step: Step, message: AboutTrigger): Leader | null {
  const leader = wellNamed(step, message);
  if (leader === null || isId(message.body.triggerId)) return leader;
  refuse(step, leader, message.from, message.body.jobId, { kind: 'savepoint-id-malformed' });
  return null;
}

export function onTakeCheckpoint(step: Step, message: MessageOfKind<'take-checkpoint'>): void {
  const leader = admit(step, message);
  if (leader === null) return;
  const { jobId, triggerId } = message.body;
  const job = leader.jobs.get(jobId);
  if (job?.coordinator.taken.some((one) => one.triggerId === triggerId) === true)
    return tellTaken(step, leader, message);
  const known = job === undefined ? undefined : requestIn(job.coordinator, triggerId, false);
  if (known !== undefined) {
    if (!addClient(known.clients, message.from)) step.out.ignore(message, { kind: 'clients-full', max: CLIENTS_MAX });
    return;
  }
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  queueRequest(step, leader, message, { savepointId: triggerId, isKept: false });
}

export function onRequestCheckpointStatus(step: Step, message: MessageOfKind<'request-checkpoint-status'>): void {
  const leader = admit(step, message);
  if (leader !== null) tellTaken(step, leader, message);
}

/** UNKNOWN: it failed, its leader is another one by now, or nobody asked for it. */
function tellTaken(step: Step, leader: Leader, { from, body: { jobId, triggerId } }: AboutTrigger): void {
  const coordinator = leader.jobs.get(jobId)?.coordinator;
  const taken = coordinator?.taken.find((one) => one.triggerId === triggerId);
  const isOnItsWay = coordinator !== undefined && requestIn(coordinator, triggerId, false) !== undefined;
  const status = taken !== undefined ? 'COMPLETED' : isOnItsWay ? 'IN_PROGRESS' : 'UNKNOWN';
  const checkpointId = taken?.checkpointId ?? null;
  step.out.send(from, 'checkpoint-status', { epoch: leader.epoch, jobId, triggerId, status, checkpointId });
}
