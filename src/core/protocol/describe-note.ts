// The one text form of notes: traces of both worlds, scripts and reports use it, as they use that of messages in `describe.ts`.
import { describeAttempt } from './describe-ids.ts';
import { describeDeath } from './describe-death.ts';
import { describeBecause, describeReason } from './describe-reason.ts';
import type { WantedState } from './ha-records.ts';
import type { Note } from './notes.ts';
import { describePurpose } from './purposes.ts';
import { noNames, type VertexNames } from './vertex-names.ts';

function describeWanted(wanted: WantedState): string {
  if (wanted.kind !== 'STOPPED') return wanted.kind;
  return `STOPPED with savepoint ${wanted.savepointId}${wanted.drain ? ', and drained' : ''}`;
}

/** The vertices of a job, by its id. */
export type JobNames = (jobId: string) => VertexNames;

function jobIdOf(note: Note): string | null {
  if ('jobId' in note) return note.jobId;
  if ('attempt' in note && typeof note.attempt === 'object') return note.attempt.jobId;
  return 'death' in note ? note.death.attempt.jobId : null;
}

/** One line; who noted it is said by whoever prints it. */
export function describeNote(note: Note, namesOf: JobNames = () => noNames): string {
  const jobId = jobIdOf(note);
  const names = jobId === null ? noNames : namesOf(jobId);
  switch (note.kind) {
    case 'message-ignored':
      return `ignored ${note.message} from ${note.from}: ${describeReason(note.reason, names)}`;
    case 'answer-ignored':
      return `ignored ${note.answer}${note.purpose === null ? '' : ` for ${describePurpose(note.purpose)}`}: ${describeReason(note.reason, names)}`;

    case 'leader-elected':
      return `leads with epoch ${note.epoch}`;
    case 'leadership-lost':
      return `stops leading epoch ${note.epoch}: ${describeReason(note.reason, names)}; jobs SUSPENDED: ${note.suspended.join(', ') || 'none'}`;
    case 'campaign-failed':
      return `campaign for epoch ${note.epoch} failed: ${describeReason(note.reason, names)}`;
    case 'leader-unreached':
      return `${note.leader}, the leader of epoch ${note.epoch}, cannot be reached`;
    case 'leader-reached':
      return `${note.leader}, the leader of epoch ${note.epoch}, can be reached again`;
    case 'election-blocked':
      return `the leader record cannot be read, nobody can be elected: ${note.key} at revision ${note.revision}`;
    case 'leader-found':
      return `leader is ${note.leader}, epoch ${note.epoch}`;
    case 'leader-unreadable':
      return `the leader record cannot be read: ${describeReason(note.reason, names)}`;

    case 'recovery-retried':
      return `recovery is read again: ${describeReason(note.reason, names)}`;
    case 'recovery-stopped':
      return `RECOVERY OF JOB ${note.jobId} STOPPED, it is tried again: ${describeReason(note.reason, names)}`;
    case 'job-recovered':
      return `job ${note.jobId} recovered, latest checkpoint ${note.latestCheckpointId ?? 'none'}`;
    case 'result-recovered':
      return `job ${note.jobId} is over (${note.status})${note.cleanUp ? ', it is cleaned up' : ''}`;

    case 'drains-unreadable':
      return `WHICH TASK MANAGERS ARE DRAINED CANNOT BE READ: ${describeReason(note.reason, names)}`;

    case 'job-stored':
      return `job ${note.jobId} is durable`;
    case 'job-write-retried':
      return `job ${note.jobId} is written again: ${describeReason(note.reason, names)}`;
    case 'job-wanted':
      return `job ${note.jobId} is to be ${describeWanted(note.wanted)}`;
    case 'job-status-changed':
      return `job ${note.jobId} ${note.from} -> ${note.to}`;
    case 'job-waits-for-slots':
      return `job ${note.jobId} waits: ${describeReason(note.missing, names)}`;
    case 'job-has-slots':
      return `job ${note.jobId} has all ${note.slots} slots, and waited for ${note.waitedMs} ms`;
    case 'job-deployed':
      return `job ${note.jobId} attempt ${note.attempt} is deployed from ${checkpointOrNothing(note.restoredFrom)}`;
    case 'job-restarting':
      return `job ${note.jobId} restarts: ${describeReason(note.reason, names)}`;
    case 'job-failing':
      return `job ${note.jobId} fails: ${describeReason(note.reason, names)}`;
    case 'restore-stopped':
      return `RESTORE OF JOB ${note.jobId} STOPPED, checkpoint ${note.checkpointId} is read again: ${describeReason(note.reason, names)}`;
    case 'result-write-retried':
      return `result of ${note.jobId} is written again: ${describeReason(note.reason, names)}`;
    case 'sink-close-failed':
      return `sink writer ${note.writer} is not closed: ${describeReason(note.reason, names)}`;
    case 'job-cleaned-up':
      return `job ${note.jobId} is cleaned up`;
    case 'result-removed':
      return `job ${note.jobId} of the past is removed${note.clients === 0 ? '' : `, ${note.clients} asked for it`}`;
    case 'savepoint-completed':
      return `savepoint ${note.savepointId} of job ${note.jobId} is completed, by checkpoint ${note.checkpointId}`;
    case 'savepoint-disposed':
      return `savepoint ${note.savepointId} of job ${note.jobId} is disposed`;
    case 'savepoint-write-retried':
      return `savepoint ${note.savepointId} of job ${note.jobId} is written again: ${describeReason(note.reason, names)}`;
    case 'savepoint-check-retried':
      return `the savepoint that job ${note.jobId} starts from is read again: ${describeReason(note.reason, names)}`;
    case 'savepoint-unreadable':
      return `SAVEPOINT ${note.savepointId} OF JOB ${note.jobId} CANNOT BE READ: ${describeReason(note.reason, names)}`;
    case 'savepoint-known':
      return `savepoint ${note.savepointId} of job ${note.jobId} is ${note.status}`;
    case 'taken-known':
      return `checkpoint ${note.checkpointId ?? 'that was asked for'} of job ${note.jobId} is ${note.status}, as ${note.triggerId}`;
    case 'refusal-known':
      return `request about job ${note.jobId} refused: ${describeReason(note.reason, names)}`;
    case 'job-list-known':
      return `list of ${note.jobs} jobs`;
    case 'job-checkpoints-known':
      return `job ${note.jobId} has ${note.completed} completed and ${note.failed} failed checkpoints`;
    case 'overview-known':
      return `answered with ${note.answer}`;
    case 'job-exceptions-known':
      return `job ${note.jobId} has ${note.exceptions} exceptions`;
    case 'job-result-known':
      return `job ${note.jobId} is ${note.status}${describeBecause(note.reason, names)}`;

    case 'execution-state-changed':
      return `${note.attempt.jobId} ${describeAttempt(note.attempt, names)} ${note.from} -> ${note.to}`;
    case 'stranger-cancelled':
      return `${describeAttempt(note.attempt, names)} on ${note.taskManager} is cancelled: ${describeReason(note.reason, names)}`;

    case 'checkpoint-triggered':
      return `checkpoint ${note.checkpointId} of ${note.jobId} triggered`;
    case 'checkpoint-completed':
      return `checkpoint ${note.checkpointId} of ${note.jobId} completed${note.final ? ', final' : ''}`;
    case 'checkpoint-aborted':
      return `checkpoint ${note.checkpointId} of ${note.jobId} aborted: ${describeReason(note.reason, names)}`;
    case 'collection-stopped':
      return `no file of ${note.jobId} is deleted, metadata of checkpoint ${note.checkpointId} is read again: ${describeReason(note.reason, names)}`;
    case 'metadata-put-retried':
      return `metadata of checkpoint ${note.checkpointId} is put again: ${describeReason(note.reason, names)}`;
    case 'pointers-write-retried':
      return `pointers of ${note.jobId} are written again: ${describeReason(note.reason, names)}`;
    case 'pointers-foreign':
      return `POINTERS OF ${note.jobId} ARE NOT WHAT THIS LEADER WROTE: ${note.unreadable === null ? 'taken as they are' : describeReason(note.unreadable, names)}`;
    case 'file-deleted':
      return `deleted ${note.name}`;

    case 'task-manager-registered':
      return `${note.taskManager} registered with ${note.slots} slots, incarnation ${note.incarnation}`;
    case 'task-manager-suspected':
      return `connection to ${note.taskManager} lost, it is asked again`;
    case 'task-manager-lost':
      return `${note.taskManager} lost: ${describeReason(note.reason, names)}`;
    case 'task-manager-killed':
      return `${note.taskManager} was ended by a job, ${describeDeath(note.death, names)}${note.ignored === null ? '' : `; it does not count: ${describeReason(note.ignored, names)}`}`;
    case 'drain-wanted':
      return `${note.taskManager} is ${note.isDrained ? 'to be drained' : 'in service again'}`;
    case 'drains-write-retried':
      return `the list of drained TaskManagers is written again: ${describeReason(note.reason, names)}`;
    case 'drain-known':
      return `${note.taskManager} is ${note.status}${describeBecause(note.reason, names)}`;
    case 'slot-lost':
      return `slot ${note.slotIndex} of ${note.taskManager} lost by ${note.jobId}: ${describeReason(note.reason, names)}`;

    case 'registration-refused':
      return `registration refused: ${describeReason(note.reason, names)}`;
    case 'control-connection-lost':
      return `the control connection to ${note.peer} was lost`;
    case 'slot-freed':
      return `slot ${note.slotIndex} is freed: ${describeReason(note.reason, names)}`;

    case 'task-state-changed':
      return `task ${describeAttempt(note.attempt, names)} is ${note.state}${describeBecause(note.reason, names)}`;
    case 'task-request-failed':
      return `${describeAttempt(note.attempt, names)}: ${note.purpose.kind} failed: ${describeReason(note.reason, names)}`;
    case 'snapshot-aborted':
      return `checkpoint ${note.checkpointId} is aborted`;
    case 'final-checkpoint-ignored':
      return `ignored that checkpoint ${note.checkpointId} is final: not taken at the end of this attempt`;
    case 'barrier-ignored':
      return `ignored barrier ${note.checkpointId} of ${note.producer}: ${describeReason(note.reason, names)}`;
    case 'consumers-lost':
      return `task ${describeAttempt(note.attempt, names)} lost its consumers on ${note.peer}`;
  }
}

function checkpointOrNothing(checkpointId: number | null): string {
  return checkpointId === null ? 'nothing' : `checkpoint ${checkpointId}`;
}
