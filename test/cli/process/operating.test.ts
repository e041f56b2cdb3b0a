// What processes say of what an operator must know: peers that cannot be reached, strangers that knock without end, folders that cannot be written.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test, vi } from 'vitest';
import { parseLogLine, type LogRecord } from '../../../src/net-real/log/record.ts';
import { repository } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const children: ChildProcessWithoutNullStreams[] = [];
const PATIENCE = { timeout: 40_000, interval: 50 };
const program = join(repository, 'src', 'cli', 'millrace.ts');

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly records: LogRecord[];
  readonly greeting: Promise<Record<string, unknown>>;
}

function start(...words: readonly string[]): Started {
  const child = spawn(process.execPath, [program, ...words]);
  children.push(child);
  const records: LogRecord[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const record = parseLogLine(line);
    if (record !== null) records.push(record);
  });
  const greeting = once(createInterface({ input: child.stdout }), 'line').then(([line]) => JSON.parse(line as string));
  greeting.catch(() => {});
  return { child, records, greeting };
}

const messagesOf = ({ records }: Started, kind: string): readonly string[] =>
  records.filter((record) => record.kind === kind).map(({ message }) => message);

test('a TaskManager without a leader warns of it, and tells the one that it finds', async () => {
  const root = join(folder, 'lonely');
  const taskManager = start('taskmanager', '--cluster', root);
  const warning = `no leader in ${join(root, 'ha')} for 5 s: no JobManager runs there, or it is another folder`;
  await vi.waitFor(() => {
    expect(taskManager.records).toContainEqual(expect.objectContaining({ level: 'warn', message: warning }));
  }, PATIENCE);
  const { address } = await start('jobmanager', '--cluster', root).greeting;
  await vi.waitFor(() => {
    expect(messagesOf(taskManager, 'process').at(-1)).toContain(`follows the leader ${String(address)}, epoch 1`);
  }, PATIENCE);
});

test('a JobManager that stands by says for whom, and, when its HA folder is gone, that it cannot lead', async () => {
  const root = join(folder, 'standby');
  const { address } = await start('jobmanager', '--cluster', root).greeting;
  const standby = start('jobmanager', '--cluster', root);
  await vi.waitFor(() => {
    expect(messagesOf(standby, 'process')).toContain(`stands by: ${String(address)} leads with epoch 1`);
  }, PATIENCE);
  renameSync(join(root, 'ha'), join(root, 'elsewhere'));
  writeFileSync(join(root, 'ha'), '');
  const silent = /^cannot lead: its HA service in \S+standby\/ha has not answered for \d+ s$/;
  await vi.waitFor(() => {
    const told = standby.records.filter(({ level, message }) => level === 'warn' && silent.test(message));
    expect(told).toHaveLength(1);
  }, PATIENCE);
});

test('REST that is open to other hosts is warned of', async () => {
  const startOpen = (host: string) =>
    start('jobmanager', '--cluster', join(folder, `open-${host}`), '--rest', `${host}:0`, '--rest-open');
  const [everywhere, here] = [startOpen('0.0.0.0'), startOpen('127.0.0.1')];
  const { rest } = await everywhere.greeting;
  await here.greeting;
  await vi.waitFor(() => expect(messagesOf(here, 'process')).toHaveLength(1), PATIENCE);
  expect(messagesOf(here, 'rest')).toEqual([]);
  await vi.waitFor(() => {
    expect(everywhere.records).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: `${String(rest)} asks for no token: whoever reaches it may upload code and run it here`,
      }),
    );
  }, PATIENCE);
});

