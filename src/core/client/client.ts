// The client as a machine: finds the leader by its key, submits one job until it is accepted, and asks for its status until it is over.
// Everything is repeated until it is answered: the Dispatcher answers a repeated submission, and never runs a job twice.
import { unreachable } from '../base/assert.ts';
import type { Address, Input, Machine } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import { closeRequest, openRequest } from '../base/requests.ts';
import { cancelTimer, setTimer, takeDueTimer } from '../base/timers.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import { LEADER_KEY } from '../protocol/ha-keys.ts';
import type { Message, MessageOfKind } from '../protocol/messages.ts';
import type { ClusterVocabulary, HaEntry, PortAnswer, PortFailed } from '../protocol/ports.ts';
import { unreadableBytes, type JobReason } from '../protocol/reasons.ts';
import { decodeLeader } from '../protocol/records-codec.ts';
import { isGloballyTerminal, type JobStatus } from '../protocol/states.ts';
import { checkClient } from './invariants.ts';
import { relativeClient } from './relative.ts';
import { createClientState, type ClientPurpose, type ClientState, type ClientTimer } from './state.ts';

export interface ClientConfig {
  readonly address: Address;
  readonly options: ClusterOptions;
  readonly submission: { readonly jobId: string; readonly graph: JobGraph; readonly artifact: string };
}

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
    wakeAt: (state) => state.timers.nextAt,
    hasWork: () => false,
    checkInvariants: checkClient,
    relative: relativeClient,
  };
}

function onInput(step: Step, input: Input<ClusterVocabulary>): void {
  switch (input.kind) {
    case 'start':
      step.state.incarnation = input.incarnation;
      return watchLeader(step);
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

function watchLeader(step: Step): void {
  const id = openRequest<ClientPurpose>(step.state.requests, 'watch');
  step.out.request(id, { kind: 'ha-watch', key: LEADER_KEY, afterRevision: step.state.leaderRevision });
}

function readLeader(step: Step): void {
  if ([...step.state.requests.pending.values()].includes('read')) return;
  step.out.request(openRequest<ClientPurpose>(step.state.requests, 'read'), { kind: 'ha-read', prefix: LEADER_KEY });
}

function onCompleted(step: Step, request: number, answer: PortAnswer | PortFailed): void {
  const purpose = closeRequest(step.state.requests, request);
  if (purpose === null) return;
  if (answer.kind === 'ha-changed') onLeaderChanged(step, answer.entry, answer.revision);
  if (answer.kind === 'ha-entries')
    for (const entry of answer.entries) if (entry.key === LEADER_KEY) onLeaderEntry(step, entry);
  if (purpose !== 'watch') return;
  if (answer.kind === 'ha-changed') watchLeader(step);
  else setTimer(step.state.timers, 'watch', step.now + step.config.options.requestRetryMs);
}

function onLeaderChanged(step: Step, entry: HaEntry | null, revision: number): void {
  step.state.leaderRevision = Math.max(step.state.leaderRevision, revision);
  if (entry !== null) onLeaderEntry(step, entry);
}

/** Only a higher epoch is news: what an older one said is over. */
function onLeaderEntry(step: Step, entry: HaEntry): void {
  const { state } = step;
  const record = decodeLeader(entry.value);
  if (!record.ok) {
    if (step.out.noted) step.out.note({ kind: 'leader-unreadable', reason: unreadableBytes(record.reason) });
    return;
  }
  if (record.value.epoch <= state.leader.epoch) return;
  const { epoch, address } = record.value;
  state.leader = { epoch, address };
  if (step.out.noted) step.out.note({ kind: 'leader-found', leader: address, epoch });
  askLeader(step);
}

function onWake(step: Step): void {
  for (
    let name = takeDueTimer(step.state.timers, step.now);
    name !== null;
    name = takeDueTimer(step.state.timers, step.now)
  ) {
    onTimer(step, name);
  }
}

function onTimer(step: Step, timer: ClientTimer): void {
  switch (timer) {
    case 'watch':
      return watchLeader(step);
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
  const { jobId, graph, artifact } = config.submission;
  if (state.phase === 'DONE' || state.leader.epoch === 0) return;
  if (state.phase === 'SUBMITTING') step.out.send(state.leader.address, 'submit-job', { jobId, graph, artifact });
  else step.out.send(state.leader.address, 'request-job-status', { jobId });
  state.isUnanswered = true;
  setTimer(state.timers, 'ask', step.now + config.options.clientRetryMs);
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
  if (jobId !== config.submission.jobId) return step.out.ignore(message, { kind: 'about-other-job', jobId });
  if (epoch < state.leader.epoch)
    return step.out.ignore(message, { kind: 'other-epoch', epoch, current: state.leader.epoch });
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
  // The job is not stored: a lost submission, or one that its leader did not live to store.
  if (status === 'UNKNOWN') step.state.phase = 'SUBMITTING';
  else if (isGloballyTerminal(status)) finish(step, status, reason);
}

function finish(step: Step, status: JobStatus, reason: JobReason | null): void {
  const { state } = step;
  state.phase = 'DONE';
  state.result = { status, reason };
  cancelTimer(state.timers, 'ask');
  if (step.out.noted) {
    step.out.note({ kind: 'job-result-known', jobId: step.config.submission.jobId, status, reason });
  }
}
