// The commands on real processes: a job is submitted, shown, saved, stopped, started from its savepoint and cancelled, while a TaskManager is killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { programs } from '../../../src/layout.ts';
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

/** Up when it said its line. */
async function start(...words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [programs.millrace, ...words], {
    cwd: folder.path(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}`)));
  });
  return child;
}

function millrace(
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [programs.millrace, ...words], {
    cwd: folder.path(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out: out.trim(), err: err.trim() })));
}

test('a job on a cluster of processes, from its submission to its end', { timeout: 120_000 }, async () => {
  folder.write(
    'job.ts',
    `import { defineJob } from 'millrace';
export const job = defineJob('counts', (env) =>
  env.fromSource<number>('numbers', { topic: 'generator:', splits: 1, recordsPerSecond: 200 })
    .keyBy((n) => String(n % 10)).reduce('count', (a, b) => a + b)
    .sinkTo('out', { sink: 'jsonl:out' }));`,
  );
  const settings = ['--log-format', 'none', '--set', 'checkpointIntervalMs=200'];
  await start('jobmanager', '--rest', '127.0.0.1:0', ...settings);
  const victim = await start('taskmanager', ...settings);
  await start('taskmanager', ...settings);

  const { jobid } = JSON.parse((await millrace('submit', 'job.ts', '--json')).out) as { readonly jobid: string };
  expect(jobid).toMatch(/^[0-9a-f]{32}$/);
  const again = await millrace('submit', 'job.ts', '--job-id', jobid);
  expect([again.code, again.out]).toEqual([0, `counts is submitted, as job ${jobid}`]);
  await untilShown('1 of both tasks ran', /RUNNING +1\/1[^]*RUNNING +1\/1/);

  victim.kill('SIGKILL');
  const location = `millrace:${jobid}/upgrade`;
  await untilShown('it runs again', /RUNNING +1\/1[^]*RUNNING +1\/1/);
  const saved = await retried(() => millrace('savepoint', 'counts', '--savepoint-id', 'upgrade'));
  expect(saved).toEqual({ code: 0, out: `savepoint ${location}`, err: '' });
  const stopped = await millrace('stop', 'counts');
  expect([stopped.code, stopped.out]).toEqual([
    0,
    expect.stringContaining(`job ${jobid} is stopped, with savepoint millrace:`),
  ]);

  const next = await millrace('submit', 'job.ts', '--from-savepoint', location, '--json');
  const id = (JSON.parse(next.out) as { readonly jobid: string }).jobid;
  const cancelled = await millrace('cancel', 'counts');
  expect([cancelled.code, cancelled.out]).toEqual([0, expect.stringContaining(`job ${id}, is CANCELED`)]);
  expect((await millrace('cancel', jobid)).code).toBe(1);
});

/** A savepoint needs all tasks to run, which the loss of a TaskManager ends now and then. */
async function retried(ask: () => ReturnType<typeof millrace>): ReturnType<typeof millrace> {
  for (;;) {
    const answer = await ask();
    if (answer.code === 0 || !answer.err.includes('needs all its tasks to run')) return answer;
  }
}

async function untilShown(_what: string, pattern: RegExp): Promise<void> {
  while (!pattern.test((await millrace('show', 'counts')).out))
    await new Promise((resolve) => setTimeout(resolve, 100));
}
