// O-restore: a deployment goes on from the latest completed checkpoint, all its tasks from the same one (I4), never behind what a sink has
// committed; and what a completed checkpoint holds is the state of the reference at its cut, key group by key group, whether or not anybody
// will have to restore it.
import type { CheckpointMetadata, SubtaskSnapshot } from '../../core/checkpoint/metadata.ts';
import { JOB_PREFIX, LEADER_KEY, RESULT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { Bodies, TaskDescriptor } from '../../core/protocol/messages.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { isToBeDrained, metadataBehind, ownerOf, readJob, readLeader, readTransactions } from './decode.ts';
import { aboutAttempt, aboutBlob, aboutCheckpoint, aboutTransaction, line } from './evidence.ts';
import { orderNote } from './orders.ts';
import { originIn, type Origin } from './origin.ts';
import { createPointers, followPointers, latestPointer, type PointerChange, type Pointers } from './pointers.ts';
import { referenceOf } from './reference.ts';
import { compareWithReference } from './restored-state.ts';
import { haWriteOf, isKeyOf, sentBy, sinkCommitOf, type Applied, type Stepped } from './seen.ts';
import { sinksOf, storageOf } from './service-views.ts';
import { attemptText, firstLines } from './text.ts';

/** Parallelism by operator, of those that have another one than the graph says. */
type Shape = ReadonlyMap<string, number>;

export interface RestoreState {
  readonly pointers: Pointers;
  /** What its record said since there is this leader, the last that it said before among it: what is deployed has one of these shapes. */
  wanted: readonly Shape[];
  /** The savepoint that it starts from, before it has a checkpoint of its own; null: nothing. */
  origin: Origin | null;
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
    hears: { observations: ['applied'], sends: ['deploy-task'] },
    create: () => ({
      pointers: createPointers(),
      wanted: [new Map()],
      origin: null,
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
  state.origin ??= originIn(context, seen, view);
  noteWanted(state, context, write.key, write.value);
  if (isKeyOf(RESULT_PREFIX, context.jobId, write.key)) state.over = true;
  if (write.value !== null && isKeyOf(JOB_PREFIX, context.jobId, write.key))
    state.drained ||= isToBeDrained(write.value);
  if (write.key === LEADER_KEY && write.value !== null) {
    const leader = readLeader(write.value);
    if (leader.ok) onElected(state, leader.value.epoch);
  }
  const change = followPointers(state.pointers, context.jobId, seen);
  if (change !== null) onPointers(state, context, change, view, violate);
}

/** Whoever comes to lead reads the record, and goes by that. */
function onElected(state: RestoreState, epoch: number): void {
  if (epoch > state.leaderEpoch) state.wanted = state.wanted.slice(-1);
  state.leaderEpoch = epoch;
}

function noteWanted(state: RestoreState, { jobId }: OracleContext, key: string, value: Uint8Array | null): void {
  const record = value !== null && isKeyOf(JOB_PREFIX, jobId, key) ? readJob(value) : null;
  if (record?.ok !== true) return;
  const shape = new Map(record.value.parallelism.map(({ operator, parallelism }) => [operator, parallelism]));
  if (!isSameShape(state.wanted.at(-1), shape)) state.wanted = [...state.wanted, shape];
}

function isSameShape(one: Shape | undefined, other: Shape): boolean {
  if (one?.size !== other.size) return false;
  return [...one].every(([operator, parallelism]) => other.get(operator) === parallelism);
}

function judgeParallelism(
  { wanted }: RestoreState,
  { graph }: OracleContext,
  { task }: Bodies['deploy-task'],
  violate: Violate,
): void {
  const { attempt, vertex } = task;
  const unwanted = vertex.operators.find(({ id, parallelism }) => {
    const given = graph.operators.find((one) => one.id === id)?.parallelism;
    return !wanted.some((shape) => (shape.get(id) ?? given) === parallelism);
  });
  if (unwanted === undefined) return;
  const text = `${attemptText(attempt)} is deployed as one of ${unwanted.parallelism} of ${unwanted.id}, and since this leader was elected the record of the job never said so`;
  violate('parallelism-unwanted', text, [], { about: [aboutAttempt(attempt)] });
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
    if (message.body.epoch !== state.leaderEpoch) continue;
    judgeParallelism(state, context, message.body, violate);
    onDeploy(state, message.body, view, violate);
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
  const latest = latestPointer(state.pointers)?.checkpointId ?? state.origin?.checkpointId ?? null;
  const durable = Math.max(0, ...state.pointers.everDurable);
  if (restoredId !== latest || (latestPointer(state.pointers) === null && durable > 0)) {
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

/** Each task gets the snapshots that hold something of its subtask, and none of another checkpoint. */
function judgeHandles(state: RestoreState, body: Bodies['deploy-task'], view: WorldView, violate: Violate): void {
  const { attempt, restore } = body.task;
  const metadata = restore === null ? null : metadataOf(state, restore.checkpointId, view);
  if (restore === null || metadata === null) return;
  judgeFormerOutput(body, metadata, view, violate);
  const right = metadata.subtasks.filter((one) => isNeeded(metadata, one, body.task)).map(({ handle }) => handle.name);
  const names = restore.handles.map((handle) => handle.name);
  if (names.toSorted().join() === right.toSorted().join()) return;
  const evidence = [
    line(`given: ${names.join(', ') || 'none'}`, ...names.map(aboutBlob)),
    line(`in the metadata: ${right.join(', ') || 'none'}`, ...right.map(aboutBlob)),
  ];
  violate(
    'foreign-snapshot',
    `${attemptText(attempt)} does not restore the snapshots of its subtask in checkpoint ${restore.checkpointId}`,
    evidence,
    { about: [aboutAttempt(attempt)] },
  );
}

function metadataOf(
  { pointers, origin }: RestoreState,
  checkpointId: number,
  view: WorldView,
): CheckpointMetadata | null {
  const pointer = pointers.retained.find((one) => one.checkpointId === checkpointId);
  if (pointer === undefined) return origin?.checkpointId === checkpointId ? origin.content : null;
  const read = metadataBehind(pointer.metadata, storageOf(view).blobs);
  return read.ok ? read.value : null;
}

/** It is of one of the operators, and has a key group or a split of the subtask. */
function isNeeded(
  metadata: CheckpointMetadata,
  { vertex, subtask, splits }: SubtaskSnapshot,
  task: TaskDescriptor,
): boolean {
  const { maxParallelism } = metadata;
  const before = metadata.vertices[vertex];
  const { operators, parallelism } = task.vertex;
  if (before === undefined || !before.operators.some(({ id }) => operators.some((one) => one.id === id))) return false;
  if (splits.some(({ operator, split }) => operator === operators[0]?.id && task.splits.includes(split))) return true;
  for (let group = 0; group < maxParallelism; group++)
    if (
      ownerOf(group, maxParallelism, before.parallelism) === subtask &&
      ownerOf(group, maxParallelism, parallelism) === task.attempt.subtask
    )
      return true;
  return false;
}

/**
 * What the checkpoint covers of writers that this job does not have, or of other parallelism, is in the sinks before anything is deployed: whoever
 * prepared it may be gone.
 */
function judgeFormerOutput(
  body: Bodies['deploy-task'],
  metadata: CheckpointMetadata,
  view: WorldView,
  violate: Violate,
): void {
  const { attempt, vertex } = body.task;
  const [sink] = vertex.operators.flatMap((operator) => (operator.kind === 'sink' ? [operator] : []));
  const before = metadata.vertices.find(({ operators }) => operators.some((one) => one.sink === sink?.sink));
  if (sink === undefined || before === undefined) return;
  if (metadata.jobId === attempt.jobId && before.parallelism === vertex.parallelism) return; // its own subtasks commit it
  const committed = new Set(
    sinksOf(view)
      .sinks.get(sink.sink)
      ?.committed.map(({ transaction }) => transaction),
  );
  const left = metadata.subtasks
    .filter(({ vertex: index }) => metadata.vertices[index] === before)
    .flatMap(({ transactions }) => transactions)
    .filter((transaction) => !committed.has(transaction));
  if (left.length > 0)
    violate(
      'former-output-left',
      `${attemptText(attempt)} is deployed before the output of checkpoint ${metadata.checkpointId} is committed`,
      firstLines(left.map((transaction) => line(transaction, aboutTransaction(transaction)))),
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
