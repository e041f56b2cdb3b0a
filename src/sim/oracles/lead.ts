// O-lead: whoever leads can be reached, as far as anybody could know. A leader that hears no TaskManager, of which TaskManagers say so in the HA service,
// resigns in time, unless nobody else took over when it did so before, or did better; without such a word, or while one answers, nobody resigns.
import type { Address } from '../../core/base/vocabulary.ts';
import type { JobManagerState, Leader } from '../../core/jobmanager/state.ts';
import { LEADER_KEY, UNREACHED_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { Note } from '../../core/protocol/notes.ts';
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
  /** What befell anybody else excuses it until then that nobody leads, in µs. */
  leaderlessUntil: TimeUs;
}

interface Rules {
  readonly heartbeatTimeoutMs: number;
  /** So long a leader may take to resign. */
  readonly resignsWithinMs: number;
  /** So long it may take until another one leads, or the same again. */
  readonly followedWithinUs: number;
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
  if (!record.ok || record.value.resigned) return;
  const { epoch, address } = record.value;
  if (address === state.leader) judgeReturn(state, rules, epoch, now, violate);
  state.isAlone = state.leader === address || (state.resigned.has(state.leader) && state.resigned.has(address));
  state.epoch = epoch;
  state.leader = address;
  state.complaints.clear();
  state.silentAt = -1;
  state.heardAt = -1;
  state.cutAt = -1;
  state.resignedAt = -1;
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
  for (const effect of seen.effects)
    if (effect.effect === 'note') judgeResignation(state, rules, seen, effect.note as Note, view.now, violate);
  if (seen.input.kind === 'wake' && isLeading(state, view)) judgeStay(state, rules, seen, view.now, violate);
}

function judgeResignation(
  state: LeadState,
  rules: Rules,
  { node, input }: Stepped,
  note: Note,
  now: TimeUs,
  violate: Violate,
): void {
  if (note.kind !== 'leadership-lost' || note.reason.kind !== 'isolated' || note.epoch !== state.epoch) return;
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
  if (state.resignedAt < 0) return;
  const lateUs = view.now - Math.max(state.resignedAt, state.leaderlessUntil) - rules.followedWithinUs;
  if (lateUs <= 0 || !view.nodes().some(({ role, status }) => role === 'job-manager' && status === 'running')) return;
  const text = `${state.leader} resigned, and nobody leads ${Math.ceil(lateUs / 1_000)} ms after somebody should`;
  violate('nobody-leads', text, [], { about: [aboutNode(state.leader), aboutEpoch(state.epoch)] });
}
