// O-lead: whoever leads can be reached, as far as anybody could know. A leader that hears no TaskManager, of which TaskManagers say so in the HA service,
// resigns in time, unless nobody else took over when it did so before, or did better; without such a word, or while one answers, nobody resigns. A leader whose
// process is ended in good order resigns as well, and is followed without a wait for its lease.
import type { Effect } from '../../core/base/outbox.ts';
import type { AnyReason } from '../../core/base/reasons.ts';
import type { Address } from '../../core/base/vocabulary.ts';
import type { JobManagerState, Leader } from '../../core/jobmanager/state.ts';
import { ENDED_IN_ORDER } from '../../core/protocol/describe-death.ts';
import { LEADER_KEY, UNREACHED_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { Observation, Oracle, TimeUs, Violate, WorldView } from '../observation.ts';
import { slackOf } from './cause-rules.ts';
import type { OracleContext } from './context.ts';
import { readLeader, readUnreached } from './decode.ts';
import { aboutEpoch, aboutKey, aboutNode, line } from './evidence.ts';
import { deliveredTo, haWriteOf, type Applied, type Stepped } from './seen.ts';

export interface LeadState {
  epoch: number;
  leader: Address;
  /** It led the epoch before as well, or resigned before whoever resigned in that: it may know that nobody else does better. */
  isAlone: boolean;
  /** Who resigned, and was not answered since. */
  readonly resigned: Set<Address>;
  /** TaskManagers of which a record of this epoch stands. */
  readonly complaints: Set<Address>;
  /** When the last of them was deleted, in µs; -1: none ever stood. */
  silentAt: TimeUs;
  /** On the clock of the leader, in ms: a heartbeat was answered; -1: none was. */
  heardAt: number;
  /** On the same clock: since then it could know that it is cut off; -1: it could not. */
  cutAt: number;
  /** What else befell it excuses it until then, in µs. */
  excusedUntil: TimeUs;
  /** Its leader resigned, and nobody has led since, in µs; -1: somebody leads, or nobody resigned. */
  resignedAt: TimeUs;
  /** Whoever resigned last died since, or its clocks jumped: it knows of no time to yield, or takes it for over. */
  hasForgotten: boolean;
  /** The process of the leader is ended in good order, and it has said that it leads no more. */
  isEnding: boolean;
  /** When that was written, in µs; -1: it was not. */
  steppedDownAt: TimeUs;
  /** What befell anybody else excuses it until then that nobody leads, in µs. */
  leaderlessUntil: TimeUs;
}

interface Rules {
  readonly heartbeatTimeoutMs: number;
  /** So long a leader may take to resign. */
  readonly resignsWithinMs: number;
  /** So long it may take until another one leads, or the same again. */
  readonly followedWithinUs: number;
  /** The same, behind one whose process was ended. */
  readonly relievedWithinUs: number;
  /** So long it leaves to others at least. */
  readonly yieldsForUs: number;
  /** So long an answer of the HA service may be on its way. */
  readonly answersWithinUs: number;
}

export function leadOracle(context: OracleContext): Oracle<LeadState> {
  const rules = rulesOf(context);
  return {
    name: 'O-lead',
    hears: {
      observations: ['applied', 'paused', 'service-cut', 'service-troubled', 'stopped', 'started', 'fault'],
      inputs: ['heartbeat-answer', 'wake'],
      notes: ['leadership-lost'],
    },
    create: () => ({
      epoch: 0,
      leader: '',
      isAlone: false,
      resigned: new Set(),
      complaints: new Set(),
      silentAt: -1,
      heardAt: -1,
      cutAt: -1,
      excusedUntil: 0,
      resignedAt: -1,
      hasForgotten: false,
      isEnding: false,
      steppedDownAt: -1,
      leaderlessUntil: 0,
    }),
    observe: (state, seen, view, violate) => {
      noteExcuse(state, seen, view.now);
      if (seen.kind === 'applied') onApplied(state, rules, seen, view.now, violate);
      else if (seen.kind === 'stepped') {
        if (seen.node === state.leader) onStepped(state, rules, seen, view, violate);
        if (seen.input.kind === 'wake') judgeSuccession(state, rules, view, violate);
      }
    },
    finish: () => undefined,
  };
}

function rulesOf({ options, costs }: OracleContext): Rules {
  const { heartbeatTimeoutMs, registrationRetryMs, requestRetryMs, leaseMs, leaseRenewIntervalMs } = options;
  const slackMs = slackOf(options, costs) / 1_000;
  const leasesMs = 4 * leaseMs + 2 * leaseRenewIntervalMs; // behind three whoever resigned campaigns again
  return {
    heartbeatTimeoutMs,
    resignsWithinMs: 2 * heartbeatTimeoutMs + registrationRetryMs + requestRetryMs + 2 * leaseRenewIntervalMs + slackMs,
    followedWithinUs: 1_000 * (leasesMs + requestRetryMs + slackMs),
    relievedWithinUs: 1_000 * (2 * leaseRenewIntervalMs + requestRetryMs + slackMs),
    yieldsForUs: 1_000 * LEASES_YIELDED * leaseMs,
    answersWithinUs: 1_000 * heartbeatTimeoutMs,
  };
}

const LEASES_YIELDED = 1.9; // two, by clocks that may run fast

// ---- What befell it

/** A leader that stands still, or cannot use the HA service, cannot know. */
function noteExcuse(state: LeadState, seen: Observation, now: TimeUs): void {
  state.leaderlessUntil = Math.max(state.leaderlessUntil, troubleIn(seen, now) ?? 0);
  state.hasForgotten ||= isForgotten(seen, state.leader);
  const until = excusedBy(state, seen, now);
  if (until === null) return;
  state.excusedUntil = Math.max(state.excusedUntil, until);
  state.cutAt = -1;
}

function isForgotten(seen: Observation, leader: Address): boolean {
  if (seen.kind === 'fault') return seen.fault === 'clock-jump' && seen.target === leader;
  return seen.kind === 'stopped' && seen.node === leader;
}

/** It may have befallen whoever would have led. */
function troubleIn(seen: Observation, now: TimeUs): TimeUs | null {
  switch (seen.kind) {
    case 'paused':
    case 'service-cut':
      return seen.until;
    case 'service-troubled':
      return seen.service === 'ha' ? seen.until : null;
    case 'stopped':
    case 'started':
      return now;
    case 'fault':
      return seen.fault.startsWith('store-') ? now : null;
    default:
      return null;
  }
}

function excusedBy({ leader }: LeadState, seen: Observation, now: TimeUs): TimeUs | null {
  switch (seen.kind) {
    case 'paused':
    case 'service-cut':
      return seen.node === leader ? seen.until : null;
    case 'service-troubled':
      return seen.service === 'ha' && seen.nodes.includes(leader) ? seen.until : null;
    case 'fault':
      return seen.fault.startsWith('store-') ? now : null;
    default:
      return null;
  }
}

// ---- Who leads, and who says that it cannot be reached

function onApplied(state: LeadState, rules: Rules, seen: Applied, now: TimeUs, violate: Violate): void {
  const write = haWriteOf(seen);
  if (write?.key === LEADER_KEY && write.value !== null) onLeader(state, rules, write.value, now, violate);
  else if (write?.key.startsWith(UNREACHED_PREFIX) === true) onComplaint(state, write.key, write.value, now);
}

function onLeader(state: LeadState, rules: Rules, value: Uint8Array, now: TimeUs, violate: Violate): void {
  const record = readLeader(value);
  if (!record.ok) return;
  const { epoch, address, resigned } = record.value;
  if (resigned) {
    if (state.isEnding && epoch === state.epoch) state.steppedDownAt = now;
    return;
  }
  if (address === state.leader) judgeReturn(state, rules, epoch, now, violate);
  state.isAlone = state.leader === address || (state.resigned.has(state.leader) && state.resigned.has(address));
  state.epoch = epoch;
  state.leader = address;
  state.complaints.clear();
  state.silentAt = -1;
  state.heardAt = -1;
  state.cutAt = -1;
  state.resignedAt = -1;
  state.isEnding = false;
  state.steppedDownAt = -1;
}

/** Others have the time to campaign first. */
function judgeReturn(state: LeadState, rules: Rules, epoch: number, now: TimeUs, violate: Violate): void {
  const { leader, resignedAt, hasForgotten } = state;
  const awayUs = now - resignedAt;
  if (resignedAt < 0 || hasForgotten || awayUs >= rules.yieldsForUs) return;
  const text = `${leader} resigned, and leads again ${Math.floor(awayUs / 1_000)} ms later`;
  const evidence = [`it is to leave others ${Math.round(rules.yieldsForUs / 1_000)} ms`];
  violate('does-not-yield', text, evidence, { about: [aboutNode(leader), aboutEpoch(epoch)] });
}

function onComplaint(state: LeadState, key: string, value: Uint8Array | null, now: TimeUs): void {
  const taskManager = key.slice(UNREACHED_PREFIX.length);
  const record = value === null ? null : readUnreached(value);
  if (record?.ok === true && record.value.epoch === state.epoch) {
    state.complaints.add(taskManager);
    return;
  }
  if (!state.complaints.delete(taskManager)) return;
  state.silentAt = now;
  if (state.complaints.size === 0) state.cutAt = -1;
}

// ---- What the leader does

function onStepped(state: LeadState, rules: Rules, seen: Stepped, view: WorldView, violate: Violate): void {
  const message = deliveredTo(seen);
  if (message?.kind === 'heartbeat-answer' && isRegistered(state, message.from, view)) {
    state.heardAt = seen.input.now;
    state.cutAt = -1;
    state.resigned.delete(seen.node);
  }
  for (const effect of seen.effects) {
    if (effect.effect === 'note') onNote(state, rules, seen, effect.note as Note, view.now, violate);
    else if (effect.effect === 'halt') judgeEnd(state, seen, effect.reason, view, violate);
  }
  if (seen.input.kind === 'wake' && isLeading(state, view)) judgeStay(state, rules, seen, view.now, violate);
}

function onNote(state: LeadState, rules: Rules, seen: Stepped, note: Note, now: TimeUs, violate: Violate): void {
  if (note.kind !== 'leadership-lost' || note.epoch !== state.epoch) return;
  if (note.reason.kind === 'process-stops') judgeFarewell(state, seen, violate);
  else if (note.reason.kind === 'isolated') judgeResignation(state, rules, seen, note, now, violate);
}

/** Whoever stands by need not wait for the end of its lease. */
function judgeFarewell(state: LeadState, { node, effects }: Stepped, violate: Violate): void {
  state.isEnding = true;
  if (effects.some(writesLeader)) return;
  const text = `${node} leads no more, as its process ends, and tells nobody who stands by`;
  violate('ends-untold', text, [], { about: [aboutNode(node), aboutEpoch(state.epoch)] });
}

function writesLeader(effect: Effect): boolean {
  if (effect.effect !== 'request') return false;
  const request = effect.request as PortRequest;
  return request.kind === 'ha-write' && request.key === LEADER_KEY;
}

function judgeResignation(
  state: LeadState,
  rules: Rules,
  { node, input }: Stepped,
  note: Note & { readonly kind: 'leadership-lost' },
  now: TimeUs,
  violate: Violate,
): void {
  state.resignedAt = now;
  state.hasForgotten = false;
  state.resigned.add(node);
  const about = [aboutNode(node), aboutEpoch(note.epoch)];
  const silentUs = state.complaints.size > 0 ? 0 : now - state.silentAt;
  if (state.complaints.size === 0 && (state.silentAt < 0 || silentUs > rules.answersWithinUs))
    violate('resigns-unasked', `${node} resigned, and no TaskManager said that it cannot reach it`, [], { about });
  const heardMs = input.now - state.heardAt;
  if (state.heardAt >= 0 && heardMs < rules.heartbeatTimeoutMs)
    violate('resigns-though-heard', `${node} resigned ${heardMs} ms after a TaskManager answered it`, [], { about });
}

/** The last step of its process is over. */
function judgeEnd(state: LeadState, { node }: Stepped, reason: AnyReason, view: WorldView, violate: Violate): void {
  if (typeof reason === 'string' || reason.kind !== ENDED_IN_ORDER || !isLeading(state, view)) return;
  const text = `the process of ${node} was ended in good order, and it did not resign`;
  violate('ends-as-leader', text, [], { about: [aboutNode(node), aboutEpoch(state.epoch)] });
}

function isLeading(state: LeadState, view: WorldView): boolean {
  return leaderStateOf(state, view) !== null;
}

/** The answer of one that was given up means nothing: it has to register again, and is told so. */
function isRegistered(state: LeadState, taskManager: Address, view: WorldView): boolean {
  return leaderStateOf(state, view)?.taskManagers.has(taskManager) === true;
}

function leaderStateOf({ leader, epoch }: LeadState, view: WorldView): Leader | null {
  const known = (view.node(leader)?.state as JobManagerState | undefined)?.leader ?? null;
  return known?.epoch === epoch ? known : null;
}

function judgeStay(state: LeadState, rules: Rules, seen: Stepped, now: TimeUs, violate: Violate): void {
  if (state.isAlone || state.complaints.size === 0 || now < state.excusedUntil) return;
  if (state.cutAt < 0) state.cutAt = seen.input.now;
  const lateMs = seen.input.now - state.cutAt - rules.resignsWithinMs;
  if (lateMs <= 0) return;
  const evidence = [...state.complaints].map((taskManager) =>
    line(`${taskManager} says that it cannot reach it`, aboutKey(`${UNREACHED_PREFIX}${taskManager}`)),
  );
  const text = `${seen.node} hears no TaskManager, and leads on ${Math.ceil(lateMs)} ms after it should have resigned`;
  violate('isolated-leader', text, evidence, { about: [aboutNode(seen.node), aboutEpoch(state.epoch)] });
}

function judgeSuccession(state: LeadState, rules: Rules, view: WorldView, violate: Violate): void {
  const { resignedAt, steppedDownAt, resigned } = state;
  const since = Math.max(resignedAt, steppedDownAt);
  if (since < 0) return;
  const isRelieved = resignedAt < 0 && resigned.size === 0; // whoever resigned once may yield yet
  const withinUs = isRelieved ? rules.relievedWithinUs : rules.followedWithinUs;
  const lateUs = view.now - Math.max(since, state.leaderlessUntil) - withinUs;
  if (lateUs <= 0 || !view.nodes().some(({ role, status }) => role === 'job-manager' && status === 'running')) return;
  const text = `${state.leader} resigned, and nobody leads ${Math.ceil(lateUs / 1_000)} ms after somebody should`;
  violate('nobody-leads', text, [], { about: [aboutNode(state.leader), aboutEpoch(state.epoch)] });
}
