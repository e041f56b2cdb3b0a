// What is measured of processes and folders.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  measureEtcd,
  measureFolders,
  measureProcess,
  Samples,
  type Measured,
} from '../../../../src/cli/real/life/samples.ts';
import { createScratch } from '../../../../src/cli/real/scratch.ts';

const valueOf = (measured: readonly Measured[], kind: string): number =>
  measured.find((one) => one.kind === kind)?.value ?? Number.NaN;

const OPENS = `
  process.stdin.once('data', () => {
    for (let file = 0; file < 20; file++) require('fs').openSync(process.execPath);
    for (let socket = 0; socket < 10; socket++) require('dgram').createSocket('udp4').bind(0, '127.0.0.1');
    setTimeout(() => console.log('open'), 200);
  });
  console.log('up');
`;

test('a process: its memory, and each file and socket that it opens', async () => {
  const child = spawn(process.execPath, ['-e', OPENS], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const before = measureProcess('child', child.pid ?? 0);
    child.stdin.write('go');
    await once(child.stdout, 'data');
    const during = measureProcess('child', child.pid ?? 0);
    expect(valueOf(before, 'memory')).toBeGreaterThan(20 * 1_048_576);
    expect(valueOf(during, 'open files') - valueOf(before, 'open files')).toBe(20);
    expect(valueOf(during, 'sockets') - valueOf(before, 'sockets')).toBe(10);
  } finally {
    child.kill('SIGKILL');
  }
});

test('of a process that is gone there is nothing', () => {
  expect(measureProcess('nobody', 2 ** 30)).toEqual([]);
});

test('the folders of a cluster, and the fullest writer of its sinks', async () => {
  const scratch = createScratch(null, false);
  const put = (...path: string[]): void => {
    mkdirSync(join(scratch.root, ...path.slice(0, -1)), { recursive: true });
    writeFileSync(join(scratch.root, ...path), '12345');
  };
  try {
    put('ha', 'entries', '1');
    put('storage', 'job-1', 'a');
    put('storage', 'job-1', 'b');
    put('work', 'tm-1', 'incarnation');
    put('sinks', 'a', 'part-job-1-0-0');
    put('sinks', 'a', '.writers', 'one', 'transactions', 'x');
    put('sinks', 'a', '.writers', 'two', 'transactions', 'x');
    put('sinks', 'a', '.writers', 'two', 'tokens', 'x');
    const found = measureFolders(scratch, ['a', 'none']);
    expect(Object.fromEntries(found.map(({ kind, value }) => [kind, value]))).toEqual({
      'HA files': 1,
      'HA bytes': 5,
      'storage files': 2,
      'storage bytes': 10,
      'work files': 1,
      "a writer's files": 2,
    });
    expect(await measureEtcd(scratch.ha)).toEqual([]);
  } finally {
    rmSync(scratch.root, { recursive: true });
  }
});

test('what is measured becomes a series with a bound', () => {
  const samples = new Samples();
  for (const atMs of [0, 2_000]) samples.add(atMs, measureProcess('tm-3', process.pid));
  const series = samples.series();
  expect(series.map(({ name, measure, unit }) => [name, measure, unit])).toEqual([
    ['tm-3: memory', 'floor', 'bytes'],
    ['tm-3: open files', 'floor', 'number'],
    ['tm-3: sockets', 'floor', 'number'],
  ]);
  expect(series.every(({ points }) => points.length === 2)).toBe(true);
  expect(samples.count()).toBe(2);
});

test('of several processes under one name the most counts', () => {
  const samples = new Samples();
  const sockets = (value: number): Measured => ({ who: 'JobManagers', kind: 'sockets', value });
  samples.add(0, [sockets(5), sockets(16), sockets(7)]);
  samples.add(2_000, [sockets(6)]);
  expect(samples.series()[0]?.points).toEqual([
    { atMs: 0, value: 16 },
    { atMs: 2_000, value: 6 },
  ]);
  expect(samples.count()).toBe(2);
});
