// How well an etcd is, for whoever looks after a cluster: each endpoint, the room that is left, and what the prefix holds. It writes nothing.
import { leaderIn } from '../ha-leader.ts';
import type { HaCondition, HaInspection } from '../ha-scheme.ts';
import type { EtcdClient } from './client.ts';
import { findClusterLine } from './cluster-key.ts';
import { haEtcd } from './ha-etcd.ts';
import { openClient } from './open-client.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';
import { inspectServers } from './servers.ts';

export async function inspectEtcd(place: EtcdPlace): Promise<HaInspection> {
  const client = openClient(place);
  try {
    const { serves, conditions } = await inspectServers(place, client);
    return serves ? await inspectPrefix(client, place, conditions) : { conditions, leader: null };
  } finally {
    client.close();
  }
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
