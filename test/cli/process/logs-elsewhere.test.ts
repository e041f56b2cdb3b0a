// Logs over REST of TaskManagers that share no folder of a cluster with the JobManager: one has another folder, one has none. Real processes.
import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { programs } from '../../../src/layout.ts';
import type { Greeting } from '../../../src/cli/process/command.ts';
import { freeze } from '../../net-real/freeze.ts';
import { until } from '../../net-real/small-cluster.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  }
});

const SETTINGS = ['--log-format', 'none', '--set', 'heartbeatTimeoutMs=60000'];
const SHARED = ['ha', 'storage', 'sinks'].flatMap((name) => [`--${name}`, `here/${name}`]);

async function start(...words: readonly string[]): Promise<Greeting & { readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [programs.millrace, ...words, ...SETTINGS], {
    cwd: folder.path(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString()));
    child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}`)));
  });
  return { ...(JSON.parse(line) as Greeting), child };
}

test('a JobManager asks TaskManagers for the logs that lie elsewhere', { timeout: 120_000 }, async () => {
  const [jobManager, other, bare] = await Promise.all([
    start('jobmanager', '--cluster', 'here', '--rest', '127.0.0.1:0'),
    start('taskmanager', '--cluster', 'there', '--name', 'far', ...SHARED),
    start('taskmanager', '--work', 'bare', '--sources', 'none', ...SHARED),
  ]);
  const ask = async (path: string) => {
    const answer = await fetch(`${jobManager.rest}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const of = ({ address }: Greeting) => `/taskmanagers/${encodeURIComponent(address)}`;
  for (const one of [other, bare]) await until(async () => (await ask(`${of(one)}/logs`)).status === 200);

  const listed = JSON.parse((await ask(`${of(other)}/logs`)).text) as { readonly logs: readonly unknown[] };
  expect(listed.logs).toEqual([{ name: 'far.log', size: expect.any(Number), mtime: expect.any(Number) }]);
  const isUp = `taskmanager is up at ${other.address}`;
  for (const path of ['/log', '/logs/far.log', '/log?format=text&lines=10'])
    expect(await ask(`${of(other)}${path}`)).toEqual({ status: 200, text: expect.stringContaining(isUp) });
  expect(await ask(`${of(other)}/stdout`)).toEqual({
    status: 404,
    text: JSON.stringify({ errors: ['far has no log "far.stdout": there is far.log.'] }),
  });
  expect((await ask(`${of(bare)}/logs/bare.log`)).text).toContain(`taskmanager is up at ${bare.address}`);

  freeze(other.pid);
  const sentence = `The process at ${other.address}, where these logs lie, gave no answer within 0.5 s: ask again.`;
  expect(await ask(`${of(other)}/log`)).toEqual({ status: 503, text: JSON.stringify({ errors: [sentence] }) });
});
