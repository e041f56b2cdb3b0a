// Each mistake that a job can have, with the words that name it. Graphs come from peers too: none may make the check throw.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, first, last, min, sum } from '../../../src/core/graph/aggregates.ts';
import { defineJob, type JobDefinition } from '../../../src/core/graph/define-job.ts';
import {
  boolean,
  float64,
  int32,
  list,
  nullable,
  schema,
  string,
  timestamp,
} from '../../../src/core/columns/schema.ts';
import { fieldKey } from '../../../src/core/graph/key-field.ts';
import type { JobProgram, OperatorFunctions } from '../../../src/core/graph/functions.ts';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { validate, validateGraph } from '../../../src/core/graph/validate.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';

/** `rows -> clean -> (hash) daily -> out`, right in every way. */
const job = defineJob(
  'right',
  (env) =>
    env
      .fromSource<number>('rows', { topic: 'rows', splits: 2, timestamp: (row) => row })
      .filter('clean', (row) => row > 0)
      .keyBy((row) => row)
      .window('daily', tumblingEventTime(1_000))
      .aggregate({ create: () => 0, add: (total, row) => total + row, result: (total) => total })
      .sinkTo('out', { sink: 'out' }),
  { parallelism: 2, parameters: { unit: 'ms' } },
);

type Draft = { [field: string]: any }; // oxlint-disable-line typescript/no-explicit-any -- anything is put anywhere here

/** The right graph with one thing changed. */
function changed(change: (graph: Draft, operators: Draft[], edges: Draft[]) => void): unknown {
  const graph = structuredClone(job.graph) as Draft;
  change(graph, graph.operators as Draft[], graph.edges as Draft[]);
  return graph;
}

test('fields come in one order: the bytes of a graph, and so the hash of a run, follow from it', () => {
  expect(job.graph.operators.map((operator) => Object.keys(operator).join(' '))).toEqual([
    'id kind parallelism topic splits recordsPerSecond outOfOrdernessMs',
    'id kind parallelism',
    'id kind parallelism sizeMs',
    'id kind parallelism sink commitOn',
  ]);
});

test('a right job has no mistakes', () => {
  expect(validate(job.graph, job.program)).toEqual([]);
  expect(validateGraph(job.graph)).toEqual({ ok: true, value: job.graph });
});

test('a key field has its version, and the function that reads it', () => {
  const older = changed((_, operators) => (operators[2]!.keyField = 'a')) as JobGraph;
  const wrongVersion = 'a job graph of these operators must have version 4, not 3';
  const otherKey =
    'operator "daily" (window): its function "key" is the author\'s own, but its graph names the field "a"';
  expect(validateGraph(older)).toEqual({ ok: false, reason: wrongVersion });
  expect(validate(older, job.program)).toEqual([wrongVersion, otherKey]);
  const newer = { ...older, version: 4 } as const;
  expect(validateGraph(newer)).toEqual({ ok: true, value: newer });
  const reading = (field: string): OperatorFunctions => ({
    ...job.program.functions.get('daily'),
    key: fieldKey(field),
  });
  const program = (field: string): JobProgram => ({
    functions: new Map([...job.program.functions, ['daily', reading(field)]]),
  });
  expect(validate(newer, program('a'))).toEqual([]);
  expect(validate(newer, program('b'))).toEqual([
    'operator "daily" (window): its function "key" reads the field "b", but its graph names the field "a"',
  ]);
  expect(validate(job.graph, program('b'))).toEqual([
    'operator "daily" (window): its function "key" reads the field "b", but its graph names no field',
  ]);
});

