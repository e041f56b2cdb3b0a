// The committed output against a sequential run: what is missing, doubled or foreign is found; so is what only the scenario's check knows.
import { expect, test } from 'vitest';
import { defineJob } from '../../../src/scenario/millrace-scenario.ts';
import { scenario, wordCount } from '../../../scenarios/word-count.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { WHOLE } from '../../../src/cli/real/jobs/span.ts';
import { judgeOutput } from '../../../src/cli/real/judge-output.ts';
import { simOptionTable } from '../../../src/scenario/sim-options.ts';

const topics = { lines: { splits: [['a b a'], ['b']] } };
const right: readonly Value[] = [
  { word: 'a', count: 1 },
  { count: 2, word: 'a' }, // the order of fields does not matter
  { word: 'b', count: 2 },
  { word: 'b', count: 1 },
];

function judge(counts: readonly Value[], changes: Partial<typeof scenario> = {}) {
  const judged = { ...scenario, ...changes };
  const { reference, check } = judged;
  const job = judged.job ?? wordCount();
  const options = withDefaults(clusterOptionTable);
  const costs = withDefaults(simOptionTable);
  const of = { jobId: 'job-1', clients: ['client-1'], submitAtMs: 0, graph: job.graph, program: job.program };
  const context = { ...of, topics, options, costs, reference, ...(check === undefined ? {} : { check }) };
  return judgeOutput(judged, { context, span: WHOLE, committed: { counts } });
}

test('what a sequential run writes is right, in any order', () => {
  expect(judge(right)).toEqual({ sentence: null, evidence: [] });
});

test('a line too often, one that nobody writes, and one that is missing', () => {
  const { sentence, evidence } = judge([...right.slice(1), right[1]!, { word: 'c', count: 1 }]);
  expect(sentence).toBe('sink counts holds 2 lines too often, and 1 too seldom');
  expect(evidence).toEqual([
    '{"count":2,"word":"a"}: committed twice, by a sequential run once',
    '{"count":1,"word":"c"}: committed once, by a sequential run never',
    '{"count":1,"word":"a"}: committed never, by a sequential run once',
  ]);
});

test('the check of a scenario sees input and output, and has the last word', () => {
  const check: typeof scenario.check = (input, committed) => `${input['lines']!.splits.length} and ${committed.length}`;
  expect(judge(right, { check }).sentence).toBe('the check of the scenario says: 2 and 4');
  expect(judge([], { check, reference: false }).sentence).toBe('the check of the scenario says: 2 and 0');
});

test('what the job itself does wrong comes before the check', () => {
  const job = defineJob('throws', (env) =>
    env
      .fromSource<string>('lines', { topic: 'lines', splits: 2 })
      .map('refuse', () => {
        throw new RangeError('too much');
      })
      .sinkTo('counts', { sink: 'counts' }),
  );
  const { sentence } = judge([], { job, check: () => null, reference: false });
  expect(sentence).toBe('the job\'s own code throws, in map "refuse": RangeError: too much');
});

test('minus zero is not zero: JSON can say both', () => {
  const job = defineJob('zeros', (env) =>
    env
      .fromSource<string>('lines', { topic: 'lines', splits: 2 })
      .map('zero', () => ({ a: -0, b: [-0] }))
      .sinkTo('counts', { sink: 'counts' }),
  );
  const zeros: Value = { a: -0, b: [-0] };
  expect(judge([zeros, zeros], { job }).sentence).toBe(null);
  expect(judge([zeros, { a: 0, b: [-0] }], { job }).evidence).toEqual([
    '{"a":0,"b":[-0]}: committed once, by a sequential run never',
    '{"a":-0,"b":[-0]}: committed once, by a sequential run twice',
  ]);
});
