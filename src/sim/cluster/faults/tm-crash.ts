// A TaskManager with tasks dies, and starts again at the same address under a higher incarnation: after the usual time, sooner than anybody
// can have noticed, or when it has long been given up.
import { runningTasks } from './peek.ts';
import { atTaskRunner, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type FaultSetting, type RulesOf } from './rule.ts';

const QUICK_RESTART_MS = 30; // it is back before a connection that broke or a heartbeat that was missed tells anybody

export const tmCrash: RulesOf = (setting) =>
  overGroups(taskManagerGroups(setting.estimate), {
    stream: 'crash',
    at: 'step',
    mayStrike: atTaskRunner,
    strike(_, controls, point, view) {
      const tasks = runningTasks(view, point.node);
      const downs = [setting.sim.restartNodeMs, QUICK_RESTART_MS, longestDownMs(setting)];
      const downMs = choose(controls, `down/${point.node}`, downs);
      if (!controls.crash(point.node, downMs * 1_000, 'kept')) return null;
      return hitAt(point.node, `${point.node} died at ${point.kind} with ${tasks} tasks, down for ${downMs} ms`);
    },
  });

/** Everybody has given it up. */
export function longestDownMs({ options, sim }: FaultSetting): number {
  return options.heartbeatTimeoutMs + sim.restartNodeMs;
}
