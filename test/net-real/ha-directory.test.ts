// What only the HA service in a directory has: a log that may be damaged, files under construction, watches that poll.
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LEADER_KEY } from '../../src/core/protocol/ha-keys.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk, type Disk } from '../../src/net-real/disk.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import { readHaHistory } from '../../src/net-real/ha-history.ts';
import type { Port } from '../../src/net-real/port.ts';
import { hostPrefix } from '../../src/net-real/temporary-files.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { saying } from './reasons.ts';

const PID_OF_NOBODY = 2 ** 30; // above what Linux and macOS give

const folder = temporaryFolder();
const open = (): Port => haDirectory({ folder: folder.path('ha'), pollMs: 1 });
const named = (generation: string, number: number): string =>
  folder.path('ha', generation, String(number).padStart(12, '0'));

/** Of a log that was never compacted. */
function entry(number: number): string {
  const [generation = 'entries'] = namesIn('ha').filter((name) => name.startsWith('generation-'));
  return named(generation, number);
}

const namesIn = (...path: string[]): readonly string[] => {
  const place = folder.path(...path);
  return existsSync(place) ? readdirSync(place) : [];
};

function write(number: number): PortRequest {
  return { kind: 'ha-write', key: 'a', value: Uint8Array.of(number), ifRevision: null, ifEpoch: null };
}

const read: PortRequest = { kind: 'ha-read', prefix: '' };

async function writeSome(count: number): Promise<void> {
  const port = open();
  for (let number = 1; number <= count; number++) await port.request(write(number));
  await port.close();
}

test('a log of any length is read', async () => {
  await writeSome(300);
  expect(await open().request(read)).toMatchObject({ revision: 300, entries: [{ value: Uint8Array.of(300) }] });
});

test('the history is all that was ever written, whatever is there now', async () => {
  expect(await readHaHistory(folder.path('ha'))).toEqual([]);
  await writeSome(3);
  const port = open();
  await port.request({ kind: 'ha-write', key: 'a', value: null, ifRevision: null, ifEpoch: null });
  await port.close();
  expect(await readHaHistory(folder.path('ha'))).toEqual([
    ...[1, 2, 3].map((number) => ({ key: 'a', value: Uint8Array.of(number) })),
    { key: 'a', value: null },
  ]);
  truncateSync(entry(2), 5);
  await expect(readHaHistory(folder.path('ha'))).rejects.toThrow(entry(2));
});

const writeKey = (key: string, ifRevision: number | null = null): PortRequest => ({
  kind: 'ha-write',
  key,
  value: Uint8Array.of(1),
  ifRevision,
  ifEpoch: null,
});

test('writes that wait together are one entry; one whose condition does not hold stays out of it', async () => {
  const port = open();
  const first = port.request(writeKey('first')); // on its way while the others wait
  const together = ['b', 'c', 'd'].map((key) => port.request(writeKey(key, key === 'c' ? 7 : 0)));
  expect(await first).toEqual({ kind: 'ha-written', revision: 1 });
  expect(await Promise.all(together)).toEqual([
    { kind: 'ha-written', revision: 2 },
    { kind: 'ha-conflict', entry: null, epoch: 0 },
    { kind: 'ha-written', revision: 3 },
  ]);
  expect(existsSync(entry(2))).toBe(true);
  expect(existsSync(entry(3))).toBe(false);
  expect(await open().request(read)).toMatchObject({
    revision: 3,
    entries: [
      { key: 'b', revision: 2 },
      { key: 'd', revision: 3 },
      { key: 'first', revision: 1 },
    ],
  });
});

