// A TaskManager with tasks dies, and starts again at the same address under a higher incarnation: sooner than anybody can have noticed,
// after the usual time, or when it has long been given up.
import { isTaskRunner, runningTasks } from './peek.ts';
import { isPoint, taskManagerPoints, taskManagerQuestions } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

export const tmCrash: RulesOf = ({ options, sim, estimate }) => [
  {
    stream: 'crash',
    at: 'step',
    kinds: taskManagerPoints,
    share: 1,
    questions: taskManagerQuestions(estimate),
    mayStrike: (point, view) => isPoint(point) && isTaskRunner(view, point.node),
    strike(_, controls, point, view) {
      const tasks = runningTasks(view, point.node);
      const downMs = choose(controls, `down/${point.node}`, [
        sim.restartNodeMs,
        QUICK_RESTART_MS,
        options.heartbeatTimeoutMs + sim.restartNodeMs,
      ]);
      if (!controls.crash(point.node, downMs * 1_000)) return null;
      return hitAt(point.node, `${point.node} died at ${point.kind} with ${tasks} tasks, down for ${downMs} ms`);
    },
  },
];

const QUICK_RESTART_MS = 30; // it is back before a connection that broke or a heartbeat that was missed tells anybody
