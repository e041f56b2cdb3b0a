// What a cluster counts on of the file systems of its folders: each promise is broken once, and what is told names it. Real ones keep all.
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  brokenPromise,
  nodeTriedDisk,
  whyNoFolder,
  type PromisedFolder,
  type TriedDisk,
} from '../../src/net-real/folder-promises.ts';
import { beganOf } from '../../src/net-real/holder.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

function refuses(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: as a test has it`), { code });
  };
}

const like = (given: Partial<TriedDisk>): TriedDisk => ({ ...nodeTriedDisk, typeOf: () => '', ...given });

test('a real file system keeps all of them, and nothing is left there', () => {
  for (const name of ['ha', 'storage', 'sinks', 'work', 'logs'] as const)
    expect(brokenPromise(name, folder.path())).toBe(null);
  expect(readdirSync(folder.path())).toEqual([]);
});

describe('what a process left that was killed while it tried', () => {
  const own = `${process.pid}-${beganOf(process.pid) ?? ''}-${encodeURIComponent(hostname())}`;
  const age = (name: string, days: number): void => {
    const at = Date.now() / 1_000 - days * 86_400;
    mkdirSync(folder.path(name), { recursive: true });
    writeFileSync(folder.path(name, 'first'), '');
    utimesSync(folder.path(name), at, at);
  };

  test.each<[string, string, number, boolean]>([
    ['of a process that is gone', `.tried-999999999-1-${encodeURIComponent(hostname())}-aB3dE6`, 0, false],
    [
      'of one whose number another one has',
      `.tried-${process.pid}-1-${encodeURIComponent(hostname())}-aB3dE6`,
      0,
      false,
    ],
    ['of one that lives', `.tried-${own}-aB3dE6`, 9, true],
    ['of another host, for a day', '.tried-999999999-1-elsewhere-aB3dE6', 0.9, true],
    ['of another host, behind a day', '.tried-999999999-1-elsewhere-aB3dE6', 1.1, false],
    ['of a Millrace that wrote no process, for a day', '.tried-aB3dE6', 0.9, true],
    ['of a Millrace that wrote no process, behind a day', '.tried-aB3dE6', 1.1, false],
    ['that is something else', 'tried-by-me', 99, true],
  ])('%s', (_, name, days, stays) => {
    age(name, days);
    expect(whyNoFolder([['storage', folder.path()]])).toBe(null);
    expect(readdirSync(folder.path())).toEqual(stays ? [name] : []);
  });

  test('is named so that the next start knows whose it is', () => {
    const made = nodeTriedDisk.makeIn(folder.path());
    nodeTriedDisk.sweep(folder.path());
    expect(existsSync(made)).toBe(true);
    expect(basename(made).startsWith(`.tried-${own}-`)).toBe(true);
    nodeTriedDisk.remove(made);
  });
});

describe('a promise that is broken', () => {
  test.each<[string, Partial<TriedDisk>, string]>([
    [
      'no hard links',
      { link: refuses('EPERM') },
      'it has no hard links (EPERM), and without them two leaders could write the same entry of its log',
    ],
    ['no hard links, as FUSE says it', { link: refuses('ENOSYS') }, 'it has no hard links (ENOSYS), and'],
    [
      'a link that takes a name',
      { link: (from, to) => nodeTriedDisk.write(to, nodeTriedDisk.read(from) ?? '') },
      'a link is another file',
    ],
    [
      'a link that replaces',
      {
        link: (from, to) => {
          if (existsSync(to)) nodeTriedDisk.remove(to);
          nodeTriedDisk.link(from, to);
        },
      },
      'a link takes a name that is taken, so that two leaders could write the same entry of its log',
    ],
    ['a listing that is late', { list: () => [] }, 'a listing does not show what was just linked'],
    [
      'a rename that copies',
      { rename: (from, to) => nodeTriedDisk.write(to, nodeTriedDisk.read(from) ?? '') },
      'a rename does not replace a file whole',
    ],
    [
      'a folder that cannot be synced',
      { syncFolder: refuses('EINVAL') },
      'a folder cannot be synced (EINVAL): names would be lost when the power fails',
    ],
  ])('%s', (_, given, says) => {
    const broken = brokenPromise('ha', folder.path(), like(given));
    expect(broken?.says).toContain(says);
    expect(broken?.advice).toContain('a local disk (ext4, xfs, btrfs), or NFS of version 4');
    expect(readdirSync(folder.path())).toEqual([]);
  });

  test.each<[PromisedFolder, string]>([
    ['ha', 'two leaders could write the same entry of its log'],
    ['storage', 'two attempts could write one file of a checkpoint'],
    ['sinks', 'output could be replaced by other output'],
    ['work', 'two processes could have one name'],
  ])('of %s: one sentence with the folder, its file system, what would break, and what to do', (name, breaks) => {
    const vfat = like({ link: refuses('EPERM'), typeOf: () => 'vfat' });
    expect(whyNoFolder([[name, folder.path('c', name)]], vfat)).toBe(
      `the folder ${folder.path('c', name)} (${name}), which is to be made in ${folder.path()}, cannot be used: its file system is vfat; ` +
        `it has no hard links (EPERM), and without them ${breaks}; ` +
        'put it on a file system that keeps to POSIX: a local disk (ext4, xfs, btrfs), or NFS of version 4',
    );
  });

  test('of logs nothing is promised but that they can be written', () => {
    const weak = like({ link: refuses('EPERM'), syncFolder: refuses('EINVAL') });
    expect(brokenPromise('logs', folder.path(), weak)).toBe(null);
    expect(brokenPromise('logs', folder.path(), like({ makeIn: refuses('EROFS') }))).not.toBe(null);
  });
});

describe('a folder that cannot be written', () => {
  test.each([
    ['EROFS', 'its file system is read-only: mount it for writing, or name another folder'],
    [
      'EACCES',
      `give the user of this process (${process.getuid?.()}) the right to write there, or name another folder`,
    ],
    ['EDQUOT', 'the quota of the user is used up: make room, or raise it'],
    ['EIO', 'the disk does not do what it is told: look at the log of the system, and move the folder'],
    ['ENOSPC', 'the disk is full: make room'],
  ])('%s', (code, advice) => {
    const told = { says: `it cannot be written (${code})`, advice, at: folder.path() };
    const disk = { lacksInodes: () => false };
    expect(brokenPromise('ha', folder.path(), like({ ...disk, makeIn: refuses(code) }))).toEqual(told);
    expect(brokenPromise('ha', folder.path(), like({ ...disk, write: refuses(code) }))).toEqual(told);
    expect(readdirSync(folder.path())).toEqual([]);
  });

  test('a disk with room and without inodes is told as that', () => {
    const disk = like({ makeIn: refuses('ENOSPC'), lacksInodes: () => true });
    expect(brokenPromise('ha', folder.path(), disk)?.advice).toBe(
      'the file system has no inodes left: remove files, however small they are',
    );
  });

  test('what is no error of the system is a bug, and thrown', () => {
    const broken = (): never => {
      throw new TypeError('as a test has it');
    };
    expect(() => brokenPromise('ha', folder.path(), like({ makeIn: broken }))).toThrow(TypeError);
  });
});

test('one place is tried once, and one file system once; the first promise that would break is told', () => {
  const tried: string[] = [];
  const linked: string[] = [];
  mkdirSync(folder.path('sinks'));
  mkdirSync(folder.path('work'));
  const disk = like({
    systemOf: (at) => (at === folder.path('work') ? 'another' : 'one'),
    makeIn(at) {
      tried.push(at);
      return nodeTriedDisk.makeIn(at);
    },
    link(from, to) {
      linked.push(dirname(dirname(to)));
      nodeTriedDisk.link(from, to);
    },
  });
  const folders = (['ha', 'storage', 'sinks', 'work'] as const).map((name) => [name, folder.path(name)] as const);
  expect(whyNoFolder(folders, disk)).toBe(null);
  expect(tried).toEqual([folder.path(), folder.path('sinks'), folder.path('work')]);
  expect(new Set(linked)).toEqual(new Set([folder.path(), folder.path('work')]));
  const onWork = like({
    ...disk,
    link: (from, to) => (from.startsWith(folder.path('work')) ? refuses('EPERM')() : nodeTriedDisk.link(from, to)),
  });
  expect(whyNoFolder(folders, onWork)).toMatch(/^the folder .*work \(work\) cannot be used: it has no hard links/);
  const readOnly = like({
    ...disk,
    makeIn: (at) => (at === folder.path('sinks') ? refuses('EROFS')() : nodeTriedDisk.makeIn(at)),
  });
  expect(whyNoFolder(folders, readOnly)).toMatch(/^the folder .*sinks \(sinks\) cannot be used: it cannot be written/);
});
