// The client of etcd against a real server, which is frozen, killed and started again; and against one that lies.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseEndpoint, type Endpoint } from '../../../src/net-real/endpoint.ts';
import { EtcdClient } from '../../../src/net-real/etcd/client.ts';
import { EtcdFailure } from '../../../src/net-real/etcd/failure.ts';
import { httpTransport } from '../../../src/net-real/etcd/transport.ts';
import {
  hasRevision,
  hasValue,
  put,
  range,
  rangeOf,
  remove,
  type Operation,
  type Transaction,
  type WatchNews,
} from '../../../src/net-real/etcd/wire.ts';
import { freePort, noEtcd, startEtcd, type EtcdServer } from './etcd-server.ts';

const clients: EtcdClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function at(addresses: readonly string[], silenceMs?: number): EtcdClient {
  const endpoints = addresses.map(endpointOf);
  const client = new EtcdClient({
    endpoints,
    transport: httpTransport(),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  clients.push(client);
  return client;
}

function endpointOf(address: string): Endpoint {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) throw new Error(endpoint.reason);
  return endpoint.value;
}

const always = (...success: readonly Operation[]): Transaction => ({ compare: [], success, failure: [] });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function failureOf(asked: Promise<unknown>): Promise<EtcdFailure> {
  const failure = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(EtcdFailure);
  return failure as EtcdFailure;
}

describe.skipIf(noEtcd !== null)('a real etcd', () => {
  let server: EtcdServer;
  let client: EtcdClient;
  beforeAll(async () => {
    server = await startEtcd();
  }, 60_000);
  afterAll(() => server.close());
  const fresh = (): EtcdClient => (client = at([server.address]));

  test('a key that is not there, and one that is', async () => {
    fresh();
    expect((await client.transact(always(range('there/ä')))).found).toEqual([[]]);
    const { succeeded, revision } = await client.transact(always(put('there/ä', bytes('1'))));
    expect(succeeded).toBe(true);
    const found = { key: 'there/ä', value: bytes('1'), modRevision: revision, version: 1 };
    expect(await client.transact(always(range('there/ä'), rangeOf('there/'), rangeOf('there/b')))).toEqual({
      succeeded: true,
      revision,
      found: [[found], [found], []],
    });
  });

  test('an empty value is a value', async () => {
    await fresh().transact(always(put('empty', new Uint8Array())));
    expect((await client.transact(always(range('empty')))).found).toMatchObject([[{ value: new Uint8Array() }]]);
  });

  test('each condition holds or not', async () => {
    const { revision } = await fresh().transact(always(put('held', 'a'), remove('missing')));
    const holds = async (...compare: Transaction['compare']): Promise<boolean> =>
      (await client.transact({ compare, success: [range('held')], failure: [range('held')] })).succeeded;
    expect(await holds(hasValue('held', 'a'))).toBe(true);
    expect(await holds(hasValue('held', 'b'))).toBe(false);
    expect(await holds(hasValue('missing', ''))).toBe(false);
    expect(await holds(hasRevision('held', revision))).toBe(true);
    expect(await holds(hasRevision('held', revision - 1))).toBe(false);
    expect(await holds(hasRevision('held', 0))).toBe(false);
    expect(await holds(hasRevision('missing', 0))).toBe(true);
    expect(await holds(hasValue('held', 'a'), hasRevision('held', 0))).toBe(false);
  });

  test('a value that is too large is refused, and nothing is written', async () => {
    const failure = await failureOf(fresh().transact(always(put('large', new Uint8Array(1_600_000)))));
    expect(failure).toMatchObject({ outcome: 'not-applied', isFinal: false });
    expect(failure.message).toContain(`etcd at ${server.address}: etcdserver: request is too large`);
    expect((await client.transact(always(range('large')))).found).toEqual([[]]);
  });

  test('its version is known', async () => {
    expect(await fresh().checkVersion()).toMatch(/^3\.\d+\.\d+/);
  });

  function watch(key: string, from: number): WatchNews[] {
    const heard: WatchNews[] = [];
    client.watch(key, from, (news) => heard.push(news));
    return heard;
  }

  const heardOf = async (heard: readonly WatchNews[], news: WatchNews): Promise<void> => {
    await vi.waitFor(() => expect(heard).toContain(news), { timeout: 10_000, interval: 5 });
  };

  test('a watch tells writes and deletions of its key alone, also past ones', async () => {
    const { revision } = await fresh().transact(always(put('watched', '1')));
    const [late, next] = [watch('watched', revision), watch('watched', revision + 1)];
    await heardOf(late, 'event');
    await heardOf(next, 'created');
    await client.transact(always(put('watched/not', '1')));
    expect(next).toEqual(['created']);
    await client.transact(always(remove('watched')));
    await heardOf(next, 'event');
  });

  test('a watch of what is compacted away is told so', async () => {
    const { revision } = await fresh().transact(always(put('compacted', '1')));
    const { revision: later } = await client.transact(always(put('compacted', '2')));
    await server.post('/v3/kv/compaction', { revision: String(later), physical: true });
    const heard = watch('compacted', revision);
    await heardOf(heard, 'compacted');
    expect(heard).toEqual(['created', 'compacted']);
  });

  test('a watch hears the end of its server', async () => {
    const { revision } = await fresh().transact(always(put('ended', '1')));
    const heard = watch('ended', revision + 1);
    await heardOf(heard, 'created');
    await server.kill();
    await heardOf(heard, 'lost');
    await server.start();
    expect(heard).toEqual(['created', 'lost']);
  });

  test('what became of a write to a server that stands still is not known', async () => {
    await fresh().transact(always(put('late', '0')));
    client = at([server.address], 200);
    await client.transact(always(range('late'))); // a connection that is open
    server.freeze();
    const [write, read] = await Promise.all([
      failureOf(client.transact(always(put('late', '1')))),
      failureOf(client.transact(always(range('late')))),
    ]);
    server.thaw();
    expect(write).toMatchObject({ outcome: 'unknown', message: `etcd at ${server.address}: no answer for 200 ms` });
    expect(read).toMatchObject({ outcome: 'not-applied' });
    const { found } = await fresh().transact(always(range('late')));
    expect([bytes('0'), bytes('1')]).toContainEqual(found[0]?.[0]?.value);
  });

  test('a server that is not there did nothing, and its place is told; another endpoint takes over', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const failure = await failureOf(at([nobody]).transact(always(put('nobody', '1'))));
    expect(failure).toMatchObject({
      outcome: 'not-applied',
      isFinal: false,
      message: `etcd at ${nobody}: connect ECONNREFUSED ${nobody}`,
    });
    const both = at([nobody, server.address]);
    expect(await both.transact(always(put('nobody', '1')))).toMatchObject({ succeeded: true });
    expect(await both.statuses()).toMatchObject([
      { endpoint: nobody, failure: expect.stringContaining('ECONNREFUSED') },
      { endpoint: server.address, failure: null, status: { version: expect.stringMatching(/^3\./) } },
    ]);
  });

  test('an etcd with users is refused in one sentence', async () => {
    const guarded = await startEtcd();
    try {
      await guarded.post('/v3/auth/role/add', { name: 'root' });
      await guarded.post('/v3/auth/user/add', { name: 'root', password: 'secret' });
      await guarded.post('/v3/auth/user/grant', { user: 'root', role: 'root' });
      await guarded.post('/v3/auth/enable', {});
      const failure = await failureOf(at([guarded.address]).transact(always(range('a'))));
      expect(failure).toMatchObject({ outcome: 'not-applied', isFinal: true });
      expect(failure.message).toMatch(
        new RegExp(`^etcd at ${guarded.address} wants a user \\(.*user name is empty.*\\): name a file with `),
      );
    } finally {
      await guarded.close();
    }
  }, 60_000);
});

