// Who is let into a real etcd: over TLS, with certificates that fit and that do not; as a user, with a password, permissions and a token that end.
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { checkAccess, readLogin, tlsFilesOf } from '../../../src/net-real/etcd/access.ts';
import { haEtcd } from '../../../src/net-real/etcd/ha-etcd.ts';
import { joinCluster } from '../../../src/net-real/etcd/cluster-key.ts';
import { inspectEtcd } from '../../../src/net-real/etcd/inspect.ts';
import { openClient } from '../../../src/net-real/etcd/open-client.ts';
import { parseEtcdPlace, type EtcdPlace } from '../../../src/net-real/etcd/place.ts';
import { etcdService } from '../../../src/net-real/etcd/service.ts';
import { Authority, hasOpenssl, WITHOUT_OPENSSL } from '../certificates.ts';
import { noEtcd, startEtcd, type EtcdOptions, type EtcdServer } from './etcd-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-access-'));
const at = (name: string): string => join(folder, name);
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const read: PortRequest = { kind: 'ha-read', prefix: '' };
const write = (key: string, text: string): PortRequest => ({
  kind: 'ha-write',
  key,
  value: new TextEncoder().encode(text),
  ifRevision: null,
  ifEpoch: null,
});

let prefixes = 0;
function placeAt({ address }: EtcdServer, isSecure: boolean, files: string, prefix = `p${++prefixes}`): EtcdPlace {
  const place = parseEtcdPlace(`//${address}/${prefix}${files}`, isSecure);
  if (!place.ok) throw new Error(place.reason);
  return place.value;
}

function open(place: EtcdPlace) {
  const port = haEtcd({ place, lookMs: 50 });
  opened.push(port);
  return port;
}

async function started(options?: EtcdOptions): Promise<EtcdServer> {
  const server = await startEtcd(options);
  opened.push(server);
  return server;
}

let works = 0;
/** What ends a process that starts there. */
async function sentenceAt(place: EtcdPlace): Promise<string> {
  const client = openClient(place);
  opened.push(client);
  return joinCluster(client, place, at(`work-${++works}`), { forMs: 0, pauseMs: 1 }).then(
    () => 'it starts',
    (error: unknown) => (error as Error).message,
  );
}

async function rootOf(one: EtcdServer): Promise<void> {
  await one.post('/v3/auth/user/add', { name: 'root', password: 'root' });
  await one.post('/v3/auth/role/add', { name: 'root' });
  await one.post('/v3/auth/user/grant', { user: 'root', role: 'root' });
}

async function userOf(one: EtcdServer, name: string, password: string, prefix: string): Promise<void> {
  const [key, range_end] = [prefix, `${prefix.slice(0, -1)}0`].map((text) => Buffer.from(text).toString('base64'));
  await one.post('/v3/auth/role/add', { name });
  await one.post('/v3/auth/role/grant', { name, perm: { permType: 'READWRITE', key, range_end } });
  await one.post('/v3/auth/user/add', { name, password });
  await one.post('/v3/auth/user/grant', { user: name, role: name });
}

function loginFile(name: string, text: string): string {
  writeFileSync(at(name), text, { mode: 0o600 });
  return `?login=${at(name)}`;
}

