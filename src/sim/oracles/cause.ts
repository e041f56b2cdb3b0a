// O-cause: each restart, each change of leader and each checkpoint that was given up has a cause among what befell the cluster, and no fault costs
// more than so many of them. O-live watches over the time before the first fault; here each fault may be blamed for what it can lead to, by whom
// it befell, and for so long, and for nothing else.
import { asksHost } from '../../core/graph/kinds.ts';
import { trafficOf } from './liveness-bound.ts';
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import { describeAttempt } from '../../core/protocol/describe-ids.ts';
import type { AttemptId, Message } from '../../core/protocol/messages.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { FailureReason } from '../../core/protocol/reasons.ts';
import { checkpointFailureOf, isCounted } from '../../core/protocol/checkpoint-failures.ts';
import { LATE_NOTICE_US } from '../settings.ts';
import type { Observation, Oracle, Thing, TimeUs, Violate, WorldView } from '../observation.ts';
import {
  aftermathOf,
  causeOfAbort,
  causeOfElection,
  causeOfFailure,
  causeOfLateElection,
  causeOfResignation,
  reachesOf,
  type Cause,
  type FaultCause,
  type Reach,
} from './cause-rules.ts';
import type { OracleContext } from './context.ts';
import { readLeader } from './decode.ts';
import { disturbanceIn, endAll, endStops, type Aftermath, type Disturbance } from './disturbances.ts';
import { aboutAttempt, aboutCheckpoint, aboutKey } from './evidence.ts';
import { createOwnFences, isLockedOut, noteSinkRequest, type OwnFences } from './own-fences.ts';
import { haWriteOf, sentBy, type Applied, type Stepped } from './seen.ts';
import { firstLines } from './text.ts';

export interface CauseState {
  /** In order; those that can be blamed for nothing any more are gone. */
  disturbances: Disturbance[];
  epoch: number;
  leader: string;
  /** The last epoch whose leader resigned, as no TaskManager could reach it. */
  resigned: number;
  /** All that ever resigned. */
  readonly resigners: Set<string>;
  /** Where each attempt was deployed, by job, subtask and number. */
  readonly hosts: Map<string, string>;
  readonly jobs: Map<string, JobCauses>;
  /** TaskManagers that clients wanted to be drained. */
  readonly drains: Set<string>;
  readonly fences: OwnFences;
  /** What was blamed on something last, and when: what happens at one moment is one failure. */
  latest: string;
  /** What has no cause. Told in the end: whatever else is wrong says more. */
  needless: Needless | null;
}

/** What is known of a job under the leader of `epoch`. */
interface JobCauses {
  epoch: number;
  /** The newest attempt that was deployed. */
  attempt: number;
  /** Restarts that were noted, and not followed by a deployment yet. */
  restarts: number;
  /** A client wanted another parallelism. */
  rescaled: boolean;
  /** Checkpoints that counted as failed since the last one that completed. */
  failures: number;
}

interface Needless {
  readonly rule: string;
  readonly text: string;
  readonly about: readonly Thing[];
  readonly at: TimeUs;
  readonly evidence: readonly string[];
}

/** What O-cause needs besides its state. Nothing here changes during a run. */
interface Rules {
  readonly reaches: Readonly<Record<Reach, number>>;
  readonly aftermath: Aftermath;
  readonly tolerable: number;
  /** Processes are drawn to be slow, for the whole run: then a checkpoint may expire without a fault. */
  readonly isSlow: boolean;
  /** The calls of `mapAsync` of a job may hold up a barrier for as long as a checkpoint may take: then as well. */
  readonly hasSlowCalls: (jobId: string) => boolean;
  readonly heartbeatTimeoutUs: number;
  /** A checkpoint takes so long to expire, and one that was refused is tried again so soon. */
  readonly checkpointTimeoutUs: number;
  readonly requestRetryUs: number;
}

/** @param jobs of the run: they have the same options. */
export function causeOracle(jobs: readonly OracleContext[]): Oracle<CauseState> {
  const rules = { ...rulesOf(jobs[0] as OracleContext), hasSlowCalls: (jobId: string) => hasSlowCalls(jobs, jobId) };
  return {
    name: 'O-cause',
    hears: {
      observations: 'all',
      sends: ['drain-task-manager', 'rescale-job', 'deploy-task', 'task-manager-stopped'],
      requests: ['death-write', 'sink-open', 'sink-write', 'sink-prepare', 'sink-commit'],
      notes: 'all',
    },
    create: () => ({
      disturbances: [],
      epoch: 0,
      leader: '',
      resigned: 0,
      resigners: new Set(),
      hosts: new Map(),
      jobs: new Map(),
      drains: new Set(),
      fences: createOwnFences(),
      latest: '',
      needless: null,
    }),
    observe: (state, seen, view) => {
      noteDisturbance(state, rules, seen, view);
      if (state.needless !== null) return;
      if (seen.kind === 'applied') onApplied(state, rules, seen, view);
      else if (seen.kind === 'stepped') onStepped(state, rules, seen, view);
    },
    finish: ({ needless }, _, violate) => {
      if (needless !== null) tell(needless, violate);
    },
  };
}

