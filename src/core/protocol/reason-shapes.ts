// The shape of every reason that is sent or kept, for decoders. A new kind, or a value more of one, fails to compile here until it has its shape.
import { attempt, channel, executionState, jobStatus, processEnd, slotState, statusOrUnknown } from './id-shapes.ts';
import type {
  AnswerReason,
  ArtifactReason,
  CheckpointReason,
  DeclineReason,
  DrainReason,
  ExecutionReason,
  FailureReason,
  JobReason,
  PortReason,
  RefusalReason,
  RegistrationReason,
  RejectReason,
  RestartRefusal,
  SlotReason,
  StoredReason,
  TaskManagerDrained,
  TaskManagerLost,
  TaskManagerReason,
  TaskReason,
} from './reasons.ts';
import { list, nullable, oneOf, record, shapeOf, type Shape, type ShapeOf } from './shapes.ts';

interface Kinded {
  readonly kind: string;
}

/** By kind, the shape of each value. */
type Fields<R extends Kinded> = {
  readonly [K in R['kind']]: { readonly [F in Exclude<keyof Extract<R, { readonly kind: K }>, 'kind'>]: Shape };
};

/** The reasons of a union by kind, with the shapes of their values. */
function reasonsOf<const F extends Readonly<Record<string, Readonly<Record<string, Shape>>>>>(
  fields: F,
): { readonly kinds: { readonly [K in keyof F]: { readonly fields: F[K] } } } {
  const kinds = Object.fromEntries(Object.entries(fields).map(([kind, values]) => [kind, record(values)]));
  return { kinds: kinds as { readonly [K in keyof F]: { readonly fields: F[K] } } };
}

const subtasks = list(record({ vertex: 'int', subtask: 'int' }));
const purpose = oneOf(
  'load-artifact',
  'read-snapshot',
  'open-sink',
  'read-split',
  'write-sink',
  'commit-sink',
  'store-snapshot',
);

const port = {
  disconnected: {},
  'no-connection': {},
  'timed-out': {},
  unanswered: {},
  'not-available': {},
  'port-closed': {},
  io: { code: 'string?', text: 'string' },
  'malformed-request': { text: 'string' },
  'name-taken': { name: 'string' },
  'writes-contended': { tries: 'int' },
  'no-such-sink': { sink: 'string' },
  'split-missing': { topic: 'string', split: 'int', path: 'string?' },
  'position-missing': {
    topic: 'string',
    split: 'int',
    position: 'int',
    file: nullable(record({ path: 'string', lines: 'int' })),
  },
  'record-unreadable': { path: 'string', line: 'int', text: 'string' },
} as const satisfies Fields<PortReason>;
export const portReason: ShapeOf<PortReason> = shapeOf<PortReason>()(reasonsOf(port));

const artifact = {
  'artifact-missing': { hash: 'string', path: 'string?' },
  'artifact-unnamed': { hash: 'string' },
  'artifact-damaged': { path: 'string', found: 'string' },
  'artifact-not-importable': { path: 'string', text: 'string', stack: 'string?' },
  'artifact-without-job': { path: 'string' },
} as const satisfies Fields<ArtifactReason>;
export const artifactReason: ShapeOf<ArtifactReason> = shapeOf<ArtifactReason>()(reasonsOf(artifact));

const answer = {
  'request-failed': { outcome: oneOf('not-applied', 'unknown'), reason: portReason },
  'other-answer': { answer: 'string' },
} as const satisfies Fields<AnswerReason>;
const answerReason: ShapeOf<AnswerReason> = shapeOf<AnswerReason>()(reasonsOf(answer));

const stored = {
  unreadable: { text: 'string' },
  'file-missing': { name: 'string' },
  'job-record-missing': {},
  'of-other-job-record': { jobId: 'string' },
  'graph-invalid': { text: 'string' },
  'of-other-job': { jobId: 'string' },
  'of-other-checkpoint': { checkpointId: 'int' },
  'snapshot-of-other-checkpoint': { name: 'string', found: 'int', expected: 'int' },
  'of-other-max-parallelism': { found: 'int', expected: 'int' },
  'of-other-subtasks': { found: subtasks, expected: subtasks },
  'state-without-operator': { operators: list('string') },
  'state-of-other-kind': { operator: 'string', found: 'string', expected: 'string' },
  'splits-behind-end': { operator: 'string' },
} as const satisfies Fields<StoredReason>;
const storedReason: ShapeOf<StoredReason> = shapeOf<StoredReason>()(reasonsOf(stored));
const unreadReason = shapeOf<StoredReason | AnswerReason>()(reasonsOf({ ...stored, ...answer }));

