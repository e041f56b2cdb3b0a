// Any note of any kind, as its types say: the table fails to compile when a kind is missing or its values change.
import * as fc from 'fast-check';
import type { Note } from '../../../src/core/protocol/notes.ts';
import type { Purpose, TaskPurpose } from '../../../src/core/protocol/purposes.ts';
import { anyText, record } from '../base/values.ts';
import { anyReason } from './reasons.ts';
import {
  anyAddress,
  anyAttempt,
  anyDeath,
  anyExecutionState,
  anyId,
  anyJobStatus,
  anyWanted,
  orNull,
} from './messages.ts';

type NoteKind = Note['kind'];
export type NoteOfKind<K extends NoteKind> = Extract<Note, { readonly kind: K }>;

const ofJob = { jobId: anyText, epoch: anyId };
const ofJobAttempt = { ...ofJob, attempt: anyId };
const ofTask = { attempt: anyAttempt, epoch: anyId };
const ofTaskManager = { epoch: anyId, taskManager: anyAddress, incarnation: anyId };
const reason = anyReason;

const anyPurpose: fc.Arbitrary<Purpose> = fc.oneof(
  record({ kind: fc.constant('renew' as const), epoch: anyId, sentAt: anyId }),
  record({ kind: fc.constant('put-metadata' as const), epoch: anyId, jobId: anyText, checkpointId: anyId }),
  record({ kind: fc.constant('delete-file' as const), epoch: anyId, name: anyText }),
);
const anyTaskPurpose: fc.Arbitrary<TaskPurpose> = fc.oneof(
  record({ kind: fc.constant('open-sink' as const) }),
  record({ kind: fc.constant('store-snapshot' as const), checkpointId: anyId, tries: anyId }),
);

