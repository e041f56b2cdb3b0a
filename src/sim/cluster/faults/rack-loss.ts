// Several nodes die in the same moment: two of them, all TaskManagers, or everybody. All start again later, at the same time.
import type { WorldView } from '../../observation.ts';
import { atLeadingJob, atTaskRunner, jobManagerGroups, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';
import { longestDownMs } from './tm-crash.ts';

const TASK_MANAGERS = 0.7; // of the weight

export const rackLoss: RulesOf = (setting) => {
  const strike = strikeOf(setting);
  const { estimate } = setting;
  const rule = { stream: 'rack', at: 'step', strike } as const;
  return [
    ...overGroups(taskManagerGroups(estimate), { ...rule, mayStrike: atTaskRunner }, TASK_MANAGERS),
    ...overGroups(jobManagerGroups(estimate), { ...rule, mayStrike: atLeadingJob }, 1 - TASK_MANAGERS),
  ];
};

function strikeOf(setting: FaultSetting): ClusterRule['strike'] {
  return (_, controls, { node, kind }, view) => {
    const racks = racksOf(view, node);
    if (racks.length === 0) return null;
    const rack = choose(controls, `rack/${node}`, racks);
    const downMs = choose(controls, `down/${node}`, [setting.sim.restartNodeMs, longestDownMs(setting)]);
    const died = rack.filter((address) => controls.crash(address, downMs * 1_000, 'kept'));
    if (died.length === 0) return null;
    return hitAt(node, `${died.join(', ')} died together at ${kind} of ${node}, down for ${downMs} ms`);
  };
}

/** The node with each other one, with all TaskManagers, with everybody: at least two, and none that is down. */
function racksOf(view: WorldView, node: string): readonly (readonly string[])[] {
  const living = view
    .nodes()
    .filter(
      ({ role, status, address }) =>
        role !== 'client' && address !== node && (status === 'running' || status === 'paused'),
    );
  const others = living.map(({ address }) => address);
  const workers = living.flatMap(({ role, address }) => (role === 'task-manager' ? [address] : []));
  const groups = [...others.map((other) => [other]), workers, others].filter(({ length }) => length > 0);
  return groups.map((group) => [node, ...group]);
}
