// O-store: every pointer names complete, readable data, at each write of the pointers; what a pointer needs is never deleted, and no name
// is used twice for other bytes (I8). Nobody acknowledges what is not stored, clients are told of a job and of its end when these are durable, and what
// no pointer needs is deleted in time. Once the job is over and clean, no file of it is left.
import { JOB_PREFIX, LEADER_KEY, RESULT_PREFIX, SAVEPOINT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { CompletedCheckpoint } from '../../core/protocol/ha-records.ts';
import type { Message } from '../../core/protocol/messages.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';
import type { EvidenceLine, Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { blobChecksum, damageOf, metadataBehind, readResult, readSavepoint } from './decode.ts';
import { aboutAttempt, aboutBlob, aboutCheckpoint, aboutMessage, line } from './evidence.ts';
import { createOrphans, forgetLeader, forgottenBy, shiftOrphans, type Orphans } from './orphans.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { filesOfSavepoints, savepointsIn } from './savepoint-files.ts';
import { haWriteOf, isKeyOf, sentBy, type Applied, type RequestOf, type Stepped } from './seen.ts';
import { storageOf } from './service-views.ts';
import { attemptText, firstLines } from './text.ts';

export interface StoreState {
  readonly pointers: Pointers;
  readonly orphans: Orphans;
  /** Files that retained pointers need, and the checkpoint that needs each. */
  needed: Map<string, number>;
  /** Checkpoints that are savepoints, or that a leader makes one. */
  savepoints: Set<number>;
  /** By the id of each savepoint whose disposal is durable, and not yet known to the leader that asked for it: its checkpoint. */
  readonly untold: Map<string, number>;
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
    hears: {
      observations: ['applied'],
      inputs: ['completed'],
      sends: ['acknowledge-checkpoint', 'job-accepted', 'job-status', 'notify-checkpoint-complete'],
      requests: ['ha-write', 'storage-delete', 'storage-get'],
      notes: ['answer-ignored', 'savepoint-disposed'],
    },
    create: () => ({
      pointers: createPointers(),
      orphans: createOrphans(),
      needed: new Map(),
      savepoints: new Set(),
      untold: new Map(),
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
    shift: (state, by) => shiftOrphans(state.orphans, by),
  };
}

function onStepped(state: StoreState, jobId: string, seen: Stepped, violate: Violate): void {
  judgeAcknowledgements(state, jobId, seen, violate);
  judgePromises(state, jobId, seen, violate);
  noteSavepoints(state, jobId, seen);
  if (state.over) return; // a clean-up lists as often as it likes; what it leaves is judged in the end
  const stored = state.untold.size === 0 ? state : { ...state, savepoints: withUntold(state) };
  const forgotten = forgottenBy(state.orphans, jobId, stored, seen);
  if (forgotten.length > 0)
    violate(
      'orphans-kept',
      `${seen.node} finds files in two listings that no pointer needs, and does not delete them`,
      firstLines(forgotten.map(fileLine)),
    );
}

/** Its snapshot was stored, whether or not it is still there: an aborted checkpoint may be collected by then. */
function judgeAcknowledgements(state: StoreState, jobId: string, { effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind !== 'acknowledge-checkpoint' || message.body.attempt.jobId !== jobId) continue;
    const { attempt, checkpointId, handle } = message.body;
    if (state.checksums.get(handle.name) === handle.checksum) continue;
    const text = `${attemptText(attempt)} acknowledged checkpoint ${checkpointId} before its snapshot was stored`;
    violate('acknowledged-before-stored', text, [fileLine(handle.name)], { about: [aboutAttempt(attempt)] });
  }
}

function fileLine(name: string): EvidenceLine {
  return line(name, aboutBlob(name));
}

function withUntold({ savepoints, untold }: StoreState): ReadonlySet<number> {
  return new Set([...savepoints, ...untold.values()]);
}

/** From the moment that its record is written for the first time its files are kept, until a leader hears that it is disposed. */
function noteSavepoints(state: StoreState, jobId: string, { effects }: Stepped): void {
  for (const effect of effects) {
    const note = effect.effect === 'note' ? (effect.note as Note) : null;
    if (note?.kind === 'savepoint-disposed' && note.jobId === jobId) state.untold.delete(note.savepointId);
    if (effect.effect !== 'request') continue;
    const request = effect.request as PortRequest;
    if (request.kind !== 'ha-write' || !request.key.startsWith(`${SAVEPOINT_PREFIX}${jobId}/`)) continue;
    const read = request.value === null ? null : readSavepoint(request.value);
    if (read?.ok === true && !read.value.disposed) state.savepoints.add(read.value.checkpointId);
  }
}

/** What a client was told outlives whoever told it. */
function judgePromises(state: StoreState, jobId: string, { node, effects }: Stepped, violate: Violate): void {
  for (const effect of effects) {
    const message = sentBy(effect);
    if (message?.kind === 'job-accepted' && message.body.jobId === jobId && !state.accepted)
      violate('accepted-before-durable', `${node} accepted job ${jobId} before it was durable`, [told(message)]);
    if (message?.kind !== 'job-status' || message.body.jobId !== jobId || state.over) continue;
    const { status } = message.body;
    if (status !== 'UNKNOWN' && isGloballyTerminal(status))
      violate(
        'told-result-before-durable',
        `${node} said that job ${jobId} is ${status} before its result was durable`,
        [told(message)],
      );
  }
}

function told({ kind, to }: Message): EvidenceLine {
  return line(`told ${to}`, aboutMessage(kind, to));
}

function noteDisposal({ untold }: StoreState, value: Uint8Array | null): void {
  const read = value === null ? null : readSavepoint(value);
  if (read?.ok === true && read.value.disposed) untold.set(read.value.savepointId, read.value.checkpointId);
}

function onHaWritten(state: StoreState, jobId: string, seen: Applied, view: WorldView, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write !== null && isKeyOf(JOB_PREFIX, jobId, write.key)) state.accepted = true;
  if (write !== null && isKeyOf(RESULT_PREFIX, jobId, write.key)) noteResult(state, write.value);
  if (write !== null && write.key === LEADER_KEY) {
    forgetLeader(state.orphans);
    state.untold.clear();
  }
  if (write !== null && write.key.startsWith(`${SAVEPOINT_PREFIX}${jobId}/`)) noteDisposal(state, write.value);
  if (write !== null && (write.key === LEADER_KEY || write.key.startsWith(SAVEPOINT_PREFIX)))
    state.savepoints = new Set(savepointsIn(view, jobId).map(({ checkpointId }) => checkpointId));
  const change = followPointers(state.pointers, jobId, seen);
  if (change === null) return;
  if (change.unreadable !== null)
    violate('pointers-unreadable', `the pointers of ${jobId} cannot be read`, [change.unreadable]);
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
  const about = [aboutCheckpoint(checkpointId)];
  const broken = (rule: string, what: string, ...evidence: (string | EvidenceLine)[]): void =>
    violate(rule, `the ${what}`, evidence, { about });
  const pointerNames = `pointer of checkpoint ${checkpointId} names`;
  if (damage !== null)
    return broken(
      'metadata-damaged',
      `${pointerNames} metadata that is not there or not whole`,
      line(damage, aboutBlob(metadata.name)),
    );
  const read = metadataBehind(metadata, blobs);
  if (!read.ok)
    return broken('metadata-unreadable', `metadata of checkpoint ${checkpointId} cannot be read`, read.reason);
  const other = read.value.checkpointId;
  if (other !== checkpointId)
    return broken(
      'metadata-of-another',
      `${pointerNames} the metadata of checkpoint ${other}`,
      fileLine(metadata.name),
    );
  const problems: EvidenceLine[] = [];
  for (const { handle } of read.value.subtasks) {
    state.needed.set(handle.name, checkpointId);
    const problem = damageOf(handle, blobs);
    if (problem !== null) problems.push(line(problem, aboutBlob(handle.name)));
  }
  if (problems.length > 0)
    broken('snapshots-damaged', `${pointerNames} snapshots that are not there or not whole`, ...firstLines(problems));
}

function onPut(state: StoreState, seen: Applied, violate: Violate): void {
  const { name, bytes } = seen.request as RequestOf<'storage-put'>;
  const checksum = blobChecksum(bytes);
  const before = state.checksums.get(name);
  if (before !== undefined && before !== checksum)
    return violate('name-used-twice', 'a name in storage was used again for other bytes', [fileLine(name)]);
  if (state.over) state.landedLate.add(name); // a part of it, even if it failed
  if (seen.answer.kind === 'stored') state.checksums.set(name, checksum);
}

function onDeleted(state: StoreState, request: RequestOf<'storage-delete'>, violate: Violate): void {
  const needed = state.needed.get(request.name);
  if (needed === undefined) return;
  const text = `a file was deleted that the retained checkpoint ${needed} needs`;
  violate('needed-deleted', text, [fileLine(request.name)], { about: [aboutCheckpoint(needed)] });
}

function judgeLeftovers(state: StoreState, jobId: string, view: WorldView, violate: Violate): void {
  if (!state.clean) return;
  const kept = filesOfSavepoints(view);
  const { blobs, torn } = storageOf(view);
  const left = [...blobs.keys(), ...(torn?.keys() ?? [])].filter(
    (name) => name.startsWith(`${jobId}/`) && !state.landedLate.has(name) && !kept.has(name),
  );
  if (left.length > 0)
    violate(
      'files-left',
      `the job is over and its result says clean, but ${left.length} of its files are left in storage`,
      firstLines(left.map(fileLine)),
    );
}
