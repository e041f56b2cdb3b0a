// The JobManager as a machine: one dispatch per kind of input. What stands behind each line lies in the file of its concern; README.md
// tells the story. Handlers record facts, `reconcile` acts on them, once per step.
import { must, unreachable } from '../base/assert.ts';
import { NEVER, type Input, type Machine } from '../base/machine.ts';
import { splitTimer, takeDueTimer } from '../base/timers.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';
import { expireRequests, onCompleted } from './answers.ts';
import { onTriggerDue } from './checkpoints/trigger.ts';
import { onAcknowledgeCheckpoint, onDeclineCheckpoint } from './checkpoints/acknowledgements.ts';
import { onCheckpointTimeout } from './checkpoints/coordinator.ts';
import { onCancelJob, onRequestJobStatus, onSubmitJob } from './dispatcher.ts';
import { onDrainTaskManager, onRequestDrainStatus, onUndrainTaskManager } from './drains.ts';
import { onElectionTimer, onProcessStops, onStart } from './election.ts';
import { onTaskStateChanged } from './executions.ts';
import { onCancelTimeout } from './cancellation.ts';
import { checkJobManager } from './invariants.ts';
import { onIsolationDue } from './isolation.ts';
import { onRequestJobDetails } from './job-details.ts';
import { onRequestCheckpointDetails, onRequestJobCheckpoints, onRequestJobExceptions } from './job-history.ts';
import { onRequestJobs } from './job-list.ts';
import { onRequestClusterOverview } from './overview.ts';
import { onRemoveJob } from './past-jobs.ts';
import { relativeJobManager } from './relative.ts';
import {
  onConnectionLost,
  onHeartbeatAnswer,
  onHeartbeatDue,
  onRegisterTaskManager,
  onTaskManagerSilent,
  onTaskManagerStopped,
} from './resource-manager.ts';
import { onDeployTimeout, reconcile } from './scheduler.ts';
import { onDisposeSavepoint, onRequestSavepointStatus, onTriggerSavepoint } from './savepoints.ts';
import { onStopJob } from './stop.ts';
import { onRequestCheckpointStatus, onTakeCheckpoint } from './taken-checkpoints.ts';
import { onRescaleJob } from './rescale.ts';
import { onSlotWaitTimeout } from './slot-waits.ts';
import { onOfferSlots, onSlotAnswer, onSlotFreed, onSlotRequestTimeout } from './slots.ts';
import {
  createJobManagerState,
  type JobManagerState,
  type JobMaster,
  type JobTimer,
  type RegionTimer,
  type Leader,
  type LeaderTimer,
  type ProcessTimer,
  type TaskManagerEntry,
} from './state.ts';
import type { JobManagerConfig, Step } from './step.ts';
import { admit, type UpKind } from './task-managers.ts';
import { touchedBy } from './touched.ts';

export type { JobManagerState } from './state.ts';

/** Timers handled in one step; the host gives another `wake` for the rest. */
const TIMERS_PER_STEP = 64;

export function jobManager(config: JobManagerConfig): Machine<JobManagerState, ClusterVocabulary> {
  return {
    role: 'job-manager',
    create: createJobManagerState,
    step: (state, input, out) => {
      const { options } = config;
      const { now, wallTime } = input;
      const step: Step = { state, config, options, now, wallTime, out, touched: touchedBy(state, input) };
      onInput(step, input);
      if (state.leader !== null) reconcile(step, state.leader);
    },
    wakeAt: (state) => Math.min(state.timers.nextAt, state.leader?.timers.nextAt ?? NEVER),
    hasWork: () => false,
    checkInvariants: (state) => checkJobManager(state, config),
    relative: relativeJobManager(config.options),
  };
}

