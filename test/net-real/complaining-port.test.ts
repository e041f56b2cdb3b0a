// What a port cannot do is said in a line, and not ten times a second.
import { expect, test } from 'vitest';
import type { PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { complainingPort } from '../../src/net-real/complaining-port.ts';
import type { Port } from '../../src/net-real/port.ts';

interface Lab {
  readonly logged: string[];
  readonly port: Port;
  readonly ask: (kind: 'get' | 'list', answer: PortAnswer | PortFailed) => Promise<void>;
  clockMs: number;
}

const requests: Readonly<Record<'get' | 'list', PortRequest>> = {
  get: { kind: 'storage-get', name: 'a' },
  list: { kind: 'storage-list', prefix: '' },
};

function lab(): Lab {
  let answer: PortAnswer | PortFailed = { kind: 'not-found' };
  const logged: string[] = [];
  const inner: Port = {
    serves: ['storage-get', 'storage-list'],
    request: async () => answer,
    close: async () => {},
  };
  const port = complainingPort(inner, (line) => logged.push(line), { now: () => it.clockMs, after: () => () => {} });
  const it: Lab = {
    logged,
    port,
    async ask(kind, given) {
      answer = given;
      expect(await port.request(requests[kind])).toBe(given);
    },
    clockMs: 0,
  };
  return it;
}

const damaged: PortFailed = {
  kind: 'failed',
  outcome: 'not-applied',
  reason: { kind: 'io', code: null, text: 'a: damaged' },
};

test('a request that fails again and again is told once in ten seconds, each kind for itself', async () => {
  const it = lab();
  for (it.clockMs = 0; it.clockMs <= 12_000; it.clockMs += 100) await it.ask('get', damaged);
  await it.ask('list', { ...damaged, outcome: 'unknown' });
  expect(it.logged).toEqual([
    'storage-get failed: a: damaged',
    'storage-get failed: a: damaged (and 99 times since the last line)',
    'storage-list failed: a: damaged (what became of it is not known)',
  ]);
});

test('what the protocol has an answer for is no failure; an artifact that is refused is one', async () => {
  const it = lab();
  await it.ask('get', { kind: 'not-found' });
  await it.ask('get', { kind: 'sink-refused', reason: 'fenced' });
  await it.ask('get', { kind: 'ha-conflict', entry: null, epoch: 2 });
  expect(it.logged).toEqual([]);
  await it.ask('get', { kind: 'artifact-refused', reason: { kind: 'artifact-without-job', path: 'x.mjs' } });
  expect(it.logged).toEqual(['storage-get failed: x.mjs exports neither a scenario with a job nor a job']);
});

test('behind its end a port says nothing: the last words of a process are those that it ended with', async () => {
  const it = lab();
  await it.port.close();
  await it.ask('get', damaged);
  expect(it.logged).toEqual([]);
});

test.each([
  ['ENOSPC', 'make room (of bytes, or of inodes), and it goes on by itself'],
  ['EDQUOT', 'make room, or raise the quota of the user, and it goes on by itself'],
  ['EROFS', 'mount the file system for writing, and it goes on by itself'],
  [
    'EACCES',
    `give the user of this process (${process.getuid?.()}) the right to write there, and it goes on by itself`,
  ],
])('what the system lacks is told with what to do: %s', async (code, remedy) => {
  const it = lab();
  await it.ask('get', { ...damaged, reason: { kind: 'io', code, text: `${code}: said so, in /a` } });
  expect(it.logged).toEqual([`storage-get failed: ${code}: said so, in /a; ${remedy}`]);
});
