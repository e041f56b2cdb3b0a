// What a scenario says of code that does not give the same result each time, and what is refused.
import { describe, expect, test } from 'vitest';
import { mistakesOf } from '../../src/scenario/mistakes.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { varyingTopics } from '../../src/scenario/varying-code.ts';
import { defineJob } from '../../src/scenario/millrace-scenario.ts';
import { scenario as wordCount, splitVaries, wordCount as counting } from '../../scenarios/word-count.ts';

const varying = { ...wordCount, varies: splitVaries };
const weighted: Scenario = { ...varying, faults: { 'user-chance': 1 } };

const forking = defineJob('forking', (env) => {
  const lines = env.fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 1 });
  lines.map('split', (line) => line).sinkTo('out', { sink: 'out' });
  lines.sinkTo('copies', { sink: 'copies' });
});

describe('is right', () => {
  test.each([
    ['code behind a source', weighted],
    ['code that varies, and a fault that is not asked for', varying],
  ])('%s', (_, scenario) => {
    expect(mistakesOf(scenario)).toEqual([]);
  });
});

describe('is refused', () => {
  test.each<[string, unknown, string]>([
    [
      'the fault, where nothing varies',
      { ...wordCount, faults: { 'user-chance': 1 } },
      'user-chance has a weight, and the scenario does not say which code varies, and what of its results (`varies`)',
    ],
    [
      'an operator that is not there',
      { ...varying, varies: { ...splitVaries, operator: 'spilt' } },
      'unknown operator in varies "spilt", did you mean "split"?',
    ],
    [
      'an operator with state',
      { ...varying, varies: { ...splitVaries, operator: 'count' } },
      'varies.operator "count" is a reduce: expected a map or a flatMap',
    ],
    [
      'code that shares its source',
      { ...varying, job: forking },
      'varies.operator "split" does not stand directly behind its sources, or not alone: expected one that does',
    ],
    [
      'what is no function',
      { ...varying, varies: { ...splitVaries, identity: 'word' } },
      '"varies.identity" must be a function of a record that returns what of it is always the same, and is "word"',
    ],
    [
      'another field',
      { ...varying, varies: { ...splitVaries, seed: 1 } },
      '"varies" has no "seed": its parts are operator, change, identity',
    ],
  ])('%s', (_, scenario, sentence) => {
    expect(mistakesOf(scenario)).toEqual([sentence]);
  });
});

test('a topic that other code reads as well is spared', () => {
  const topics = (...jobs: readonly { readonly graph: ReturnType<typeof counting>['graph'] }[]): readonly string[] => [
    ...varyingTopics(
      jobs.map(({ graph }) => graph),
      splitVaries,
    ),
  ];
  expect(topics(counting())).toEqual(['lines']);
  expect(topics(counting(), forking)).toEqual([]);
  expect([...varyingTopics([counting().graph], undefined)]).toEqual([]);
});