function onInput(step: Step, input: Input<ClusterVocabulary>): void {
  switch (input.kind) {
    case 'start':
      return onStart(step, input.incarnation);
    case 'message':
      return onMessage(step, input.message);
    case 'wake':
      return onWake(step);
    case 'completed':
      return onCompleted(step, input.request, input.answer);
    case 'connection-lost':
      if (step.state.leader !== null) onConnectionLost(step, step.state.leader, input.peer, input.streamClass);
      return;
    case 'work':
      return; // there is none: `hasWork` says so
    default:
      return unreachable(input);
  }
}

function onMessage(step: Step, message: Message): void {
  switch (message.kind) {
    case 'submit-job':
      return onSubmitJob(step, message);
    case 'cancel-job':
      return onCancelJob(step, message);
    case 'rescale-job':
      return onRescaleJob(step, message);
    case 'stop-job':
      return onStopJob(step, message);
    case 'request-job-status':
      return onRequestJobStatus(step, message);
    case 'remove-job':
      return onRemoveJob(step, message);
    case 'trigger-savepoint':
      return onTriggerSavepoint(step, message);
    case 'request-savepoint-status':
      return onRequestSavepointStatus(step, message);
    case 'take-checkpoint':
      return onTakeCheckpoint(step, message);
    case 'request-checkpoint-status':
      return onRequestCheckpointStatus(step, message);
    case 'dispose-savepoint':
      return onDisposeSavepoint(step, message);
    case 'request-jobs':
      return onRequestJobs(step, message);
    case 'request-job-checkpoints':
      return onRequestJobCheckpoints(step, message);
    case 'request-job-exceptions':
      return onRequestJobExceptions(step, message);
    case 'request-job-details':
      return onRequestJobDetails(step, message);
    case 'request-checkpoint-details':
      return onRequestCheckpointDetails(step, message);
    case 'request-cluster-overview':
      return onRequestClusterOverview(step, message);
    case 'drain-task-manager':
      return onDrainTaskManager(step, message);
    case 'undrain-task-manager':
      return onUndrainTaskManager(step, message);
    case 'request-drain-status':
      return onRequestDrainStatus(step, message);
    case 'process-stops':
      return onProcessStops(step, message);
    case 'register-task-manager':
      return onRegisterTaskManager(step, message);
    case 'heartbeat-answer':
      return fromTaskManager(step, message, onHeartbeatAnswer);
    case 'task-manager-stopped':
      return fromTaskManager(step, message, onTaskManagerStopped);
    case 'slot-answer':
      return fromTaskManager(step, message, onSlotAnswer);
    case 'slot-freed':
      return fromTaskManager(step, message, onSlotFreed);
    case 'offer-slots':
      return fromTaskManager(step, message, onOfferSlots);
    case 'task-state-changed':
      return fromTaskManager(step, message, onTaskStateChanged);
    case 'acknowledge-checkpoint':
      return fromTask(step, message, (_, job) => onAcknowledgeCheckpoint(step, job, message));
    case 'decline-checkpoint':
      return fromTask(step, message, (leader, job) => onDeclineCheckpoint(step, leader, job, message));
    case 'job-accepted':
    case 'job-rejected':
    case 'job-status':
    case 'request-refused':
    case 'job-list':
    case 'job-checkpoints':
    case 'job-exceptions':
    case 'job-details':
    case 'checkpoint-details':
    case 'cluster-overview':
    case 'savepoint-status':
    case 'checkpoint-status':
    case 'drain-status':
    case 'process-died':
    case 'memory-short':
    case 'task-manager-registered':
    case 'registration-refused':
    case 'heartbeat':
    case 'request-slot':
    case 'free-slot':
    case 'slots-accepted':
    case 'deploy-task':
    case 'cancel-task':
    case 'trigger-checkpoint':
    case 'abort-checkpoint':
    case 'notify-checkpoint-complete':
    case 'request-partition':
    case 'partition-unavailable':
    case 'channel-elements':
    case 'channel-status':
    case 'channel-credit':
      return step.out.ignore(message, { kind: 'not-addressed', role: 'job-manager' });
    default:
      return unreachable(message);
  }
}

