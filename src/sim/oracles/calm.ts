// Before the first fault nothing fails: no task, no attempt, no leader. Behind a fault nobody can tell what it led to, and a job gets over
// almost anything: one whose tasks fail by themselves, or whose leaders depose each other, ends as well, and its output is right.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Observation, Thing, WorldView } from '../observation.ts';
import { readLeader } from './decode.ts';
import { isHarmless, endsProcess } from './disturbances.ts';
import { aboutAttempt, aboutKey } from './evidence.ts';
import { haWriteOf, sentBy, type Applied } from './seen.ts';
import { attemptText } from './text.ts';

const DISTURBANCES: ReadonlySet<Observation['kind']> = new Set<Observation['kind']>([
  'fault',
  'stopped',
  'paused',
  'partitioned',
  'service-cut',
  'service-troubled',
  'connection-broke',
]);

/** From here on whatever fails may have a cause. */
export function isDisturbance(seen: Observation, view: WorldView): boolean {
  if (seen.kind !== 'stepped') return DISTURBANCES.has(seen.kind) && !isHarmless(seen, view);
  for (const effect of seen.effects) if (endsProcess(effect)) return true;
  return false;
}

/** What failed by itself: the rule that it breaks, a clause, and the things that it names. */
export interface Failure {
  readonly rule: string;
  readonly text: string;
  readonly about: readonly Thing[];
}

/**
 * What of a job failed by itself, or null.
 * @param first the attempt that was deployed first; 0: none was. Not 1 where a job starts from a savepoint, or has the id of another.
 */
export function failureIn(seen: Observation, jobId: string, first: number): Failure | null {
  if (seen.kind === 'applied') return electionIn(seen);
  if (seen.kind !== 'stepped') return null;
  for (const effect of seen.effects) {
    const failure = failureOf(seen.node, effect, jobId, first);
    if (failure !== null) return failure;
  }
  return null;
}

function electionIn(seen: Applied): Failure | null {
  const write = haWriteOf(seen);
  if (write === null || write.key !== LEADER_KEY || write.value === null) return null;
  const leader = readLeader(write.value);
  if (!leader.ok || leader.value.epoch <= 1) return null;
  const text = `${seen.node} took the lead, with epoch ${leader.value.epoch}`;
  return { rule: 'needless-election', text, about: [aboutKey(LEADER_KEY)] };
}

function failureOf(node: string, effect: Effect, jobId: string, first: number): Failure | null {
  const message = sentBy(effect);
  if (message?.kind === 'task-state-changed' && message.body.state === 'FAILED') {
    const { attempt, reason } = message.body;
    if (attempt.jobId !== jobId) return null;
    const text = `${attemptText(attempt)} on ${node} failed: ${reason === null ? 'no reason was given' : describeReason(reason)}`;
    return { rule: 'needless-failure', text, about: [aboutAttempt(attempt)] };
  }
  if (message?.kind !== 'deploy-task') return null;
  const { attempt } = message.body.task;
  if (attempt.jobId !== jobId || first === 0 || attempt.attempt === first) return null;
  const text = `attempt ${attemptText(attempt)} was deployed to ${message.to}`;
  return { rule: 'needless-restart', text, about: [aboutAttempt(attempt)] };
}

/** The attempt of a job that is deployed in this step; 0: none is. */
export function deployedIn(seen: Observation, jobId: string): number {
  if (seen.kind !== 'stepped') return 0;
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    if (message?.kind !== 'deploy-task') continue;
    const { attempt } = message.body.task;
    if (attempt.jobId === jobId) return attempt.attempt;
  }
  return 0;
}

/** A client wants another parallelism of the job, or that it leaves a TaskManager: it begins again. */
export function isRestartWanted(seen: Observation, jobId: string): boolean {
  if (seen.kind !== 'stepped') return false;
  return seen.effects.some((effect) => {
    const message = sentBy(effect);
    if (message?.kind === 'drain-task-manager') return true;
    return message?.kind === 'rescale-job' && message.body.jobId === jobId;
  });
}
