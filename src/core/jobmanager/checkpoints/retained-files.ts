// Which files the retained checkpoints of jobs that are over need: those that their metadata name, wherever they lie. A leader reads that metadata when a
// file of the job depends on it.
import { closeCall } from '../../base/retry.ts';
import { deepFreeze } from '../../base/state.ts';
import type { StoredReason } from '../../protocol/reasons.ts';
import type { Savepoint } from '../savepoint-state.ts';
import type { Leader } from '../state.ts';
import { ask, answerReason, isCallDue, retryCall, type Answered, type Step } from '../step.ts';
import { readMetadata } from './references.ts';
import { savepointName } from './savepoint-requests.ts';

/** Those of a job that are there, and not disposed. */
function retainedBy({ savepoints }: Leader, jobId: string): readonly Savepoint[] {
  if (savepoints.size === 0) return [];
  return [...savepoints.values()].filter(
    ({ record }) => record.kind === 'checkpoint' && record.jobId === jobId && !record.disposed,
  );
}

/** Whether a retained checkpoint names the file. `undecided`: one does that was not read yet, or none. */
export function judgeByRetained(leader: Leader, jobId: string, name: string): 'needed' | 'undecided' | 'unneeded' {
  const all = retainedBy(leader, jobId);
  const isNamed = all.some(
    ({ record, files, isUnreadable }) =>
      isUnreadable || record.metadata.name === name || files?.includes(name) === true,
  );
  if (isNamed) return 'needed';
  return all.some(({ files }) => files === null) ? 'undecided' : 'unneeded';
}

/** Reads the metadata of one that was not read yet. */
export function readRetained(step: Step, leader: Leader, jobId: string): void {
  const unread = retainedBy(leader, jobId).find(({ files, isUnreadable }) => files === null && !isUnreadable);
  if (unread === undefined || !isCallDue(step, leader, unread.reading)) return;
  const { savepointId, metadata } = unread.record;
  unread.reading.request = ask(
    step,
    { kind: 'read-retained', epoch: leader.epoch, jobId, savepointId },
    { kind: 'storage-get', name: metadata.name },
  );
}

/** What cannot be used says nothing of the files that it needs: all of its job are kept. */
export function onRetainedRead(
  step: Step,
  leader: Leader,
  { jobId, savepointId }: { readonly jobId: string; readonly savepointId: string },
  answered: Answered,
): void {
  const retained = leader.savepoints.get(savepointName(jobId, savepointId));
  if (retained === undefined || !closeCall(retained.reading, answered)) return;
  const { answer } = answered;
  if (answer.kind !== 'loaded' && answer.kind !== 'not-found') {
    if (step.out.noted) {
      const { checkpointId } = retained.record;
      const reason = answerReason(answer);
      step.out.note({ kind: 'collection-stopped', jobId, epoch: leader.epoch, checkpointId, reason });
    }
    return retryCall(step, retained.reading);
  }
  const read = answer.kind === 'loaded' ? readMetadata(jobId, retained.record, answer.bytes) : missing(retained);
  if (read.ok) retained.files = deepFreeze(read.value.subtasks.map(({ handle }) => handle.name));
  else noteUnreadable(step, leader, retained, read.reason);
}

function missing({ record }: Savepoint): { readonly ok: false; readonly reason: StoredReason } {
  return { ok: false, reason: { kind: 'file-missing', name: record.metadata.name } };
}

function noteUnreadable(step: Step, { epoch }: Leader, retained: Savepoint, reason: StoredReason): void {
  retained.isUnreadable = true;
  const { jobId, savepointId } = retained.record;
  if (step.out.noted) step.out.note({ kind: 'savepoint-unreadable', jobId, epoch, savepointId, reason });
}
