// O-store: every pointer names complete, readable data, at each write of the pointers; what a pointer needs is never deleted, and no name
// is used twice for other bytes (I8). Nobody acknowledges what is not stored, clients are told of a job and of its end when these are durable, and what
// no pointer needs is deleted in time. Once the job is over and clean, no file of it is left.
import { jobKey, LEADER_KEY, resultKey } from '../../core/protocol/ha-keys.ts';
import type { CompletedCheckpoint } from '../../core/protocol/ha-records.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';
import type { Oracle, WorldView } from '../observation.ts';
import type { OracleContext, Violate } from './context.ts';
import { blobChecksum, damageOf, metadataBehind, readResult } from './decode.ts';
import { createOrphans, forgetLeader, forgottenBy, type Orphans } from './orphans.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { haWriteOf, sentBy, type Applied, type RequestOf, type Stepped } from './seen.ts';
import { storageOf } from './service-views.ts';
import { attemptText, firstLines } from './text.ts';

export interface StoreState {
  readonly pointers: Pointers;
  readonly orphans: Orphans;
  /** Files that retained pointers need, and the checkpoint that needs each. */
  needed: Map<string, number>;
  /** Checksum of the first bytes under each name ever used. */
  readonly checksums: Map<string, number>;
  /** The job was made durable. */
  accepted: boolean;
  /** The job's result is durable: who still stores something after that is late. */
  over: boolean;
  /** The result says that all else of the job was deleted. */
  clean: boolean;
  /** Files that landed after that: nobody who cleans up could know of them. */
  readonly landedLate: Set<string>;
}

export function storeOracle(context: OracleContext): Oracle<StoreState> {
  return {
    name: 'O-store',
    create: () => ({
      pointers: createPointers(),
      orphans: createOrphans(),
      needed: new Map(),
      checksums: new Map(),
      accepted: false,
      over: false,
      clean: false,
      landedLate: new Set(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'stepped') onStepped(state, context.jobId, seen, violate);
      if (seen.kind !== 'applied') return;
      if (seen.answer.kind === 'ha-written') onHaWritten(state, context.jobId, seen, view, violate);
      else if (seen.request.kind === 'storage-put') onPut(state, seen, violate);
      else if (seen.answer.kind === 'deleted') onDeleted(state, seen.request as RequestOf<'storage-delete'>, violate);
    },
    finish: (state, view, violate) => judgeLeftovers(state, context.jobId, view, violate),
  };
}

function onStepped(state: StoreState, jobId: string, seen: Stepped, violate: Violate): void {
  judgeAcknowledgements(state, seen, violate);
  judgePromises(state, jobId, seen, violate);
  if (state.over) return; // a clean-up lists as often as it likes; what it leaves is judged in the end
  const forgotten = forgottenBy(state.orphans, jobId, state.pointers, seen);
  if (forgotten.length > 0)
    violate(
      `${seen.node} finds files in two listings that no pointer needs, and does not delete them`,
      firstLines(forgotten),
    );
}

/** Its snapshot was stored, whether or not it is still there: an aborted checkpoint may be collected by then. */
function judgeAcknowledgements(state: StoreState, { effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind !== 'acknowledge-checkpoint') continue;
    const { attempt, checkpointId, handle } = message.body;
    if (state.checksums.get(handle.name) !== handle.checksum)
      violate(`${attemptText(attempt)} acknowledged checkpoint ${checkpointId} before its snapshot was stored`, [
        handle.name,
      ]);
  }
}

/** What a client was told outlives whoever told it. */
function judgePromises(state: StoreState, jobId: string, { node, effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind === 'job-accepted' && message.body.jobId === jobId && !state.accepted)
      violate(`${node} accepted job ${jobId} before it was durable`, [`told ${message.to}`]);
    if (message?.kind !== 'job-status' || message.body.jobId !== jobId || state.over) continue;
    const { status } = message.body;
    if (status !== 'UNKNOWN' && isGloballyTerminal(status))
      violate(`${node} said that job ${jobId} is ${status} before its result was durable`, [`told ${message.to}`]);
  }
}

function onHaWritten(state: StoreState, jobId: string, seen: Applied, view: WorldView, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write !== null && write.key === jobKey(jobId)) state.accepted = true;
  if (write !== null && write.key === resultKey(jobId)) noteResult(state, write.value);
  if (write !== null && write.key === LEADER_KEY) forgetLeader(state.orphans);
  const change = followPointers(state.pointers, jobId, seen);
  if (change === null) return;
  if (change.unreadable !== null) violate(`the pointers of ${jobId} cannot be read`, [change.unreadable]);
  state.needed = new Map();
  for (const pointer of state.pointers.retained) judgePointer(state, pointer, view, violate);
}

function noteResult(state: StoreState, value: Uint8Array | null): void {
  const result = value === null ? null : readResult(value);
  state.over = true;
  state.clean = result !== null && result.ok && result.value.clean;
}

/** Adds what a pointer needs, and judges whether it is there. */
function judgePointer(state: StoreState, pointer: CompletedCheckpoint, view: WorldView, violate: Violate): void {
  const { checkpointId, metadata } = pointer;
  const { blobs } = storageOf(view);
  state.needed.set(metadata.name, checkpointId);
  const damage = damageOf(metadata, blobs);
  if (damage !== null)
    return violate(`the pointer of checkpoint ${checkpointId} names metadata that is not there or not whole`, [damage]);
  const read = metadataBehind(metadata, blobs);
  if (!read.ok) return violate(`the metadata of checkpoint ${checkpointId} cannot be read`, [read.reason]);
  if (read.value.checkpointId !== checkpointId) {
    return violate(
      `the pointer of checkpoint ${checkpointId} names the metadata of checkpoint ${read.value.checkpointId}`,
      [metadata.name],
    );
  }
  const problems: string[] = [];
  for (const { handle } of read.value.subtasks) {
    state.needed.set(handle.name, checkpointId);
    const problem = damageOf(handle, blobs);
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0)
    violate(
      `the pointer of checkpoint ${checkpointId} names snapshots that are not there or not whole`,
      firstLines(problems),
    );
}

function onPut(state: StoreState, seen: Applied, violate: Violate): void {
  const { name, bytes } = seen.request as RequestOf<'storage-put'>;
  const checksum = blobChecksum(bytes);
  const before = state.checksums.get(name);
  if (before !== undefined && before !== checksum)
    return violate('a name in storage was used again for other bytes', [name]);
  if (seen.answer.kind !== 'stored') return;
  state.checksums.set(name, checksum);
  if (state.over) state.landedLate.add(name);
}

function onDeleted(state: StoreState, request: RequestOf<'storage-delete'>, violate: Violate): void {
  const needed = state.needed.get(request.name);
  if (needed !== undefined) violate(`a file was deleted that the retained checkpoint ${needed} needs`, [request.name]);
}

function judgeLeftovers(state: StoreState, jobId: string, view: WorldView, violate: Violate): void {
  if (!state.clean) return;
  const left = [...storageOf(view).blobs.keys()].filter(
    (name) => name.startsWith(`${jobId}/`) && !state.landedLate.has(name),
  );
  if (left.length > 0)
    violate(
      `the job is over and its result says clean, but ${left.length} of its files are left in storage`,
      firstLines(left),
    );
}
