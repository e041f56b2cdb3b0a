// Sources that are files of text: what is a record, restores at any position, files that grow, files that are others.
import { appendFileSync, renameSync, truncateSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { formatCsvField, parseCsvRow } from '../../../src/net-real/connectors/csv-row.ts';
import { builtInSources } from '../../../src/net-real/connectors/registry.ts';
import type { SplitReader } from '../../../src/core/graph/connectors.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { valuesOf } from '../../../src/core/columns/column.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { saying } from '../reasons.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openPort, read, readAll } from './lab.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

function port(): Port {
  const opened = openPort(folder.path());
  ports.push(opened);
  return opened;
}

const url = (scheme: string, options = ''): string =>
  `${scheme}:${folder.path('rows')}?${options}${options === '' ? '' : '&'}splits=1`;

function recordsOf(scheme: string, content: string | Uint8Array, options = ''): Promise<readonly Value[]> {
  folder.write('rows', content);
  return readAll(port(), url(scheme, options), 0, 2);
}

const fields = (a: string, b: string): Value => ({ a, b });

describe('records', () => {
  test.each<[string, string, string, readonly Value[]]>([
    ['lines of text', 'file', 'a b\n\n{"c":1}\n', ['a b', '', '{"c":1}']],
    ['a last line without an end', 'file', 'a\nb', ['a', 'b']],
    ['line ends as on Windows', 'file', 'a\r\nb\r\n', ['a', 'b']],
    ['a byte order mark', 'file', '\ufeffa\n', ['a']],
    ['nothing', 'file', '', []],
    ['JSON, and lines that are empty', 'jsonl', '\n1\n\r\n{"a":[2]}\n\n', [1, { a: [2] }]],
    ['JSON behind a byte order mark', 'jsonl', '\ufeff"ä"', ['ä']],
    ['no JSON', 'jsonl', '', []],
    ['columns', 'csv', 'a,b\n1,2\n3,4\n', [fields('1', '2'), fields('3', '4')]],
    ['columns as on Windows, from Excel', 'csv', '\ufeffa,b\r\n1,2\r\n', [fields('1', '2')]],
    ['quotes', 'csv', 'a,b\n"1,5","say ""hi"""\n"",""\n', [fields('1,5', 'say "hi"'), fields('', '')]],
    ['line ends in quotes', 'csv', '"a",b\r\n"x\r\ny\n",2\r\n3,4', [fields('x\r\ny\n', '2'), fields('3', '4')]],
    ['empty rows, one of them the last', 'csv', 'a,b\n\n1,2\n\r\n\n', [fields('1', '2')]],
    ['a header and nothing else', 'csv', 'a,b\n', []],
    ['a header without a line end', 'csv', 'a,b', []],
  ])('%s', async (_, scheme, content, expected) => {
    expect(await recordsOf(scheme, content)).toEqual(expected);
  });

  test.each<[string, string, string, readonly Value[]]>([
    ['another delimiter', 'delimiter=;', 'a;b\n1,5;2\n', [fields('1,5', '2')]],
    ['a tab', 'delimiter=%09', 'a\tb\n1\t2\n', [fields('1', '2')]],
    [
      'no header',
      'header=false',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['numbers', 'numbers=b', 'a,b\n1,-2.5e1\n', [{ a: '1', b: -25 }]],
  ])('%s', async (_, options, content, expected) => {
    expect(await recordsOf('csv', content, options)).toEqual(expected);
  });
});

test.each<[string, string, string, string | Uint8Array, string]>([
  ['no JSON', 'jsonl', '', '1\n\n{"a"\n', ', line 3: no JSON'],
  ['no UTF-8', 'file', '', Uint8Array.of(97, 10, 0xff, 10), ', line 2: not UTF-8'],
  ['too few fields', 'csv', '', 'a,b\n1,2\n"x\ny",2\n\n3\n', ', line 6: 1 fields, where the header names 2 columns'],
  ['too many fields', 'csv', '', 'a,b\n1,2,3\n', ', line 2: 3 fields'],
  ['a quote in the middle', 'csv', '', 'a,b\n1,2"\n', ', line 2: a quote in the field "2'],
  ['a quote that is not closed', 'csv', '', 'a,b\n1,"2\n3,4\n', ', line 2: a quote that is never closed'],
  ['text behind a quote', 'csv', '', 'a,b\n"1"x,2\n', ', line 2: field 1 goes on behind its closing quote'],
  ['no number', 'csv', 'numbers=b', 'a,b\n1,two\n', ', line 2: "two" in column b is no number'],
  [
    'an id of 64 bits',
    'jsonl',
    '',
    '1\n\n{"author":{"id":1460342734571012097}}\n',
    ', line 3: no double holds 1460342734571012097 at .author.id exactly, the nearest is 1460342734571012096: write it as a text',
  ],
  ['a number beyond all', 'jsonl', '', '[1e400]\n', ', line 1: 1e400 at [0] is beyond all doubles: write it as a text'],
  [
    'an id of 64 bits among numbers',
    'csv',
    'numbers=b',
    'a,b\n1460342734571012097,9007199254740992\n1, 9007199254740993 \n',
    ', line 3: no double holds 9007199254740993 in column b exactly',
  ],
  ['a number beyond all', 'csv', 'numbers=a', 'a\n-1e400\n', ', line 2: -1e400 in column a is beyond all doubles'],
  ['a number that is missing', 'csv', 'numbers=b', 'a,b\n1,\n', ', line 2: "" in column b is no number'],
  [
    'no such column',
    'csv',
    'numbers=c',
    'a,b\n',
    ', line 1: there is no column "c", which option numbers names: there are a, b',
  ],
  ['a column twice', 'csv', '', 'a,a\n', ', line 1: two columns are named "a"'],
  ['no header', 'csv', '', '', ', line 1: there is no header: the file is empty'],
])('%s is told with file and line', async (_, scheme, options, content, sentence) => {
  folder.write('rows', content);
  const answer = await read(port(), { topic: url(scheme, options), split: 0, position: 0, maxRecords: 10 });
  expect(answer).toMatchObject({
    kind: 'source-refused',
    reason: saying(`${folder.path('rows')}${sentence}`),
  });
});

test.each<[string, string, string, readonly Value[]]>([
  ['jsonl', '1\n{"id":2,}\n', '1\n{"id":2}\n', [1, { id: 2 }]],
  ['jsonl', '1\n{"id":9007199254740993}\n', '1\n{"id":2}\n', [1, { id: 2 }]],
  ['csv', 'a,b\n1,"2\n', 'a,b\n1,"2"\n', [fields('1', '2')]],
  ['csv', 'a,b\n1\n', 'a,b\n1,2\n', [fields('1', '2')]],
])('a row of %s: that could not be read is read again when it was repaired', async (scheme, broken, right, records) => {
  folder.write('rows', broken);
  const opened = port();
  const request = { topic: url(scheme), split: 0, position: 0, maxRecords: 10 };
  expect(await read(opened, request)).toMatchObject({ kind: 'source-refused' });
  folder.write('new', right);
  renameSync(folder.path('new'), folder.path('rows'));
  expect(await read(opened, request)).toMatchObject({ kind: 'records', values: records });
});

test('a row of any length, and characters across what is read at once', async () => {
  const long = Array.from({ length: 5 }, (_, index) => '€'.repeat(100_000 + index));
  expect(await recordsOf('csv', `a\n${long.map((text) => `"${text}\n"\n`).join('')}`)).toEqual(
    long.map((text) => ({ a: `${text}\n` })),
  );
});

describe.each([1, 2, 3, 7])('of %i splits', (splits) => {
  const topic = (scheme: string): string => `${scheme}:${folder.path('rows')}?splits=${splits}`;

  test('each row is in one, by its number, and a split goes on at any position', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => `row ${index}`);
    folder.write('rows', `${rows.join('\n')}\n`);
    const opened = port();
    for (let split = 0; split < splits; split++) {
      const own = rows.filter((_, index) => index % splits === split);
      expect(await readAll(opened, topic('file'), split)).toEqual(own);
      for (const position of [0, 1, own.length - 1, own.length, 345]) {
        const answer = await read(opened, { topic: topic('file'), split, position, maxRecords: 3 });
        expect(answer).toMatchObject({ kind: 'records', position, values: own.slice(position, position + 3) });
      }
      const behind = { topic: topic('file'), split, position: own.length + 1, maxRecords: 1 };
      expect(await read(opened, behind)).toMatchObject({
        kind: 'source-refused',
        reason: saying('it has 2500 rows, and record'),
      });
    }
  });

  test('what a file gets behind its end changes no position', async () => {
    folder.write('rows', '0\n1\n2\n');
    const before = await readAll(port(), topic('jsonl'), 0);
    appendFileSync(folder.path('rows'), '3\n4\n');
    const after = await readAll(port(), topic('jsonl'), 0);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toEqual([0, 1, 2, 3, 4].filter((number) => number % splits === 0));
  });
});

