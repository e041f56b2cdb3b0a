// Stores on a disk of half a megabyte that fills up: what does not fit is refused as that, nothing is half there, what was there stays, and when there
// is room again the same request succeeds, in the same process.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeFolder } from '../../src/layout.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const lab = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { timeout: 5_000 });

function moduleOf(name: string): string {
  return JSON.stringify(join(codeFolder, 'src', 'net-real', `${name}.ts`));
}

/** Fills the disk, asks, makes room, asks again; tells each answer. */
const program = (): string => `
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { complainingPort } from ${moduleOf('complaining-port')};
import { haDirectory } from ${moduleOf('ha-directory')};
import { storageDirectory } from ${moduleOf('storage-directory')};
const lines = [];
const heard = (port) => complainingPort(port, (line) => lines.push(line));
const storage = heard(storageDirectory({ folder: '/mnt/storage' }));
const ha = heard(haDirectory({ folder: '/mnt/ha' }));
const put = (name, size) => storage.request({ kind: 'storage-put', name, bytes: new Uint8Array(size).fill(7) });
const write = (value, ifRevision) =>
  ha.request({ kind: 'ha-write', key: 'a', value: new Uint8Array([value]), ifRevision, ifEpoch: null });
const kinds = [];
const note = (answer) => void kinds.push(answer.kind === 'failed' ? answer.kind + ' ' + answer.outcome + ' ' + answer.reason.code : answer.kind);
note(await put('job/chk-1/a', 1000));
note(await write(1, 0));
for (let size = 262144; size >= 1; size = Math.floor(size / 2))
  try { for (let i = 0; ; i++) writeFileSync('/mnt/fill-' + size + '-' + i, new Uint8Array(size), { flag: 'wx' }); } catch {}
note(await put('job/chk-2/a', 100000));
note(await write(2, 1));
for (const name of readdirSync('/mnt')) if (name.startsWith('fill')) rmSync('/mnt/' + name);
note(await put('job/chk-2/a', 100000));
note(await write(2, 1));
const stored = await storage.request({ kind: 'storage-get', name: 'job/chk-2/a' });
const names = await storage.request({ kind: 'storage-list', prefix: '' });
const { entries } = await ha.request({ kind: 'ha-read', prefix: '' });
await ha.close();
await storage.close();
console.log(JSON.stringify({
  kinds, lines, names: names.names, bytes: stored.bytes.length, value: [...entries[0].value], left: readdirSync('/mnt/storage/.temporary'),
}));
`;

test.skipIf(lab.status !== 0)('a disk that is full, and has room again', () => {
  const file = folder.path('program.mjs');
  writeFileSync(file, program());
  const line = `mount -t tmpfs -o size=512k none /mnt && exec '${process.execPath}' '${file}'`;
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', line], { timeout: 60_000, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    kinds: ['stored', 'ha-written', 'failed not-applied ENOSPC', 'failed not-applied ENOSPC', 'stored', 'ha-written'],
    lines: [
      expect.stringMatching(
        /^storage-put failed: ENOSPC: no space left on device, in \/mnt\/storage\/\.temporary; make room \(of bytes, or of inodes\), and it goes on by itself$/,
      ),
      expect.stringMatching(
        /^ha-write failed: ENOSPC: no space left on device, in \/mnt\/ha\/temporary; make room .*, and it goes on by itself$/,
      ),
    ],
    names: ['job/chk-1/a', 'job/chk-2/a'],
    bytes: 100_000,
    value: [2],
    left: [],
  });
});
