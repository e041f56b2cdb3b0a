// URLs at submission: made whole, or refused with one sentence each.
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defineJob, type JobGraph } from '../../../src/core/millrace.ts';
import { resolveConnectors } from '../../../src/net-real/connectors/resolve.ts';
import { mistakeInConnectors } from '../../../src/net-real/connectors/users-own.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const HASH = '0a'.repeat(32);
const own = { options: ['group'], open: () => Promise.reject(new Error('never opened')) };

function graphOf(topic: string, sink: string, splits = 2): JobGraph {
  return defineJob('copies', (env) => env.fromSource('rows', { topic, splits }).sinkTo('out', { sink })).graph;
}

async function resolved(topic: string, sink: string, splits = 2): Promise<unknown> {
  folder.write('data/rows.csv', 'a,b\n1,2\n');
  folder.write('data/x', 'not a folder');
  mkdirSync(folder.path('some'), { recursive: true });
  const submission = { folder: folder.path(), hash: HASH, connectors: new Map([['kafkaish', own]]) };
  const graph = await resolveConnectors(graphOf(topic, sink, splits), submission);
  return graph.operators.map((operator) =>
    operator.kind === 'source' ? operator.topic : operator.kind === 'sink' && operator.sink,
  );
}

test.each<[string, string, string, (at: string) => readonly string[]]>([
  ['names stay as they are', 'rows', 'out', () => ['rows', 'out']],
  [
    'relative paths',
    'csv:data/rows.csv',
    'jsonl:./out/copies/',
    (at) => [`csv:${at}/data/rows.csv?splits=2`, `jsonl:${at}/out/copies`],
  ],
  [
    'paths that go up',
    'csv:some/../data/rows.csv?header=false',
    'csv:some/../out?delimiter=%3B',
    (at) => [`csv:${at}/data/rows.csv?header=false&splits=2`, `csv:${at}/out?delimiter=%3B`],
  ],
  [
    'flags',
    'file:data/rows.csv?follow',
    'file:out',
    (at) => [`file:${at}/data/rows.csv?follow&splits=2`, `file:${at}/out`],
  ],
  ['a generator', 'generator:?count=10', 'out', () => ['generator:?count=10&splits=2', 'out']],
  [
    'a connector of the job',
    'kafkaish:topic?group=a%20b',
    'out',
    () => [`kafkaish:topic?group=a%20b&splits=2#${HASH}`, 'out'],
  ],
])('%s', async (_, topic, sink, expected) => {
  expect(await resolved(topic, sink)).toEqual(expected(folder.path()));
});

test('absolute paths, with and without an empty host', async () => {
  const whole = [`csv:${folder.path('data/rows.csv')}?splits=2`, 'out'];
  expect(await resolved(`csv:${folder.path('data/rows.csv')}`, 'out')).toEqual(whole);
  expect(await resolved(`csv://${folder.path('data/rows.csv')}`, 'out')).toEqual(whole);
});

test('an address', async () => {
  expect(await resolved('tcp://localhost:9999', 'out', 1)).toEqual(['tcp://localhost:9999?splits=1', 'out']);
});

