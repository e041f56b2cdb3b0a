// O-fence: nothing of a lower epoch or attempt has durable effects after something of a higher one. It watches what HA service and sinks
// applied (epochs rise, one JobManager writes in each, I3), and that nobody acts on after the time at which it must have stopped.
import type { Shift } from '../../core/base/relative.ts';
import type { Address } from '../../core/base/vocabulary.ts';
import type { RequestEffect } from '../../core/base/outbox.ts';
import {
  CHECKPOINTS_PREFIX,
  COUNTER_PREFIX,
  DRAINS_KEY,
  JOB_PREFIX,
  LEADER_KEY,
  RESULT_PREFIX,
} from '../../core/protocol/ha-keys.ts';
import type { Kind, Message } from '../../core/protocol/messages.ts';
import type { FencingToken, PortRequest } from '../../core/protocol/ports.ts';
import type { EvidenceLine, Oracle, Violate } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { readLeader } from './decode.ts';
import { aboutKey, aboutMessage, line } from './evidence.ts';
import { deliveredTo, haWriteOf, sentBy, type Applied, type RequestOf, type Stepped } from './seen.ts';

/** What one incarnation of a process did, as far as fencing goes. */
interface Actor {
  readonly incarnation: number;
  /** Highest epoch in what it sent. */
  epoch: number;
  /** On its own clock, in ms: the last word of a JobManager; -1: none yet. */
  heardAt: number;
  /** When it sent what proved its leadership last; -1: nothing did. */
  provedAt: number;
  /** Requests that may prove it, by id: when they were sent, and whether they do even if their outcome is unknown. */
  readonly proofs: Map<number, { readonly sentAt: number; readonly evenInDoubt: boolean }>;
  /** Incarnations of TaskManagers that it has registered last. */
  readonly registered: Map<Address, number>;
}

export interface FenceState {
  leaderEpoch: number;
  /** Who writes in each epoch: `node#incarnation`. */
  readonly writers: Map<number, string>;
  /** Highest token with an effect, by sink and writer. */
  readonly tokens: Map<string, FencingToken>;
  readonly actors: Map<Address, Actor>;
}

/** With these a leader acts, a heartbeat included: it says what is final, and keeps tasks from noticing that nobody leads. */
const fromJobManager: ReadonlySet<Kind> = new Set<Kind>([
  'task-manager-registered',
  'registration-refused',
  'heartbeat',
  'request-slot',
  'free-slot',
  'slots-accepted',
  'deploy-task',
  'cancel-task',
  'trigger-checkpoint',
  'abort-checkpoint',
  'notify-checkpoint-complete',
]);
/** With these a task has effects beyond itself. */
const taskActs: ReadonlySet<Kind> = new Set<Kind>(['channel-elements', 'request-partition', 'acknowledge-checkpoint']);

export function fenceOracle(context: OracleContext): Oracle<FenceState> {
  return {
    name: 'O-fence',
    hears: {
      observations: ['applied'],
      inputs: ['start', 'completed', ...fromJobManager],
      sends: 'all',
      requests: 'all',
    },
    create: () => ({ leaderEpoch: 0, writers: new Map(), tokens: new Map(), actors: new Map() }),
    observe: (state, seen, _view, violate) => {
      if (seen.kind === 'applied') onApplied(state, seen, violate);
      else if (seen.kind === 'stepped') onStepped(state, context, seen, violate);
    },
    finish: () => undefined,
    shift: (state, by) => {
      for (const [address, actor] of state.actors) shiftActor(actor, context, by.at(address));
    },
  };
}

/** Longer ago than it may be is all the same. */
function shiftActor(actor: Actor, { options }: OracleContext, by: Shift): void {
  actor.heardAt = by.moment(actor.heardAt, options.heartbeatTimeoutMs + 1);
  actor.provedAt = by.moment(actor.provedAt, options.leaseMs + 1);
  const proofs = [...actor.proofs];
  actor.proofs.clear();
  for (const [id, { sentAt, evenInDoubt }] of proofs)
    actor.proofs.set(by.request(id), { sentAt: by.moment(sentAt, options.leaseMs + 1), evenInDoubt });
}

function onApplied(state: FenceState, seen: Applied, violate: Violate): void {
  switch (seen.answer.kind) {
    case 'ha-written':
      onHaWritten(state, seen, violate);
      break;
    case 'sink-opened':
    case 'sink-written':
    case 'sink-prepared':
    case 'sink-committed':
      onSinkApplied(state, seen.request as SinkRequest, violate);
      break;
    default:
  }
}

function onHaWritten(state: FenceState, seen: Applied, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write === null) return;
  const writer = `${seen.node}#${seen.incarnation}`;
  if (write.key === LEADER_KEY) return onLeaderWritten(state, writer, write.value, violate);
  if (
    ![JOB_PREFIX, CHECKPOINTS_PREFIX, COUNTER_PREFIX, RESULT_PREFIX, DRAINS_KEY].some((prefix) =>
      write.key.startsWith(prefix),
    )
  )
    return;
  const evidence = [line(describeConditions(writer, write), aboutKey(write.key))];
  if (write.ifEpoch === null || isBlind(write))
    return violate('unconditional-write', `${write.key} was written whatever had become of it`, evidence);
  const epoch = write.ifEpoch;
  if (epoch < state.leaderEpoch) {
    const text = `a write of epoch ${epoch} took effect in epoch ${state.leaderEpoch}`;
    return violate('deposed-write', text, evidence);
  }
  const other = state.writers.get(epoch);
  state.writers.set(epoch, writer);
  if (other !== undefined && other !== writer)
    violate('two-writers', `two JobManagers write in epoch ${epoch}: ${other} and ${writer}`, evidence);
}

