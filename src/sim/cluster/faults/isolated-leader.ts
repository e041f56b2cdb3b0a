// No TaskManager and the leader can reach each other, for long; the HA service, it reaches. Its lease goes on, and nothing runs under it.
import type { WorldView } from '../../observation.ts';
import type { PointControls } from '../../world-types.ts';
import { addressesOf, isLeader, isLeadingTaskManagers } from './peek.ts';
import { jobManagerGroups, overGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type OwnRule, type RulesOf } from './rule.ts';

const TIMEOUTS = [2, 5, 10]; // all longer than it takes until a leader resigns; behind the longest another one has long led

/** Who is cut off from all TaskManagers, and from whom else. */
interface Extent {
  readonly text: string;
  /** All pairs that cannot reach each other. */
  pairs(leader: string, view: WorldView): readonly (readonly [string, string])[];
}

export const isolatedLeader: RulesOf = (setting) =>
  overGroups(jobManagerGroups(setting.estimate), {
    stream: 'isolate',
    at: 'step',
    mayStrike: (point, view) => isLeadingTaskManagers(view, point.node),
    strike: strikeOf(isolationTimesMs(setting), extents),
  });

/** Of any leader, with a job or without, from the TaskManagers alone, for the shortest of the times. */
export function isolationOfLeader(setting: FaultSetting): OwnRule {
  return {
    stream: 'isolate',
    at: 'step',
    mayStrike: (point, view) => isLeader(view, point.node),
    strike: strikeOf(isolationTimesMs(setting).slice(0, 1), extents.slice(0, 1)),
  };
}

function isolationTimesMs({ options }: FaultSetting): readonly number[] {
  return TIMEOUTS.map((factor) => factor * options.heartbeatTimeoutMs);
}

const extents: readonly Extent[] = [
  { text: 'no TaskManager', pairs: (leader, view) => fromEach([leader], addressesOf(view, 'task-manager')) },
  {
    text: 'neither TaskManagers nor clients nor other JobManagers',
    pairs: (leader, view) => fromEach([leader], everybodyBut(leader, view)),
  },
  {
    text: 'no TaskManager, as no JobManager can,',
    pairs: (_, view) => fromEach(addressesOf(view, 'job-manager'), addressesOf(view, 'task-manager')),
  },
];

function everybodyBut(leader: string, view: WorldView): readonly string[] {
  return view.nodes().flatMap(({ address }) => (address === leader ? [] : [address]));
}

function fromEach(these: readonly string[], those: readonly string[]): readonly (readonly [string, string])[] {
  return these.flatMap((one) => those.map((other) => [one, other] as const));
}

function strikeOf(timesMs: readonly number[], choices: readonly Extent[]): ClusterRule['strike'] {
  return (_, controls, { node, kind }, view) => {
    const extent = choose(controls, `isolate/${node}`, choices);
    const forMs = choose(controls, `isolate-time/${node}`, timesMs);
    if (!cut(controls, extent.pairs(node, view), forMs * 1_000)) return null;
    return hitAt(node, `${node}, the leader, can reach ${extent.text} for ${forMs} ms from ${kind} on`);
  };
}

function cut(controls: PointControls, pairs: readonly (readonly [string, string])[], forUs: number): boolean {
  return pairs.map(([one, other]) => controls.partition(one, other, false, forUs)).includes(true);
}