test.each<[string, string, string, string]>([
  [
    'a scheme that is near one',
    'cvs:data/rows.csv',
    'out',
    'source "rows": cvs:data/rows.csv: unknown scheme "cvs", did you mean "csv"?',
  ],
  [
    'a scheme that is near none',
    'mqtt5:x',
    'out',
    'unknown scheme "mqtt5": there are csv, file, folder, generator, jsonl, tcp, kafkaish',
  ],
  [
    'an option that is near one',
    'csv:data/rows.csv?headr=false',
    'out',
    'unknown option "headr", did you mean "header"?',
  ],
  ['an option of a user’s scheme', 'kafkaish:x?grup=1', 'out', 'unknown option "grup", did you mean "group"?'],
  [
    'an option twice',
    'csv:data/rows.csv?header=false&header=true',
    'out',
    'is no URL of a connector: scheme:place?option=value, each option once',
  ],
  [
    'an option that is no number',
    'generator:?count=many',
    'out',
    'its option count is "many": expected a whole number, 0 or more',
  ],
  ['a flag with a value', 'file:data/rows.csv?follow=yes', 'out', 'its option follow has no value: ?follow'],
  [
    'a delimiter of two',
    'csv:data/rows.csv?delimiter=ab',
    'out',
    'its option delimiter is "ab": expected one character',
  ],
  [
    'splits in two places',
    'csv:data/rows.csv?splits=4',
    'out',
    'the number of splits is a setting of the source, splits: 2',
  ],
  ['a file that is not there', 'csv:data/none.csv', 'out', 'source "rows": there is no file /'],
  ['a folder', 'file:some', 'out', '/some is a folder, and one file is read'],
  ['a folder that is not there', 'folder:none', 'out', '/none'],
  ['a file as a folder', 'folder:data/rows.csv', 'out', '/data/rows.csv is a file, and a folder is read'],
  ['another format', 'folder:some?format=xml', 'out', 'its option format is "xml": expected csv, file, jsonl'],
  ['no path', 'file:', 'out', 'source "rows": file: names no path'],
  ['a host', 'file://host/x', 'out', 'file://host/x: a path has no host'],
  [
    'a column that is not there',
    'csv:data/rows.csv?numbers=c',
    'out',
    'rows.csv, line 1: there is no column "c", which option numbers names: there are a, b',
  ],
  ['a file of another form', 'jsonl:data/rows.csv', 'out', 'rows.csv, line 1: no JSON'],
  ['a socket in two', 'tcp://localhost:1', 'out', 'its splits are 2: a socket is one, expected 1'],
  [
    'a socket without a port',
    'tcp://localhost',
    'out',
    'its address "localhost" is not an address: expected HOST:PORT',
  ],
  ['a place of a generator', 'generator:100', 'out', '"100" is no option: generator:?count=…'],
  [
    'a sink of an unknown scheme',
    'rows',
    'jsnl:out',
    'sink "out": jsnl:out: unknown scheme "jsnl", did you mean "jsonl"?',
  ],
  ['a source as a sink', 'rows', 'tcp://localhost:1', 'tcp: is a source; sinks are csv, file, jsonl'],
  ['an option of a sink', 'rows', 'jsonl:out?header', 'jsonl: takes no options, and "header" is one'],
  ['a file as a sink', 'rows', 'jsonl:data/x', '/data/x is a file, and a sink is a folder of parts'],
])('%s is refused', async (_, topic, sink, sentence) => {
  const error = await resolved(topic, sink).then(String, (thrown: Error) => thrown.message);
  expect(error).toContain(sentence);
  expect(error).not.toContain('\n');
});

test('all mistakes are told together', async () => {
  await expect(resolved('cvs:x', 'jsnl:y')).rejects.toThrow(/^source "rows": .*; sink "out": /);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 1, /"connectors" is no object/],
  ['a scheme with capitals', { Kafka: own }, /has the scheme "Kafka": a scheme is up to 32 small letters/],
  ['a scheme that is built in', { csv: own }, /"csv", which is built in/],
  ['no open', { a: {} }, /connector "a" has no function "open"/],
  ['nothing', { a: null }, /connector "a" has no function "open"/],
  ['options that are none', { a: { ...own, options: 'group' } }, /its options are no list of names/],
])('connectors of a job: %s is refused', (_, connectors, sentence) => {
  expect(mistakeInConnectors({ connectors })).toMatch(sentence);
});

test('connectors of a job that are right, and none', () => {
  expect([mistakeInConnectors({}), mistakeInConnectors({ connectors: { 'my+own': own } })]).toEqual([null, null]);
});

test.each([
  ['table:a?b=1', 'db.x', 'table:a?b=1&identity=db.x#'],
  ['table:a', 'a/b c', 'table:a?identity=a%2Fb%20c#'],
])('what the connector of %s says of its place is in the URL', async (sink, identity, expected) => {
  const table = { options: ['b'], openSink: () => Promise.reject(new Error('never opened')), identity: () => identity };
  const submission = { folder: folder.path(), hash: HASH, connectors: new Map(), sinks: new Map([['table', table]]) };
  const { operators } = await resolveConnectors(graphOf('rows', sink), submission);
  expect(operators.at(-1)).toMatchObject({ sink: `${expected}${HASH}` });
  const nothing = { ...submission, sinks: new Map([['table', { ...table, identity: () => '' }]]) };
  await expect(resolveConnectors(graphOf('rows', sink), nothing)).rejects.toThrow(
    '"identity" of its connector gave "", expected a text of 1 to 500 characters',
  );
});