/** A repeated write that lands late must find that somebody went on since. */
function isBlind({ key, value, ifRevision }: HaWrite): boolean {
  return (
    value !== null &&
    ifRevision === null &&
    [CHECKPOINTS_PREFIX, COUNTER_PREFIX, DRAINS_KEY].some((prefix) => key.startsWith(prefix))
  );
}

function describeConditions(writer: string, { key, ifRevision, ifEpoch }: HaWrite): string {
  const revision = ifRevision === null ? 'any revision' : `revision ${ifRevision}`;
  return `${key} by ${writer}, on condition of ${revision} and ${ifEpoch === null ? 'any epoch' : `epoch ${ifEpoch}`}`;
}

function onLeaderWritten(state: FenceState, writer: string, value: Uint8Array | null, violate: Violate): void {
  const leader = value === null ? null : readLeader(value);
  const evidence = [line(`written by ${writer}`, aboutKey(LEADER_KEY))];
  if (leader === null || !leader.ok)
    return violate('no-leader-named', 'the leader key does not name a leader any more', evidence);
  const { epoch, resigned } = leader.value;
  if (resigned && epoch === state.leaderEpoch) return; // it only says that it leads no more
  if (epoch <= state.leaderEpoch)
    violate('epochs-do-not-rise', `epoch ${epoch} follows epoch ${state.leaderEpoch}`, evidence);
  state.leaderEpoch = epoch;
}

type HaWrite = RequestOf<'ha-write'>;
type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;

function onSinkApplied(state: FenceState, request: SinkRequest, violate: Violate): void {
  const { sink, writer, token } = request;
  const key = `${sink} ${writer}`;
  const highest = state.tokens.get(key);
  if (
    highest === undefined ||
    highest.epoch < token.epoch ||
    (highest.epoch === token.epoch && highest.attempt < token.attempt)
  ) {
    state.tokens.set(key, token);
    return;
  }
  if (highest.epoch === token.epoch && highest.attempt === token.attempt) return;
  const evidence = [
    line(`${request.kind} with epoch ${token.epoch}, attempt ${token.attempt}`, { kind: request.kind, sink, writer }),
    `after epoch ${highest.epoch}, attempt ${highest.attempt}`,
  ];
  violate('fenced-effect', `a fenced attempt had an effect on sink ${sink} as ${writer}`, evidence);
}

function onStepped(state: FenceState, context: OracleContext, seen: Stepped, violate: Violate): void {
  const actor = actorOf(state, seen);
  const message = deliveredTo(seen);
  if (message !== null && isSignOfLeader(seen, actor, message)) actor.heardAt = seen.input.now;
  if (message !== null) judgeReaction(seen, actor, message, violate);
  if (seen.input.kind === 'completed') noteProof(actor, seen.input.request, seen.input.answer.kind);
  for (const effect of seen.effects) {
    const sent = sentBy(effect);
    if (sent !== null) onSent(context, seen, actor, sent, violate);
    else if (effect.effect === 'request') onRequested(context, seen, actor, effect, violate);
  }
}

/** A deposed leader, or what was meant for a dead incarnation, is no sign that somebody leads. */
function isSignOfLeader(seen: Stepped, actor: Actor, message: Message): boolean {
  if (!fromJobManager.has(message.kind)) return false;
  const { epoch, incarnation } = message.body as { readonly epoch: number; readonly incarnation: number };
  return epoch === actor.epoch && incarnation === seen.incarnation;
}

/** To introduce oneself is always allowed; the answer says what the epoch is. */
const introductions: ReadonlySet<Kind> = new Set<Kind>([
  'register-task-manager',
  'submit-job',
  'cancel-job',
  'stop-job',
  'rescale-job',
  'request-job-status',
  'remove-job',
  'request-jobs',
  'request-job-checkpoints',
  'request-job-exceptions',
  'request-job-details',
  'request-checkpoint-details',
  'request-cluster-overview',
  'drain-task-manager',
  'undrain-task-manager',
  'request-drain-status',
  'take-checkpoint',
  'request-checkpoint-status',
  'trigger-savepoint',
  'request-savepoint-status',
  'dispose-savepoint',
]);

/** Whoever is in an epoch does nothing for the word of an older one, nor for what a dead incarnation said or was told. */
function judgeReaction(seen: Stepped, actor: Actor, message: Message, violate: Violate): void {
  const stale = introductions.has(message.kind) ? null : staleness(seen, actor, message);
  if (stale === null) return;
  const effect = seen.effects.find((one) => one.effect === 'send' || one.effect === 'request');
  if (effect === undefined) return;
  const what = effect.effect === 'send' ? effect.kind : 'a request';
  const text = `${message.kind} from ${message.from}, answered with ${what}`;
  const evidence = [line(text, { kind: message.kind, from: message.from, to: seen.node })];
  violate(stale.rule, `${seen.node} acts on a message ${stale.text}`, evidence);
}

