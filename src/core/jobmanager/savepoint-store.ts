// Savepoints in the HA service, a key each: written once the checkpoint is completed, and before anybody hears of it. The record is marked before a
// file is deleted, so that no savepoint is there in part; the mark is the order to delete, and whoever leads goes on from it.
import { unreachable } from '../base/assert.ts';
import { sameBytes } from '../base/bytes.ts';
import { closeCall, createCall } from '../base/retry.ts';
import { deepFreeze } from '../base/state.ts';
import type { Result } from '../base/value.ts';
import { blobPrefix, blobPrefixOfCheckpoint, parseBlobName } from '../checkpoint/blob-names.ts';
import { savepointKey, SAVEPOINT_PREFIX } from '../protocol/ha-keys.ts';
import type { SavepointRecord } from '../protocol/ha-records.ts';
import type { HaEntry, PortRequest } from '../protocol/ports.ts';
import { decodeSavepoint, encodeSavepoint } from '../protocol/records-codec.ts';
import { unreadableBytes, type StoredReason } from '../protocol/reasons.ts';
import { collectFiles, isGarbage, isOpen } from './checkpoints/garbage.ts';
import { savepointName } from './checkpoints/savepoint-requests.ts';
import { disposeClaimed } from './savepoint-use.ts';
import { tellSavepoint } from './savepoints.ts';
import { moveSavepoint, type Savepoint } from './savepoint-state.ts';
import type { Leader } from './state.ts';
import { answerReason, ask, isCallDue, retryCall, type Answered, type Step } from './step.ts';

// ---- Take-over

export function recoverSavepoints(step: Step, leader: Leader, entries: ReadonlyMap<string, HaEntry>): void {
  for (const entry of entries.values()) {
    if (!entry.key.startsWith(SAVEPOINT_PREFIX)) continue;
    const name = entry.key.slice(SAVEPOINT_PREFIX.length);
    const savepoint = readSavepoint(entry);
    if (savepoint.ok) leader.savepoints.set(name, savepoint.value);
    else noteUnreadable(step, leader, name, savepoint.reason);
  }
}

function noteUnreadable(step: Step, leader: Leader, name: string, reason: StoredReason): void {
  leader.recovery.unreadableSavepoints.add(name);
  if (!step.out.noted) return;
  const [jobId = '', savepointId = ''] = name.split('/');
  step.out.note({ kind: 'savepoint-unreadable', jobId, epoch: leader.epoch, savepointId, reason });
}

function readSavepoint({ key, value, revision }: HaEntry): Result<Savepoint, StoredReason> {
  const read = decodeSavepoint(value);
  if (!read.ok) return { ok: false, reason: unreadableBytes(read.reason) };
  const { jobId, savepointId, checkpointId, metadata, disposed } = read.value;
  const blob = parseBlobName(metadata.name);
  if (key !== savepointKey(jobId, savepointId) || blob?.jobId !== jobId || blob.checkpointId !== checkpointId)
    return { ok: false, reason: unreadableBytes(`${key} does not name its own metadata, but ${metadata.name}`) };
  const stage = disposed ? 'FILES' : 'DURABLE';
  const { epoch } = blob;
  const record = deepFreeze(read.value);
  return {
    ok: true,
    value: {
      record,
      epoch,
      stage,
      revision,
      unsettled: false,
      clients: [],
      call: createCall(),
      files: null,
      isUnreadable: false,
      reading: createCall(),
    },
  };
}

// ---- Writes

export function reconcileSavepoints(step: Step, leader: Leader): void {
  if (leader.savepoints.size === 0) return;
  for (const job of leader.jobs.values()) disposeClaimed(leader, job);
  for (const savepoint of leader.savepoints.values())
    if (isAtWork(savepoint)) reconcileSavepoint(step, leader, savepoint);
}

function isAtWork({ stage, unsettled }: Savepoint): boolean {
  return stage !== 'DURABLE' && !(stage === 'RECORD' && unsettled);
}

function reconcileSavepoint(step: Step, leader: Leader, savepoint: Savepoint): void {
  if (!isCallDue(step, leader, savepoint.call)) return;
  const { jobId, savepointId } = savepoint.record;
  const kind = savepoint.stage === 'FILES' ? 'list-savepoint-files' : 'write-savepoint';
  savepoint.call.request = ask(step, { kind, epoch: leader.epoch, jobId, savepointId }, requestOf(leader, savepoint));
}

