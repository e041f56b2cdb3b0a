// O-restore: a deployment goes on from the latest completed checkpoint, all its tasks from the same one (I4), never behind what a sink has
// committed; and what a completed checkpoint holds is the state of the reference at its cut, key group by key group, whether or not anybody
// will have to restore it.
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import { jobKey, LEADER_KEY, resultKey } from '../../core/protocol/ha-keys.ts';
import type { Bodies } from '../../core/protocol/messages.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { isToBeDrained, metadataBehind, readLeader, readTransactions } from './decode.ts';
import { aboutAttempt, aboutBlob, aboutCheckpoint, line } from './evidence.ts';
import { orderNote } from './orders.ts';
import { createPointers, followPointers, latestPointer, type PointerChange, type Pointers } from './pointers.ts';
import { referenceOf } from './reference.ts';
import { compareWithReference } from './restored-state.ts';
import { haWriteOf, sentBy, sinkCommitOf, type Applied, type Stepped } from './seen.ts';
import { storageOf } from './service-views.ts';
import { attemptText, firstLines } from './text.ts';

export interface RestoreState {
  readonly pointers: Pointers;
  leaderEpoch: number;
  /** Its record says that it is to be drained. */
  drained: boolean;
  over: boolean;
  /** The newest deployment. */
  deployment: Deployment | null;
  /** The newest deployment of each subtask, by `vertex/subtask`: regions restart without the others. */
  readonly deployed: Map<string, Deployment>;
  /** Transactions of completed checkpoints, by name, that were not committed yet. */
  readonly transactions: Map<string, number>;
  /** The newest checkpoint of which a sink committed something. */
  committedId: number;
}

/** Whose, which try, and where it began (null: from nothing). */
interface Deployment {
  readonly epoch: number;
  readonly attempt: number;
  readonly restoredId: number | null;
}

export function restoreOracle(context: OracleContext): Oracle<RestoreState> {
  return {
    name: 'O-restore',
    create: () => ({
      pointers: createPointers(),
      leaderEpoch: 0,
      drained: false,
      over: false,
      deployment: null,
      deployed: new Map(),
      transactions: new Map(),
      committedId: 0,
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'applied') onApplied(state, context, seen, view, violate);
      else if (seen.kind === 'stepped') onStepped(state, context, seen, view, violate);
    },
    finish: () => undefined,
  };
}

function onApplied(
  state: RestoreState,
  context: OracleContext,
  seen: Applied,
  view: WorldView,
  violate: Violate,
): void {
  const commit = sinkCommitOf(seen);
  if (commit !== null) noteCommit(state, commit.transaction);
  const write = haWriteOf(seen);
  if (write === null) return;
  if (write.key === resultKey(context.jobId)) state.over = true;
  if (write.key === jobKey(context.jobId) && write.value !== null) state.drained ||= isToBeDrained(write.value);
  if (write.key === LEADER_KEY && write.value !== null) {
    const leader = readLeader(write.value);
    if (leader.ok) state.leaderEpoch = leader.value.epoch;
  }
  const change = followPointers(state.pointers, context.jobId, seen);
  if (change !== null) onPointers(state, context, change, view, violate);
}

function noteCommit(state: RestoreState, transaction: string): void {
  const checkpointId = state.transactions.get(transaction);
  if (checkpointId === undefined) return;
  state.transactions.delete(transaction);
  state.committedId = Math.max(state.committedId, checkpointId);
}

/** A checkpoint that becomes durable when its successors already run from an older one will never be gone on from. */
function onPointers(
  state: RestoreState,
  context: OracleContext,
  change: PointerChange,
  view: WorldView,
  violate: Violate,
): void {
  for (const pointer of change.added) {
    const { blobs } = storageOf(view);
    const metadata = metadataBehind(pointer.metadata, blobs);
    if (!metadata.ok) continue;
    for (const { handle } of metadata.value.subtasks) noteTransactions(state, blobs.get(handle.name));
    const behind = deploymentBehind(state, metadata.value);
    if (behind !== null)
      violate(
        'durable-too-late',
        `checkpoint ${pointer.checkpointId} became durable after the job had gone on without it`,
        [behind],
        { about: [aboutCheckpoint(pointer.checkpointId)] },
      );
    judgeContent(state, context, pointer.checkpointId, metadata.value, view, violate);
  }
}

function noteTransactions(state: RestoreState, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  for (const { checkpointId, transaction } of readTransactions(bytes)) {
    if (!state.transactions.has(transaction)) state.transactions.set(transaction, checkpointId);
  }
}

/** The deployment of a subtask that went on without what the checkpoint holds of it, or null. */
function deploymentBehind({ deployed }: RestoreState, { epoch, subtasks }: CheckpointMetadata): string | null {
  const deployments = subtasks.map(({ vertex, subtask, attempt }) => {
    const now = deployed.get(`${vertex}/${subtask}`);
    return now !== undefined && (now.epoch > epoch || (now.epoch === epoch && now.attempt > attempt)) ? now : null;
  });
  const deployment = deployments.find((found) => found !== null) ?? null;
  if (deployment === null) return null;
  const from = deployment.restoredId === null ? 'nothing' : `checkpoint ${deployment.restoredId}`;
  return `attempt ${deployment.attempt} of epoch ${deployment.epoch} was deployed from ${from} before`;
}

