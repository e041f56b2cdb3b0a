// How the job fared over time: stored, deployed, restarting, over; between two leaders it is SUSPENDED. Several jobs share one row.
import type { JobStatus } from '../../src/core/protocol/states.ts';
import { isGloballyTerminal } from '../../src/core/protocol/states.ts';
import type { Fact, FactOf } from '../../src/run/facts/history.ts';
import type { TraceFacts } from './facts.ts';
import { NONE } from './model.ts';
import type { JobPeriod } from './model.ts';
import type { Whys } from './whys.ts';

type Moment = Omit<JobPeriod, 'to'>;
/** The newest deployment of each job that is not over. */
type Deployed = Map<string, FactOf<'job-deployed'>>;

export function jobOf({ history }: TraceFacts, whys: Whys, endAt: number): JobPeriod[] {
  const deployed: Deployed = new Map();
  const moments = history.flatMap((fact) => {
    const moment = momentOf(fact, deployed, whys);
    if (fact.kind === 'job-deployed') deployed.set(fact.jobId, fact);
    else if (fact.kind === 'job-ended') deployed.delete(fact.jobId);
    return moment === null ? [] : [moment];
  });
  return moments
    .map((moment, index) => ({ ...moment, to: moments[index + 1]?.from ?? endAt }))
    .filter(({ from, to, state }) => to > from || isGloballyTerminal(state));
}

/** Null: the fact says nothing of how a job fares. */
function momentOf(fact: Fact, deployed: Deployed, whys: Whys): Moment | null {
  const is = (state: JobStatus, text = '', attempt = NONE): Moment => ({ from: fact.at, state, attempt, text });
  switch (fact.kind) {
    case 'job-stored':
      return is('CREATED');
    case 'job-deployed':
      return is('RUNNING', `attempt ${fact.attempt} from ${restoredFrom(fact)}`, fact.attempt);
    case 'job-restarting':
      return is('RESTARTING', whys.restarted(fact));
    case 'job-ended':
      return is(fact.status);
    case 'leader-left':
      return isLedBy(fact, deployed) ? is('SUSPENDED', `${fact.node} does not lead any more`) : null;
    default:
      return null;
  }
}

function isLedBy({ node, epoch }: FactOf<'leader-left'>, deployed: Deployed): boolean {
  return [...deployed.values()].some((job) => job.by === node && job.epoch === epoch);
}

function restoredFrom({ restoredFrom: checkpoint }: FactOf<'job-deployed'>): string {
  return checkpoint === 0 ? 'nothing' : `checkpoint ${checkpoint}`;
}
