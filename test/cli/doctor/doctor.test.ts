// What a doctor finds, and what it says to do: each thing that may stand in the way of a cluster, by itself; and a cluster that runs.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { checkAddress, checkHa, checkProcesses, unreached } from '../../../src/cli/doctor/cluster.ts';
import { checkFolder, checkModes, roomOf } from '../../../src/cli/doctor/folders.ts';
import { checkRest, judgeClock, judgeOverview } from '../../../src/cli/doctor/rest.ts';
import { readManifest } from '../../../src/layout.ts';
import { checkClock, checkPort, checkVersions } from '../../../src/cli/doctor/host.ts';
import { clusterFolder, readProcessPlace, tellPlace, tellRestPlace } from '../../../src/net-real/cluster-folder.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';

const folder = temporaryFolder();
const program = join(repository, 'src', 'cli', 'millrace.ts');
const PATIENCE = { timeout: 40_000, interval: 50 };
const env = { ...process.env, MILLRACE_CONFIG: 'none' };
let running: ReturnType<typeof spawn> | null = null;

afterEach(async () => {
  const child = running;
  running = null;
  if (child === null || child.exitCode !== null) return;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('close', resolve));
});

function doctor(...words: readonly string[]): { readonly code: number | null; readonly findings: readonly Finding[] } {
  const { status, stdout } = spawnSync(process.execPath, [program, 'doctor', '--json', ...words], {
    env,
    encoding: 'utf8',
  });
  return { code: status, findings: JSON.parse(stdout) as readonly Finding[] };
}

const of = (findings: readonly Finding[], about: string): Finding =>
  findings.find((finding) => finding.about === about) as Finding;

test('a folder is tried and left as it was; one that is not there yet is no mistake', () => {
  expect(checkFolder('ha', folder.path())).toMatchObject({ status: 'ok', advice: null });
  expect(checkFolder('ha', folder.path('a/b/c')).says).toContain('which is not there yet');
  expect(readdirSync(folder.path())).toEqual([]);
});

const lab = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o ro none /mnt'], { timeout: 5_000 });

test.skipIf(lab.status !== 0)('a folder that cannot be written fails, with what to do', () => {
  const line = `mount -t tmpfs -o ro none /mnt && exec '${process.execPath}' '${program}' doctor --cluster /mnt/c`;
  const { status, stdout } = spawnSync('unshare', ['-rm', 'sh', '-c', line], { env, encoding: 'utf8' });
  expect(status).toBe(10);
  expect(stdout).toMatch(/^fail +folder ha +\/mnt\/c\/ha, .*cannot be\s+written\s+\(EROFS\)/m);
  expect(stdout).toMatch(/-> its file system is read-only: mount it for writing/);
});

test('a folder of the cluster that others can look into is warned of, but for its sinks', () => {
  const cluster = clusterFolder(folder.path());
  for (const name of ['ha', 'storage', 'sinks', 'work'] as const) mkdirSync(cluster[name], { mode: 0o700 });
  expect(checkModes(cluster, cluster.ha)).toEqual([]);
  for (const name of ['storage', 'sinks'] as const) chmodSync(cluster[name], 0o755);
  expect(checkModes(cluster, cluster.ha)).toEqual([
    {
      about: 'modes',
      status: 'warn',
      says: `${cluster.storage} is open to others on this host (mode 755)`,
      advice: `take that away: chmod -R go-rwx ${cluster.storage}`,
    },
  ]);
});

test('something that is no folder is in its place', () => {
  writeFileSync(folder.path('ha'), '');
  expect(checkFolder('ha', folder.path('ha'))).toMatchObject({
    status: 'fail',
    says: expect.stringContaining('ENOTDIR'),
  });
});

test.each([
  ['ok', 100_000_000, 1_000_000, 500_000],
  ['warn', 100_000, 1_000_000, 500_000],
  ['fail', 10_000, 1_000_000, 500_000],
  ['warn', 100_000_000, 1_000_000, 5_000],
  ['fail', 100_000_000, 1_000_000, 100],
  ['ok', 100_000_000, 0, 0], // a file system without a number of inodes
] as const)('room: %s', (status, bavail, files, ffree) => {
  const finding = roomOf('/data', { bavail, bsize: 4_096, files, ffree });
  expect(finding.status).toBe(status);
  expect(finding.advice === null).toBe(status === 'ok');
});

