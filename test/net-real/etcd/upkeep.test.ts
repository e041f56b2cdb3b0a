// What a leader's process does for a real etcd: history that is compacted and one that nobody compacts, and a database that is full.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import type { EtcdClient } from '../../../src/net-real/etcd/client.ts';
import { clusterKeyOf } from '../../../src/net-real/etcd/cluster-key.ts';
import { EtcdFailure } from '../../../src/net-real/etcd/failure.ts';
import { haEtcd } from '../../../src/net-real/etcd/ha-etcd.ts';
import { inspectEtcd } from '../../../src/net-real/etcd/inspect.ts';
import { openClient } from '../../../src/net-real/etcd/open-client.ts';
import type { EtcdPlace } from '../../../src/net-real/etcd/place.ts';
import { upkeep } from '../../../src/net-real/etcd/upkeep.ts';
import { encodeRangeAt, put, range, type Operation } from '../../../src/net-real/etcd/wire.ts';
import { placeIn } from '../../conformance/etcd-lab.ts';
import { noEtcd, startEtcd, type EtcdServer } from './etcd-server.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const leader = (epoch: number): PortRequest => ({
  kind: 'ha-write',
  key: 'leader',
  value: encodeLeader({ epoch, address: `jm-${epoch}`, resigned: false }),
  ifRevision: null,
  ifEpoch: null,
});
const renew = (epoch: number): PortRequest => ({ kind: 'ha-renew', epoch });
const always = (...success: readonly Operation[]) => ({ compare: [], success, failure: [] });

function open(place: EtcdPlace) {
  const port = haEtcd({ place, lookMs: 50 });
  opened.push(port);
  return port;
}

function clientOf(place: EtcdPlace): EtcdClient {
  const client = openClient(place);
  opened.push(client);
  return client;
}

describe.skipIf(noEtcd !== null)('a real etcd', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd();
  }, 60_000);
  afterAll(() => server.close());

  const revisionOf = async (client: EtcdClient): Promise<number> =>
    (await client.transact(always(range('x')))).revision;

  /** Whether what the store was at a revision can still be asked for. */
  async function isThere(place: EtcdPlace, revision: number): Promise<boolean> {
    const body = JSON.parse(encodeRangeAt(clusterKeyOf(place), revision)) as unknown;
    const { status, answer } = await server.post('/v3/kv/range', body);
    if (status !== 200) expect(answer['message']).toContain('required revision has been compacted');
    return status === 200;
  }

  test('history has a bound while a leader renews, under one leader after the other, and a watch hears what comes', async () => {
    const keepRevisions = 50;
    const place = { ...placeIn(server), keepRevisions };
    const [watcher, client] = [open(place), clientOf(place)];
    await watcher.request(leader(1));
    const watching = watcher.request({ kind: 'ha-watch', key: 'late', afterRevision: 0 });
    for (let epoch = 1; epoch <= 8; epoch++) {
      const port = open(place); // a process of its own, which knows nothing of those before
      await port.request(leader(epoch));
      for (let renewals = 0; renewals < keepRevisions; renewals++)
        expect(await port.request(renew(epoch))).toEqual({ kind: 'ha-renewed', epoch });
      const now = await revisionOf(client);
      if (epoch > 2)
        await vi.waitFor(async () => expect(await isThere(place, now - 2 * keepRevisions - 2)).toBe(false), PATIENCE);
      expect(await isThere(place, now - keepRevisions + 2)).toBe(true);
    }
    await watcher.request({ ...leader(8), key: 'late' } as PortRequest);
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { key: 'late' } });
  });

  test('nobody who was not asked to compacts', async () => {
    const place = placeIn(server);
    const [port, client] = [open(place), clientOf(place)];
    await port.request(leader(1));
    const before = await revisionOf(client);
    for (let renewals = 0; renewals < 200; renewals++) await port.request(renew(1));
    expect(await isThere(place, before)).toBe(true);
  });

  test('whether it was ever compacted is known', async () => {
    const fresh = await startEtcd();
    opened.push(fresh);
    const client = clientOf(placeIn(fresh));
    await client.transact(always(put('a', '1')));
    expect(await client.history('a')).toEqual({ revision: 2, isCompacted: false });
    await client.transact(always(put('a', '2')));
    await client.compact(3);
    await client.compact(2); // by another one, before
    expect(await client.history('a')).toEqual({ revision: 3, isCompacted: true });
  });

  test('a database that is full is told in one sentence, by all that know of it; and all goes on when there is room', async () => {
    const small = await startEtcd({ words: ['--quota-backend-bytes', '1048576'] });
    opened.push(small);
    const place = placeIn(small);
    const port = open(place);
    await port.request(leader(1));
    const client = clientOf(place);
    const fill = async (): Promise<EtcdFailure> => {
      for (;;) {
        const failure = await client.transact(always(put('filler', new Uint8Array(100_000)))).then(
          () => null,
          (error: unknown) => error as EtcdFailure,
        );
        if (failure !== null) return failure;
      }
    };
    const sentence = `etcd at ${small.address}: its database is full (etcdserver: mvcc: database space exceeded): have its history compacted (etcdctl compact), give the room back (etcdctl defrag), then etcdctl alarm disarm`;
    expect(await fill()).toMatchObject({ message: sentence, outcome: 'not-applied', isFinal: false });
    expect(await port.request(renew(1))).toMatchObject({
      kind: 'failed',
      outcome: 'not-applied',
      reason: { text: sentence },
    });
    const { conditions } = await inspectEtcd(place);
    expect(conditions[0]).toMatchObject({ status: 'fail', advice: expect.stringContaining('its database is full') });

    await client.compact(await revisionOf(client));
    await small.post('/v3/maintenance/defragment', {});
    const { answer } = await small.post('/v3/maintenance/alarm', { action: 'GET' });
    const [alarm] = answer['alarms'] as readonly object[];
    await small.post('/v3/maintenance/alarm', { ...alarm, action: 'DEACTIVATE' });
    await vi.waitFor(
      async () => expect(await port.request(renew(1))).toEqual({ kind: 'ha-renewed', epoch: 1 }),
      PATIENCE,
    );
  });
});

