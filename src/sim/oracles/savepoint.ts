// O-savepoint: a savepoint that a client was told of can be restored, for as long as no client disposes it, whatever becomes of its job. It is a completed
// checkpoint that a client asked for; its record names whole data when it is written, and what it needs stays.
import {
  checkpointsKey,
  JOB_PREFIX,
  LEADER_KEY,
  RESULT_PREFIX,
  resultKey,
  SAVEPOINT_PREFIX,
} from '../../core/protocol/ha-keys.ts';
import type { SavepointRecord } from '../../core/protocol/ha-records.ts';
import type { Bodies, Message } from '../../core/protocol/messages.ts';
import type { EvidenceLine, Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { damageOf, metadataBehind, readJob, readLeader, readPointers, readResult, readSavepoint } from './decode.ts';
import { aboutBlob, aboutCheckpoint, aboutMessage, line } from './evidence.ts';
import { createPointers, followPointers, latestPointer, type Pointers } from './pointers.ts';
import { filesOfSavepoint } from './savepoint-files.ts';
import { deliveredTo, haWriteOf, isKeyOf, sentBy, type Applied, type RequestOf, type Stepped } from './seen.ts';
import { haOf, storageOf } from './service-views.ts';
import { createTaken, judgeTaken, noteAsked, noteCounter, type Taken } from './taken.ts';
import { firstLines } from './text.ts';

export interface SavepointState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** What clients asked for, by the id of the savepoint. */
  readonly asked: Set<string>;
  /** A client asked for it, or a job claims the savepoint. */
  readonly disposalAsked: Set<string>;
  /** By id: those that are durable and not disposed, with the files that they need. */
  readonly durable: Map<string, { readonly record: SavepointRecord; readonly files: readonly string[] }>;
  /** Ids of all that ever were, and of those that were disposed. */
  readonly everDurable: Set<string>;
  readonly disposed: Set<string>;
  /** Those of the disposed ones for which a request came to a leader since: it is no other request if it is a repeated one. */
  readonly askedAgain: Set<string>;
  /** Of the checkpoint that the result of the job says is kept; '': none. */
  retained: string;
  /** Checkpoints that clients asked for. */
  readonly taken: Taken;
}

export function savepointOracle(context: OracleContext): Oracle<SavepointState> {
  const { jobId } = context;
  return {
    name: 'O-savepoint',
    hears: {
      observations: ['applied'],
      sends: [
        'trigger-savepoint',
        'stop-job',
        'dispose-savepoint',
        'savepoint-status',
        'take-checkpoint',
        'checkpoint-status',
      ],
      inputs: ['trigger-savepoint', 'stop-job'],
    },
    create: () => ({
      pointers: createPointers(),
      leaderEpoch: 0,
      asked: new Set(),
      disposalAsked: new Set(),
      durable: new Map(),
      everDurable: new Set(),
      disposed: new Set(),
      askedAgain: new Set(),
      retained: '',
      taken: createTaken(),
    }),
    observe(state, seen, view, violate) {
      if (seen.kind === 'stepped') onStepped(state, jobId, seen, violate);
      else if (seen.kind === 'applied') onApplied(state, context, seen, view, violate);
    },
    finish(state, view, violate) {
      for (const { record } of state.durable.values()) judgeFiles(record, view, violate);
    },
  };
}

// ---- What clients ask, and are told

function onStepped(state: SavepointState, jobId: string, seen: Stepped, violate: Violate): void {
  const { node, effects } = seen;
  noteAskedAgain(state, jobId, deliveredTo(seen));
  for (const effect of effects) {
    const message = sentBy(effect);
    if ((message?.kind === 'trigger-savepoint' || message?.kind === 'stop-job') && message.body.jobId === jobId)
      state.asked.add(message.body.savepointId);
    if (message?.kind === 'take-checkpoint' && message.body.jobId === jobId) noteAsked(state.taken, message.body);
    if (message?.kind === 'checkpoint-status' && message.body.jobId === jobId)
      judgeTaken(state.taken, state.pointers, node, message, violate);
    if (message?.kind === 'dispose-savepoint' && message.body.jobId === jobId)
      state.disposalAsked.add(message.body.savepointId);
    if (message?.kind === 'savepoint-status' && message.body.jobId === jobId)
      judgeTold(state, node, message.to, message.body, violate);
  }
}

