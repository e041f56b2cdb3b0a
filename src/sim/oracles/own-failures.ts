// O-life, failures: a job is FAILED only when enough of its attempts ended by its own code or state, so never for lost processes and services alone;
// and what fails by itself does not restart without end. Under explicit restart strategies any failure may be the last.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { ResultRecord } from '../../core/protocol/ha-records.ts';
import { strategyOf } from '../../core/protocol/restart-options.ts';
import type { AttemptId, ProcessDeath } from '../../core/protocol/ids.ts';
import type { Message, MessageOfKind } from '../../core/protocol/messages.ts';
import type { TaskReason } from '../../core/protocol/reasons.ts';
import type { Observation, OracleShift, TimeUs, Violate, WorldView } from '../observation.ts';
import { isDisturbance } from './calm.ts';
import { noteIn } from '../cluster/services/work-folder.ts';
import type { OracleContext } from './context.ts';
import { aboutAttempt, aboutMessage, line } from './evidence.ts';
import { deliveredTo, sentBy, type Applied } from './seen.ts';
import { workFoldersOf } from './service-views.ts';
import { attemptText } from './text.ts';

export interface OwnFailures {
  /** Of the leader with this epoch: a new one counts anew. */
  epoch: number;
  /** Attempts of the job that its tasks said were ended by the job's own failure. */
  readonly attempts: Set<number>;
  /** A task said what no further attempt can help. */
  unrecoverable: boolean;
  /** The latest of them, how many attempts ended so one after the other, and when the last one did, in µs of world time; null: none did. */
  latest: string;
  inARow: number;
  latestAt: TimeUs | null;
  /** How the work folder of a TaskManager says that code of the job ended it, by address. */
  readonly deaths: Map<string, ProcessDeath>;
  /** Of these a leader may have heard it. */
  readonly heard: Set<string>;
  /** Faults that struck so far: each may keep a report from the leader, or be merged with a failure. */
  disturbances: number;
}

export function createOwnFailures(): OwnFailures {
  return {
    epoch: 0,
    attempts: new Set(),
    unrecoverable: false,
    latest: '',
    inARow: 0,
    latestAt: null,
    deaths: new Map(),
    heard: new Set(),
    disturbances: 0,
  };
}

const OWN: ReadonlySet<TaskReason['kind']> = new Set<TaskReason['kind']>([
  'user-code',
  'descriptor-invalid',
  'restore-failed',
  'split-out-of-place',
  'sink-refused',
  'source-refused',
  'record-refused',
  'answer-unexpected',
  'artifact-refused',
]);
const UNRECOVERABLE: ReadonlySet<string> = new Set(['artifact-unnamed', 'artifact-without-job']);

export function noteFailures(
  own: OwnFailures,
  context: OracleContext,
  seen: Observation,
  view: WorldView,
  violate: Violate,
): void {
  const { now } = view;
  if (isDisturbance(seen, view)) own.disturbances += 1;
  if (seen.kind === 'applied') return noteDeath(own, context, seen);
  if (seen.kind === 'torn') return noteLostNote(own, context, seen, view);
  if (seen.kind !== 'stepped') return;
  if (deliveredTo(seen)?.kind === 'task-manager-registered') own.heard.add(seen.node);
  for (const effect of seen.effects) {
    const failure = failureTold(own, context, sentBy(effect), violate);
    if (failure === null || failure.epoch < own.epoch) continue;
    const { epoch, attempt, what } = failure;
    if (epoch > own.epoch) Object.assign(own, { ...createOwnFailures(), ...keptOf(own), epoch });
    if (own.attempts.has(attempt.attempt)) continue; // another task of it, or the same again
    own.attempts.add(attempt.attempt);
    own.unrecoverable ||= failure.isUnrecoverable;
    countInARow(own, context, `${attempt.vertex}/${attempt.subtask}: ${what}`, now);
    judgeInARow(own, context, [line(attemptText(attempt), aboutAttempt(attempt))], violate);
  }
}

function keptOf({ deaths, heard, disturbances }: OwnFailures): Pick<OwnFailures, 'deaths' | 'heard' | 'disturbances'> {
  return { deaths, heard, disturbances };
}

/** A failure of the job's own, as a TaskManager tells it. */
interface Told {
  readonly epoch: number;
  readonly attempt: AttemptId;
  readonly what: string;
  readonly isUnrecoverable: boolean;
}