test('more splits than rows: those without any are at their end', async () => {
  folder.write('rows', '1\n');
  const topic = `jsonl:${folder.path('rows')}?splits=4`;
  for (const split of [1, 2, 3])
    expect(await read(port(), { topic, split, position: 0, maxRecords: 1 })).toMatchObject({ values: [], end: true });
});

describe('a file that grows', () => {
  test('never ends, and half a line is none yet', async () => {
    folder.write('rows', 'a\nb');
    const [opened, topic] = [port(), url('file', 'follow')];
    const at = (position: number) => read(opened, { topic, split: 0, position, maxRecords: 10 });
    expect(await at(0)).toMatchObject({ values: ['a'], end: false });
    expect(await at(1)).toMatchObject({ values: [], end: false });
    appendFileSync(folder.path('rows'), 'c\n');
    expect(await at(1)).toMatchObject({ values: ['bc'], end: false });
    expect(await at(2)).toMatchObject({ values: [], end: false });
    appendFileSync(folder.path('rows'), `${'x'.repeat(200_000)}\ny\n`);
    expect(await at(2)).toMatchObject({ values: ['x'.repeat(200_000), 'y'], end: false });
    expect(await at(0)).toMatchObject({ values: ['a', 'bc', 'x'.repeat(200_000), 'y'] });
  });

  test('waits for its header', async () => {
    folder.write('rows', '');
    const [opened, topic] = [port(), url('csv', 'follow')];
    const first = { topic, split: 0, position: 0, maxRecords: 10 };
    expect(await read(opened, first)).toMatchObject({ values: [], end: false });
    appendFileSync(folder.path('rows'), 'a,b\n1,');
    expect(await read(opened, first)).toMatchObject({ values: [], end: false });
    appendFileSync(folder.path('rows'), '2\n');
    expect(await read(opened, first)).toMatchObject({ values: [fields('1', '2')], end: false });
  });

  test('that became shorter is told', async () => {
    folder.write('rows', 'a\nb\nc\n');
    const [opened, topic] = [port(), url('file', 'follow')];
    expect(await readAll(opened, topic, 0)).toEqual(['a', 'b', 'c']);
    truncateSync(folder.path('rows'), 2);
    const answer = await read(opened, { topic, split: 0, position: 3, maxRecords: 1 });
    expect(answer).toMatchObject({
      kind: 'source-refused',
      reason: saying('it became shorter: 6 bytes were read, and it has 2'),
    });
  });

  test('whose name another file got is told, once all of the old one was read', async () => {
    folder.write('rows', 'a\n');
    const [opened, topic] = [port(), url('file', 'follow')];
    expect(await readAll(opened, topic, 0)).toEqual(['a']);
    renameSync(folder.path('rows'), folder.path('rows.1'));
    const next = { topic, split: 0, position: 1, maxRecords: 1 };
    expect(await read(opened, next)).toMatchObject({ values: [], end: false });
    folder.write('rows', 'b\n');
    appendFileSync(folder.path('rows.1'), 'c\n');
    expect(await read(opened, next)).toMatchObject({ values: ['c'], end: false });
    const behind = await read(opened, { ...next, position: 2 });
    expect(behind).toMatchObject({ kind: 'source-refused', reason: saying('another file has its name now') });
  });
});