function noteAskedAgain({ disposed, askedAgain }: SavepointState, jobId: string, message: Message | null): void {
  if ((message?.kind !== 'trigger-savepoint' && message?.kind !== 'stop-job') || message.body.jobId !== jobId) return;
  if (disposed.has(message.body.savepointId)) askedAgain.add(message.body.savepointId);
}

/** A leader that was deposed and does not know it may be behind, but promises nothing that never was durable. */
function judgeTold(
  { durable, everDurable, leaderEpoch }: SavepointState,
  node: string,
  client: string,
  { savepointId, status, metadata, epoch }: Bodies['savepoint-status'],
  violate: Violate,
): void {
  const told = [line(`told ${client}`, aboutMessage('savepoint-status', client))];
  const record = durable.get(savepointId)?.record;
  if (status === 'COMPLETED' && !everDurable.has(savepointId))
    violate('told-before-durable', `${node} said that savepoint ${savepointId} is there before it was durable`, told);
  if (epoch !== leaderEpoch) return;
  if (status === 'COMPLETED' && everDurable.has(savepointId) && record === undefined)
    violate('told-behind-disposal', `${node} said that savepoint ${savepointId} is there, which is disposed`, told);
  if (status === 'COMPLETED' && record !== undefined && metadata?.name !== record.metadata.name)
    violate('told-of-another', `${node} told of other metadata than that of savepoint ${savepointId}`, told);
  if (status === 'UNKNOWN' && record !== undefined)
    violate('denied', `${node} said that it knows no savepoint ${savepointId}, which is durable`, told);
}

// ---- What becomes durable