test('versions and the clock', () => {
  expect(checkVersions()).toMatchObject({ status: 'ok' });
  expect(checkVersions('22.17.9')).toMatchObject({ status: 'fail', advice: 'install Node 22.18 or newer' });
  expect(checkClock(folder.path())).toMatchObject({ status: 'ok' });
  expect(checkClock(folder.path(), () => Date.now() - 60_000)).toMatchObject({
    status: 'warn',
    says: expect.stringContaining('s apart from'),
  });
  expect(checkClock(folder.path(), () => 0)).toMatchObject({ status: 'fail' });
  expect(readdirSync(folder.path())).toEqual([]);
});

test('ports and names', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  const taken = `127.0.0.1:${port}`;
  expect(await checkPort('listen', '127.0.0.1:0', false)).toMatchObject({ status: 'ok' });
  expect(await checkPort('listen', taken, false)).toMatchObject({ status: 'warn', says: `${taken} is taken` });
  expect(await checkPort('listen', taken, true)).toMatchObject({ status: 'ok' });
  expect(await checkPort('listen', '192.0.2.1:1', false)).toMatchObject({ status: 'fail' });
  expect(await unreached(taken)).toBeNull();
  await new Promise((resolve) => server.close(resolve));
  expect(await unreached(taken)).toContain('ECONNREFUSED');
  expect(await checkAddress('advertise', 'localhost:1')).toMatchObject({ status: 'ok' });
  expect(await checkAddress('advertise', 'nowhere.invalid:1')).toMatchObject({
    status: 'fail',
    advice: expect.stringContaining('add nowhere.invalid to DNS'),
  });
});

test('a damaged HA log is named', async () => {
  folder.write('c/ha/entries/000000000001', 'torn');
  const [finding] = await checkHa(clusterFolder(folder.path('c')).ha, true);
  expect(finding).toMatchObject({ about: 'HA service', status: 'fail' });
  expect(finding?.says).toContain('000000000001: not a millrace-ha-entry');
});

test('a process that is gone without having said so is told, by its name', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const holderFile = join('c', 'work', 'tm-7', 'process.json');
  folder.write(holderFile, JSON.stringify({ pid: gone, host: '', began: null, since: 'then' }));
  const cluster = clusterFolder(folder.path('c'));
  expect(checkProcesses(cluster).map(({ status }) => status)).toEqual(['ok']); // of another host: believed to live
  folder.write(holderFile, 'nothing');
  expect(checkProcesses(cluster).map(({ status, says }) => [status, says.slice(0, 4)])).toEqual([
    ['warn', 'none'],
    ['warn', 'tm-7'],
  ]);
});

const overview = (more: object = {}) => ({
  status: 200,
  wallTime: null,
  body: {
    taskmanagers: 2,
    'slots-total': 4,
    'slots-available': 1,
    'jobs-running': 3,
    'flink-version': readManifest().version,
    ...more,
  },
});

test.each([
  ['ok', overview(), '2 TaskManagers, 4 slots, 1 of them free, 3 jobs running', null],
  ['warn', overview({ taskmanagers: 0 }), '0 TaskManagers', 'start a TaskManager'],
  ['warn', overview({ 'flink-version': '0.0.9' }), 'it runs millrace 0.0.9, and this is', 'start all of it anew'],
  ['warn', { status: 200, wallTime: null, body: { hello: 1 } }, 'is no JobManager (status 200)', 'start jm-1 again'],
  ['warn', { status: 401, wallTime: null, body: { errors: ['no.'] } }, 'another token: no.', 'who owns /c'],
  ['fail', { status: 503, wallTime: null, body: { errors: ['No leader.'] } }, ': No leader.', 'stands above'],
  ['fail', 'no answer for 12000 ms', 'takes connections, and does not answer: no answer for', 'its log'],
] as const)('REST: %s of %j', (status, answer, says, advice) => {
  const finding = judgeOverview('jm-1', 'http://127.0.0.1:1', answer, '/c');
  expect(finding).toMatchObject({ about: 'REST', status });
  expect(finding.says).toContain(says);
  if (advice === null) expect(finding.advice).toBeNull();
  else expect(finding.advice).toContain(advice);
});

test.each([
  [10_500, 0],
  [8_001, 0],
  [11_999, 0],
  [6_900, 1],
  [12_000, 1],
])('a JobManager whose clock says 10 s, while this one says %d ms, is told: %d', (wallNow, told) => {
  const found = judgeClock('jm-1', wallNow >= 12_000 ? 14_000 : 10_000, wallNow);
  expect(found.filter(({ status }) => status === 'warn')).toHaveLength(told);
});

