// An etcd that is none, is of another version, refuses or answers half: what a process that starts there says, how long it asks, and what one that runs does.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { EtcdClient } from '../../../src/net-real/etcd/client.ts';
import { joinCluster } from '../../../src/net-real/etcd/cluster-key.ts';
import { haEtcd } from '../../../src/net-real/etcd/ha-etcd.ts';
import { parseEtcdPlace, type EtcdPlace } from '../../../src/net-real/etcd/place.ts';
import { httpTransport } from '../../../src/net-real/etcd/transport.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
let server: Server | null = null;
let port: Port | null = null;
afterEach(async () => {
  await port?.close();
  server?.closeAllConnections();
  server?.close();
  [server, port] = [null, null];
});

/** Status and text; `hangs up`: nothing. */
type Answer = readonly [number, string] | 'hangs up';
const GOOD: Answer = [200, '{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}'];

interface Asked {
  readonly place: EtcdPlace;
  readonly paths: string[];
}

/** @param answers by path; what is absent is asked in vain */
async function answering(answers: Readonly<Record<string, Answer>>): Promise<Asked> {
  const paths: string[] = [];
  server = createServer((request, response) => {
    const path = request.url ?? '';
    paths.push(path);
    const answer = answers[path] ?? 'hangs up';
    request.resume().once('end', () => {
      if (answer === 'hangs up') response.destroy();
      else response.writeHead(answer[0]).end(answer[1]);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = parseEtcdPlace(`//127.0.0.1:${(server.address() as AddressInfo).port}/p`);
  if (!place.ok) throw new Error(place.reason);
  return { place: place.value, paths };
}

async function start({ place, paths }: Asked, forMs: number): Promise<{ sentence: string; asked: number }> {
  const client = new EtcdClient({ endpoints: place.endpoints, transport: httpTransport() });
  const sentence = await joinCluster(client, place, folder.path('work'), { forMs, pauseMs: 10 }).then(
    () => 'it starts',
    (error: unknown) => (error as Error).message,
  );
  client.close();
  return { sentence, asked: paths.length };
}

const refusal = (code: number, message: string): Answer => [400, JSON.stringify({ code, message })];
const WHERE = String.raw`127\.0\.0\.1:\d+`;

test.each<[string, Readonly<Record<string, Answer>>, string]>([
  ['no etcd', { '/version': [200, '<html>'] }, `^${WHERE} answers, and is no etcd$`],
  ['no etcd, which refuses', { '/version': [403, 'no'] }, `^etcd at ${WHERE} answers 403 "no": that is no etcd$`],
  [
    'an etcd before 3.4',
    { '/version': [200, '{"etcdserver":"3.3.27","etcdcluster":"3.3.0"}'] },
    `^etcd at ${WHERE} is 3.3.0: its JSON gateway is known from 3.4 to 3.7$`,
  ],
  [
    'an etcd without a gateway',
    { '/version': GOOD, '/v3/kv/txn': [404, '404 page not found'] },
    `^etcd at ${WHERE} answers 404 "404 page not found": that is no etcd$`,
  ],
  [
    'an etcd that knows no transactions',
    { '/version': GOOD, '/v3/kv/txn': refusal(12, 'unknown service etcdserverpb.KV') },
    `^etcd at ${WHERE}: unknown service etcdserverpb.KV \\(code 12, status 400\\)$`,
  ],
])('%s: a process that starts ends at once', async (_, answers, words) => {
  const { sentence, asked } = await start(await answering(answers), 600_000);
  expect(sentence).toMatch(new RegExp(words));
  expect(asked).toBe(Object.keys(answers).length);
});

test.each<[string, Readonly<Record<string, Answer>>, string]>([
  ['hangs up', {}, `etcd at ${WHERE}: socket hang up; if it speaks TLS, name it etcds:// \\(ECONNRESET\\)`],
  [
    'answers half',
    { '/version': GOOD, '/v3/kv/txn': [200, '{"header":{"revision":"3"},"succ'] },
    `etcd at ${WHERE}: half an answer, "{\\\\"header\\\\":.*`,
  ],
  [
    'answers with a part missing',
    {
      '/version': GOOD,
      '/v3/kv/txn': [200, '{"succeeded":true,"responses":[{"response_range":{}},{"response_range":{}}]}'],
    },
    `etcd at ${WHERE}: half an answer, .*: a part of it is missing`,
  ],
  [
    'has no leader',
    { '/version': GOOD, '/v3/kv/txn': [503, '{"code":14,"message":"etcdserver: no leader"}'] },
    `etcd at ${WHERE}: etcdserver: no leader \\(code 14, status 503\\)`,
  ],
  [
    'is behind a proxy that is busy',
    { '/version': [502, 'Bad Gateway'] },
    `etcd at ${WHERE} answers 502 "Bad Gateway": etcd does not serve`,
  ],
])('an etcd that %s: a process that starts asks again for as long as it may', async (_, answers, words) => {
  const { sentence, asked } = await start(await answering(answers), 100);
  expect(sentence).toMatch(new RegExp(`^etcd://${WHERE}/p does not serve: ${words}; asked for 0.1 s$`));
  expect(asked).toBeGreaterThan(2);
});

test.each<[string, Answer, 'not-applied' | 'unknown']>([
  ['hangs up', 'hangs up', 'unknown'],
  ['answers half', [200, '{"header":{"rev'], 'unknown'],
  ['refuses', refusal(3, 'etcdserver: request is too large'), 'not-applied'],
  ['is a web server by now', [404, 'Not Found'], 'not-applied'],
])('an etcd that %s later: a process that runs is told, and asks again with success', async (_, answer, outcome) => {
  const answers: Record<string, Answer> = {};
  const { place } = await answering(answers);
  port = haEtcd({ place });
  const line = Buffer.from('millrace-cluster 1 00000000-0000-0000-0000-000000000000\n').toString('base64');
  const found = `{"response_range":{"kvs":[{"key":"cC9jbHVzdGVy","value":"${line}","mod_revision":"2","version":"1"}]}}`;
  answers['/v3/kv/txn'] = [200, `{"header":{"revision":"3"},"succeeded":true,"responses":[${found},${found}]}`];
  const lease = { kind: 'ha-lease' } as const;
  expect(await port.request(lease, 1)).toMatchObject({ kind: 'ha-lease' });
  const renew = { kind: 'ha-renew', epoch: 1 } as const;
  answers['/v3/kv/txn'] = answer;
  expect(await port.request(renew, 2)).toMatchObject({
    kind: 'failed',
    outcome,
    reason: { kind: 'io', text: expect.stringMatching(/^etcd at 127\.0\.0\.1:\d+( answers 404 "Not Found"|: )/) },
  });
  answers['/v3/kv/txn'] = [200, '{"header":{"revision":"4"},"succeeded":true,"responses":[{"response_put":{}}]}'];
  expect(await port.request(renew, 3)).toEqual({ kind: 'ha-renewed', epoch: 1 });
});