describe('marks', () => {
  async function readerOf(content: string, splits: number): Promise<SplitReader> {
    folder.write('rows', content);
    const connector = builtInSources.get('csv');
    if (connector === undefined) throw new Error('csv is built in');
    return connector.open({ place: folder.path('rows'), options: new Map(), split: 1, splits });
  }

  async function readOf(reader: SplitReader, position: number, mark: string): Promise<[readonly Value[], string]> {
    const values: Value[] = [];
    const { mark: next } = await reader.read(
      { position, mark, maxRecords: 5 },
      { add: (value) => void values.push(value) },
    );
    return [values, next];
  }

  const rows = Array.from({ length: 5_000 }, (_, index) => `${index},"x\n${index}"\n`);
  const content = `a,b\n${rows.join('')}`;
  const expected = (position: number): unknown =>
    [0, 1, 2, 3, 4].map((at) => fields(String(3 * (position + at) + 1), `x\n${3 * (position + at) + 1}`));

  test('lead another process to the same records, at that position or a later one', async () => {
    const first = await readerOf(content, 3);
    const [, mark] = await readOf(first, 1_000, '');
    await first.close();
    for (const position of [1_005, 1_006, 1_300]) {
      const again = await readerOf(`${content}9,9\n`, 3);
      expect((await readOf(again, position, mark))[0]).toEqual(expected(position));
      expect((await readOf(again, 3, mark))[0]).toEqual(expected(3));
      await again.close();
    }
  });

  test.each<[string, (text: string) => string]>([
    ['without its first rows', (text) => `a,b\n${text.slice(text.indexOf('5,"x'))}`],
    ['with another row before', (text) => text.replace('3012,', '3x12,')],
    ['that is shorter', (text) => text.slice(0, 20_000)],
    ['that is empty', () => 'a,b\n'],
  ])('refuse a file %s', async (_, change) => {
    const first = await readerOf(content, 3);
    const [, mark] = await readOf(first, 1_000, '');
    await first.close();
    const other = await readerOf(change(content), 3);
    await expect(readOf(other, 1_005, mark)).rejects.toThrow(
      `${folder.path('rows')}: it is not the file that was read: `,
    );
    await other.close();
  });

  test('of another number of splits are told: a position would be that of another row', async () => {
    const first = await readerOf(content, 3);
    const [, mark] = await readOf(first, 1_000, '');
    await first.close();
    const other = await readerOf(content, 4);
    await expect(readOf(other, 1_005, mark)).rejects.toThrow(
      'the checkpoint is of split 1 of 3, and this is split 1 of 4: the number of splits must stay',
    );
    await other.close();
  });

  test('of something else are told', async () => {
    const reader = await readerOf(content, 3);
    await expect(readOf(reader, 1, 'none')).rejects.toThrow('is none of this source: "none"');
    await expect(readOf(reader, 1, '1/3:none')).rejects.toThrow('is none of a file: "none"');
    await reader.close();
  });
});

