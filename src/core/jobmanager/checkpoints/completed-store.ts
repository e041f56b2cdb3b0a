// The pointers to completed checkpoints, kept in the HA service. A write is conditional on the revision and on the epoch, and is repeated
// unchanged until its outcome is known for certain: whatever an earlier try of it did, one of them shows it.
import { assert } from '../../base/assert.ts';
import { sameBytes } from '../../base/bytes.ts';
import { deepFreeze } from '../../base/state.ts';
import { closeCall } from '../../base/retry.ts';
import { checkpointsKey } from '../../protocol/ha-keys.ts';
import type { CompletedCheckpoint } from '../../protocol/ha-records.ts';
import type { HaEntry } from '../../protocol/ports.ts';
import { unreadableBytes } from '../../protocol/reasons.ts';
import { decodeCheckpoints, encodeCheckpoints } from '../../protocol/records-codec.ts';
import { forgetReferences } from './references.ts';
import { NONE, type CompletedStore, type JobMaster, type Leader } from '../state.ts';
import { ask, answerReason, isCallDue, leadingEpoch, retryCall, type Answered, type Step } from '../step.ts';

type PointerWrite = NonNullable<CompletedStore['write']>;

/** The list with one more, and without those that it subsumes. */
function retain(
  completed: readonly CompletedCheckpoint[],
  added: CompletedCheckpoint,
  retained: number,
): readonly CompletedCheckpoint[] {
  return deepFreeze([...completed, added].slice(-retained)); // the list before shares most of it
}

/** From here on the checkpoint may be complete, whatever happens to the job: nothing may restart before the outcome is known. */
export function beginPointerWrite(job: JobMaster, checkpoint: CompletedCheckpoint, retained: number): void {
  assert(isStoreIdle(job.store), 'pointers are written one write at a time');
  job.store.write = {
    completed: retain(job.store.completed, checkpoint, retained),
    checkpointId: checkpoint.checkpointId,
  };
}

/** The key is there, and nothing about it is uncertain. */
export function isStoreIdle(store: CompletedStore): boolean {
  return store.revision !== NONE && store.write === null;
}

export function reconcileStore(step: Step, leader: Leader, job: JobMaster): void {
  const { store } = job;
  // The key is created empty, so that every write that names a file is conditional on a revision that a deletion ends: a write that is
  // applied after the clean-up of its job cannot bring a pointer back.
  if (store.revision === NONE) store.write ??= { completed: [], checkpointId: NONE };
  if (store.write === null || !isCallDue(step, leader, store.call)) return;
  store.call.request = ask(
    step,
    { kind: 'write-pointers', epoch: leader.epoch, jobId: job.jobId },
    {
      kind: 'ha-write',
      key: checkpointsKey(job.jobId),
      value: encodeCheckpoints({ completed: store.write.completed }),
      ifRevision: store.revision,
      ifEpoch: leader.epoch,
    },
  );
}

/** The id of the checkpoint that this answer shows to be durable; NONE if it shows none, or the write is repeated. */
export function onPointerWriteAnswered(step: Step, job: JobMaster, answered: Answered): number {
  const { store } = job;
  const { write } = store;
  if (write === null || !closeCall(store.call, answered)) return NONE;
  const { answer } = answered;
  if (answer.kind === 'ha-written') return settle(store, write, write.completed, answer.revision);
  if (answer.kind === 'ha-conflict' && answer.entry !== null) return onConflict(step, job, write, answer.entry);
  if (step.out.noted) {
    const { jobId } = job;
    const reason = answerReason(answer);
    step.out.note({ kind: 'pointers-write-retried', jobId, epoch: leadingEpoch(step), reason });
  }
  retryCall(step, store.call);
  return NONE;
}

/** Only this leader can have written: an earlier try of the same write did. Anything else is taken as it is, for it is what is durable. */
function onConflict(step: Step, job: JobMaster, write: PointerWrite, entry: HaEntry): number {
  if (sameBytes(entry.value, encodeCheckpoints({ completed: write.completed })))
    return settle(job.store, write, write.completed, entry.revision);
  const found = decodeCheckpoints(entry.value);
  if (step.out.noted) {
    const unreadable = found.ok ? null : unreadableBytes(found.reason);
    step.out.note({ kind: 'pointers-foreign', jobId: job.jobId, epoch: leadingEpoch(step), unreadable });
  }
  if (found.ok) return settle(job.store, write, deepFreeze(found.value.completed), entry.revision);
  retryCall(step, job.store.call);
  return NONE;
}

/** The write is over, and this is what the key holds. The checkpoint that was written for, if it is in there, else NONE. */
function settle(
  store: CompletedStore,
  { checkpointId }: PointerWrite,
  completed: readonly CompletedCheckpoint[],
  revision: number,
): number {
  store.completed = completed;
  store.revision = revision;
  store.write = null;
  forgetReferences(store);
  return completed.at(-1)?.checkpointId === checkpointId ? checkpointId : NONE;
}
