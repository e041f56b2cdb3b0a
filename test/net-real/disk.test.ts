// Folders that are made with all that lie above them, and those that cannot be: each is a sentence of the system, never a loop.
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFolderSync, nodeDisk } from '../../src/net-real/disk.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const ways = [
  ['at once', async (path: string) => void makeFolderSync(path)],
  ['in the pool', (path: string) => nodeDisk.makeFolder(path)],
] as const;

describe.each(ways)('a folder that is made %s', (_, make) => {
  test('has all that lie above it, and may be there', async () => {
    const path = folder.path('a', 'b', 'c');
    await make(path);
    await make(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  test('may be made by several at a time', async () => {
    const path = folder.path('a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, () => make(path)));
    expect(statSync(path).isDirectory()).toBe(true);
  });

  test('is not made in or over a file, or over a link to nothing', async () => {
    const root = folder.path();
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'nothing'), join(root, 'link'));
    await expect(make(join(root, 'file', 'a', 'b'))).rejects.toThrow(
      `ENOTDIR: not a directory, mkdir '${root}/file/a'`,
    );
    await expect(make(join(root, 'file'))).rejects.toThrow('EEXIST');
    await expect(make(join(root, 'link', 'a'))).rejects.toThrow(`mkdir '${root}/link'`);
  });
});

test('the highest folder that was made is told', () => {
  const root = folder.path();
  mkdirSync(join(root, 'a'));
  expect(makeFolderSync(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a', 'b'));
  expect(makeFolderSync(join(root, 'a', 'b', 'c'))).toBeUndefined();
});
