// Notes of a cluster, for traces by hand.
import type { Note } from '../../src/core/protocol/notes.ts';
import type { CheckpointReason, IgnoreReason, JobReason, TaskReason } from '../../src/core/protocol/reasons.ts';
import type { ExecutionState, JobStatus } from '../../src/core/protocol/states.ts';

const ofJob = { jobId: 'job-1', epoch: 1 };
const ofAttempt = { ...ofJob, attempt: 1 };

export const leads = (epoch: number): Note => ({ kind: 'leader-elected', epoch });

/** @param name `0/0#1`: vertex, subtask, attempt. */
export function taskIs(name: string, state: ExecutionState, threw: string | null = null): Note {
  const [vertex, subtask, attempt] = name.split(/[/#]/).map(Number) as [number, number, number];
  return {
    kind: 'task-state-changed',
    attempt: { jobId: 'job-1', vertex, subtask, attempt },
    epoch: 1,
    state,
    reason: threw === null ? null : userCode(threw),
  };
}

export const jobMoves = (from: JobStatus, to: JobStatus): Note => ({ kind: 'job-status-changed', ...ofJob, from, to });

export function deployed(attempt: number, restoredFrom: number | null, epoch = 1): Note {
  return { kind: 'job-deployed', jobId: 'job-1', epoch, attempt, restoredFrom };
}

export function userCode(text: string): TaskReason {
  return { kind: 'user-code', operator: 'map', function: null, given: null, text, stack: null };
}

export const restarts = (reason: JobReason): Note => ({ kind: 'job-restarting', ...ofAttempt, reason });
export const triggered = (checkpointId: number): Note => ({ kind: 'checkpoint-triggered', ...ofAttempt, checkpointId });

export function completed(checkpointId: number, final = false): Note {
  return { kind: 'checkpoint-completed', ...ofAttempt, checkpointId, final };
}

export function aborted(checkpointId: number, reason: CheckpointReason): Note {
  return { kind: 'checkpoint-aborted', ...ofAttempt, checkpointId, reason };
}

export const recovered = (latest: number): Note => ({ kind: 'job-recovered', ...ofJob, latestCheckpointId: latest });
export const cleanedUp: Note = { kind: 'job-cleaned-up', ...ofJob };

export function ignored(message: string, from: string, reason: IgnoreReason): Note {
  return { kind: 'message-ignored', message, from, reason };
}
