// The HA service of a cluster whose keys are in etcd.
import type { HaService } from '../ha-scheme.ts';
import { EtcdClient } from './client.ts';
import { joinCluster } from './cluster-key.ts';
import { readEtcdHistory } from './history.ts';
import { inspectEtcd } from './inspect.ts';
import { haEtcd } from './ha-etcd.ts';
import type { EtcdPlace } from './place.ts';
import { httpTransport } from './transport.ts';

export function etcdService(place: EtcdPlace): HaService {
  return {
    async clusterId(work) {
      const client = new EtcdClient({ endpoints: place.endpoints, transport: httpTransport() });
      try {
        return await joinCluster(client, place, work);
      } finally {
        client.close();
      }
    },
    open: () => haEtcd({ place }),
    history: () => readEtcdHistory(place),
    inspect: () => inspectEtcd(place),
  };
}
