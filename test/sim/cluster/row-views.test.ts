// The same job, whose functions are given objects or views of their records: it commits the same in the same run.
import { expect, test } from 'vitest';
import { int32, schema, string } from '../../../src/core/columns/schema.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { SeenRows } from '../../../src/core/graph/functions.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { linesTopic, scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed, verdictOf } from './lab.ts';

interface Counted {
  readonly word: { readonly text: string };
  readonly count: number;
}

const countedBy = (rows: SeenRows): Scenario => ({
  ...wordCount,
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  job: defineJob(
    'word-count',
    (env) =>
      env
        .fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 50, parallelism: 2 })
        .flatMap('split', (line) => line.split(' ').map((text) => ({ word: { text }, count: 1 })), { parallelism: 2 })
        .filter('short', ({ word }) => word.text !== 'vocabulary')
        .map('again', (row) => ({ ...row, count: row.count }))
        .keyBy('word.text')
        .process<Counted>('count', {
          onRecord(row, context) {
            const last = context.state<Counted>('last');
            last.update(last.value() === null ? row : { ...row, count: row.count + (last.value()?.count ?? 0) });
            context.collect(last.value() as Counted);
          },
        })
        .sinkTo('counts', { sink: 'counts' }),
    { rows, parallelism: 2 },
  ),
});

test.each([1, 2])('seed %i', (seed) => {
  const byViews = runSeed(countedBy('views'), seed);
  const byObjects = runSeed(countedBy('objects'), seed);
  expect(verdictOf(byViews)).toBe('pass');
  expect(byViews.committed).toEqual(byObjects.committed);
  expect([byViews.events, byViews.restarts]).toEqual([byObjects.events, byObjects.restarts]);
});

/** With declared state, by its fields and by whole values with their fields in another order. */
const declaredCount: Scenario = {
  ...wordCount,
  input: ({ pick, times }) => ({ lines: linesTopic((split) => pick(`lines-${split}`, 1_024), times) }),
  job: defineJob(
    'word-count',
    (env) =>
      env
        .fromSource<string>('lines', { topic: 'lines', splits: 2, recordsPerSecond: 50, parallelism: 2 })
        .flatMap('split', (line) => line.split(' ').map((text) => ({ text })), { parallelism: 2 })
        .keyBy('text')
        .withState(schema({ count: int32, zero: int32, last: string }))
        .process<{ readonly text: string; readonly count: number }>('count', {
          onRecord({ text }, context, state) {
            state.count += 1;
            state.zero *= -1;
            if (state.count % 3 === 0) context.state('state').update({ last: text, zero: -0, count: state.count });
            context.collect({ text, ...state });
          },
        })
        .sinkTo('counts', { sink: 'counts' }),
    { rows: 'views', parallelism: 2 },
  ),
};

test.each([1, 2, 3])('declared state, seed %i', (seed) => {
  expect(verdictOf(runSeed(declaredCount, seed))).toBe('pass');
});
