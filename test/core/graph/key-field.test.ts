// A field by its name or path gives the key that a function which reads it gives, in whatever record; where there is none it says so.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key, Value } from '../../../src/core/base/value.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { fieldKey, isKeyField } from '../../../src/core/graph/key-field.ts';
import { selectKey } from '../../../src/core/operators/key-selector.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { linesTopic, scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed, verdictOf } from '../../sim/cluster/lab.ts';

const ofField = (field: string, value: Value): Key => selectKey('counts', fieldKey(field), value);

const sentenceOf = (field: string, value: Value): string => {
  try {
    return `gave ${JSON.stringify(ofField(field, value))}`;
  } catch (error) {
    return error instanceof UserCodeError ? error.sentence : `threw ${String(error)}`;
  }
};

const number = fc.oneof(fc.double(), fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 2 ** 53 - 1, 2 ** 53 + 2));
const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', 'a\udc00'), number, fc.boolean());
const held = fc.oneof(
  { weight: 4, arbitrary: part },
  fc.array(part, { maxLength: 3 }),
  fc.constantFrom<Value[]>(null, {}, [null], new Uint8Array([1]), { a: 1 }),
);
const name = fc.oneof(
  fc.constantFrom('a', 'length', 'constructor', 'toString', '0', 'byteLength', '__proto__', 'valueOf', 'ä b', 'at'),
  fc.string({ minLength: 1 }).filter((text) => !text.includes('.')),
);
const withField = ([field, value, others]: [string, Value, readonly string[]]): { field: string; record: Value } => ({
  field,
  record: Object.fromEntries([...others.map((other): [string, Value] => [`x${other}`, 1]), [field, value]]),
});
const records = fc.tuple(name, held, fc.array(name, { maxLength: 3 })).map(withField);

test('a field gives what a function that reads it gives', () => {
  fc.assert(
    fc.property(records, ({ field, record }) => {
      const own = (value: Value): Key => (value as Readonly<Record<string, Key>>)[field] as Key;
      let expected: Key | null;
      try {
        expected = selectKey('counts', own, record);
      } catch {
        expected = null;
      }
      if (expected === null) expect(() => ofField(field, record)).toThrow(/has no key in field/);
      else expect(ofField(field, record)).toStrictEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('a path leads through records', () => {
  fc.assert(
    fc.property(records, name, name, ({ field, record }, middle, outer) => {
      const nested: Value = Object.fromEntries([[outer, Object.fromEntries([[middle, record]])]]);
      const told = (path: string, value: Value): string => sentenceOf(path, value).replace(/, at the record .*/, '');
      expect(told(`${outer}.${middle}.${field}`, nested)).toBe(
        told(field, record).replace(`"${field}"`, () => `"${outer}.${middle}.${field}"`),
      );
    }),
  );
});

describe('a record without it is told in one sentence', () => {
  test.each<[string, Value, string]>([
    ['name', { id: 1 }, 'operator "counts" has no key: the record has no field "name", at the record {"id":1}'],
    ['name', null, 'operator "counts" has no key: the record has no field "name", at the record null'],
    ['length', 'text', 'operator "counts" has no key: the record has no field "length", at the record "text"'],
    ['push', [1], 'operator "counts" has no key: the record has no field "push", at the record [1]'],
    ['toFixed', 1, 'operator "counts" has no key: the record has no field "toFixed", at the record 1'],
    ['length', [1], 'operator "counts" has no key: the record has no field "length", at the record [1]'],
    ['0', ['x'], 'operator "counts" has no key: the record has no field "0", at the record ["x"]'],
    [
      'byteLength',
      new Uint8Array(2),
      'operator "counts" has no key: the record has no field "byteLength", at the record "2 bytes"',
    ],
    ['toString', {}, 'operator "counts" has no key: the record has no field "toString", at the record {}'],
    [
      'constructor.name',
      {},
      'operator "counts" has no key: the record has no field "constructor.name", at the record {}',
    ],
    [
      'author.id',
      { author: 'Eve' },
      'operator "counts" has no key: the record has no field "author.id", at the record {"author":"Eve"}',
    ],
    [
      'author.id',
      { author: { id: null } },
      'operator "counts" has no key in field "author.id": null is no string, number, bigint or boolean, nor an array of them, at the record {"author":{"id":null}}',
    ],
    [
      'n',
      { n: NaN },
      'operator "counts" has no key in field "n": NaN is not a finite number, at the record {"n":"NaN"}',
    ],
  ])('%s of %j', (field, value, sentence) => {
    expect(sentenceOf(field, value)).toBe(sentence);
  });
});

test('names and paths', () => {
  expect(['a', 'author.id', 'ä b', 'x'.repeat(1_000)].every(isKeyField)).toBe(true);
  expect(['', '.', 'a.', '.a', 'a..b', 'x'.repeat(1_001), 1, null, undefined].some(isKeyField)).toBe(false);
});

/** The job of word-count, whose words are in a record inside of each record. */
const nestedCount = (by: 'field' | 'function'): Scenario => ({
  ...wordCount,
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  job: defineJob('word-count', (env) => {
    const words = env
      .fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 50, parallelism: 2 })
      .flatMap('split', (line) => line.split(' ').map((text) => ({ word: { text }, count: 1 })), { parallelism: 2 });
    const keyed = by === 'field' ? words.keyBy('word.text') : words.keyBy(({ word }) => word.text);
    keyed
      .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }), { parallelism: 3 })
      .sinkTo('counts', { sink: 'counts', parallelism: 3 });
  }),
});

test.each([1, 2, 3, 4, 5, 6])('seed %i commits the same, key by key, under the same faults', (seed) => {
  const byField = runSeed(nestedCount('field'), seed);
  const byFunction = runSeed(nestedCount('function'), seed);
  expect(verdictOf(byField)).toBe('pass');
  expect(byField.committed).toEqual(byFunction.committed);
  expect([byField.events, byField.restarts]).toEqual([byFunction.events, byFunction.restarts]);
});

test('only a graph that names a field has the version of graphs that do', () => {
  const versionOf = (by: 'field' | 'function'): unknown => (nestedCount(by).job as { graph: unknown }).graph;
  expect(versionOf('field')).toMatchObject({
    version: 4,
    operators: [{}, {}, { id: 'count', keyField: 'word.text' }, {}],
  });
  expect(versionOf('function')).toMatchObject({ version: 3 });
  expect(JSON.stringify(versionOf('function'))).not.toContain('keyField');
});
