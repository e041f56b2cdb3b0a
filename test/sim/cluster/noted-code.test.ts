// Whoever of the user's functions is at work can be named.
import { expect, test } from 'vitest';
import type { OperatorFunctions, ProcessContext, RecordContext } from '../../../src/core/graph/functions.ts';
import { notedProgram } from '../../../src/sim/cluster/noted-code.ts';
import type { LastCall } from '../../../src/scenario/last-call.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed } from './lab.ts';

const context: RecordContext = { timestamp: 0, parameters: null };

/** Which name is noted while each function runs. */
function namesSeen(): Readonly<Record<string, string>> {
  const last: LastCall = { what: '' };
  const seen: Record<string, string> = {};
  const see = (name: string): void => void (seen[name] = last.what);
  const code: OperatorFunctions = {
    timestamp: () => (see('timestamp'), 0),
    key: () => (see('key'), 'key'),
    map: (value) => (see('map'), value),
    flatMap: (value) => (see('flatMap'), [value]),
    filter: () => (see('filter'), true),
    reduce: (value) => (see('reduce'), value),
    onRecord: () => see('onRecord'),
    onTimer: () => see('onTimer'),
    aggregate: {
      create: () => (see('create'), 0),
      add: (value) => (see('add'), value),
      result: (value) => (see('result'), value),
    },
  };
  const noted = notedProgram({ functions: new Map([['mill', code]]) }, last).functions.get('mill');
  noted?.timestamp?.(1);
  noted?.key?.(1);
  noted?.map?.(1, context);
  expect(noted?.flatMap?.(1, context)).toEqual([1]);
  noted?.filter?.(1, context);
  noted?.reduce?.(1, 2, context);
  noted?.onRecord?.(1, {} as ProcessContext);
  noted?.onTimer?.(1, {} as ProcessContext);
  noted?.aggregate?.create();
  noted?.aggregate?.add(1, 2);
  noted?.aggregate?.result(1, { ...context, key: 'key', window: { start: 0, end: 1 } });
  return seen;
}

test('each function is named with its operator', () => {
  const seen = namesSeen();
  expect(Object.keys(seen)).toHaveLength(11);
  for (const [name, noted] of Object.entries(seen)) expect(noted).toBe(`${name} of operator "mill"`);
});

test('a generator is named again for each item, whatever was called in between', () => {
  const last: LastCall = { what: '' };
  const seen: string[] = [];
  const flatMap = function* (): Generator<number> {
    for (const item of [1, 2, 3]) {
      seen.push(last.what);
      yield item;
    }
  };
  const noted = notedProgram({ functions: new Map([['mill', { flatMap }]]) }, last).functions.get('mill');
  for (const item of noted?.flatMap?.(0, context) ?? []) last.what = `what takes ${JSON.stringify(item)}`;
  expect(seen).toEqual(Array.from({ length: 3 }, () => 'flatMap of operator "mill"'));
});

test('a program has the functions that it had', () => {
  const noted = notedProgram({ functions: new Map([['mill', { key: () => 1 }]]) }, { what: '' });
  expect(Object.keys(noted.functions.get('mill') ?? {})).toEqual(['key']);
});

test('the input and the check of a scenario are named too', () => {
  const lastCall: LastCall = { what: '' };
  const seen: string[] = [];
  const scenario = {
    ...wordCount,
    input: (given: Parameters<typeof wordCount.input>[0]) => (seen.push(lastCall.what), wordCount.input(given)),
    check: () => (seen.push(lastCall.what), null),
  };
  expect(runSeed(scenario, 1, { faults: [], lastCall }).verdict).toBe('pass');
  expect(seen).toEqual(['input of the scenario', 'check of the scenario']);
});
