// The clean-up of a job that is over: the checkpoint that outlives it gets its record, then pointers go first, so that none ever names a deleted file, then files, counter, job; then the result is
// marked clean. The dirty result is the order to do so: whoever leads goes on from it, and every part may be done twice.
import { blobPrefix } from '../checkpoint/blob-names.ts';
import { checkpointsKey, counterKey, jobKey, resultKey } from '../protocol/ha-keys.ts';
import type { PortRequest } from '../protocol/ports.ts';
import { decodeResult, encodeResult } from '../protocol/records-codec.ts';
import { must, unreachable } from '../base/assert.ts';
import { createCall, closeCall } from '../base/retry.ts';
import { collectFiles, isOpen } from './checkpoints/garbage.ts';
import { isKept } from './retained-checkpoints.ts';
import type { CleanUp, Leader } from './state.ts';
import { ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';
import { cleanUpTransitions } from './transitions.ts';

/** @param clean all of that was done before: only what a late write left is deleted, and what was kept may be disposed since */
export function beginCleanUp(leader: Leader, jobId: string, clean = false): void {
  const isKeeping = !clean && (leader.results.get(jobId)?.retained ?? null) !== null;
  leader.cleanUps.set(jobId, { jobId, stage: isKeeping ? 'RETAINED' : 'POINTERS', call: createCall() });
}

export function reconcileCleanUp(step: Step, leader: Leader, cleanUp: CleanUp): void {
  if (cleanUp.stage === 'RETAINED') {
    if (!isKept(step, leader, cleanUp.jobId)) return;
    advance(step, leader, cleanUp);
  }
  if (!isCallDue(step, leader, cleanUp.call)) return;
  cleanUp.call.request = ask(
    step,
    { kind: 'clean-up', epoch: leader.epoch, jobId: cleanUp.jobId },
    requestOf(leader, cleanUp),
  );
}

function requestOf(leader: Leader, { jobId, stage }: CleanUp): PortRequest {
  switch (stage) {
    case 'RETAINED':
      throw new Error('nothing is asked for a checkpoint that is kept but by its record');
    case 'POINTERS':
      return deletion(leader, checkpointsKey(jobId));
    case 'FILES':
      return { kind: 'storage-list', prefix: blobPrefix(jobId) };
    case 'COUNTER':
      return deletion(leader, counterKey(jobId));
    case 'JOB':
      return deletion(leader, jobKey(jobId));
    case 'RESULT': {
      const past = must(leader.results.get(jobId), 'the result of a job that is cleaned up');
      const { submitted, endedAt, status, reason, savepointId, retained, exceptions, graph, revision } = past;
      const ended = { submitted, endedAt, status, reason, savepointId, retained, exceptions, graph };
      const value = encodeResult({ jobId, ...ended, clean: true });
      return { kind: 'ha-write', key: resultKey(jobId), value, ifRevision: revision, ifEpoch: leader.epoch };
    }
    default:
      return unreachable(stage);
  }
}

function deletion(leader: Leader, key: string): PortRequest {
  return { kind: 'ha-write', key, value: null, ifRevision: null, ifEpoch: leader.epoch };
}

export function onCleanUpAnswered(step: Step, leader: Leader, jobId: string, answered: Answered): void {
  const cleanUp = leader.cleanUps.get(jobId);
  if (cleanUp === undefined || !closeCall(cleanUp.call, answered)) return;
  const { answer } = answered;
  if (answer.kind === 'ha-written') {
    noteRevision(leader, cleanUp, answer.revision);
    return advance(step, leader, cleanUp);
  }
  // Under our own epoch: an earlier try of this write was applied.
  if (answer.kind === 'ha-conflict' && cleanUp.stage === 'RESULT' && answer.entry !== null) {
    noteRevision(leader, cleanUp, answer.entry.revision);
    if (isClean(answer.entry.value)) return advance(step, leader, cleanUp);
  }
  if (answer.kind === 'listed') {
    if (!answer.names.some((name) => isOpen(leader, name))) return advance(step, leader, cleanUp);
    collectFiles(leader, answer.names);
  }
  retryCall(step, cleanUp.call);
}

function noteRevision(leader: Leader, { jobId, stage }: CleanUp, revision: number): void {
  if (stage === 'RESULT') must(leader.results.get(jobId), 'the result of a job that is cleaned up').revision = revision;
}

function isClean(value: Uint8Array): boolean {
  const found = decodeResult(value);
  return found.ok && found.value.clean;
}

function advance(step: Step, leader: Leader, cleanUp: CleanUp): void {
  const [next] = cleanUpTransitions[cleanUp.stage];
  if (next !== undefined) {
    cleanUp.stage = next;
    return;
  }
  leader.cleanUps.delete(cleanUp.jobId);
  if (step.out.noted) step.out.note({ kind: 'job-cleaned-up', jobId: cleanUp.jobId, epoch: leader.epoch });
}