function requestOf({ epoch }: Leader, savepoint: Savepoint): PortRequest {
  const { stage, revision, record } = savepoint;
  const key = savepointKey(record.jobId, record.savepointId);
  switch (stage) {
    case 'FILES':
      return { kind: 'storage-list', prefix: prefixOf(record) };
    case 'STORING':
    case 'MARKING':
    case 'RECORD':
      return { kind: 'ha-write', key, value: wantedValue(savepoint), ifRevision: revision, ifEpoch: epoch };
    case 'DURABLE':
      throw new Error('nothing is asked for a savepoint that is there');
    default:
      return unreachable(stage);
  }
}

/** A retained checkpoint may need files that were written for others. */
function prefixOf({ kind, jobId, checkpointId }: SavepointRecord): string {
  return kind === 'checkpoint' ? blobPrefix(jobId) : blobPrefixOfCheckpoint(jobId, checkpointId);
}

/** What the key is to hold; null: nothing. */
function wantedValue({ stage, record }: Savepoint): Uint8Array | null {
  if (stage === 'RECORD') return null;
  return encodeSavepoint(stage === 'MARKING' ? marked(record) : record);
}

function marked(record: SavepointRecord): SavepointRecord {
  return { ...record, disposed: true };
}

export function onSavepointAnswered(
  step: Step,
  leader: Leader,
  { jobId, savepointId }: { readonly jobId: string; readonly savepointId: string },
  answered: Answered,
): void {
  const savepoint = leader.savepoints.get(savepointName(jobId, savepointId));
  if (savepoint === undefined || !closeCall(savepoint.call, answered)) return;
  if (savepoint.stage === 'FILES') return onFiles(step, leader, savepoint, answered);
  const { answer } = answered;
  if (answer.kind === 'ha-written') return settle(step, leader, savepoint, answer.revision);
  // Under our own epoch: an earlier try of this write was applied.
  if (answer.kind === 'ha-conflict' && isWritten(savepoint, answer.entry))
    return settle(step, leader, savepoint, answer.entry?.revision ?? savepoint.revision);
  if (answer.kind === 'failed' && answer.outcome === 'unknown' && savepoint.stage === 'STORING')
    savepoint.unsettled = true;
  if (step.out.noted) {
    const reason = answerReason(answer);
    step.out.note({ kind: 'savepoint-write-retried', jobId, epoch: leader.epoch, savepointId, reason });
  }
  retryCall(step, savepoint.call);
}

function isWritten(savepoint: Savepoint, entry: HaEntry | null): boolean {
  const wanted = wantedValue(savepoint);
  if (wanted === null || entry === null) return wanted === entry;
  return sameBytes(wanted, entry.value);
}

function settle(step: Step, leader: Leader, savepoint: Savepoint, revision: number): void {
  const { record, stage } = savepoint;
  const { jobId, savepointId, checkpointId } = record;
  const { epoch } = leader;
  savepoint.revision = revision;
  if (stage === 'RECORD') {
    leader.savepoints.delete(savepointName(jobId, savepointId));
    return;
  }
  const isMarked = stage === 'MARKING';
  moveSavepoint(savepoint, isMarked ? 'FILES' : 'DURABLE');
  if (isMarked) savepoint.record = marked(record);
  if (step.out.noted) {
    if (isMarked) step.out.note({ kind: 'savepoint-disposed', jobId, epoch, savepointId });
    else step.out.note({ kind: 'savepoint-completed', jobId, epoch, savepointId, checkpointId });
  }
  for (const client of savepoint.clients.splice(0)) tellSavepoint(step, leader, client, record);
}

/** Files that a retained checkpoint of the job still needs stay: they are collected when they are subsumed. */
function onFiles(step: Step, leader: Leader, savepoint: Savepoint, { answer }: Answered): void {
  if (answer.kind !== 'listed') return retryCall(step, savepoint.call);
  const isLeft = savepoint.record.kind === 'checkpoint' ? isOpen : isGarbage;
  if (!answer.names.some((name) => isLeft(leader, name))) {
    moveSavepoint(savepoint, 'RECORD');
    return;
  }
  collectFiles(leader, answer.names);
  retryCall(step, savepoint.call);
}
