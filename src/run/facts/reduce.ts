// From observations to facts, one at a time: the only place that says what a message or a request of a cluster means to whoever looks on. The
// simulator's observer, the proof of a real run and reports all use it.
import type { Effect } from '../../core/base/outbox.ts';
import type { Message } from '../../core/protocol/messages.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import type { Observation, Stepped, TimeUs } from '../observation.ts';
import { onChannelCredit, onElementsSent, onPartitionRequested } from './channels.ts';
import {
  onAbortSent,
  onAcknowledgeSent,
  onBarriersDelivered,
  onDeclineSent,
  onNotified,
  onTriggerSent,
} from './checkpoints.ts';
import type { RunFacts } from './facts.ts';
import { noteProcess } from './processes.ts';
import { keepAsked, onAnswered, onRequested, onTookEffect } from './stores.ts';
import {
  onCancelDelivered,
  onCancelSent,
  onDeath,
  onDeploySent,
  onStateChangeDelivered,
  onStateChangeSent,
} from './tasks.ts';

/** What has to be known of a run to read its observations. */
export interface Reading {
  /** Whether a request that is applied can be seen; if not, its answer counts. */
  readonly world: 'simulated' | 'real';
  /** After which a pending checkpoint expires; Infinity where nobody knows: an end is then told by its restart. */
  readonly checkpointTimeoutMs: number;
}

/** Kinds by which a step changes facts, where requests are seen when they are applied. */
export const HEARD = {
  inputs: [
    'channel-elements',
    'channel-credit',
    'request-partition',
    'notify-checkpoint-complete',
    'task-state-changed',
    'cancel-task',
  ],
  sends: [
    'channel-elements',
    'deploy-task',
    'cancel-task',
    'task-state-changed',
    'trigger-checkpoint',
    'acknowledge-checkpoint',
    'decline-checkpoint',
    'abort-checkpoint',
  ],
  requests: ['storage-put', 'sink-commit', 'ha-lease', 'ha-renew', 'ha-read'],
} as const;

export function noteObservation(facts: RunFacts, seen: Observation, at: TimeUs, reading: Reading): void {
  if (facts.processes !== null) noteProcess(facts.processes, seen, at);
  switch (seen.kind) {
    case 'stepped':
      return onStepped(facts, seen, at, reading);
    case 'applied':
      return onTookEffect(facts, seen.request as PortRequest, seen.answer, { node: seen.node, at });
    case 'stopped':
      if (facts.leader?.address === seen.node) facts.leader.stopped = true;
      facts.down.add(seen.node);
      return onDeath(facts, seen.node, seen.why, at);
    case 'started':
      if (reading.world === 'real') onDeath(facts, seen.node, 'unheard', at); // whoever was killed could not say so
      return void facts.down.delete(seen.node);
    default:
      return;
  }
}

function onStepped(facts: RunFacts, { node, input, effects }: Stepped, at: TimeUs, reading: Reading): void {
  if (input.kind === 'message') onDelivered(facts, input.message, at);
  else if (input.kind === 'completed' && reading.world === 'real')
    onAnswered(facts, input.request, input.answer as PortAnswer, { node, at });
  for (const effect of effects) onEffect(facts, effect, node, at, reading);
}

function onEffect(facts: RunFacts, effect: Effect, node: string, at: TimeUs, reading: Reading): void {
  if (effect.effect === 'send') return onSent(facts, effect as unknown as Message, at, reading);
  if (effect.effect !== 'request') return;
  const request = effect.request as PortRequest;
  onRequested(facts, request, { node, at });
  if (reading.world === 'real') keepAsked(facts, effect.id, request, node);
}

/** What matters of a message only when it arrives. */
function onDelivered(facts: RunFacts, message: Message, at: TimeUs): void {
  switch (message.kind) {
    case 'channel-elements':
      return onBarriersDelivered(facts, message.body);
    case 'channel-credit':
      return onChannelCredit(facts, message.body);
    case 'request-partition':
      return onPartitionRequested(facts, message.body);
    case 'notify-checkpoint-complete':
      return onNotified(facts, message.body);
    case 'task-state-changed':
      return onStateChangeDelivered(facts, message, at);
    case 'cancel-task':
      return onCancelDelivered(facts, message, at);
    default:
      return;
  }
}

/** What matters of a message as soon as it is sent. */
function onSent(facts: RunFacts, message: Message, at: TimeUs, { checkpointTimeoutMs }: Reading): void {
  switch (message.kind) {
    case 'channel-elements':
      return onElementsSent(facts, message.body);
    case 'deploy-task':
      return onDeploySent(facts, message, at);
    case 'cancel-task':
      return onCancelSent(facts, message, at);
    case 'task-state-changed':
      return onStateChangeSent(facts, message, at);
    case 'trigger-checkpoint':
      return onTriggerSent(facts, message, at);
    case 'acknowledge-checkpoint':
      return onAcknowledgeSent(facts, message, at);
    case 'decline-checkpoint':
      return onDeclineSent(facts, message.body);
    case 'abort-checkpoint':
      return onAbortSent(facts, message, at, checkpointTimeoutMs);
    default:
      return;
  }
}