function hasSlowCalls(jobs: readonly OracleContext[], jobId: string): boolean {
  const context = jobs.find((job) => job.jobId === jobId);
  if (context === undefined || !asksHost(context.graph)) return false;
  return trafficOf(context).callingMs >= context.options.checkpointTimeoutMs;
}

function rulesOf(context: OracleContext): Omit<Rules, 'hasSlowCalls'> {
  const { options } = context;
  const { heartbeatTimeoutMs, checkpointTimeoutMs, requestRetryMs, tolerableFailedCheckpoints } = options;
  return {
    reaches: reachesOf(context, LATE_NOTICE_US),
    aftermath: aftermathOf(options),
    tolerable: tolerableFailedCheckpoints,
    isSlow: context.costs.slowestFactor > 1,
    heartbeatTimeoutUs: 1_000 * heartbeatTimeoutMs,
    checkpointTimeoutUs: 1_000 * checkpointTimeoutMs,
    requestRetryUs: 1_000 * requestRetryMs,
  };
}

function tell({ rule, text, about, at, evidence }: Needless, violate: Violate): void {
  violate(rule, text, [`after ${Math.round(at / 1_000)} ms`, ...evidence], { about });
}

function noteDisturbance(state: CauseState, { aftermath, reaches }: Rules, seen: Observation, view: WorldView): void {
  const { now } = view;
  if (seen.kind === 'started') endStops(state.disturbances, seen.node, now);
  if (seen.kind === 'faults-stopped') endAll(state.disturbances, now);
  const disturbance = disturbanceIn(seen, view, aftermath);
  if (disturbance === null) return;
  state.disturbances = state.disturbances.filter(({ until }) => until + reaches.anything >= now);
  state.disturbances.push(disturbance);
}

// ---- What happened

function onApplied(state: CauseState, rules: Rules, seen: Applied, view: WorldView): void {
  noteSinkRequest(state.fences, seen, state);
  const write = haWriteOf(seen);
  if (write?.key !== LEADER_KEY || write.value === null) return;
  const leader = readLeader(write.value);
  if (!leader.ok || leader.value.resigned) return;
  const { epoch, address } = leader.value;
  const before = state.leader;
  const behindOther = state.resigners.has(address) ? causeOfLateElection : causeOfElection;
  const cause = state.resigned === state.epoch ? causeOfResignation : behindOther;
  state.epoch = epoch;
  state.leader = address;
  if (before === '') return;
  const text = `${address} took the lead from ${before}, with epoch ${epoch}`;
  const happened = { rule: 'needless-election', text, about: [aboutKey(LEADER_KEY)], of: 'elections' };
  const nodes = cause.who === 'anybody' ? [] : [before, address];
  blame(state, rules, happened, { cause, nodes }, view.now);
}

function onStepped(state: CauseState, rules: Rules, seen: Stepped, view: WorldView): void {
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    if (message !== null) onSent(state, message, view.now);
    else if (effect.effect === 'note') onNote(state, rules, seen, effect.note as Note, view.now);
  }
}

function onSent(state: CauseState, message: Message, now: TimeUs): void {
  if (message.kind === 'drain-task-manager') state.drains.add(message.body.taskManager);
  if (message.kind === 'rescale-job') jobOf(state, message.body.jobId).rescaled = true;
  if (message.kind !== 'deploy-task' || message.body.epoch !== state.epoch) return;
  const { attempt } = message.body.task;
  state.hosts.set(hostKey(attempt), message.to);
  const job = jobOf(state, attempt.jobId);
  if (job.epoch === state.epoch && attempt.attempt <= job.attempt) return;
  const isFirst = job.epoch !== state.epoch;
  job.epoch = state.epoch;
  job.attempt = attempt.attempt;
  if (isFirst) job.restarts = 0;
  else if (job.restarts > 0) job.restarts -= 1;
  else
    noteNeedless(state, now, {
      rule: 'restart-untold',
      text: `attempt ${describeAttempt(attempt)} was deployed to ${message.to}, and its leader gave no reason for a restart`,
      about: [aboutAttempt(attempt)],
    });
}

