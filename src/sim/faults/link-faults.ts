// What happens between nodes, and between nodes and services, for a while: they cannot reach each other. The point is an input of a node that
// is cut off.
import type { WorldView } from '../observation.ts';
import type { PointControls } from '../world-types.ts';
import { choose, durationsMs, hitAt, inManyWays, isThere } from './rule.ts';
import type { FaultSetting, RuleOf } from './rule.ts';

/** One way to cut a node off. */
interface Cut {
  readonly text: string;
  make(controls: PointControls, forUs: number): boolean;
}

export const partition: RuleOf = (setting) => ({
  stream: 'cut',
  at: 'step',
  mayStrike: ({ node }, view) => bothWays(setting, node, view).length > 0,
  ...inManyWays(durationsMs(setting), (forMs, controls, { node, kind }, view) =>
    cutOff({ controls, stream: 'cut', node, kind, forMs }, bothWays(setting, node, view)),
  ),
});

export const partitionOneWay: RuleOf = (setting) => ({
  stream: 'cut-one-way',
  at: 'step',
  mayStrike: ({ node }, view) => oneWays(setting, node, view).length > 0,
  ...inManyWays(durationsMs(setting), (forMs, controls, { node, kind }, view) =>
    cutOff({ controls, stream: 'cut-one-way', node, kind, forMs }, oneWays(setting, node, view)),
  ),
});

interface CutPoint {
  readonly controls: PointControls;
  readonly stream: string;
  readonly node: string;
  readonly kind: string;
  readonly forMs: number;
}

function cutOff(
  { controls, stream, node, kind, forMs }: CutPoint,
  cuts: readonly Cut[],
): ReturnType<typeof hitAt> | null {
  const cut = choose(controls, `${stream}/${node}`, cuts);
  if (!cut.make(controls, forMs * 1_000)) return null;
  return hitAt(node, `${cut.text} for ${forMs} ms from ${kind} on`);
}

function peersOf(setting: FaultSetting, node: string, view: WorldView): readonly string[] {
  return setting.nodes.filter((peer) => peer !== node && isThere(setting, view, peer));
}

function bothWays(setting: FaultSetting, node: string, view: WorldView): readonly Cut[] {
  const peers = peersOf(setting, node, view);
  return [
    ...peers.map((peer) => between(node, peer)),
    ...(peers.length > 1 ? [fromAll(node, peers)] : []),
    ...setting.services.map((service) => fromService(node, service)),
  ];
}

function oneWays(setting: FaultSetting, node: string, view: WorldView): readonly Cut[] {
  const peers = peersOf(setting, node, view);
  return [...peers.map((peer) => oneWay(node, peer)), ...(peers.length > 1 ? [toAll(node, peers)] : [])];
}

function between(node: string, peer: string): Cut {
  return {
    text: `${node} and ${peer} cannot reach each other`,
    make: (controls, forUs) => controls.partition(node, peer, false, forUs),
  };
}

function fromAll(node: string, peers: readonly string[]): Cut {
  return {
    text: `${node} and all others cannot reach each other`,
    make: (controls, forUs) => peers.map((peer) => controls.partition(node, peer, false, forUs)).includes(true),
  };
}

function oneWay(node: string, peer: string): Cut {
  return {
    text: `${node} cannot reach ${peer}, only the other way round`,
    make: (controls, forUs) => controls.partition(node, peer, true, forUs),
  };
}

function toAll(node: string, peers: readonly string[]): Cut {
  return {
    text: `${node} cannot reach the others, only the other way round`,
    make: (controls, forUs) => peers.map((peer) => controls.partition(node, peer, true, forUs)).includes(true),
  };
}

function fromService(node: string, service: string): Cut {
  return {
    text: `${node} cannot reach the ${service} service`,
    make: (controls, forUs) => controls.cutService(node, service, forUs),
  };
}
