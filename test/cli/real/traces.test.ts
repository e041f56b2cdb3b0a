// From the files that processes write to the one trace of a run.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mergedTrace } from '../../../src/cli/real/merged-trace.ts';
import { NodeNames } from '../../../src/cli/real/node-names.ts';
import { TraceTail } from '../../../src/cli/real/trace-tail.ts';
import { dataToJson } from '../../../src/run/data-json.ts';
import { message, taken } from '../../reports/traces.ts';
import { restarts } from '../../reports/notes.ts';
import { elects, lineOf } from './run-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const é = restarts({ kind: 'graph-invalid', text: 'é' });
const text = (at: number, node: string): string => `${dataToJson(lineOf([at, node, é]))}\n`;

test('a tail reads each whole line once, over all files in the order of time, and files that come later', () => {
  const tail = new TraceTail();
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  for (const path of [one, other]) tail.follow(path);
  expect(tail.read()).toEqual([]);
  writeFileSync(one, text(1, 'a') + text(3, 'a'));
  writeFileSync(other, text(2, 'b'));
  expect(tail.read().map(({ at }) => at)).toEqual([1_000, 2_000, 3_000]);
  const bytes = Buffer.from(text(4, 'a'));
  const middle = bytes.indexOf('é') + 1; // in the middle of a letter
  appendFileSync(one, bytes.subarray(0, middle));
  expect(tail.read()).toEqual([]);
  appendFileSync(one, bytes.subarray(middle));
  expect(tail.read()).toEqual([lineOf([4, 'a', é])]);
  const long = lineOf([5, 'a', restarts({ kind: 'graph-invalid', text: 'long'.repeat(100_000) })]); // many chunks of the file
  appendFileSync(one, `${dataToJson(long)}\n${text(6, 'a')}`);
  expect(tail.read()).toEqual([long, lineOf([6, 'a', é])]);
  appendFileSync(other, 'no JSON\n{"at":5}\n');
  expect(tail.read()).toEqual([]);
  tail.close();
});

test('addresses become names wherever they stand for a node, and none is taken for the beginning of another', () => {
  const names = new NodeNames();
  names.set('127.0.0.1:400', 'jm-1');
  names.set('127.0.0.1:4001', 'tm-1');
  const [jm, tm] = ['127.0.0.1:400', '127.0.0.1:4001'];
  const peers = { address: jm, values: [jm], about: `${jm} and more` };
  const line = lineOf([1, tm, { input: taken(message(jm, tm, 'hello', peers)), effects: [message(tm, jm, 'hello')] }]);
  const named = { address: 'jm-1', values: [jm], about: `${jm} and more` }; // a record is the user's
  expect(names.inLine(line)).toEqual(
    lineOf([
      1,
      'tm-1',
      { input: taken(message('jm-1', 'tm-1', 'hello', named)), effects: [message('tm-1', 'jm-1', 'hello')] },
    ]),
  );
  expect(names.of('127.0.0.1:40')).toBe('127.0.0.1:40');
  expect(names.inLine(lineOf([1, tm, elects(1, jm)]))).toEqual(lineOf([1, 'tm-1', elects(1, 'jm-1')]));
});

test('the merged trace holds what was done to the processes, as the trace of a simulated run does', () => {
  const lines = [lineOf([1, 'tm-1', {}]), { ...lineOf([3, 'tm-1', {}]), incarnation: 2 }, lineOf([5, 'jm-1', {}])];
  const struck = { victim: 'tm-1', checkpointId: 1, attempts: ['0/0#1'], epoch: 0, barrierOf: 0, file: '' };
  const merged = mergedTrace({
    lines,
    struck: [
      { ...struck, kind: 'tm-crash', atMs: 2, backAtMs: 2.5 },
      { ...struck, kind: 'partition', atMs: 4, backAtMs: null },
    ],
  }).map((one) => JSON.parse(one) as object);
  const crash = 'kill -9 of tm-1 at 0.00 s, started again 0.00 s later';
  expect(merged).toEqual([
    { ...lines[0], event: 0 },
    { at: 2_000, event: 1, kind: 'fault', fault: 'tm-crash', target: 'tm-1', text: crash, hit: true, decision: null },
    { at: 2_000, event: 2, kind: 'stopped', node: 'tm-1', incarnation: 1, why: 'crash' },
    { ...lines[1], event: 3 },
    expect.objectContaining({ at: 4_000, event: 4, kind: 'fault', fault: 'partition' }),
    { at: 4_000, event: 5, kind: 'partitioned', from: 'tm-1', to: 'jm-1', until: 5_000 },
    { at: 4_000, event: 6, kind: 'partitioned', from: 'jm-1', to: 'tm-1', until: 5_000 },
    { ...lines[2], event: 7 },
  ]);
});

