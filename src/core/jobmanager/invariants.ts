// What must hold of a JobManager after every step (I1–I12: the invariants of the failure matrix in Flink's semantics), as far as one
// process can see it. A throw here is a bug.
import { assert, must } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import { hasTimer } from '../base/timers.ts';
import type { Call } from '../base/retry.ts';
import { isTerminal } from '../protocol/states.ts';
import { WAITING_MAX, DELETIONS_AT_ONCE } from './checkpoints/garbage.ts';
import { ENDED_REMEMBERED } from './checkpoints/end.ts';
import { isRetained } from './checkpoints/references.ts';
import { savepointName } from './checkpoints/savepoint-requests.ts';
import { HISTORY_MAX } from './checkpoints/statistics.ts';
import { CLIENTS_MAX, SUBMISSIONS_MAX } from './dispatcher.ts';
import { checkDrains } from './drain-invariants.ts';
import { comparePlaces } from '../protocol/ids.ts';
import { isEnding, jobTimer, latestCheckpointId, regionOf, regionTimer, subtaskKey } from './jobs.ts';
import type { Purpose } from '../protocol/purposes.ts';
import { REMOVALS_MAX } from './past-jobs.ts';
import { heartbeatTimer, lostTimer } from './resource-manager.ts';
import { checkSavepointRequests, checkStop } from './savepoint-invariants.ts';
import { writersAtWork } from './sinks.ts';
import { needsSlots } from './slot-waits.ts';
import {
  NONE,
  type Allocation,
  type Change,
  type Execution,
  type JobManagerState,
  type JobMaster,
  type Leader,
  type PendingCheckpoint,
  type Region,
  type TaskManagerEntry,
} from './state.ts';
import type { JobManagerConfig } from './step.ts';

/** Requests in flight at once: a leader's are bounded by its jobs, renewals and deletions by their own limits. */
const REQUESTS_MAX = 1_024;

export function checkJobManager(state: JobManagerState, config: JobManagerConfig): void {
  const { election, leader } = state;
  assert((leader !== null) === (election.role === 'LEADING'), 'exactly a LEADING JobManager has what a leader knows');
  assert(state.requests.pending.size <= REQUESTS_MAX, () => `${state.requests.pending.size} requests in flight`);
  assert(
    state.requests.pending.size === 0 || state.timers.deadlines.has('requests'),
    'requests in flight have a timeout',
  );
  if (leader === null) return;
  assert(
    state.timers.deadlines.has('lease-end') && state.timers.deadlines.has('renew'),
    'a leader renews its lease, and its lease ends',
  );
  checkLeader(state, leader, config);
}

function checkLeader(state: JobManagerState, leader: Leader, config: JobManagerConfig): void {
  assert(
    leader.recovery.done || (leader.jobs.size === 0 && leader.submissions.size === 0),
    'nothing runs before the recovery is done',
  );
  checkCall(state, leader.recovery.call, 'recover');
  checkCall(state, leader.isolation, 'read-unreached');
  assert(hasTimer(leader.timers, 'isolation'), 'nobody notices that no TaskManager can be heard');
  checkCall(state, leader.collection.list, 'list-files');
  assert(leader.submissions.size <= SUBMISSIONS_MAX, 'too many submissions');
  for (const submission of leader.submissions.values()) {
    assert(submission.clients.length <= CLIENTS_MAX, 'too many clients wait for a submission');
    assert(!leader.jobs.has(submission.record.jobId), 'a job is submitted or it runs');
    checkCall(state, submission.call, submission.fits ? 'write-job' : 'check-savepoint');
  }
  assert(
    leader.collection.waiting.size <= WAITING_MAX && leader.collection.deleting.size <= DELETIONS_AT_ONCE,
    'too many deletions',
  );
  for (const cleanUp of leader.cleanUps.values()) {
    assert(leader.results.has(cleanUp.jobId), 'only a job that is over is cleaned up');
    checkCall(state, cleanUp.call, 'clean-up');
  }
  checkDrains(leader);
  if (leader.drains.change !== null) checkCall(state, leader.drains.change.call, 'write-drains');
  checkPast(state, leader);
  checkSavepoints(state, leader);
  for (const taskManager of leader.taskManagers.values()) checkTaskManager(leader, taskManager);
  for (const job of leader.jobs.values()) checkJob(state, leader, job, config);
}

