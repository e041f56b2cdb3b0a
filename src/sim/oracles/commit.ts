// O-commit: output becomes visible when its checkpoint is durable, and not before (I5); once it is durable it is never aborted; tasks
// hear of a completion after it is durable, and never of both the completion and the abort of one checkpoint (I9).
import type { Bodies, Message } from '../../core/protocol/messages.ts';
import type { PendingTransaction } from '../../core/checkpoint/snapshot.ts';
import type { Oracle, Violate, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { metadataBehind, readTransactions } from './decode.ts';
import { aboutAttempt, aboutCheckpoint, aboutTransaction, line } from './evidence.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { deliveredTo, sentBy, sinkCommitOf, type Applied, type RequestOf, type Stepped } from './seen.ts';
import { sinksOf, storageOf } from './service-views.ts';
import { attemptKey, attemptText } from './text.ts';

export interface CommitState {
  readonly pointers: Pointers;
  /** Transactions of durable checkpoints, by name, to the checkpoint that ends them. */
  readonly covered: Map<string, number>;
  /** Those of them that are not committed, by writer. */
  readonly awaited: Map<string, string>;
  /** Prepared transactions to their writers, until they are committed. */
  readonly writers: Map<string, string>;
  /** Checkpoints that tasks were told to give up. */
  readonly aborted: Set<number>;
  /** The last such word that reached each attempt, under its epoch. */
  readonly abortsHeard: Map<string, number>;
}

export function commitOracle(context: OracleContext): Oracle<CommitState> {
  const sinks = judgedSinks(context);
  return {
    name: 'O-commit',
    hears: {
      observations: ['applied'],
      inputs: ['abort-checkpoint'],
      sends: ['notify-checkpoint-complete', 'abort-checkpoint', 'acknowledge-checkpoint', 'heartbeat'],
    },
    create: () => ({
      pointers: createPointers(),
      covered: new Map(),
      awaited: new Map(),
      writers: new Map(),
      aborted: new Set(),
      abortsHeard: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind === 'applied') onApplied(state, context, sinks, seen, view, violate);
      else if (seen.kind === 'stepped') onStepped(state, context.jobId, seen, view, violate);
    },
    finish: () => undefined,
  };
}

/** The job's sinks but those that commit at the barrier: their author asked for it, and what it costs is for O-exact to say. */
function judgedSinks({ graph }: OracleContext): ReadonlySet<string> {
  return new Set(
    graph.operators.flatMap((operator) =>
      operator.kind === 'sink' && operator.commitOn !== 'barrier' ? [operator.sink] : [],
    ),
  );
}

/** A job and the one that follows it write to the same sinks. */
function isOfJob({ jobId, sharesSinks = false }: OracleContext, { writer }: { readonly writer: string }): boolean {
  return !sharesSinks || writer.startsWith(`${jobId}/`);
}

function onApplied(
  state: CommitState,
  context: OracleContext,
  sinks: ReadonlySet<string>,
  seen: Applied,
  view: WorldView,
  violate: Violate,
): void {
  const commit = sinkCommitOf(seen);
  if (commit !== null && sinks.has(commit.sink) && isOfJob(context, commit)) onCommit(state, commit, violate);
  if (seen.answer.kind === 'sink-prepared') onPrepared(state, seen.request as RequestOf<'sink-prepare'>);
  if (seen.answer.kind === 'sink-opened') {
    const open = seen.request as RequestOf<'sink-open'>;
    if (sinks.has(open.sink) && isOfJob(context, open)) onOpened(state, open, view, violate);
  }
  const change = followPointers(state.pointers, context.jobId, seen);
  for (const { checkpointId, metadata } of change?.added ?? []) {
    const { blobs } = storageOf(view);
    const read = metadataBehind(metadata, blobs);
    for (const { handle } of read.ok ? read.value.subtasks : []) noteCovered(state, blobs.get(handle.name));
    if (!state.aborted.has(checkpointId)) continue;
    const text = `checkpoint ${checkpointId} became durable after tasks were told to give it up`;
    violate('aborted-became-durable', text, [], { about: [aboutCheckpoint(checkpointId)] });
  }
}

function noteCovered(state: CommitState, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  for (const { checkpointId, transaction } of readTransactions(bytes)) {
    if (state.covered.has(transaction)) continue;
    state.covered.set(transaction, checkpointId);
    state.awaited.set(transaction, state.writers.get(transaction) ?? '');
  }
}

function onPrepared(state: CommitState, request: RequestOf<'sink-prepare'>): void {
  state.writers.set(request.transaction, request.writer);
}

function onCommit(state: CommitState, commit: RequestOf<'sink-commit'>, violate: Violate): void {
  state.writers.delete(commit.transaction);
  state.awaited.delete(commit.transaction);
  if (state.covered.has(commit.transaction)) return;
  const durable = state.pointers.retained.map((pointer) => pointer.checkpointId).join(', ') || 'none';
  violate('committed-uncovered', 'a sink transaction was committed that no completed checkpoint covers', [
    line(commit.transaction, aboutTransaction(commit.transaction)),
    `retained checkpoints: ${durable}`,
  ]);
}

/** Opening a writer aborts what is not kept: nothing of a completed checkpoint may be among it. */
function onOpened(state: CommitState, open: RequestOf<'sink-open'>, view: WorldView, violate: Violate): void {
  const sink = sinksOf(view).sinks.get(open.sink);
  for (const [transaction, writer] of state.awaited) {
    if (writer !== open.writer || sink === undefined || sink.prepared.has(transaction)) continue;
    violate('output-aborted', `output of the completed checkpoint ${state.covered.get(transaction)} was aborted`, [
      line(transaction, aboutTransaction(transaction)),
      `by the opening of ${writer}`,
    ]);
  }
}

function onStepped(state: CommitState, jobId: string, seen: Stepped, view: WorldView, violate: Violate): void {
  const message = deliveredTo(seen);
  if (message?.kind === 'abort-checkpoint' && message.body.attempt.jobId === jobId) {
    state.abortsHeard.set(attemptKey(message.body.epoch, message.body.attempt), message.body.checkpointId);
  }
  for (const effect of seen.effects) {
    const sent = sentBy(effect);
    if (sent !== null) onSent(state, jobId, sent, view, violate);
  }
}

function onSent(state: CommitState, jobId: string, message: Message, view: WorldView, violate: Violate): void {
  switch (message.kind) {
    case 'notify-checkpoint-complete':
      if (message.body.attempt.jobId === jobId) onNotify(state, message.body, violate);
      break;
    case 'abort-checkpoint':
      if (message.body.attempt.jobId === jobId) onAbort(state, message.body, violate);
      break;
    case 'acknowledge-checkpoint':
      if (message.body.attempt.jobId === jobId) onAcknowledge(state, message.body, view, violate);
      break;
    case 'heartbeat':
      for (const final of message.body.finalCheckpoints)
        if (final.jobId === jobId) onFinal(state, final.checkpointId, violate);
      break;
    default:
  }
}

function onNotify(
  state: CommitState,
  { attempt, checkpointId }: Bodies['notify-checkpoint-complete'],
  violate: Violate,
): void {
  const told = `${attemptText(attempt)} was told that checkpoint ${checkpointId} is complete`;
  const more = { about: [aboutCheckpoint(checkpointId), aboutAttempt(attempt)] };
  if (state.aborted.has(checkpointId)) return violate('completed-and-aborted', `${told}, after its abort`, [], more);
  if (!state.pointers.everDurable.has(checkpointId))
    violate('told-before-durable', `${told} before its pointer was durable`, [], more);
}

function onAbort(state: CommitState, { attempt, checkpointId }: Bodies['abort-checkpoint'], violate: Violate): void {
  state.aborted.add(checkpointId);
  if (!state.pointers.everDurable.has(checkpointId)) return;
  const text = `${attemptText(attempt)} was told to give up checkpoint ${checkpointId}, which is durable`;
  violate('durable-was-aborted', text, [], { about: [aboutCheckpoint(checkpointId), aboutAttempt(attempt)] });
}

/** Whoever was told to give up a checkpoint takes no part in it any more: its barriers may still come, and must be passed over. */
function onAcknowledge(
  state: CommitState,
  { epoch, attempt, checkpointId, handle }: Bodies['acknowledge-checkpoint'],
  view: WorldView,
  violate: Violate,
): void {
  const acknowledged = `${attemptText(attempt)} acknowledged checkpoint ${checkpointId}`;
  const more = { about: [aboutCheckpoint(checkpointId), aboutAttempt(attempt)] };
  if (state.abortsHeard.get(attemptKey(epoch, attempt)) === checkpointId)
    violate('acknowledged-after-abort', `${acknowledged} after it was told to give it up`, [], more);
  const bytes = storageOf(view).blobs.get(handle.name);
  const unprepared = bytes === undefined ? undefined : readTransactions(bytes).find((one) => !isPrepared(state, one));
  if (unprepared === undefined) return;
  const { transaction } = unprepared;
  const evidence = [line(transaction, aboutTransaction(transaction))];
  violate('acknowledged-before-prepared', `${acknowledged} before its output was prepared`, evidence, more);
}

/** Or was, before it was committed. */
function isPrepared(state: CommitState, { transaction }: PendingTransaction): boolean {
  return state.writers.has(transaction) || state.covered.has(transaction);
}

function onFinal(state: CommitState, checkpointId: number, violate: Violate): void {
  if (state.pointers.everDurable.has(checkpointId)) return;
  const text = `heartbeats say that checkpoint ${checkpointId} is final before its pointer was durable`;
  violate('final-before-durable', text, [], { about: [aboutCheckpoint(checkpointId)] });
}
