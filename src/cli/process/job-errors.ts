// Errors that nobody catches, because a job's code left something behind: a promise that was rejected, a timer's callback that throws. A TaskManager
// outlives them, as its other jobs have no part in it; any other such error is a bug, and ends the process. Behind a call of `mapAsync` that has no answer yet
// the error is its answer, and fails the task.
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';
import { isInArtifact } from '../../net-real/artifact-store.ts';
import { callAtHand, type CallAtHand } from '../../net-real/call-at-hand.ts';
import { jobStack } from '../../net-real/job-stack.ts';

const FRAMES_MAX = 8;
/** Lines of one process: a job may leave something behind with each record. */
const TOLD_MAX = 20;

/** Whether code of a job is at fault: its artifact is in the stack, or there is no stack, as who rejects with what is no error is no code of ours. */
export function isOfJob(error: unknown): boolean {
  const frames = stackLines(error, FRAMES_MAX);
  return frames.length === 0 ? !(error instanceof Error) : frames.some(isInArtifact);
}

const BEHIND_CALL = 'where nobody waits for it';

export interface Onlooker {
  readonly tell: (text: string) => void;
  readonly end: () => void;
  /** Of the first error of a job's code. */
  readonly onJob: (error: unknown) => void;
}

/** What to do with an error that nobody caught: it is told and lived with, or told and the end. @param runsJobs false: all code is ours */
export function uncaughtOf(runsJobs: boolean, { tell, end, onJob }: Onlooker): (error: unknown) => void {
  let told = 0;
  return (error) => {
    const call = runsJobs ? callAtHand() : null;
    if (call?.fail(error, BEHIND_CALL) === true) return;
    const text = describeThrown(error);
    if (!runsJobs || (call === null && !isOfJob(error))) {
      tell(text);
      return end();
    }
    if (told === 0) onJob(error);
    told += 1;
    if (told <= TOLD_MAX) tell(`${ownerOf(call)} left this behind: ${text}`);
    if (told === TOLD_MAX) tell('more of these are not told');
  };
}

function ownerOf(call: CallAtHand | null): string {
  return call === null ? "a job's own code" : `mapAsync "${call.operator}"`;
}

/** What, and where: if another error caused it, the place is that one's. Of code of a job, its own files and lines. */
export function describeThrown(error: unknown): string {
  const stack = jobStack(error);
  if (stack !== null) return stack;
  const origin = error instanceof Error ? (error.cause ?? error) : error;
  return [messageOf(error), ...stackLines(origin, FRAMES_MAX)].join('\n    ');
}