test('a condition holds at the entry that it was looked at for, and not behind one that was read since', async () => {
  const [isCreating, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const disk: Disk = {
    ...nodeDisk,
    async create(path, bytes) {
      isCreating.resolve();
      await goOn.promise;
      await nodeDisk.create(path, bytes);
    },
  };
  await open().request(read); // the log has begun
  const slow = haDirectory({ folder: folder.path('ha'), pollMs: 1, disk });
  const late = slow.request(writeKey('a', 0));
  await isCreating.promise;
  expect(await open().request(writeKey('a', 0))).toEqual({ kind: 'ha-written', revision: 1 });
  expect(await slow.request(read)).toMatchObject({ revision: 1 });
  goOn.resolve();
  expect(await late).toMatchObject({ kind: 'ha-conflict', entry: { revision: 1 } });
});

test('a key is written once in an entry, and the leader key alone', async () => {
  const port = open();
  const keys = ['first', 'a', 'b', 'a', LEADER_KEY, 'c', 'd'];
  const answers = await Promise.all(keys.map((key) => port.request(writeKey(key))));
  expect(answers).toEqual([1, 2, 3, 4, 5, 6, 7].map((revision) => ({ kind: 'ha-written', revision })));
  expect([1, 2, 3, 4, 5, 6].map((number) => existsSync(entry(number)))).toEqual([true, true, true, true, true, false]);
});

test.each<[string, (path: string) => void]>([
  ['empty', (path) => truncateSync(path, 0)],
  ['torn', (path) => truncateSync(path, 20)],
  ['something else', (path) => writeFileSync(path, 'hello')],
])('an entry that is %s is refused with its name, and nothing is written behind it', async (_, damage) => {
  await writeSome(3);
  damage(entry(3));
  const port = open();
  const refused = { kind: 'failed', outcome: 'not-applied', reason: saying(entry(3)) };
  expect(await port.request(read)).toEqual(refused);
  expect(await port.request(write(4))).toEqual(refused);
  expect(await port.request({ kind: 'ha-watch', key: 'a', afterRevision: 2 })).toEqual(refused);
  expect(existsSync(entry(4))).toBe(false);
});

test('damage that comes to light later fails those who watch', async () => {
  const port = open();
  await port.request(write(1));
  const watching = port.request({ kind: 'ha-watch', key: 'a', afterRevision: 1 });
  writeFileSync(entry(2), 'hello');
  expect(await watching).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  await port.close();
});

test('a missing entry is told, and its name is not used again', async () => {
  await writeSome(3);
  rmSync(entry(2));
  expect(await open().request(write(9))).toMatchObject({
    kind: 'failed',
    outcome: 'not-applied',
    reason: saying('has a hole'),
  });
  expect(existsSync(entry(2))).toBe(false);
});

test('once the damage is repaired, the same port goes on', async () => {
  await writeSome(3);
  const port = open();
  rmSync(entry(2));
  expect(await port.request(read)).toMatchObject({ kind: 'failed' });
  rmSync(entry(3));
  expect(await port.request(read)).toMatchObject({ revision: 1 });
});

test('garbage among the files disturbs nobody', async () => {
  await writeSome(2);
  const generation = entry(1).split('/').at(-2) as string;
  for (const name of [`${generation}/README`, `${generation}/000`, 'leases/x', 'temporary/y', 'lost+found/z'])
    folder.write(`ha/${name}`, 'z');
  expect(await open().request(write(3))).toEqual({ kind: 'ha-written', revision: 3 });
});

test('files under construction are removed: own ones at once, those of dead processes at the next start', async () => {
  const left = folder.path('ha', 'temporary', `${hostPrefix()}${PID_OF_NOBODY}-x-1`);
  const foreign = folder.path('ha', 'temporary', `elsewhere-pid-${PID_OF_NOBODY}-x-1`);
  const alive = folder.path('ha', 'temporary', `${hostPrefix()}${process.pid}-x-1`);
  for (const path of [left, foreign, alive]) folder.write(path.slice(folder.path().length + 1), 'half an en');
  await writeSome(3);
  expect([left, foreign, alive].map((path) => existsSync(path))).toEqual([false, true, true]);
  expect(readdirSync(folder.path('ha', 'temporary'))).toHaveLength(2);
});

test('a file under construction that somebody swept costs a repetition, nothing else', async () => {
  const port = haDirectory({
    folder: folder.path('ha'),
    disk: {
      ...nodeDisk,
      async link(from, to) {
        if (/\/\d{12}$/.test(to)) rmSync(from);
        return nodeDisk.link(from, to);
      },
    },
  });
  expect(await port.request(write(1))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  expect(await open().request(read)).toMatchObject({ revision: 0 });
});

test('a folder that cannot be synced leaves the outcome unknown', async () => {
  const failure = new Error('EIO: i/o error, fsync');
  let isFailing = false;
  const port = haDirectory({
    folder: folder.path('ha'),
    disk: {
      ...nodeDisk,
      async link(from, to) {
        await nodeDisk.link(from, to);
        isFailing = /\/\d{12}$/.test(to);
      },
      syncFolder: (path) => (isFailing ? Promise.reject(failure) : nodeDisk.syncFolder(path)),
    },
  });
  expect(await port.request(write(1))).toMatchObject({ kind: 'failed', outcome: 'unknown' });
});

test('a closed port refuses, and lets go of who watches', async () => {
  const port = open();
  void port.request({ kind: 'ha-watch', key: 'a', afterRevision: 0 });
  await port.request(read);
  await port.close();
  expect(await port.request(read)).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
});