function onStepped(
  state: RestoreState,
  context: OracleContext,
  seen: Stepped,
  view: WorldView,
  violate: Violate,
): void {
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    if (message?.kind !== 'deploy-task' || message.body.task.attempt.jobId !== context.jobId) continue;
    // A leader that was deposed and does not know it can deploy nothing that lives; O-fence watches over that.
    if (message.body.epoch === state.leaderEpoch) onDeploy(state, message.body, view, violate);
  }
}

function onDeploy(state: RestoreState, body: Bodies['deploy-task'], view: WorldView, violate: Violate): void {
  const { attempt, restore } = body.task;
  const restoredId = restore?.checkpointId ?? null;
  const { deployment } = state;
  state.deployed.set(`${attempt.vertex}/${attempt.subtask}`, {
    epoch: body.epoch,
    attempt: attempt.attempt,
    restoredId,
  });
  if (deployment === null || deployment.epoch !== body.epoch || deployment.attempt !== attempt.attempt) {
    state.deployment = { epoch: body.epoch, attempt: attempt.attempt, restoredId };
    if (state.over) return;
    judgeRestorePoint(state, restoredId, violate);
  } else if (deployment.restoredId !== restoredId) {
    const text = `${attemptText(attempt)} restores ${nameOf(restoredId)}, tasks deployed before it ${nameOf(deployment.restoredId)}`;
    violate('different-checkpoints', 'tasks of one deployment restore different checkpoints', [
      line(text, aboutAttempt(attempt)),
    ]);
    return;
  }
  if (restore !== null) judgeHandles(state, body, view, violate);
}

function judgeRestorePoint(state: RestoreState, restoredId: number | null, violate: Violate): void {
  const latest = latestPointer(state.pointers)?.checkpointId ?? null;
  const durable = Math.max(0, ...state.pointers.everDurable);
  if (restoredId !== latest || (latest === null && durable > 0)) {
    const found = latest ?? (durable > 0 ? durable : null);
    const text = `the job goes on from ${nameOf(restoredId)}, but ${nameOf(found)} is the latest that completed`;
    const retained = state.pointers.retained.map((pointer) => pointer.checkpointId).join(', ') || 'none';
    violate('not-the-latest', text, [`retained: ${retained}`], {
      about: found === null ? [] : [aboutCheckpoint(found)],
    });
    return;
  }
  if ((restoredId ?? 0) >= state.committedId) return;
  const text = `the job goes on from ${nameOf(restoredId)}, but output of checkpoint ${state.committedId} is committed already`;
  violate('behind-committed-output', text, [], { about: [aboutCheckpoint(state.committedId)] });
}

function nameOf(checkpointId: number | null): string {
  return checkpointId === null ? 'nothing' : `checkpoint ${checkpointId}`;
}

/** Each task gets the snapshot of its own subtask, and none of another checkpoint. */
function judgeHandles(state: RestoreState, body: Bodies['deploy-task'], view: WorldView, violate: Violate): void {
  const { attempt, restore } = body.task;
  const pointer = state.pointers.retained.find(({ checkpointId }) => checkpointId === restore?.checkpointId);
  const metadata = pointer === undefined ? null : metadataBehind(pointer.metadata, storageOf(view).blobs);
  if (restore === null || metadata === null || !metadata.ok) return;
  const own = metadata.value.subtasks.find(
    ({ vertex, subtask }) => vertex === attempt.vertex && subtask === attempt.subtask,
  );
  const names = restore.handles.map((handle) => handle.name);
  if (own !== undefined && names.length === 1 && names[0] === own.handle.name) return;
  const right = own?.handle.name;
  const evidence = [
    line(`given: ${names.join(', ') || 'none'}`, ...names.map(aboutBlob)),
    line(`in the metadata: ${right ?? 'none'}`, ...(right === undefined ? [] : [aboutBlob(right)])),
  ];
  violate(
    'foreign-snapshot',
    `${attemptText(attempt)} does not restore the snapshot of its subtask in checkpoint ${restore.checkpointId}`,
    evidence,
    { about: [aboutAttempt(attempt)] },
  );
}

function judgeContent(
  { drained }: RestoreState,
  context: OracleContext,
  checkpointId: number,
  metadata: CheckpointMetadata,
  view: WorldView,
  violate: Violate,
): void {
  if (!context.reference) return;
  const reference = referenceOf(context);
  if (reference.failure() !== null || reference.complete().isOneOfSeveral) return;
  const differences = compareWithReference(reference, context, metadata, storageOf(view).blobs, drained);
  if (differences.length > 0)
    violate(
      'state-differs',
      `checkpoint ${checkpointId} is not the state of the job at its cut`,
      [...firstLines(differences), ...orderNote(reference)],
      { about: [aboutCheckpoint(checkpointId)] },
    );
}
