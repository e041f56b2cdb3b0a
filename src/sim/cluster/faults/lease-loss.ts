// A leader lives on, but cannot reach the HA service: its lease runs out, somebody else is elected, and it hears of it later.
import { isLeadingJob } from './peek.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const kinds = [
  'ha-written',
  'ha-renewed',
  'acknowledge-checkpoint',
  'task-state-changed',
  'heartbeat-answer',
  'stored',
] as const;

export const leaseLoss: RulesOf = ({ options, estimate }) => [
  {
    stream: 'lease',
    at: 'step',
    kinds,
    share: 1,
    questions:
      estimate.checkpoints * (estimate.tasks + 3) + estimate.renewals + estimate.heartbeats * estimate.taskManagers,
    mayStrike: (point, view) => isLeadingJob(view, point.node),
    strike(_, controls, point) {
      const cutMs = choose(
        controls,
        `lease/${point.node}`,
        LEASES.map((factor) => Math.ceil(factor * options.leaseMs)),
      );
      if (!controls.cutService(point.node, 'ha', cutMs * 1_000)) return null;
      return hitAt(point.node, `${point.node}, the leader, cannot reach the HA service for ${cutMs} ms`);
    },
  },
];

const LEASES = [1.2, 2, 4]; // all longer than a lease; while the longest lasts, a successor has long deployed the job
