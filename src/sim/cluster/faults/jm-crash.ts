// A leading JobManager with a job dies, and starts again later as a standby.
import { atLeadingJob, jobManagerGroups, overGroups } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const QUICK_RESTART_MS = 30; // it is back before its own lease is over

export const jmCrash: RulesOf = ({ options, sim, estimate }) =>
  overGroups(jobManagerGroups(estimate), {
    stream: 'crash',
    at: 'step',
    mayStrike: atLeadingJob,
    strike(_, controls, point) {
      const downMs = choose(controls, `down/${point.node}`, [sim.restartNodeMs, QUICK_RESTART_MS, 2 * options.leaseMs]);
      if (!controls.crash(point.node, downMs * 1_000, 'kept')) return null;
      return hitAt(point.node, `${point.node}, the leader, died at ${point.kind}, down for ${downMs} ms`);
    },
  });
