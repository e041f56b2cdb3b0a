// `millrace cluster` on real processes: what it starts, what becomes of those that die, and that nothing stays behind.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readConfigured, readLocalCluster, clusterRows } from '../../../src/cli/cluster/read-cluster.ts';
import { processesOf } from '../../../src/cli/cluster/plan.ts';
import { parseConfig } from '../../../src/cli/config/configuration.ts';
import { parseLogLine, type LogRecord } from '../../../src/net-real/log/record.ts';
import { readHolder } from '../../../src/net-real/holder.ts';
import { listProcesses } from '../real/process-list.ts';
import { noEtcd, startEtcd } from '../../net-real/etcd/etcd-server.ts';
import { freeze } from '../../net-real/freeze.ts';
import { repository } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const children: ChildProcessWithoutNullStreams[] = [];
const PATIENCE = { timeout: 40_000, interval: 50 };
const program = join(repository, 'src', 'cli', 'millrace.ts');

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

function start(root: string, ...words: readonly string[]) {
  const rest = words.includes('--rest-port') ? [] : ['--rest-port', '0'];
  const child = spawn(process.execPath, [program, 'cluster', '--cluster', root, ...rest, ...words], {
    env: { ...process.env, MILLRACE_CONFIG: 'none' },
  });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.err += String(chunk)));
  return { child, said, isUp: () => vi.waitFor(() => expect(said.out).toContain('Ctrl-C'), PATIENCE) };
}

const pidOf = (root: string, name: string): number => readHolder(join(root, 'work', name, 'process.json'))?.pid ?? 0;

