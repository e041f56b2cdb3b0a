// Any message of any kind, as its types say: the table fails to compile when a kind is missing or a body changes.
import * as fc from 'fast-check';
import { NO_TIMESTAMP } from '../../../src/core/graph/batch.ts';
import type { JobVertex, VertexEdge } from '../../../src/core/graph/job-graph.ts';
import type { WantedState } from '../../../src/core/protocol/ha-records.ts';
import type {
  AttemptId,
  Bodies,
  ChannelId,
  Element,
  Kind,
  Message,
  SnapshotHandle,
  SplitProgress,
} from '../../../src/core/protocol/messages.ts';
import {
  checkpointReason,
  declineReason,
  drainReason,
  failureReason,
  jobReason,
  registrationReason,
  refusalReason,
  rejectReason,
  taskReason,
} from '../../../src/core/protocol/reason-shapes.ts';
import type {
  CheckpointReason,
  DeclineReason,
  DrainReason,
  FailureReason,
  JobReason,
  RegistrationReason,
  RefusalReason,
  RejectReason,
  TaskReason,
} from '../../../src/core/protocol/reasons.ts';
import {
  executionTransitions,
  jobTransitions,
  slotTransitions,
  type ExecutionState,
  type JobStatus,
  type SlotState,
  type Transitions,
} from '../../../src/core/protocol/states.ts';
import type { ProcessDeath } from '../../../src/core/protocol/ids.ts';
import type { Times } from '../../../src/core/protocol/overview.ts';
import { anyNumber, anyText, anyValue, record } from '../base/values.ts';
import { anyReasonIn } from './reasons.ts';
import { sampleGraph } from '../jobmanager/sample-job.ts';

export const anyId: fc.Arbitrary<number> = fc.maxSafeNat();
const id = anyId;
export const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null });
const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(item, { maxLength: 3 });
const stateOf = <S extends string>(table: Transitions<S>): fc.Arbitrary<S> =>
  fc.constantFrom(...(Object.keys(table) as S[]));

export const anyExecutionState: fc.Arbitrary<ExecutionState> = stateOf(executionTransitions);
export const anyJobStatus: fc.Arbitrary<JobStatus> = stateOf(jobTransitions);
const anySlotState: fc.Arbitrary<SlotState> = stateOf(slotTransitions);
export const anyAddress: fc.Arbitrary<string> = anyText.filter((text) => text !== '');
export const anyTime: fc.Arbitrary<number> = fc.oneof(fc.maxSafeInteger(), fc.constant(NO_TIMESTAMP));

export const anyAttempt: fc.Arbitrary<AttemptId> = record({ jobId: anyText, vertex: id, subtask: id, attempt: id });
const attempt = anyAttempt;
const channel: fc.Arbitrary<ChannelId> = record({
  jobId: anyText,
  epoch: id,
  edge: id,
  producer: id,
  producerAttempt: id,
  consumer: id,
  consumerAttempt: id,
});
export const anyHandle: fc.Arbitrary<SnapshotHandle> = record({ name: anyText, sizeBytes: id, checksum: id });
export const anySplitProgress: fc.Arbitrary<SplitProgress> = record({ operator: anyText, split: id, position: id });
const allocations = some(record({ slotIndex: id, allocationId: anyText }));
const counts = some(record({ edge: id, peer: id, records: id }));
const peers = some(record({ subtask: id, attempt: id, address: anyText }));

const batch = some(fc.tuple(anyValue, anyTime)).map((rows) => ({
  values: rows.map(([value]) => value),
  timestamps: rows.map(([, at]) => at),
}));
const element: fc.Arbitrary<Element> = fc.oneof(
  record({ kind: fc.constant('batch' as const), batch }),
  record({ kind: fc.constant('watermark' as const), timestamp: anyTime }),
  record({ kind: fc.constant('barrier' as const), checkpointId: id, timestamp: anyNumber }),
  record({ kind: fc.constant('end' as const) }),
);

