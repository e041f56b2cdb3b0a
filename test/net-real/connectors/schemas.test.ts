// Sources that declare what each record is: files become typed, and a record that does not fit is told with file, line and field.
import { afterEach, describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import {
  boolean,
  float64,
  int32,
  int64,
  list,
  nullable,
  schema,
  string,
  timestamp,
} from '../../../src/core/columns/schema.ts';
import { keepArtifact } from '../../../src/net-real/artifact-store.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { saying } from '../reasons.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openPort, read, readAll } from './lab.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

const order = schema({
  id: int32,
  at: timestamp,
  price: float64,
  ok: boolean,
  name: string,
  tags: list(string),
  place: { lat: float64 },
  note: nullable(string),
  stock: nullable(int32),
});

const first = {
  id: 1,
  at: 1_700_000_000_000,
  price: 9007199254740992,
  ok: true,
  name: 'a, "b"',
  tags: ['x', 'y'],
  place: { lat: -0.5 },
  note: null,
  stock: 7,
};
const second = { ...first, id: -2, price: 1e300, ok: false, name: '', tags: [], note: 'n', stock: null };

const JSON_LINES = `{"stock":7,"id":1,"at":1700000000000,"price":9007199254740993,"ok":true,"name":"a, \\"b\\"","tags":["x","y"],"place":{"lat":-0.5}}
{"id":-2,"at":1700000000000,"price":1e300,"ok":false,"name":"","tags":[],"place":{"lat":-5e-1},"note":"n","stock":null}
`;
const HEADER = 'id,at,price,ok,name,tags,place,note,stock';
const ROWS = `1,1700000000000,9007199254740993,true,"a, ""b""","[""x"",""y""]","{""lat"":-0.5}",,7
-2,1700000000000,1e300,false,,[],"{""lat"":-5e-1}",n,
`;

function open(content: string, name = 'rows'): Port {
  folder.write(name, content);
  const port = openPort(folder.path());
  ports.push(port);
  return port;
}

const url = (scheme: string, options = ''): string => `${scheme}:${folder.path('rows')}?${options}splits=1`;

function recordsOf(content: string, topic: string): Promise<readonly Value[]> {
  return readAll(open(content), topic, 0, 1, order);
}

test.each<[string, string, string, string]>([
  ['JSON lines', 'jsonl', '', JSON_LINES],
  ['columns', 'csv', '', `${HEADER}\n${ROWS}`],
  [
    'columns in another order, one of them not there',
    'csv',
    'delimiter=;&',
    'stock;at;id;price;ok;place;name;tags\n7;1700000000000;1;9007199254740993;true;"{""lat"":-0.5}";"a, ""b""";"[""x"",""y""]"\n',
  ],
  ['columns without names', 'csv', 'header=false&', ROWS],
])('%s become what the schema says', async (_, scheme, options, content) => {
  const found = await recordsOf(content, url(scheme, options));
  expect(found[0]).toStrictEqual(first);
  expect(Object.keys(found[0] as object)).toEqual(Object.keys(first));
  if (found.length > 1) expect(found[1]).toStrictEqual(second);
});

test('so do the lines of a topic', async () => {
  const port = open(JSON_LINES, 'orders/0.jsonl');
  expect(await readAll(port, 'orders', 0, 1, order)).toStrictEqual([first, second]);
  const broken = {
    kind: 'source-refused',
    reason: saying(`${folder.path('orders', '0.jsonl')}, line 2: field "id" must be int32`),
  };
  const other = open('{"id":1}\n{"id":0.5}\n', 'orders/0.jsonl');
  expect(
    await read(other, { topic: 'orders', split: 0, position: 0, maxRecords: 9, schema: schema({ id: int32 }) }),
  ).toMatchObject(broken);
});

test('a whole number that no double holds is refused where nothing is declared', async () => {
  await expect(readAll(open(JSON_LINES), url('jsonl'), 0)).rejects.toThrow(
    'no double holds 9007199254740993 at .price',
  );
});

