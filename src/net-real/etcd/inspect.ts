// How well an etcd is, for whoever looks after a cluster: each endpoint, the room that is left, and what the prefix holds. It writes nothing.
import { leaderIn } from '../ha-leader.ts';
import type { HaCondition, HaInspection } from '../ha-scheme.ts';
import type { EtcdClient } from './client.ts';
import { findClusterLine } from './cluster-key.ts';
import { haEtcd } from './ha-etcd.ts';
import { openClient } from './open-client.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';
import { decodeStatus } from './wire.ts';

/** Where etcd does not say: its default. */
const QUOTA_BYTES = 2_147_483_648;
const MUCH = 0.5; // of the quota

export async function inspectEtcd(place: EtcdPlace): Promise<HaInspection> {
  const client = openClient(place);
  try {
    const members = await client.statuses();
    const servesNowhere = members.every(({ failure }) => failure !== null);
    const conditions = members.map(({ endpoint, status, failure }) =>
      failure === null ? conditionOf(endpoint, status) : away(failure, servesNowhere),
    );
    if (servesNowhere) return { conditions, leader: null };
    return await inspectPrefix(client, place, conditions);
  } finally {
    client.close();
  }
}

function away(failure: string, isFatal: boolean): HaCondition {
  return {
    status: isFatal ? 'fail' : 'warn',
    says: failure,
    advice: 'see that etcd runs there, and that this host can reach it; processes ask its other endpoints meanwhile',
  };
}

/** @param endpoint where it said so */
export function conditionOf(endpoint: string, answer: unknown): HaCondition {
  const { version, leader, usedBytes, quotaBytes, errors } = decodeStatus(answer);
  const quota = quotaBytes === 0 ? QUOTA_BYTES : quotaBytes;
  const says = `etcd at ${endpoint} is ${version}, and uses ${percent(usedBytes / quota)} of the room that it has`;
  if (leader === '0')
    return {
      status: 'fail',
      says: `etcd at ${endpoint} has no leader`,
      advice: 'most of its members must run, and reach each other',
    };
  if (errors.length > 0)
    return {
      status: 'fail',
      says: `etcd at ${endpoint}: ${errors.join('; ')}`,
      advice: 'etcdctl alarm list says more',
    };
  if (usedBytes < MUCH * quota) return { status: 'ok', says, advice: null };
  return {
    status: 'warn',
    says,
    advice:
      'start it with --auto-compaction-mode=periodic --auto-compaction-retention=1h: without, it keeps all that was ever written; etcdctl defrag gives room back',
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 0)} %`;
}

async function inspectPrefix(
  client: EtcdClient,
  place: EtcdPlace,
  members: readonly HaCondition[],
): Promise<HaInspection> {
  const failed = (says: string): HaInspection => {
    const advice = 'name the prefix of this cluster, or one that holds nothing, with --ha';
    return { conditions: [...members, { status: 'fail', says, advice }], leader: null };
  };
  try {
    const line = await findClusterLine(client, place);
    if (line === null) {
      const says = `nothing was ever written below ${place.prefix}: no process of this cluster has run yet`;
      return { conditions: [...members, { status: 'ok', says, advice: null }], leader: null };
    }
  } catch (error) {
    return failed((error as Error).message);
  }
  const leader = await leaderIn(haEtcd({ place }));
  return leader.ok
    ? { conditions: members, leader: { entry: leader.value } }
    : failed(`${nameEtcdPlace(place)} cannot be read: ${leader.reason}`);
}
