// What only sources from files have: lines that may be broken, and files of any size and ending.
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Port } from '../../src/net-real/port.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import type { Answer } from '../conformance/lab.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { saying } from './reasons.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

function open(content: string | Uint8Array): Port {
  folder.write('topic/0.jsonl', content);
  const port = fileSource({ folder: folder.path() });
  ports.push(port);
  return port;
}

function readFrom(port: Port, position: number, maxRecords = 10): Promise<Answer> {
  return port.request({ kind: 'source-read', topic: 'topic', split: 0, position, mark: '', maxRecords });
}

test.each<[string, string, readonly unknown[]]>([
  ['a last line without an end', '1\n2', [1, 2]],
  ['lines that end as on Windows', '1\r\n{"a":2}\r\n', [1, { a: 2 }]],
  ['spaces around values', ' 1 \n\t[2]\n', [1, [2]]],
  ['an empty file', '', []],
])('%s', async (_, content, values) => {
  expect(await readFrom(open(content), 0)).toMatchObject({ kind: 'records', position: 0, values, end: true });
});

test.each<[string, string | Uint8Array]>([
  ['is no JSON', '1\n2\n{"a":\n4\n'],
  ['is empty', '1\n2\n\n4\n'],
  ['holds two values', '1\n2\n3 4\n5'],
  ['is no UTF-8', Uint8Array.of(49, 10, 50, 10, 34, 0xff, 34, 10)],
  ['holds an id of 64 bits', '1\n2\n{"author":{"id":1460342734571012097}}\n4\n'],
  ['holds a number beyond all', '1\n2\n[1e400]\n4\n'],
  ['is nested too deeply', `1\n2\n${'['.repeat(40)}${']'.repeat(40)}\n`],
])('a line that %s is told with file and number, and all around it can be read', async (_, content) => {
  const port = open(content);
  const broken = {
    kind: 'source-refused',
    stack: null,
    reason: saying(`${folder.path('topic', '0.jsonl')}, line 3: `),
  };
  expect(await readFrom(port, 0)).toEqual(broken);
  expect(await readFrom(port, 2)).toEqual(broken);
  expect(await readFrom(port, 2)).toEqual(broken);
  expect(await readFrom(port, 0, 2)).toMatchObject({ values: [1, 2], end: false });
});

test('a whole number that no double holds is told with file, line and field', async () => {
  const port = open('{"author":{"id":1}}\n{"author":{"id":[0,1460342734571012097]}}\n');
  const sentence = `${folder.path('topic', '0.jsonl')}, line 2: no double holds 1460342734571012097 at .author.id[1] exactly`;
  expect(await readFrom(port, 0)).toMatchObject({ kind: 'source-refused', reason: saying(sentence) });
});