function recordsIn(root: string, name: string): readonly LogRecord[] {
  const path = join(root, 'logs', `${name}.log`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.map((line) => parseLogLine(line)).filter((record) => record !== null);
}

const isRunning = (pid: number): boolean => listProcesses().some((one) => one.pid === pid);

const registrations = (root: string): number =>
  recordsIn(root, 'jm-1').filter(({ kind }) => kind === 'task-manager-registered').length;

test('it runs until it is told to end; who dies is started again, which is told; and a second one is refused', async () => {
  const root = join(folder, 'a');
  const { child, said, isUp } = start(root, '--task-managers', '1', '--slots', '3', '--metrics', '127.0.0.1:0');
  await isUp();
  for (const name of ['jm-1', 'tm-1']) {
    const [, at = ''] = new RegExp(`^metrics +(http:\\S+) \\(${name}\\)$`, 'm').exec(said.out) ?? [];
    expect(await (await fetch(at)).text()).toContain('millrace_steps_total');
  }
  expect(said.out).toMatch(/^slots +3$/m);
  const [, url = ''] = /^REST +(http:\/\/127\.0\.0\.1:\d+) \(jm-1\)$/m.exec(said.out) ?? [];
  expect(said.out).toMatch(new RegExp(`^page +${url}/$`, 'm')); // without the token: this is no terminal
  expect(await (await fetch(`${url}/`)).text()).toContain('<title>Millrace</title>');
  expect(await (await fetch(`${url}/taskmanagers`)).json()).toHaveProperty('taskmanagers');
  const taken = start(join(folder, 'taken'), '--rest-port', new URL(url).port);
  expect(await once(taken.child, 'close')).toEqual([2, null]);
  expect(taken.said.err).toMatch(new RegExp(`^millrace: jm-1 cannot be started: .*${new URL(url).port}.*\\n$`));
  await vi.waitFor(() => expect(registrations(root)).toBe(1), PATIENCE);

  const { taskmanagers } = (await (await fetch(`${url}/taskmanagers`)).json()) as {
    readonly taskmanagers: readonly [{ readonly id: string }];
  };
  const logAt = async (path: string) => (await fetch(`${url}${path}/log?format=text`)).text();
  expect(await logAt('/jobmanager')).toMatch(/ INFO {2}jm-1 {2}jobmanager is up at /);
  expect(await logAt(`/taskmanagers/${taskmanagers[0].id}`)).toMatch(/ INFO {2}tm-1 {2}taskmanager is up at /);

  const killed = pidOf(root, 'tm-1');
  process.kill(killed, 'SIGKILL');
  await vi.waitFor(() => expect(registrations(root)).toBe(2), PATIENCE);
  expect(pidOf(root, 'tm-1')).not.toBe(killed);
  const told = recordsIn(root, 'cluster').filter(({ kind }) => kind === 'supervisor');
  expect(told.map(({ message }) => message)).toEqual([
    'tm-1 ended by SIGKILL: it said nothing; it is started again, 0.25 s behind its end',
    expect.stringMatching(/^tm-1 is up again, process \d+$/),
  ]);

  const second = start(root);
  expect(await once(second.child, 'close')).toEqual([2, null]);
  expect(second.said.err).toMatch(
    new RegExp(`^millrace: the cluster in .*/a is run by process ${child.pid} on this host, since .*kill ${child.pid}`),
  );

  const pids = ['jm-1', 'tm-1'].map((name) => pidOf(root, name));
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(readdirSync(root)).not.toContain('cluster.json');

  const name = readFileSync(join(root, 'ha', 'cluster'), 'utf8'); // the folder is the cluster, whoever runs it
  const again = start(root, '--task-managers', '1');
  await again.isUp();
  expect(readFileSync(join(root, 'ha', 'cluster'), 'utf8')).toBe(name);
  again.child.kill('SIGINT');
  expect(await once(again.child, 'close')).toEqual([0, null]);
});

test.skipIf(process.platform !== 'linux')(
  'nothing stays when it is killed itself, and the next one takes the folder over',
  async () => {
    const root = join(folder, 'b');
    const { child, isUp } = start(root, '--task-managers', '1');
    await isUp();
    const pids = ['jm-1', 'tm-1'].map((name) => pidOf(root, name));
    freeze(pids[1] as number); // a stopped process cannot see that it is alone
    child.kill('SIGKILL');
    const next = start(root, '--task-managers', '1');
    await next.isUp();
    expect(pids.filter(isRunning)).toEqual([]);
    next.child.kill('SIGTERM');
    expect(await once(next.child, 'close')).toEqual([0, null]);
  },
);

describe.each<[string, string | null]>([
  ['a folder', null],
  ['etcd', noEtcd],
])('killed as a whole, with %s and a lease that no test outlives', (kind, missing) => {
  test.skipIf(missing !== null)('it leads again as soon as it is up', async () => {
    const etcd = kind === 'etcd' ? await startEtcd() : null;
    try {
      const root = join(folder, `whole-${kind === 'etcd' ? kind : 'folder'}`);
      const ha = etcd === null ? [] : ['--ha', `etcd://${etcd.address}/whole`];
      const words = ['--task-managers', '1', '--set', 'leaseMs=600000', ...ha];
      const elected = () => recordsIn(root, 'jm-1').filter((one) => one.kind === 'leader-elected');
      const { child, isUp } = start(root, ...words);
      await isUp();
      await vi.waitFor(() => expect([elected().length, registrations(root)]).toEqual([1, 1]), PATIENCE);
      const pids = [child.pid ?? 0, ...['jm-1', 'tm-1'].map((name) => pidOf(root, name))];
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), PATIENCE);
      const next = start(root, ...words);
      await next.isUp();
      await vi.waitFor(() => expect([elected().length, registrations(root)]).toEqual([2, 2]), PATIENCE);
      const gone = recordsIn(root, 'jm-1').filter(({ message }) =>
        message.startsWith('the leader of epoch 1 is gone: '),
      );
      expect(gone.map(({ message }) => message)).toEqual([
        expect.stringMatching(/: nobody listens at 127\.0\.0\.1:\d+, which is of this machine$/),
      ]);
      next.child.kill('SIGTERM');
      expect(await once(next.child, 'close')).toEqual([0, null]);
    } finally {
      await etcd?.close();
    }
  });
});

