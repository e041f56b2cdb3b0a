// Two nodes cannot reach each other, or one cannot reach the other, or a node cannot reach a service.
import type { WorldView } from '../../observation.ts';
import type { PointControls } from '../../world-types.ts';
import { leaderAddress, otherTaskManagers } from './peek.ts';
import { atLeadingJob, atTaskRunner, jobManagerGroups, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

/** One way to cut a node off. */
interface Cut {
  readonly text: string;
  make(controls: PointControls, forUs: number): boolean;
}

export const partition: RulesOf = (setting) => {
  const strike = strikeOf(setting);
  return [
    ...overGroups(
      taskManagerGroups(setting.estimate),
      { stream: 'cut', at: 'step', mayStrike: atTaskRunner, strike },
      0.6,
    ),
    ...overGroups(
      jobManagerGroups(setting.estimate),
      { stream: 'cut', at: 'step', mayStrike: atLeadingJob, strike },
      0.4,
    ),
  ];
};

function strikeOf(setting: FaultSetting): ClusterRule['strike'] {
  return (_, controls, point, view) => {
    const cut = choose(controls, `cut/${point.node}`, cutsOf(view, point.node));
    const forMs = choose(controls, `cut-time/${point.node}`, cutTimesMs(setting));
    if (!cut.make(controls, forMs * 1_000)) return null;
    return hitAt(point.node, `${cut.text} for ${forMs} ms from ${point.kind} on`);
  };
}

export function cutTimesMs({ options }: FaultSetting): readonly number[] {
  return [0.3, 1.3, 2.5].map((factor) => Math.ceil(factor * options.heartbeatTimeoutMs));
}

/** A leader without HA service is a fault of its own. */
function cutsOf(view: WorldView, node: string): readonly Cut[] {
  const leader = leaderAddress(view);
  const services = leader === node ? ['storage'] : ['ha', 'storage', 'source', 'sink'];
  const peers = [...(leader === null || leader === node ? [] : [leader]), ...otherTaskManagers(view, node)];
  return [
    ...peers.flatMap((peer) => [between(node, peer), oneWay(node, peer), oneWay(peer, node)]),
    ...services.map((service) => fromService(node, service)),
  ];
}

function between(a: string, b: string): Cut {
  return {
    text: `${a} and ${b} cannot reach each other`,
    make: (controls, forUs) => controls.partition(a, b, false, forUs),
  };
}

function oneWay(from: string, to: string): Cut {
  return {
    text: `${from} cannot reach ${to}, only the other way round`,
    make: (controls, forUs) => controls.partition(from, to, true, forUs),
  };
}

function fromService(node: string, service: string): Cut {
  return {
    text: `${node} cannot reach the ${service} service`,
    make: (controls, forUs) => controls.cutService(node, service, forUs),
  };
}