const edge: fc.Arbitrary<VertexEdge> = record({
  index: id,
  source: id,
  target: id,
  partitioning: fc.constantFrom('forward', 'rebalance', 'hash'),
  targetOperator: anyText,
});
const vertex: fc.Arbitrary<JobVertex> = record({
  index: id,
  id: anyText,
  name: anyText,
  parallelism: id,
  operators: fc.subarray([...sampleGraph.operators]),
  inputs: some(edge),
  outputs: some(edge),
});
const task: fc.Arbitrary<Bodies['deploy-task']['task']> = record({
  attempt,
  artifact: anyText,
  vertex,
  maxParallelism: id,
  parameters: anyValue,
  inputs: some(record({ edge, producers: peers })),
  outputs: some(record({ edge, consumers: peers })),
  splits: some(id),
  restore: orNull(record({ checkpointId: id, handles: some(anyHandle) })),
});

const led = { epoch: id };
const registered = { epoch: id, incarnation: id };
const checkpointed = { ...registered, attempt, checkpointId: id };
const slot = { ...registered, slotIndex: id, allocationId: anyText };

const timesOf = <S extends string>(states: readonly S[]): fc.Arbitrary<Times<S>> =>
  record(
    Object.fromEntries(states.map((state) => [state, id])) as { [state in S]: fc.Arbitrary<number> },
  ) as fc.Arbitrary<Times<S>>;
const anyExecutionTimes = timesOf(Object.keys(executionTransitions) as ExecutionState[]);
const anyJobTimes = timesOf(Object.keys(jobTransitions) as JobStatus[]);

const anyPlace = record({ epoch: id, number: id, jobId: anyText });
const anyLine = record({
  jobId: anyText,
  submitted: record({ epoch: id, number: id, at: id }),
  status: anyJobStatus,
  reason: orNull(anyReasonIn<JobReason>(jobReason)),
  endedAt: orNull(id),
  name: anyText,
  changedAt: id,
  tasks: anyExecutionTimes,
});
const anySubtaskLine = record({
  vertex: id,
  subtask: id,
  attempt: id,
  state: anyExecutionState,
  taskManager: anyText,
  times: anyExecutionTimes,
});
const anyVertexLine = record({
  id: anyText,
  name: anyText,
  parallelism: id,
  operators: some(record({ id: anyText, kind: anyText })),
  inputs: some(record({ source: id, partitioning: fc.constantFrom('forward' as const, 'hash' as const) })),
});

const checkpointLine = {
  id,
  status: fc.constantFrom('IN_PROGRESS' as const, 'COMPLETED' as const, 'FAILED' as const),
  triggerTimestamp: id,
  latestAckTimestamp: orNull(id),
  endTimestamp: orNull(id),
  endToEndDurationMs: id,
  stateSizeBytes: id,
  numSubtasks: id,
  numAcknowledgedSubtasks: id,
  savepointId: orNull(anyText),
  externalPath: orNull(anyText),
  failure: orNull(
    record({
      name: fc.constantFrom('CHECKPOINT_EXPIRED' as const, 'JOB_FAILOVER_REGION' as const),
      reason: anyReasonIn<CheckpointReason>(checkpointReason),
    }),
  ),
};
const anyCheckpointLine = record(checkpointLine);
const anySubtaskStatistics = record({
  vertex: id,
  subtask: id,
  attempt: id,
  ackTimestamp: id,
  endToEndDurationMs: id,
  stateSizeBytes: id,
  alignmentDurationMs: id,
  asyncDurationMs: id,
});
const exception = {
  timestamp: id,
  cause: anyReasonIn<FailureReason>(failureReason),
  task: orNull(anyText),
  taskManager: orNull(anyText),
};
const anyException = record({ ...exception, concurrent: fc.array(record(exception), { maxLength: 2 }) });

export const anyWanted: fc.Arbitrary<WantedState> = fc.oneof(
  record({ kind: fc.constantFrom('RUNNING' as const, 'CANCELED' as const) }),
  record({ kind: fc.constant('STOPPED' as const), savepointId: anyText, drain: fc.boolean() }),
);
export const anyDeath: fc.Arbitrary<ProcessDeath> = record({
  epoch: id,
  attempt,
  operator: orNull(anyText),
  record: orNull(id),
  how: fc.constantFrom('looped' as const, 'exited' as const, 'heap-exhausted' as const),
});

