// Real processes on one HA log that is compacted all the time: one stands still, wherever it is, until two generations have passed; another is killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROCESSES = 3;
const ROUNDS = 12;
const PATIENCE = { timeout: 60_000, interval: 5 };

const folder = temporaryFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Values that were acknowledged, with their revisions. */
const acknowledged: (readonly [number, number])[] = [];
const complaints: string[] = [];

function start(ha: string): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ha-counter.ts'), ha]);
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) acknowledged.push(line.split(' ').map(Number) as [number, number]);
  });
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  children.push(child);
  return child;
}

const generationOf = (ha: string): number =>
  Math.max(0, ...readdirSync(ha).map((name) => Number(/^generation-(\d+)-/.exec(name)?.[1] ?? 0)));

test('no increment is lost, none counts twice', async () => {
  const ha = folder.path('ha');
  mkdirSync(ha);
  const running = Array.from({ length: PROCESSES }, () => start(ha));
  for (let round = 0; round < ROUNDS; round++) {
    const stopped = running[round % PROCESSES];
    stopped?.kill('SIGSTOP');
    const before = generationOf(ha);
    await vi.waitFor(() => expect(generationOf(ha)).toBeGreaterThan(before + 2), PATIENCE);
    stopped?.kill('SIGCONT');
    const killed = (round + 1) % PROCESSES;
    running[killed]?.kill('SIGKILL');
    running[killed] = start(ha);
  }
  const gone = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
  const left = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of left) child.kill('SIGKILL');
  await Promise.all(gone.filter((_, index) => left.includes(children[index] as ChildProcess)));

  expect(complaints).toEqual([]);
  expect(acknowledged.filter(([value, revision]) => value !== revision)).toEqual([]);
  expect(new Set(acknowledged.map(([value]) => value)).size).toBe(acknowledged.length);
  const answer = await haDirectory({ folder: ha }).request({ kind: 'ha-read', prefix: 'counter' });
  if (answer.kind !== 'ha-entries') throw new Error(JSON.stringify(answer));
  const last = Number(new TextDecoder().decode(answer.entries[0]?.value));
  expect(last).toBe(answer.revision);
  expect(last).toBeGreaterThanOrEqual(Math.max(...acknowledged.map(([value]) => value)));
  expect(last - acknowledged.length).toBeLessThanOrEqual(ROUNDS + PROCESSES); // those of which the killed told nobody
}, 120_000);