/** What is removed is over and clean, and each job of the past stands behind those that ended before it. */
function checkPast(state: JobManagerState, leader: Leader): void {
  assert(leader.removals.size <= REMOVALS_MAX, 'too many jobs of the past are removed at once');
  for (const { jobId, clients, call } of leader.removals.values()) {
    assert(
      leader.results.has(jobId) && !leader.cleanUps.has(jobId),
      () => `job ${jobId} is removed before it is clean`,
    );
    assert(clients.length <= CLIENTS_MAX, 'too many clients wait for a removal');
    checkCall(state, call, 'remove-result');
  }
  let latest = 0;
  for (const [jobId, { endedAt }] of leader.results) {
    assert(endedAt >= latest, () => `job ${jobId} of the past stands behind one that ended later`);
    latest = endedAt;
  }
  checkOrder(leader);
}

/** Whoever is to hear of a savepoint is told when it is durable, or when its disposal is. */
function checkSavepoints(state: JobManagerState, { savepoints }: Leader): void {
  for (const [name, { record, stage, clients, call, reading, revision }] of savepoints) {
    assert(name === savepointName(record.jobId, record.savepointId), () => `savepoint ${name} is kept as another one`);
    assert(
      (stage === 'STORING') === (revision === NONE),
      () => `savepoint ${name} is ${stage} at revision ${revision}`,
    );
    assert(
      record.disposed === (stage === 'FILES' || stage === 'RECORD'),
      () => `savepoint ${name} is ${stage}, its record says ${record.disposed ? '' : 'not '}disposed`,
    );
    assert(
      clients.length === 0 || stage === 'STORING' || stage === 'MARKING',
      () => `clients of savepoint ${name} wait for nothing`,
    );
    checkCall(state, call, stage === 'FILES' ? 'list-savepoint-files' : 'write-savepoint');
    checkCall(state, reading, 'read-retained');
  }
}

/** Jobs are in the order of their submission, and so is what is recovered. */
function checkOrder({ jobs }: Leader): void {
  let before: JobMaster | null = null;
  for (const job of jobs.values()) {
    assert(
      before === null || comparePlaces(before.record.submitted, job.record.submitted) < 0,
      () => `job ${job.jobId} stands behind one that was submitted later`,
    );
    before = job;
  }
}

/** A call in flight has a request, and that request is for it. */
function checkCall(state: JobManagerState, call: Call, kind: Purpose['kind'], orKind = kind): void {
  if (call.request === NONE) return;
  const asked = state.requests.pending.get(call.request)?.purpose.kind;
  assert(
    asked === kind || asked === orKind,
    () => `a call of kind ${kind} waits for request ${call.request}, which is ${asked ?? 'closed'}`,
  );
}

/** It lives as long as it answers; each slot that is held here is held by one job, under one allocation (I6). */
function checkTaskManager(leader: Leader, taskManager: TaskManagerEntry): void {
  const { address, slots } = taskManager;
  const { deadlines } = leader.timers;
  assert(deadlines.has(heartbeatTimer(address)), () => `nobody asks whether ${address} lives`);
  assert(deadlines.has(lostTimer(address)), () => `nobody notices that ${address} is silent`);
  for (const slot of slots) {
    const isHeld = slot.state === 'PENDING' || slot.state === 'ALLOCATED';
    assert(
      isHeld === (slot.jobId !== null),
      () => `slot ${slot.slotIndex} of ${address} is ${slot.state} for ${slot.jobId ?? 'nobody'}`,
    );
    if (slot.jobId === null) continue;
    const held = holdersOf(slot, leader.jobs.get(slot.jobId));
    assert(held === 1, () => `slot ${slot.slotIndex} of ${address} is held by ${held} allocations of ${slot.jobId}`);
  }
}

