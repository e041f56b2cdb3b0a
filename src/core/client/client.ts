// The client as a machine: finds the leader by its key and asks one thing of it until that is answered. A client that submits, cancels or stops then asks for
// the job's status until the job is over. Everything is repeated until it is answered: the Dispatcher answers a repeated request, and never does anything twice.
import { unreachable } from '../base/assert.ts';
import { NEVER, type Address, type Input, type Machine } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import { closeRequest, openRequest } from '../base/requests.ts';
import { cancelTimer, setTimer, takeDueTimer } from '../base/timers.ts';
import { onLeaderRead, onLeaderWatched, watchLeader, type Leader } from '../leadership/leader-watch.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import { LEADER_KEY } from '../protocol/ha-keys.ts';
import type { Message, MessageOfKind, Place } from '../protocol/messages.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { RefusalReason } from '../protocol/reasons.ts';
import { checkTransition, isGloballyTerminal } from '../protocol/states.ts';
import { checkClient } from './invariants.ts';
import { relativeClient } from './relative.ts';
import { otherSubject, sendRequest, type ClientRequest } from './request.ts';
import {
  clientTransitions,
  createClientState,
  type ClientPhase,
  type ClientResult,
  type ClientState,
  type ClientTimer,
} from './state.ts';

export interface ClientConfig {
  readonly address: Address;
  readonly options: ClusterOptions;
  readonly request: ClientRequest;
}

export type { ClientRequest } from './request.ts';
export type { ClientResult, ClientState } from './state.ts';

interface Step {
  readonly state: ClientState;
  readonly config: ClientConfig;
  readonly now: number;
  readonly out: Outbox<ClusterVocabulary>;
}

export function client(config: ClientConfig): Machine<ClientState, ClusterVocabulary> {
  return {
    role: 'client',
    create: createClientState,
    step: (state, input, out) => onInput({ state, config, now: input.now, out }, input),
    wakeAt: ({ timers, watch }) => Math.min(timers.nextAt, watch.retryAt),
    hasWork: () => false,
    checkInvariants: checkClient,
    relative: relativeClient,
  };
}

function onInput(step: Step, input: Input<ClusterVocabulary>): void {
  switch (input.kind) {
    case 'start':
      step.state.incarnation = input.incarnation;
      return watchLeader(step.state.watch, step.state.requests, step.out);
    case 'message':
      return onMessage(step, input.message);
    case 'wake':
      return onWake(step);
    case 'completed':
      return onCompleted(step, input.request, input.answer);
    case 'connection-lost':
    case 'work':
      return; // whatever was lost is asked again by timer
    default:
      return unreachable(input);
  }
}

function readLeader(step: Step): void {
  const { requests } = step.state;
  if ([...requests.pending.values()].includes('read-leader')) return;
  step.out.request(openRequest(requests, 'read-leader'), { kind: 'ha-read', prefix: LEADER_KEY });
}

function onCompleted(step: Step, request: number, answer: PortAnswer | PortFailed): void {
  const purpose = closeRequest(step.state.requests, request);
  if (purpose === null) return;
  switch (purpose) {
    case 'watch-leader':
      return onWatched(step, answer);
    case 'read-leader':
      return follow(step, onLeaderRead(step.state.watch, answer, step.out));
    default:
      return unreachable(purpose);
  }
}

function onWatched(step: Step, answer: PortAnswer | PortFailed): void {
  const { state, out } = step;
  follow(step, onLeaderWatched(state.watch, answer, step.now + step.config.options.requestRetryMs, out));
  if (state.watch.retryAt === NEVER) watchLeader(state.watch, state.requests, out);
}

function follow(step: Step, leader: Leader | null): void {
  if (leader === null) return;
  step.state.watch.leader = leader;
  if (step.out.noted) step.out.note({ kind: 'leader-found', leader: leader.address, epoch: leader.epoch });
  askLeader(step);
}

function onWake(step: Step): void {
  const { state, now, out } = step;
  for (let name = takeDueTimer(state.timers, now); name !== null; name = takeDueTimer(state.timers, now))
    onTimer(step, name);
  if (state.watch.retryAt <= now) watchLeader(state.watch, state.requests, out);
}

function onTimer(step: Step, timer: ClientTimer): void {
  switch (timer) {
    case 'ask':
      if (step.state.isUnanswered) readLeader(step);
      return askLeader(step);
    default:
      return unreachable(timer);
  }
}

/** Asks what the phase wants to know, now and again until it is answered. */
function askLeader(step: Step): void {
  const { state, config } = step;
  const { leader } = state.watch;
  if (state.phase === 'DONE' || leader === null) return;
  if (state.phase === 'ASKING') sendRequest(step.out, leader.address, config.request, state);
  else askForEnd(step, leader.address);
  state.isUnanswered = true;
  setTimer(state.timers, 'ask', step.now + config.options.clientRetryMs);
}

