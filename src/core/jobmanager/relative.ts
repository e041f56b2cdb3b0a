// What goes on for ever in the state of a JobManager. Revisions and renewals are those of the HA service, in which they are counted.
import type { Relative, Shift } from '../base/relative.ts';
import { REQUESTS } from '../base/relative.ts';
import { shiftRequests } from '../base/requests.ts';
import { shiftCall } from '../base/retry.ts';
import { shiftTimers } from '../base/timers.ts';
import { deepFreeze } from '../base/state.ts';
import type { RootException } from '../protocol/job-history.ts';
import { createExecutionTimes, createJobTimes } from '../protocol/overview.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import { shiftMessage } from '../protocol/relative.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';
import { createStatistics } from './checkpoints/statistics.ts';
import type { Election } from './election-state.ts';
import { PATIENCE_MAX } from './yields.ts';
import type { FailureCounts } from './restart-strategy.ts';
import { writersAtWork } from './sinks.ts';
import type {
  Coordinator,
  JobManagerState,
  JobMaster,
  Leader,
  PastJob,
  PendingCheckpoint,
  PendingRequest,
} from './state.ts';

export function relativeJobManager({ leaseMs }: ClusterOptions): Relative<JobManagerState, ClusterVocabulary> {
  return {
    counters: ({ requests }) => ({ [REQUESTS]: requests.nextId }),
    shift(state, by) {
      shiftTimers(state.timers, by);
      shiftRequests(state.requests, by, (pending) => shiftPending(pending, by));
      shiftElection(state.election, leaseMs, by);
      if (state.leader !== null) shiftLeader(state.leader, by);
    },
    withoutTold,
    shiftMessage,
  };
}

/** All that is shown and nothing is decided by: when states were entered, archives, and of checkpoints who acknowledged, which is known elsewhere. */
function withoutTold(state: JobManagerState): JobManagerState {
  const { leader } = state;
  if (leader === null || leader.jobs.size + leader.results.size === 0) return state;
  const jobs = [...leader.jobs].map(([jobId, job]): [string, JobMaster] => [jobId, withoutShown(job)]);
  const results = [...leader.results].map(([jobId, past]): [string, PastJob] => [jobId, { ...past, archive: null }]);
  return { ...state, leader: { ...leader, jobs: new Map(jobs), results: new Map(results) } };
}

const NO_JOB_TIMES = createJobTimes();
const NO_EXECUTION_TIMES = createExecutionTimes();

function withoutShown(job: JobMaster): JobMaster {
  return {
    ...job,
    times: NO_JOB_TIMES,
    executions: job.executions.map((execution) => ({ ...execution, times: NO_EXECUTION_TIMES })),
    coordinator: withoutStatistics(job.coordinator),
  };
}

function withoutStatistics(coordinator: Coordinator): Coordinator {
  const pending = [...coordinator.pending].map(([id, one]): [number, PendingCheckpoint] => {
    return [id, { ...one, statistics: new Map() }];
  });
  return { ...coordinator, pending: new Map(pending), statistics: createStatistics() };
}

function shiftPending({ purpose, deadlineAt }: PendingRequest, by: Shift): PendingRequest {
  const sent = 'sentAt' in purpose ? { ...purpose, sentAt: by.moment(purpose.sentAt) } : purpose;
  return { purpose: sent, deadlineAt: by.moment(deadlineAt) };
}

function shiftElection(election: Election, leaseMs: number, by: Shift): void {
  election.seenRevision = by.counter('ha', 'revision', election.seenRevision);
  election.seenRenewals = by.counter('ha', 'renewals', election.seenRenewals);
  election.campaignSentAt = by.moment(election.campaignSentAt, leaseMs);
  election.leaseEndsAt = by.deadline(election.leaseEndsAt);
  election.yieldsUntil = by.deadline(election.yieldsUntil);
  election.changedAt = by.moment(election.changedAt, patienceMax(election) * leaseMs);
}

/** In leases: one that does not yield waits for no more than one. */
function patienceMax({ yieldsUntil }: Election): number {
  return yieldsUntil > 0 ? PATIENCE_MAX : 1;
}

function shiftLeader(leader: Leader, by: Shift): void {
  shiftTimers(leader.timers, by);
  shiftCall(leader.recovery.call, by);
  shiftCall(leader.isolation, by);
  shiftCall(leader.collection.list, by);
  leader.drains.revision = by.counter('ha', 'revision', leader.drains.revision);
  if (leader.drains.change !== null) shiftCall(leader.drains.change.call, by);
  for (const { call } of leader.submissions.values()) shiftCall(call, by);
  for (const { call } of leader.cleanUps.values()) shiftCall(call, by);
  for (const savepoint of leader.savepoints.values()) {
    shiftCall(savepoint.call, by);
    shiftCall(savepoint.reading, by);
    savepoint.revision = by.counter('ha', 'revision', savepoint.revision);
  }
  for (const { call } of leader.removals.values()) shiftCall(call, by);
  for (const past of leader.results.values()) {
    past.revision = by.counter('ha', 'revision', past.revision);
    past.keptUntil = by.deadline(past.keptUntil);
  }
  for (const job of leader.jobs.values()) shiftJob(job, by);
}

function shiftJob(job: JobMaster, by: Shift): void {
  for (const region of job.regions) region.restartAt = by.deadline(region.restartAt);
  shiftFailureCounts(job.failures, by);
  job.slotWait.since = by.moment(job.slotWait.since);
  job.exceptions = job.exceptions.map(withoutTime);
  job.recordRevision = by.counter('ha', 'revision', job.recordRevision);
  if (job.change !== null) shiftCall(job.change.call, by);
  shiftCall(job.restore.call, by);
  shiftCall(job.result, by);
  for (const { call } of writersAtWork(job) ?? []) shiftCall(call, by);
  shiftCall(job.store.call, by);
  shiftCall(job.store.reading, by);
  job.store.revision = by.counter('ha', 'revision', job.store.revision);
  shiftCoordinator(job.coordinator, by);
}

/** Nothing depends on it. */
function withoutTime(exception: RootException): RootException {
  const concurrent = exception.concurrent.map((one) => ({ ...one, timestamp: 0 }));
  return deepFreeze({ ...exception, timestamp: 0, concurrent });
}

function shiftFailureCounts(counts: FailureCounts, by: Shift): void {
  counts.restartAt = by.moment(counts.restartAt);
  counts.recentAt.splice(0, Infinity, ...counts.recentAt.map((at) => by.moment(at)));
}

function shiftCoordinator(coordinator: Coordinator, by: Shift): void {
  coordinator.counterRevision = by.counter('ha', 'revision', coordinator.counterRevision);
  coordinator.triggerAt = by.moment(coordinator.triggerAt);
  coordinator.periodicAt = by.deadline(coordinator.periodicAt);
  coordinator.stopRetryAt = by.deadline(coordinator.stopRetryAt);
  coordinator.pausedUntil = by.deadline(coordinator.pausedUntil);
  shiftCall(coordinator.counter, by);
  for (const [id, pending] of coordinator.pending) {
    shiftCall(pending.metadata, by);
    coordinator.pending.set(id, {
      ...pending,
      triggeredAt: by.moment(pending.triggeredAt),
      expiresAt: by.moment(pending.expiresAt),
    });
  }
}