/** Allocations of a job that are those of a slot. */
function holdersOf({ allocationId }: TaskManagerEntry['slots'][number], job: JobMaster | undefined): number {
  let held = 0;
  if (job !== undefined) for (const one of job.allocations) if (one?.allocationId === allocationId) held += 1;
  return held;
}

function checkJob(state: JobManagerState, leader: Leader, job: JobMaster, config: JobManagerConfig): void {
  assert(!leader.results.has(job.jobId), () => `job ${job.jobId} runs although it has a result (I10)`);
  for (const allocation of job.allocations) if (allocation !== null) checkAllocation(leader, job, allocation);
  checkExecutions(leader, job);
  checkCheckpoints(state, leader, job, config);
  checkSavepointRequests(job);
  checkCall(state, job.store.call, 'write-pointers');
  checkCall(state, job.store.reading, 'read-references');
  checkCall(state, job.coordinator.counter, 'write-counter');
  checkCall(state, job.restore.call, 'load-metadata', 'reload-metadata');
  checkCall(state, job.result, 'write-result');
  if (job.change !== null) checkChange(state, job.change);
  checkOutcome(job);
  checkStop(leader, job);
  checkSlotWait(leader, job);
  for (const { call } of writersAtWork(job) ?? []) checkCall(state, call, 'close-sink');
  checkRestorePoint(job);
}

function checkChange(state: JobManagerState, { call, clients }: Change): void {
  checkCall(state, call, 'change-job');
  assert(clients.length <= CLIENTS_MAX, 'too many clients wait for a change of a job');
}

/** Whoever waits for slots does so for a time. */
function checkSlotWait({ timers }: Leader, job: JobMaster): void {
  assert(
    (job.slotWait.since !== NEVER) === hasTimer(timers, jobTimer('slot-wait', job)),
    () => `job ${job.jobId} waits for slots without end, or for none`,
  );
  assert(
    (job.slotWait.since !== NEVER) === needsSlots(job),
    () => `job ${job.jobId} ${needsSlots(job) ? 'needs slots' : 'needs no slots'}, and nobody noticed`,
  );
}

/** A job that is over has nothing left that runs, and nobody is promised another end. */
function checkOutcome({ jobId, outcome, executions, status, record, change }: JobMaster): void {
  if (outcome === null) return;
  const leads = { FINISHED: 'RUNNING', CANCELED: 'CANCELLING', FAILED: 'FAILING' } as const;
  assert(change === null, () => `job ${jobId} is about to be ${outcome.status}, and its record is being changed`);
  assert(status === leads[outcome.status], () => `job ${jobId} is ${status}, and about to be ${outcome.status}`);
  assert(
    outcome.status !== 'CANCELED' || record.wanted.kind === 'CANCELED',
    () => `job ${jobId} is cancelled, and nobody wanted that`,
  );
  const running = executions.find(({ state }) => !isTerminal(state));
  assert(running === undefined, () => `job ${jobId} is ${outcome.status}, and ${subtaskKey(running!)} runs`);
}

function checkAllocation(leader: Leader, job: JobMaster, allocation: Allocation): void {
  const { allocationId, taskManager, slotIndex, accepted } = allocation;
  const slot = must(leader.taskManagers.get(taskManager), `the TaskManager of ${allocationId}`).slots[slotIndex];
  assert(
    slot?.allocationId === allocationId && slot.jobId === job.jobId,
    () => `${allocationId} and its slot do not agree (I6)`,
  );
  assert(
    accepted ? slot.state === 'ALLOCATED' : leader.timers.deadlines.has(`slot-request ${allocationId}`),
    () => `${allocationId} is waited for without end`,
  );
}

