// The history of an HA service in etcd, for whoever judges a cluster that has ended: a watch over all of its keys from the first revision on, up to a
// mark that is written for that. etcd keeps it as long as nobody compacts it.
import type { KeyWrite } from '../ha-map.ts';
import type { EtcdClient } from './client.ts';
import { clusterKeyOf } from './cluster-key.ts';
import { KEYS } from './ha-etcd.ts';
import { openClient } from './open-client.ts';
import { nameEtcdPlace, type EtcdPlace } from './place.ts';
import { decodeEvents, put, range, type KeyEvent } from './wire.ts';

const MARK = 'history-read';
/** Without an event. */
const SILENCE_MS = 5_000;

export async function readEtcdHistory(place: EtcdPlace): Promise<readonly KeyWrite[]> {
  const client = openClient(place);
  try {
    const cluster = clusterKeyOf(place);
    const { found } = await client.transact({ compare: [], success: [range(cluster)], failure: [] });
    const first = found[0]?.[0];
    if (first === undefined) return []; // no process ever ran
    const mark = put(`${place.prefix}/${MARK}`, '');
    const { revision } = await client.transact({ compare: [], success: [mark], failure: [] });
    const events = await eventsUntil(client, place, first.modRevision, revision);
    const keys = `${place.prefix}/${KEYS}/`;
    return events
      .filter(({ key }) => key.startsWith(keys))
      .map(({ key, value }) => ({ key: key.slice(keys.length), value }));
  } finally {
    client.close();
  }
}

function eventsUntil(client: EtcdClient, place: EtcdPlace, from: number, to: number): Promise<readonly KeyEvent[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly KeyEvent[]>();
  const events: KeyEvent[] = [];
  const lose = (why: string): void =>
    reject(new Error(`the history of ${nameEtcdPlace(place)} cannot be read: ${why}`));
  const silence = setTimeout(() => lose(`nothing came for ${SILENCE_MS} ms`), SILENCE_MS);
  const end = client.watchPrefix(`${place.prefix}/`, from, (line) => {
    silence.refresh();
    if (line === null) return lose('the connection was lost');
    const found = decodeEvents(line);
    if (found === null) return lose('it was compacted, or is no history');
    events.push(...found);
    if (found.some(({ revision }) => revision >= to)) resolve(events);
  });
  return promise.finally(() => {
    clearTimeout(silence);
    end();
  });
}
