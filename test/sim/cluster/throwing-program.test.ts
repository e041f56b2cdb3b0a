// Planted records: who throws at them, who hands them on, and where a job throws for certain.
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import type { OperatorFunctions } from '../../../src/core/graph/functions.ts';
import { plantThrow, throwingProgram, throwPlaces } from '../../../src/sim/cluster/throwing-program.ts';
import { defineJob } from '../../../src/scenario/millrace-scenario.ts';
import { wordCount } from '../../../scenarios/word-count.ts';

const context = { timestamp: 0, parameters: null } as never;

function wrapped(own: OperatorFunctions): OperatorFunctions {
  return throwingProgram({ functions: new Map([['a', own]]) }).functions.get('a')!;
}

const codeless = defineJob('codeless', (env) =>
  env.fromSource<string>('in', { topic: 't', splits: 1, recordsPerSecond: 1 }).sinkTo('out', { sink: 'out' }),
);
const stateless = defineJob('stateless', (env) =>
  env
    .fromSource<string>('in', { topic: 't', splits: 1, recordsPerSecond: 1 })
    .map('same', (value) => value)
    .sinkTo('out', { sink: 'out' }),
);

test.each([
  ['map', (functions: OperatorFunctions, value: Value) => functions.map?.(value, context)],
  ['flatMap', (functions: OperatorFunctions, value: Value) => Array.from(functions.flatMap!(value, context))],
  ['filter', (functions: OperatorFunctions, value: Value) => functions.filter?.(value, context)],
] as const)('%s throws at a record for the first function, and takes one for a function with state', (_, call) => {
  const functions = wrapped({ map: (value) => value, flatMap: (value) => [value, value], filter: () => true });
  expect(() => call(functions, plantThrow('a', 'first'))).toThrow('a planted record');
  const later = plantThrow('a', 'state');
  expect([[later, later], later, true]).toContainEqual(call(functions, later));
  expect([['a', 'a'], 'a', true]).toContainEqual(call(functions, 'a'));
});

test('functions with state throw at both, timestamps and keys see the record itself', () => {
  const functions = wrapped({
    timestamp: (value) => (value as string).length,
    key: (value) => value as string,
    onRecord: () => {},
    aggregate: { create: () => 0, add: (sum) => sum, result: (sum) => sum },
  });
  for (const place of ['first', 'state'] as const) {
    const bad = plantThrow('abc', place);
    expect([functions.timestamp?.(bad), functions.key?.(bad)]).toEqual([3, 'abc']);
    expect(() => functions.onRecord?.(bad, context)).toThrow('a planted record');
    expect(() => functions.aggregate?.add(1, bad)).toThrow('a planted record');
  }
});

test.each([
  ['what aggregates by declaration', {}],
  ['reduce, which is not called for the first record of a key,', { reduce: (before: Value) => before }],
])('%s throws at both in its key', (_, own) => {
  const functions = wrapped({ key: (value) => value as string, ...own });
  for (const place of ['first', 'state'] as const)
    expect(() => functions.key?.(plantThrow('abc', place))).toThrow('a planted record');
  expect(functions.key?.('abc')).toBe('abc');
});

test.each([
  ['code before and in its state', [wordCount()], ['first', 'state']],
  ['code without state', [stateless], ['first']],
  ['no code', [codeless], []],
  ['two jobs that read it, of which one has no state', [wordCount(), stateless], null],
])('a job with %s', (_, jobs, places) => {
  const found = throwPlaces(jobs.map(({ graph }) => graph));
  if (places !== null) expect([...found.values()]).toEqual([places]);
  else expect(Object.fromEntries(found)).toEqual({ lines: ['first', 'state'], t: ['first'] });
});