/** Of a region one attempt at a time (I7), all from one restore point (I4), each where its slot is. */
function checkExecutions(leader: Leader, job: JobMaster): void {
  let before: Execution | null = null;
  for (const execution of job.executions) {
    assert(
      before === null || isInOrder(before, execution),
      () => `${subtaskKey(execution)} of job ${job.jobId} stands twice, or not behind those before it`,
    );
    before = execution;
    if (execution.state === 'CREATED' || isTerminal(execution.state)) continue;
    const allocation = job.allocations[execution.subtask];
    assert(
      allocation?.taskManager === execution.taskManager && allocation.accepted,
      () => `${subtaskKey(execution)} runs outside of its slot (I6)`,
    );
    assert(
      leader.taskManagers.has(execution.taskManager),
      () => `${subtaskKey(execution)} runs on a TaskManager that is lost`,
    );
  }
  checkRegions(leader, job);
}

function checkRegions(leader: Leader, job: JobMaster): void {
  assert(
    isEnding(job) || (job.status === 'RESTARTING') === job.regions.some(isRestarting),
    () => `job ${job.jobId} is ${job.status}, its regions ${job.regions.map(({ state }) => state).join(', ')}`,
  );
  const tallies = job.regions.map((): Tally => ({ all: 0, created: 0, isWaiting: false, isDeploying: false }));
  for (const execution of job.executions) {
    const { attempt } = regionOf(job, execution);
    assert(
      execution.attempt === attempt,
      () => `${subtaskKey(execution)}#${execution.attempt} is not of attempt ${attempt} (I4, I7)`,
    );
    const tally = must(tallies[execution.region], 'the region of an execution');
    tally.all += 1;
    if (execution.state === 'CREATED') tally.created += 1;
    tally.isWaiting ||= execution.state === 'CANCELING';
    tally.isDeploying ||= execution.state === 'DEPLOYING' && !execution.reported;
  }
  for (let index = 0; index < tallies.length; index++) checkRegion(leader, job, index, tallies[index] as Tally);
}

const isRestarting = ({ state }: Region): boolean => state === 'RESTARTING';

/** Executions of a region. */
type Tally = Record<'all' | 'created', number> & Record<'isWaiting' | 'isDeploying', boolean>;

function checkRegion({ timers }: Leader, job: JobMaster, index: number, tally: Tally): void {
  const region = must(job.regions[index], 'a region');
  const what = (): string => `region ${index} of job ${job.jobId}`;
  assert(region.attempt <= job.attempt, () => `${what()} is at attempt ${region.attempt}, its job at ${job.attempt}`);
  assert(tally.created === 0 || tally.created === tally.all, () => `${what()} is deployed in part`);
  assert(
    !tally.isWaiting || hasTimer(timers, regionTimer('cancel', job, region)),
    () => `${what()} waits for a cancellation without end`,
  );
  assert(
    !tally.isDeploying || hasTimer(timers, regionTimer('deploy', job, region)),
    () => `${what()} waits for a deployment without end`,
  );
}

/** By vertex, then by subtask. */
function isInOrder(before: Execution, execution: Execution): boolean {
  return before.vertex === execution.vertex ? before.subtask < execution.subtask : before.vertex < execution.vertex;
}

/** Nothing is deployed before the writers that it follows are closed, and no checkpoint has an id of the savepoint that the job started from. */
function checkRestorePoint({ jobId, restore, record, coordinator }: JobMaster): void {
  assert(
    !restore.ready || (restore.takeOver ?? []).length === 0,
    () => `job ${jobId} goes on before the writers that it follows are closed`,
  );
  assert(
    coordinator.lastCheckpointId >= (record.restore?.checkpointId ?? NONE),
    () => `job ${jobId} counts its checkpoints from below the savepoint that it started from (I1)`,
  );
}