test('a process that cannot start ends it, with what that one says', async () => {
  const root = join(folder, 'c');
  const { child, said, isUp } = start(root, '--task-managers', '1');
  await isUp();
  child.kill('SIGTERM');
  await once(child, 'close');
  rmSync(join(root, 'ha', 'cluster'));
  mkdirSync(join(root, 'ha', 'cluster')); // what is no name of a cluster
  const next = start(root, '--task-managers', '1');
  expect(await once(next.child, 'close')).toEqual([2, null]);
  expect(next.said.err).toMatch(/^millrace: [jt]m-1 cannot be started: this \w+ cannot start: .*\n$/);
  expect(said.err).not.toContain('did not start');
});

test('a folder that cannot be made ends it at once, with the reason', async () => {
  const { child, said } = start('/dev/null/millrace');
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said.err).toBe('millrace: the folder /dev/null/millrace cannot be written: ENOTDIR: not a directory\n');
});

describe('what it is told', () => {
  const load = () => parseConfig('slots: 4\nleaseMs: 2000\ntask-managers: 3', '/etc/millrace.yaml');
  const read = (...words: readonly string[]) => {
    const line = readConfigured(clusterRows, words, load);
    if (!line.ok || line.value === null) return line.ok ? null : line.reason;
    const cluster = readLocalCluster(line.value);
    return cluster.ok ? cluster.value : cluster.reason;
  };

  test('by flags and configuration', () => {
    expect(read('--task-managers', '2', '--cluster', '/data')).toMatchObject({
      jobManagers: 1,
      taskManagers: 2,
      slots: 4,
      set: { leaseMs: 2_000 },
    });
  });

  test('becomes the words of its processes', () => {
    const cluster = read('--task-managers', '1', '--cluster', '/data');
    if (cluster === null || typeof cluster === 'string') throw new Error('no cluster');
    expect(processesOf(cluster).map(({ name, words }) => [name, words.join(' ')])).toEqual([
      [
        'jm-1',
        'jobmanager --rest 127.0.0.1:8081 --cluster /data --name jm-1 --log-level info --log-format none --set leaseMs=2000',
      ],
      [
        'tm-1',
        'taskmanager --slots 4 --cluster /data --name tm-1 --log-level info --log-format none --set leaseMs=2000',
      ],
    ]);
  });

  test('each of its processes tells metrics at a port of its own, if they are wanted', () => {
    const metricsOf = (...words: readonly string[]) => {
      const cluster = read('--task-managers', '1', '--job-managers', '2', ...words);
      if (cluster === null || typeof cluster === 'string') throw new Error(cluster ?? 'no cluster');
      return processesOf(cluster).map(({ words: all }) =>
        all.includes('--metrics') ? all[all.indexOf('--metrics') + 1] : null,
      );
    };
    expect(metricsOf()).toEqual([null, null, null]);
    expect(metricsOf('--metrics', '0.0.0.0:9249')).toEqual(['0.0.0.0:9249', '0.0.0.0:9250', '0.0.0.0:9251']);
    expect(metricsOf('--metrics', '[::1]:0')).toEqual(['[::1]:0', '[::1]:0', '[::1]:0']);
    expect(() => metricsOf('--metrics', '127.0.0.1:65534')).toThrow('3 processes need ports up to 65536');
  });

  test.each([
    ['--task-managers 0', '--task-managers 0: expected a whole number from 1 to 100'],
    ['--job-managers ten', '--job-managers ten: expected a whole number from 1 to 9'],
    ['--taskmanagers 2', 'unknown option "--taskmanagers", did you mean "--task-managers"?'],
    ['--set leaseMs=400', 'leaseMs=400 must be more than leaseRenewIntervalMs=500: what is repeated comes too late'],
  ])('%s is refused', (line, sentence) => {
    expect(read(...line.split(' '))).toBe(sentence);
  });
});
