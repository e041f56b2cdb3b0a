// The secret of a cluster: who draws it, where it lies, and what is refused.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { secretPlace, takeSecret, type ClusterSecret } from '../../src/net-real/cluster-secret.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const drawnSecret = (path: string): ClusterSecret => takeSecret({ path, isDrawn: true });
const readSecret = (path: string): ClusterSecret => takeSecret({ path, isDrawn: false });

describe('where it lies', () => {
  test.each([
    [
      'in the folder of the HA service',
      { ha: '/c/ha', storage: '/c/storage' },
      { path: '/c/ha/secret', isDrawn: true },
    ],
    [
      'where that is none, in that of storage',
      { ha: 'etcd://h:2379/p', storage: '/c/storage' },
      { path: '/c/storage/.secret', isDrawn: true },
    ],
    ['nowhere, where there is neither', { ha: 'etcd://h:2379/p', storage: null }, null],
  ])('%s', (_, places, expected) => {
    expect(secretPlace(places)).toEqual(expected);
  });
});

describe('drawn', () => {
  test('by whoever asks first, for its user alone; the others read it', () => {
    const path = folder.path('made', 'secret');
    const first = drawnSecret(path);
    expect(drawnSecret(path)).toEqual(first);
    expect(first.key.length).toBe(64);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['secret']);
    expect(drawnSecret(folder.path('another')).key).not.toEqual(first.key);
  });

  test('by many at once: all agree', async () => {
    const path = folder.path('secret');
    const module = new URL('../../src/net-real/cluster-secret.ts', import.meta.url).href;
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(({ takeSecret }) => {
        Atomics.add(workerData.ready, 0, 1);
        while (Atomics.load(workerData.ready, 0) < 4);
        parentPort.postMessage(Buffer.from(takeSecret({ path: workerData.path, isDrawn: true }).key).toString());
      });`;
    const ready = new Int32Array(new SharedArrayBuffer(4));
    const drawn = Array.from({ length: 4 }, () => {
      const worker = new Worker(code, { eval: true, workerData: { module, path, ready } });
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    });
    const secrets = await Promise.all(drawn);
    expect(new Set(secrets)).toEqual(new Set([readFileSync(path, 'utf8').trim()]));
  });
});

describe('refused with a sentence', () => {
  const kept = (text: string, mode = 0o600): string => {
    const path = folder.path('given');
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    return path;
  };
  const good = 'x'.repeat(32);

  test('a file of the user that is not there', () => {
    expect(() => readSecret('/none/secret')).toThrow(
      'there is no secret /none/secret: make one, the same for all processes, with "openssl rand -hex 32"',
    );
  });

  test.each([
    ['too short', 'x'.repeat(31), 0o600, 'holds a secret of 31 characters: expected at least 32'],
    ['empty', '\n', 0o600, 'holds a secret of 0 characters: expected at least 32'],
    ['too long', 'x'.repeat(4_097), 0o600, 'holds no secret: it has 4097 bytes, at most 4096 are taken'],
    ['readable by all', good, 0o644, 'is open to every user of this host: take that away with "chmod 600 '],
  ])('one that is %s', (_, text, mode, sentence) => {
    const path = kept(text, mode);
    expect(() => readSecret(path)).toThrow(sentence);
    expect(() => drawnSecret(path)).toThrow(sentence);
  });

  test('a folder in its place, and a file where its folder would be', () => {
    const path = folder.path('secret');
    mkdirSync(path, { mode: 0o700 });
    expect(() => readSecret(path)).toThrow(`the secret ${path} cannot be read: EISDIR`);
    const file = kept(good);
    expect(() => drawnSecret(join(file, 'secret'))).toThrow(/^(the secret|no secret).*ENOTDIR/);
  });

  test('not: one of a group, as a service manager gives it', () => {
    expect(readSecret(kept(`${good}\n`, 0o640)).key.length).toBe(32);
  });
});