describe.skipIf(noEtcd !== null || !hasOpenssl)(`over TLS${WITHOUT_OPENSSL}`, () => {
  let ca: Authority;
  let server: EtcdServer;
  let files: string;
  beforeAll(async () => {
    ca = new Authority(folder, 'ca');
    const [own, client] = [ca.issue('server'), ca.issue('client')];
    files = `?ca=${ca.pem}&cert=${client.cert}&key=${client.key}`;
    server = await startEtcd({ tls: { ...own, clientCa: ca.pem } });
  }, 60_000);
  afterAll(() => server.close());

  test('all that it is asked for, and watches', async () => {
    const place = placeAt(server, true, files);
    const [port, other] = [open(place), open(place)];
    const written = await port.request(write('a', '1'));
    if (written.kind !== 'ha-written') throw new Error(JSON.stringify(written));
    const watching = other.request({ kind: 'ha-watch', key: 'a', afterRevision: written.revision });
    expect(await other.request(read)).toMatchObject({ entries: [{ key: 'a' }] });
    await port.request(write('a', '2'));
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { key: 'a' } });
    expect(await sentenceAt(place)).toBe('it starts');
    expect((await inspectEtcd(place)).conditions).toMatchObject([{ status: 'ok' }]);
  });

  test('a server that is killed and started again', async () => {
    const port = open(placeAt(server, true, files));
    await port.request(write('a', '1'));
    await server.kill();
    expect(await port.request(read)).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    await server.start();
    expect(await port.request(read)).toMatchObject({ entries: [{ key: 'a' }] });
  });

  test('etcd signed by another CA', async () => {
    const other = new Authority(folder, 'other-ca');
    expect(await sentenceAt(placeAt(server, true, files.replace(ca.pem, other.pem)))).toContain(
      `etcd at ${server.address}: its certificate is not signed by the CA in ca=${other.pem} (`,
    );
    expect(await sentenceAt(placeAt(server, true, ''))).toContain(
      `etcd at ${server.address}: its certificate is signed by nobody that Node knows: name the CA, ?ca=FILE (`,
    );
  });

  // Whether the alert of etcd comes, or a connection that was reset, is a matter of its moment; either sentence has these words.
  test('a client without a certificate, and one of another CA', async () => {
    const stranger = new Authority(folder, 'stranger-ca').issue('stranger');
    expect(await sentenceAt(placeAt(server, true, `?ca=${ca.pem}`))).toContain(
      'wants a certificate of its clients: ?cert=FILE&key=FILE (',
    );
    const files = `?ca=${ca.pem}&cert=${stranger.cert}&key=${stranger.key}`;
    expect(await sentenceAt(placeAt(server, true, files))).toContain(`the certificate in cert=${stranger.cert} (`);
  });

  test('a key that is not that of the certificate', async () => {
    const one = ca.issue('one');
    const files = `?ca=${ca.pem}&cert=${one.cert}&key=${ca.key}`;
    expect(await sentenceAt(placeAt(server, true, files))).toContain(
      `etcd at ${server.address}: key=${ca.key} is not the key of cert=${one.cert} (`,
    );
  });

  test('no TLS where etcd wants it, and TLS where it has none', async () => {
    expect(await sentenceAt(placeAt(server, false, ''))).toContain(
      `etcd at ${server.address}: socket hang up; if it speaks TLS, name it etcds:// (ECONNRESET)`,
    );
    const plain = await started();
    expect(await sentenceAt(placeAt(plain, true, files))).toContain(
      `etcd at ${plain.address}: it hung up before TLS began; if it speaks none, name it etcd:// (ECONNRESET)`,
    );
  });

  test('a web server without TLS', async () => {
    const web = createServer((_, response) => response.end('no')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    opened.push(web);
    const address = `127.0.0.1:${(web.address() as AddressInfo).port}`;
    expect(await sentenceAt(placeAt({ ...server, address }, true, files))).toContain(
      `etcd at ${address}: it speaks no TLS: name it etcd:// (`,
    );
  });

  test('a certificate of etcd that is over, and one of another host', async () => {
    const over = await started({ tls: ca.issue('over', { days: -1 }) });
    expect(await sentenceAt(placeAt(over, true, files))).toContain(
      `etcd at ${over.address}: its certificate, or that of its CA, is over: renew it (CERT_HAS_EXPIRED)`,
    );
    const elsewhere = await started({ tls: ca.issue('elsewhere', { hosts: 'DNS:etcd.example' }) });
    expect(await sentenceAt(placeAt(elsewhere, true, files))).toContain(
      `etcd at ${elsewhere.address}: its certificate is of another host: `,
    );
  });

  test('a certificate of the client that is over', async () => {
    const over = ca.issue('client-over', { days: -1 });
    const files = `?ca=${ca.pem}&cert=${over.cert}&key=${over.key}`;
    expect(await sentenceAt(placeAt(server, true, files))).toContain(`the certificate in cert=${over.cert} (`);
  });

  test('with users as well: a certificate without a CommonName, as the gateway refuses one that has it', async () => {
    const both = await started({ tls: { ...ca.issue('both'), clientCa: ca.pem } });
    await rootOf(both);
    await userOf(both, 'mill', 'word', 'mill/');
    await both.post('/v3/auth/enable', {});
    const login = loginFile('both-login', 'mill:word').replace('?', '&');
    const named = placeAt(both, true, files + login, 'mill/a');
    expect(await sentenceAt(named)).toMatch(
      new RegExp(
        `^etcd at ${both.address} has users, and its gateway takes no client whose certificate has a CommonName \\(.*\\): sign cert=FILE without one$`,
      ),
    );
    const { cert, key } = ca.issue('nameless', { subject: '/O=millrace' });
    const place = placeAt(both, true, `?ca=${ca.pem}&cert=${cert}&key=${key}${login}`, 'mill/a');
    expect(await sentenceAt(place)).toBe('it starts');
    const [port, other] = [open(place), open(place)];
    const watching = other.request({ kind: 'ha-watch', key: 'a', afterRevision: 0 }, 1);
    expect(await port.request(write('a', '1'), 1)).toMatchObject({ kind: 'ha-written' });
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { key: 'a' } });
  });

  test('a renewed certificate is used within a minute', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const [before, after] = [ca.issue('before'), ca.issue('after')];
      const [cert, key] = [at('renewed.pem'), at('renewed.key')];
      const put = (one: typeof before): void => {
        copyFileSync(one.cert, cert);
        copyFileSync(one.key, key);
      };
      put(before);
      const files = tlsFilesOf({ ca: null, cert, key });
      const first = files();
      put(after);
      expect(files()).toBe(first);
      vi.advanceTimersByTime(60_000);
      const second = files();
      expect(second.cert).not.toBe(first.cert);
      rmSync(cert);
      vi.advanceTimersByTime(60_000);
      expect(files()).toBe(second);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe.skipIf(noEtcd !== null)('as a user', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd();
    await rootOf(server);
    await userOf(server, 'mill', 'pass:word', 'mill/');
    await server.post('/v3/auth/enable', {});
  }, 60_000);
  afterAll(() => server.close());

  test('all that it is asked for below its prefix, and watches', async () => {
    const place = placeAt(server, false, loginFile('good', 'mill:pass:word\n'), 'mill/a');
    expect(await sentenceAt(place)).toBe('it starts');
    const [port, other] = [open(place), open(place)];
    const written = await port.request(write('a', '1'));
    if (written.kind !== 'ha-written') throw new Error(JSON.stringify(written));
    const watching = other.request({ kind: 'ha-watch', key: 'a', afterRevision: written.revision });
    await port.request(write('a', '2'));
    expect(await watching).toMatchObject({ kind: 'ha-changed', entry: { key: 'a' } });
    expect((await inspectEtcd(place)).conditions).toMatchObject([{ status: 'ok' }]);
  });

  test('its token is over: etcd was started again, and knows none of those from before', async () => {
    const place = placeAt(server, false, loginFile('token', 'mill:pass:word'), 'mill/b');
    const port = open(place);
    const written = await port.request(write('a', '1'));
    if (written.kind !== 'ha-written') throw new Error(JSON.stringify(written));
    const watching = port.request({ kind: 'ha-watch', key: 'a', afterRevision: written.revision });
    await server.kill();
    await watching; // it fails: machines ask again
    await server.start();
    const [again, ...both] = await Promise.all([
      port.request(write('a', '2')),
      port.request(write('b', '1')),
      port.request(read),
    ]);
    expect(again).toMatchObject({ kind: 'ha-written' });
    expect(both).toMatchObject([{ kind: 'ha-written' }, { kind: 'ha-entries' }]);
    const watchingAgain = port.request({ kind: 'ha-watch', key: 'b', afterRevision: 0 });
    expect(await watchingAgain).toMatchObject({ kind: 'ha-changed', entry: { key: 'b' } });
  });

  test('a wrong password, and a user that is not there', async () => {
    for (const [name, text] of [
      ['wrong', 'mill:word'],
      ['nobody', 'nobody:word'],
    ] as const) {
      const sentence = await sentenceAt(placeAt(server, false, loginFile(name, text), 'mill/c'));
      expect(sentence).toBe(
        `etcd at ${server.address} refuses the user "${text.split(':')[0]}" of login=${at(name)}: etcdserver: authentication failed, invalid user ID or password`,
      );
    }
  });

  test('a user without permission for the prefix', async () => {
    expect(await sentenceAt(placeAt(server, false, loginFile('denied', 'mill:pass:word'), 'else'))).toBe(
      `etcd at ${server.address}: the user of login=${at('denied')} may not do that (etcdserver: permission denied): a role of it must be granted all below the prefix, as by etcdctl role grant-permission ROLE readwrite else/ --prefix`,
    );
  });

  test('no user where etcd wants one; a user where it knows none yet', async () => {
    expect(await sentenceAt(placeAt(server, false, '', 'mill/d'))).toBe(
      `etcd at ${server.address} wants a user (etcdserver: user name is empty): name a file with NAME:PASSWORD, ?login=FILE`,
    );
    const fresh = await started();
    const place = placeAt(fresh, false, loginFile('early', 'mill:early'), 'mill/e');
    const port = open(place);
    expect(await port.request(write('a', '1'))).toMatchObject({ kind: 'ha-written' });
    await rootOf(fresh);
    await userOf(fresh, 'mill', 'early', 'mill/');
    await fresh.post('/v3/auth/enable', {});
    expect(await port.request(write('a', '2'))).toMatchObject({ kind: 'ha-written' });
  });

  test('a password that is changed is read from its file again', async () => {
    const fresh = await started();
    await rootOf(fresh);
    await userOf(fresh, 'mill', 'one', 'mill/');
    const place = placeAt(fresh, false, loginFile('changed', 'mill:one'), 'mill/f');
    const port = open(place);
    await fresh.post('/v3/auth/enable', {});
    expect(await port.request(write('a', '1'))).toMatchObject({ kind: 'ha-written' });
    const { answer } = await fresh.post('/v3/auth/authenticate', { name: 'root', password: 'root' });
    await fetch(`http://${fresh.address}/v3/auth/user/changepw`, {
      method: 'POST',
      headers: { authorization: String(answer['token']) },
      body: JSON.stringify({ name: 'mill', password: 'two' }),
    });
    expect(await port.request(write('a', '2'))).toMatchObject({
      kind: 'failed',
      outcome: 'not-applied',
      reason: { text: expect.stringContaining(`refuses the user "mill" of login=${at('changed')}`) },
    });
    loginFile('changed', 'mill:two');
    expect(await port.request(write('a', '2'))).toMatchObject({ kind: 'ha-written' });
  });
});

