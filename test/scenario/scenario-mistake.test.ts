// An input that throws, or does not fit its job, is told in one sentence before anything runs.
import { expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { scenario as wordCount } from '../../scenarios/word-count.ts';
import { runSeed } from '../sim/cluster/lab.ts';

test('options that contradict each other are refused', () => {
  const scenario = { ...wordCount, options: { leaseMs: 60 } };
  expect(() => runSeed(scenario, 1)).toThrow(
    'scenario "word-count": leaseMs=60 must be more than leaseRenewIntervalMs=500',
  );
  expect(() => runSeed(wordCount, 1, { set: { heartbeatIntervalMs: 900 } })).toThrow(
    'heartbeatTimeoutMs=800 must be more than heartbeatIntervalMs=900',
  );
});

const lines = { splits: [['the mill'], ['the wheel']] };

test.each([
  ['a topic of another name', { line: lines }, 'source "lines" reads the unknown topic "lines", did you mean "line"?'],
  [
    'too few splits',
    { lines: { splits: [[]] } },
    'source "lines" reads 2 splits of topic "lines", and the input gives 1',
  ],
  [
    'no splits',
    { lines: ['the mill'] },
    'topic "lines" of its input is not { splits: [[record, …], …], endless, fromMs: [ms, …] }, of which only splits is needed',
  ],
  ['splits of no records', { lines: { splits: ['the', 'mill'] } }, 'topic "lines" of its input is not'],
  [
    'what is no data',
    { lines: { splits: [['the mill'], ['the', { wheel: [1, new Date(0)] }]] } },
    'record 1 of split 1 of topic "lines" is not data: an instance of Date',
  ],
  [
    'holes',
    { lines: { splits: [[{ mill: undefined }], []] } },
    'record 0 of split 0 of topic "lines" is not data: undefined',
  ],
  ['nothing', undefined, 'its input returns no topics by name'],
])('an input with %s', (_, topics, sentence) => {
  const scenario = { ...wordCount, input: () => topics as unknown as ReturnType<Scenario['input']> };
  expect(() => runSeed(scenario, 1)).toThrow(`scenario "word-count": ${sentence}`);
});

test('an input that throws, with its place', () => {
  const input = (): never => {
    throw new RangeError('no data today');
  };
  expect(() => runSeed({ ...wordCount, input }, 1)).toThrow(
    /^scenario "word-count": its input throws: RangeError: no data today, at .*scenario-mistake\.test\.ts:\d+/,
  );
});

test('a topic that nobody reads is no mistake', () => {
  const spare: readonly Value[] = [];
  expect(runSeed({ ...wordCount, input: () => ({ lines, spare: { splits: [spare] } }) }, 1).verdict).toBe('pass');
});