describe('what does not fit is told with line and field', () => {
  const INT32 = 'int32 (a whole number from -2147483648 to 2147483647)';
  test.each<[string, string, string]>([
    ['jsonl', JSON_LINES.replace('"id":-2', '"id":"x"'), `, line 2: field "id" must be ${INT32}, not "x"`],
    [
      'jsonl',
      JSON_LINES.replace('"lat":-5', '"lon":-5'),
      ', line 2: there is no field "place.lat", which must be float64 (a number)',
    ],
    [
      'jsonl',
      JSON_LINES.replace('1e300', '1e999'),
      ', line 2: 1e999 at .price is beyond all doubles: write it as a text',
    ],
    ['jsonl', JSON_LINES.replace('"note"', '"notes"'), ', line 2: unknown field "notes", did you mean "note"?'],
    ['csv', `${HEADER}\n${ROWS.replace('-2', '2147483648')}`, `, line 3: field "id" must be ${INT32}, not 2147483648`],
    ['csv', `${HEADER}\n${ROWS.replace('-2', '')}`, `, line 3: field "id" must be ${INT32}, not ""`],
    [
      'csv',
      `${HEADER}\n${ROWS.replace('false', 'no')}`,
      ', line 3: field "ok" must be boolean (true or false), not "no"',
    ],
    ['csv', `${HEADER}\n${ROWS.replace('[]', 'x')}`, ', line 3: field "tags" must be a list, not "x"'],
    ['csv', `${HEADER}\n${ROWS.replace('[]', '[1]')}`, ', line 3: field "tags[0]" must be a string, not 1'],
    [
      'csv',
      `${HEADER}\n${ROWS.replace('1e300', '1e999')}`,
      ', line 3: 1e999 in column price is beyond all doubles: write it as a text',
    ],
    ['csv', `${HEADER.replace('price', 'prize')}\n${ROWS}`, ', line 1: unknown column "prize", did you mean "price"?'],
    [
      'csv',
      `${HEADER.replace(',ok', '')}\n${ROWS}`,
      ', line 1: there is no column "ok", which must be boolean (true or false)',
    ],
    ['csv', `${HEADER}\n1,2\n`, ', line 2: 2 fields, where the header names 9 columns'],
  ])('%s %#', async (scheme, content, sentence) => {
    const request = { topic: url(scheme), split: 0, position: 0, maxRecords: 9, schema: order };
    expect(await read(open(content), request)).toMatchObject({
      kind: 'source-refused',
      reason: { kind: 'io', text: `${folder.path('rows')}${sentence}` },
    });
  });
});

test.each<[string, string]>([
  [`file:/x?splits=1`, 'its records are lines of text, and a schema is one of objects: jsonl: and csv: have them'],
  [`tcp://localhost:1?splits=1`, 'its records are lines of text, and a schema is one of objects'],
  [`generator:?splits=1`, 'its records are numbers, and a schema is one of objects'],
  [`folder:/x?format=file&splits=1`, 'its records are lines of text, and a schema is one of objects'],
  [`csv:/x?numbers=a&splits=1`, 'its option numbers says types, and so does the schema of the source'],
])('%s has no schema', async (topic, sentence) => {
  const request = { topic, split: 0, position: 0, maxRecords: 9, schema: order };
  await expect(read(open(''), request)).resolves.toMatchObject({ kind: 'failed', reason: saying(sentence) });
});

test("an author's own connector is told the schema, and held to it", async () => {
  const code = `export const connectors = { own: { open: ({ schema }) => ({
    async read({ position }, out) {
      out.add({ b: null, a: position });
      out.add({ a: Object.keys(schema.fields).join() });
      return { end: true, mark: '' };
    },
    async close() {},
  }) } };`;
  const hash = await keepArtifact({ storage: folder.path(), bytes: new TextEncoder().encode(code) });
  const request = { topic: `own:x?splits=1#${hash}`, split: 0, position: 4, maxRecords: 9 };
  const declared = schema({ a: int32, b: nullable(string) });
  expect(await read(open(''), { ...request, schema: declared })).toMatchObject({
    kind: 'source-refused',
    reason: saying(
      'record 5 of split 0: field "a" must be int32 (a whole number from -2147483648 to 2147483647), not "a,b"',
    ),
  });
});

describe('int64', () => {
  const ids = schema({ id: int64, refs: list(nullable(int64)), n: float64 });
  const found = { id: 1460342734571012097n, refs: [-9223372036854775808n, null, 7n], n: 9007199254740992 };

  test.each([
    ['jsonl', '{"id":1460342734571012097,"refs":[-9223372036854775808,null,7],"n":9007199254740993}\n'],
    ['csv', 'id,refs,n\n1460342734571012097,"[-9223372036854775808,null,7]",9007199254740993\n'],
  ])('digit by digit: %s', async (scheme, content) => {
    expect(await readAll(open(content), url(scheme), 0, 1, ids)).toStrictEqual([found]);
  });

  test.each([
    ['jsonl', '{"id":9223372036854775808,"refs":[],"n":0}\n', 'line 1: 9223372036854775808 at .id is beyond 64 bits'],
    [
      'jsonl',
      '{"id":1.5,"refs":[],"n":0}\n',
      'line 1: field "id" must be int64 (a bigint from -2^63 to 2^63 - 1), not 1.5',
    ],
    [
      'csv',
      'id,refs,n\n9223372036854775808,[],0\n',
      'line 2: field "id" must be int64 (a bigint from -2^63 to 2^63 - 1), not 9223372036854775808n',
    ],
    ['csv', 'id,refs,n\n1e3,[],0\n', 'line 2: field "id" must be int64 (a bigint from -2^63 to 2^63 - 1), not "1e3"'],
  ])('%s: what is none is refused', async (scheme, content, sentence) => {
    const request = { topic: url(scheme), split: 0, position: 0, maxRecords: 9, schema: ids };
    expect(await read(open(content), request)).toMatchObject({ kind: 'source-refused', reason: saying(sentence) });
  });
});