const taskManager = {
  replaced: { incarnation: 'int' },
  'said-goodbye': { why: 'string' },
  'connections-broke': {},
  'silent-behind-break': {},
  silent: { timeoutMs: 'int' },
} as const satisfies Fields<TaskManagerReason>;
const taskManagerReason: ShapeOf<TaskManagerReason> = shapeOf<TaskManagerReason>()(reasonsOf(taskManager));

const taskManagerLost = {
  'task-manager-lost': { taskManager: 'string', reason: nullable(taskManagerReason) },
} as const satisfies Fields<TaskManagerLost>;

const drained = { 'task-manager-drained': { taskManager: 'string' } } as const satisfies Fields<TaskManagerDrained>;

const slot = {
  ...taskManagerLost,
  ...drained,
  'slot-not-offered': {},
  'slot-unneeded': {},
  'slot-refused': {},
  'slot-freed-there': { taskManager: 'string' },
  'slot-reported': { taskManager: 'string', state: slotState, allocationId: 'string?' },
  'slots-yielded': { to: 'string' },
  'job-over': {},
  'offer-refused': {},
  'slot-unused': {},
  'freed-by-leader': {},
  'slot-unlisted': {},
} as const satisfies Fields<SlotReason>;
const slotReason: ShapeOf<SlotReason> = shapeOf<SlotReason>()(reasonsOf(slot));

const task = {
  'user-code': { operator: 'string', function: 'string?', given: 'string?', text: 'string', stack: 'string?' },
  'no-such-slot': { slotIndex: 'int' },
  'slot-of-other-allocation': { slotIndex: 'int', allocationId: 'string' },
  'slot-of-other-job': { slotIndex: 'int', jobId: 'string?' },
  'slot-releasing': { slotIndex: 'int' },
  'descriptor-invalid': { text: 'string' },
  'newer-attempt-deployed': { attempt },
  'leader-changed': { epoch: 'int', leader: 'string' },
  'leader-silent': { timeoutMs: 'int' },
  'artifact-refused': { artifact: 'string', reason: artifactReason },
  'restore-failed': { reason: storedReason },
  'split-out-of-place': { split: 'int', asked: 'int', answered: 'int' },
  'sink-refused': { sink: 'string', refusal: oneOf('fenced', 'unknown-transaction', 'other-cluster') },
  'source-refused': { topic: 'string', split: 'int', reason: portReason, stack: 'string?' },
  'record-refused': { sink: 'string', text: 'string' },
  'answer-unexpected': { purpose, answer: 'string' },
  'over-credit': { channel },
  'channel-gap': { channel, first: 'int', last: 'int' },
  'connection-lost': { peer: 'string' },
  'state-too-large': { operator: 'string', bytes: 'int', usedBytes: 'int', limitBytes: 'int' },
} as const satisfies Fields<TaskReason>;
export const taskReason: ShapeOf<TaskReason> = shapeOf<TaskReason>()(reasonsOf(task));

const execution = {
  ...task,
  ...taskManagerLost,
  'task-manager-killed': { taskManager: 'string', operator: 'string?', record: nullable('int'), how: processEnd },
  'task-ended': { state: executionState },
  'reported-by-heartbeat': {},
  'finished-early': {},
  'task-missing': { taskManager: 'string' },
  'slot-lost': { reason: slotReason },
  'deployment-unreported': {},
} as const satisfies Fields<ExecutionReason>;
const executionReason: ShapeOf<ExecutionReason> = shapeOf<ExecutionReason>()(reasonsOf(execution));