function onApplied(
  state: SavepointState,
  context: OracleContext,
  seen: Applied,
  view: WorldView,
  violate: Violate,
): void {
  const { jobId } = context;
  if (seen.answer.kind === 'deleted') return judgeDeletion(state, seen.request as RequestOf<'storage-delete'>, violate);
  followPointers(state.pointers, jobId, seen);
  const write = haWriteOf(seen);
  if (write === null) return;
  noteCounter(state.taken, jobId, write.key, write.value);
  if (write.key === LEADER_KEY && write.value !== null) {
    const leader = readLeader(write.value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
  }
  if (write.value !== null && isKeyOf(RESULT_PREFIX, jobId, write.key)) onResult(state, context, write.value, violate);
  if (write.key.startsWith(JOB_PREFIX)) noteClaim(state, jobId, write.value);
  const prefix = `${SAVEPOINT_PREFIX}${jobId}/`;
  if (write.key.startsWith(prefix)) onRecord(state, write.key.slice(prefix.length), write.value, view, violate);
}

function onRecord(
  state: SavepointState,
  savepointId: string,
  value: Uint8Array | null,
  view: WorldView,
  violate: Violate,
): void {
  const read = value === null ? null : readSavepoint(value);
  if (read === null) {
    if (state.durable.has(savepointId))
      violate('lost', `the record of savepoint ${savepointId} was deleted before it was disposed`, []);
    state.durable.delete(savepointId);
  } else if (!read.ok)
    violate('record-unreadable', `the record of savepoint ${savepointId} cannot be read`, [read.reason]);
  else if (read.value.disposed) onDisposed(state, read.value, view, violate);
  else onDurable(state, savepointId, read.value, view, violate);
}

/** By the number of the option: of which ends a checkpoint is kept. */
const RETAINED: readonly (readonly string[])[] = [[], ['FAILED'], ['FAILED', 'CANCELED']];

/** Its latest checkpoint is kept exactly where the option says so, and has its record before the job is cleaned up. */
function onResult(state: SavepointState, { jobId, options }: OracleContext, value: Uint8Array, violate: Violate): void {
  const read = readResult(value);
  if (!read.ok) return;
  const { status, retained, clean } = read.value;
  const latest = latestPointer(state.pointers);
  if (clean && state.retained !== '' && !state.everDurable.has(state.retained))
    violate(
      'not-kept',
      `job ${jobId} is cleaned up, and checkpoint ${state.retained} is not kept, as it was to be`,
      [],
    );
  if (clean) return;
  const isWanted = RETAINED[options.externalizedCheckpointRetention]?.includes(status) === true && latest !== null;
  const wanted = isWanted ? latest.metadata.name : null;
  if ((retained?.metadata.name ?? null) !== wanted)
    violate(
      'another-retained',
      `job ${jobId} is ${status} and keeps ${retained?.metadata.name ?? 'nothing'}, and it is to keep ${wanted ?? 'nothing'}`,
      [],
    );
  state.retained = retained === null ? '' : idOf(retained.metadata.name);
}

/** `chk-3-e1` of `job-1/chk-3/metadata-e1`. */
function idOf(metadataName: string): string {
  const [, checkpoint = '', metadata = ''] = metadataName.split('/');
  return `${checkpoint}-${metadata.slice('metadata-'.length)}`;
}

/** Whoever starts from it with CLAIM may dispose it. */
function noteClaim(state: SavepointState, jobId: string, value: Uint8Array | null): void {
  const record = value === null ? null : readJob(value);
  const restore = record?.ok === true ? record.value.restore : null;
  if (restore?.jobId === jobId && restore.claimMode === 'CLAIM') state.disposalAsked.add(restore.savepointId);
}

/** Jobs that would have to start from it: they have no checkpoint of their own, and no result. A job with a result never starts again. */
function usersOf({ metadata }: SavepointRecord, view: WorldView): readonly string[] {
  const { entries } = haOf(view);
  return [...entries].flatMap(([key, { value }]) => {
    const record = key.startsWith(JOB_PREFIX) ? readJob(value) : null;
    if (record?.ok !== true || record.value.restore?.metadata.name !== metadata.name) return [];
    if (entries.has(resultKey(record.value.jobId))) return [];
    const pointers = entries.get(checkpointsKey(record.value.jobId));
    const read = pointers === undefined ? null : readPointers(pointers.value);
    return read?.ok === true && read.value.completed.length > 0 ? [] : [record.value.jobId];
  });
}

function onDisposed(state: SavepointState, record: SavepointRecord, view: WorldView, violate: Violate): void {
  const { savepointId } = record;
  const [user] = usersOf(record, view);
  if (user !== undefined)
    violate('needed-disposed', `savepoint ${savepointId} is disposed, and ${user} has nothing else to start from`, []);
  if (!state.disposalAsked.has(savepointId))
    violate('disposed-unasked', `savepoint ${savepointId} is disposed, and no client asked for that`, []);
  state.durable.delete(savepointId);
  state.disposed.add(savepointId);
}

function onDurable(
  state: SavepointState,
  savepointId: string,
  record: SavepointRecord,
  view: WorldView,
  violate: Violate,
): void {
  const { checkpointId } = record;
  const about = { about: [aboutCheckpoint(checkpointId)] };
  if (record.kind === 'checkpoint' && savepointId !== state.retained)
    violate('retained-unpromised', `checkpoint ${savepointId} is kept, and no result of its job says so`, [], about);
  if (record.kind === 'savepoint' && !state.asked.has(savepointId))
    violate('unasked', `savepoint ${savepointId} was taken, and no client asked for it`, [], about);
  if (!state.pointers.everDurable.has(checkpointId))
    violate(
      'no-checkpoint',
      `savepoint ${savepointId} is checkpoint ${checkpointId}, which was never completed`,
      [],
      about,
    );
  if (state.disposed.has(savepointId) && !state.askedAgain.has(savepointId))
    violate('came-back', `savepoint ${savepointId} was disposed, and its record came back`, [], about);
  state.disposed.delete(savepointId);
  state.askedAgain.delete(savepointId);
  judgeFiles(record, view, violate);
  state.durable.set(savepointId, { record, files: filesOfSavepoint(view, record) });
  state.everDurable.add(savepointId);
}

function judgeFiles(record: SavepointRecord, view: WorldView, violate: Violate): void {
  const { blobs } = storageOf(view);
  const read = metadataBehind(record.metadata, blobs);
  const handles = [record.metadata, ...(read.ok ? read.value.subtasks.map(({ handle }) => handle) : [])];
  const problems = handles.flatMap((handle): EvidenceLine[] => {
    const problem = damageOf(handle, blobs);
    return problem === null ? [] : [line(problem, aboutBlob(handle.name))];
  });
  if (read.ok && read.value.checkpointId !== record.checkpointId)
    problems.push(line(`its metadata is that of checkpoint ${read.value.checkpointId}`));
  if (problems.length === 0) return;
  violate(
    'damaged',
    `savepoint ${record.savepointId} names files that are not there or not whole`,
    firstLines(problems),
    { about: [aboutCheckpoint(record.checkpointId)] },
  );
}

function judgeDeletion({ durable }: SavepointState, { name }: RequestOf<'storage-delete'>, violate: Violate): void {
  for (const [savepointId, { files }] of durable)
    if (files.includes(name))
      violate('needed-deleted', `a file was deleted that savepoint ${savepointId} needs`, [
        line(name, aboutBlob(name)),
      ]);
}