describe('schemas', () => {
  const orders = schema({
    id: int32,
    at: timestamp,
    account: string,
    cents: float64,
    tags: list(string),
    place: { code: string, lat: float64 },
    stops: list({ at: timestamp }),
    note: nullable(string),
    ok: boolean,
  });

  test('have their version', () => {
    const older = changed((_, operators) => (operators[0]!.schema = orders)) as JobGraph;
    expect(validateGraph(older)).toEqual({
      ok: false,
      reason: 'a job graph of these operators must have version 7, not 3',
    });
    const newer = { ...older, version: 7 } as const;
    expect(validateGraph(newer)).toEqual({ ok: true, value: newer });
  });

  test('are looked at where they come from anywhere', () => {
    const wrong = changed((_, operators) => (operators[0]!.schema = schema({ at: 'int32' as never })));
    expect(validateGraph(wrong)).toEqual({
      ok: false,
      reason:
        'operator "rows" (source): schema field "at" must have a type, such as int32, string or list(float64), not "int32"',
    });
  });

  const sentencesOf = (keyField: string, aggregates: Draft): string => {
    try {
      defineJob('totals', (env) => {
        const stream = env
          .fromSource('orders', { topic: 'orders', splits: 1, schema: orders })
          .filter('some', () => true)
          .keyBy(keyField as 'account');
        stream.aggregate('totals', aggregates as never).sinkTo('out', { sink: 'out' });
      });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const begin = 'job "totals" cannot run:\n- operator "totals" (aggregate): by the schema of source "orders"';

  test.each<[string, Draft, string]>([
    ['account', { a: sum('cents'), b: min('place.code'), c: first('stops'), d: last() }, ''],
    ['place.code', { a: count() }, ''],
    ['tags', { a: count() }, ''],
    ['acount', { a: count() }, `${begin} its key is of an unknown field "acount", did you mean "account"?`],
    [
      'x',
      { a: count() },
      `${begin} its key is of an unknown field "x": there are id, at, account, cents, tags, place.code, place.lat, ok`,
    ],
    ['account.length', { a: count() }, `${begin} its key is of an unknown field "account.length"`],
    [
      'note',
      { a: count() },
      `${begin} the field "note" of its key is nullable(string), and must be a string, number or boolean`,
    ],
    [
      'stops',
      { a: count() },
      `${begin} the field "stops" of its key is list({ at: timestamp }), and must be a string, number or boolean`,
    ],
    [
      'account',
      { a: sum('account') },
      `${begin} the field "account" of its aggregate "a" is string, and must be a number`,
    ],
    [
      'account',
      { a: min('ok') },
      `${begin} the field "ok" of its aggregate "a" is boolean, and must be a number or string`,
    ],
    ['account', { a: first('nota') }, `${begin} its aggregate "a" is of an unknown field "nota", did you mean "note"?`],
  ])('%s %j', (keyField, aggregates, sentence) => {
    expect(sentencesOf(keyField, aggregates)).toMatch(sentence === '' ? /^$/ : sentence);
    if (sentence !== '') expect(sentencesOf(keyField, aggregates).slice(0, sentence.length)).toBe(sentence);
  });

  test('one topic has one', () => {
    expect(() =>
      defineJob('twice', (env) => {
        const first = env.fromSource('first', { topic: 'rows', splits: 1, schema: schema({ a: int32 }) });
        const second = env.fromSource<{ a: number }>('second', { topic: 'rows', splits: 1 });
        first.union(second).sinkTo('out', { sink: 'out' });
      }),
    ).toThrow(
      'operator "second" (source): it reads the topic "rows" with no schema, and source "first" with the schema { a: int32 }',
    );
  });
});

describe('aggregates', () => {
  const sentenceOf = (declared: unknown, isWindowed: boolean): string => {
    try {
      defineJob('totals', (env) => {
        const keyed = env
          .fromSource<number>('rows', { topic: 'rows', splits: 1, timestamp: (row) => row })
          .keyBy((row) => row);
        const windows = keyed.window('totals', tumblingEventTime(1_000));
        const totals = isWindowed ? windows.aggregate(declared as {}) : keyed.aggregate('totals', declared as {});
        totals.sinkTo('out', { sink: 'out' });
      });
      return 'is right';
    } catch (error) {
      return (error as Error).message.replaceAll(/^job .*\n|^- operator "totals" \([a-z-]+\): aggregates /gm, '');
    }
  };

  test.each<[string, unknown, string]>([
    ['right ones', { rows: count(), least: min('a.b'), began: first() }, 'is right'],
    ['none', {}, 'must be 1 to 64 aggregates, not 0'],
    ['nothing', undefined, 'must be aggregates by name, such as { payments: count() }, not nothing'],
    [
      'a list',
      [count()],
      '"0" is no name: it must be up to 64 letters, digits, dashes and underscores that begin with a letter',
    ],
    [
      'too many',
      Object.fromEntries(Array.from({ length: 65 }, (_, number) => [`n${number}`, count()])),
      'must be 1 to 64 aggregates, not 65',
    ],
    ['a name of the result', { key: count() }, '"key" is a name that the result has already: choose another'],
    ['another one', { window: count() }, '"window" is a name that the result has already: choose another'],
    [
      'a name that is none',
      { 'a b': count() },
      '"a b" is no name: it must be up to 64 letters, digits, dashes and underscores that begin with a letter',
    ],
    [
      'a function that was not called',
      { rows: count },
      '"rows" must be one of count, sum, avg, min, max, minBy, maxBy, first, last, countDistinct, such as count() or sum(\'price\'), not a function',
    ],
    [
      'an unknown aggregate',
      { rows: { of: 'median', field: 'a' } },
      '"rows" must be one of count, sum, avg, min, max, minBy, maxBy, first, last, countDistinct, such as count() or sum(\'price\'), not "median"',
    ],
    [
      'no field',
      { total: sum(undefined as never) },
      '"total": sum takes the name of a field, or a path to one such as author.id, of up to 1000 characters, not nothing',
    ],
    [
      'a field that is none',
      { total: last('a..b' as never) },
      '"total": last takes the name of a field, or a path to one such as author.id, of up to 1000 characters, not "a..b"',
    ],
    ['a field of count', { rows: { of: 'count', field: 'a' } }, '"rows": count takes no field, not "a"'],
    ['something else', { rows: { of: 'count', distinct: true } }, '"rows" has an unknown field "distinct"'],
  ])('%s', (_, declared, sentence) => {
    for (const isWindowed of [false, true]) expect(sentenceOf(declared, isWindowed)).toBe(sentence);
  });

  test('each mistake of several is told', () => {
    expect(sentenceOf({ key: count(), total: sum(1 as never) }, false)).toMatch(
      /^"key" is a name .*\n"total": sum takes/,
    );
  });

  test('they stand in the graph, which has their version, and are no code', () => {
    const { graph, program } = defineJob('totals', (env) => {
      const rows = env.fromSource<{ a: string; n: number }>('rows', {
        topic: 'rows',
        splits: 1,
        timestamp: ({ n }) => n,
      });
      rows
        .keyBy('a')
        .aggregate('totals', { rows: count(), least: min('n') })
        .sinkTo('out', { sink: 'out' });
      rows
        .keyBy('a')
        .window('by-second', tumblingEventTime(1_000))
        .aggregate({ began: first() })
        .sinkTo('two', { sink: 'two' });
    });
    expect(graph.version).toBe(5);
    expect(graph.operators.slice(1)).toMatchObject([
      {
        id: 'totals',
        kind: 'aggregate',
        keyField: 'a',
        aggregates: [
          { name: 'rows', of: 'count' },
          { name: 'least', of: 'min', field: 'n' },
        ],
      },
      { id: 'out' },
      {
        id: 'by-second',
        kind: 'window-aggregate',
        keyField: 'a',
        sizeMs: 1_000,
        aggregates: [{ name: 'began', of: 'first' }],
      },
      { id: 'two' },
    ]);
    expect(Object.keys(program.functions.get('totals')!)).toEqual(['key']);
    expect(validateGraph(JSON.parse(JSON.stringify(graph)))).toEqual({ ok: true, value: graph });
    expect(validateGraph({ ...graph, version: 4 })).toEqual({
      ok: false,
      reason: 'a job graph of these operators must have version 5, not 4',
    });
  });

  test('a graph of a peer is told the same', () => {
    const peers = (aggregates: unknown): unknown =>
      changed((graph, operators) => {
        graph.version = 5;
        Object.assign(operators[2]!, { kind: 'window-aggregate', aggregates });
      });
    const reason = (aggregates: unknown): unknown => (validateGraph(peers(aggregates)) as { reason?: string }).reason;
    const told = 'operator "daily" (window-aggregate): aggregates';
    expect(reason([{ name: 'rows', of: 'count' }])).toBeUndefined();
    expect(reason({ rows: count() })).toBe(
      `${told} must be aggregates by name, such as { payments: count() }, not an object`,
    );
    expect(reason([null])).toBe(`${told} number 1 must be an aggregate, not null`);
    expect(
      reason([
        { name: 'a', of: 'count' },
        { name: 'a', of: 'first' },
      ]),
    ).toBe(`${told} more than one is called "a"`);
  });
});

describe('fields', () => {
  test.each<[string, Parameters<typeof changed>[0], string]>([
    ['format', (graph) => (graph.format = 'other'), 'job graph: format must be "millrace-job-graph", not "other"'],
    ['version', (graph) => (graph.version = 1), 'job graph: version must be 3 or 4 or 5 or 6 or 7, not 1'],
    [
      'name',
      (graph) => (graph.name = 'a b'),
      'job graph: name must be up to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit, not "a b"',
    ],
    ['restart', (graph) => (graph.restart = 3), 'job graph: restart must be null or a restart strategy, not 3'],
    [
      'a kind of restart strategy',
      (graph) => (graph.restart = { kind: 'often' }),
      'restart strategy: kind must be "none" or "fixed-delay" or "failure-rate" or "exponential-delay", not "often"',
    ],
    [
      'restarts',
      (graph) => (graph.restart = { kind: 'fixed-delay', attempts: -1, delayMs: 0 }),
      'restart strategy fixed-delay: attempts must be a whole number, 0 to 1000000, not -1',
    ],
    [
      'a delay that grows to less',
      (graph) =>
        (graph.restart = { kind: 'exponential-delay', initialMs: 9, multiplier: 2, maxMs: 8, jitter: 0, resetMs: 0 }),
      'restart strategy exponential-delay: maxMs 8 is less than initialMs 9',
    ],
    [
      'max parallelism',
      (graph) => (graph.maxParallelism = 0),
      'job graph: maxParallelism must be a whole number, 1 to 32768, not 0',
    ],
    [
      'operators',
      (graph) => (graph.operators = 'none'),
      'job graph: operators must be a list of at most 1000 operators, not "none"',
    ],
    ['edges', (graph) => (graph.edges = null), 'job graph: edges must be a list of at most 10000 edges, not null'],
    [
      'parameters',
      (graph) => (graph.parameters = new Date(0)),
      'job graph: parameters must be data (null, booleans, numbers, strings, Uint8Arrays, arrays and plain objects of these), not an object',
    ],
    [
      'a key field that is none',
      (_, operators) => (operators[2]!.keyField = 'a..b'),
      'operator "daily" (window): keyField must be absent, or the name of a field, or a path to one such as author.id, of up to 1000 characters, not "a..b"',
    ],
    [
      'a key field of an operator without keys',
      (_, operators) => (operators[1]!.keyField = 'a'),
      'operator "clean" (filter): unknown field "keyField"',
    ],
    [
      'a version for key fields without any',
      (graph) => (graph.version = 4),
      'a job graph of these operators must have version 3, not 4',
    ],
    ['unknown field', (graph) => (graph.extra = 1), 'job graph: unknown field "extra"'],
    ['no operator', (_, operators) => (operators[1] = null as never), 'operator number 2 must be an object, not null'],
    ['unknown kind', (_, operators) => (operators[1]!.kind = 'sort'), 'operator "clean": unknown kind "sort"'],
    [
      'kind from the prototype',
      (_, operators) => (operators[1]!.kind = 'constructor'),
      'operator "clean": unknown kind "constructor"',
    ],
    [
      'id',
      (_, operators) => (operators[1]!.id = 'a/b'),
      'operator "a/b" (filter): id must be up to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit, not "a/b"',
    ],
    [
      'parallelism',
      (_, operators) => (operators[1]!.parallelism = 1.5),
      'operator "clean" (filter): parallelism must be a whole number, 1 to 32768, not 1.5',
    ],
    [
      'parallelism',
      (_, operators) => (operators[1]!.parallelism = 32_769),
      'operator "clean" (filter): parallelism must be a whole number, 1 to 32768, not 32769',
    ],
    [
      'topic that is a path',
      (_, operators) => (operators[0]!.topic = 'rows/2026'),
      'operator "rows" (source): topic must be up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash, or the URL of a connector, such as csv:data/rows.csv, not "rows/2026"',
    ],
    [
      'sink that leads out of its folder',
      (_, operators) => (operators.at(-1)!.sink = '..'),
      'operator "out" (sink): sink must be up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash, or the URL of a connector, such as csv:data/rows.csv, not ".."',
    ],
    [
      'topic',
      (_, operators) => (operators[0]!.topic = ''),
      'operator "rows" (source): topic must be up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash, or the URL of a connector, such as csv:data/rows.csv, not ""',
    ],
    [
      'splits',
      (_, operators) => (operators[0]!.splits = 0),
      'operator "rows" (source): splits must be a whole number, 1 to 65536, not 0',
    ],
    [
      'rate',
      (_, operators) => (operators[0]!.recordsPerSecond = Number.NaN),
      'operator "rows" (source): recordsPerSecond must be a number from 0 to 1000000000, not NaN',
    ],
    [
      'bound',
      (_, operators) => (operators[0]!.outOfOrdernessMs = -1),
      'operator "rows" (source): outOfOrdernessMs must be a whole number of ms, 0 or more, not -1',
    ],
    [
      'field missing',
      (_, operators) => delete operators[0]!.outOfOrdernessMs,
      'operator "rows" (source): outOfOrdernessMs must be a whole number of ms, 0 or more, not nothing',
    ],
    [
      'window size',
      (_, operators) => (operators[2]!.sizeMs = 0),
      'operator "daily" (window): sizeMs must be a whole number of ms, 1 or more, not 0',
    ],
    [
      'sink',
      (_, operators) => (operators[3]!.sink = 7),
      'operator "out" (sink): sink must be up to 249 letters, digits, dots, dashes and underscores that begin with no dot or dash, or the URL of a connector, such as csv:data/rows.csv, not 7',
    ],
    [
      'commit',
      (_, operators) => (operators[3]!.commitOn = 'end'),
      'operator "out" (sink): commitOn must be "checkpoint-complete" or "barrier", not "end"',
    ],
    ['no edge', (_, _operators, edges) => (edges[0] = 'x' as never), 'edge number 1 must be an object, not "x"'],
    [
      'partitioning',
      (_, _operators, edges) => (edges[0]!.partitioning = 'shuffle'),
      'edge from "rows" to "clean": partitioning must be "forward" or "rebalance" or "hash", not "shuffle"',
    ],
  ])('%s', (_, change, mistake) => {
    const graph = changed(change);
    expect(validateGraph(graph)).toEqual({ ok: false, reason: mistake });
    expect(validate(graph as JobGraph, job.program)).toEqual([mistake]);
  });
});

describe('structure', () => {
  test.each<[string, Parameters<typeof changed>[0], string[]]>([
    [
      'duplicate id',
      (_, operators) => operators.push({ ...operators[3]! }),
      ['operator "out": more than one operator has this id'],
    ],
    [
      'a sink of two operators',
      (_, operators, edges) => {
        operators.push({ ...operators[3]!, id: 'again' });
        edges.push({ ...edges[2]!, to: 'again' });
      },
      ['operator "again" (sink): the sink "out" is written by "out" already; union their streams'],
    ],
    [
      'no source',
      (graph, operators) => {
        graph.operators = operators.slice(1);
        graph.edges = graph.edges.slice(1);
      },
      ['the job has no source', 'operator "clean" (filter): it has no input'],
    ],
    [
      'no sink',
      (graph, operators) => {
        graph.operators = operators.slice(0, 3);
        graph.edges = graph.edges.slice(0, 2);
      },
      ['the job has no sink', 'operator "daily" (window): its stream ends nowhere; sinkTo must end each stream'],
    ],
    [
      'above max parallelism',
      (graph) => (graph.maxParallelism = 1),
      [
        'operator "rows" (source): parallelism 2 is above the max parallelism 1 of the job',
        'operator "clean" (filter): parallelism 2 is above the max parallelism 1 of the job',
        'operator "daily" (window): parallelism 2 is above the max parallelism 1 of the job',
        'operator "out" (sink): parallelism 2 is above the max parallelism 1 of the job',
      ],
    ],
    [
      'dangling edge',
      (_, _operators, edges) => edges.push({ from: 'rows', to: 'lost', partitioning: 'forward' }),
      ['edge from "rows" to "lost": there is no operator "lost"'],
    ],
    [
      'edge from nowhere',
      (_, _operators, edges) => edges.push({ from: 'lost', to: 'out', partitioning: 'forward' }),
      ['edge from "lost" to "out": there is no operator "lost"'],
    ],
    [
      'edge into a source',
      (_, operators, edges) => {
        operators.push({ ...operators[0]!, id: 'second' });
        edges.push(
          { from: 'rows', to: 'second', partitioning: 'forward' },
          { from: 'second', to: 'out', partitioning: 'forward' },
        );
      },
      [
        'operator "second" (source): nothing can lead to a source, but an edge comes from "rows"',
        'operator "out": it is listed before its input "second"',
      ],
    ],
    [
      'edge out of a sink',
      (_, operators, edges) => {
        operators.push({ ...operators[3]!, id: 'second', sink: 'second' });
        edges.push({ from: 'out', to: 'second', partitioning: 'forward' });
      },
      ['operator "out" (sink): nothing can follow a sink, but an edge leads to "second"'],
    ],
    [
      'keyed without hash',
      (_, _operators, edges) => (edges[1]!.partitioning = 'forward'),
      ['operator "daily" (window): it is keyed, so the edge from "clean" must be hash, not forward'],
    ],
    [
      'hash without key',
      (_, _operators, edges) => (edges[2]!.partitioning = 'hash'),
      ['operator "out" (sink): it is not keyed, so the edge from "daily" cannot be hash'],
    ],
    [
      'forward between unequals',
      (_, operators) => (operators[3]!.parallelism = 1),
      ['operator "out" (sink): a forward edge needs equal parallelism, but "daily" has 2 and this 1'],
    ],
    [
      'doubled edge',
      (_, _operators, edges) => edges.push({ ...edges[2]! }),
      ['operator "out": the output of "daily" reaches it more than once (a union of a stream with itself)'],
    ],
    [
      'wrong order',
      (graph, operators) => (graph.operators = [operators[1], operators[0], operators[2], operators[3]]),
      ['operator "clean": it is listed before its input "rows"'],
    ],
    [
      'loop',
      (_, _operators, edges) => edges.push({ from: 'clean', to: 'clean', partitioning: 'forward' }),
      ['operators "clean": their edges lead in a circle'],
    ],
    [
      'cycle',
      (_, _operators, edges) => edges.push({ from: 'daily', to: 'clean', partitioning: 'forward' }),
      ['operators "clean", "daily": their edges lead in a circle'],
    ],
    [
      'nothing at all',
      (graph) => {
        graph.operators = [];
        graph.edges = [];
      },
      ['the job has no source', 'the job has no sink'],
    ],
  ])('%s', (_, change, mistakes) => {
    const graph = changed(change);
    expect(validate(graph as JobGraph, job.program)).toEqual(mistakes);
    expect(validateGraph(graph)).toEqual({ ok: false, reason: mistakes.join('; ') });
  });

  test('fewer splits than subtasks are allowed', () => {
    expect(validateGraph(changed((_, operators) => (operators[0]!.splits = 1))).ok).toBe(true);
  });
});

describe('size', () => {
  const wide = (graph: Draft, parallelism: number): void => {
    graph.maxParallelism = 32_768;
    for (const operator of graph.operators as Draft[]) operator.parallelism = parallelism;
  };

  test('each number in its limits, and all together too many', () => {
    const graph = changed((draft) => wide(draft, 20_000));
    expect(validateGraph(graph)).toEqual({
      ok: false,
      reason:
        'the job has 80000 subtasks, more than 10000; the job has 400040000 channels between its subtasks, more than 1000000',
    });
  });

  test('a thousand subtasks, each of which feeds each of the next thousand', () => {
    const graph = changed((draft) => wide(draft, 990));
    expect(validateGraph(graph).ok).toBe(true);
  });
});

describe('functions', () => {
  const anything = (): never => undefined as never;
  test.each<[string, OperatorFunctions | null, string[]]>([
    [
      'daily',
      null,
      ['key', 'aggregate.create', 'aggregate.add', 'aggregate.result'].map(
        (name) => `operator "daily" (window): its function "${name}" is missing${name === 'key' ? ' (keyBy)' : ''}`,
      ),
    ],
    [
      'daily',
      { key: anything, aggregate: { create: anything, add: anything } as never },
      ['operator "daily" (window): its function "aggregate.result" is missing'],
    ],
    ['clean', { map: anything }, ['operator "clean" (filter): its function "filter" is missing']],
    ['rows', { timestamp: 'time' as never }, ['operator "rows" (source): its function "timestamp" is missing']],
    [
      'rows',
      {},
      ['operator "daily" (window): its records have no event time, as source "rows" has no function "timestamp"'],
    ],
    ['out', null, []],
  ])('of %s', (id, functions, mistakes) => {
    const changedFunctions = new Map(job.program.functions);
    if (functions === null) changedFunctions.delete(id);
    else changedFunctions.set(id, functions);
    expect(validate(job.graph, { functions: changedFunctions })).toEqual(mistakes);
  });
});

describe('anything else', () => {
  test.each([
    [undefined],
    [null],
    [1],
    ['graph'],
    [[]],
    [{}],
    [() => 1],
    [{ format: 'millrace-job-graph', version: 3 }],
  ])('%o is no graph', (candidate) => {
    expect(validateGraph(candidate).ok).toBe(false);
  });

  test('graphs of anything never make it throw', () => {
    const ids = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
    const operator = fc.record({
      id: ids,
      kind: fc.constantFrom('source', 'map', 'reduce', 'window', 'sink', 'x'),
      parallelism: fc.integer({ min: 1, max: 3 }),
    });
    const edge = fc.record({ from: ids, to: ids, partitioning: fc.constantFrom('forward', 'rebalance', 'hash') });
    const graph = fc.record({
      format: fc.constant('millrace-job-graph'),
      version: fc.constant(3),
      name: fc.constant('n'),
      maxParallelism: fc.integer({ min: 1, max: 4 }),
      operators: fc.oneof(fc.array(fc.oneof(operator, fc.anything())), fc.anything()),
      edges: fc.oneof(fc.array(fc.oneof(edge, fc.anything())), fc.anything()),
      parameters: fc.anything(),
      restart: fc.anything(),
    });
    fc.assert(fc.property(fc.oneof(graph, fc.anything()), (candidate) => void validateGraph(candidate)));
    fc.assert(fc.property(graph, (candidate) => void validate(candidate as unknown as JobGraph, job.program)));
  });
});

test('defineJob throws one error that lists all mistakes', () => {
  const define = (): unknown =>
    defineJob('wrong', (env) => {
      const rows = env.fromSource('rows', { topic: 'rows', splits: 1 });
      rows.map('none', (row) => row);
      rows.union(rows).sinkTo('out', { sink: 'out' });
    });
  expect(define).toThrow(
    'job "wrong" cannot run:\n' +
      '- operator "out": the output of "rows" reaches it more than once (a union of a stream with itself)\n' +
      '- operator "none" (map): its stream ends nowhere; sinkTo must end each stream',
  );
});

test('an id that is there twice is told alone: what follows from it would be true of neither operator', () => {
  const define = (): unknown =>
    defineJob('wrong', (env) => {
      const rows = env.fromSource('rows', { topic: 'rows', splits: 1 });
      rows.map('rows', (row) => row);
      rows.union(rows).sinkTo('out', { sink: 'out' });
    });
  expect(define).toThrow(/^job "wrong" cannot run:\n- operator "rows": more than one operator has this id$/);
});

test('defineJob refuses another word for how records are seen', () => {
  const define = (): unknown =>
    defineJob(
      'wrong',
      (env) =>
        env
          .fromSource('rows', { topic: 'rows', splits: 1 })
          .map('same', (row) => row, { rows: 'view' as 'views' })
          .filter('all', () => true, { rows: true as unknown as 'views' })
          .sinkTo('out', { sink: 'out' }),
      { rows: 'rows' as 'views' },
    );
  expect(define).toThrow(
    'job "wrong" cannot run:\n' +
      '- "rows" is "rows", expected "objects" or "views"\n' +
      '- operator "same": "rows" is "view", expected "objects" or "views"\n' +
      '- operator "all": "rows" is a boolean, expected "objects" or "views"',
  );
});

test('how records are seen stands beside the functions, and not in the graph', () => {
  const define = (rows: 'objects' | 'views'): JobDefinition =>
    defineJob(
      'seen',
      (env) => {
        const mapped = env.fromSource('rows', { topic: 'rows', splits: 1 }).map('mapped', (row) => row);
        mapped
          .map('other', (row) => row, { rows: 'views' })
          .filter('objects', () => true, { rows: 'objects' })
          .sinkTo('out', { sink: 'out' });
      },
      { rows },
    );
  const seen = (rows: 'objects' | 'views'): unknown =>
    ['mapped', 'other', 'objects'].map((id) => define(rows).program.functions.get(id)?.rows ?? 'objects');
  expect(seen('objects')).toEqual(['objects', 'views', 'objects']);
  expect(seen('views')).toEqual(['views', 'views', 'objects']);
  expect(define('views').graph).toEqual(define('objects').graph);
});

test('defineJob refuses settings and functions that there are not, as nobody may have compiled the job', () => {
  const source = { topic: 'rows', splits: 1, outOfOrderness: 5 };
  const filter = { parallelism: 1, paralelism: 2 };
  const functions = { onRecord: () => {}, onTimers: () => {} };
  const sink = { sink: 'out', commitAt: 'barrier' };
  const job = { parallelism: 1, parameter: 3 };
  const define = (): unknown =>
    defineJob(
      'wrong',
      (env) => {
        const rows = env.fromSource('rows', source).filter('all', () => true, filter);
        rows
          .keyBy(() => 1)
          .process('silence', functions)
          .sinkTo('out', sink);
      },
      job,
    );
  expect(define).toThrow(
    'job "wrong" cannot run:\n' +
      '- unknown setting "parameter", did you mean "parameters"?\n' +
      '- operator "rows": unknown setting "outOfOrderness", did you mean "outOfOrdernessMs"?\n' +
      '- operator "all": unknown setting "paralelism", did you mean "parallelism"?\n' +
      '- operator "silence": unknown function "onTimers", did you mean "onTimer"?\n' +
      '- operator "out": unknown setting "commitAt", did you mean "commitOn"?',
  );
});
