// The dispatch of answers: what a port said goes to whoever asked, if the epoch and the job that it was for are still there.
import { unreachable } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { closeRequest, nextDeadlineAt, overdueRequests } from '../base/requests.ts';
import { setTimer } from '../base/timers.ts';
import type { PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { Purpose, PurposeOf } from '../protocol/purposes.ts';
import type { IgnoreReason } from '../protocol/reasons.ts';
import { onCoordinatorAnswered, onGarbageAnswered, type CoordinatorPurpose } from './checkpoints/answers.ts';
import { onCleanUpAnswered } from './clean-up.ts';
import { onDrainsWritten } from './drains.ts';
import { onJobWritten, onSavepointChecked } from './dispatcher.ts';
import { onCampaignAnswered, onLeaseSeen, onRenewed, stopLeading } from './election.ts';
import { onUnreachedRead } from './isolation.ts';
import { onResultWritten } from './job-result.ts';
import { onRecoveryRead } from './recovery.ts';
import { noteUnsettled, onRemovalAnswered } from './past-jobs.ts';
import { onMetadataLoaded } from './restore.ts';
import { onSavepointAnswered } from './savepoint-store.ts';
import { onSinkAnswered } from './sinks.ts';
import { NONE, type Leader } from './state.ts';
import type { Answered, Step } from './step.ts';
import { onChangeWritten } from './wanted.ts';

/** A request without an answer in time has failed, with an unknown outcome. */
export function expireRequests(step: Step): void {
  const { requests, timers } = step.state;
  for (const id of overdueRequests(requests, step.now))
    onCompleted(step, id, { kind: 'failed', outcome: 'unknown', reason: { kind: 'unanswered' } });
  const deadlineAt = nextDeadlineAt(requests);
  if (deadlineAt < NEVER) setTimer(timers, 'requests', deadlineAt);
}

export function onCompleted(step: Step, request: number, answer: PortAnswer | PortFailed): void {
  const pending = closeRequest(step.state.requests, request);
  if (pending === null) return ignore(step, answer, null, { kind: 'request-closed', request });
  const { purpose } = pending;
  if (purpose.epoch === NONE) return onElectionAnswered(step, purpose, { request, answer });
  const { leader } = step.state;
  if (leader?.epoch !== purpose.epoch)
    return ignore(step, answer, purpose, { kind: 'epoch-over', epoch: purpose.epoch });
  if (answer.kind === 'ha-conflict' && answer.epoch !== leader.epoch) {
    return stopLeading(step, { kind: 'write-fenced', purpose, epoch: answer.epoch });
  }
  if (answer.kind === 'failed' && answer.outcome === 'unknown') noteUnsettled(leader, purpose);
  onLeaderAnswered(step, leader, purpose, { request, answer });
}

function ignore({ out }: Step, answer: Answered['answer'], purpose: Purpose | null, reason: IgnoreReason): void {
  if (out.noted) out.note({ kind: 'answer-ignored', answer: answer.kind, purpose, reason });
}

function onElectionAnswered(step: Step, purpose: Purpose, answered: Answered): void {
  if (purpose.kind === 'campaign') onCampaignAnswered(step, purpose, answered);
  else if (purpose.kind === 'look-at-lease') onLeaseSeen(step, answered); // whether others heard of a resignation, they find out
}

function onLeaderAnswered(step: Step, leader: Leader, purpose: Purpose, answered: Answered): void {
  switch (purpose.kind) {
    case 'renew':
      return onRenewed(step, purpose, answered);
    case 'recover':
      return onRecoveryRead(step, leader, answered);
    case 'read-unreached':
      return onUnreachedRead(step, leader, answered);
    case 'delete-unreached':
      return; // what stays, the next leader deletes
    case 'write-job':
      return onJobWritten(step, leader, purpose.jobId, answered);
    case 'check-savepoint':
      return onSavepointChecked(step, leader, purpose.jobId, answered);
    case 'clean-up':
      return onCleanUpAnswered(step, leader, purpose.jobId, answered);
    case 'remove-result':
      return onRemovalAnswered(step, leader, purpose.jobId, answered);
    case 'write-savepoint':
    case 'list-savepoint-files':
      return onSavepointAnswered(step, leader, purpose, answered);
    case 'write-drains':
      return onDrainsWritten(step, leader, answered);
    case 'read-retained':
    case 'list-files':
    case 'delete-file':
      return onGarbageAnswered(step, leader, purpose, answered);
    case 'change-job':
    case 'load-metadata':
    case 'reload-metadata':
    case 'write-counter':
    case 'put-metadata':
    case 'write-pointers':
    case 'read-references':
    case 'close-sink':
    case 'write-result':
      return onJobAnswered(step, leader, purpose, answered);
    case 'look-at-lease':
    case 'campaign':
    case 'resign':
      return; // of the election: they carry no epoch
    default:
      return unreachable(purpose);
  }
}

type JobPurpose =
  | CoordinatorPurpose
  | PurposeOf<'change-job' | 'load-metadata' | 'reload-metadata' | 'close-sink' | 'write-result'>;

function onJobAnswered(step: Step, leader: Leader, purpose: JobPurpose, answered: Answered): void {
  const job = leader.jobs.get(purpose.jobId);
  if (job === undefined) return ignore(step, answered.answer, purpose, { kind: 'job-over' });
  switch (purpose.kind) {
    case 'change-job':
      return onChangeWritten(step, leader, job, answered);
    case 'load-metadata':
    case 'reload-metadata':
      return onMetadataLoaded(step, job, purpose, answered);
    case 'write-counter':
    case 'put-metadata':
    case 'write-pointers':
    case 'read-references':
      return onCoordinatorAnswered(step, leader, job, purpose, answered);
    case 'close-sink':
      return onSinkAnswered(step, leader, job, purpose.writer, answered);
    case 'write-result':
      return onResultWritten(step, leader, job, answered);
    default:
      return unreachable(purpose);
  }
}
