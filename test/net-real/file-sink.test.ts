// What only the file sink has: parts on disk, names that meet, what JSON cannot say, disks that fail.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk, type Disk } from '../../src/net-real/disk.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import type { Port } from '../../src/net-real/port.ts';
import { listParts, readSink } from '../../src/net-real/sink-parts.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

function open(disk: Disk = nodeDisk): Port {
  const port = fileSink({ folder: folder.path(), disk });
  ports.push(port);
  return port;
}

const token = { epoch: 1, attempt: 1 };
const nameOf = (writer: string, checkpoint: number): string => `${writer}/chk-${checkpoint}/e1-a1`;
const opening = (writer: string): PortRequest => ({ kind: 'sink-open', sink: 'out', writer, token, keep: [] });
const write = (writer: string, checkpoint: number, records: readonly Value[], chunk = 0): PortRequest => ({
  kind: 'sink-write',
  sink: 'out',
  writer,
  token,
  transaction: nameOf(writer, checkpoint),
  chunk,
  records,
});
const prepare = (writer: string, checkpoint: number, chunks: number): PortRequest => ({
  kind: 'sink-prepare',
  sink: 'out',
  writer,
  token,
  transaction: nameOf(writer, checkpoint),
  chunks,
});
const commit = (writer: string, checkpoint: number): PortRequest => ({
  kind: 'sink-commit',
  sink: 'out',
  writer,
  token,
  transaction: nameOf(writer, checkpoint),
});

const wholeTransaction = (writer: string, checkpoint: number, records: readonly Value[]): readonly PortRequest[] => [
  opening(writer),
  write(writer, checkpoint, records),
  prepare(writer, checkpoint, 1),
  commit(writer, checkpoint),
];

describe('what somebody did to the folder of a sink whose job runs is told', () => {
  function listening() {
    const told: string[] = [];
    const port = fileSink({ folder: folder.path(), tell: (sentence) => void told.push(sentence) });
    ports.push(port);
    return { port, told };
  }
  const alone = 'leave the folder of a sink alone while its job runs';

  test('it was removed', async () => {
    const { port, told } = listening();
    await run(port, [opening('job-1/out/0'), write('job-1/out/0', 1, [1])]);
    rmSync(folder.path('out'), { recursive: true });
    expect(await run(port, [prepare('job-1/out/0', 1, 1)])).toBe('sink-refused');
    expect(told).toEqual([
      `${folder.path('out')} was removed, or emptied, while job job-1 writes to it: the job restarts, and fails where output that a completed checkpoint covers was there; ${alone}`,
    ]);
  });

  test('it was removed before a commit that a checkpoint covers', async () => {
    const { port, told } = listening();
    await run(port, [opening('job-1/out/0'), write('job-1/out/0', 1, [1]), prepare('job-1/out/0', 1, 1)]);
    rmSync(folder.path('out'), { recursive: true });
    const kept = { ...opening('job-1/out/0'), keep: [nameOf('job-1/out/0', 1)] } as PortRequest;
    expect(await run(port, [kept, commit('job-1/out/0', 1)])).toBe('sink-refused');
    expect(told).toEqual([
      `output of job job-1 that a completed checkpoint covers is gone from ${folder.path('out')}, and the job fails rather than go on without it: start it again from a savepoint, or from its beginning with an empty folder, and ${alone}`,
    ]);
  });

  test('another file has the name of a part', async () => {
    const { port, told } = listening();
    await run(port, [opening('job-1/out/0'), write('job-1/out/0', 1, [1]), prepare('job-1/out/0', 1, 1)]);
    folder.write('out/part-job-1-0-1', 'mine\n');
    expect(await run(port, [commit('job-1/out/0', 1)])).toBe('sink-refused');
    expect(told).toEqual([
      expect.stringMatching(/out\/part-job-1-0-1 is there, and is none of job job-1: .* move it away, /),
    ]);
    expect(readFileSync(folder.path('out', 'part-job-1-0-1'), 'utf8')).toBe('mine\n');
  });

  test('and a later attempt that writes there is none of it', async () => {
    const { port, told } = listening();
    await run(port, [opening('job-1/out/0'), write('job-1/out/0', 1, [1])]);
    await run(open(), [{ ...opening('job-1/out/0'), token: { epoch: 1, attempt: 2 } } as PortRequest]);
    expect(await run(port, [prepare('job-1/out/0', 1, 1)])).toBe('sink-refused');
    expect(told).toEqual([]);
  });
});

