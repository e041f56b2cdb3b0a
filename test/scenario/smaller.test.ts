// A job with less parallelism: fewer subtasks, splits and TaskManagers, and the same output as a sequential run.
import { describe, expect, test } from 'vitest';
import { validate } from '../../src/core/graph/validate.ts';
import { defineJob } from '../../src/core/graph/define-job.ts';
import { defineScenario } from '../../src/scenario/define-scenario.ts';
import { smallerParallelisms, smallerScenario, splitsReadBy } from '../../src/scenario/smaller.ts';
import { runScenario } from '../../src/sim/cluster/run.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';

const WORDS = ['a', 'b', 'c', 'a'];

const countOf = (taskManagers: number, slotsPerTaskManager: number) =>
  defineScenario({
    name: 'smaller',
    about: 'Counts words.',
    cluster: { jobManagers: 1, taskManagers, slotsPerTaskManager },
    job: defineJob('smaller', (env) =>
      env
        .fromSource<string>('words', { topic: 'words', splits: 4, parallelism: 2 })
        .map('word', (word) => ({ word, count: 1 }), { parallelism: 3 })
        .keyBy(({ word }) => word)
        .reduce('count', (sum, { word, count }) => ({ word, count: sum.count + count }), { parallelism: 3 })
        .sinkTo('counts', { sink: 'counts', parallelism: 1 }),
    ),
    input: () => ({ words: { splits: [WORDS, WORDS, WORDS, WORDS] }, unread: { splits: [WORDS, WORDS] } }),
    faults: { 'tm-crash': 1 },
    reference: true,
  });

const scenario = countOf(4, 1);

describe('a smaller scenario', () => {
  test.each([
    { most: 1, parallelisms: [1, 1, 1, 1], splits: 1, taskManagers: 1 },
    { most: 2, parallelisms: [2, 2, 2, 1], splits: 2, taskManagers: 2 },
    { most: 4, parallelisms: [2, 3, 3, 1], splits: 4, taskManagers: 3 },
  ])(
    'of at most $most has subtasks, splits and TaskManagers for them',
    ({ most, parallelisms, splits, taskManagers }) => {
      const smaller = smallerScenario(scenario, most);
      const { graph, program } = smaller.job!;
      expect(graph.operators.map(({ parallelism }) => parallelism)).toEqual(parallelisms);
      expect(graph.operators[0]).toMatchObject({ splits });
      expect(smaller.cluster).toEqual({ jobManagers: 1, taskManagers, slotsPerTaskManager: 1 });
      expect(validate(graph, program)).toEqual([]);
      const topics = splitsReadBy(smaller, scenario.input({ data: {}, pick: () => 0, times: 1 }));
      expect([topics['words']!.splits.length, topics['unread']!.splits.length]).toEqual([splits, 2]);
      expect(smallerScenario(scenario, most)).toBe(smaller);
    },
  );

  test('is the scenario itself where nothing is said', () => {
    expect(smallerScenario(scenario, 0)).toBe(scenario);
  });

  test('has slots on fewer TaskManagers where each has several', () => {
    expect(smallerScenario(countOf(2, 2), 2).cluster.taskManagers).toBe(1);
  });

  test('runs, and reads what is left', () => {
    const given = { scenario, data: {}, artifact: 'smaller', faults: [], checks: 'checked' } as const;
    for (const [parallelismMax, records] of [
      [0, 16],
      [2, 8],
      [1, 4],
    ] as const) {
      const result = runScenario({ ...given, decisions: seededDecisions(1), set: { parallelismMax } });
      expect([result.verdict, result.recordsIn]).toEqual(['pass', records]);
    }
  });
});

test('sizes to try are those that make it smaller', () => {
  expect(smallerParallelisms(scenario)).toEqual([1, 2, 4]); // 4 leaves out a TaskManager that nobody needs
  expect(smallerParallelisms(countOf(3, 1))).toEqual([1, 2]);
});
