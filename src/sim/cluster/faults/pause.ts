// A process is stopped and goes on later with all that it had queued: for a moment, for longer than a lease, or than the heartbeat timeout.
import { isLeadingJob, isTaskRunner } from './peek.ts';
import { isPoint, jobManagerPoints, jobManagerQuestions, taskManagerPoints, taskManagerQuestions } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

export const pause: RulesOf = (setting) => {
  const roles = setting.aim.roles ?? ['task-manager', 'job-manager'];
  const rules: Omit<ClusterRule, 'share'>[] = [];
  if (roles.includes('task-manager')) rules.push(taskManagerRule(setting));
  if (roles.includes('job-manager')) rules.push(jobManagerRule(setting));
  return rules.map((rule) => ({ ...rule, share: 1 / rules.length }));
};

function taskManagerRule(setting: FaultSetting): Omit<ClusterRule, 'share'> {
  return {
    stream: 'pause',
    at: 'step',
    kinds: taskManagerPoints,
    questions: taskManagerQuestions(setting.estimate),
    mayStrike: (point, view) => isPoint(point) && isTaskRunner(view, point.node),
    strike: strikeOf(setting),
  };
}

function jobManagerRule(setting: FaultSetting): Omit<ClusterRule, 'share'> {
  return {
    stream: 'pause',
    at: 'step',
    kinds: jobManagerPoints,
    questions: jobManagerQuestions(setting.estimate),
    mayStrike: (point, view) => isLeadingJob(view, point.node),
    strike: strikeOf(setting),
  };
}

function strikeOf(setting: FaultSetting): ClusterRule['strike'] {
  return (_, controls, point) => {
    const forMs = choose(controls, `pause/${point.node}`, durationsMs(setting));
    if (!controls.pause(point.node, forMs * 1_000)) return null;
    return hitAt(point.node, `${point.node} was stopped at ${point.kind} for ${forMs} ms`);
  };
}

/** Where the scenario sets limits, steps between them. */
function durationsMs({ options, aim }: FaultSetting): readonly number[] {
  const { leaseMs, heartbeatTimeoutMs } = options;
  const usual = [0.2 * heartbeatTimeoutMs, 1.2 * leaseMs, 1.2 * heartbeatTimeoutMs, 2.5 * heartbeatTimeoutMs];
  const shortest = aim.shortestMs ?? 0;
  const longest = aim.longestMs ?? Math.max(shortest, ...usual);
  if (aim.shortestMs === undefined && aim.longestMs === undefined) return usual.map(Math.ceil);
  return [0, 1, 2, 3].map((step) => Math.ceil(shortest + (step * (longest - shortest)) / 3));
}