async function run(port: Port, requests: readonly PortRequest[]): Promise<string> {
  let last = '';
  for (const request of requests) last = (await port.request(request)).kind;
  return last;
}

const unknown = { kind: 'sink-refused', reason: 'unknown-transaction' };

test('a part is named by job, subtask and checkpoint, and holds JSON lines', async () => {
  await run(open(), wholeTransaction('job/sink/4', 17, [{ word: 'ä\n', count: 1 }, null]));
  expect(readFileSync(folder.path('out', 'part-job-4-17'), 'utf8')).toBe('{"word":"ä\\n","count":1}\nnull\n');
});

test('a folder shows nothing but parts, and those in the order of their writing', async () => {
  const port = open();
  for (const checkpoint of [0, 2, 10]) await run(port, wholeTransaction('job/sink/0', checkpoint, [checkpoint]));
  await run(port, wholeTransaction('job/sink/1', 9, ['x']));
  await run(port, [
    write('job/sink/0', 11, ['open']),
    write('job/sink/0', 12, ['ready']),
    prepare('job/sink/0', 12, 1),
  ]);
  await run(port, [prepare('job/sink/0', 13, 0), commit('job/sink/0', 13)]);
  folder.write('out/part-job-0-1.tmp', 'garbage');
  const shown = readdirSync(folder.path('out')).filter((name) => !name.startsWith('.'));
  expect(shown.sort()).toEqual(['part-job-0-0', 'part-job-0-1.tmp', 'part-job-0-10', 'part-job-0-2', 'part-job-1-9']);
  expect((await listParts(folder.path(), 'out')).map((part) => part.name)).toEqual([
    'part-job-0-0',
    'part-job-0-2',
    'part-job-0-10',
    'part-job-1-9',
  ]);
  expect(await readSink(folder.path(), 'out')).toEqual([0, 2, 10, 'x']);
});

test('a commit never replaces a part of another operator: the job must fail', async () => {
  await run(open(), wholeTransaction('job-1/sink/0', 3, ['first']));
  const other = open();
  await run(other, wholeTransaction('job-1/other/0', 3, ['second']));
  expect(await other.request(commit('job-1/other/0', 3))).toEqual(unknown);
  expect(await readSink(folder.path(), 'out')).toEqual(['first']);
});

test('a job that follows another one commits behind the same checkpoint as that one did', async () => {
  await run(open(), wholeTransaction('job-1/sink/0', 3, ['behind the savepoint']));
  expect(await run(open(), wholeTransaction('job-2/sink/0', 3, ['again']))).toBe('sink-committed');
  const parts = await listParts(folder.path(), 'out');
  expect(parts.map(({ jobId }) => jobId)).toEqual(['job-1', 'job-2']);
  expect(await readSink(folder.path(), 'out')).toEqual(['behind the savepoint', 'again']);
});

test('a part that was damaged is named to its reader, with the line', async () => {
  await run(open(), wholeTransaction('job/sink/0', 3, ['first', 'second']));
  writeFileSync(folder.path('out', 'part-job-0-3'), '"first"\n"sec');
  await expect(readSink(folder.path(), 'out')).rejects.toThrow('part-job-0-3 of sink out, line 2: no JSON: ');
});

test.each<[string, readonly Value[]]>([
  ['a part', ['a']],
  ['an empty transaction', []],
])('%s whose writer died before it tidied up is tidied by the commit that is repeated', async (_, records) => {
  const dying = { ...nodeDisk, remove: () => Promise.reject(new Error('killed')) };
  const chunks = records.length === 0 ? [] : [write('job/sink/0', 3, records)];
  const all = [opening('job/sink/0'), ...chunks, prepare('job/sink/0', 3, chunks.length), commit('job/sink/0', 3)];
  expect(await run(open(dying), all)).toBe('failed');
  expect(await open().request(commit('job/sink/0', 3))).toEqual({ kind: 'sink-committed' });
  const transactions = folder.path('out', '.writers', 'job%2Fsink%2F0', 'transactions');
  expect(readdirSync(transactions)).toEqual(['chk-3-e1-a1.committed']);
  expect(await readSink(folder.path(), 'out')).toEqual(records);
});

