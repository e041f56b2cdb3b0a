// Before the first fault nothing fails: no task, no attempt, no leader. Behind a fault nobody can tell what it led to, and a job gets over
// almost anything: one whose tasks fail by themselves, or whose leaders depose each other, ends as well, and its output is right.
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Observation } from '../observation.ts';
import { readLeader } from './decode.ts';
import { haWriteOf, sentBy, type Applied } from './seen.ts';
import { attemptText } from './text.ts';

const DISTURBANCES: ReadonlySet<Observation['kind']> = new Set<Observation['kind']>([
  'fault',
  'stopped',
  'paused',
  'partitioned',
  'service-cut',
  'connection-broke',
]);

/** From here on whatever fails may have a cause. */
export function isDisturbance({ kind }: Observation): boolean {
  return DISTURBANCES.has(kind);
}

/** What failed by itself, or null. */
export function describeFailure(seen: Observation): string | null {
  if (seen.kind === 'applied') return describeElection(seen);
  if (seen.kind !== 'stepped') return null;
  for (const effect of seen.effects) {
    const failure = describeEffect(seen.node, effect);
    if (failure !== null) return failure;
  }
  return null;
}

function describeElection(seen: Applied): string | null {
  const write = haWriteOf(seen);
  if (write === null || write.key !== LEADER_KEY || write.value === null) return null;
  const leader = readLeader(write.value);
  return leader.ok && leader.value.epoch > 1 ? `${seen.node} took the lead, with epoch ${leader.value.epoch}` : null;
}

function describeEffect(node: string, effect: Effect): string | null {
  const message = sentBy(effect);
  if (message?.kind === 'task-state-changed' && message.body.state === 'FAILED')
    return `${attemptText(message.body.attempt)} on ${node} failed: ${message.body.reason ?? 'no reason was given'}`;
  if (message?.kind === 'deploy-task' && message.body.task.attempt.attempt > 1)
    return `attempt ${attemptText(message.body.task.attempt)} was deployed to ${message.to}`;
  return null;
}