/** The wish is durable: to send it again could undo what another client wanted since. */
function askForEnd(step: Step, leader: Address): void {
  const { request } = step.config;
  if ('taskManager' in request)
    return step.out.send(leader, 'request-drain-status', { taskManager: request.taskManager });
  step.out.send(leader, 'request-job-status', { jobId: jobIdOf(step) });
}

/** '' of a request that is about none. */
function jobIdOf({ config: { request } }: Step): string {
  return 'jobId' in request ? request.jobId : '';
}

function onMessage(step: Step, message: Message): void {
  switch (message.kind) {
    case 'job-accepted':
    case 'job-rejected':
    case 'job-status':
    case 'request-refused':
    case 'job-list':
    case 'savepoint-status':
    case 'checkpoint-status':
    case 'job-checkpoints':
    case 'job-exceptions':
    case 'job-details':
    case 'checkpoint-details':
    case 'cluster-overview':
    case 'drain-status':
      return onAnswer(step, message);
    default:
      return step.out.ignore(message, { kind: 'not-addressed', role: 'client' });
  }
}

type Answer = MessageOfKind<
  | 'job-accepted'
  | 'job-rejected'
  | 'job-status'
  | 'request-refused'
  | 'job-list'
  | 'savepoint-status'
  | 'checkpoint-status'
  | 'job-checkpoints'
  | 'job-exceptions'
  | 'job-details'
  | 'checkpoint-details'
  | 'cluster-overview'
  | 'drain-status'
>;

/** What is accepted again is accepted. */
function movePhase({ state, config }: Step, to: ClientPhase): void {
  if (state.phase === to) return;
  state.phase = checkTransition(clientTransitions, state.phase, to, `client ${config.address}`);
}

function onAnswer(step: Step, message: Answer): void {
  const { state } = step;
  const { epoch } = message.body;
  const jobId = 'jobId' in message.body ? message.body.jobId : '';
  if (jobId !== jobIdOf(step)) return step.out.ignore(message, { kind: 'about-other-job', jobId });
  const other = otherSubject(step.config.request, message);
  if (other !== null) return step.out.ignore(message, other);
  const current = Math.max(state.heardEpoch, state.watch.leader?.epoch ?? 0);
  if (epoch < current) return step.out.ignore(message, { kind: 'other-epoch', epoch, current });
  if (state.phase === 'DONE') return step.out.ignore(message, { kind: 'result-known' });
  state.heardEpoch = epoch;
  state.isUnanswered = false;
  switch (message.kind) {
    case 'job-accepted':
      movePhase(step, 'WAITING');
      return;
    case 'job-rejected':
      return finishJob(step, {
        status: 'FAILED',
        reason: { kind: 'rejected', reason: message.body.reason },
        savepointId: null,
        retainedCheckpoint: null,
      });
    case 'job-status':
      return onJobStatus(step, message);
    case 'request-refused':
      return refused(step, message.body.reason);
    case 'job-list':
      return onJobList(step, message);
    case 'savepoint-status':
      return onSavepointStatus(step, message);
    case 'checkpoint-status':
      return onCheckpointStatus(step, message);
    case 'job-checkpoints':
      return onJobCheckpoints(step, message);
    case 'job-exceptions':
      return onJobExceptions(step, message);
    case 'job-details':
    case 'checkpoint-details':
    case 'cluster-overview':
      return onShown(step, message);
    case 'drain-status':
      return onDrainStatus(step, message);
    default:
      return unreachable(message);
  }
}

/** Once it was accepted a job is durable: UNKNOWN then means that it ended, and its result was removed. */
function onJobStatus(step: Step, message: MessageOfKind<'job-status'>): void {
  const { body } = message;
  const { status } = body;
  const isOver = status === 'UNKNOWN' || isGloballyTerminal(status);
  const { request } = step.config;
  switch (request.kind) {
    case 'submit':
      if (isOver && !(status === 'UNKNOWN' && step.state.phase === 'ASKING')) finishJob(step, body);
      return;
    case 'cancel':
    case 'savepoint-and-cancel':
      if (request.kind === 'savepoint-and-cancel' && !step.state.isKept) return;
      if (isOver) finishJob(step, body);
      else if (status === 'CANCELLING') movePhase(step, 'WAITING'); // before that the wish is not durable
      return;
    case 'stop':
      if (isOver) finishJob(step, body);
      else if (body.savepointId === request.savepointId) movePhase(step, 'WAITING'); // as before
      return;
    case 'remove':
      if (status === 'UNKNOWN') finishJob(step, body);
      return;
    case 'status':
    case 'rescale': // the wish is durable, or there is no job to be changed
      return finishJob(step, body);
    case 'list':
    case 'checkpoints':
    case 'exceptions':
    case 'details':
    case 'checkpoint':
    case 'overview':
    case 'savepoint':
    case 'savepoint-status':
    case 'take-checkpoint':
    case 'checkpoint-status':
    case 'dispose':
    case 'drain':
    case 'undrain':
    case 'drain-status':
      return;
    default:
      return unreachable(request);
  }
}

