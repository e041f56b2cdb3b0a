// Which disturbance may lead to which failure: whom it has to befall, and how long behind its end the failure may come. One table: a new reason
// without a row does not compile.
import type { AnswerReason, CheckpointReason, DeclineReason, ExecutionReason } from '../../core/protocol/reasons.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { OracleContext } from './context.ts';
import type { Aftermath, DisturbanceKind } from './disturbances.ts';

/**
 * `own`: the job's own code or state, and no fault. `never`: no fault leads to this. Else a disturbance of one of these kinds must have befallen one
 * of the nodes that `who` names.
 */
export type Cause = 'own' | 'never' | FaultCause;

export interface FaultCause {
  readonly who: Who;
  readonly within: Reach;
  /** Absent: of any kind. */
  readonly kinds?: readonly DisturbanceKind[];
}

/** `host`: the TaskManager of the attempt. `leader`: the JobManager that leads, or led before. `peer`: the other end of the connection. */
export type Who = 'host' | 'host-leader' | 'host-peer' | 'leader' | 'anybody';

/** How long behind the end of a disturbance a failure may come, by what has to run out before anybody notices. */
export type Reach =
  | 'request'
  | 'heartbeat'
  | 'isolation'
  | 'yielding'
  | 'lease'
  | 'deployment'
  | 'connection'
  | 'checkpoint'
  | 'anything';

/** Nobody answers, or too late. */
const SILENCE: readonly DisturbanceKind[] = [
  'stopped',
  'paused',
  'partitioned',
  'connection-broke',
  'message-delay',
  'process-ended',
  'clock-jump', // it seems so
  'slow-node',
];
/** Something that was sent never comes. */
const LOSS: readonly DisturbanceKind[] = ['stopped', 'partitioned', 'connection-broke', 'half-open', 'barrier-loss'];
/** A service does not do, or tell, what it is asked. */
const HA: readonly DisturbanceKind[] = ['service-cut', 'store-fail', 'store-unknown', 'ha-troubled'];
/** To whoever asked an answer seems not to come in time: what is due goes before what waits. */
const STOOD_STILL: readonly DisturbanceKind[] = ['paused', 'clock-jump'];
const STORAGE: readonly DisturbanceKind[] = [
  'service-cut',
  'store-fail',
  'store-unknown',
  'service-troubled',
  'storage-torn',
];
const ENDS: readonly DisturbanceKind[] = ['stopped', 'connection-broke', 'partitioned', 'paused'];

const byHost = (within: Reach, kinds?: readonly DisturbanceKind[]): Cause => causeOf('host', within, kinds);
const byHostOrLeader = (within: Reach, kinds?: readonly DisturbanceKind[]): Cause =>
  causeOf('host-leader', within, kinds);
const byAnybody = (within: Reach, kinds?: readonly DisturbanceKind[]): Cause => causeOf('anybody', within, kinds);

function causeOf(who: Who, within: Reach, kinds?: readonly DisturbanceKind[]): FaultCause {
  return kinds === undefined ? { who, within } : { who, within, kinds };
}

const executionCauses: Readonly<Record<ExecutionReason['kind'], Cause>> = {
  'user-code': 'own',
  'state-too-large': 'own',
  'artifact-refused': 'own',
  'task-manager-killed': byHost('deployment', ['process-ended', 'stopped']),
  'descriptor-invalid': 'never',
  'restore-failed': 'never', // a read that comes damaged is made again, and the latest checkpoint is never damaged for good
  'split-out-of-place': 'never',
  'answer-unexpected': 'never',
  'over-credit': 'never',
  'no-such-slot': 'never',
  'source-refused': 'never', // topics of the world never change
  'record-refused': 'never', // its sinks take any record
  'sink-refused': byAnybody('anything'), // who fenced it is a zombie, or followed one
  'slot-of-other-allocation': byHostOrLeader('anything'),
  'slot-of-other-job': byHostOrLeader('anything'),
  'slot-releasing': byHostOrLeader('anything'),
  'newer-attempt-deployed': byHostOrLeader('anything'),
  'leader-changed': byAnybody('lease'),
  'leader-silent': byAnybody('heartbeat', SILENCE),
  'channel-gap': byHost('connection', LOSS),
  'connection-lost': causeOf('host-peer', 'connection', ENDS),
  'task-manager-lost': byHostOrLeader('heartbeat', SILENCE),
  'task-ended': byHostOrLeader('anything'),
  'reported-by-heartbeat': byHostOrLeader('anything'),
  'finished-early': byHostOrLeader('anything'),
  'task-missing': byHostOrLeader('anything'),
  'slot-lost': byHostOrLeader('anything'),
  'deployment-unreported': byHostOrLeader('deployment'),
};

/** Another process came in its place, so that one must have ended. */
const causeOfReplacement: Cause = byHost('deployment', ['stopped']);