test.each([
  ['tm-loss', 'tm-1', 'kill -9 of tm-1 at 2.00 s, for good'],
  ['jm-loss', 'tm-1', 'kill -9 of tm-1 at 2.00 s, for good'],
  ['tm-clock-back', 'tm-1', 'kill -9 of tm-1 at 2.00 s, not started again'],
] as const)('%s is an end of its victim', (kind, victim, text) => {
  const lines = [lineOf([1, 'tm-1', {}])];
  const struck = {
    kind,
    victim,
    checkpointId: 1,
    attempts: ['0/0#1'],
    epoch: 0,
    barrierOf: 0,
    file: '',
    atMs: 2_000,
    backAtMs: null,
  };
  expect(mergedTrace({ lines, struck: [struck] }).map((line) => JSON.parse(line) as object)).toEqual([
    expect.anything(),
    expect.objectContaining({
      at: 2_000_000,
      kind: 'fault',
      fault: kind === 'tm-clock-back' ? 'tm-crash' : kind,
      text,
    }),
    expect.objectContaining({ at: 2_000_000, kind: 'stopped', node: victim, why: 'crash' }),
  ]);
});

test('a strike at all processes is one of each, but for the clients', () => {
  const lines = [lineOf([1, 'tm-1', {}]), { ...lineOf([2, 'jm-1', {}]), incarnation: 3 }, lineOf([3, 'client-1', {}])];
  const struck = { victim: 'all processes', checkpointId: 1, attempts: [], epoch: 1, barrierOf: 0, atMs: 2_000 };
  const told = (kind: 'all-pause' | 'damaged-ha' | 'disk-full', file: string): object[] =>
    mergedTrace({ lines, struck: [{ ...struck, kind, file, backAtMs: 3_000 }] })
      .slice(3)
      .map((line) => JSON.parse(line) as object);
  expect(told('all-pause', '')).toEqual([
    expect.objectContaining({ kind: 'fault', fault: 'pause', target: 'all processes' }),
    expect.objectContaining({ kind: 'paused', node: 'tm-1', incarnation: 1, until: 3_000_000 }),
    expect.objectContaining({ kind: 'paused', node: 'jm-1', incarnation: 3, until: 3_000_000 }),
  ]);
  const text =
    'kill -9 of all processes at 2.00 s; a bit of ha/entries/7 was flipped as they started again, until 1.00 s later';
  expect(told('damaged-ha', 'ha/entries/7')).toEqual([
    expect.objectContaining({ kind: 'fault', fault: 'rack-loss', text }),
    expect.objectContaining({ kind: 'stopped', node: 'tm-1', why: 'crash' }),
    expect.objectContaining({ kind: 'stopped', node: 'jm-1', why: 'crash' }),
  ]);
  expect(told('disk-full', '')).toEqual([
    expect.objectContaining({
      fault: 'storage-full',
      text: 'the disk of all processes was full (ENOSPC) from 2.00 s on, for 1.00 s',
    }),
  ]);
});

test('streams that hang are a partition of their victim', () => {
  const lines = [lineOf([1, 'tm-1', {}]), lineOf([2, 'jm-1', {}])];
  const struck = {
    victim: 'tm-1',
    checkpointId: 1,
    attempts: ['0/0#1'],
    epoch: 0,
    barrierOf: 0,
    file: '',
    atMs: 2_000,
    backAtMs: 8_000,
  };
  const merged = mergedTrace({ lines, struck: [{ ...struck, kind: 'hanging-streams' }] }).map(
    (line) => JSON.parse(line) as object,
  );
  const text = 'all connections of tm-1 hung from 2.00 s on; new ones came up 6.00 s later';
  expect(merged.slice(2)).toEqual([
    expect.objectContaining({ kind: 'fault', fault: 'partition', text }),
    expect.objectContaining({ kind: 'partitioned', from: 'tm-1', to: 'jm-1', until: 8_000_000 }),
    expect.objectContaining({ kind: 'partitioned', from: 'jm-1', to: 'tm-1', until: 8_000_000 }),
  ]);
});
