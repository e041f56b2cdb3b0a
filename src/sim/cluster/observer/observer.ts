// The observer of a run: keeps the facts up to date with every observation, and counts faults by the phases in which they hit.
import { unreachable } from '../../../core/base/assert.ts';
import type { Effect } from '../../../core/base/outbox.ts';
import type { ClusterOptions } from '../../../core/protocol/cluster-options.ts';
import type { Message } from '../../../core/protocol/messages.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { Observation, Oracle, TimeUs, WorldView } from '../../observation.ts';
import { onChannelCredit, onElementsSent, onPartitionRequested } from './channel-facts.ts';
import {
  onAbortSent,
  onAcknowledgeSent,
  onBarriersDelivered,
  onDeclineSent,
  onNotified,
  onPointersWritten,
  onTriggerSent,
} from './checkpoint-facts.ts';
import { currentPhases } from './current-phases.ts';
import { count, createFacts, type RunFacts } from './facts.ts';
import { onHaWritten, onRenewed } from './leader-facts.ts';
import { onCancelSent, onDeploySent, onStateChangeSent, onStopped } from './task-facts.ts';

type Fault = Extract<Observation, { readonly kind: 'fault' }>;
type Stepped = Extract<Observation, { readonly kind: 'stepped' }>;
type Applied = Extract<Observation, { readonly kind: 'applied' }>;
/** What an outsider must know of the options: how long things count as alive. */
type Lifetimes = Pick<ClusterOptions, 'leaseMs' | 'checkpointTimeoutMs'>;

/** It never complains. `onCreate` is given its facts, which it keeps up to date from then on; a fork has facts of its own. */
export function runObserver(lifetimes: Lifetimes, onCreate: (facts: RunFacts) => void): Oracle<RunFacts> {
  return {
    name: 'observer',
    create() {
      const facts = createFacts();
      onCreate(facts);
      return facts;
    },
    observe: (facts, seen, view) => observe(facts, seen, view, lifetimes),
    finish: () => {},
  };
}

function observe(facts: RunFacts, seen: Observation, view: WorldView, lifetimes: Lifetimes): void {
  switch (seen.kind) {
    case 'stepped':
      return onStepped(facts, seen, view.now, lifetimes);
    case 'applied':
      return onApplied(facts, seen, view.now);
    case 'stopped':
      return onStopped(facts, seen.node);
    case 'fault':
      return onFault(facts, seen, view.now, lifetimes);
    case 'started':
    case 'lost':
    case 'connection-broke':
    case 'paused':
    case 'partitioned':
    case 'service-cut':
    case 'torn':
    case 'faults-stopped':
      return;
    default:
      return unreachable(seen);
  }
}

function onStepped(facts: RunFacts, seen: Stepped, now: TimeUs, lifetimes: Lifetimes): void {
  if (seen.input.kind === 'message') onDelivered(facts, seen.input.message);
  for (const effect of seen.effects) {
    if (effect.effect === 'send') onSent(facts, effect as unknown as Message, now, lifetimes);
    else if (effect.effect === 'request') onRequested(facts, effect, seen.node);
  }
}

/** What matters of a message only when it arrives. */
function onDelivered(facts: RunFacts, message: Message): void {
  switch (message.kind) {
    case 'channel-elements':
      return onBarriersDelivered(facts, message.body);
    case 'channel-credit':
      return onChannelCredit(facts, message.body);
    case 'request-partition':
      return onPartitionRequested(facts, message.body);
    case 'notify-checkpoint-complete':
      return onNotified(facts, message.body);
    default:
      return;
  }
}

/** What matters of a message as soon as it is sent. */
function onSent(facts: RunFacts, message: Message, now: TimeUs, { checkpointTimeoutMs }: Lifetimes): void {
  switch (message.kind) {
    case 'channel-elements':
      return onElementsSent(facts, message.body);
    case 'deploy-task':
      return onDeploySent(facts, message.to, message.body);
    case 'cancel-task':
      return onCancelSent(facts, message.to, message.body);
    case 'task-state-changed':
      return onStateChangeSent(facts, message.body);
    case 'trigger-checkpoint':
      return onTriggerSent(facts, message.body, now);
    case 'acknowledge-checkpoint':
      return onAcknowledgeSent(facts, message.body);
    case 'decline-checkpoint':
      return onDeclineSent(facts, message.body);
    case 'abort-checkpoint':
      return onAbortSent(facts, message.body, now, checkpointTimeoutMs);
    default:
      return;
  }
}

function onRequested(facts: RunFacts, effect: Extract<Effect, { readonly effect: 'request' }>, node: string): void {
  const request = effect.request as PortRequest;
  if (request.kind === 'storage-put') facts.uploading.set(request.name, node);
  else if (request.kind === 'sink-commit') facts.committing.set(request.transaction, node);
}

function onApplied(facts: RunFacts, seen: Applied, now: TimeUs): void {
  const request = seen.request as PortRequest;
  switch (request.kind) {
    case 'storage-put':
      return void facts.uploading.delete(request.name);
    case 'sink-commit':
      return void facts.committing.delete(request.transaction);
    case 'ha-renew':
      return onRenewed(facts, seen.answer, now);
    case 'ha-write':
      if (seen.answer.kind !== 'ha-written') return;
      onHaWritten(facts, request, now);
      return onPointersWritten(facts, request);
    default:
      return;
  }
}

function onFault(facts: RunFacts, seen: Fault, now: TimeUs, { leaseMs }: Lifetimes): void {
  const { fault, target, text, hit, decision } = seen;
  const { counters } = facts;
  counters.faultLog.push({
    atMs: Math.floor(now / 1_000),
    fault,
    target,
    text,
    hit,
    ...(decision === null ? {} : { decision }),
  });
  if (!hit) return;
  count(counters.faults, fault);
  const byPhase = (counters.faultPhases[fault] ??= {});
  for (const phase of currentPhases(facts, now, leaseMs)) count(byPhase, phase);
}
