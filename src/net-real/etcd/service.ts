// The HA service of a cluster whose keys are in etcd.
import type { HaService } from '../ha-scheme.ts';
import { checkAccess } from './access.ts';
import { joinCluster } from './cluster-key.ts';
import { readEtcdHistory } from './history.ts';
import { inspectEtcd } from './inspect.ts';
import { haEtcd } from './ha-etcd.ts';
import { openClient } from './open-client.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';

export function etcdService(place: EtcdPlace): HaService {
  return {
    async clusterId(work) {
      refuseFiles(place);
      const client = openClient(place);
      try {
        return await joinCluster(client, place, work);
      } finally {
        client.close();
      }
    },
    open: (tell) => haEtcd({ place, ...(tell === undefined ? {} : { tell }) }),
    history: () => readEtcdHistory(place),
    inspect: () => inspectEtcd(place),
  };
}

function refuseFiles(place: EtcdPlace): void {
  try {
    checkAccess(place);
  } catch (error) {
    throw new Error(`${nameEtcdPlace(place)}: ${(error as Error).message}`, { cause: error });
  }
}
