// A cluster of real processes with its HA service in a real etcd: the leader is killed, etcd is killed and started again, etcd stands still; and what the
// job committed in the end is there once. Its client, `run --cluster`, finds the leader through etcd as well.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { parseLogLine, type LogRecord } from '../../../src/net-real/log/record.ts';
import { readHolder } from '../../../src/net-real/holder.ts';
import { noEtcd, startEtcd, type EtcdServer } from '../../net-real/etcd/etcd-server.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';

const folder = temporaryFolder();
const PATIENCE = { timeout: 60_000, interval: 20 };
const program = join(repository, 'src', 'cli', 'millrace.ts');
const env = { ...process.env, MILLRACE_CONFIG: 'none', NO_COLOR: '1' };
const NUMBERS = 4_000;
const JOB = `import { defineJob } from 'millrace';
export const job = defineJob('numbers', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'generator:?count=${NUMBERS}', splits: 1, recordsPerSecond: 400 })
    .keyBy((number) => number % 7)
    .reduce('latest', (_, number) => number)
    .sinkTo('out', { sink: 'jsonl:out' }),
);
`;

let server: EtcdServer;
let children: ChildProcessWithoutNullStreams[] = [];

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly said: { out: string; err: string };
}

function start(...words: readonly string[]): Running {
  const child = spawn(process.execPath, [program, ...words], { cwd: folder.path(), env });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.err += String(chunk)));
  return { child, said };
}

function recordsOf(name: string): readonly LogRecord[] {
  const path = folder.path('c', 'logs', `${name}.log`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.map((line) => parseLogLine(line)).filter((record) => record !== null);
}

const JOB_MANAGERS = ['jm-1', 'jm-2'];

/** Epochs with those who had them. */
function elections(): readonly { readonly name: string; readonly epoch: number }[] {
  const found = JOB_MANAGERS.flatMap((name) =>
    recordsOf(name)
      .filter(({ kind }) => kind === 'leader-elected')
      .map(({ data }) => ({ name, epoch: Number((data as { readonly epoch?: number }).epoch) })),
  );
  return found.sort((a, b) => a.epoch - b.epoch);
}

const timesLost = (): number =>
  JOB_MANAGERS.flatMap((name) => recordsOf(name)).filter(({ kind }) => kind === 'leadership-lost').length;

function committed(): readonly number[] {
  const out = folder.path('out');
  const parts = existsSync(out) ? readdirSync(out).filter((name) => name.startsWith('part-')) : [];
  const lines = parts.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n'));
  return lines.filter((line) => line !== '').map(Number);
}

/** Output of a leader that comes: more than there is by now, once it leads. */
async function untilGoesOn(epoch: number): Promise<void> {
  await vi.waitFor(() => expect(elections().at(-1)?.epoch).toBeGreaterThan(epoch), PATIENCE);
  const before = committed().length;
  expect(before).toBeLessThan(NUMBERS); // else the job is over, and nothing is seen
  await vi.waitFor(() => expect(committed().length).toBeGreaterThan(before), PATIENCE);
}

const doctor = (...words: readonly string[]): readonly Finding[] =>
  JSON.parse(
    spawnSync(process.execPath, [program, 'doctor', '--json', '--cluster', 'c', ...words], {
      cwd: folder.path(),
      env,
      encoding: 'utf8',
    }).stdout,
  ) as readonly Finding[];

describe.skipIf(noEtcd !== null)('in a real etcd', () => {
  beforeEach(async () => {
    server = await startEtcd();
    children = [];
  }, 60_000);
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.close();
  });

  test('a job goes on exactly once through a dead leader, a dead etcd and one that stands still', async () => {
    const ha = `etcd://${server.address}/prod`;
    const sizes = ['--job-managers', '2', '--task-managers', '2', '--rest-port', '0'];
    const cluster = start('cluster', '--cluster', 'c', '--ha', ha, ...sizes);
    await vi.waitFor(() => expect(cluster.said.out, cluster.said.err).toContain('Ctrl-C'), PATIENCE);
    folder.write('job.ts', JOB);
    const job = start('run', 'job.ts', '--cluster', 'c', '--ha', ha, '--job-id', 'numbers');
    const ended = once(job.child, 'close');
    await vi.waitFor(() => expect(committed().length, job.said.err).toBeGreaterThan(0), PATIENCE);
    expect(existsSync(folder.path('c', 'ha'))).toBe(false);

    const first = elections().at(-1);
    const pid = readHolder(folder.path('c', 'work', String(first?.name), 'process.json'))?.pid;
    process.kill(Number(pid), 'SIGKILL');
    await untilGoesOn(Number(first?.epoch));

    const second = Number(elections().at(-1)?.epoch);
    const lost = timesLost();
    await server.kill();
    await vi.waitFor(() => expect(timesLost()).toBeGreaterThan(lost), PATIENCE); // its lease is over
    await server.start();
    await untilGoesOn(second);

    const third = Number(elections().at(-1)?.epoch);
    server.freeze();
    await sleep(2_000); // longer than a lease
    server.thaw();
    await untilGoesOn(third);
    const found = doctor('--ha', ha);
    expect(found.filter(({ about }) => about === 'HA service' || about === 'leader')).toMatchObject([
      { status: 'ok', says: expect.stringContaining(`etcd at ${server.address} is 3.`) },
      { status: 'ok', says: expect.stringContaining('it takes connections') },
    ]);
    expect(found.map(({ about }) => about)).not.toContain('folder ha');

    expect(await ended, job.said.err).toEqual([0, null]);
    expect(job.said.out).toMatch(/^job +numbers FINISHED/m);
    expect([...committed()].sort((a, b) => a - b)).toEqual(Array.from({ length: NUMBERS }, (_, number) => number));
    cluster.child.kill('SIGTERM');
    expect(await once(cluster.child, 'close')).toEqual([0, null]);
  }, 180_000);

  test('a process whose etcd is not there, or is none, ends with a sentence', async () => {
    const ended = async (...words: readonly string[]): Promise<string> => {
      const { child, said } = start('jobmanager', ...words);
      const [code] = (await once(child, 'close')) as [number | null];
      return `${code} ${said.err.trim()}`;
    };
    const { host, port } = { host: '127.0.0.1', port: server.port };
    await server.post('/v3/kv/put', { key: btoa('taken/by'), value: btoa('others') });
    const [none, foreign, unknown] = await Promise.all([
      ended('--ha', `etcd://${host}:${port}`),
      ended('--ha', `etcd://${host}:${port}/taken`, '--cluster', 'd'),
      ended('--ha', 'zookeeper:a:2181'),
    ]);
    expect(none).toMatch(/^2 millrace: --ha etcd:.*: it names no prefix for the keys of this cluster: expected etcd:/);
    expect(foreign).toMatch(
      /^2 millrace: this jobmanager cannot start: etcd:.*\/taken holds keys that no Millrace cluster of that prefix wrote, such as "taken\/by": name another prefix$/,
    );
    expect(unknown).toMatch(
      /^2 millrace: --ha zookeeper:a:2181: "zookeeper" is no scheme of an HA service: expected FOLDER, file:FOLDER, etcd:/,
    );
    await server.kill();
    expect(await ended('--ha', `etcd://${host}:${port}/prod`, '--cluster', 'e')).toMatch(
      /^2 millrace: this jobmanager cannot start: etcd:.*\/prod does not serve: etcd at 127\.0\.0\.1:\d+: connect ECONNREFUSED .*; asked for 10 s$/,
    );
  }, 60_000);
});
