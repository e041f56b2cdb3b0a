// From the last acknowledgement to the completed checkpoint: metadata put, then pointer written. Each is known to be durable before the next.
import { NEVER } from '../../base/machine.ts';
import { closeCall } from '../../base/retry.ts';
import { metadataName } from '../../checkpoint/blob-names.ts';
import { handleOf } from '../../checkpoint/handles.ts';
import { encodeMetadata } from '../../checkpoint/metadata-codec.ts';
import { NONE, type JobMaster, type Leader, type PendingCheckpoint } from '../state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from '../step.ts';
import { beginPointerWrite, onPointerWriteAnswered } from './completed-store.ts';
import { armTimeout, completeCheckpoint } from './end.ts';
import { isFinal, metadataOf } from './pending.ts';

/** Puts the metadata of a checkpoint that all acknowledged. One is finalized at a time: of its pointer or of another's, a write is open at most. */
export function reconcileFinalization(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  if (pending.state !== 'FINALIZING' || job.store.write !== null || isPutting(job)) return;
  putMetadata(step, leader, job, pending);
}

function isPutting({ coordinator }: JobMaster): boolean {
  for (const { metadata } of coordinator.pending.values()) if (metadata.request !== NONE) return true;
  return false;
}

function putMetadata(step: Step, leader: Leader, job: JobMaster, pending: PendingCheckpoint): void {
  if (!isCallDue(step, leader, pending.metadata)) return;
  const { checkpointId } = pending;
  const name = metadataName(job.jobId, checkpointId, leader.epoch);
  const bytes = metadataBytes(job, pending, leader.epoch);
  pending.metadata.request = ask(
    step,
    { kind: 'put-metadata', epoch: leader.epoch, jobId: job.jobId, checkpointId },
    { kind: 'storage-put', name, bytes },
  );
}

/** What was encoded for a checkpoint, under which id and epoch. */
interface Encoded {
  readonly checkpointId: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

// millrace-lint-ignore module-state: a memo of a pure function: all acknowledged, so that nothing of the checkpoint changes any more
const encoded = new WeakMap<PendingCheckpoint, Encoded>();

/** They are put, and their handle is made once they are: the second time a leader mostly has them still. */
function metadataBytes(job: JobMaster, pending: PendingCheckpoint, epoch: number): Uint8Array {
  const { checkpointId } = pending;
  const known = encoded.get(pending);
  if (known?.checkpointId === checkpointId && known.epoch === epoch) return known.bytes;
  const bytes = encodeMetadata(metadataOf(job, pending, epoch));
  encoded.set(pending, { checkpointId, epoch, bytes });
  return bytes;
}

/** Whatever a failed put did, the same bytes are put again under the same name. */
export function onMetadataPut(
  step: Step,
  leader: Leader,
  job: JobMaster,
  checkpointId: number,
  answered: Answered,
): void {
  const pending = job.coordinator.pending.get(checkpointId);
  if (pending === undefined || !closeCall(pending.metadata, answered)) return;
  if (answered.answer.kind !== 'stored') {
    if (step.out.noted) {
      const reason = answerReason(answered.answer);
      step.out.note({ kind: 'metadata-put-retried', jobId: job.jobId, epoch: leader.epoch, checkpointId, reason });
    }
    return retryCall(step, pending.metadata);
  }
  const bytes = metadataBytes(job, pending, leader.epoch);
  const metadata = handleOf(metadataName(job.jobId, checkpointId, leader.epoch), bytes);
  pending.expiresAt = NEVER;
  armTimeout(leader, job);
  beginPointerWrite(job, { checkpointId, metadata, final: isFinal(pending) }, step.options.retainedCheckpoints);
}

/** Once the pointer is known to be durable, the checkpoint of this write is complete. */
export function onPointersAnswered(step: Step, leader: Leader, job: JobMaster, answered: Answered): void {
  const checkpointId = onPointerWriteAnswered(step, job, answered);
  const pending = job.coordinator.pending.get(checkpointId);
  if (pending !== undefined) completeCheckpoint(step, leader, job, pending);
}