const values: {
  readonly [K in NoteKind]: { readonly [F in keyof Omit<NoteOfKind<K>, 'kind'>]: fc.Arbitrary<unknown> };
} = {
  'message-ignored': { message: anyText, from: anyAddress, reason },
  'answer-ignored': { answer: anyText, purpose: orNull(anyPurpose), reason },
  'leader-elected': { epoch: anyId },
  'leadership-lost': { epoch: anyId, reason, suspended: fc.array(anyText, { maxLength: 3 }) },
  'campaign-failed': { epoch: anyId, reason },
  'leader-unreached': { epoch: anyId, leader: anyAddress },
  'leader-reached': { epoch: anyId, leader: anyAddress },
  'election-blocked': { key: anyText, revision: anyId },
  'leader-found': { leader: anyAddress, epoch: anyId },
  'leader-unreadable': { reason },
  'recovery-retried': { epoch: anyId, reason },
  'recovery-stopped': { ...ofJob, reason },
  'job-recovered': { ...ofJob, latestCheckpointId: orNull(anyId) },
  'result-recovered': { ...ofJob, status: anyJobStatus, cleanUp: fc.boolean() },
  'drains-unreadable': { epoch: anyId, reason },
  'drain-wanted': { epoch: anyId, taskManager: anyAddress, isDrained: fc.boolean() },
  'drains-write-retried': { epoch: anyId, reason },
  'drain-known': {
    taskManager: anyAddress,
    status: fc.constantFrom('IN_SERVICE', 'DRAINING', 'DRAINED', 'UNKNOWN'),
    reason: orNull(reason),
  },
  'job-stored': ofJob,
  'job-write-retried': { ...ofJob, reason },
  'job-wanted': { ...ofJob, wanted: anyWanted },
  'job-status-changed': { ...ofJob, from: anyJobStatus, to: anyJobStatus },
  'job-waits-for-slots': {
    ...ofJob,
    missing: fc.record({
      kind: fc.constant('slots-missing'),
      needed: anyId,
      held: anyId,
      free: anyId,
      total: anyId,
    }),
  },
  'job-has-slots': { ...ofJob, slots: anyId, waitedMs: anyId },
  'job-deployed': { ...ofJobAttempt, restoredFrom: orNull(anyId) },
  'job-restarting': { ...ofJobAttempt, reason },
  'job-failing': { ...ofJob, reason },
  'restore-stopped': { ...ofJob, checkpointId: anyId, reason },
  'result-write-retried': { ...ofJob, reason },
  'sink-close-failed': { ...ofJob, writer: anyText, reason },
  'job-cleaned-up': ofJob,
  'result-removed': { ...ofJob, clients: anyId },
  'savepoint-completed': { ...ofJob, savepointId: anyText, checkpointId: anyId },
  'savepoint-disposed': { ...ofJob, savepointId: anyText },
  'savepoint-write-retried': { ...ofJob, savepointId: anyText, reason },
  'savepoint-check-retried': { ...ofJob, reason },
  'savepoint-unreadable': { ...ofJob, savepointId: anyText, reason },
  'taken-known': {
    jobId: anyText,
    triggerId: anyText,
    status: fc.constantFrom('COMPLETED', 'UNKNOWN'),
    checkpointId: fc.nat(),
  },
  'savepoint-known': { jobId: anyText, savepointId: anyText, status: fc.constantFrom('COMPLETED', 'UNKNOWN') },
  'refusal-known': { jobId: anyText, reason },
  'job-list-known': { jobs: anyId },
  'job-checkpoints-known': { jobId: anyText, completed: anyId, failed: anyId },
  'overview-known': { answer: fc.constantFrom('job-details', 'checkpoint-details', 'cluster-overview') },
  'job-exceptions-known': { jobId: anyText, exceptions: anyId },
  'job-result-known': { jobId: anyText, status: anyJobStatus, reason: orNull(reason) },
  'execution-state-changed': { ...ofTask, from: anyExecutionState, to: anyExecutionState },
  'stranger-cancelled': { ...ofTask, taskManager: anyAddress, reason },
  'checkpoint-triggered': { ...ofJobAttempt, checkpointId: anyId },
  'checkpoint-completed': { ...ofJobAttempt, checkpointId: anyId, final: fc.boolean() },
  'checkpoint-aborted': { ...ofJobAttempt, checkpointId: anyId, reason },
  'collection-stopped': { ...ofJob, checkpointId: anyId, reason },
  'metadata-put-retried': { ...ofJob, checkpointId: anyId, reason },
  'pointers-write-retried': { ...ofJob, reason },
  'pointers-foreign': { ...ofJob, unreadable: orNull(reason) },
  'file-deleted': { epoch: anyId, name: anyText },
  'task-manager-registered': { ...ofTaskManager, slots: anyId },
  'task-manager-suspected': ofTaskManager,
  'task-manager-lost': { ...ofTaskManager, reason },
  'task-manager-killed': { epoch: anyId, taskManager: anyAddress, death: anyDeath, ignored: orNull(reason) },
  'slot-lost': { ...ofJob, taskManager: anyAddress, slotIndex: anyId, allocationId: anyText, reason },
  'registration-refused': { epoch: anyId, reason },
  'control-connection-lost': { peer: anyAddress },
  'slot-freed': { slotIndex: anyId, jobId: orNull(anyText), allocationId: orNull(anyText), reason },
  'task-state-changed': { ...ofTask, state: anyExecutionState, reason: orNull(reason) },
  'task-request-failed': { ...ofTask, purpose: anyTaskPurpose, reason },
  'snapshot-aborted': { ...ofTask, checkpointId: anyId },
  'final-checkpoint-ignored': { ...ofTask, checkpointId: anyId },
  'barrier-ignored': { ...ofTask, checkpointId: anyId, producer: anyAddress, reason },
  'consumers-lost': { ...ofTask, peer: anyAddress },
};

export const noteKinds = Object.keys(values) as NoteKind[];

/** Any note of a kind. */
export function anyNoteOf(kind: NoteKind): fc.Arbitrary<Note> {
  return record({ kind: fc.constant(kind), ...values[kind] } as never);
}
