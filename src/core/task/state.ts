// The state of a task: one attempt of one subtask. Its TaskManager reads of it the number, descriptor, placement, `status` and `reason`, and changes
// nothing.
import type { Address } from '../base/machine.ts';
import { NEVER } from '../base/machine.ts';
import type { Requests } from '../base/requests.ts';
import { createRetries } from '../base/retry.ts';
import type { Retries } from '../base/retry.ts';
import type { PendingTransaction, SplitSnapshot, TaskSnapshot } from '../checkpoint/snapshot.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import type { Operator } from '../graph/job-graph.ts';
import { createChain } from '../operators/chain.ts';
import type { ChainState, RestoreCursor, SnapshotCursor } from '../operators/chain.ts';
import type { SinkState } from '../operators/sink.ts';
import type { SourceState } from '../operators/source.ts';
import { stateBytesOf } from '../operators/state-size.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import { describeAttempt } from '../protocol/describe-ids.ts';
import type { ChannelCount, SnapshotHandle, TaskDescriptor } from '../protocol/messages.ts';
import type { TaskPurpose } from '../protocol/purposes.ts';
import type { TaskReason } from '../protocol/reasons.ts';
import { isTerminal } from '../protocol/states.ts';
import type { ExecutionState } from '../protocol/states.ts';
import { createAlignment } from './alignment.ts';
import type { Alignment } from './alignment.ts';
import { chainedOperators } from './code.ts';
import { createGate } from './input-gate.ts';
import type { InputGate } from './input-gate.ts';
import { createPartition } from './result-partition.ts';
import type { ResultPartition } from './result-partition.ts';

/** How far INITIALIZING is. */
export interface Initialization {
  artifactLoaded: boolean;
  /** One per handle of the descriptor, null until it was read. */
  readonly snapshots: (TaskSnapshot | null)[];
  /** Where the restore of the chain is; null before it begins. */
  cursor: RestoreCursor | null;
  chainRestored: boolean;
  sinkOpened: boolean;
}

/** What the barrier found, but for the state of the chain. */
export interface SnapshotCut {
  readonly watermark: number;
  readonly atEnd: boolean;
  readonly splits: readonly SplitSnapshot[];
  readonly transactions: readonly PendingTransaction[];
  readonly recordsIn: readonly ChannelCount[];
  readonly recordsOut: readonly ChannelCount[];
}

export interface TaskCheckpoint {
  readonly checkpointId: number;
  readonly startedAt: number;
  readonly alignmentMs: number;
  readonly cut: SnapshotCut;
  /** Where the encoding is; null once it is done. */
  cursor: SnapshotCursor | null;
  /** Null until it is encoded. Frozen, so that copies of the state share the bytes. */
  blob: { readonly handle: SnapshotHandle; readonly bytes: Uint8Array } | null;
  stored: boolean;
}

export interface TaskState {
  /** Dense in the incarnation of the TaskManager, from 1; the upper part of the ids of all requests of this task. */
  readonly number: number;
  readonly descriptor: TaskDescriptor;
  readonly epoch: number;
  readonly incarnation: number;
  readonly leader: Address;
  readonly slotIndex: number;
  readonly allocationId: string;
  status: ExecutionState;
  reason: TaskReason | null;
  readonly requests: Requests<TaskPurpose>;
  readonly retries: Retries<TaskPurpose>;
  readonly initialization: Initialization;
  readonly chain: ChainState;
  /** There from the restore on, if the vertex has one. */
  source: SourceState | null;
  sink: SinkState | null;
  readonly gate: InputGate;
  readonly alignment: Alignment;
  readonly partition: ResultPartition;
  /** Where the chain's event time is to be; timers are due while it lags behind. */
  watermark: number;
  advancing: boolean;
  /** When a source sends its watermark again, if it moved, or NEVER. */
  watermarkAt: number;
  /** The last watermark, all timers and the end were sent. */
  atEnd: boolean;
  /** Taken and not yet acknowledged. T12: in the order of their ids, and at most the last one is being encoded. */
  readonly checkpoints: TaskCheckpoint[];
  /** The last checkpoint taken by this attempt, and the first one that was taken at its end; 0: none. */
  lastTakenId: number;
  firstTakenAtEndId: number;
  /** The final checkpoint, once it is known to be complete; else 0. T13: only of a task at its end. */
  finalId: number;
  /** Of encoding and processing, which both wait, encoding is next. */
  encodeNext: boolean;
}

/** Request ids [n * 2^32, (n + 1) * 2^32) belong to task n; share 0 is the TaskManager's own. */
export const REQUESTS_PER_TASK_MAX: number = 2 ** 32;

export interface TaskPlacement {
  readonly epoch: number;
  readonly incarnation: number;
  readonly leader: Address;
  readonly slotIndex: number;
  readonly allocationId: string;
}

export function createTask(
  number: number,
  descriptor: TaskDescriptor,
  place: TaskPlacement,
  options: ClusterOptions,
): TaskState {
  const { epoch, incarnation, leader, slotIndex, allocationId } = place;
  return {
    number,
    descriptor: Object.freeze(descriptor), // never changes: copies of the state share it
    epoch,
    incarnation,
    leader,
    slotIndex,
    allocationId,
    status: 'CREATED',
    reason: null,
    requests: { nextId: number * REQUESTS_PER_TASK_MAX, pending: new Map() },
    retries: createRetries(),
    initialization: createInitialization(descriptor),
    chain: createChain(chainedOperators(descriptor), placeOf(descriptor)),
    source: null,
    sink: null,
    gate: createGate(descriptor, epoch),
    alignment: createAlignment(),
    partition: createPartition(descriptor, epoch, options.creditsPerChannel),
    watermark: NO_TIMESTAMP,
    advancing: false,
    watermarkAt: NEVER,
    atEnd: false,
    checkpoints: [],
    lastTakenId: 0,
    firstTakenAtEndId: 0,
    finalId: 0,
    encodeNext: false,
  };
}

function createInitialization(descriptor: TaskDescriptor): Initialization {
  return {
    artifactLoaded: false,
    snapshots: (descriptor.restore?.handles ?? []).map(() => null),
    cursor: null,
    chainRestored: false,
    sinkOpened: false,
  };
}

function placeOf(descriptor: TaskDescriptor): { subtask: number; parallelism: number; maxParallelism: number } {
  const { attempt, vertex, maxParallelism } = descriptor;
  return { subtask: attempt.subtask, parallelism: vertex.parallelism, maxParallelism };
}

export function isSourceTask(task: TaskState): boolean {
  return headOf(task).kind === 'source';
}

/** Whose keyed state it has, and about how many bytes; null: it has none. */
export function keyedStateOf({ chain }: TaskState): { readonly operator: string; readonly bytes: number } | null {
  if (chain.keyed === null) return null;
  return { operator: chain.keyed.state.operator, bytes: stateBytesOf(chain) };
}

export function headOf(task: TaskState): Operator {
  return task.descriptor.vertex.operators[0] as Operator;
}

export function tailOf(task: TaskState): Operator {
  return task.descriptor.vertex.operators.at(-1) as Operator;
}

export function isOver(task: TaskState): boolean {
  return isTerminal(task.status);
}

/** How assertions name a task. */
export function describeTask({ descriptor }: TaskState): string {
  return describeAttempt(descriptor.attempt);
}
