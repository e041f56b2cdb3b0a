// Processes that have the secret of their cluster, and one that has another: nobody sets anything on one host, and what does not fit is told.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readClusterLine } from '../../../src/net-real/cluster-id.ts';
import { takeSecret, type ClusterSecret } from '../../../src/net-real/cluster-secret.ts';
import { joinFrames } from '../../../src/net-real/frames.ts';
import { clusterCodec } from '../../../src/net-real/tcp-network.ts';
import { Authority, hasOpenssl, WITHOUT_OPENSSL } from '../../net-real/certificates.ts';
import { greet } from '../../net-real/greet.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';

const folder = temporaryFolder();
const children: ChildProcessWithoutNullStreams[] = [];
const PATIENCE = { timeout: 30_000, interval: 50 };

afterEach(async () => {
  const left = children.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    left.map((child) => {
      child.kill('SIGKILL');
      return once(child, 'close');
    }),
  );
});

function start(...words: readonly string[]): { child: ChildProcessWithoutNullStreams; said: () => string } {
  const child = spawn(process.execPath, [
    join(repository, 'src', 'cli', 'millrace.ts'),
    ...words,
    '--cluster',
    folder.path('c'),
  ]);
  children.push(child);
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  return { child, said: () => said };
}

function ownSecret(): string {
  folder.write('own', 'f'.repeat(64));
  chmodSync(folder.path('own'), 0o600);
  return folder.path('own');
}

async function addressOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return (JSON.parse(line) as { address: string }).address;
}

test('the first process draws the secret, which nobody else of the host may read', async () => {
  const [jobManager, taskManager] = [start('jobmanager'), start('taskmanager')];
  await Promise.all([addressOf(jobManager.child), addressOf(taskManager.child)]);
  await vi.waitFor(() => expect(jobManager.said()).toContain('task-manager-registered'), PATIENCE);
  expect(statSync(folder.path('c', 'ha', 'secret')).mode & 0o777).toBe(0o600);
});

test('a process with another secret is told on both sides, waits, and takes no part', async () => {
  const own = ownSecret();
  const jobManager = start('jobmanager');
  const leader = await addressOf(jobManager.child);
  const stranger = start('taskmanager', '--secret-file', own);
  const address = await addressOf(stranger.child);
  const sentence = (place: string): string =>
    `does not prove that it has the secret in ${place}: all processes of a cluster need the same, which --secret-file names`;
  await vi.waitFor(() => {
    expect(stranger.said()).toContain(`${leader} cannot be reached: it ${sentence(own)}; tried`);
    expect(jobManager.said()).toContain(
      `it says that it is ${address}, and ${sentence(folder.path('c', 'ha', 'secret'))}`,
    );
  }, PATIENCE);
  expect(stranger.child.exitCode).toBe(null);
  expect(jobManager.said()).not.toContain('task-manager-registered');
});

test('a secret file that is not there ends the process with a sentence, and nothing is drawn', async () => {
  const { child, said } = start('taskmanager', '--secret-file', folder.path('none'));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said()).toContain(`there is no secret ${folder.path('none')}: make one, the same for all processes`);
  expect(existsSync(folder.path('none'))).toBe(false);
});

test('processes that are given the same file find each other by it', async () => {
  const own = ownSecret();
  const [jobManager, taskManager] = ['jobmanager', 'taskmanager'].map((role) => start(role, '--secret-file', own)) as [
    ReturnType<typeof start>,
    ReturnType<typeof start>,
  ];
  await Promise.all([addressOf(jobManager.child), addressOf(taskManager.child)]);
  await vi.waitFor(() => expect(jobManager.said()).toContain('task-manager-registered'), PATIENCE);
  expect(existsSync(folder.path('c', 'ha', 'secret'))).toBe(false);
});

