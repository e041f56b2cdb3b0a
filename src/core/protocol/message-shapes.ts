// The shape of the body of every message, for decoders. A new kind fails to compile here until it has one.
import { attempt, channel, executionState, jobStatus, processDeath, slotState, statusOrUnknown } from './id-shapes.ts';
import type { JobGraph, JobVertex, Operator, VertexEdge } from '../graph/job-graph.ts';
import type {
  Bodies,
  ChannelCount,
  Element,
  JobLine,
  OperatorParallelism,
  Kind,
  Peer,
  SnapshotHandle,
  SplitProgress,
  TaskDescriptor,
} from './messages.ts';
import {
  checkpointCounts,
  checkpointLine,
  checkpointStatistics,
  restoredStatistics,
  rootException,
} from './job-history-shapes.ts';
import { jobCounts, jobDetailsFields, submitted, taskCounts, taskManagerLine } from './overview-shapes.ts';
import {
  declineReason,
  drainReason,
  jobReason,
  refusalReason,
  registrationReason,
  rejectReason,
  taskReason,
} from './reason-shapes.ts';
import { byKind, list, nullable, oneOf, partOf, record, shapeOf, shapesOf, unread, type ShapeOf } from './shapes.ts';

export const snapshotHandle: ShapeOf<SnapshotHandle> = shapeOf<SnapshotHandle>()(
  record({ name: 'string', sizeBytes: 'int', checksum: 'int' }),
);
const channelCounts = list(shapeOf<ChannelCount>()(record({ edge: 'int', peer: 'int', records: 'int' })));
export const splitProgress: ShapeOf<SplitProgress> = shapeOf<SplitProgress>()(
  record({ operator: 'string', split: 'int', position: 'int' }),
);
const edge = shapeOf<VertexEdge>()(
  record({
    index: 'int',
    source: 'int',
    target: 'int',
    partitioning: oneOf('forward', 'rebalance', 'hash'),
    targetOperator: 'string',
  }),
);
const peers = list(shapeOf<Peer>()(record({ subtask: 'int', attempt: 'int', address: 'string' })));
const allocations = list(record({ slotIndex: 'int', allocationId: 'string' }));

/** Operators differ by kind; a TaskManager looks at them more closely before it runs them. */
const operators = list(partOf<Operator>()(record({ id: 'string', kind: 'string', parallelism: 'int' })));
const vertex = shapeOf<JobVertex>()(
  record({
    index: 'int',
    id: 'string',
    name: 'string',
    parallelism: 'int',
    operators,
    inputs: list(edge),
    outputs: list(edge),
  }),
);

const task = shapeOf<TaskDescriptor>()(
  record({
    attempt,
    artifact: 'string',
    vertex,
    maxParallelism: 'int',
    parameters: 'any',
    inputs: list(record({ edge, producers: peers })),
    outputs: list(record({ edge, consumers: peers })),
    splits: list('int'),
    restore: nullable(record({ checkpointId: 'int', handles: list(snapshotHandle) })),
  }),
);

const element = shapeOf<PackedElement>()(
  byKind({
    batch: record({ batch: 'bytes' }),
    watermark: record({ timestamp: 'time' }),
    barrier: record({ checkpointId: 'int', timestamp: 'number' }),
    end: record({}),
  }),
);

const parallelisms: ShapeOf<readonly OperatorParallelism[]> = shapeOf<readonly OperatorParallelism[]>()(
  list(record({ operator: 'string', parallelism: 'int' })),
);
export const restoreSettings = {
  jobId: 'string',
  savepointId: 'string',
  allowNonRestoredState: 'boolean',
  claimMode: oneOf('CLAIM', 'NO_CLAIM'),
} as const;
const place = record({ epoch: 'int', number: 'int', jobId: 'string' });

const jobLine = shapeOf<JobLine>()(
  record({
    jobId: 'string',
    submitted,
    status: jobStatus,
    reason: nullable(jobReason),
    endedAt: nullable('number'),
    name: 'string',
    changedAt: 'number',
    tasks: taskCounts,
  }),
);

const registered = { epoch: 'int', incarnation: 'int' } as const;
const checkpointed = { ...registered, attempt, checkpointId: 'int' } as const;

/** What travels in a channel, as it stands in the bytes of a message: a batch as bytes, which `batch-codec.ts` checks. */
export type PackedElement =
  | Exclude<Element, { readonly kind: 'batch' }>
  | { readonly kind: 'batch'; readonly batch: Uint8Array };

/** Bodies as they stand in the bytes of a message. */
export interface PackedBodies extends Omit<Bodies, 'channel-elements'> {
  'channel-elements': Omit<Bodies['channel-elements'], 'elements'> & { readonly elements: readonly PackedElement[] };
}

