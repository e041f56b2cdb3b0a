// Batches that are columns, in a cluster where everything fails: the output is that of the reference, and a run with codec and frozen messages is the run
// without. The usual scenarios have small batches, which are rows.
import { expect, test } from 'vitest';
import { quickOptions, quickSim } from '../../../scenarios/quick-cluster.ts';
import { defineJob, defineScenario } from '../../../src/scenario/millrace-scenario.ts';
import { runSeed, verdictOf } from './lab.ts';

const RECORDS = 2_500; // of a split: a second of reading

interface Item {
  readonly key: number;
  readonly at: number;
  readonly word: string;
  readonly more: number | null;
  readonly place: { readonly id: string };
}

interface Sum {
  readonly key: number;
  readonly times: number;
}

const ODD = [-0, 0.5, 2 ** 53 - 1, -(2 ** 31), 2 ** 31];

/** Most are alike; one in 700 has a field more, and keys are of another kind now and then. */
function itemsOf(split: number): object[] {
  return Array.from({ length: RECORDS }, (_, index) => {
    const item: Item = {
      key: index % 400 === 0 ? ODD[index % ODD.length]! : (index * 7 + split) % 90,
      at: index * 10,
      word: `w${index % 37}`,
      more: index % 3 === 0 ? null : index / 4,
      place: { id: `\ud800${index % 11}` },
    };
    return index % 700 === 699 ? { ...item, late: true } : item;
  });
}

const scenario = defineScenario({
  name: 'large-batches',
  about: 'Batches of many records that are alike.',
  cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
  job: defineJob('large-batches', (env) => {
    const items = env.fromSource<Item>('items', {
      topic: 'items',
      splits: 2,
      parallelism: 2,
      recordsPerSecond: RECORDS,
      timestamp: ({ at }) => at,
    });
    items
      .keyBy('key')
      .process<Sum>(
        'count',
        {
          onRecord(_, context) {
            const state = context.state<number>('times');
            const times = (state.value() ?? 0) + 1;
            state.update(times);
            context.collect({ key: context.key, times });
          },
        },
        { parallelism: 3 },
      )
      .keyBy('key')
      .reduce('sum', (sum, { key, times }) => ({ key, times: sum.times + times }), { parallelism: 2 })
      .sinkTo('sums', { sink: 'sums', parallelism: 2 });
    items
      .keyBy('place.id')
      .reduce('last', (_, one) => one, { parallelism: 2 })
      .map('place', ({ place }) => place.id)
      .sinkTo('places', { sink: 'places', parallelism: 2 });
    items
      .rebalance()
      .map('plain', ({ key, at, word, more }) => `${word} ${at} ${more} ${Object.is(key, -0) ? '-0' : key}`, {
        parallelism: 3,
      })
      .sinkTo('copies', { sink: 'copies', parallelism: 3 });
  }),
  input: () => ({ items: { splits: [itemsOf(0), itemsOf(1)] as never } }),
  options: { ...quickOptions, batchSizeRecords: 256, sourceReadRecords: 512 },
  sim: quickSim,
  faults: { 'tm-crash': 0.7, 'jm-crash': 0.3, 'barrier-loss': 0.5, 'message-delay': 0.5, 'connection-break': 0.5 },
  reference: true,
});

test.each([1, 2, 3, 4, 5, 6])('seed %d', (seed) => {
  let columns = 0;
  const run = (checks: 'checked' | 'strict') =>
    runSeed(scenario, seed, {
      checks,
      onTrace: (line) => void (columns += line.split('"column":{').length - 1),
    });
  const checked = run('checked');
  expect(verdictOf(checked)).toBe('pass');
  expect(columns).toBeGreaterThan(20);
  const strict = run('strict');
  expect([verdictOf(strict), strict.traceHash]).toEqual(['pass', checked.traceHash]);
});
