// The phases that hold at an instant, from the facts. Several may hold at once; at least one does.
import type {
  AttemptFacts,
  ChannelFacts,
  CheckpointFacts,
  JobFacts,
  RunFacts,
  TaskFacts,
} from '../../../run/facts/facts.ts';
import type { TimeUs } from '../../observation.ts';
import type { Phase } from '../../../scenario/phases.ts';

export function currentPhases(facts: RunFacts, now: TimeUs, leaseMs: number): readonly Phase[] {
  const held: Phase[] = [];
  if (isLeaderless(facts, now, leaseMs)) held.push('no leader');
  if (facts.cancelling.size > 0) held.push('cancelling');
  if (facts.committing.size > 0) held.push('committing');
  if (facts.jobs.size === 0) held.push('deploying');
  for (const job of facts.jobs.values()) held.push(...phasesOfJob(facts, job));
  if (held.length === 0) held.push('running idle');
  return [...new Set(held)];
}

function isLeaderless({ leader }: RunFacts, now: TimeUs, leaseMs: number): boolean {
  return leader === null || leader.stopped || now - leader.heardAt > leaseMs * 1_000;
}

function phasesOfJob(facts: RunFacts, job: JobFacts): Phase[] {
  const held = job.attempt === null ? (['deploying'] as const) : phasesOfAttempt(facts, job, job.attempt);
  return job.checkpoint === null ? [...held] : [...held, ...phasesOfCheckpoint(facts, job.checkpoint)];
}

function phasesOfAttempt({ leader }: RunFacts, { ended }: JobFacts, attempt: AttemptFacts): Phase[] {
  const held: Phase[] = [];
  const tasks = [...attempt.tasks.values()];
  const isSuperseded = leader !== null && leader.epoch > attempt.epoch && !ended;
  if (isSuperseded || tasks.some(isBeginning)) held.push('deploying');
  if (tasks.some((task) => task.restores && isBeginning(task))) held.push('restoring');
  if (attempt.atEnd) held.push('end of input');
  if ([...attempt.channels.values()].some((facing) => facing.some(isOutOfCredit))) held.push('backpressured');
  return held;
}

function isOutOfCredit(channel: ChannelFacts | null): boolean {
  return channel !== null && channel.credit > 0 && channel.sent >= channel.credit;
}

function isBeginning({ state }: TaskFacts): boolean {
  return state === 'DEPLOYING' || state === 'INITIALIZING';
}

function phasesOfCheckpoint({ uploading }: RunFacts, checkpoint: CheckpointFacts): Phase[] {
  if (checkpoint.completed) return checkpoint.unaware.size > 0 ? ['pointer to notified'] : [];
  if (checkpoint.acknowledged.size === checkpoint.tasks.size) return ['last ack to pointer written'];
  const held: Phase[] = ['triggered'];
  if (checkpoint.aligning.size > 0) held.push('aligning');
  if (uploading.size > 0) held.push('uploading');
  return held;
}