test('clocks of processes are those of their hosts, and versions are compared', () => {
  const cluster = clusterFolder(folder.path('c'));
  const holder = (since: number) => JSON.stringify({ pid: 1, host: 'far', began: null, since: new Date(since) });
  folder.write(join('c', 'work', 'tm-1', 'process.json'), holder(Date.now()));
  tellPlace(cluster, 'tm-1', { address: 'far:1', role: 'taskmanager', version: readManifest().version });
  expect(checkProcesses(cluster).map(({ status }) => status)).toEqual(['ok']);
  folder.write(join('c', 'work', 'tm-2', 'process.json'), holder(Date.now() - 30_000));
  tellPlace(cluster, 'tm-2', { address: 'far:2', role: 'taskmanager', version: '0.0.1' });
  const [, version, clock, ...more] = checkProcesses(cluster);
  expect(more).toEqual([]);
  expect(version).toMatchObject({ about: 'versions', says: expect.stringContaining('tm-2 runs millrace 0.0.1') });
  expect(clock).toMatchObject({
    about: 'clock',
    says: expect.stringMatching(/far, where tm-2 runs, was 30\.\d s behind/),
  });
});

test('without the HA service a JobManager is asked for nothing that only a leader can answer', async () => {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tellRestPlace(clusterFolder(folder.path()), 'jm-7', { url, pid: 1 });
  expect(await checkRest(clusterFolder(folder.path()), false)).toMatchObject([
    {
      status: 'ok',
      about: 'REST',
      says: `jm-7 at ${url} answers; who leads it was not asked, as the HA service fails`,
    },
  ]);
  expect(asked).toEqual(['/config']);
  server.close();
});

test('of a cluster that runs it says who leads, and of one that is stopped that all is well', async () => {
  const root = folder.path('cluster');
  expect(doctor('--cluster', root)).toMatchObject({ code: 0 });
  expect(existsSync(root)).toBe(false);

  running = spawn(
    process.execPath,
    [program, 'cluster', '--cluster', root, '--task-managers', '1', '--rest-port', '0'],
    {
      env,
      stdio: 'ignore',
    },
  );
  await vi.waitFor(
    () => expect(of(doctor('--cluster', root).findings, 'leader')?.says).toMatch(/with epoch \d+; it takes/),
    PATIENCE,
  );
  const { code, findings } = doctor('--cluster', root);
  expect(code).toBe(0);
  expect(of(findings, 'processes').says).toMatch(/^jm-1 \(\d+\), tm-1 \(\d+\) run$/);
  const rest = (): readonly Finding[] =>
    doctor('--cluster', root).findings.filter(({ about }) => ['REST', 'TaskManagers', 'clock'].includes(about));
  await vi.waitFor(
    () =>
      expect(rest().map(({ status, says }) => [status, says])).toEqual([
        ['ok', expect.stringContaining('the same as that of the file system')],
        ['ok', expect.stringMatching(/^jm-1 at http:.*: 1 TaskManagers, 1 slots, 1 of them free, 0 jobs running$/)],
      ]),
    PATIENCE,
  );
  const lost = { address: '127.0.0.1:1', role: 'taskmanager', version: readManifest().version } as const;
  const known = readProcessPlace(clusterFolder(root), 'tm-1')!;
  tellPlace(clusterFolder(root), 'tm-1', lost);
  expect(rest().at(-1)).toMatchObject({
    about: 'TaskManagers',
    status: 'warn',
    says: 'tm-1 runs at 127.0.0.1:1, and has not registered with the leader',
  });
  tellPlace(clusterFolder(root), 'tm-1', known);

  mkdirSync(join(root, 'rest'), { recursive: true });
  tellRestPlace(clusterFolder(root), 'jm-9', { url: 'http://127.0.0.1:1', pid: 1 });
  expect(
    of(
      doctor('--cluster', root).findings.filter(({ status }) => status === 'warn'),
      'REST',
    ).says,
  ).toContain('jm-9');

  running.kill('SIGTERM');
  await new Promise((resolve) => running?.once('close', resolve));
  const after = doctor('--cluster', root);
  expect(after.code).toBe(0);
  expect(of(after.findings, 'leader').says).toMatch(
    /^nobody leads, as no process runs; the last one was .* with epoch \d+$/,
  );
});
