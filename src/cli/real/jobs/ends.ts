// How jobs may end, and what their clients may be told of it. Pure.
import { describeBecause } from '../../../core/protocol/describe-reason.ts';
import { isGloballyTerminal } from '../../../core/protocol/states.ts';
import { slotsNeeded, type JobOfRun } from '../../../scenario/jobs.ts';
import type { Scenario } from '../../../scenario/scenario.ts';
import type { ClientView } from '../client-plans.ts';
import { isSameEnd, type JobEnd, type JobLife } from './lives.ts';

/** What is known of the jobs of a run before it begins. */
export interface JobsOfRun {
  readonly jobs: readonly JobOfRun[];
  /** Of the whole cluster. */
  readonly slots: number;
}

export function jobsOfRun(
  jobs: readonly JobOfRun[],
  { taskManagers, slotsPerTaskManager }: Scenario['cluster'],
): JobsOfRun {
  return { jobs, slots: taskManagers * slotsPerTaskManager };
}

/** `the job`, where there is but one. */
export function nameOf({ jobs }: JobsOfRun, jobId: string): string {
  return jobs.length === 1 ? 'the job' : jobId;
}

/** A sentence if this job may not end so. */
export function wrongEnd(run: JobsOfRun, jobId: string, end: JobEnd): string | null {
  const job = run.jobs.find((one) => one.jobId === jobId);
  if (job === undefined || mayEnd(run, job, end)) return null;
  const { status, reason, savepointId } = end;
  const how = savepointId === null ? status : `${status} with savepoint ${savepointId}`;
  return `${nameOf(run, jobId)} ended ${how}${describeBecause(reason)}${whatIsRight(job)}`;
}

function whatIsRight({ ends }: JobOfRun): string {
  return ends === null ? '' : `; its own code should have ended it ${ends}`;
}

function mayEnd(run: JobsOfRun, job: JobOfRun, { status, reason, savepointId }: JobEnd): boolean {
  switch (status) {
    case 'FINISHED':
      if (savepointId !== null) return stopsOf(run, job).includes(savepointId);
      return job.ends === null;
    case 'CANCELED':
      return isCancelled(run, job);
    case 'FAILED':
      if (reason?.kind === 'slots-missing') return slotsNeeded([job]) > run.slots;
      return job.ends === 'FAILED' && reason?.kind !== 'rejected';
    default:
      return false;
  }
}

/** The savepoints with which clients stop it. */
function stopsOf({ jobs }: JobsOfRun, { jobId, others }: JobOfRun): readonly string[] {
  const own = others.filter(({ wants }) => wants === 'stop').map(({ savepointId }) => savepointId);
  const ofFollowers = jobs.flatMap(({ follows }) => {
    return follows?.jobId === jobId && follows.by === 'stop' ? [follows.savepointId] : [];
  });
  return [...own, ...ofFollowers];
}

function isCancelled({ jobs }: JobsOfRun, { jobId, others }: JobOfRun): boolean {
  return (
    others.some(({ wants }) => wants === 'cancel') ||
    jobs.some(({ follows }) => follows?.jobId === jobId && follows.by === 'cancel')
  );
}

/** How a client was told that its job ended; null: it was told nothing of the kind, or that there is no such job any more. */
export function toldEnd({ result }: ClientView): JobEnd | null {
  if (result?.kind !== 'job') return null;
  const { status, reason, savepointId } = result;
  return status !== 'UNKNOWN' && isGloballyTerminal(status) ? { status, reason, savepointId } : null;
}

/** The first client that was told of an end that is wrong, or is not that of the job's result. */
export function wrongAnswer(run: JobsOfRun, clients: readonly ClientView[], lives: readonly JobLife[]): string | null {
  for (const view of clients) {
    const told = toldEnd(view);
    const life = lives.find(({ jobId }) => jobId === view.jobId);
    if (told === null || life === undefined || (life.end !== null && isSameEnd(life.end, told))) continue;
    const durable = life.end === null ? 'it has no result' : `its result says ${describeEnd(life.end)}`;
    return `${view.address} was told that ${nameOf(run, view.jobId)} is ${describeEnd(told)}, and ${durable}`;
  }
  return null;
}

export function describeEnd({ status, savepointId }: Pick<JobEnd, 'status' | 'savepointId'>): string {
  return savepointId === null ? status : `${status} with savepoint ${savepointId}`;
}
