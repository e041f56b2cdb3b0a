// Files of TLS that change while a process runs: new ones are taken for connections from then on, bad ones are told and not taken, and no stream ends for it.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { startJobManager } from '../../src/net-real/job-manager-process.ts';
import type { TlsFiles } from '../../src/net-real/tls-files.ts';
import { TlsRenewal } from '../../src/net-real/tls-renewal.ts';
import { tlsTransport } from '../../src/net-real/tls-transport.ts';
import { Authority, hasOpenssl, WITHOUT_OPENSSL } from './certificates.ts';
import { party as createParty, type Party } from './party.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-renewal-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Certificates {
  readonly ours: Authority;
  readonly first: TlsFiles;
  readonly second: TlsFiles;
  readonly over: TlsFiles;
  readonly elsewhere: TlsFiles;
  /** Its key has half the bits that OpenSSL asks for. */
  readonly weak: TlsFiles;
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
    over: ours.issue('over', { days: -1 }),
    elsewhere: ours.issue('elsewhere', { hosts: 'IP:127.0.0.2' }),
    weak: ours.issue('weak', { key: ['-newkey', 'rsa:1024', '-nodes'] }),
    theirs: new Authority(folder, 'theirs').issue('one'),
  };
});

const PATIENCE = { timeout: 30_000 }; // the machine may be busy with something else
const ends: (() => unknown)[] = [];
let own: TlsFiles;
let told: string[];
let places = 0;