describe('a leader that renews', () => {
  type Status = Awaited<ReturnType<EtcdClient['statuses']>>[number];
  const place: EtcdPlace = { endpoints: [], prefix: 'p', tls: null, login: null, keepRevisions: 1_000 };
  const well = { version: '3.5.9', leader: '7', dbSize: '1000', errors: [] };
  afterEach(() => vi.useRealTimers());

  function keeper(given: {
    readonly status?: object;
    readonly compact?: () => Promise<void>;
    readonly place?: EtcdPlace;
  }) {
    const [compacted, told, looks]: [number[], string[], number[]] = [[], [], []];
    const client = {
      async statuses(): Promise<readonly Status[]> {
        looks.push(performance.now());
        return [{ endpoint: 'a:1', status: given.status ?? well, failure: null }];
      },
      history: async () => ({ revision: 5, isCompacted: false }),
      async compact(revision: number) {
        compacted.push(revision);
        await given.compact?.();
      },
    } as unknown as EtcdClient;
    const kept = upkeep({ place: given.place ?? place, client, tell: (sentence) => told.push(sentence) });
    const renewed = async (revision: number): Promise<void> => {
      kept.onRenewed(revision);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    };
    return { renewed, compacted, told, looks };
  }

  test('compacts at its first renewal, and then once in so many revisions', async () => {
    const { renewed, compacted } = keeper({});
    for (const revision of [5_000, 5_001, 5_999, 6_000, 6_001, 8_000]) await renewed(revision);
    expect(compacted).toEqual([4_000, 5_000, 7_000]);
  });

  test('leaves an etcd alone that has fewer, and one that it was not asked to compact', async () => {
    const young = keeper({});
    await young.renewed(1_000);
    const unasked = keeper({ place: { ...place, keepRevisions: null } });
    await unasked.renewed(1_000_000);
    expect([young.compacted, unasked.compacted]).toEqual([[], []]);
  });

  test('that may not compact says so once in so many revisions', async () => {
    const { renewed, told } = keeper({
      compact: () => Promise.reject(new EtcdFailure('etcd at a:1: permission denied')),
    });
    for (const revision of [5_000, 5_001, 6_000]) await renewed(revision);
    const sentence = 'history is not compacted: etcd at a:1: permission denied';
    expect(told).toEqual([sentence, sentence]);
  });

  test('looks at its members once in an hour, and tells what an operator must act on', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { renewed, told, looks } = keeper({ status: { ...well, dbSize: '2000000000' } });
    for (const revision of [1, 2, 3]) await renewed(revision);
    expect(looks).toHaveLength(1);
    expect(told).toEqual([
      expect.stringMatching(/^etcd at a:1 is 3\.5\.9, and uses 93 % of the room that it has: start it with --auto-/),
    ]);
    vi.advanceTimersByTime(3_600_000);
    await renewed(4);
    expect(looks).toHaveLength(2);
  });

  test('goes on while one compaction takes long', async () => {
    const { renewed, compacted } = keeper({ compact: () => new Promise(() => {}) });
    for (const revision of [5_000, 9_000]) await renewed(revision);
    expect(compacted).toEqual([4_000]);
  });
});
