// Another parallelism for a job that runs (Flink: the adaptive scheduler). The wish is in the record of the job, so that every leader goes on with it. All tasks
// are cancelled, and begin again from the latest checkpoint, each with what its key groups and splits need. A job that needs more slots than there
// are runs on as it is until they are there.
import { cancelTimer } from '../base/timers.ts';
import { requiredSlots } from '../graph/chaining.ts';
import { withParallelism, type JobGraph, type Operator } from '../graph/job-graph.ts';
import { validateGraph } from '../graph/validate.ts';
import type { RescaledOperator } from '../protocol/ha-records.ts';
import type { MessageOfKind, OperatorParallelism } from '../protocol/messages.ts';
import { refuse, tellStatus, want, wellNamed } from './dispatcher.ts';
import { createRestorePoint, createShape, recordGlobalFailure, regionTimer, wantedOf } from './jobs.ts';
import { freeSlots, yieldSlots } from './slots.ts';
import { NONE, type JobMaster, type Leader } from './state.ts';
import type { Step } from './step.ts';

/** Repeated for as long as it is not answered. */
export function onRescaleJob(step: Step, message: MessageOfKind<'rescale-job'>): void {
  const leader = wellNamed(step, message);
  if (leader === null) return;
  const { jobId, parallelism } = message.body;
  if (leader.submissions.has(jobId)) return step.out.ignore(message, { kind: 'job-not-stored', jobId });
  if (leader.recovery.unreadable.has(jobId)) return step.out.ignore(message, { kind: 'job-unreadable', jobId });
  const job = leader.jobs.get(jobId);
  if (job === undefined || job.outcome !== null || wantedOf(job).kind !== 'RUNNING')
    return tellStatus(step, leader, message.from, jobId);
  const wanted = merged(job, parallelism);
  const text = describeMistake(job.record.graph, parallelism, wanted);
  if (text !== null) return refuse(step, leader, message.from, jobId, { kind: 'parallelism-invalid', text });
  if (isSame(wanted, job.record.parallelism) && job.change === null)
    return tellStatus(step, leader, message.from, jobId);
  if (job.change !== null && !isSame(wanted, job.change.record.parallelism))
    return step.out.ignore(message, { kind: 'job-being-changed', jobId });
  want(step, job, { parallelism: wanted }, message);
}

/** @param wanted with what was asked for before: an operator and those beside it may only go together */
function describeMistake(
  graph: JobGraph,
  asked: readonly OperatorParallelism[],
  wanted: readonly RescaledOperator[],
): string | null {
  const unknown = asked.find(({ operator }) => graph.operators.every(({ id }) => id !== operator));
  if (unknown !== undefined) return `the job has no operator "${unknown.operator}"`;
  const valid = validateGraph(withParallelism(graph, wanted));
  return valid.ok ? null : valid.reason;
}

/** In the order of their ids, without those that never had anything but what the graph says. */
function merged({ record }: JobMaster, wanted: readonly OperatorParallelism[]): readonly RescaledOperator[] {
  const all = record.graph.operators.flatMap(({ id: operator, parallelism: given }) => {
    const before = record.parallelism.find((one) => one.operator === operator);
    const now = wanted.findLast((one) => one.operator === operator) ?? before;
    const parallelism = now?.parallelism ?? given;
    const most = Math.max(given, before?.most ?? 0, parallelism);
    return parallelism === given && most === given ? [] : [{ operator, parallelism, most }];
  });
  return all.toSorted((a, b) => (a.operator < b.operator ? -1 : 1));
}

function isSame(one: readonly RescaledOperator[], other: readonly RescaledOperator[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** It runs with another parallelism than its record says. Each step asks: no graph is made. */
function isOutgrown({ graph, record }: JobMaster): boolean {
  const { operators } = record.graph;
  for (let index = 0; index < operators.length; index++) {
    const { id, parallelism } = operators[index] as Operator;
    const wanted = record.parallelism.find(({ operator }) => operator === id)?.parallelism ?? parallelism;
    if (wanted !== graph.operators[index]?.parallelism) return true;
  }
  return false;
}

/** There are slots for what is to follow. Behind its final checkpoint a job has nothing left to do. */
export function isRescaleDue(leader: Leader, job: JobMaster): boolean {
  if (!isOutgrown(job) || job.coordinator.finalCheckpointId !== NONE) return false;
  const { graph, parallelism } = job.record;
  return requiredSlots(withParallelism(graph, parallelism)) - job.allocations.length <= freeSlots(leader);
}

/** Ends all that runs. */
export function reconcileRescale(leader: Leader, job: JobMaster): void {
  if (isRescaleDue(leader, job)) recordGlobalFailure(job, { kind: 'job-rescaled' });
}

/** All attempts are over: the next ones are of the new shape. */
export function reshape(step: Step, leader: Leader, job: JobMaster): void {
  for (const region of job.regions) {
    cancelTimer(leader.timers, regionTimer('deploy', job, region));
    cancelTimer(leader.timers, regionTimer('cancel', job, region));
  }
  const { graph, vertices, executions, regions } = createShape(job.record, job.attempt);
  const needed = requiredSlots(graph);
  yieldSlots(step, leader, job, needed);
  while (job.allocations.length < needed) job.allocations.push(null);
  job.graph = graph;
  job.vertices = vertices;
  job.executions = executions;
  job.regions = regions;
  job.restore = createRestorePoint();
}