/** Ids rise over the whole life of a job (I1); a checkpoint is complete only with all its acknowledgements (I2). */
function checkCheckpoints(state: JobManagerState, leader: Leader, job: JobMaster, config: JobManagerConfig): void {
  const { store, coordinator } = job;
  let newest = 0;
  for (const { checkpointId } of store.completed) {
    assert(checkpointId > newest, () => `pointers of ${job.jobId} do not rise: ${checkpointId} after ${newest} (I1)`);
    newest = checkpointId;
  }
  for (const checkpointId of store.references.keys())
    assert(
      isRetained(store, checkpointId),
      () => `files of checkpoint ${checkpointId} are kept, which is not retained`,
    );
  assert(
    latestCheckpointId(job) <= coordinator.lastCheckpointId,
    () => `checkpoint ${latestCheckpointId(job)} is above the counter (I1)`,
  );
  assert(coordinator.statistics.history.length <= HISTORY_MAX, 'too many checkpoints in the history');
  assert(coordinator.ended.length <= ENDED_REMEMBERED, 'too many ended checkpoints remembered');
  assert(
    coordinator.pending.size <= config.options.maxConcurrentCheckpoints,
    () => `${coordinator.pending.size} checkpoints of ${job.jobId} are pending`,
  );
  assert(
    coordinator.finalCheckpointId === NONE || coordinator.finalCheckpointId === latestCheckpointId(job),
    'nothing follows a final checkpoint',
  );
  assert(
    coordinator.finalCheckpointId === NONE || coordinator.pending.size === 0,
    'no checkpoint is triggered behind a final one',
  );
  assert((store.write?.completed.length ?? 0) <= config.options.retainedCheckpoints, 'too many checkpoints retained');
  let finalized = 0;
  let isAwaited = false;
  for (const pending of coordinator.pending.values()) {
    checkPending(state, job, pending);
    if (pending.metadata.request !== NONE) finalized += 1;
    isAwaited ||= pending.expiresAt !== NEVER;
  }
  assert(finalized <= 1, 'one checkpoint is finalized at a time');
  assert(
    !isAwaited || hasTimer(leader.timers, jobTimer('checkpoint-timeout', job)),
    () => `a checkpoint of ${job.jobId} is waited for without end`,
  );
  const written = store.write?.checkpointId ?? NONE;
  assert(
    written === NONE || coordinator.pending.get(written)?.state === 'FINALIZING',
    () => `pointer of ${written} is written, which is not FINALIZING (I9)`,
  );
}

function checkPending(state: JobManagerState, job: JobMaster, pending: PendingCheckpoint): void {
  const { checkpointId, acknowledged, participants } = pending;
  const isIdDurable = pending.state !== 'TRIGGERING';
  assert(
    checkpointId > latestCheckpointId(job),
    () => `checkpoint ${checkpointId} is pending below a completed one (I1)`,
  );
  assert(
    isIdDurable || job.coordinator.counter.request !== NONE,
    () => `checkpoint ${checkpointId} waits for its id without end`,
  );
  assert(
    isIdDurable === checkpointId <= job.coordinator.lastCheckpointId,
    () => `checkpoint ${checkpointId} is ${pending.state}, its id is not accounted for (I1)`,
  );
  if (pending.state === 'FINALIZING')
    assert(
      acknowledged.size === participants.size,
      () => `checkpoint ${checkpointId} is FINALIZING without all acks (I2)`,
    );
  for (const [key, snapshot] of acknowledged) {
    assert(
      participants.get(key) === snapshot.attempt,
      () => `checkpoint ${checkpointId} counts an ack of ${key}#${snapshot.attempt} (I2)`,
    );
  }
  assert(
    acknowledged.size === pending.statistics.size,
    () => `checkpoint ${checkpointId} has ${acknowledged.size} acks, and statistics of ${pending.statistics.size}`,
  );
  checkCall(state, pending.metadata, 'put-metadata');
}
