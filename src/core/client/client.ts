// The client as a machine: finds the leader by its key, asks one thing of it until that is accepted, and then for the job's status until the job is
// over. Everything is repeated until it is answered: the Dispatcher answers a repeated request, and never does anything twice.
import { unreachable } from '../base/assert.ts';
import { NEVER, type Address, type Input, type Machine } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import { closeRequest, openRequest } from '../base/requests.ts';
import { cancelTimer, setTimer, takeDueTimer } from '../base/timers.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import { onLeaderRead, onLeaderWatched, watchLeader, type Leader } from '../leadership/leader-watch.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import { LEADER_KEY } from '../protocol/ha-keys.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed } from '../protocol/ports.ts';
import type { JobReason } from '../protocol/reasons.ts';
import { isGloballyTerminal, type ToldStatus } from '../protocol/states.ts';
import { checkClient } from './invariants.ts';
import { relativeClient } from './relative.ts';
import { createClientState, type ClientState, type ClientTimer } from './state.ts';

export interface ClientConfig {
  readonly address: Address;
  readonly options: ClusterOptions;
  readonly request: ClientRequest;
}

/** What a client wants. */
export type ClientRequest =
  | { readonly kind: 'submit'; readonly jobId: string; readonly graph: JobGraph; readonly artifact: string }
  | { readonly kind: 'cancel'; readonly jobId: string };

export type { ClientState } from './state.ts';

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
  if (state.phase === 'ASKING') sendRequest(step, leader.address);
  else step.out.send(leader.address, 'request-job-status', { jobId: config.request.jobId });
  state.isUnanswered = true;
  setTimer(state.timers, 'ask', step.now + config.options.clientRetryMs);
}

function sendRequest({ config: { request }, out }: Step, leader: Address): void {
  const { jobId } = request;
  switch (request.kind) {
    case 'submit': {
      const { graph, artifact } = request;
      return out.send(leader, 'submit-job', { jobId, graph, artifact });
    }
    case 'cancel':
      return out.send(leader, 'cancel-job', { jobId });
    default:
      return unreachable(request);
  }
}

function onMessage(step: Step, message: Message): void {
  switch (message.kind) {
    case 'job-accepted':
    case 'job-rejected':
    case 'job-status':
      return onAnswer(step, message);
    default:
      return step.out.ignore(message, { kind: 'not-addressed', role: 'client' });
  }
}

type Answer = Extract<Message, { readonly kind: 'job-accepted' | 'job-rejected' | 'job-status' }>;

function onAnswer(step: Step, message: Answer): void {
  const { state, config } = step;
  const { jobId, epoch } = message.body;
  if (jobId !== config.request.jobId) return step.out.ignore(message, { kind: 'about-other-job', jobId });
  const current = state.watch.leader?.epoch ?? 0;
  if (epoch < current) return step.out.ignore(message, { kind: 'other-epoch', epoch, current });
  if (state.phase === 'DONE') return step.out.ignore(message, { kind: 'result-known' });
  state.isUnanswered = false;
  switch (message.kind) {
    case 'job-accepted':
      state.phase = 'WAITING';
      return;
    case 'job-rejected':
      return finish(step, 'FAILED', { kind: 'rejected', reason: message.body.reason });
    case 'job-status':
      return onJobStatus(step, message);
    default:
      return unreachable(message);
  }
}

function onJobStatus(step: Step, message: MessageOfKind<'job-status'>): void {
  const { status, reason } = message.body;
  if (status !== 'UNKNOWN' && isGloballyTerminal(status)) return finish(step, status, reason);
  if (step.config.request.kind === 'submit') {
    // The job is not stored: a lost submission, or one that its leader did not live to store.
    if (status === 'UNKNOWN') step.state.phase = 'ASKING';
  } else if (status === 'UNKNOWN') finish(step, status, reason);
  else if (status === 'CANCELLING') step.state.phase = 'WAITING'; // before that the wish is not durable
}

function finish(step: Step, status: ToldStatus, reason: JobReason | null): void {
  const { state } = step;
  state.phase = 'DONE';
  state.result = { status, reason };
  cancelTimer(state.timers, 'ask');
  if (step.out.noted) {
    step.out.note({ kind: 'job-result-known', jobId: step.config.request.jobId, status, reason });
  }
}