type FromTaskManager<K extends UpKind> = (
  step: Step,
  leader: Leader,
  taskManager: TaskManagerEntry,
  message: MessageOfKind<K>,
) => void;

/** Epoch and incarnation are checked before anything else is looked at. */
function fromTaskManager<K extends UpKind>(step: Step, message: MessageOfKind<K>, handler: FromTaskManager<K>): void {
  const sender = admit(step, message as MessageOfKind<UpKind>);
  if (sender !== null) handler(step, sender.leader, sender.taskManager, message);
}

function fromTask(
  step: Step,
  message: MessageOfKind<'acknowledge-checkpoint' | 'decline-checkpoint'>,
  handler: (leader: Leader, job: JobMaster) => void,
): void {
  const sender = admit(step, message);
  if (sender === null) return;
  const { jobId } = message.body.attempt;
  const job = sender.leader.jobs.get(jobId);
  if (job === undefined) step.out.ignore(message, { kind: 'job-not-running', jobId });
  else handler(sender.leader, job);
}

/** Those of the election come first: a leader whose lease ran out acts on nothing more. */
function onWake(step: Step): void {
  for (let count = 0; count < TIMERS_PER_STEP; count++) {
    const name = takeDueTimer(step.state.timers, step.now);
    if (name !== null) {
      onProcessTimer(step, name);
      continue;
    }
    const { leader } = step.state;
    const due = leader === null ? null : takeDueTimer(leader.timers, step.now);
    if (leader === null || due === null) return;
    onLeaderTimer(step, leader, due);
  }
}

function onProcessTimer(step: Step, timer: ProcessTimer): void {
  if (timer !== 'requests') return onElectionTimer(step, timer);
  step.touched.all = true;
  expireRequests(step);
}

function onLeaderTimer(step: Step, leader: Leader, name: LeaderTimer): void {
  const timer = splitTimer(name);
  const { subject } = timer;
  switch (timer.kind) {
    case 'wake':
      step.touched.all = true; // to reconcile is all that is wanted
      return;
    case 'isolation':
      return onIsolationDue(step, leader);
    case 'heartbeat':
      return onHeartbeatDue(step, leader, subject);
    case 'task-manager-lost':
      step.touched.all = true;
      return onTaskManagerSilent(step, leader, subject);
    case 'slot-request':
      step.touched.all = true;
      return onSlotRequestTimeout(step, leader, subject);
    case 'deploy':
    case 'cancel':
      return onRegionTimer(step, leader, timer.kind, subject);
    case 'slot-wait':
    case 'checkpoint':
    case 'checkpoint-timeout':
      return onJobTimer(step, leader, timer.kind, must(leader.jobs.get(subject), `the job of timer ${name}`));
    default:
      return unreachable(timer);
  }
}

/** The subject is the job's id and the region's index. */
function onRegionTimer(step: Step, leader: Leader, kind: RegionTimer, subject: string): void {
  const slash = subject.lastIndexOf('/');
  const job = must(leader.jobs.get(subject.slice(0, slash)), `the job of timer ${kind} ${subject}`);
  step.touched.jobs.push(job.jobId);
  const region = must(job.regions[Number(subject.slice(slash + 1))], `the region of timer ${kind} ${subject}`);
  if (kind === 'deploy') onDeployTimeout(job, region);
  else onCancelTimeout(step, leader, job, region);
}

function onJobTimer(step: Step, leader: Leader, kind: JobTimer, job: JobMaster): void {
  step.touched.jobs.push(job.jobId);
  switch (kind) {
    case 'slot-wait':
      return onSlotWaitTimeout(leader, job);
    case 'checkpoint':
      return onTriggerDue(step, leader, job);
    case 'checkpoint-timeout':
      return onCheckpointTimeout(step, leader, job);
    default:
      return unreachable(kind);
  }
}