function failureTold(
  own: OwnFailures,
  { jobId }: OracleContext,
  message: Message | null,
  violate: Violate,
): Told | null {
  if (message?.kind === 'register-task-manager') return deathTold(own, jobId, message, violate);
  if (message?.kind !== 'task-state-changed' || message.body.state !== 'FAILED') return null;
  const { epoch, attempt, reason } = message.body;
  if (attempt.jobId !== jobId || reason === null || !OWN.has(reason.kind)) return null;
  const isUnrecoverable = reason.kind === 'artifact-refused' && UNRECOVERABLE.has(reason.reason.kind);
  return { epoch, attempt, what: describeReason(reason), isUnrecoverable };
}

// ---- Deaths of processes

function noteDeath(own: OwnFailures, { jobId }: OracleContext, { node, request }: Applied): void {
  if (request.kind !== 'death-write') return;
  const { death } = request as unknown as { readonly death: ProcessDeath | null };
  own.deaths.delete(node);
  if (death?.attempt.jobId !== jobId) return;
  own.deaths.set(node, death);
  own.heard.delete(node);
}

/** With the power of its host a TaskManager may lose what it had noted, or find again what it had removed: that is what its next process knows. */
function noteLostNote(own: OwnFailures, { jobId }: OracleContext, { node, service }: Torn, view: WorldView): void {
  if (service !== 'work-folder') return;
  own.deaths.delete(node);
  const found = noteIn(workFoldersOf(view), node);
  if (found?.attempt.jobId !== jobId) return;
  own.deaths.set(node, found);
  own.heard.delete(node);
}

type Torn = Extract<Observation, { readonly kind: 'torn' }>;

/** Only of the leader under which it happened it counts: the next one begins to count anew. */
function deathTold(
  own: OwnFailures,
  jobId: string,
  { from, to, body }: MessageOfKind<'register-task-manager'>,
  violate: Violate,
): Told | null {
  const { epoch, death } = body;
  const told = [line(`told ${to}`, aboutMessage('register-task-manager', to))];
  const known = own.deaths.get(from) ?? null;
  if (death === null && known !== null && !own.heard.has(from))
    violate('death-untold', `code of job ${jobId} ended ${from}, which registers and does not say so`, told);
  if (death?.attempt.jobId !== jobId) return null;
  if (JSON.stringify(death) !== JSON.stringify(known))
    violate('death-invented', `${from} says that code of job ${jobId} ended it, which did not`, told);
  if (death.epoch !== epoch) return null;
  const { attempt, operator } = death;
  return { epoch, attempt, what: `its process ended in ${operator}`, isUnrecoverable: false };
}

export function shiftOwnFailures(own: OwnFailures, context: OracleContext, by: OracleShift): void {
  if (own.latestAt !== null) own.latestAt = by.worldMoment(own.latestAt, quietUs(context));
}

/** After that long the same failure is another one. */
function quietUs({ graph, options }: OracleContext): number {
  const strategy = strategyOf(graph.restart, options);
  return strategy.kind === 'exponential-delay' ? strategy.resetMs * 1_000 : 0;
}

function countInARow(own: OwnFailures, context: OracleContext, what: string, now: number): void {
  const isSoon = own.latestAt !== null && now - own.latestAt < quietUs(context);
  own.inARow = own.latest === what && isSoon ? own.inARow + 1 : 1;
  own.latest = what;
  own.latestAt = now;
}

type Evidence = Parameters<Violate>[2];

function judgeInARow(own: OwnFailures, { jobId, options }: OracleContext, evidence: Evidence, violate: Violate): void {
  const max = options.jobFailuresMax * (1 + own.disturbances);
  if (own.inARow <= max) return;
  violate(
    'restarts-without-end',
    `${own.inARow} attempts of job ${jobId} ended by the same failure of its own, and it was restarted each time`,
    evidence,
  );
}

export function judgeEndStatus(
  own: OwnFailures,
  context: OracleContext,
  epoch: number,
  { status, reason }: Pick<ResultRecord, 'status' | 'reason'>,
  violate: Violate,
): void {
  const { jobId, graph, options, ends = null } = context;
  if (ends !== null && status === 'FINISHED')
    violate('finished-in-spite', `job ${jobId} is FINISHED, and its own code should have failed it`, []);
  if (status !== 'FAILED' || strategyOf(graph.restart, options).kind !== 'exponential-delay') return;
  if (reason?.kind === 'slots-missing') return; // it never ran
  const attempts = own.epoch === epoch ? own.attempts.size : 0;
  if (attempts >= options.jobFailuresMax || (attempts > 0 && own.unrecoverable)) return;
  violate(
    'failed-without-cause',
    `job ${jobId} is FAILED, and of its attempts under epoch ${epoch} ${attempts} ended by a failure of its own: ${options.jobFailuresMax} may`,
    [],
  );
}
