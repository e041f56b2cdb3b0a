// The list of all jobs that are stored: those that are not over, and those of the past, in the order of their submission, page by page. A job that is being
// made durable is in no list yet.
import { comparePlaces, type Submitted } from '../protocol/ids.ts';
import type { JobLine, MessageOfKind, Place } from '../protocol/messages.ts';
import { recoveredLeader, statusOf } from './dispatcher.ts';
import { countEnded, countTasks } from './job-details.ts';
import { NONE, type JobMaster, type Leader, type PastJob } from './state.ts';
import type { Step } from './step.ts';

/** Jobs in one answer: it is bounded, whatever is stored. */
export const JOBS_PER_PAGE = 100;

/** Of a job whose record cannot be read. */
const UNREADABLE: Submitted = { epoch: NONE, number: NONE, at: 0 };

export function onRequestJobs(step: Step, message: MessageOfKind<'request-jobs'>): void {
  const leader = recoveredLeader(step, message);
  if (leader === null) return;
  const { after } = message.body;
  const behind = linesOf(leader).filter((line) => after === null || order(placeOf(line), after) > 0);
  const jobs = behind.toSorted((a, b) => order(placeOf(a), placeOf(b))).slice(0, JOBS_PER_PAGE);
  const last = jobs.at(-1);
  const next = behind.length > jobs.length && last !== undefined ? placeOf(last) : null;
  step.out.send(message.from, 'job-list', { epoch: leader.epoch, after, jobs, next });
}

function order(a: Place, b: Place): number {
  return comparePlaces(a, b) || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
}

function placeOf({ jobId, submitted: { epoch, number } }: JobLine): Place {
  return { epoch, number, jobId };
}

function linesOf(leader: Leader): readonly JobLine[] {
  return [
    ...[...leader.recovery.unreadable.keys()].map((jobId) => lineOf(leader, jobId, OF_UNREADABLE)),
    ...[...leader.results].map(([jobId, past]) => lineOf(leader, jobId, shownOfPast(past))),
    ...[...leader.jobs].map(([jobId, job]) => lineOf(leader, jobId, shownOfJob(job))),
  ];
}

type Shown = Omit<JobLine, 'jobId' | 'status' | 'reason'>;

const OF_UNREADABLE: Shown = { submitted: UNREADABLE, endedAt: null, name: '', changedAt: 0, tasks: countTasks([]) };

function shownOfPast({ submitted, endedAt, graph }: PastJob): Shown {
  return { submitted, endedAt, name: graph.name, changedAt: endedAt, tasks: countEnded(graph) };
}

function shownOfJob({ record, graph, times, executions }: JobMaster): Shown {
  const changedAt = Math.max(...Object.values(times));
  return { submitted: record.submitted, endedAt: null, name: graph.name, changedAt, tasks: countTasks(executions) };
}

function lineOf(leader: Leader, jobId: string, shown: Shown): JobLine {
  const { status, reason } = statusOf(leader, jobId);
  return { jobId, status: status === 'UNKNOWN' ? 'INITIALIZING' : status, reason, ...shown };
}