export const anyBody: { readonly [K in Kind]: fc.Arbitrary<Bodies[K]> } = {
  'submit-job': record({
    jobId: anyText,
    graph: fc.constant(sampleGraph),
    artifact: anyText,
    restore: orNull(
      record({
        jobId: anyText,
        savepointId: anyText,
        allowNonRestoredState: fc.boolean(),
        claimMode: fc.constantFrom('CLAIM', 'NO_CLAIM'),
      }),
    ),
  }),
  'cancel-job': record({ jobId: anyText }),
  'rescale-job': record({
    jobId: anyText,
    parallelism: fc.array(record({ operator: anyText, parallelism: id }), { maxLength: 3 }),
  }),
  'stop-job': record({ jobId: anyText, savepointId: anyText, drain: fc.boolean() }),
  'job-accepted': record({ ...led, jobId: anyText }),
  'job-rejected': record({ ...led, jobId: anyText, reason: anyReasonIn<RejectReason>(rejectReason) }),
  'request-job-status': record({ jobId: anyText }),
  'job-status': record({
    ...led,
    jobId: anyText,
    status: fc.oneof(anyJobStatus, fc.constant('UNKNOWN' as const)),
    reason: orNull(anyReasonIn<JobReason>(jobReason)),
    savepointId: orNull(anyText),
    retainedCheckpoint: orNull(anyText),
  }),
  'remove-job': record({ jobId: anyText }),
  'request-refused': record({ ...led, jobId: anyText, reason: anyReasonIn<RefusalReason>(refusalReason) }),
  'trigger-savepoint': record({ jobId: anyText, savepointId: anyText }),
  'request-savepoint-status': record({ jobId: anyText, savepointId: anyText }),
  'dispose-savepoint': record({ jobId: anyText, savepointId: anyText }),
  'savepoint-status': record({
    ...led,
    jobId: anyText,
    savepointId: anyText,
    status: fc.constantFrom('IN_PROGRESS' as const, 'COMPLETED' as const, 'UNKNOWN' as const),
    metadata: orNull(anyHandle),
  }),
  'take-checkpoint': record({ jobId: anyText, triggerId: anyText }),
  'request-checkpoint-status': record({ jobId: anyText, triggerId: anyText }),
  'checkpoint-status': record({
    epoch: id,
    jobId: anyText,
    triggerId: anyText,
    status: fc.constantFrom('IN_PROGRESS', 'COMPLETED', 'UNKNOWN'),
    checkpointId: orNull(id),
  }),
  'request-jobs': record({ after: orNull(anyPlace) }),
  'job-list': record({
    ...led,
    after: orNull(anyPlace),
    jobs: fc.array(anyLine, { maxLength: 3 }),
    next: orNull(anyPlace),
  }),
  'request-job-checkpoints': record({ jobId: anyText }),
  'job-checkpoints': record({
    ...led,
    jobId: anyText,
    counts: record({ completed: id, failed: id, inProgress: id, restored: id }),
    latestCompleted: orNull(anyCheckpointLine),
    latestSavepoint: orNull(anyCheckpointLine),
    latestFailed: orNull(anyCheckpointLine),
    latestRestored: orNull(record({ id, restoreTimestamp: id, externalPath: anyText, savepointId: orNull(anyText) })),
    history: fc.array(anyCheckpointLine, { maxLength: 2 }),
  }),
  'request-job-exceptions': record({ jobId: anyText, max: id }),
  'job-exceptions': record({
    ...led,
    jobId: anyText,
    max: id,
    exceptions: fc.array(anyException, { maxLength: 2 }),
    truncated: fc.boolean(),
  }),
  'request-job-details': record({ jobId: anyText }),
  'job-details': record({
    ...led,
    jobId: anyText,
    name: anyText,
    submitted: record({ epoch: id, number: id, at: id }),
    status: anyJobStatus,
    reason: orNull(anyReasonIn<JobReason>(jobReason)),
    endedAt: orNull(id),
    maxParallelism: id,
    restart: orNull(anyText),
    times: anyJobTimes,
    vertices: some(anyVertexLine),
    subtasks: some(anySubtaskLine),
  }),
  'request-checkpoint-details': record({ jobId: anyText, checkpointId: id }),
  'checkpoint-details': record({
    ...led,
    jobId: anyText,
    checkpointId: id,
    checkpoint: orNull(record({ ...checkpointLine, subtasks: some(anySubtaskStatistics) })),
  }),
  'request-cluster-overview': record({ only: orNull(anyText) }),
  'cluster-overview': record({
    ...led,
    leader: anyText,
    jobs: record({ running: id, finished: id, canceled: id, failed: id }),
    taskManagers: some(
      record({
        address: anyText,
        incarnation: id,
        slots: id,
        freeSlots: id,
        silentMs: id,
        drain: fc.constantFrom('IN_SERVICE' as const, 'DRAINED' as const),
        allocated: some(record({ slotIndex: id, jobId: anyText, tasks: id })),
      }),
    ),
  }),
  'drain-task-manager': record({ taskManager: anyText }),
  'undrain-task-manager': record({ taskManager: anyText }),
  'request-drain-status': record({ taskManager: anyText }),
  'drain-status': record({
    ...led,
    taskManager: anyText,
    status: fc.constantFrom('IN_SERVICE' as const, 'DRAINING' as const, 'DRAINED' as const, 'UNKNOWN' as const),
    reason: orNull(anyReasonIn<DrainReason>(drainReason)),
  }),
  'register-task-manager': record({ ...registered, slots: id, death: orNull(anyDeath) }),
  'process-died': record({ death: anyDeath }),
  'process-stops': record({ why: anyText }),
  'memory-short': record({ usedBytes: id, limitBytes: id }),
  'task-manager-registered': record(registered),
  'task-manager-stopped': record({ ...registered, why: anyText }),
  'registration-refused': record({ ...registered, reason: anyReasonIn<RegistrationReason>(registrationReason) }),
  heartbeat: record({
    ...registered,
    allocations,
    finalCheckpoints: some(record({ jobId: anyText, checkpointId: id })),
  }),
  'heartbeat-answer': record({
    ...registered,
    slots: some(record({ slotIndex: id, state: anySlotState, jobId: orNull(anyText), allocationId: orNull(anyText) })),
    tasks: some(record({ attempt, state: anyExecutionState })),
  }),
  'request-slot': record({ ...slot, jobId: anyText }),
  'slot-answer': record({ ...slot, granted: fc.boolean() }),
  'free-slot': record(slot),
  'slot-freed': record(slot),
  'offer-slots': record({ ...registered, jobId: anyText, offer: id, slots: allocations }),
  'slots-accepted': record({ ...registered, jobId: anyText, offer: id, accepted: some(anyText) }),
  'deploy-task': record({ ...slot, task }),
  'cancel-task': record({ ...registered, attempt, finish: fc.boolean() }),
  'task-state-changed': record({
    ...registered,
    attempt,
    state: anyExecutionState,
    reason: orNull(anyReasonIn<TaskReason>(taskReason)),
  }),
  'trigger-checkpoint': record({ ...checkpointed, timestamp: anyNumber, drain: fc.boolean() }),
  'acknowledge-checkpoint': record({
    ...checkpointed,
    handle: anyHandle,
    atEnd: fc.boolean(),
    splits: some(anySplitProgress),
    transactions: some(anyText),
    metrics: record({ recordsIn: counts, recordsOut: counts, alignmentMs: anyNumber, durationMs: anyNumber }),
  }),
  'decline-checkpoint': record({ ...checkpointed, reason: anyReasonIn<DeclineReason>(declineReason) }),
  'abort-checkpoint': record({ ...checkpointed, latestCompletedId: id }),
  'notify-checkpoint-complete': record({ ...checkpointed, final: fc.boolean() }),
  'request-partition': record({ channel, credit: id }),
  'partition-unavailable': record({ channel }),
  'channel-elements': record({ channel, sequence: id, elements: some(element) }),
  'channel-status': record({ channel, lastSequence: id, backlog: id }),
  'channel-credit': record({ channel, credit: id, received: id }),
};

export const kinds = Object.keys(anyBody) as Kind[];

/** Any message of a kind. */
export function anyMessageOf(kind: Kind): fc.Arbitrary<Message> {
  const envelope = {
    effect: fc.constant('send'),
    streamClass: fc.constantFrom('control', 'data'),
    from: anyAddress,
    to: anyAddress,
    kind: fc.constant(kind),
    body: anyBody[kind] as fc.Arbitrary<unknown>,
  };
  return record(envelope) as fc.Arbitrary<Message>;
}

export const anyMessage: fc.Arbitrary<Message> = fc.constantFrom(...kinds).chain(anyMessageOf);
