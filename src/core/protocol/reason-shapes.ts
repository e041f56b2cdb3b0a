// The shape of every reason that is sent or kept, for decoders. A new kind, or a value more of one, fails to compile here until it has its shape.
import { attempt, channel, executionState, slotState } from './id-shapes.ts';
import type {
  AnswerReason,
  ArtifactReason,
  CheckpointReason,
  DeclineReason,
  ExecutionReason,
  JobReason,
  PortReason,
  RegistrationReason,
  RejectReason,
  SlotReason,
  StoredReason,
  TaskManagerLost,
  TaskManagerReason,
  TaskReason,
} from './reasons.ts';
import { byKind, list, nullable, oneOf, record, type Shape } from './shapes.ts';

interface Kinded {
  readonly kind: string;
}

/** By kind, the shape of each value. */
type Fields<R extends Kinded> = {
  readonly [K in R['kind']]: { readonly [F in Exclude<keyof Extract<R, { readonly kind: K }>, 'kind'>]: Shape };
};

function shapeOf(fields: Readonly<Record<string, Readonly<Record<string, Shape>>>>): Shape {
  return byKind(Object.fromEntries(Object.entries(fields).map(([kind, values]) => [kind, record(values)])));
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

const port: Fields<PortReason> = {
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
};

const artifact: Fields<ArtifactReason> = {
  'artifact-missing': { hash: 'string', path: 'string?' },
  'artifact-unnamed': { hash: 'string' },
  'artifact-damaged': { path: 'string', found: 'string' },
  'artifact-not-importable': { path: 'string', text: 'string' },
  'artifact-without-job': { path: 'string' },
};

const answer: Fields<AnswerReason> = {
  'request-failed': { outcome: oneOf('not-applied', 'unknown'), reason: shapeOf(port) },
  'other-answer': { answer: 'string' },
};

const stored: Fields<StoredReason> = {
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
};

const taskManager: Fields<TaskManagerReason> = {
  replaced: { incarnation: 'int' },
  'heartbeats-unanswered': {},
};

const taskManagerLost: Fields<TaskManagerLost> = {
  'task-manager-lost': { taskManager: 'string', reason: nullable(shapeOf(taskManager)) },
};

const slot: Fields<SlotReason> = {
  ...taskManagerLost,
  'slot-not-offered': {},
  'slot-refused': {},
  'slot-freed-there': { taskManager: 'string' },
  'slot-reported': { taskManager: 'string', state: slotState, allocationId: 'string?' },
  'slots-yielded': { to: 'string' },
  'job-over': {},
  'offer-refused': {},
  'slot-unused': {},
  'freed-by-leader': {},
  'slot-unlisted': {},
};

const task: Fields<TaskReason> = {
  'user-code': { operator: 'string', function: 'string?', given: 'string?', text: 'string' },
  'no-such-slot': { slotIndex: 'int' },
  'slot-of-other-allocation': { slotIndex: 'int', allocationId: 'string' },
  'slot-of-other-job': { slotIndex: 'int', jobId: 'string?' },
  'slot-releasing': { slotIndex: 'int' },
  'descriptor-invalid': { text: 'string' },
  'newer-attempt-deployed': { attempt },
  'leader-changed': { epoch: 'int', leader: 'string' },
  'leader-silent': { timeoutMs: 'int' },
  'artifact-refused': { artifact: 'string', reason: shapeOf(artifact) },
  'restore-failed': { reason: shapeOf(stored) },
  'split-out-of-place': { split: 'int', asked: 'int', answered: 'int' },
  'sink-refused': { sink: 'string', refusal: oneOf('fenced', 'unknown-transaction') },
  'answer-unexpected': { purpose, answer: 'string' },
  'over-credit': { channel },
  'channel-gap': { channel, first: 'int', last: 'int' },
  'connection-lost': { peer: 'string' },
};

const execution: Fields<ExecutionReason> = {
  ...task,
  ...taskManagerLost,
  'task-ended': { state: executionState },
  'reported-by-heartbeat': {},
  'finished-early': {},
  'task-missing': { taskManager: 'string' },
  'slot-lost': { reason: shapeOf(slot) },
  'deployment-unreported': {},
};

const decline: Fields<DeclineReason> = {
  subsumed: { by: nullable('int') },
  'too-many-snapshots': { max: 'int' },
  'snapshot-not-stored': { reason: shapeOf(port) },
  'task-has-inputs': {},
  'task-not-running': { state: executionState },
  'no-such-attempt': {},
};

const checkpoint: Fields<CheckpointReason> = {
  'job-restarts': {},
  'id-not-stored': { reason: shapeOf(answer) },
  declined: { attempt, reason: shapeOf(decline) },
  expired: { missing: subtasks },
};

const reject: Fields<RejectReason> = {
  'job-id-taken': {},
  'job-id-malformed': {},
  'graph-invalid': { text: 'string' },
};

const job: Fields<JobReason> = {
  ...stored,
  'execution-failed': { attempt, reason: shapeOf(execution) },
  'checkpoints-failed': { times: 'int', last: shapeOf(checkpoint) },
  rejected: { reason: shapeOf(reject) },
};

const registration: Fields<RegistrationReason> = {
  'newer-incarnation': { taskManager: 'string', incarnation: 'int' },
};

export const jobReason: Shape = shapeOf(job);
export const rejectReason: Shape = shapeOf(reject);
export const registrationReason: Shape = shapeOf(registration);
export const taskReason: Shape = shapeOf(task);
export const declineReason: Shape = shapeOf(decline);
export const portReason: Shape = shapeOf(port);
export const artifactReason: Shape = shapeOf(artifact);
