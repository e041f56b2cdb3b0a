// What is damaged between preparation and commit: it is never committed, the sentence says which file it is, and it is committed when it is as it was.
import {
  appendFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { transactionAttempt, transactionName } from '../../src/core/checkpoint/transaction-names.ts';
import type { FencingToken, PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk } from '../../src/net-real/disk.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import type { Port } from '../../src/net-real/port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

function openPort(): Port {
  const port = fileSink({ folder: folder.path() });
  ports.push(port);
  return port;
}

const by = { sink: 'out', writer: 'job/sink/0' };
const first: FencingToken = { epoch: 1, attempt: 1 };
const second: FencingToken = { epoch: 1, attempt: 2 };
const TRANSACTION = transactionName(by.writer, 3, transactionAttempt(1, 1));
const opening = (token: FencingToken, ...keep: string[]): PortRequest => ({ kind: 'sink-open', ...by, token, keep });
const commit = (token = first): PortRequest => ({ kind: 'sink-commit', ...by, token, transaction: TRANSACTION });

async function prepared(records: readonly (readonly string[])[] = [['a', 'b'], ['ü']]): Promise<Port> {
  const port = openPort();
  await port.request(opening(first));
  for (const [chunk, of] of records.entries())
    await port.request({ kind: 'sink-write', ...by, token: first, transaction: TRANSACTION, chunk, records: of });
  const asked = {
    kind: 'sink-prepare',
    ...by,
    token: first,
    transaction: TRANSACTION,
    chunks: records.length,
  } as const;
  expect(await port.request(asked)).toEqual({ kind: 'sink-prepared' });
  return port;
}

const transactions = (): string => folder.path('out', '.writers', 'job%2Fsink%2F0', 'transactions');
const files = (): readonly string[] => readdirSync(transactions()).toSorted();
const file = (): string => join(transactions(), 'chk-3-e1-a1.prepared');
const part = (): string => folder.path('out', 'part-job-0-3');
const CONTENT = '"a"\n"b"\n"ü"\n';

const committed = { kind: 'sink-committed' };

describe('is not committed, and told with its file', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['a flipped bit', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 1 ? byte ^ 4 : byte)))],
    ['a line less', (bytes) => bytes.subarray(0, 8)],
    ['a line more', (bytes) => Buffer.concat([bytes, Buffer.from('"c"\n')])],
    ['an empty file', () => Buffer.alloc(0)],
  ])('%s, until it is as it was', async (_, damage) => {
    const port = await prepared();
    const bytes = readFileSync(file());
    writeFileSync(file(), damage(bytes));
    for (let asked = 0; asked < 2; asked++) {
      const answer = await port.request(commit());
      expect(answer).toMatchObject({ kind: 'failed', outcome: 'not-applied', reason: { kind: 'io' } });
      expect(JSON.stringify(answer)).toContain(`${file()} is damaged: it holds`);
      expect(existsSync(part())).toBe(false);
    }
    writeFileSync(file(), bytes);
    expect(await port.request(commit())).toEqual(committed);
    expect(readFileSync(part(), 'utf8')).toBe(CONTENT);
    expect(files()).toEqual(['chk-3-e1-a1.committed']);
  });

  test('nor by the attempt that takes it over', async () => {
    await (await prepared()).close();
    writeFileSync(file(), CONTENT.replace('b', 'c'));
    const port = openPort();
    await port.request(opening(second, TRANSACTION));
    expect(await port.request(commit(second))).toMatchObject({ kind: 'failed', outcome: 'not-applied' });
    writeFileSync(file(), CONTENT);
    expect(await port.request(commit(second))).toEqual(committed);
  });

  test('nor is it delivered to a sink of a user', async () => {
    const delivered: string[] = [];
    const deliver = async ({ file: path }: { readonly file: string }): Promise<void> => {
      delivered.push(readFileSync(path, 'utf8'));
    };
    const sink = `table:there#${'0'.repeat(64)}`;
    const port = fileSink({ folder: folder.path(), deliver });
    ports.push(port);
    const here = { ...by, sink };
    await port.request({ kind: 'sink-open', ...here, token: first, keep: [] });
    const about = { ...here, token: first, transaction: TRANSACTION };
    await port.request({ kind: 'sink-write', ...about, chunk: 0, records: ['a'] });
    expect(await port.request({ kind: 'sink-prepare', ...about, chunks: 1 })).toEqual({ kind: 'sink-prepared' });
    const path = readdirSync(folder.path(), { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('.prepared'),
    );
    const bytes = readFileSync(folder.path(path as string));
    writeFileSync(folder.path(path as string), 'x');
    expect(await port.request({ kind: 'sink-commit', ...about })).toMatchObject({ kind: 'failed' });
    expect(delivered).toEqual([]);
    writeFileSync(folder.path(path as string), bytes);
    expect(await port.request({ kind: 'sink-commit', ...about })).toEqual(committed);
    expect(delivered).toEqual([bytes.toString()]);
  });
});

describe('is committed', () => {
  test('what an older Millrace prepared, which noted no checksum', async () => {
    const port = await prepared();
    for (const name of files()) if (name.includes('.sum-')) rmSync(join(transactions(), name));
    expect(await port.request(commit())).toEqual(committed);
  });

  test('what is visible already, whatever a reader did to it', async () => {
    const port = await prepared();
    linkSync(file(), part());
    appendFileSync(part(), 'read by me\n');
    expect(await port.request(commit())).toEqual(committed);
  });

  test('what holds nothing, for which nothing is noted', async () => {
    const port = await prepared([]);
    expect(files()).toEqual(['chk-3-e1-a1.prepared']);
    expect(await port.request(commit())).toEqual(committed);
  });
});

test('the checksum of what is prepared no more goes when the writer is opened; that of what is kept stays', async () => {
  await (await prepared()).close();
  const [, sum] = files();
  expect(sum).toMatch(/^chk-3-e1-a1\.sum-13-[0-9a-f]{8}$/);
  writeFileSync(join(transactions(), 'chk-1-e1-a1.sum-4-00000000'), '');
  const port = openPort();
  await port.request(opening(second, TRANSACTION));
  expect(files()).toEqual(['chk-3-e1-a1.prepared', sum]);
  const third = { epoch: 1, attempt: 3 };
  await port.request(opening(third));
  expect(files()).toEqual([]);
});

test('the checksum of a file is that of all its bytes, however many', async () => {
  const path = folder.path('large');
  const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, at) => at % 251));
  writeFileSync(path, bytes);
  const whole = await nodeDisk.checksumOf(path);
  expect(whole?.sizeBytes).toBe(700_001);
  renameSync(path, `${path}-2`);
  writeFileSync(path, bytes.subarray(0, 700_000));
  expect((await nodeDisk.checksumOf(path))?.crc32).not.toBe(whole?.crc32);
  appendFileSync(path, bytes.subarray(700_000));
  expect(await nodeDisk.checksumOf(path)).toEqual(whole);
  expect(await nodeDisk.checksumOf(folder.path('none'))).toBe(null);
});
