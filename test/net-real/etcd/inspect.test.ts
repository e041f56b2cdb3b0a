// What a doctor says of an etcd: of one that serves, of members that do not, of a prefix that is something else's, and of what an operator must act on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { EtcdClient } from '../../../src/net-real/etcd/client.ts';
import { inspectEtcd } from '../../../src/net-real/etcd/inspect.ts';
import { conditionOf, conditionOfHistory } from '../../../src/net-real/etcd/servers.ts';
import { haEtcd } from '../../../src/net-real/etcd/ha-etcd.ts';
import { httpTransport } from '../../../src/net-real/etcd/transport.ts';
import { put } from '../../../src/net-real/etcd/wire.ts';
import { placeIn } from '../../conformance/etcd-lab.ts';
import { freePort, noEtcd, startEtcd, startMembers, type EtcdServer } from './etcd-server.ts';

describe.skipIf(noEtcd !== null)('a real etcd', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd();
  }, 60_000);
  afterAll(() => server.close());

  test('before any process ran, and then with its leader; nothing is written by looking', async () => {
    const place = placeIn(server);
    const serves = {
      status: 'ok',
      says: expect.stringMatching(/^etcd at 127\.0\.0\.1:\d+ is 3\.\d+\.\d+, and uses \S+ % of the room that it has$/),
    };
    for (let looks = 0; looks < 2; looks++)
      expect(await inspectEtcd(place)).toMatchObject({
        conditions: [
          serves,
          { status: 'ok', says: expect.stringContaining(`nothing was ever written below ${place.prefix}`) },
        ],
        leader: null,
      });
    const port = haEtcd({ place });
    await port.request({ kind: 'ha-lease' });
    expect(await inspectEtcd(place)).toMatchObject({ conditions: [serves], leader: { entry: null } });
    const value = encodeLeader({ epoch: 1, address: 'jm:1', resigned: false });
    await port.request({ kind: 'ha-write', key: 'leader', value, ifRevision: 0, ifEpoch: null });
    await port.close();
    expect(await inspectEtcd(place)).toMatchObject({
      conditions: [serves],
      leader: { entry: { key: 'leader', value } },
    });
  });

  test('an endpoint that is away is a warning while another one serves', async () => {
    const place = placeIn(server);
    const nobody = { host: '127.0.0.1', port: await freePort() };
    const { conditions } = await inspectEtcd({ ...place, endpoints: [nobody, ...place.endpoints] });
    expect(conditions.map(({ status }) => status)).toEqual(['warn', 'ok', 'ok']);
    expect(await inspectEtcd({ ...place, endpoints: [nobody] })).toMatchObject({
      conditions: [{ status: 'fail', says: expect.stringContaining('ECONNREFUSED') }],
      leader: null,
    });
  });

  test(
    'a member alone of three, which knows no leader of etcd, is asked for nothing more',
    { timeout: 60_000 },
    async () => {
      const members = await startMembers(3);
      try {
        const [first, ...others] = members as [EtcdServer, ...EtcdServer[]];
        const endpoints = members.map(({ port }) => ({ host: '127.0.0.1', port }));
        const place = { ...placeIn(first), endpoints };
        await Promise.all(others.map((other) => other.kill()));
        const says = async (): Promise<readonly string[]> => {
          const { conditions, leader } = await inspectEtcd(place);
          expect(leader).toBeNull();
          return conditions.map((one) => `${one.status} ${one.says.replace(/^etcd at 127[\d.:]+:?/, '').trim()}`);
        };
        await expect
          .poll(says, { timeout: 30_000 })
          .toEqual([
            'fail has no leader',
            expect.stringMatching(/^warn .*ECONNREFUSED/),
            expect.stringMatching(/^warn .*ECONNREFUSED/),
          ]);
      } finally {
        await Promise.all(members.map((member) => member.close()));
      }
    },
  );

  test('a prefix that is something else’s', async () => {
    const place = placeIn(server);
    const client = new EtcdClient({ endpoints: place.endpoints, transport: httpTransport() });
    await client.transact({ compare: [], success: [put(`${place.prefix}/x`, '1')], failure: [] });
    client.close();
    expect(await inspectEtcd(place)).toMatchObject({
      conditions: [{ status: 'ok' }, { status: 'fail', says: expect.stringContaining(`such as "${place.prefix}/x"`) }],
      leader: null,
    });
  });
});

const member = { version: '3.5.9', leader: '7', dbSize: '1000', errors: [] };

test.each<[string, object, string, string | null]>([
  ['well', member, 'ok', null],
  [
    'of 3.7, which says its quota',
    { ...member, dbSize: '600', dbSizeQuota: '1000' },
    'warn',
    '--auto-compaction-mode=periodic',
  ],
  ['half full by default', { ...member, dbSize: '1073741824' }, 'warn', 'etcdctl defrag'],
  [
    'without a leader, which is left out where it is 0',
    { version: '3.5.9', dbSize: '1' },
    'fail',
    'most of its members',
  ],
  ['that is full', { ...member, errors: ['memberID:7 alarm:NOSPACE '] }, 'fail', 'its database is full: '],
  ['with another alarm', { ...member, errors: ['memberID:7 alarm:CORRUPT '] }, 'fail', 'etcdctl alarm list'],
])('a member %s', (_, answer, status, advice) => {
  const condition = conditionOf('a:1', answer);
  expect(condition.status).toBe(status);
  if (advice === null) expect(condition.advice).toBeNull();
  else expect(condition.advice).toContain(advice);
});

test('a history that is long, and was never compacted', () => {
  expect(conditionOfHistory({ revision: 199_999, isCompacted: false })).toBeNull();
  expect(conditionOfHistory({ revision: 10_000_000, isCompacted: true })).toBeNull();
  expect(conditionOfHistory({ revision: 200_000, isCompacted: false })).toEqual({
    status: 'warn',
    says: 'the history of etcd, 200000 revisions, was never compacted',
    advice: expect.stringContaining('--auto-compaction-mode=periodic'),
  });
});
