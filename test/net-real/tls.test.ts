// Streams over mutual TLS: who gets in, who does not and what is said of it; and that nothing leaves this host in the clear unless somebody says so.
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TcpOptions } from '../../src/net-real/tcp-network.ts';
import { readTls, type TlsFiles } from '../../src/net-real/tls-files.ts';
import { tlsTransport } from '../../src/net-real/tls-transport.ts';
import { plainTransport } from '../../src/net-real/transport.ts';
import { Authority, hasOpenssl, WITHOUT_OPENSSL } from './certificates.ts';
import { party as createParty, type Party } from './party.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Certificates {
  readonly ours: Authority;
  readonly first: TlsFiles;
  readonly second: TlsFiles;
  readonly elsewhere: TlsFiles;
  readonly over: TlsFiles;
  readonly theirs: TlsFiles;
}

let made: Certificates;
beforeAll(() => {
  if (!hasOpenssl) return;
  const ours = new Authority(folder, 'ours');
  made = {
    ours,
    first: ours.issue('first'),
    second: ours.issue('second'),
    elsewhere: ours.issue('elsewhere', { hosts: 'DNS:elsewhere.example,IP:10.1.2.3' }),
    over: ours.issue('over', { days: -1 }),
    theirs: new Authority(folder, 'theirs').issue('one'),
  };
});

const PATIENCE = { timeout: 30_000 }; // the machine may be busy with something else

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function party(given: Partial<TcpOptions>): Promise<Party> {
  const made = await createParty(given);
  ends.push(() => made.network.destroy());
  return made;
}

const withTls = (files: TlsFiles, given: Partial<TcpOptions> = {}): Promise<Party> =>
  party({ transport: tlsTransport({ ...readFiles(files), files }), ...given });

/** Unchecked: as they are when they get over while a process runs. */
const readFiles = ({ cert, key, ca }: TlsFiles) => ({ cert: text(cert), key: text(key), ca: text(ca) });
const text = (path: string): string => readFileSync(path, 'utf8');

function send(from: Party, to: string, body: unknown): void {
  const { address } = from.network;
  from.network.send({ effect: 'send', streamClass: 'control', from: address, to, kind: 'letter', body });
}

/** Until something is heard there. */
function keepSending(from: Party, to: string, body: unknown): void {
  const timer = setInterval(() => send(from, to, body), 20);
  ends.push(() => clearInterval(timer));
}