describe('files', () => {
  const place = (rest: string): EtcdPlace => {
    const parsed = parseEtcdPlace(rest, rest.includes('ca='));
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.value;
  };

  test.each<[string, string | null, string]>([
    ['that is not there', null, 'cannot be read: ENOENT'],
    ['without a colon', 'mill', 'holds no line NAME:PASSWORD'],
    ['without a name', ':word', 'holds no line NAME:PASSWORD'],
    ['without a password', 'mill:', 'holds no line NAME:PASSWORD'],
    ['that is empty', '', 'holds no line NAME:PASSWORD'],
  ])('a login %s', async (name, text, words) => {
    const file = at(`login ${name}`);
    if (text !== null) writeFileSync(file, text);
    const where = place(`//a:1/p?login=${encodeURIComponent(file)}`);
    const sentence = `login=${file} ${words}`;
    expect(() => checkAccess(where)).toThrow(sentence);
    await expect(etcdService(where).clusterId(at('work'))).rejects.toThrow(`etcd://a:1/p: ${sentence}`);
  });

  test('a login is the first line, and its password all behind the first colon', () => {
    writeFileSync(at('lines'), 'mill:a:b \r\nmore\n');
    expect(readLogin(at('lines'))).toEqual({ name: 'mill', password: 'a:b ' });
  });

  test('a certificate that is none, and one that may not be read', () => {
    writeFileSync(at('none.pem'), 'x');
    expect(() => checkAccess(place(`//a:1/p?ca=${at('none.pem')}`))).toThrow(`ca=${at('none.pem')} is no file in PEM`);
    expect(() => checkAccess(place(`//a:1/p?ca=${folder}`))).toThrow(`ca=${folder} cannot be read: EISDIR`);
  });
});