interface Staleness {
  readonly rule: string;
  readonly text: string;
}

function staleness(seen: Stepped, actor: Actor, message: Message): Staleness | null {
  const { epoch, incarnation } = message.body as { readonly epoch?: number; readonly incarnation?: number };
  if (epoch !== undefined && epoch < actor.epoch)
    return { rule: 'obeys-old-epoch', text: `of epoch ${epoch} when it is in epoch ${actor.epoch}` };
  if (incarnation === undefined) return null;
  if (fromJobManager.has(message.kind))
    return incarnation === seen.incarnation
      ? null
      : { rule: 'obeys-word-for-the-dead', text: `for incarnation ${incarnation}, it is ${seen.incarnation}` };
  const newest = actor.registered.get(message.from) ?? incarnation;
  if (incarnation >= newest) return null;
  const text = `of incarnation ${incarnation} of ${message.from}, after it registered ${newest}`;
  return { rule: 'obeys-word-of-the-dead', text };
}

function actorOf(state: FenceState, seen: Stepped): Actor {
  const known = state.actors.get(seen.node);
  if (known !== undefined && known.incarnation === seen.incarnation) return known;
  const fresh = {
    incarnation: seen.incarnation,
    epoch: 0,
    heardAt: -1,
    provedAt: -1,
    proofs: new Map<number, { readonly sentAt: number; readonly evenInDoubt: boolean }>(),
    registered: new Map<Address, number>(),
  };
  state.actors.set(seen.node, fresh);
  return fresh;
}

/** A write of the leader key whose outcome is unknown may turn out to have made a leader. A renewal that failed renewed nothing. */
function noteProof(actor: Actor, request: number, answer: string): void {
  const proof = actor.proofs.get(request);
  if (proof === undefined) return;
  actor.proofs.delete(request);
  if (answer === 'ha-renewed' || answer === 'ha-written' || (answer === 'failed' && proof.evenInDoubt))
    actor.provedAt = Math.max(actor.provedAt, proof.sentAt);
}

function onSent(context: OracleContext, seen: Stepped, actor: Actor, message: Message, violate: Violate): void {
  const epoch = epochOf(message);
  if (epoch === null) return;
  if (epoch < actor.epoch) {
    const acts = fromJobManager.has(message.kind) || taskActs.has(message.kind);
    if (acts)
      violate('epoch-went-back', `${seen.node} acts in epoch ${epoch} after it was in epoch ${actor.epoch}`, [
        describeSent(message),
      ]);
    return;
  }
  actor.epoch = epoch;
  if (message.kind === 'task-manager-registered') actor.registered.set(message.to, message.body.incarnation);
  if (fromJobManager.has(message.kind)) judgeLease(context, seen, actor, message, violate);
  else if (taskActs.has(message.kind)) judgeSilence(context, seen, actor, message.kind, violate);
}

function describeSent({ kind, to }: Message): EvidenceLine {
  return line(`${kind} to ${to}`, aboutMessage(kind, to));
}

function epochOf(message: Message): number | null {
  const body = message.body as { readonly epoch?: number; readonly channel?: { readonly epoch: number } };
  return body.epoch ?? body.channel?.epoch ?? null;
}

/** A leader may act for `leaseMs` from the sending of its last successful renewal. */
function judgeLease(context: OracleContext, seen: Stepped, actor: Actor, message: Message, violate: Violate): void {
  const late = seen.input.now - actor.provedAt - context.options.leaseMs;
  if (actor.provedAt < 0 || late <= 0) return;
  const text = `${seen.node} acts as leader ${late} ms after its lease ended`;
  violate('leads-without-lease', text, [describeSent(message)]);
}

/** A TaskManager that hears no leader fails its tasks after `heartbeatTimeoutMs`. */
function judgeSilence(context: OracleContext, seen: Stepped, actor: Actor, what: string, violate: Violate): void {
  if (actor.heardAt < 0) return;
  const late = seen.input.now - actor.heardAt - context.options.heartbeatTimeoutMs;
  if (late <= 0) return;
  const text = `tasks of ${seen.node} work on ${late} ms after it had to fail them: it hears no leader`;
  violate('works-without-leader', text, [line(what, { kind: what })]);
}

function onRequested(
  context: OracleContext,
  seen: Stepped,
  actor: Actor,
  effect: RequestEffect,
  violate: Violate,
): void {
  const request = effect.request as PortRequest;
  if (request.kind === 'ha-renew' || (request.kind === 'ha-write' && request.key === LEADER_KEY))
    actor.proofs.set(effect.id, { sentAt: seen.input.now, evenInDoubt: request.kind === 'ha-write' });
  else if (request.kind === 'sink-write' || request.kind === 'sink-commit')
    judgeSilence(context, seen, actor, request.kind, violate);
}
