// A TaskManager with tasks dies and never comes back, also when faults stop. The slots of the others are enough for all jobs.
import { leftOf, runningTasks } from './peek.ts';
import { atTaskRunner, overGroups, taskManagerGroups } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const tmLoss: RulesOf = ({ estimate, taskManagersNeeded }) =>
  overGroups(taskManagerGroups(estimate), {
    stream: 'loss',
    at: 'step',
    mayStrike: atTaskRunner,
    isSpared: (view) => leftOf(view, 'task-manager') <= taskManagersNeeded,
    strike(_, controls, point, view) {
      const tasks = runningTasks(view, point.node);
      if (!controls.crash(point.node, 'never', 'kept')) return null;
      return hitAt(point.node, `${point.node} died for good at ${point.kind} with ${tasks} tasks`);
    },
  });
