// What every handler is given in one step, and how it asks a port: each request has a purpose and a deadline, each repeated one a Call.
import { NEVER, type Address } from '../base/machine.ts';
import type { Outbox } from '../base/outbox.ts';
import { openRequest } from '../base/requests.ts';
import { callDueAt, type Call } from '../base/retry.ts';
import { hasTimer, setTimer } from '../base/timers.ts';
import type { ClusterOptions } from '../protocol/cluster-options.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed, PortRequest } from '../protocol/ports.ts';
import type { Purpose } from '../protocol/purposes.ts';
import type { AnswerReason } from '../protocol/reasons.ts';
import { NONE, type JobManagerState, type Leader } from './state.ts';
import type { Touched } from './touched.ts';

export interface JobManagerConfig {
  readonly address: Address;
  readonly options: ClusterOptions;
}

export interface Step {
  readonly state: JobManagerState;
  readonly config: JobManagerConfig;
  readonly options: ClusterOptions;
  /** Monotonic, in ms: for timeouts. */
  readonly now: number;
  /** In ms: for what people read. */
  readonly wallTime: number;
  readonly out: Outbox<ClusterVocabulary>;
  /** Jobs that are reconciled at its end. */
  readonly touched: Touched;
}

/** Of the leader that acts in this step: for notes. */
export function leadingEpoch({ state }: Step): number {
  return state.leader?.epoch ?? NONE;
}

/** The answer to one request. */
export interface Answered {
  readonly request: number;
  readonly answer: PortAnswer | PortFailed;
}

/** Ports promise an answer while the process lives. This is for the one that does not keep it: its outcome then counts as unknown. */
function requestTimeoutMs(options: ClusterOptions): number {
  return Math.max(options.checkpointTimeoutMs, options.heartbeatTimeoutMs);
}

/** A leader that heard no TaskManager for so long looks at what they say of it, in ms: before, they say nothing. */
export function unheardMs({ heartbeatTimeoutMs, requestRetryMs }: ClusterOptions): number {
  return heartbeatTimeoutMs + 2 * requestRetryMs;
}

export function ask(step: Step, purpose: Purpose, request: PortRequest): number {
  const deadlineAt = step.now + requestTimeoutMs(step.options);
  const id = openRequest(step.state.requests, { purpose, deadlineAt });
  if (!hasTimer(step.state.timers, 'requests')) setTimer(step.state.timers, 'requests', deadlineAt);
  step.out.request(id, request);
  return id;
}

/** Whether a call that is wanted can be sent now. If it must wait for its retry, the leader is woken for it. */
export function isCallDue(step: Step, leader: Leader, call: Call): boolean {
  const dueAt = callDueAt(call);
  if (dueAt > step.now && dueAt < NEVER) wakeBy(leader, dueAt);
  return dueAt <= step.now;
}

/** The call failed, or its outcome is not known: it is sent again after a while. */
export function retryCall(step: Step, call: Call): void {
  call.retryAt = step.now + step.options.requestRetryMs;
}

/** What a leader wants to do later without a timer of its own: it looks at all it wants in each step. */
export function wakeBy(leader: Leader, at: number): void {
  const before = leader.timers.deadlines.get('wake');
  if (before === undefined || at < before) setTimer(leader.timers, 'wake', at);
}

/** Why a port's answer is not what was hoped for. */
export function answerReason(answer: PortAnswer | PortFailed): AnswerReason {
  if (answer.kind !== 'failed') return { kind: 'other-answer', answer: answer.kind };
  return { kind: 'request-failed', outcome: answer.outcome, reason: answer.reason };
}