describe.skipIf(!hasOpenssl)(`over TLS${WITHOUT_OPENSSL}`, () => {
  test('peers with certificates of one authority speak, in both directions, and much of it', async () => {
    const [one, other] = [await withTls(made.first), await withTls(made.second)];
    for (let count = 0; count < 3; count++) send(one, other.network.address, `${count}${'x'.repeat(300_000)}`);
    send(other, one.network.address, 'back');
    await vi.waitFor(() => {
      expect(other.heard.map((body) => [body[0], body.length])).toEqual(
        [0, 1, 2].map((count) => [String(count), 300_001]),
      );
      expect(one.heard).toEqual(['back']);
    }, PATIENCE);
    expect([one.logged, other.logged]).toEqual([[], []]);
  });

  test('what was sent before a network is closed still arrives', async () => {
    const [one, other] = [await withTls(made.first), await withTls(made.second)];
    for (let count = 0; count < 5; count++) send(one, other.network.address, count);
    await one.network.close();
    await vi.waitFor(() => expect(other.heard).toEqual(['0', '1', '2', '3', '4', 'lost control']), PATIENCE);
  });

  test('nothing that is said can be read on the way', async () => {
    const passed: Buffer[] = [];
    let to: Party | null = null;
    const tap = createServer((front) => {
      const back = createConnection({ host: '127.0.0.1', port: Number(to?.network.listening.split(':')[1]) });
      for (const [socket, other] of [
        [front, back],
        [back, front],
      ] as const) {
        socket.on('data', (chunk: Buffer) => {
          passed.push(chunk);
          other.write(chunk);
        });
        socket.on('close', () => other.destroy()).on('error', () => {});
      }
    });
    await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve));
    ends.push(() => tap.close());
    const advertise = `127.0.0.1:${(tap.address() as AddressInfo).port}`;
    to = await withTls(made.second, { advertise });
    const from = await withTls(made.first);
    send(from, advertise, 'words that nobody else may read');
    await vi.waitFor(() => expect(to?.heard).toEqual(['words that nobody else may read']), PATIENCE);
    const wire = Buffer.concat(passed);
    expect(wire.length).toBeGreaterThan(1_000);
    for (const word of ['words that', 'millrace-hello', from.network.address]) expect(wire.includes(word)).toBe(false);
  });

  test.each([
    ['of another authority', () => made.theirs, /its certificate is of no authority in .*ours\/ca\.pem/],
    ['that is over', () => made.over, /its certificate is over/],
    ['for another host', () => made.elsewhere, /its certificate is not of that host/],
  ])('a receiver with a certificate %s is refused by its opener, in a sentence', async (_, files, sentence) => {
    const to = await withTls(files());
    const from = await withTls(made.first);
    keepSending(from, to.network.address, 'x');
    await vi.waitFor(() => expect(from.logged).toHaveLength(1), PATIENCE);
    expect(from.logged[0]).toMatch(/^HOST cannot be reached: .*; tried \(control stream\)$/);
    expect(from.logged[0]).toMatch(sentence);
    expect(to.heard).toEqual([]);
  });

  test.each([
    [
      'of another authority',
      () => ({ ...made.theirs, ca: made.ours.pem }),
      /^dropped HOST: its certificate is of no authority in .*ours\/ca\.pem$/,
    ],
    ['that is over', () => made.over, /^dropped HOST: its certificate is over$/],
    [
      'for another host',
      () => made.elsewhere,
      /^dropped HOST: it says that it is HOST, and its certificate is not of that host/,
    ],
  ])('an opener with a certificate %s is refused by its receiver, in a sentence', async (_, files, sentence) => {
    const to = await withTls(made.first);
    const from = await withTls(files());
    keepSending(from, to.network.address, 'x');
    await vi.waitFor(() => expect(to.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toMatch(sentence);
    expect(to.heard).toEqual([]);
  });

  test('the secret is needed as well: a certificate alone opens nothing', async () => {
    const to = await withTls(made.first);
    const from = await withTls(made.second, { secret: { key: new Uint8Array([1]), place: 'other' } });
    keepSending(from, to.network.address, 'x');
    await vi.waitFor(() => expect(to.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toMatch(/does not prove that it has the secret in toy-secret\.ts/);
    expect(to.heard).toEqual([]);
  });

  test('who speaks in the clear is dropped with a sentence, and is told that nobody answers it so', async () => {
    const to = await withTls(made.first);
    const from = await party({});
    keepSending(from, to.network.address, 'x');
    await vi.waitFor(() => expect(to.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toMatch(/^dropped HOST: it speaks no TLS 1\.3/);
    await vi.waitFor(() => expect(from.logged[0]).toMatch(/^HOST cannot be reached: /), PATIENCE);
    expect(to.heard).toEqual([]);
  });

  test('who speaks TLS to a process that does not is refused on both sides', async () => {
    const to = await party({});
    const from = await withTls(made.first);
    keepSending(from, to.network.address, 'x');
    await vi.waitFor(() => expect(from.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toMatch(/^dropped HOST: no frame begins with the bytes 1603/);
    expect(to.heard).toEqual([]);
  });

  test('who shows no certificate is dropped with a sentence', async () => {
    const to = await withTls(made.first);
    const [host, port] = to.network.listening.split(':') as [string, string];
    const socket = connectTls({ host, port: Number(port), ca: text(made.first.ca) });
    socket.on('error', () => {});
    await vi.waitFor(() => expect(to.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toBe('dropped HOST: it shows no certificate');
  });

  test('crowds that never end their handshake: the oldest goes, and a peer is served', async () => {
    const to = await withTls(made.first, { limits: { strangersMax: 20 } });
    const [host, port] = to.network.listening.split(':') as [string, string];
    const idle = Array.from({ length: 60 }, () => {
      const socket: Socket = createConnection({ host, port: Number(port) });
      ends.push(() => socket.destroy());
      return socket.on('error', () => {}).resume();
    });
    await vi.waitFor(() => expect(idle.filter((socket) => socket.closed).length).toBe(40), PATIENCE);
    const from = await withTls(made.second);
    send(from, to.network.address, 'served');
    await vi.waitFor(() => expect(to.heard).toEqual(['served']), PATIENCE);
    expect(to.logged[0]).toBe('dropped HOST: it has not said who it is, and there are more than 20 such connections');
  });
});

describe.skipIf(!hasOpenssl)(`files of TLS${WITHOUT_OPENSSL}`, () => {
  test('that fit are read', () => {
    expect(readTls(made.first).cert).toBe(text(made.first.cert));
  });

  test.each<[string, () => TlsFiles, RegExp]>([
    ['a certificate that is over', () => made.over, /^the certificate .*over\.pem is over since 2\d{3}-/],
    [
      'one of another authority',
      () => ({ ...made.first, ca: made.theirs.ca }),
      /^the certificate .*first\.pem is of no authority in .*theirs\/ca\.pem$/,
    ],
    [
      'a key that does not fit',
      () => ({ ...made.first, key: made.second.key }),
      /^the key .*second\.key does not fit the certificate .*first\.pem$/,
    ],
    [
      'a certificate where the key should be',
      () => ({ ...made.first, key: made.first.cert }),
      /first\.pem holds no private key in PEM/,
    ],
    [
      'a key where the certificate should be',
      () => ({ ...made.first, cert: made.first.key }),
      /first\.key holds no certificate in PEM$/,
    ],
    ['a file that is not there', () => ({ ...made.first, ca: '/none.pem' }), /^there is no file \/none\.pem$/],
    ['a damaged certificate', () => ({ ...made.first, cert: damaged() }), /damaged\.pem holds a damaged certificate/],
  ])('%s: a sentence with the file', (_, files, sentence) => {
    expect(() => readTls(files())).toThrow(sentence);
  });

  test('a certificate that is not valid yet, and an authority that is over', () => {
    expect(() => readTls(made.first, new Date(0))).toThrow(/first\.pem is not valid before/);
    const later = made.ours.issue('later', { days: 30 });
    expect(() => readTls(later, new Date(Date.now() + 29 * 86_400_000))).toThrow(/ours\/ca\.pem is over since/);
  });
});

function damaged(): string {
  const path = join(folder, 'damaged.pem');
  writeFileSync(path, text(made.first.cert).replace(/\n.{20}/, `\n${'A'.repeat(20)}`));
  chmodSync(path, 0o600);
  return path;
}

describe('outside of this host', () => {
  const refusal = /^(\S+) is outside of this host: give --tls-cert, --tls-key and --tls-ca, or --insecure-network/;

  test.each([
    ['listen', { listen: '198.51.100.7:0' }],
    ['be known', { advertise: '198.51.100.7:6123' }],
    ['be known under a name', { advertise: 'jm.example:6123' }],
    ['listen everywhere', { listen: '0.0.0.0:0', advertise: '198.51.100.7:6123' }],
  ])('nobody may %s in the clear', async (_, given) => {
    await expect(party(given)).rejects.toThrow(refusal);
  });

  test.each(['127.0.0.1:0', '127.8.9.1:0', 'localhost:0'])('%s is on this host', async (listen) => {
    await party({ listen });
  });

  test('nobody speaks in the clear to a peer there, and says so', async () => {
    const connected: unknown[] = [];
    const connect: typeof plainTransport.connect = (to) => {
      connected.push(to);
      return plainTransport.connect(to);
    };
    const from = await party({ transport: { ...plainTransport, connect } });
    keepSending(from, '198.51.100.7:6123', 'x');
    await vi.waitFor(() => expect(from.logged).toHaveLength(1), PATIENCE);
    expect(from.logged[0]).toMatch(
      /^198\.51\.100\.7:6123 cannot be reached: 198\.51\.100\.7:6123 is outside of this host: give --tls-cert/,
    );
    expect(connected).toEqual([]);
    expect(from.heard[0]).toBe('lost control');
  });

  test('it may be said in as many words', async () => {
    const to = await party({});
    const connect: typeof plainTransport.connect = () =>
      plainTransport.connect({ host: '127.0.0.1', port: Number(to.network.listening.split(':')[1]) });
    const from = await party({
      listen: '0.0.0.0:0',
      advertise: '198.51.100.7:6123',
      isInsecure: true,
      transport: { ...plainTransport, connect },
    });
    keepSending(from, '198.51.100.8:6123', 'x');
    await vi.waitFor(
      () => expect(to.logged).toEqual(['dropped HOST: it looks for 198.51.100.8:6123, this is HOST']),
      PATIENCE,
    );
  });
});