beforeEach(() => {
  const at = join(folder, `own-${++places}`);
  mkdirSync(at);
  own = { cert: join(at, 'host.pem'), key: join(at, 'host.key'), ca: join(at, 'ca.pem') };
  told = [];
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function put(files: TlsFiles, which: readonly (keyof TlsFiles)[] = ['cert', 'key', 'ca']): void {
  for (const name of which) copyFileSync(files[name], own[name]);
}

const tell = (sentence: string, isBad: boolean): void =>
  void told.push(
    `${isBad ? 'bad' : 'good'}: ${sentence.replaceAll(/\S+\/own-\d+\//g, '').replaceAll(/2\d{3}-[\d:T.-]+Z/g, 'DATE')}`,
  );
const TOOK = 'good: took the new files of TLS: host.pem, valid until DATE, is shown on connections from now on';
const refused = (why: string): string =>
  `bad: the new files of TLS are not taken: ${why}; the certificate from before, valid until DATE, stays in use`;

async function partyWith(renewal: TlsRenewal): Promise<Party> {
  const one = await createParty({ transport: tlsTransport(renewal.material, renewal) });
  ends.push(() => one.network.destroy());
  return one;
}

function renewing(): TlsRenewal {
  put(made.first);
  return new TlsRenewal(own, { tell });
}

async function other(files: TlsFiles): Promise<Party> {
  return partyWith(new TlsRenewal(files, { tell }));
}

function send(from: Party, to: Party, body: string): void {
  const address = from.network.address;
  const letter = { effect: 'send', streamClass: 'control', from: address, kind: 'letter', body } as const;
  from.network.send({ ...letter, to: to.network.address });
}

/** The common name that a process shows to whoever connects. */
function shownBy({ network }: Party): Promise<string> {
  const [host, port] = network.listening.split(':') as [string, string];
  return new Promise((resolve, reject) => {
    const { cert, key, ca } = made.second;
    const [given, held, trusted] = [cert, key, ca].map((path) => readFileSync(path, 'utf8'));
    const authorities = [trusted, readFileSync(made.theirs.ca, 'utf8')] as string[];
    const socket = connect({ host, port: Number(port), cert: given, key: held, ca: authorities }, () => {
      const shown: PeerCertificate = socket.getPeerCertificate();
      socket.destroy();
      resolve(String(shown.subject.CN));
    });
    socket.on('error', reject);
  });
}

describe.skipIf(!hasOpenssl)(`files of TLS that change${WITHOUT_OPENSSL}`, () => {
  test('a new certificate is shown on the next connection, and a stream that is open goes on', async () => {
    const renewal = renewing();
    const one = await partyWith(renewal);
    const peer = await other(made.second);
    send(peer, one, 'before');
    await vi.waitFor(() => expect(one.heard).toEqual(['before']), PATIENCE);
    expect(await shownBy(one)).toBe('first');
    put(made.ours.issue('third'));
    await renewal.look();
    expect(await shownBy(one)).toBe('third');
    send(peer, one, 'behind');
    await vi.waitFor(() => expect(one.heard).toEqual(['before', 'behind']), PATIENCE);
    expect([told, one.logged, peer.logged]).toEqual([[TOOK], [], []]);
  });

  test('a process whose certificate got over is refused by its peers, until there is a new one', async () => {
    const renewal = renewing();
    vi.spyOn(renewal, 'material', 'get').mockReturnValue({
      files: own,
      cert: readFileSync(made.over.cert, 'utf8'),
      key: readFileSync(made.over.key, 'utf8'),
      ca: readFileSync(made.over.ca, 'utf8'),
      validTo: new Date(),
    });
    const [one, peer] = [await partyWith(renewal), await other(made.second)];
    const sends = setInterval(() => {
      send(one, peer, 'from the one');
      send(peer, one, 'to the one');
    }, 20);
    ends.push(() => clearInterval(sends));
    await vi.waitFor(() => expect(peer.logged.length).toBeGreaterThan(1), PATIENCE);
    expect([...one.heard, ...peer.heard].filter((what) => what.includes('the one'))).toEqual([]);
    put(made.ours.issue('fourth'));
    await renewal.look();
    await vi.waitFor(() => {
      expect(one.heard).toContain('to the one');
      expect(peer.heard).toContain('from the one');
    }, PATIENCE);
  });

  test('another authority beside the one from before: its certificates are taken too', async () => {
    const renewal = renewing();
    const one = await partyWith(renewal);
    writeFileSync(own.ca, readFileSync(made.ours.pem, 'utf8') + readFileSync(made.theirs.ca, 'utf8'));
    await renewal.look();
    const both = join(folder, 'both.pem');
    copyFileSync(own.ca, both);
    const peer = await other({ ...made.theirs, ca: both });
    send(peer, one, 'of the other authority');
    await vi.waitFor(() => expect(one.heard).toEqual(['of the other authority']), PATIENCE);
  });

  test('a key that does not fit: told once, when it is still there at the next look, and the one from before stays', async () => {
    const renewal = renewing();
    const one = await partyWith(renewal);
    put(made.second, ['key']);
    await renewal.look();
    expect(told).toEqual([]);
    for (let looks = 0; looks < 3; looks++) await renewal.look();
    expect(told).toEqual([refused('the key host.key does not fit the certificate host.pem')]);
    expect(await shownBy(one)).toBe('first');
    put(made.second, ['cert']);
    await renewal.look();
    expect(told.slice(1)).toEqual([TOOK]);
    expect(await shownBy(one)).toBe('second');
  });

  test('one file before the other: nothing is told but that they were taken', async () => {
    const renewal = renewing();
    put(made.second, ['cert']);
    await renewal.look();
    put(made.second, ['key']);
    await renewal.look();
    await renewal.look();
    expect(told).toEqual([TOOK]);
  });

  test.each<[string, () => void, RegExp]>([
    ['one that is over', () => put(made.over), /the certificate host\.pem is over since DATE/],
    ['one of another authority', () => put(made.theirs, ['cert', 'key']), /host\.pem is of no authority in ca\.pem/],
    ['a file that is gone', () => rmSync(own.key), /there is no file host\.key/],
    ['one of another host', () => put(made.elsewhere), /host\.pem is not of 127\.0\.0\.1, the host under which/],
    [
      'one that OpenSSL does not take',
      () => put(made.weak),
      /TLS does not take the certificate host\.pem with its key: ERR/,
    ],
    ['half a file', () => writeFileSync(own.cert, '-----BEGIN'), /host\.pem holds no certificate in PEM/],
  ])('%s: refused in a sentence, told again when it came back in between', async (_, spoil, sentence) => {
    const renewal = renewing();
    const one = await partyWith(renewal);
    renewal.begin('127.0.0.1:6123');
    ends.push(() => renewal.close());
    for (let times = 0; times < 2; times++) {
      spoil();
      await renewal.look();
      await renewal.look();
      put(made.first);
      await renewal.look();
    }
    expect(told).toEqual([expect.stringMatching(sentence), expect.stringMatching(sentence)]);
    expect(told[0]).toMatch(/^bad: the new files of TLS are not taken: /);
    expect(renewal.material.cert).toBe(readFileSync(made.first.cert, 'utf8'));
    expect(await shownBy(one)).toBe('first');
  });

  test('it looks by itself until it is closed', async () => {
    put(made.first);
    const renewal = new TlsRenewal(own, { tell, lookMs: 5 });
    renewal.begin('127.0.0.1:6123');
    put(made.second);
    await vi.waitFor(() => expect(told).toEqual([TOOK]), PATIENCE);
    renewal.close();
    put(made.first);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toHaveLength(1);
  });

  test('a process whose certificate is of another host says so as it begins, and takes one of its own', async () => {
    put(made.elsewhere);
    const renewal = new TlsRenewal(own, { tell });
    renewal.begin('127.0.0.1:6123');
    ends.push(() => renewal.close());
    expect(told).toEqual([
      expect.stringMatching(/^bad: peers will refuse this process: the certificate host\.pem is not of 127\.0\.0\.1, /),
    ]);
    put(made.first);
    await renewal.look();
    expect(told.slice(1)).toEqual([TOOK]);
  });

  test('a process looks at its own', async () => {
    put(made.first);
    const logged: string[] = [];
    const jm = await startJobManager({
      listen: '127.0.0.1:0',
      advertise: null,
      ha: join(folder, 'ha'),
      storage: join(folder, 'storage'),
      sinks: join(folder, 'sinks'),
      work: join(folder, 'work'),
      trace: null,
      tls: own,
      options: withDefaults(clusterOptionTable, {}),
      log: (line, kind = 'network') => logged.push(`${kind}: ${line}`),
    });
    ends.push(() => jm.stop());
    put(made.second);
    await vi.waitFor(
      () => expect(logged).toEqual([expect.stringMatching(/^process: took the new files of TLS: /)]),
      PATIENCE,
    );
  });
});
