// The HA service in a real etcd, beyond the conformance suite: two clusters, a server that stands still longer than anything, history that is compacted
// away, and prefixes that are not this cluster's.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { EtcdClient } from '../../../src/net-real/etcd/client.ts';
import { findClusterLine, joinCluster } from '../../../src/net-real/etcd/cluster-key.ts';
import { readEtcdHistory } from '../../../src/net-real/etcd/history.ts';
import { haEtcd } from '../../../src/net-real/etcd/ha-etcd.ts';
import type { EtcdPlace } from '../../../src/net-real/etcd/place.ts';
import { httpTransport } from '../../../src/net-real/etcd/transport.ts';
import { put, rangeOf, remove } from '../../../src/net-real/etcd/wire.ts';
import { takeIncarnation } from '../../../src/net-real/incarnation.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { placeIn } from '../../conformance/etcd-lab.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort, noEtcd, startEtcd, startMembers, type EtcdServer } from './etcd-server.ts';

const folder = temporaryFolder();
const PATIENCE = { timeout: 30_000, interval: 50 };
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

type Options = Omit<Parameters<typeof haEtcd>[0], 'place'>;

function open(place: EtcdPlace, options: Options = {}): Port {
  const port = haEtcd({ place, ...options });
  opened.push(port);
  return port;
}

function clientOf({ endpoints }: EtcdPlace): EtcdClient {
  const client = new EtcdClient({ endpoints, transport: httpTransport() });
  opened.push(client);
  return client;
}

const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
const read: PortRequest = { kind: 'ha-read', prefix: '' };
const write = (key: string, value: Uint8Array | null, ifRevision: number | null = null): PortRequest => ({
  kind: 'ha-write',
  key,
  value,
  ifRevision,
  ifEpoch: null,
});
const watch = (key: string, afterRevision: number): PortRequest => ({ kind: 'ha-watch', key, afterRevision });
const leader = (epoch: number): Uint8Array => encodeLeader({ epoch, address: `jm-${epoch}`, resigned: false });

async function revisionOf(port: Port, request: PortRequest): Promise<number> {
  const answer = await port.request(request);
  if (answer.kind !== 'ha-written') throw new Error(JSON.stringify(answer));
  return answer.revision;
}

const sentenceOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    (value) => `it did not fail: ${String(value)}`,
    (error: unknown) => (error as Error).message,
  );

