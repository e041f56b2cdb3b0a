// A leader lives on, but cannot reach the HA service: its lease runs out, somebody else is elected, and it hears of it later.
import { isLeader } from './peek.ts';
import { atLeadingJob, jobManagerGroups, overGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type OwnRule, type RulesOf } from './rule.ts';

const LEASES = [1.2, 2, 4]; // all longer than a lease; while the longest lasts, a successor has long deployed the job

export const leaseLoss: RulesOf = (setting) =>
  overGroups(jobManagerGroups(setting.estimate), {
    stream: 'lease',
    at: 'step',
    mayStrike: atLeadingJob,
    strike: strikeOf(cutTimesMs(setting)),
  });

/** Of any leader, with a job or without, for the shortest of the times. */
export function leaseLossOfLeader(setting: FaultSetting): OwnRule {
  return {
    stream: 'lease',
    at: 'step',
    mayStrike: (point, view) => isLeader(view, point.node),
    strike: strikeOf(cutTimesMs(setting).slice(0, 1)),
  };
}

function cutTimesMs({ options }: FaultSetting): readonly number[] {
  return LEASES.map((factor) => Math.ceil(factor * options.leaseMs));
}

function strikeOf(timesMs: readonly number[]): ClusterRule['strike'] {
  return (_, controls, point) => {
    const cutMs = choose(controls, `lease/${point.node}`, timesMs);
    if (!controls.cutService(point.node, 'ha', cutMs * 1_000)) return null;
    return hitAt(
      point.node,
      `${point.node}, the leader, cannot reach the HA service for ${cutMs} ms from ${point.kind} on`,
    );
  };
}