describe.each<[string, string, () => string]>([
  ['a topic with a name', 'rows/0.jsonl', () => 'rows'],
  ['a URL', 'rows', () => url('jsonl')],
])('%s', (_, file, topicOf) => {
  const numbers = Array.from({ length: 3_000 }, (__, index) => `${index}\n`);
  const from = (position: number, mark: string) => ({ topic: topicOf(), split: 0, position, mark, maxRecords: 5 });

  async function markBehind(position: number): Promise<string> {
    folder.write(file, numbers.join(''));
    const answer = await read(port(), from(position, ''));
    return answer.kind === 'records' ? answer.mark : answer.kind;
  }

  test('goes on in another process where the mark of a checkpoint leads', async () => {
    const mark = await markBehind(2_000);
    folder.write(file, `${numbers.join('')}"more"\n`);
    expect(await read(port(), from(2_005, mark))).toMatchObject({ values: [2_005, 2_006, 2_007, 2_008, 2_009] });
  });

  test('whose first lines were removed between stop and restart is told, and nothing is lost silently', async () => {
    const mark = await markBehind(2_000);
    folder.write(file, numbers.slice(5).join(''));
    const answer = await read(port(), from(2_005, mark));
    expect(answer).toMatchObject({
      kind: 'source-refused',
      reason: saying('it is not the file that was read: 8915 bytes were'),
    });
  });
});

test('what is written as CSV is read as it was, whatever it holds', () => {
  const anyFields = fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ';', ' ', 'ä') }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(anyFields, fc.constantFrom(',', ';'), (texts, delimiter) => {
      const row = texts.map((text) => formatCsvField(text, delimiter)).join(delimiter);
      expect(parseCsvRow(`${row}\r`, delimiter)).toEqual({ ok: true, value: texts });
    }),
  );
});

describe('many rows of comma-separated values at once', () => {
  const line = fc.tuple(
    fc
      .oneof(fc.constantFrom('', 'mill', '\u00e4"\n,', '7'), fc.string({ maxLength: 5 }))
      .filter((text) => text.isWellFormed()),
    fc.constantFrom('0', '-0', '7', '-2.5e1', ' 8', '007', '9007199254740991', '1e400', 'x', '9007199254740993'),
  );
  const csvOf = (lines: readonly (readonly string[])[]): string =>
    ['name,n', ...lines.map((row) => row.map((field) => formatCsvField(field, ',')).join(','))].join('\n');

  test('are a column, of the records that they are one by one; a mistake is told as there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 128, max: 200 }),
        async (some, count) => {
          const lines = Array.from({ length: count }, (_, index) => some[index % some.length] as [string, string]);
          folder.write('rows', csvOf(lines));
          const topic = url('csv', 'numbers=n');
          const answer = await read(port(), { topic, split: 0, position: 0, maxRecords: 1_000 });
          const one = await readAll(port(), topic, 0, 10).catch((error: unknown) => (error as Error).message);
          if (answer.kind === 'record-column') expect(valuesOf(answer.column)).toStrictEqual(one);
          else expect(JSON.stringify(answer)).toBe(one);
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each<[string, string]>([
    ['names that are numbers, which come first in an object', 'b,1'],
    ['a name that cannot be assigned to', 'a,__proto__'],
  ])('%s: rows', async (_, header) => {
    folder.write('rows', [header, ...Array.from({ length: 130 }, () => 'x,y')].join('\n'));
    const answer = await read(port(), { topic: url('csv'), split: 0, position: 0, maxRecords: 1_000 });
    expect(answer.kind).toBe('records');
  });
});