export const messageShapes: { readonly [K in Kind]: ShapeOf<PackedBodies[K]> } = shapesOf<PackedBodies>()({
  'submit-job': record({
    jobId: 'string',
    graph: unread<JobGraph>(),
    artifact: 'string',
    restore: nullable(record(restoreSettings)),
  }),
  'job-accepted': record({ epoch: 'int', jobId: 'string' }),
  'job-rejected': record({ epoch: 'int', jobId: 'string', reason: rejectReason }),
  'cancel-job': record({ jobId: 'string' }),
  'stop-job': record({ jobId: 'string', savepointId: 'string', drain: 'boolean' }),
  'rescale-job': record({ jobId: 'string', parallelism: parallelisms }),
  'request-job-status': record({ jobId: 'string' }),
  'job-status': record({
    epoch: 'int',
    jobId: 'string',
    status: statusOrUnknown,
    reason: nullable(jobReason),
    savepointId: 'string?',
    retainedCheckpoint: 'string?',
  }),
  'remove-job': record({ jobId: 'string' }),
  'request-refused': record({ epoch: 'int', jobId: 'string', reason: refusalReason }),
  'trigger-savepoint': record({ jobId: 'string', savepointId: 'string' }),
  'request-savepoint-status': record({ jobId: 'string', savepointId: 'string' }),
  'dispose-savepoint': record({ jobId: 'string', savepointId: 'string' }),
  'savepoint-status': record({
    epoch: 'int',
    jobId: 'string',
    savepointId: 'string',
    status: oneOf('IN_PROGRESS', 'COMPLETED', 'UNKNOWN'),
    metadata: nullable(snapshotHandle),
  }),
  'take-checkpoint': record({ jobId: 'string', triggerId: 'string' }),
  'request-checkpoint-status': record({ jobId: 'string', triggerId: 'string' }),
  'checkpoint-status': record({
    epoch: 'int',
    jobId: 'string',
    triggerId: 'string',
    status: oneOf('IN_PROGRESS', 'COMPLETED', 'UNKNOWN'),
    checkpointId: nullable('int'),
  }),
  'request-jobs': record({ after: nullable(place) }),
  'job-list': record({ epoch: 'int', after: nullable(place), jobs: list(jobLine), next: nullable(place) }),
  'request-job-checkpoints': record({ jobId: 'string' }),
  'job-checkpoints': record({
    epoch: 'int',
    jobId: 'string',
    counts: checkpointCounts,
    latestCompleted: nullable(checkpointLine),
    latestSavepoint: nullable(checkpointLine),
    latestFailed: nullable(checkpointLine),
    latestRestored: nullable(restoredStatistics),
    history: list(checkpointLine),
  }),
  'request-job-exceptions': record({ jobId: 'string', max: 'int' }),
  'job-exceptions': record({
    epoch: 'int',
    jobId: 'string',
    max: 'int',
    exceptions: list(rootException),
    truncated: 'boolean',
  }),
  'request-job-details': record({ jobId: 'string' }),
  'job-details': record({ epoch: 'int', ...jobDetailsFields }),
  'request-checkpoint-details': record({ jobId: 'string', checkpointId: 'int' }),
  'checkpoint-details': record({
    epoch: 'int',
    jobId: 'string',
    checkpointId: 'int',
    checkpoint: nullable(checkpointStatistics),
  }),
  'request-cluster-overview': record({ only: 'string?' }),
  'cluster-overview': record({
    epoch: 'int',
    leader: 'string',
    jobs: jobCounts,
    taskManagers: list(taskManagerLine),
  }),
  'drain-task-manager': record({ taskManager: 'string' }),
  'undrain-task-manager': record({ taskManager: 'string' }),
  'request-drain-status': record({ taskManager: 'string' }),
  'drain-status': record({
    epoch: 'int',
    taskManager: 'string',
    status: oneOf('IN_SERVICE', 'DRAINING', 'DRAINED', 'UNKNOWN'),
    reason: nullable(drainReason),
  }),
  'register-task-manager': record({ ...registered, slots: 'int', death: nullable(processDeath) }),
  'process-died': record({ death: processDeath }),
  'process-stops': record({ why: 'string' }),
  'memory-short': record({ usedBytes: 'int', limitBytes: 'int' }),
  'task-manager-registered': record(registered),
  'task-manager-stopped': record({ ...registered, why: 'string' }),
  'registration-refused': record({ ...registered, reason: registrationReason }),
  heartbeat: record({
    ...registered,
    allocations,
    finalCheckpoints: list(record({ jobId: 'string', checkpointId: 'int' })),
  }),
  'heartbeat-answer': record({
    ...registered,
    slots: list(record({ slotIndex: 'int', state: slotState, jobId: 'string?', allocationId: 'string?' })),
    tasks: list(record({ attempt, state: executionState })),
  }),
  'request-slot': record({ ...registered, slotIndex: 'int', allocationId: 'string', jobId: 'string' }),
  'slot-answer': record({ ...registered, slotIndex: 'int', allocationId: 'string', granted: 'boolean' }),
  'free-slot': record({ ...registered, slotIndex: 'int', allocationId: 'string' }),
  'slot-freed': record({ ...registered, slotIndex: 'int', allocationId: 'string' }),
  'offer-slots': record({ ...registered, jobId: 'string', offer: 'int', slots: allocations }),
  'slots-accepted': record({ ...registered, jobId: 'string', offer: 'int', accepted: list('string') }),
  'deploy-task': record({ ...registered, slotIndex: 'int', allocationId: 'string', task }),
  'cancel-task': record({ ...registered, attempt, finish: 'boolean' }),
  'task-state-changed': record({ ...registered, attempt, state: executionState, reason: nullable(taskReason) }),
  'trigger-checkpoint': record({ ...checkpointed, timestamp: 'number', drain: 'boolean' }),
  'acknowledge-checkpoint': record({
    ...checkpointed,
    handle: snapshotHandle,
    atEnd: 'boolean',
    splits: list(splitProgress),
    transactions: list('string'),
    metrics: record({
      recordsIn: channelCounts,
      recordsOut: channelCounts,
      alignmentMs: 'number',
      durationMs: 'number',
    }),
  }),
  'decline-checkpoint': record({ ...checkpointed, reason: declineReason }),
  'abort-checkpoint': record({ ...checkpointed, latestCompletedId: 'int' }),
  'notify-checkpoint-complete': record({ ...checkpointed, final: 'boolean' }),
  'request-partition': record({ channel, credit: 'int' }),
  'partition-unavailable': record({ channel }),
  'channel-elements': record({ channel, sequence: 'int', elements: list(element) }),
  'channel-status': record({ channel, lastSequence: 'int', backlog: 'int' }),
  'channel-credit': record({ channel, credit: 'int', received: 'int' }),
});
