// `millrace logs --rest`: what the processes of a cluster told, where their folder is not at hand; and `-f`, through a restart of the one that answers.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test, vi } from 'vitest';
import { repository } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const children: ChildProcessWithoutNullStreams[] = [];
const PATIENCE = { timeout: 40_000, interval: 50 };
const program = join(repository, 'src', 'cli', 'millrace.ts');
const env = { ...process.env, MILLRACE_CONFIG: 'none' };

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
});

function start(...words: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [program, ...words], { env });
  children.push(child);
  child.stderr.resume();
  return child;
}

async function greetingOf(child: ChildProcessWithoutNullStreams): Promise<Readonly<Record<string, string>>> {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as Readonly<Record<string, string>>;
}

const logs = (...words: readonly string[]) =>
  spawnSync(process.execPath, [program, 'logs', ...words], { env, cwd: folder, encoding: 'utf8' });

test('the logs of all processes, merged, of one, and what comes from then on, all over REST', async () => {
  const root = join(folder, 'a');
  const jobManager = start('jobmanager', '--cluster', root, '--rest', '127.0.0.1:0');
  const { rest = '' } = await greetingOf(jobManager);
  const taskManager = start('taskmanager', '--cluster', root);
  await greetingOf(taskManager);
  await vi.waitFor(() => expect(logs('--rest', rest).stdout).toMatch(/ tm-1 {2}taskmanager is up at/), PATIENCE);

  const all = logs('--rest', rest, '--json');
  expect(all.status).toBe(0);
  const records = all.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { process: string; time: string });
  expect(new Set(records.map((record) => record.process))).toEqual(new Set(['jm-1', 'tm-1']));
  const times = records.map(({ time }) => time);
  expect(times).toEqual(times.toSorted());
  const one = logs('tm-1', '--rest', rest);
  expect(one.stdout).toContain(' tm-1  taskmanager is up at ');
  expect(one.stdout).not.toContain(' jm-1 ');
  expect(logs('tm-2', '--rest', rest)).toMatchObject({
    status: 2,
    stderr: 'millrace: unknown process "tm-2", did you mean "tm-1"?\n',
  });

  const following = start('logs', '-f', '--rest', rest, '--timeout', '1');
  const told = { out: '', err: '' };
  following.stdout.on('data', (chunk) => (told.out += String(chunk)));
  following.stderr.on('data', (chunk) => (told.err += String(chunk)));
  await vi.waitFor(() => expect(told.out).toContain('jobmanager is up at'), PATIENCE);
  taskManager.kill('SIGKILL');
  await vi.waitFor(() => expect(told.out).toMatch(/ jm-1 {2}tm-1 lost|tm-1 .*lost|lost: /), PATIENCE);
  const countOf = (text: string): number => told.out.split(text).length - 1;
  expect(countOf('jobmanager is up at')).toBe(1);
  jobManager.kill('SIGTERM');
  await vi.waitFor(() => expect(told.err).toContain('the cluster cannot be reached: tried '), PATIENCE);
  const again = start('jobmanager', '--cluster', root, '--name', 'jm-1', '--rest', new URL(rest).host);
  await greetingOf(again);
  await vi.waitFor(() => expect(countOf('jobmanager is up at')).toBe(2), PATIENCE);
  following.kill('SIGTERM');
  expect(await once(following, 'exit')).toEqual([0, null]);
});

test('an address where nobody answers, and options of REST without it, are one sentence', () => {
  expect(logs('--rest', '127.0.0.1:1', '--timeout', '0.2')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^millrace: the cluster cannot be reached: tried http:\/\/127\.0\.0\.1:1 .*\n$/),
  });
  expect(logs('--timeout', '3')).toMatchObject({
    status: 2,
    stderr: 'millrace: --timeout is about REST, and --rest URL does not say where that is\n',
  });
});
