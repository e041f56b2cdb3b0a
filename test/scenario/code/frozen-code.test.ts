// User code that changes data in place is found out, wherever it got the data from; code that does not is the same as before.
import { describe, expect, test } from 'vitest';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed } from '../../sim/cluster/lab.ts';

type Item = { key: string; list: number[] };
type Items = { readonly key: string; readonly list: readonly number[] };

const items: readonly Items[] = Array.from({ length: 12 }, (_, at) => ({ key: `k${at % 2}`, list: [at] }));
const settings = { topic: 'items', splits: 1, timestamp: ({ list }: Items) => list[0] as number };
const asMine = (item: Items): Item => item as Item; // whoever wants to change data gets around the types

function scenarioOf(job: JobDefinition): Scenario {
  return {
    ...wordCount,
    job,
    input: () => ({ items: { splits: [items.map(({ key, list }) => ({ key, list: [...list] }))] } }),
    faults: {},
  };
}

const jobs: Readonly<Record<string, JobDefinition>> = {
  'map that changes its record': defineJob('map', (env) => {
    env
      .fromSource<Items>('items', settings)
      .map('code', (item) => {
        asMine(item).list.push(1);
        return item;
      })
      .sinkTo('out', { sink: 'counts' });
  }),
  'flat-map that changes what it yielded': defineJob('flat-map', (env) => {
    env
      .fromSource<Items>('items', settings)
      .flatMap('code', function* ({ key }): Iterable<Items> {
        const mine = { key, list: [1] };
        yield mine;
        mine.list.push(2);
      })
      .sinkTo('out', { sink: 'counts' });
  }),
  'reduce that changes what it has': defineJob('reduce', (env) => {
    env
      .fromSource<Items>('items', settings)
      .keyBy(({ key }) => key)
      .reduce('code', (before, { list }) => {
        asMine(before).list.push(...list);
        return before;
      })
      .sinkTo('out', { sink: 'counts' });
  }),
  'window that changes its accumulator': defineJob('window', (env) => {
    env
      .fromSource<Items>('items', settings)
      .keyBy(({ key }) => key)
      .window('code', tumblingEventTime(100))
      .aggregate({
        create: (): Items => ({ key: '', list: [0] }),
        add: (all, { list }) => {
          asMine(all).list.push(...list);
          return all;
        },
        result: (all) => all.list.length,
      })
      .sinkTo('out', { sink: 'counts' });
  }),
  'process that changes its state': defineJob('process', (env) => {
    env
      .fromSource<Items>('items', settings)
      .keyBy(({ key }) => key)
      .process<number>('code', {
        onRecord({ list }, context) {
          const all = context.state<number[]>('all');
          const mine = all.value() ?? [];
          all.update(mine);
          mine.push(...list);
          context.collect(mine.length);
        },
      })
      .sinkTo('out', { sink: 'counts' });
  }),
};

describe('a checked run reports', () => {
  test.each(Object.entries(jobs))('a %s', (_, job) => {
    const result = runSeed(scenarioOf(job), 1);
    expect(result.verdict).toBe('correctness');
    expect(result.sentence).toMatch(/the job's own code throws, in [a-z-]+ "code": TypeError: Cannot (add|assign)/);
    expect(result.violations[0]?.evidence[1]?.text).toContain('records and state never change');
  });
});

test('functions that a job does not have, it does not get', () => {
  const tame = defineJob('tame', (env) => {
    env
      .fromSource<Items>('items', settings)
      .keyBy(({ key }) => key)
      .process<Items>('first', {
        onRecord(item, context) {
          const first = context.state<Items>('first');
          if (first.value() === null) first.update(item);
          context.registerEventTimeTimer(context.timestamp);
          context.deleteEventTimeTimer(-1);
        },
        onTimer(timestamp, context) {
          const first = context.state<Items>('first').value();
          context.collect({ key: context.key, list: [timestamp, ...(first?.list ?? [])] });
          context.state('other').clear();
        },
      })
      .filter('all', () => true)
      .sinkTo('out', { sink: 'counts' });
  });
  const result = runSeed(scenarioOf(tame), 1);
  expect([result.verdict, result.sentence]).toEqual(['pass', 'the job is finished, and no oracle objects']);
  expect(result.committed['counts']?.length).toBeGreaterThan(1);
});
