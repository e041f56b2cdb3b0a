// A process is stopped and goes on later with all that it had queued: for a moment, for longer than a lease, or than the heartbeat timeout.
import { atLeadingJob, atTaskRunner, jobManagerGroups, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

const TASK_MANAGERS = 0.6; // of the weight, where JobManagers are stopped too

export const pause: RulesOf = (setting) => {
  const roles = setting.aim.roles ?? ['task-manager', 'job-manager'];
  const share = (role: 'task-manager' | 'job-manager', both: number): number =>
    !roles.includes(role) ? 0 : roles.length > 1 ? both : 1;
  const strike = strikeOf(setting);
  const { estimate } = setting;
  const ofTaskManagers = overGroups(
    taskManagerGroups(estimate),
    { stream: 'pause', at: 'step', mayStrike: atTaskRunner, strike },
    share('task-manager', TASK_MANAGERS),
  );
  const ofJobManagers = overGroups(
    jobManagerGroups(estimate),
    { stream: 'pause', at: 'step', mayStrike: atLeadingJob, strike },
    share('job-manager', 1 - TASK_MANAGERS),
  );
  return [...ofTaskManagers, ...ofJobManagers].filter((rule) => rule.share > 0);
};

function strikeOf(setting: FaultSetting): ClusterRule['strike'] {
  return (_, controls, point) => {
    const forMs = choose(controls, `pause/${point.node}`, pauseTimesMs(setting));
    if (!controls.pause(point.node, forMs * 1_000)) return null;
    return hitAt(point.node, `${point.node} was stopped at ${point.kind} for ${forMs} ms`);
  };
}

/** Where the scenario sets limits, steps between them. */
export function pauseTimesMs({ options, aim }: FaultSetting): readonly number[] {
  const { leaseMs, heartbeatTimeoutMs } = options;
  const usual = [0.2 * heartbeatTimeoutMs, 1.2 * leaseMs, 1.2 * heartbeatTimeoutMs, 2.5 * heartbeatTimeoutMs];
  if (aim.shortestMs === undefined && aim.longestMs === undefined) return usual.map(Math.ceil);
  const shortest = aim.shortestMs ?? 0;
  const longest = aim.longestMs ?? Math.max(shortest, ...usual);
  return [0, 1, 2, 3].map((step) => Math.ceil(shortest + (step * (longest - shortest)) / 3));
}
