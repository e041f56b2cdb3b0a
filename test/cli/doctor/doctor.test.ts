// What a doctor finds, and what it says to do: each thing that may stand in the way of a cluster, by itself; and a cluster that runs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { checkAddress, checkHa, checkProcesses, unreached } from '../../../src/cli/doctor/cluster.ts';
import { checkFolder, roomOf } from '../../../src/cli/doctor/folders.ts';
import { checkClock, checkPort, checkVersions } from '../../../src/cli/doctor/host.ts';
import { clusterFolder, tellRestPlace } from '../../../src/net-real/cluster-folder.ts';
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
  expect(checkFolder('folder ha', folder.path())).toMatchObject({ status: 'ok', advice: null });
  expect(checkFolder('folder ha', folder.path('a/b/c')).says).toContain('which is not there yet');
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

test('something that is no folder is in its place', () => {
  writeFileSync(folder.path('ha'), '');
  expect(checkFolder('folder ha', folder.path('ha'))).toMatchObject({
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
  const [finding] = await checkHa(clusterFolder(folder.path('c')), true);
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
    () => expect(of(doctor('--cluster', root).findings, 'leader')?.says).toContain('with epoch 1; it takes'),
    PATIENCE,
  );
  const { code, findings } = doctor('--cluster', root);
  expect(code).toBe(0);
  expect(of(findings, 'processes').says).toMatch(/^jm-1 \(\d+\), tm-1 \(\d+\) run$/);

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
    /^nobody leads, as no process runs; the last one was .* with epoch 1$/,
  );
});
