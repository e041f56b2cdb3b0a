// Which jobs a step may have changed: all others are as `reconcile` left them, and it leaves them alone. Of most inputs that is known before they are looked
// at: they are about one job, or about none. Whatever is not known to be about few jobs is about all of them.
import type { Input } from '../base/machine.ts';
import type { Message } from '../protocol/messages.ts';
import type { ClusterVocabulary } from '../protocol/ports.ts';
import type { Purpose } from '../protocol/purposes.ts';
import type { JobManagerState, Leader } from './state.ts';

/** Part of a step, and of no state. */
export interface Touched {
  /** Every job. */
  all: boolean;
  /** Else these few, by id; one that is not there is none, one that is named twice is one. */
  readonly jobs: string[];
}

const ALL: readonly string[] | null = null;
const NONE: readonly string[] = [];

export function touchedBy(state: JobManagerState, input: Input<ClusterVocabulary>): Touched {
  const jobs = jobsOf(state, input);
  return { all: jobs === ALL, jobs: [...(jobs ?? NONE)] };
}

function jobsOf(state: JobManagerState, input: Input<ClusterVocabulary>): readonly string[] | null {
  if (input.kind === 'message') return jobsOfMessage(state, input.message);
  if (input.kind === 'completed') return jobsOfAnswer(state, input.request);
  return input.kind === 'wake' ? NONE : ALL; // each timer says for itself what it touches
}

function jobsOfMessage({ leader }: JobManagerState, message: Message): readonly string[] | null {
  switch (message.kind) {
    case 'acknowledge-checkpoint':
    case 'decline-checkpoint':
    case 'task-state-changed':
      return [message.body.attempt.jobId];
    case 'offer-slots':
    case 'take-checkpoint':
      return [message.body.jobId];
    case 'slot-answer':
    case 'slot-freed':
      return jobOfSlot(leader, message.from, message.body.slotIndex);
    case 'submit-job': // a submission is no job yet
    case 'request-job-status':
    case 'request-jobs':
    case 'request-checkpoint-status':
    case 'request-job-checkpoints':
    case 'request-job-exceptions':
    case 'request-job-details':
    case 'request-checkpoint-details':
    case 'request-cluster-overview':
    case 'drain-task-manager': // a wish is none before it is durable
    case 'undrain-task-manager':
    case 'request-drain-status':
      return NONE;
    default:
      return ALL;
  }
}

/** Who holds a slot before the message is looked at. */
function jobOfSlot(leader: Leader | null, address: string, slotIndex: number): readonly string[] {
  const jobId = leader?.taskManagers.get(address)?.slots[slotIndex]?.jobId ?? null;
  return jobId === null ? NONE : [jobId];
}

const ABOUT_NO_JOB: readonly Purpose['kind'][] = [
  'renew',
  'list-files',
  'delete-file',
  'read-unreached',
  'delete-unreached',
];

function jobsOfAnswer({ requests }: JobManagerState, request: number): readonly string[] | null {
  const purpose = requests.pending.get(request)?.purpose;
  if (purpose === undefined || ABOUT_NO_JOB.includes(purpose.kind)) return NONE;
  return 'jobId' in purpose ? [purpose.jobId] : ALL;
}

/** Their ids, in the order of all jobs; one that is named may not be there. */
export function touchedIds({ all, jobs: touched }: Touched, { jobs }: Leader): Iterable<string> {
  if (all) return jobs.keys();
  return touched.length > 1 ? [...jobs.keys()].filter((jobId) => touched.includes(jobId)) : touched;
}