describe('a line that could not be read is read again at the next try', () => {
  const file = (): string => folder.path('topic', '0.jsonl');

  test('when its writer completed it', async () => {
    const port = open('{"id":1}\n{"id":2');
    expect(await readFrom(port, 0)).toMatchObject({ kind: 'source-refused', reason: saying('line 2: no JSON') });
    appendFileSync(file(), '}\n{"id":3}\n');
    expect(await readFrom(port, 0)).toMatchObject({ values: [{ id: 1 }, { id: 2 }, { id: 3 }], end: true });
  });

  test('when somebody repaired it, in a new file under its name', async () => {
    const port = open('{"id":1}\n{"id":2,}\n{"id":3}\n');
    expect(await readFrom(port, 1)).toMatchObject({ kind: 'source-refused', reason: saying('line 2: no JSON') });
    folder.write('topic/new', '{"id":1}\n{"id":2}\n{"id":3}\n');
    renameSync(folder.path('topic', 'new'), file());
    expect(await readFrom(port, 1)).toMatchObject({ values: [{ id: 2 }, { id: 3 }], end: true });
  });

  test('and what was read before must still be there', async () => {
    const lines = Array.from({ length: 50 }, (_, id) => `{"id":${id}}\n`);
    const port = open(`${lines.join('')}{"id":50,}\n`);
    const before = await readFrom(port, 0, 50);
    const { mark } = before as { readonly mark: string };
    const next = { kind: 'source-read', topic: 'topic', split: 0, position: 50, mark, maxRecords: 5 } as const;
    expect(await port.request(next)).toMatchObject({ kind: 'source-refused', reason: saying('line 51: no JSON') });
    folder.write('topic/0.jsonl', `${lines.join('')}{"id":50}\n`);
    expect(await port.request(next)).toMatchObject({ values: [{ id: 50 }] });
    await port.close();
    folder.write('topic/0.jsonl', `${lines.slice(1).join('')}{"id":50}\n{"id":51}\n`);
    const other = fileSource({ folder: folder.path() });
    ports.push(other);
    const reason = saying('it is not the file that was read');
    expect(await other.request(next)).toMatchObject({ kind: 'source-refused', reason });
  });

  test('also where it had fewer lines than were read', async () => {
    const port = open('1\n');
    expect(await readFrom(port, 2)).toMatchObject({ kind: 'source-refused' });
    appendFileSync(file(), '2\n3\n');
    expect(await readFrom(port, 2)).toMatchObject({ values: [3] });
  });
});

test('lines longer than what is read at once', async () => {
  const lines = Array.from({ length: 5 }, (_, index) => String(index).repeat(200_000));
  const port = open(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await readFrom(port, 3, 1)).toMatchObject({ values: [lines[3]], end: false });
  expect(await readFrom(port, 0)).toMatchObject({ values: lines, end: true });
});

test('characters that lie across what is read at once', async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `${'€'.repeat(20)}${index}`);
  const answer = await readFrom(open(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), 0, 3_000);
  expect(answer).toMatchObject({ values: lines });
});

test('a reader goes on with the file that it began with', async () => {
  const port = open('1\n2\n3\n');
  await readFrom(port, 0, 1);
  appendFileSync(folder.path('topic', '0.jsonl'), '4\n');
  rmSync(folder.path('topic', '0.jsonl'));
  expect(await readFrom(port, 1)).toMatchObject({ kind: 'records', position: 1, values: [2, 3], end: true });
});

test('a file that is not there yet is there when it is', async () => {
  const port = fileSource({ folder: folder.path() });
  ports.push(port);
  expect(await readFrom(port, 0)).toMatchObject({
    kind: 'failed',
    reason: saying('no file'),
  });
  folder.write('topic/0.jsonl', '1\n');
  expect(await readFrom(port, 0)).toMatchObject({ values: [1] });
});

test('what the system says of a file is told with its name', async () => {
  const port = open(`1\n"${'x'.repeat(100_000)}"\n`);
  await readFrom(port, 0, 1);
  truncateSync(folder.path('topic', '0.jsonl'));
  const reason = saying(`${folder.path('topic', '0.jsonl')}: the file became shorter`);
  expect(await readFrom(port, 1)).toMatchObject({ kind: 'source-refused', reason });
  mkdirSync(folder.path('topic', '1.jsonl'));
  const isFolder = await port.request({
    kind: 'source-read',
    topic: 'topic',
    split: 1,
    position: 0,
    mark: '',
    maxRecords: 1,
  });
  expect(isFolder).toMatchObject({
    reason: saying(`${folder.path('topic', '1.jsonl')}: EISDIR`),
  });
});

test('a byte order mark is named: nobody sees it', async () => {
  const reason = saying('line 1: no JSON: it begins with a byte order mark');
  expect(await readFrom(open('\ufeff1\n'), 0)).toMatchObject({ kind: 'source-refused', reason });
});

test('a position behind the end is told with the length of the file', async () => {
  expect(await readFrom(open('1\n2\n'), 7)).toMatchObject({ reason: saying('has 2 lines') });
});
