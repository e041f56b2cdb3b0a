// Disks of a node, simulated and in folders: the same requests, the same answers; and what was answered is there when a process was killed.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Vocabulary } from '../../src/core/base/vocabulary.ts';
import type { HostPort } from '../../src/net-real/host.ts';
import { fileStoreFolder } from '../../src/net-real/machines/file-folder.ts';
import { durableLogFolder } from '../../src/net-real/machines/log-folder.ts';
import type { Service } from '../../src/sim/service.ts';
import { durableLog, type LogRequest } from '../../src/sim/services/durable-log.ts';
import { fileStore, type FileRequest } from '../../src/sim/services/file-store.ts';
import { createMemoryDisk, powerLosses } from '../net-real/memory-disk.ts';
import { temporaryFolder } from '../net-real/temporary-folder.ts';

const folder = temporaryFolder();

function simulated<S, Q extends { readonly kind: string }>(service: Service<S, Q>): (request: Q) => unknown {
  const state = service.create();
  return (request) => service.apply(state, request, { node: 'n', incarnation: 1, request: 1 }, 0)[0]?.answer;
}

const log = 'a/b ü';
const append = (at: number, ...entries: unknown[]): LogRequest<unknown> => ({
  kind: 'log-append',
  log,
  at,
  entries,
  sync: true,
});
const read = (from = 0, limit: number | null = null): LogRequest<unknown> => ({ kind: 'log-read', log, from, limit });
const bytes = (...given: number[]): Uint8Array => Uint8Array.from(given);

const logRequests: readonly LogRequest<unknown>[] = [
  read(),
  append(0, { term: 1 }, new Map([[1, bytes(1, 2)]]), Number.NaN),
  append(0, 'late'),
  append(3, null),
  read(),
  read(1, 2),
  read(9),
  { kind: 'log-truncate', log, end: 2, sync: true },
  read(),
  { kind: 'log-truncate', log, end: 7, sync: false },
  append(2, 'again'),
  { kind: 'log-append', log, at: 3, entries: [], sync: false },
  { kind: 'log-sync', log },
  { kind: 'log-read', log: 'another', from: 0, limit: null },
  read(),
];

const write = (path: string, ...content: number[]): FileRequest => ({
  kind: 'file-write',
  path,
  content: bytes(...content),
  sync: true,
});

const fileRequests: readonly FileRequest[] = [
  { kind: 'file-read', path: 'x' },
  { kind: 'file-sync', path: 'x' },
  { kind: 'file-rename', from: 'x', to: 'y' },
  write('x', 1, 2, 3),
  { kind: 'file-append', path: 'x', content: bytes(4), sync: true },
  { kind: 'file-append', path: '../new', content: bytes(9), sync: false },
  { kind: 'file-read', path: 'x' },
  { kind: 'file-list', prefix: '' },
  write('x', 7),
  { kind: 'file-rename', from: 'x', to: 'z/w' },
  { kind: 'folder-sync' },
  { kind: 'file-read', path: 'x' },
  { kind: 'file-read', path: 'z/w' },
  { kind: 'file-list', prefix: 'z' },
  { kind: 'file-sync', path: '../new' },
  { kind: 'file-delete', path: 'z/w' },
  { kind: 'file-delete', path: 'never' },
  { kind: 'file-list', prefix: '' },
];

/** Each request by a process of its own: nothing but the folder goes on. */
async function answersOfMany<V extends Vocabulary>(
  open: () => HostPort<V>,
  requests: readonly V['request'][],
): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const request of requests) answers.push(await inProcess(open(), (port) => port.request(request)));
  return answers;
}

async function inProcess<V extends Vocabulary, T>(
  port: HostPort<V>,
  work: (port: HostPort<V>) => Promise<T>,
): Promise<T> {
  try {
    return await work(port);
  } finally {
    await port.close();
  }
}

describe('a durable log', () => {
  const open = () => durableLogFolder({ folder: folder.path('logs') });
  const ask = (request: LogRequest<unknown>) => inProcess(open(), (port) => port.request(request));

  test('answers as the simulated one, in one process and in many', async () => {
    const expected = logRequests.map(simulated(durableLog<unknown>() as Service<unknown, LogRequest<unknown>>));
    const port = open();
    const answers: unknown[] = [];
    for (const request of logRequests) answers.push(await port.request(request));
    expect(answers).toEqual(expected);
    await port.close();
    const others = () => durableLogFolder({ folder: folder.path('others') });
    expect(await answersOfMany(others, logRequests)).toEqual(expected);
  });

  test.each([1, 5, 8, 9])('a torn tail of %i bytes is cut off, and the log goes on behind it', async (size) => {
    await ask(append(0, 'first', 'second'));
    const file = folder.path('logs', `log-${encodeURIComponent(log)}`);
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole, whole.subarray(0, size)]));
    const lines: string[] = [];
    const port = durableLogFolder({ folder: folder.path('logs'), log: (line) => lines.push(line) });
    expect(await port.request(read())).toMatchObject({ entries: ['first', 'second'], end: 2 });
    expect(lines).toEqual([`log ${log}: a torn tail of ${size} bytes is cut off behind entry 2`]);
    await port.request(append(2, 'third'));
    await port.close();
    expect(await ask(read())).toMatchObject({ entries: ['first', 'second', 'third'] });
  });

  test('an entry whose content is damaged ends the log', async () => {
    await ask(append(0, 'first', 'second'));
    const file = folder.path('logs', `log-${encodeURIComponent(log)}`);
    const whole = readFileSync(file);
    whole[whole.length - 1]! ^= 1;
    writeFileSync(file, whole);
    expect(await ask(read())).toMatchObject({ entries: ['first'], end: 1 });
  });

  test('stopped before any operation of the disk, and without power: what was answered is there', async () => {
    let wrecks = 0;
    for (const loss of powerLosses)
      for (let stopsAt = 0; stopsAt < 30; stopsAt++) {
        const disk = createMemoryDisk();
        const port = durableLogFolder({ folder: '/logs', disk: disk.process(stopsAt) });
        let acknowledged = 0;
        for (let at = 0; at < 3; at++) {
          const answer = await port.request(append(at, at));
          if (answer.kind !== 'log-appended') break;
          acknowledged = answer.end;
        }
        disk.losePower(loss);
        const after = await durableLogFolder({ folder: '/logs', disk: disk.process() }).request(read());
        const { entries } = after as { readonly entries: readonly unknown[] };
        expect(entries).toEqual([0, 1, 2].slice(0, entries.length));
        expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
        if (acknowledged < 3) wrecks += 1;
      }
    expect(wrecks).toBeGreaterThan(20);
  });

  test('no data, and a closed place, are answers', async () => {
    expect(await ask(append(0, () => {}))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    folder.write('taken', '');
    const port = durableLogFolder({ folder: folder.path('taken') });
    expect(await port.request(read())).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
  });
});

describe('a file store', () => {
  test('answers as the simulated one, in one process and in many', async () => {
    const expected = fileRequests.map(simulated(fileStore()));
    const port = fileStoreFolder({ folder: folder.path('files') });
    const answers: unknown[] = [];
    for (const request of fileRequests) answers.push(await port.request(request));
    expect(answers).toEqual(expected);
    await port.close();
    const others = () => fileStoreFolder({ folder: folder.path('others') });
    expect(await answersOfMany(others, fileRequests)).toEqual(expected);
  });
});