function onNote(state: CauseState, rules: Rules, seen: Stepped, note: Note, now: TimeUs): void {
  switch (note.kind) {
    case 'leadership-lost':
      if (note.reason.kind !== 'isolated') return;
      state.resigned = note.epoch;
      state.resigners.add(seen.node);
      return;
    case 'job-restarting':
      if (note.epoch === state.epoch) onRestart(state, rules, seen.node, note, now);
      return;
    case 'checkpoint-aborted':
      if (note.epoch === state.epoch) onAbort(state, rules, seen.node, note, now);
      return;
    case 'checkpoint-completed':
      jobOf(state, note.jobId).failures = 0;
      return;
    default:
  }
}

type NoteOf<K extends Note['kind']> = Extract<Note, { readonly kind: K }>;

function onRestart(state: CauseState, rules: Rules, leader: string, note: NoteOf<'job-restarting'>, now: TimeUs): void {
  const { jobId } = note;
  const reason = note.reason as FailureReason;
  const job = jobOf(state, jobId);
  job.restarts += 1;
  const text = `${jobId} restarts: ${describeReason(reason)}`;
  const happened = { rule: 'needless-restart', text, about: [{ jobId }], of: `restarts of ${jobId}` };
  switch (reason.kind) {
    case 'job-rescaled':
      if (!job.rescaled) noteNeedless(state, now, { ...happened, evidence: ['no client wants another parallelism'] });
      return;
    case 'task-manager-drained':
      if (!state.drains.has(reason.taskManager))
        noteNeedless(state, now, { ...happened, evidence: [`no client drains ${reason.taskManager}`] });
      return;
    case 'checkpoints-failed':
      if (reason.times > rules.tolerable && job.failures >= reason.times) return; // each has a cause of its own
      noteNeedless(state, now, {
        ...happened,
        evidence: [`${job.failures} failed in a row, of which ${rules.tolerable} are tolerable`],
      });
      return;
    case 'execution-failed': {
      if (isFencedByOwn(state, note.epoch, reason)) {
        const evidence = [`its leader, ${leader}, opened a writer of it while it was at work`];
        return noteNeedless(state, now, { ...happened, evidence });
      }
      const cause = causeOfFailure(reason.reason);
      blame(
        state,
        rules,
        happened,
        { cause, nodes: nodesOf(state, cause, leader, reason.attempt, reason.reason) },
        now,
      );
      return;
    }
  }
}

function isFencedByOwn(
  { fences, hosts }: CauseState,
  epoch: number,
  { attempt, reason }: Extract<FailureReason, { readonly kind: 'execution-failed' }>,
): boolean {
  return (
    reason.kind === 'sink-refused' && isLockedOut(fences, epoch, hosts.get(hostKey(attempt)) ?? '', attempt.attempt)
  );
}

function onAbort(
  state: CauseState,
  rules: Rules,
  leader: string,
  note: NoteOf<'checkpoint-aborted'>,
  now: TimeUs,
): void {
  const { jobId, checkpointId, reason } = note;
  const job = jobOf(state, jobId);
  if (isCounted(checkpointFailureOf(reason))) job.failures += 1;
  const cause = causeOfAbort(reason);
  if (cause === 'wanted' || (reason.kind === 'expired' && (rules.isSlow || rules.hasSlowCalls(jobId)))) return;
  const text = `checkpoint ${checkpointId} of ${jobId} was given up: ${describeReason(reason)}`;
  const happened = {
    rule: 'needless-abort',
    text,
    about: [aboutCheckpoint(checkpointId)],
    of: `${CHECKPOINTS} of ${jobId}`,
  };
  if (cause === 'restart') {
    if (job.restarts === 0) noteNeedless(state, now, { ...happened, evidence: ['nothing of the job restarts'] });
    return;
  }
  const attempt = reason.kind === 'declined' ? reason.attempt : null;
  blame(state, rules, happened, { cause, nodes: nodesOf(state, cause, leader, attempt, null) }, now);
}

function hostKey({ jobId, vertex, subtask, attempt }: AttemptId): string {
  return `${jobId} ${vertex}/${subtask} ${attempt}`;
}

function jobOf({ jobs }: CauseState, jobId: string): JobCauses {
  const known = jobs.get(jobId);
  if (known !== undefined) return known;
  const job = { epoch: 0, attempt: 0, restarts: 0, rescaled: false, failures: 0 };
  jobs.set(jobId, job);
  return job;
}

