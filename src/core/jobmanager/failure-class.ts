// Whose failure a reason is: the one table, in which each reason has its class, or it does not compile.
import type { ArtifactReason, ExecutionReason, FailureReason } from '../protocol/reasons.ts';

/**
 * `lost`: a process, a connection or a service is, and the next attempt may find it again. `own`: the code or the state of the job, or a refusal
 * that the next attempt is likely to meet again. `unrecoverable`: the next attempt meets it for certain (Flink: NonRecoverableError).
 */
export type FailureClass = 'lost' | 'own' | 'unrecoverable';

const EXECUTION_CLASSES: Readonly<Record<ExecutionReason['kind'], FailureClass>> = {
  'user-code': 'own',
  'descriptor-invalid': 'own', // by a TaskManager of another version
  'restore-failed': 'own',
  'split-out-of-place': 'own',
  'sink-refused': 'own',
  'source-refused': 'own',
  'record-refused': 'own',
  'answer-unexpected': 'own',
  'state-too-large': 'own',
  'task-manager-killed': 'own',
  'artifact-refused': 'own', // see `ARTIFACT_CLASSES`
  'no-such-slot': 'lost',
  'slot-of-other-allocation': 'lost',
  'slot-of-other-job': 'lost',
  'slot-releasing': 'lost',
  'newer-attempt-deployed': 'lost',
  'leader-changed': 'lost',
  'leader-silent': 'lost',
  'over-credit': 'lost',
  'channel-gap': 'lost',
  'connection-lost': 'lost',
  'task-manager-lost': 'lost',
  'task-ended': 'lost',
  'reported-by-heartbeat': 'lost',
  'finished-early': 'lost',
  'task-missing': 'lost',
  'slot-lost': 'lost',
  'deployment-unreported': 'lost',
};

/** What another TaskManager may have, or may import, is worth another try. */
const ARTIFACT_CLASSES: Readonly<Record<ArtifactReason['kind'], FailureClass>> = {
  'artifact-missing': 'own',
  'artifact-damaged': 'own',
  'artifact-not-importable': 'own',
  'artifact-unnamed': 'unrecoverable',
  'artifact-without-job': 'unrecoverable',
};

/** Checkpoints fail when tasks are slow or storage is out of reach. */
const CHECKPOINTS_CLASS: FailureClass = 'lost';

export function failureClassOf(failure: FailureReason): FailureClass {
  return failure.kind === 'execution-failed' ? executionFailureClassOf(failure.reason) : CHECKPOINTS_CLASS;
}

export function executionFailureClassOf(reason: ExecutionReason): FailureClass {
  return reason.kind === 'artifact-refused' ? ARTIFACT_CLASSES[reason.reason.kind] : EXECUTION_CLASSES[reason.kind];
}

/** Of several failures at once, the gravest counts. */
export function gravest(classes: readonly FailureClass[]): FailureClass {
  if (classes.includes('unrecoverable')) return 'unrecoverable';
  return classes.includes('own') ? 'own' : 'lost';
}
