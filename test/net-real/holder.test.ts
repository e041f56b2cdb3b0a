// Who holds a name: one process at a time, and nobody who is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { describeHolder, hold, readHolder } from '../../src/net-real/holder.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const holderOf = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

test('the first has it, the second is told who, and behind its release it is free', () => {
  const path = folder.path('a/process.json');
  const first = hold(path);
  expect(first.ok).toBe(true);
  const second = hold(path);
  expect(second).toMatchObject({ ok: false, by: { pid: process.pid, host: hostname() } });
  if (!second.ok)
    expect(describeHolder(second.by)).toMatch(new RegExp(`^process ${process.pid} on this host, since 2`));
  if (first.ok) first.release();
  expect(existsSync(path)).toBe(false);
  expect(hold(path).ok).toBe(true);
  expect(readdirSync(folder.path('a'))).toEqual(['process.json']);
});

test('a process that is gone holds nothing, nor one whose id another process has by now', () => {
  const path = folder.path('process.json');
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const others = { host: hostname(), since: 'then' };
  writeFileSync(path, JSON.stringify({ ...others, pid: gone, began: null }));
  expect(hold(path).ok).toBe(true);
  writeFileSync(path, JSON.stringify({ ...others, pid: process.pid, began: '1' }));
  expect(hold(path).ok).toBe(true);
  expect(holderOf(path)['pid']).toBe(process.pid);
  writeFileSync(path, 'nothing');
  expect(hold(path).ok).toBe(true);
});

test('a process of another host is believed to live', () => {
  const path = folder.path('process.json');
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere', began: null, since: 'then' }));
  const held = hold(path);
  expect(held.ok ? null : describeHolder(held.by)).toBe('process 1 on elsewhere, since then');
});

test('who releases takes nothing from a successor', () => {
  const path = folder.path('process.json');
  const first = hold(path);
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), began: null, since: 'later' }));
  if (first.ok) first.release();
  expect(readHolder(path)?.since).toBe('later');
});
