// O-back: behind each fault the cluster is back, whether or not another one follows. O-live judges what is left when faults have stopped, and the next
// fault may have freed what was stuck: a leader change, a restart. Here nothing has befallen anybody for a while, and meanwhile somebody leads, the job
// runs, and its checkpoints complete, each within what has to run out before (`back-bounds.ts`).
import type { JobManagerState, JobMaster } from '../../core/jobmanager/state.ts';
import { jobKey, LEADER_KEY, resultKey } from '../../core/protocol/ha-keys.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { FailureReason } from '../../core/protocol/reasons.ts';
import { LATE_NOTICE_US } from '../settings.ts';
import type { Observation, Oracle, TimeUs, Violate, WorldView } from '../observation.ts';
import { backBounds, leastBounds, type BackBounds, type Stage } from './back-bounds.ts';
import { aftermathOf, causeOfFailure } from './cause-rules.ts';
import type { OracleContext } from './context.ts';
import { readLeader } from './decode.ts';
import { disturbanceIn, isHarmless, type Aftermath, type Disturbance } from './disturbances.ts';
import { explainStandstill } from './explain.ts';
import { createPointers, followPointers, type Pointers } from './pointers.ts';
import { haOf } from './service-views.ts';
import { type Applied, type Stepped } from './seen.ts';

export interface BackState {
  /** Processes that are down, and start again. */
  readonly down: Set<string>;
  /** Something befell somebody, and nothing of that lasts longer, nor is news of it on its way. */
  quietAt: TimeUs;
  /** What that was: a clause; empty: nothing befell anybody yet. */
  what: string;
  /** It is looked again then. */
  lookAt: TimeUs;
  readonly jobs: readonly JobBack[];
  /** Faults, or bursts of them, behind which a job had a checkpoint, or its end, before the next one; or that was overdue. */
  judged: number;
  /** The end of the last of these. */
  judgedAt: TimeUs;
}

interface JobBack {
  readonly pointers: Pointers;
  stage: Stage | 'over';
  /** The stage began then, or a checkpoint completed in it. */
  since: TimeUs;
}

/** What O-back needs besides its state. Nothing here changes during a run. */
interface Rules {
  readonly jobs: readonly OracleContext[];
  readonly least: readonly BackBounds[];
  /** Of each job that may have waited for too long: its code runs for that. */
  readonly bounds: Map<number, BackBounds>;
  readonly aftermath: Aftermath;
}

const LOOKS_US = 20_000; // between two looks at who waits for what

/** @param jobs of the run: they have the same options */
export function backOracle(jobs: readonly OracleContext[]): Oracle<BackState> {
  const rules: Rules = {
    jobs,
    least: jobs.map(leastBounds),
    bounds: new Map(),
    aftermath: aftermathOf((jobs[0] as OracleContext).options),
  };
  return {
    name: 'O-back',
    property: 'liveness',
    hears: {
      observations: 'all',
      sends: ['task-manager-stopped'],
      requests: ['death-write'],
      notes: ['job-restarting', 'job-wanted', 'drain-wanted'],
    },
    create: () => ({
      down: new Set(),
      quietAt: 0,
      what: '',
      lookAt: 0,
      jobs: jobs.map(() => ({ pointers: createPointers(), stage: 'over', since: 0 })),
      judged: 0,
      judgedAt: 0,
    }),
    observe: (state, seen, view, violate) => {
      noteTrouble(state, rules, seen, view);
      if (seen.kind !== 'applied') return; // somebody asks for the lease all the time
      notePointers(state, rules, seen, view.now);
      if (view.now < state.lookAt) return;
      state.lookAt = view.now + LOOKS_US;
      for (let index = 0; index < jobs.length; index++) look(state, rules, index, view, violate);
    },
    finish: () => undefined,
  };
}

// ---- What befalls the cluster

function noteTrouble(state: BackState, rules: Rules, seen: Observation, view: WorldView): void {
  if (seen.kind === 'started' && state.down.delete(seen.node)) extend(state, `${seen.node} started`, view.now);
  if (seen.kind === 'faults-stopped') extend(state, 'faults stopped', view.now);
  const wish = seen.kind === 'stepped' ? wishIn(seen) : null;
  if (wish !== null) extend(state, wish, view.now);
  const disturbance = disturbanceIn(seen, view, rules.aftermath);
  if (disturbance !== null) noteDisturbance(state, disturbance);
  else if (seen.kind === 'fault' && !isHarmless(seen, view)) extend(state, seen.text, view.now);
}

function noteDisturbance(state: BackState, { kind, what, nodes, at, until }: Disturbance): void {
  if (until === Infinity) state.down.add(nodes[0] as string);
  const isLate = kind === 'connection-broke' || kind === 'partitioned';
  extend(state, what, until === Infinity ? at : until + (isLate ? LATE_NOTICE_US : 0));
}