describe('a frame with the epoch 2^53-1, to the leader of a cluster whose name is known', () => {
  const attack = async (leader: string, secret: ClusterSecret): Promise<void> => {
    const cluster = readClusterLine(readFileSync(folder.path('c', 'ha', 'cluster')), 'cluster');
    const body = { epoch: 2 ** 53 - 1, incarnation: 1, slots: 1, death: null };
    const envelope = { effect: 'send', streamClass: 'control', from: '127.0.0.1:1', to: leader, body };
    const frame = joinFrames([clusterCodec.encode({ ...envelope, kind: 'register-task-manager' } as never)]);
    const socket = await greet(leader, { cluster, to: leader }, [frame], secret);
    socket.end();
    await once(socket.resume(), 'close');
  };

  test('of a stranger does nothing: before there was a secret it deposed the leader', async () => {
    const jobManager = start('jobmanager');
    const leader = await addressOf(jobManager.child);
    await vi.waitFor(() => expect(jobManager.said()).toContain('"leader-elected"'), PATIENCE);
    await attack(leader, { key: new Uint8Array([1]), place: 'none' });
    await vi.waitFor(() => expect(jobManager.said()).toContain('does not prove that it has the secret'), PATIENCE);
    start('taskmanager');
    await vi.waitFor(() => expect(jobManager.said()).toContain('"task-manager-registered"'), PATIENCE);
    expect(jobManager.said()).not.toContain('"leadership-lost"');
  });

  test('of a member costs it its leadership, and locks nobody out', async () => {
    const jobManager = start('jobmanager');
    const leader = await addressOf(jobManager.child);
    await vi.waitFor(() => expect(jobManager.said()).toContain('"leader-elected"'), PATIENCE);
    await attack(leader, takeSecret({ path: folder.path('c', 'ha', 'secret'), isDrawn: false }));
    await vi.waitFor(() => expect(jobManager.said()).toContain('"leadership-lost"'), PATIENCE);
    start('taskmanager');
    await vi.waitFor(() => expect(jobManager.said()).toContain('"task-manager-registered"'), PATIENCE);
    expect(jobManager.said()).toMatch(/"epoch":2[,}]/);
  });
});

describe('outside of this host', () => {
  test.each([
    [
      ['--listen', '198.51.100.7:0'],
      '198.51.100.7:0 is outside of this host: give --tls-cert, --tls-key and --tls-ca, or --insecure-network',
    ],
    [['--advertise', 'jm.example:6123'], 'jm.example:6123 is outside of this host: give --tls-cert'],
    [['--tls-cert', 'a.pem', '--tls-ca', 'b.pem'], '--tls-cert needs --tls-key FILE beside it'],
    [['--tls-cert', '/none', '--tls-key', '/none', '--tls-ca', '/none'], 'there is no file /none'],
    [
      ['--insecure-network', '--tls-cert', 'a', '--tls-key', 'b', '--tls-ca', 'c'],
      '--insecure-network and --tls-cert contradict each other',
    ],
  ])('%j ends the process with a sentence', async (words, sentence) => {
    const { child, said } = start('jobmanager', ...words);
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(said()).toContain(sentence);
    expect(said().trimEnd().split('\n').length).toBe(1);
  });

  test('in as many words it is allowed, and told', async () => {
    const { child, said } = start('jobmanager', '--advertise', '198.51.100.7:6123', '--insecure-network');
    await addressOf(child);
    await vi.waitFor(
      () => expect(said()).toContain('198.51.100.7:6123 is outside of this host, and processes speak in the clear'),
      PATIENCE,
    );
  });
});

test.skipIf(!hasOpenssl)(
  `processes with certificates of one authority find each other over TLS${WITHOUT_OPENSSL}`,
  async () => {
    const authority = new Authority(folder.path(), 'ca');
    const { cert, key, ca } = authority.issue('all');
    const tls = ['--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
    const [jobManager, taskManager] = [start('jobmanager', ...tls), start('taskmanager', ...tls)];
    await Promise.all([addressOf(jobManager.child), addressOf(taskManager.child)]);
    await vi.waitFor(() => expect(jobManager.said()).toContain('"task-manager-registered"'), PATIENCE);
    const plain = start('taskmanager');
    await addressOf(plain.child);
    await vi.waitFor(() => expect(jobManager.said()).toContain('it speaks no TLS 1.3'), PATIENCE);
  },
);
