// A leader lives on, but cannot reach the HA service: its lease runs out, somebody else is elected, and it hears of it later.
import { isLeadingJob } from './peek.ts';
import { jobManagerGroups, overGroups } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const LEASES = [1.2, 2, 4]; // all longer than a lease; while the longest lasts, a successor has long deployed the job

export const leaseLoss: RulesOf = ({ options, estimate }) =>
  overGroups(jobManagerGroups(estimate), {
    stream: 'lease',
    at: 'step',
    mayStrike: (point, view) => isLeadingJob(view, point.node),
    strike(_, controls, point) {
      const times = LEASES.map((factor) => Math.ceil(factor * options.leaseMs));
      const cutMs = choose(controls, `lease/${point.node}`, times);
      if (!controls.cutService(point.node, 'ha', cutMs * 1_000)) return null;
      return hitAt(
        point.node,
        `${point.node}, the leader, cannot reach the HA service for ${cutMs} ms from ${point.kind} on`,
      );
    },
  });