/** One that is taken back while its client waits is over. */
function onDrainStatus(step: Step, { body }: MessageOfKind<'drain-status'>): void {
  const { taskManager, status, reason } = body;
  const { kind } = step.config.request;
  const isWanted = status === 'DRAINING' || status === 'DRAINED';
  if (step.out.noted) step.out.note({ kind: 'drain-known', taskManager, status, reason });
  if (kind === 'undrain' && isWanted) return; // asked again
  if (kind === 'drain' && status === 'DRAINING') return movePhase(step, 'WAITING');
  finish(step, { kind: 'drain', taskManager, status, reason });
}

/** What is not as it is wanted is asked for again. */
function onSavepointStatus(step: Step, { body }: MessageOfKind<'savepoint-status'>): void {
  const { jobId, savepointId, status, metadata } = body;
  const { kind } = step.config.request;
  if ((kind === 'savepoint' || kind === 'savepoint-and-cancel') && status !== 'COMPLETED') return;
  if (kind === 'dispose' && status !== 'UNKNOWN') return;
  if (step.out.noted) step.out.note({ kind: 'savepoint-known', jobId, savepointId, status });
  if (kind !== 'savepoint-and-cancel') return finish(step, { kind: 'savepoint', status, metadata });
  if (step.state.isKept) return;
  step.state.isKept = true;
  askLeader(step);
}

function onCheckpointStatus(step: Step, { body }: MessageOfKind<'checkpoint-status'>): void {
  const { jobId, triggerId, status, checkpointId } = body;
  if (step.config.request.kind === 'take-checkpoint' && status !== 'COMPLETED') return; // asked for again
  if (step.out.noted) step.out.note({ kind: 'taken-known', jobId, triggerId, status, checkpointId });
  finish(step, { kind: 'taken', jobId, triggerId, status, checkpointId });
}

function onJobCheckpoints(step: Step, { body }: MessageOfKind<'job-checkpoints'>): void {
  const { jobId, counts, latestCompleted, latestSavepoint, latestFailed, latestRestored, history } = body;
  const { completed, failed } = counts;
  if (step.out.noted) step.out.note({ kind: 'job-checkpoints-known', jobId, completed, failed });
  const latest = { latestCompleted, latestSavepoint, latestFailed, latestRestored };
  finish(step, { kind: 'checkpoints', jobId, counts, ...latest, history });
}

function onJobExceptions(step: Step, { body }: MessageOfKind<'job-exceptions'>): void {
  const { jobId, exceptions, truncated } = body;
  if (step.out.noted) step.out.note({ kind: 'job-exceptions-known', jobId, exceptions: exceptions.length });
  finish(step, { kind: 'exceptions', jobId, exceptions, truncated });
}

/** What is asked once and kept as it comes. */
function onShown(step: Step, message: MessageOfKind<'job-details' | 'checkpoint-details' | 'cluster-overview'>): void {
  if (step.out.noted) step.out.note({ kind: 'overview-known', answer: message.kind });
  switch (message.kind) {
    case 'job-details': {
      const { epoch: _, ...details } = message.body;
      return finish(step, { kind: 'details', ...details });
    }
    case 'checkpoint-details': {
      const { jobId, checkpointId, checkpoint } = message.body;
      return finish(step, { kind: 'checkpoint', jobId, checkpointId, checkpoint });
    }
    case 'cluster-overview':
      return finish(step, { kind: 'overview', ...message.body });
    default:
      return unreachable(message);
  }
}

/** The page that was asked for is kept; one that comes twice is not. */
function onJobList(step: Step, message: MessageOfKind<'job-list'>): void {
  const { state, out } = step;
  const { after, jobs, next } = message.body;
  if (!isSamePlace(after, state.after)) return out.ignore(message, { kind: 'page-known' });
  state.jobs.push(...jobs);
  state.after = next;
  if (next !== null) return askLeader(step);
  const all = state.jobs.splice(0);
  if (out.noted) out.note({ kind: 'job-list-known', jobs: all.length });
  finish(step, { kind: 'jobs', jobs: all });
}

function isSamePlace(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return a === b;
  return a.epoch === b.epoch && a.number === b.number && a.jobId === b.jobId;
}

function refused(step: Step, reason: RefusalReason): void {
  if (step.out.noted) step.out.note({ kind: 'refusal-known', jobId: jobIdOf(step), reason });
  finish(step, { kind: 'refused', reason });
}

function finishJob(
  step: Step,
  { status, reason, savepointId, retainedCheckpoint }: Omit<MessageOfKind<'job-status'>['body'], 'epoch' | 'jobId'>,
): void {
  if (step.out.noted) step.out.note({ kind: 'job-result-known', jobId: jobIdOf(step), status, reason });
  finish(step, { kind: 'job', status, reason, savepointId, retainedCheckpoint });
}

function finish(step: Step, result: ClientResult): void {
  const { state } = step;
  movePhase(step, 'DONE');
  state.result = result;
  cancelTimer(state.timers, 'ask');
}
