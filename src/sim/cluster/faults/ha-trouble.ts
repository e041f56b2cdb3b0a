// The HA service as nodes see it: one of them cannot reach it for a while, or it fails for everybody. A short while is no news to anybody but that node; a
// leader whose lease runs out meanwhile must have noticed by itself.
import { requestAt, whileJobAlive } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';
import { serviceTrouble } from './service-trouble.ts';

const LEASES = [0.3, 0.8, 1.2, 3]; // reconnected in time, just in time, too late, long after

type Group = Pick<ClusterRule, 'kinds' | 'share' | 'questions'>;

function haGroups({ estimate: { renewals, jobManagers, checkpoints, taskManagers } }: FaultSetting): readonly Group[] {
  return [
    { kinds: ['ha-renew', 'ha-lease'], share: 0.5, questions: renewals * jobManagers },
    { kinds: ['ha-write'], share: 0.3, questions: 2 * checkpoints + 4 },
    { kinds: ['ha-read', 'ha-watch'], share: 0.2, questions: jobManagers + taskManagers },
  ];
}

export const haCut: RulesOf = (setting) =>
  haGroups(setting).map((group) => ({
    ...group,
    stream: 'ha-cut',
    at: 'request',
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      const cutMs = choose(controls, `ha-cut/${point.node}`, leasesMs(setting));
      controls.cutService(point.node, 'ha', 1_000 * cutMs);
      controls.failRequest({ kind: 'no-connection' });
      return hitAt(point.node, `${point.node} cannot reach the HA service for ${cutMs} ms from ${requestAt(point)} on`);
    },
  }));

function leasesMs({ options: { leaseMs } }: FaultSetting): readonly number[] {
  return LEASES.map((factor) => Math.ceil(factor * leaseMs));
}

/** Watches that wait already are not ended: the service comes back with them. */
export const haOutage = serviceTrouble({
  service: 'ha',
  stream: 'ha-outage',
  groups: haGroups,
  kinds: null,
  failure: { kind: 'not-available' },
  lastsMs: leasesMs,
  slowMs: () => [0],
  whose: 'all',
  text: 'the HA service fails',
});