function extend(state: BackState, what: string, until: TimeUs): void {
  state.quietAt = Math.max(state.quietAt, until);
  state.what = what;
}

/** What a client wants, or the job's own code does, and no fault: it may restart the job, or end it. */
function wishIn({ effects }: Stepped): string | null {
  for (const effect of effects) {
    if (effect.effect !== 'note') continue;
    const note = effect.note as Note;
    if (note.kind === 'job-wanted') return `a client wants something of ${note.jobId}`;
    if (note.kind === 'drain-wanted') return `a client wants something of ${note.taskManager}`;
    if (note.kind === 'job-restarting' && isOwn(note.reason as FailureReason)) return `code of ${note.jobId} failed`;
  }
  return null;
}

function isOwn(reason: FailureReason): boolean {
  return reason.kind !== 'execution-failed' || causeOfFailure(reason.reason) === 'own';
}

// ---- Who waits for what

function notePointers(state: BackState, { jobs }: Rules, seen: Applied, now: TimeUs): void {
  for (let index = 0; index < jobs.length; index++) {
    const job = state.jobs[index] as JobBack;
    const change = followPointers(job.pointers, (jobs[index] as OracleContext).jobId, seen);
    if (change === null || change.added.length === 0) continue;
    job.since = now;
    noteProgress(state, now);
  }
}

function noteProgress(state: BackState, now: TimeUs): void {
  const { down, what, quietAt, judgedAt } = state;
  if (what === '' || down.size > 0 || quietAt > now || judgedAt === quietAt) return;
  state.judged += 1;
  state.judgedAt = quietAt;
}

function look(state: BackState, rules: Rules, index: number, view: WorldView, violate: Violate): void {
  const job = state.jobs[index] as JobBack;
  const stage = stageOf(rules.jobs[index] as OracleContext, view);
  if (stage !== job.stage) {
    if (stage === 'over') noteProgress(state, view.now);
    job.stage = stage;
    job.since = view.now;
  } else if (stage !== 'over' && state.down.size === 0) judge(state, rules, index, view, violate);
}

function judge(state: BackState, rules: Rules, index: number, view: WorldView, violate: Violate): void {
  const { quietAt, what, jobs } = state;
  const { stage, since } = jobs[index] as JobBack;
  if (stage === 'over') return;
  const waitedMs = (view.now - Math.max(quietAt, since)) / 1_000;
  if (waitedMs <= (rules.least[index] as BackBounds)[stage].ms) return;
  const context = rules.jobs[index] as OracleContext;
  const bounds = rules.bounds.get(index) ?? backBounds(context);
  rules.bounds.set(index, bounds);
  const { ms, text } = bounds[stage];
  if (waitedMs <= ms) return;
  noteProgress(state, view.now);
  const { rule, clause } = sayings[stage];
  violate(rule, `${clause(context.jobId)} for ${Math.round(waitedMs)} ms, and nothing befell anybody meanwhile`, [
    `bound: ${ms} ms = ${text}`,
    what === '' ? 'nothing befell anybody before' : `before that: ${what}, over at ${Math.round(quietAt / 1_000)} ms`,
    ...explainStandstill(context, view),
  ]);
}

const sayings: Readonly<Record<Stage, { readonly rule: string; readonly clause: (jobId: string) => string }>> = {
  leaderless: { rule: 'nobody-leads', clause: () => 'nobody leads' },
  unsettled: { rule: 'job-stands', clause: (jobId) => `${jobId} neither runs nor is over` },
  running: { rule: 'no-checkpoint', clause: (jobId) => `${jobId} runs, and no checkpoint of it completes` },
};

function stageOf({ jobId, ends }: OracleContext, view: WorldView): Stage | 'over' {
  const { entries } = haOf(view);
  if (ends === 'FAILED' || entries.has(resultKey(jobId)) || !entries.has(jobKey(jobId))) return 'over';
  const entry = entries.get(LEADER_KEY);
  const record = entry === undefined ? null : readLeader(entry.value);
  if (record?.ok !== true || record.value.resigned) return 'leaderless';
  const node = view.node(record.value.address);
  const leader = (node?.state as JobManagerState | undefined)?.leader ?? null;
  if (node?.status !== 'running' || leader?.epoch !== record.value.epoch) return 'leaderless';
  const job = leader.jobs.get(jobId);
  return job !== undefined && isRunning(job) ? 'running' : 'unsettled';
}

/** All its tasks run, or are at their end. */
function isRunning({ status, executions }: JobMaster): boolean {
  return status === 'RUNNING' && executions.every(({ state }) => state === 'RUNNING' || state === 'FINISHED');
}