export function causeOfFailure(reason: ExecutionReason): Cause {
  const isReplaced = reason.kind === 'task-manager-lost' && reason.reason?.kind === 'replaced';
  return isReplaced ? causeOfReplacement : executionCauses[reason.kind];
}

/** It befell whoever led before, or leads now. */
export const causeOfElection: FaultCause = causeOf('leader', 'lease', [
  'stopped',
  'process-ended',
  'paused',
  'clock-jump',
  'slow-node',
  ...HA,
]);

/** The same, of somebody who once resigned, and leaves others the time to campaign first. */
export const causeOfLateElection: FaultCause = { ...causeOfElection, within: 'yielding' };

/** TaskManagers could not reach who led, and said so. Then it is for O-lead whether that is reason enough. */
export const causeOfResignation: FaultCause = causeOf('anybody', 'isolation', SILENCE);

const declineCauses: Readonly<Record<DeclineReason['kind'], Cause>> = {
  subsumed: byAnybody('checkpoint'),
  'too-many-snapshots': byAnybody('checkpoint'),
  'snapshot-not-stored': byHost('request', STORAGE),
  'task-has-inputs': 'never',
  'task-not-running': byAnybody('anything'),
  'no-such-attempt': byAnybody('anything'),
};

/**
 * `restart`: the job restarts, which has a cause of its own. `wanted`: a client ended the job, or a later checkpoint, such as a savepoint, was
 * complete first.
 */
export function causeOfAbort(reason: CheckpointReason): Cause | 'restart' | 'wanted' {
  switch (reason.kind) {
    case 'job-restarts':
      return 'restart';
    case 'job-ends':
    case 'subsumed':
      return 'wanted';
    case 'id-not-stored':
      return causeOf('leader', 'request', isUnanswered(reason.reason) ? [...HA, ...STOOD_STILL] : HA);
    case 'expired':
      return byAnybody('checkpoint');
    case 'declined':
      return declineCauses[reason.reason.kind];
  }
}

function isUnanswered(reason: AnswerReason): boolean {
  return reason.kind === 'request-failed' && reason.reason.kind === 'unanswered';
}

/** Reaches in µs, from the options in force and from what steps, messages and requests cost. */
export function reachesOf({ options, costs }: OracleContext, lateNoticeUs: number): Readonly<Record<Reach, number>> {
  const slackUs = slackOf(options, costs);
  const us = (ms: number): number => 1_000 * ms + slackUs;
  const { heartbeatTimeoutMs, heartbeatIntervalMs, leaseMs, leaseRenewIntervalMs } = options;
  const { deployTimeoutMs, checkpointTimeoutMs, channelStatusIntervalMs, registrationRetryMs, requestRetryMs } =
    options;
  const request = us(Math.max(checkpointTimeoutMs, heartbeatTimeoutMs)); // nobody answers it any more
  const heartbeat = us(heartbeatTimeoutMs + heartbeatIntervalMs);
  const unheard = lateNoticeUs + us(heartbeatTimeoutMs + registrationRetryMs + requestRetryMs + leaseRenewIntervalMs);
  const yielding = us(3 * leaseMs + leaseRenewIntervalMs); // behind its own epoch; less behind that of another
  const isolation = unheard + yielding;
  const lease = us(leaseMs + leaseRenewIntervalMs);
  const deployment = us(deployTimeoutMs + registrationRetryMs);
  const connection = lateNoticeUs + us(channelStatusIntervalMs);
  const checkpoint = lateNoticeUs + us(checkpointTimeoutMs);
  return {
    request,
    heartbeat,
    isolation,
    yielding,
    lease,
    deployment,
    connection,
    checkpoint,
    anything: heartbeat + lease + deployment + connection + checkpoint,
  };
}

/** How long faults go on that do so by themselves. */
export function aftermathOf({ heartbeatTimeoutMs, checkpointTimeoutMs }: ClusterOptions): Aftermath {
  return {
    delayUs: 1_000 * Math.max(1.3 * heartbeatTimeoutMs, 0.8 * checkpointTimeoutMs),
    landsUs: 2_000 * heartbeatTimeoutMs,
    slowUs: 2_500 * heartbeatTimeoutMs,
  };
}

const STEPS = 4; // that a slow process has before it, each with a full batch
const TRIPS = 4; // of messages or requests, there and back

/** What steps and trips of messages add, in µs. */
export function slackOf({ batchSizeRecords }: ClusterOptions, costs: OracleContext['costs']): number {
  const { stepCostUs, recordCostUs, slowestFactor } = costs;
  const { networkLatencyUs, networkJitterUs, storageLatencyUs, storageJitterUs } = costs;
  const tripUs = networkLatencyUs + networkJitterUs + storageLatencyUs + storageJitterUs;
  return STEPS * slowestFactor * (stepCostUs + batchSizeRecords * recordCostUs) + TRIPS * tripUs;
}