test('a part that was taken away does not come back', async () => {
  const port = open();
  await run(port, wholeTransaction('job/sink/0', 3, ['a']));
  rmSync(folder.path('out', 'part-job-0-3'));
  expect(await port.request(commit('job/sink/0', 3))).toEqual({ kind: 'sink-committed' });
  expect(existsSync(folder.path('out', 'part-job-0-3'))).toBe(false);
});

test.each<[string, Value]>([
  ['NaN', { a: [Number.NaN] }],
  ['infinity', Number.NEGATIVE_INFINITY],
  ['bytes', { a: { b: Uint8Array.of(1) } }],
])('a record that holds %s is refused with a sentence, and nothing of its chunk is written', async (_, record) => {
  const port = open();
  await port.request(opening('job/sink/0'));
  expect(await port.request(write('job/sink/0', 1, ['good', record]))).toMatchObject({
    kind: 'record-refused',
    text: expect.stringContaining('which JSON cannot say'),
  });
  await run(port, wholeTransaction('job/sink/0', 1, ['good']));
  expect(await readSink(folder.path(), 'out')).toEqual(['good']);
});

describe('names', () => {
  test.each(['..', 'a/b', '.hidden', ''])('the sink %j is refused', async (sink) => {
    const request = { ...opening('job/sink/0'), sink } as PortRequest;
    expect(await open().request(request)).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    expect(readdirSync(folder.path())).toEqual([]);
  });

  test.each(['job', 'job/sink', 'job/sink/x', '/', '../../job/sink/0', '\ud800/0'])(
    'the writer %j is refused',
    async (writer) => {
      expect(await open().request(opening(writer))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    },
  );

  test('writers with odd names stay apart, inside the folder', async () => {
    const writers = ['job/../../sink/0', 'job%2F..%2F/1', 'jöb/%/2'];
    for (const [index, writer] of writers.entries())
      expect(await run(open(), wholeTransaction(writer, 1, [index]))).toBe('sink-committed');
    expect(await readSink(folder.path(), 'out')).toEqual([0, 1, 2]);
    expect(readdirSync(folder.path())).toEqual(['out']);
  });

  test.each(['job/sink/0', 'job/sink/1/chk-1/e1-a1', 'job/sink/0/chk-1/e1-a01', 'job/sink/0/chk-../e1-a1'])(
    'the transaction %j is none of this writer',
    async (transaction) => {
      const port = open();
      await port.request(opening('job/sink/0'));
      const request = { ...prepare('job/sink/0', 1, 0), transaction } as PortRequest;
      expect(await port.request(request)).toEqual(unknown);
    },
  );
});

describe('a disk that fails', () => {
  /** Fails the first time that an operation of an open file is tried. */
  function failingOnce(operation: 'writeAt' | 'truncate' | 'sync', before: (path: string) => void = () => {}): Disk {
    let failed = false;
    return {
      ...nodeDisk,
      async openEmpty(path) {
        const file = await nodeDisk.openEmpty(path);
        return {
          ...file,
          async [operation](...given: [never, never]) {
            if (failed) return file[operation](...given);
            failed = true;
            before(path);
            throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
          },
        };
      },
    };
  }

  test('a torn chunk is written over by its repetition', async () => {
    const port = open(failingOnce('writeAt', () => {}));
    await port.request(opening('job/sink/0'));
    expect(await port.request(write('job/sink/0', 1, ['abc']))).toMatchObject({ kind: 'failed' });
    await run(port, [write('job/sink/0', 1, ['d']), write('job/sink/0', 1, ['e'], 1), prepare('job/sink/0', 1, 2)]);
    await port.request(commit('job/sink/0', 1));
    expect(await readSink(folder.path(), 'out')).toEqual(['d', 'e']);
  });

  test('a truncation can be tried again', async () => {
    const port = open(failingOnce('truncate'));
    const answer = await run(port, wholeTransaction('job/sink/0', 1, ['a']));
    expect(answer).toBe('sink-refused');
    await run(port, [prepare('job/sink/0', 1, 1), commit('job/sink/0', 1)]);
    expect(await readSink(folder.path(), 'out')).toEqual(['a']);
  });

  test('files that another process gave up are closed when their writer comes back', async () => {
    let isOpen = 0;
    const port = open({
      ...nodeDisk,
      async openEmpty(path) {
        const file = await nodeDisk.openEmpty(path);
        isOpen += 1;
        return { ...file, close: () => file.close().then(() => void (isOpen -= 1)) };
      },
    });
    const openingAs = (attempt: number): PortRequest =>
      ({ ...opening('job/sink/0'), token: { epoch: 1, attempt } }) as PortRequest;
    await run(port, [openingAs(1), write('job/sink/0', 1, ['a'])]);
    await run(open(), [openingAs(2)]);
    expect(isOpen).toBe(1);
    await run(port, [openingAs(3)]);
    expect(isOpen).toBe(0);
  });

  test('a sync that failed once is never believed again: what was to be synced may be gone', async () => {
    const port = open(failingOnce('sync'));
    await run(port, [opening('job/sink/0'), write('job/sink/0', 1, ['a'])]);
    expect(await port.request(prepare('job/sink/0', 1, 1))).toMatchObject({ kind: 'failed' });
    expect(await port.request(prepare('job/sink/0', 1, 1))).toEqual(unknown);
    expect(await port.request(commit('job/sink/0', 1))).toEqual(unknown);
  });
});

describe('jobs of two clusters with one id', () => {
  const [one, other] = ['6f1d2c1e-0000-4000-8000-000000000001', '6f1d2c1e-0000-4000-8000-000000000002'] as const;
  const openFor = (cluster: string, closes = false): Port => {
    const port = fileSink({ folder: folder.path(), cluster, closes });
    ports.push(port);
    return port;
  };
  const records = (): Promise<readonly Value[]> => readSink(folder.path(), 'out');

  test('the second one is refused, and what the first one wrote stays', async () => {
    await run(openFor(one), wholeTransaction('job/sink/0', 0, ['first']));
    const refused = { kind: 'sink-refused', reason: 'other-cluster' };
    expect(await openFor(other).request(opening('job/sink/0'))).toEqual(refused);
    expect(await records()).toEqual(['first']);
    expect(await run(openFor(one), wholeTransaction('job/sink/0', 1, ['more']))).toBe('sink-committed');
    expect(await records()).toEqual(['first', 'more']);
  });

  test('its JobManager closes nothing of the first one, which writes on', async () => {
    const first = openFor(one);
    await run(first, [opening('job/sink/0'), write('job/sink/0', 0, ['first']), prepare('job/sink/0', 0, 1)]);
    const higher = { ...opening('job/sink/0'), token: { epoch: 9, attempt: 9 } };
    expect(await openFor(other, true).request(higher)).toEqual({ kind: 'sink-opened' });
    expect(await first.request(commit('job/sink/0', 0))).toEqual({ kind: 'sink-committed' });
    expect(await records()).toEqual(['first']);
  });

  test('a JobManager commits what a savepoint of another cluster covers', async () => {
    await run(openFor(one), [opening('job/sink/0'), write('job/sink/0', 0, ['first']), prepare('job/sink/0', 0, 1)]);
    const closer = openFor(other, true);
    expect(await run(closer, [opening('job/sink/0'), commit('job/sink/0', 0)])).toBe('sink-committed');
    expect(await records()).toEqual(['first']);
  });

  test('two that come at once never both write', async () => {
    const both = await Promise.all([one, other].map((cluster) => openFor(cluster).request(opening('job/sink/0'))));
    expect(both.filter(({ kind }) => kind === 'sink-opened').length).toBeLessThanOrEqual(1);
  });
});