test('a process tells what happens on its standard error, and in the folder of its cluster', async () => {
  const root = join(folder, 'told');
  const jobManager = start('jobmanager', '--cluster', root);
  const taskManager = start('taskmanager', '--cluster', root, '--slots', '2');
  await vi.waitFor(() => expect(messagesOf(jobManager, 'task-manager-registered')).toHaveLength(1), PATIENCE);
  const { address } = await taskManager.greeting;
  taskManager.child.kill('SIGKILL');
  await vi.waitFor(() => expect(messagesOf(jobManager, 'task-manager-lost')).toHaveLength(1), PATIENCE);
  const another = start('taskmanager', '--cluster', root);
  await vi.waitFor(() => expect(messagesOf(jobManager, 'task-manager-registered')).toHaveLength(2), PATIENCE);
  const { address: elsewhere } = await another.greeting;
  another.child.kill('SIGTERM');
  await vi.waitFor(() => expect(messagesOf(jobManager, 'task-manager-lost')).toHaveLength(2), PATIENCE);
  expect(messagesOf(jobManager, 'task-manager-lost')).toEqual([
    `tm-1 at ${String(address)} lost: its connection broke, and each new one to it did`,
    `tm-1 at ${String(elsewhere)} lost: it said goodbye, and ends in good order: SIGTERM`,
  ]);
  jobManager.child.kill('SIGTERM');
  await once(jobManager.child, 'close');
  expect(jobManager.records.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['process', 'leader-elected', 'task-manager-registered', 'task-manager-lost']),
  );
  const written = readFileSync(join(root, 'logs', 'jm-1.log'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(written.map((line) => parseLogLine(line))).toEqual(jobManager.records);
  expect(jobManager.records.every(({ process }) => process === 'jm-1')).toBe(true);
});

test('a peer whose name cannot be resolved is told: who, what was tried, for how long; and not with each attempt', async () => {
  const root = join(folder, 'unresolved');
  const elsewhere = ['--cluster', root, '--insecure-network'];
  const jobManager = start('jobmanager', ...elsewhere, '--advertise', 'nowhere.invalid:6123');
  await jobManager.greeting;
  const taskManager = start('taskmanager', ...elsewhere);
  await vi.waitFor(() => expect(messagesOf(taskManager, 'network')).not.toHaveLength(0), PATIENCE);
  const said =
    /^nowhere\.invalid:6123 cannot be reached: getaddrinfo \w+ nowhere\.invalid; tried (\d+) times in \d+\.\d s \(control stream\)$/;
  const [line, ...more] = messagesOf(taskManager, 'network');
  expect(line).toMatch(said);
  expect(Number(said.exec(line ?? '')?.[1])).toBeGreaterThan(1);
  expect(more).toEqual([]);
});

test('a thousand strangers are a line or two, with their number', async () => {
  const jobManager = start('jobmanager', '--cluster', join(folder, 'garbage'));
  const { listening } = await jobManager.greeting;
  const port = Number(String(listening).split(':')[1]);
  for (let round = 0; round < 10; round++) {
    const knocks = Array.from({ length: 100 }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'close');
    });
    await Promise.all(knocks);
  }
  await vi.waitFor(() => expect(messagesOf(jobManager, 'network')).not.toHaveLength(0), PATIENCE);
  jobManager.child.kill('SIGTERM');
  await once(jobManager.child, 'close');
  const said = messagesOf(jobManager, 'network');
  expect(said.length).toBeLessThanOrEqual(3);
  expect(said[0]).toMatch(/^dropped 127\.0\.0\.1:\d+: /);
});

/** A file system of its own that cannot be written, for one process. */
const lab = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o ro none /mnt'], { timeout: 5_000 });

test.skipIf(lab.status !== 0).each([
  [
    ['--cluster', '/mnt/c'],
    'the folder /mnt/c/ha (ha), which is to be made in /mnt, cannot be used: it cannot be written (EROFS)',
  ],
  [
    ['--ha', '/mnt/ha', '--storage', '/mnt/s', '--sinks', '/mnt/o', '--work', '/mnt/w'],
    'the folder /mnt/ha (ha), which is to be made in /mnt, cannot be used: it cannot be written (EROFS)',
  ],
])('a folder that cannot be written is named, with the reason of the system: %j', (words, sentence) => {
  const line = ['jobmanager', ...words].map((word) => `'${word}'`).join(' ');
  const script = `mount -t tmpfs -o ro none /mnt && exec '${process.execPath}' '${program}' ${line}`;
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { timeout: 30_000, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toBe(
    `millrace: this jobmanager cannot start: ${sentence}; its file system is read-only: mount it for writing, or name another folder\n`,
  );
});

test.skipIf(lab.status !== 0)('a disk that is full as a process starts is told as that', () => {
  const fill = 'head -c 70000 /dev/zero > /mnt/fill 2> /dev/null';
  const script = `mount -t tmpfs -o size=64k none /mnt; ${fill}; exec '${process.execPath}' '${program}' jobmanager --cluster /mnt/c`;
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { timeout: 30_000, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toBe(
    'millrace: this jobmanager cannot start: the folder /mnt/c/ha (ha), which is to be made in /mnt, cannot be used: it cannot be written (ENOSPC); the disk is full: make room\n',
  );
});