// ---- Who is to blame

interface Happened {
  readonly rule: string;
  readonly text: string;
  readonly about: readonly Thing[];
  /** What is counted, e.g. `restarts of job-1`. */
  readonly of: string;
}

interface Suspects {
  readonly cause: Cause;
  /** Those whom it must have befallen; none: anybody. */
  readonly nodes: readonly string[];
}

/** So many restarts of a job, and so many elections, a fault may cost, and as many more as times out while it lasts. */
const BLAMED_MAX = 3;

/** As many checkpoints of a job may fail as there is time for while a disturbance lasts and is felt. */
function blamedMax(rules: Rules, { of }: Happened, { at, until }: Disturbance, cause: FaultCause, now: TimeUs): number {
  const lastsUs = Math.min(until, now) - at;
  if (!of.startsWith(CHECKPOINTS)) return BLAMED_MAX + Math.floor(lastsUs / rules.heartbeatTimeoutUs);
  const paceUs = cause.within === 'checkpoint' ? rules.checkpointTimeoutUs : rules.requestRetryUs;
  return 1 + Math.ceil((lastsUs + rules.reaches[cause.within]) / paceUs);
}

/** Blames the disturbance that was blamed least so far. */
function blame(state: CauseState, rules: Rules, happened: Happened, { cause, nodes }: Suspects, now: TimeUs): void {
  if (cause === 'own') return;
  if (cause === 'never') return noteNeedless(state, now, { ...happened, evidence: ['no fault leads to that'] });
  const latest = `${happened.of} ${now}`;
  if (state.latest === latest) return;
  state.latest = latest;
  const withinUs = rules.reaches[cause.within];
  const befell = ({ kind, nodes: own }: Disturbance): boolean =>
    (cause.kinds?.includes(kind) ?? true) && (nodes.length === 0 || own.some((node) => nodes.includes(node)));
  const suspects = state.disturbances.filter((one) => befell(one) && one.until + withinUs >= now);
  const timesOf = ({ blamed }: Disturbance): number => blamed.get(happened.of) ?? 0;
  const free = suspects.filter((one) => timesOf(one) < blamedMax(rules, happened, one, cause, now));
  const [least] = free.toSorted((one, other) => timesOf(one) - timesOf(other));
  if (least !== undefined) {
    least.blamed.set(happened.of, timesOf(least) + 1);
    return;
  }
  noteNeedless(state, now, { ...happened, evidence: evidenceOf(state, suspects, nodes, withinUs, now) });
}

const CHECKPOINTS = 'checkpoints';
const LINES_MAX = 6;

function evidenceOf(
  { disturbances }: CauseState,
  suspects: readonly Disturbance[],
  nodes: readonly string[],
  withinUs: number,
  now: TimeUs,
): readonly string[] {
  const who = nodes.length === 0 ? 'anybody' : nodes.join(' or ');
  const ms = Math.round(withinUs / 1_000);
  const head =
    suspects.length === 0
      ? `nothing befell ${who} within ${ms} ms before that`
      : `each of ${suspects.length} that befell ${who} within ${ms} ms before that was blamed as often as it may be`;
  const latest = disturbances.toReversed().map(({ what, at, until }) => {
    const end = until >= now ? 'and lasts' : `until ${Math.round(until / 1_000)} ms`;
    return `${what}, at ${Math.round(at / 1_000)} ms ${end}`;
  });
  return [head, ...firstLines(latest, LINES_MAX)];
}

function noteNeedless(
  state: CauseState,
  at: TimeUs,
  what: Omit<Needless, 'at' | 'evidence'> & { readonly evidence?: readonly string[] },
): void {
  const { rule, text, about, evidence = [] } = what;
  state.needless ??= { rule, text: `${text}, without a cause`, about, at, evidence };
}

function nodesOf(
  { hosts }: CauseState,
  cause: Cause | 'restart' | 'wanted',
  leader: string,
  attempt: AttemptId | null,
  reason: { readonly kind: string; readonly peer?: string } | null,
): readonly string[] {
  if (typeof cause === 'string') return [];
  const host = attempt === null ? undefined : hosts.get(hostKey(attempt));
  const known = host === undefined ? [] : [host];
  switch (cause.who) {
    case 'host':
      return known;
    case 'host-leader':
      return [...known, leader];
    case 'host-peer':
      return [...known, ...(reason?.peer === undefined ? [] : [reason.peer])];
    case 'leader':
      return [leader];
    case 'anybody':
      return [];
  }
}