describe.skipIf(noEtcd !== null)('in a real etcd', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd();
  }, 60_000);
  afterAll(() => server.close());

  test('clusters under two prefixes know nothing of each other, though one begins like the other', async () => {
    const ports = ['two', 'two2', 'two-keys'].map((prefix) => open(placeIn(server, prefix)));
    for (const [index, port] of ports.entries()) {
      await port.request(write('leader', leader(index + 1), 0));
      await port.request({ kind: 'ha-renew', epoch: index + 1 });
    }
    for (const [index, port] of ports.entries()) {
      const there = { key: 'leader', value: leader(index + 1) };
      expect(await port.request(read)).toMatchObject({ entries: [there] });
      expect(await port.request({ kind: 'ha-lease' })).toMatchObject({ leader: there, renewals: 1 });
    }
  });

  test('each process of a cluster takes an incarnation of its own', async () => {
    const place = placeIn(server);
    const taken = ['a', 'b', 'c'].map((name) => takeIncarnation(open(place), folder.path(name)));
    expect((await Promise.all(taken)).sort((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  test('a server that stands still longer than anything: each request fails in time, and all is well behind it', async () => {
    const place = placeIn(server);
    const port = open(place, { silenceMs: 100, lookMs: 50 });
    await port.request(write('leader', leader(1), 0));
    const revision = await revisionOf(port, write('a', one));
    const watching = port.request(watch('a', revision));
    server.freeze();
    const [written, renewed, seen] = await Promise.all([
      port.request(write('a', two, revision)),
      port.request({ kind: 'ha-renew', epoch: 1 }),
      port.request({ kind: 'ha-lease' }),
    ]);
    const reason = { kind: 'io', text: `etcd at ${server.address}: no answer for 100 ms` };
    for (const unknown of [written, renewed])
      expect(unknown).toMatchObject({ kind: 'failed', outcome: 'unknown', reason });
    expect(seen).toMatchObject({ kind: 'failed', outcome: 'not-applied', reason });
    expect(await watching).toMatchObject({ kind: 'failed', outcome: 'not-applied', reason });
    server.thaw();
    const again = await revisionOf(open(place), write('a', two));
    expect(await port.request(read)).toMatchObject({
      entries: [{ key: 'a', value: two, revision: again }, { key: 'leader' }],
    });
    expect(await port.request({ kind: 'ha-renew', epoch: 1 })).toEqual({ kind: 'ha-renewed', epoch: 1 });
  });

  test('a server that is killed and started again goes on with its revisions', async () => {
    const place = placeIn(server);
    const port = open(place);
    const revision = await revisionOf(port, write('a', one));
    await server.kill();
    expect(await port.request(write('a', two))).toMatchObject({
      kind: 'failed',
      outcome: expect.stringMatching(/^(not-applied|unknown)$/), // by a connection that was open, or by none
    });
    expect(await port.request(read)).toMatchObject({
      kind: 'failed',
      outcome: 'not-applied',
      reason: { kind: 'io', code: 'ECONNREFUSED' },
    });
    await server.start();
    expect(await port.request(read)).toMatchObject({ entries: [{ key: 'a', value: one, revision }] });
    expect(await revisionOf(port, write('a', two, revision))).toBe(revision + 1);
  });

  test('a watch outlives a server that is away for a moment', async () => {
    const place = placeIn(server);
    const port = open(place);
    const revision = await revisionOf(port, write('a', one));
    const watching = port.request(watch('a', revision));
    await sleep(100);
    server.freeze();
    await sleep(300);
    server.thaw();
    const next = await revisionOf(open(place), write('a', two));
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { value: two, revision: next } });
  });

  const compact = async (revision: number): Promise<void> => {
    const { status } = await server.post('/v3/kv/compaction', { revision: String(revision), physical: true });
    expect(status).toBe(200);
  };

  test('a watch from a revision that is compacted away', async () => {
    const place = placeIn(server);
    const port = open(place);
    const first = await revisionOf(port, write('a', one));
    await revisionOf(port, write('b', one));
    await revisionOf(port, write('b', null));
    const last = await revisionOf(port, write('c', one));
    await compact(last);
    // What is there was not written since; what is not there is told to whoever knew it.
    const [waits, gone, never] = [
      port.request(watch('a', first)),
      port.request(watch('b', first)),
      port.request(watch('d', 0)),
    ];
    expect(await gone).toMatchObject({ kind: 'ha-changed', entry: null });
    await sleep(50);
    const other = open(place);
    const [a, d] = [await revisionOf(other, write('a', two)), await revisionOf(other, write('d', two))];
    expect(await waits).toMatchObject({ kind: 'ha-changed', entry: { key: 'a', revision: a } });
    expect(await never).toMatchObject({ kind: 'ha-changed', entry: { key: 'd', revision: d } });
  });

  test('a watch that waits while its history is compacted hears what comes', async () => {
    const place = placeIn(server);
    const [port, other] = [open(place), open(place)];
    const first = await revisionOf(other, write('a', one));
    const watching = port.request(watch('a', first));
    await sleep(50);
    for (let round = 0; round < 3; round++) await compact(await revisionOf(other, write('b', one)));
    const last = await revisionOf(other, write('a', null));
    await compact(last);
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: null });
  });

  test('a watch whose stream is deaf sees what happened when it looks', async () => {
    const place = placeIn(server);
    const port = open(place, { lookMs: 50, transport: { ...httpTransport(), listen: () => () => {} } });
    const revision = await revisionOf(port, write('a', one));
    const watching = port.request(watch('a', revision));
    await revisionOf(open(place), write('a', null));
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: null });
  });

  test('etcd whose data is lost, or another one at the same address, is no place for a leader that lives', async () => {
    const place = placeIn(server);
    const port = open(place);
    await port.request(write('leader', leader(7), 0));
    const client = clientOf(place);
    const keys =
      (await client.transact({ compare: [], success: [rangeOf(`${place.prefix}/`)], failure: [] })).found[0] ?? [];
    await client.transact({ compare: [], success: keys.map(({ key }) => remove(key)), failure: [] });
    const { prefix } = place;
    for (const request of [
      write('a', one),
      read,
      { kind: 'ha-renew', epoch: 7 } as const,
      { kind: 'ha-lease' } as const,
    ])
      expect(await port.request(request)).toMatchObject({
        kind: 'failed',
        outcome: 'not-applied',
        reason: {
          text: expect.stringMatching(
            new RegExp(
              `^etcd://.*/${prefix} is not what it was: its key "${prefix}/cluster" was "millrace-cluster 1 .*", and is nothing$`,
            ),
          ),
        },
      });
    expect(await open(place).request(write('leader', leader(1), 0))).toMatchObject({ kind: 'ha-written' }); // a new cluster
    expect(await port.request(write('a', one))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    expect(await open(place).request(read)).toMatchObject({ entries: [{ key: 'leader' }] });
  });

  test('its history is all that was written, in its order', async () => {
    const place = placeIn(server);
    expect(await readEtcdHistory(place)).toEqual([]);
    const port = open(place);
    await port.request(write('leader', leader(1), 0));
    await port.request({ kind: 'ha-renew', epoch: 1 });
    await port.request(write('a', one));
    await port.request(write('a', two, 1)); // refused
    const last = await revisionOf(port, write('a', null));
    const history = [
      { key: 'leader', value: leader(1) },
      { key: 'a', value: one },
      { key: 'a', value: null },
    ];
    expect(await readEtcdHistory(place)).toEqual(history);
    await port.request(write('b', new Uint8Array()));
    expect(await readEtcdHistory(place)).toEqual([...history, { key: 'b', value: new Uint8Array() }]);
    await compact(last);
    expect(await sentenceOf(readEtcdHistory(place))).toBe(
      `the history of etcd://${server.address}/${place.prefix} cannot be read: it was compacted, or is no history`,
    );
  });

  test('of three members one may stand still, and nothing is known while two do', async () => {
    const members = await startMembers(3);
    try {
      const [first, second, third] = members as [EtcdServer, EtcdServer, EtcdServer];
      const endpoints = members.map(({ port }) => ({ host: '127.0.0.1', port }));
      const place = { endpoints, prefix: 'three', tls: null, login: null, keepRevisions: null };
      const port = open(place, { silenceMs: 1_000 });
      await port.request(write('leader', leader(1), 0));
      const renew: PortRequest = { kind: 'ha-renew', epoch: 1 };
      await port.request(renew);
      first.freeze(); // the one that is asked first
      expect(await port.request(renew)).toMatchObject({
        kind: 'failed',
        outcome: 'unknown',
        reason: { text: `etcd at ${first.address}: no answer for 1000 ms` },
      });
      // Another member answers from then on; if the first one led, when they have elected one.
      await vi.waitFor(
        async () => expect(await port.request(renew)).toEqual({ kind: 'ha-renewed', epoch: 1 }),
        PATIENCE,
      );
      const revision = await revisionOf(port, write('a', one));
      second.freeze();
      expect(await port.request(write('a', two))).toMatchObject({ kind: 'failed', outcome: 'unknown' });
      const blind = await port.request({ kind: 'ha-lease' });
      expect(blind).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
      for (const { address } of [first, second, third])
        expect(blind).toMatchObject({ reason: { text: expect.stringContaining(`etcd at ${address}: `) } });
      second.thaw();
      first.thaw();
      await vi.waitFor(
        async () => expect(await port.request(renew)).toEqual({ kind: 'ha-renewed', epoch: 1 }),
        PATIENCE,
      );
      // The same again under its condition finds out what became of the write of unknown outcome.
      const again = await port.request(write('a', two, revision));
      if (again.kind !== 'ha-written') expect(again).toMatchObject({ kind: 'ha-conflict', entry: { value: two } });
      expect(await port.request({ kind: 'ha-read', prefix: 'a' })).toMatchObject({ entries: [{ value: two }] });
    } finally {
      await Promise.all(members.map((member) => member.close()));
    }
  }, 60_000);

  describe('a process that starts', () => {
    const PATIENCE = { forMs: 300, pauseMs: 20 };
    const join = (place: EtcdPlace, work = 'work'): Promise<string> =>
      joinCluster(clientOf(place), place, folder.path(work), PATIENCE);

    test('names the cluster, once for all', async () => {
      const place = placeIn(server);
      expect(await findClusterLine(clientOf(place), place)).toBeNull();
      const names = await Promise.all(['a', 'b', 'c', 'd'].map((work) => join(place, work)));
      expect(new Set(names).size).toBe(1);
      expect(await join(place, 'a')).toBe(names[0]);
      expect(await findClusterLine(clientOf(place), place)).toBe(`millrace-cluster 1 ${names[0]}\n`);
      expect(await join(placeIn(server), 'e')).not.toBe(names[0]);
    });

    test('does not go to another cluster', async () => {
      const [first, second] = [placeIn(server), placeIn(server)];
      const id = await join(first);
      const other = await join(second, 'other');
      expect(await sentenceOf(join(second))).toBe(
        `etcd://${server.address}/${second.prefix} is of cluster ${other}, and ${folder.path('work')} of cluster ${id}: name the prefix of that one, or another work folder`,
      );
    });

    test('refuses a prefix that is something else’s', async () => {
      const place = placeIn(server);
      await clientOf(place).transact({ compare: [], success: [put(`${place.prefix}/config`, '1')], failure: [] });
      expect(await sentenceOf(join(place))).toBe(
        `etcd://${server.address}/${place.prefix} holds keys that no Millrace cluster of that prefix wrote, such as "${place.prefix}/config": name another prefix`,
      );
      await clientOf(place).transact({
        compare: [],
        success: [put(`${place.prefix}/cluster`, 'millrace-cluster 2 x')],
        failure: [],
      });
      expect(await sentenceOf(join(place))).toContain(
        `key "${place.prefix}/cluster", holds no name of a cluster of version 1 ("millrace-cluster 2 x")`,
      );
    });

    test('refuses the prefix of another cluster with more behind it', async () => {
      const place = placeIn(server);
      await join(place);
      await open(place).request(write('a', one));
      expect(await sentenceOf(join(placeIn(server, `${place.prefix}/keys`), 'inner'))).toContain('name another prefix');
    });

    test('waits for an etcd that comes later, and ends with a sentence if none does', async () => {
      const place = placeIn(server);
      await server.kill();
      const sentence = await sentenceOf(join(place));
      expect(sentence).toBe(
        `etcd://${server.address}/${place.prefix} does not serve: etcd at ${server.address}: connect ECONNREFUSED ${server.address}; asked for 0.3 s`,
      );
      const joining = joinCluster(clientOf(place), place, folder.path('late'), { forMs: 30_000, pauseMs: 20 });
      await server.start();
      expect(await joining).toMatch(/^[0-9a-f-]{36}$/);
    });

    test('finds the endpoint that serves', async () => {
      const place = placeIn(server);
      const nobody = { host: '127.0.0.1', port: await freePort() };
      const both = { ...place, endpoints: [nobody, ...place.endpoints] };
      expect(await join(both)).toBe(await join(place));
    });
  });
});
