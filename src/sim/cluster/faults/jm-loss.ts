// A leading JobManager with a job dies and never comes back, also when faults stop. Another one is left.
import { leftOf } from './peek.ts';
import { atLeadingJob, jobManagerGroups, overGroups } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

/** So many JobManagers never die for good: jobs, checkpoints and results outlive a leader, but nobody reads them without one. */
export const JOB_MANAGERS_NEEDED = 1;

export const jmLoss: RulesOf = ({ estimate }) =>
  overGroups(jobManagerGroups(estimate), {
    stream: 'loss',
    at: 'step',
    mayStrike: atLeadingJob,
    isSpared: (view) => leftOf(view, 'job-manager') <= JOB_MANAGERS_NEEDED,
    strike(_, controls, point) {
      if (!controls.crash(point.node, 'never', 'kept')) return null;
      return hitAt(point.node, `${point.node}, the leader, died for good at ${point.kind}`);
    },
  });