describe('one that answers what no etcd should', () => {
  let liar: Server | null = null;
  afterEach(() => {
    liar?.closeAllConnections();
    liar?.close();
    liar = null;
  });

  async function lies(answer: (response: ServerResponse, path: string) => void): Promise<string> {
    liar = createServer((request, response) => {
      request.resume().once('end', () => answer(response, request.url ?? ''));
    }).listen(0, '127.0.0.1');
    await once(liar, 'listening');
    return `127.0.0.1:${(liar.address() as AddressInfo).port}`;
  }

  const says = (status: number, text: string) => (response: ServerResponse) =>
    void response.writeHead(status).end(text);
  const write = always(put('a', '1'));

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['nothing, and hangs up', (response) => response.destroy(), 'socket hang up'],
    [
      'half a text',
      (response) => response.writeHead(200, { 'content-length': '99' }).write('{"header"', () => response.destroy()),
      'aborted',
    ],
    [
      'half an object',
      says(200, '{"header":{"revision":"3"'),
      'half an answer, "{\\"header\\":{\\"revision\\":\\"3\\"": ',
    ],
    ['no header', says(200, '{"succeeded":true,"responses":[{"response_put":{}}]}'), 'a part of it is missing'],
    ['too few responses', says(200, '{"header":{"revision":"3"},"succeeded":true}'), '0 responses to 1 operations'],
    [
      'that its condition, which it has not, does not hold',
      says(200, '{"header":{"revision":"3"},"responses":[{}]}'),
      '1 responses to 0 operations',
    ],
    [
      'a range to a put',
      says(200, '{"header":{},"succeeded":true,"responses":[{"response_range":{}}]}'),
      'no response_put in response_range',
    ],
    [
      'that its leader changes',
      says(503, '{"code":14,"message":"etcdserver: leader changed"}'),
      'etcdserver: leader changed (code 14, status 503)',
    ],
    ['that it is busy, as a proxy does', says(502, '<html>'), 'answers 502 "<html>": etcd does not serve'],
  ])('%s: what became of a write is not known', async (_, answer, words) => {
    const address = await lies(answer);
    const failure = await failureOf(at([address]).transact(write));
    expect(failure).toMatchObject({ outcome: 'unknown', isFinal: false });
    expect(failure.message).toContain(`etcd at ${address}`);
    expect(failure.message).toContain(words);
  });

  test('a write of unknown outcome is not repeated at another endpoint, a read is', async () => {
    let asked = 0;
    const address = await lies((response) => void response.writeHead(200).end('', () => (asked += 1)));
    const [{ host, port }] = [endpointOf(address)];
    const both = at([address, `localhost:${port}`]);
    expect(host).toBe('127.0.0.1');
    await failureOf(both.transact(write));
    expect(asked).toBe(1);
    const failure = await failureOf(both.transact(always(range('a'))));
    expect(asked).toBe(3);
    expect(failure.message).toMatch(/^etcd at localhost:.*; etcd at 127\.0\.0\.1:/);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['a web server', says(404, 'Not Found'), /^etcd at 127\.0\.0\.1:\d+ answers 404 "Not Found": that is no etcd$/],
    ['a page', says(200, '<html>'), /^127\.0\.0\.1:\d+ answers, and is no etcd$/],
    [
      'an older etcd',
      says(200, '{"etcdserver":"3.3.27","etcdcluster":"3.3.0"}'),
      /^etcd at 127\.0\.0\.1:\d+ is 3\.3\.0: its JSON gateway is known from 3\.4 to 3\.7$/,
    ],
    ['a later one', says(200, '{"etcdserver":"4.0.0","etcdcluster":"4.0.0"}'), / is 4\.0\.0: /],
  ])('%s is refused for good', async (_, answer, sentence) => {
    const failure = await failureOf(at([await lies(answer)]).checkVersion());
    expect(failure).toMatchObject({ isFinal: true });
    expect(failure.message).toMatch(sentence);
  });

  test('a member whose cluster has no version yet counts by its own', async () => {
    const address = await lies(says(200, '{"etcdserver":"3.5.9","etcdcluster":"not_decided"}'));
    expect(await at([address]).checkVersion()).toBe('3.5.9');
  });

  test('a stream that ends within a line is lost', async () => {
    const address = await lies((response) => void response.writeHead(200).end('{"result":{"created":true}}\n{"resu'));
    const heard: WatchNews[] = [];
    at([address]).watch('a', 1, (news) => heard.push(news));
    await vi.waitFor(() => expect(heard).toEqual(['created', 'lost']), { timeout: 10_000, interval: 5 });
  });
});