const decline = {
  subsumed: { by: 'int' },
  'too-many-snapshots': { max: 'int' },
  'snapshot-not-stored': { reason: portReason },
  'task-has-inputs': {},
  'task-not-running': { state: executionState },
  'no-such-attempt': {},
} as const satisfies Fields<DeclineReason>;
export const declineReason: ShapeOf<DeclineReason> = shapeOf<DeclineReason>()(reasonsOf(decline));

const checkpoint = {
  'job-restarts': {},
  'job-ends': {},
  subsumed: { by: 'int' },
  'id-not-stored': { reason: answerReason },
  declined: { attempt, reason: declineReason },
  expired: { missing: subtasks },
} as const satisfies Fields<CheckpointReason>;
export const checkpointReason: ShapeOf<CheckpointReason> = shapeOf<CheckpointReason>()(reasonsOf(checkpoint));

const reject = {
  'job-id-taken': {},
  'job-id-malformed': {},
  'graph-invalid': { text: 'string' },
  'sink-taken': { sink: 'string', by: 'string' },
  'no-such-savepoint': { of: 'string', savepointId: 'string' },
  'savepoint-misfit': { savepointId: 'string', reason: storedReason },
} as const satisfies Fields<RejectReason>;
export const rejectReason: ShapeOf<RejectReason> = shapeOf<RejectReason>()(reasonsOf(reject));

const failure = {
  ...drained,
  'job-rescaled': {},
  'execution-failed': { attempt, reason: executionReason },
  'checkpoints-failed': { times: 'int', last: checkpointReason },
} as const satisfies Fields<FailureReason>;
export const failureReason: ShapeOf<FailureReason> = shapeOf<FailureReason>()(reasonsOf(failure));

const noRestart = {
  'not-recoverable': {},
  'no-restarts': {},
  'restarts-used-up': { restarts: 'int' },
  'failure-rate-exceeded': { failures: 'int', intervalMs: 'int' },
  'own-failures-in-a-row': { failures: 'int' },
} as const satisfies Fields<RestartRefusal>;
const restartRefusal: ShapeOf<RestartRefusal> = shapeOf<RestartRefusal>()(reasonsOf(noRestart));

const job = {
  ...stored,
  ...failure,
  'recovery-suppressed': { refusal: restartRefusal, cause: failureReason },
  'slots-missing': { needed: 'int', held: 'int', free: 'int', total: 'int' },
  'restore-stopped': { checkpointId: 'int', reason: unreadReason },
  rejected: { reason: rejectReason },
} as const satisfies Fields<JobReason>;
export const jobReason: ShapeOf<JobReason> = shapeOf<JobReason>()(reasonsOf(job));

const refusal = {
  'job-id-malformed': {},
  'job-not-over': { status: jobStatus },
  'job-unsettled': {},
  'savepoint-id-malformed': {},
  'tasks-not-running': { status: statusOrUnknown },
  'savepoint-failed': { reason: checkpointReason },
  'checkpoint-failed': { reason: checkpointReason },
  'savepoint-in-progress': {},
  'parallelism-invalid': { text: 'string' },
  'savepoint-in-use': { by: 'string' },
  'savepoint-id-taken': {},
  'stop-wanted': { savepointId: 'string', drain: 'boolean' },
  'job-not-stoppable': { status: statusOrUnknown },
  'history-not-kept': { status: statusOrUnknown },
} as const satisfies Fields<RefusalReason>;
export const refusalReason: ShapeOf<RefusalReason> = shapeOf<RefusalReason>()(reasonsOf(refusal));

const drain = {
  'task-manager-unregistered': { taskManager: 'string' },
  'slots-missing-elsewhere': { jobId: 'string', needed: 'int', free: 'int' },
  'slots-held': { slots: 'int' },
} as const satisfies Fields<DrainReason>;
export const drainReason: ShapeOf<DrainReason> = shapeOf<DrainReason>()(reasonsOf(drain));

const registration = {
  'newer-incarnation': { taskManager: 'string', incarnation: 'int' },
} as const satisfies Fields<RegistrationReason>;
export const registrationReason: ShapeOf<RegistrationReason> = shapeOf<RegistrationReason>()(reasonsOf(registration));
