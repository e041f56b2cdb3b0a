// Snapshots: nothing that happens after the cut shows in them, and what is restored goes on like the original.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTree, hashState } from '../../../src/core/base/state.ts';
import { decodeValue, encodeValue } from '../../../src/core/base/value-codec.ts';
import type { Value } from '../../../src/core/base/value.ts';
import type { OperatorSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { avg, count, countDistinct, last, max, minBy } from '../../../src/core/graph/aggregates.ts';
import { keyGroupOf } from '../../../src/core/graph/key-groups.ts';
import { subtaskOfKey } from '../../../src/core/graph/partitioners.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { beginSnapshot, createRestoreCursor, restoreStep, snapshotStep } from '../../../src/core/operators/chain.ts';
import {
  harness,
  jobOf,
  opened,
  packed,
  restore,
  snapshotOf,
  type Harness,
  type OpenedSnapshot,
  type Row,
} from './chain-fixture.ts';

const reduceJob = jobOf(
  (rows) =>
    rows
      .keyBy((row) => row.key)
      .reduce('keyed', (sum, row) => ({ key: sum.key, amount: sum.amount + row.amount })) as never,
);

const windowJob = jobOf(
  (rows) =>
    rows
      .keyBy((row) => row.key)
      .window('keyed', tumblingEventTime(10))
      .aggregate({
        create: () => ({ count: 0, sum: 0 }),
        add: (total, row) => ({ count: total.count + 1, sum: total.sum + row.amount }),
        result: (total, { key, window }) => [key, window.start, total.count, total.sum],
      }) as never,
);

const aggregateJob = jobOf(
  (rows) =>
    rows
      .keyBy('key')
      .aggregate('keyed', { mean: avg('amount'), least: minBy('amount'), amounts: countDistinct('amount') }) as never,
);

const windowAggregateJob = jobOf(
  (rows) =>
    rows
      .keyBy('key')
      .window('keyed', tumblingEventTime(10))
      .aggregate({ rows: count(), most: max('amount'), newest: last() }) as never,
);

/** Keeps a sum and the last amount, sets a timer per amount, deletes one now and then; a timer emits the sum and may set another. */
const processJob = jobOf(
  (rows) =>
    rows
      .keyBy((row) => row.key)
      .process('keyed', {
        onRecord: (row, context) => {
          const sum = context.state<number>('sum');
          sum.update((sum.value() ?? 0) + row.amount);
          if (row.amount % 3 === 0) context.state('last').clear();
          else context.state('last').update([row.amount, context.timestamp]);
          context.registerEventTimeTimer(context.timestamp + row.amount);
          if (row.amount % 4 === 0) context.deleteEventTimeTimer(context.timestamp + row.amount - 1);
        },
        onTimer: (time, context) => {
          const sum = context.state<number>('sum');
          context.collect([context.key, time, sum.value(), context.state('last').value()]);
          if (sum.value() === 12) context.registerEventTimeTimer(time + 5);
          if (time % 2 === 0) sum.clear();
        },
      }) as never,
);

const JOBS: readonly (readonly [string, JobDefinition])[] = [
  ['reduce', reduceJob],
  ['aggregate', aggregateJob],
  ['window', windowJob],
  ['window-aggregate', windowAggregateJob],
  ['process', processJob],
];

type Command = { readonly row: Row; readonly timestamp: number } | { readonly advanceBy: number };

const key = fc.oneof(fc.constantFrom<Row['key']>('a', 'b', 'c', 1, '1', true, false), fc.string({ maxLength: 2 }));
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      row: fc.record({ key, amount: fc.integer({ min: 0, max: 12 }) }),
      timestamp: fc.integer({ min: 0, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ advanceBy: fc.integer({ min: 0, max: 20 }) }) },
);
const commands = fc.array(command, { maxLength: 40 });

function play(run: Harness, list: readonly Command[]): Harness {
  for (const one of list) {
    if ('row' in one) run.send({ ...one.row }, one.timestamp);
    else run.advance(Math.max(run.chain.watermark, 0) + one.advanceBy, 2);
  }
  return run;
}

/** As another process would get it. */
function throughBytes(snapshots: readonly OperatorSnapshot[]): readonly OperatorSnapshot[] {
  const decoded = decodeValue(encodeValue(snapshots as unknown as Value));
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value as unknown as readonly OperatorSnapshot[];
}

const hashBytes = (snapshots: readonly OperatorSnapshot[]): string =>
  hashState(encodeValue(snapshots as unknown as Value));

describe.each(JOBS)('%s', (_, job) => {
  test('what is restored goes on like the original', () => {
    fc.assert(
      fc.property(commands, commands, fc.integer({ min: 1, max: 9 }), (before, after, maxGroups) => {
        const original = play(harness(job), before);
        const restored = harness(job);
        restore(
          restored.chain,
          throughBytes(snapshotOf(original.chain, maxGroups)),
          original.chain.watermark,
          maxGroups,
        );
        expect(snapshotOf(restored.chain)).toEqual(snapshotOf(original.chain));
        original.take();
        for (const run of [original, restored]) play(run, [...after, { advanceBy: 1_000 }]);
        expect(restored.take()).toEqual(original.take());
        expect(checkTree(restored.chain)).toBeNull();
      }),
    );
  });

  test('what happens while a snapshot is taken does not show in it, nor does it change what happens', () => {
    fc.assert(
      fc.property(commands, fc.array(commands, { maxLength: 12 }), (before, between) => {
        const plain = play(harness(job), before);
        const expected = snapshotOf(plain.chain);
        const run = play(harness(job), before);
        const cursor = beginSnapshot(run.chain);
        let taken: readonly OperatorSnapshot[] | null = null;
        for (const list of between) {
          play(run, list);
          taken ??= snapshotStep(run.chain, cursor, 1);
        }
        while (taken === null) taken = snapshotStep(run.chain, cursor, 1);
        expect(taken).toEqual(expected);
        expect(run.take()).toEqual(play(plain, between.flat()).take());
        expect(snapshotOf(run.chain)).toEqual(snapshotOf(plain.chain));
      }),
    );
  });

  test('a snapshot that was given up leaves no trace in the next one', () => {
    fc.assert(
      fc.property(commands, commands, commands, (first, second, third) => {
        const run = play(harness(job), first);
        const givenUp = beginSnapshot(run.chain);
        snapshotStep(run.chain, givenUp, 1);
        play(run, second);
        const cursor = beginSnapshot(run.chain);
        const expected = snapshotOf(play(harness(job), [...first, ...second]).chain);
        play(run, third);
        let taken: readonly OperatorSnapshot[] | null = null;
        while (taken === null) taken = snapshotStep(run.chain, cursor, 2);
        expect(taken).toEqual(expected);
        expect(() => snapshotStep(run.chain, givenUp, 1)).toThrow('given up');
      }),
    );
  });

  test('two subtasks restore into three', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const records = [...list.filter((one) => 'row' in one), { advanceBy: 7 }];
        const own = (subtask: number, parallelism: number): Command[] =>
          records.filter((one) => !('row' in one) || subtaskOfKey(one.row.key, 8, parallelism) === subtask);
        const whole = snapshotOf(play(harness(job), records).chain);
        const halves = [0, 1].flatMap((subtask) =>
          snapshotOf(play(harness(job, { subtask, parallelism: 2 }), own(subtask, 2)).chain),
        );
        const thirds = [0, 1, 2].map((subtask) => {
          const third = harness(job, { subtask, parallelism: 3 });
          restore(third.chain, halves, 7);
          return snapshotOf(third.chain);
        });
        expect(thirds.flatMap((third) => third[0]!.keyGroups)).toEqual(whole[0]!.keyGroups);
      }),
    );
  });
});

test('equal state has equal bytes, whatever the order in which it came about', () => {
  const row = (name: string, amount: number): Command => ({ row: { key: name, amount }, timestamp: amount });
  const one = play(harness(windowJob), [row('a', 5), row('b', 6), row('a', 25), row('c', 7)]);
  const other = play(harness(windowJob), [row('c', 7), row('a', 25), row('x', 1), row('b', 6), row('a', 5)]);
  expect(hashBytes(snapshotOf(other.chain))).not.toBe(hashBytes(snapshotOf(one.chain)));
  play(one, [row('x', 1)]);
  expect(hashBytes(snapshotOf(other.chain))).toBe(hashBytes(snapshotOf(one.chain)));
});

test('equal values of a key have equal bytes, whichever of them came first', () => {
  const row = (timestamp: number): Command => ({ row: { key: 'a', amount: 2 }, timestamp });
  const sumFirst = play(harness(processJob), [row(10)]);
  const lastFirst = play(harness(processJob), [row(0), { advanceBy: 5 }, row(10)]); // the timer at 2 cleared the sum
  expect(hashBytes(snapshotOf(lastFirst.chain))).toBe(hashBytes(snapshotOf(sumFirst.chain)));
});

describe('the shape of a snapshot', () => {
  const group = keyGroupOf('a', 8);

  test.each<[string, JobDefinition, Command[], Value]>([
    [
      'reduce',
      reduceJob,
      [
        { row: { key: 'a', amount: 1 }, timestamp: 1 },
        { row: { key: 'a', amount: 2 }, timestamp: 1 },
      ],
      { key: 'a', amount: 3 },
    ],
    [
      'aggregate',
      aggregateJob,
      [
        { row: { key: 'a', amount: 2 }, timestamp: 1 },
        { row: { key: 'a', amount: 1 }, timestamp: 1 },
      ],
      {
        'sum(amount)': 3,
        'count()': 2,
        'minBy(amount)': { key: 'a', amount: 1 },
        'countDistinct(amount)': { size: 2, values: [1, 2] },
      },
    ],
    [
      'window-aggregate',
      windowAggregateJob,
      [
        { row: { key: 'a', amount: 5 }, timestamp: 25 },
        { row: { key: 'a', amount: 1 }, timestamp: 3 },
      ],
      [
        [0, { 'count()': 1, 'max(amount)': 1, 'last()': { key: 'a', amount: 1 } }],
        [20, { 'count()': 1, 'max(amount)': 5, 'last()': { key: 'a', amount: 5 } }],
      ],
    ],
    [
      'window',
      windowJob,
      [
        { row: { key: 'a', amount: 5 }, timestamp: 25 },
        { row: { key: 'a', amount: 1 }, timestamp: 3 },
      ],
      [
        [0, { count: 1, sum: 1 }],
        [20, { count: 1, sum: 5 }],
      ],
    ],
    [
      'process',
      processJob,
      [
        { row: { key: 'a', amount: 2 }, timestamp: 1 },
        { row: { key: 'a', amount: 1 }, timestamp: 1 },
      ],
      { states: { last: [1, 1], sum: 3 }, timers: [2, 3] },
    ],
  ])('of %s', (_, job, list, value) => {
    const run = play(harness(job), list);
    expect(opened(snapshotOf(run.chain))).toEqual([
      { operator: 'keyed', keyGroups: [{ keyGroup: group, entries: [{ key: 'a', value }] }] },
    ]);
  });

  test('groups and keys are in order, and -0 is 0', () => {
    const run = harness(reduceJob);
    for (const one of ['b', 'a', 'c', -0, 3, true, 'd', 'e', 'f']) run.send({ key: one, amount: 1 });
    const groups = opened(snapshotOf(run.chain))[0]!.keyGroups;
    const numbers = groups.map((one) => one.keyGroup);
    expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect(groups.flatMap((one) => one.entries.map((entry) => entry.key)).filter((one) => one === 0)).toStrictEqual([
      0,
    ]);
  });

  test('a chain without keyed state has none', () => {
    const run = harness(jobOf((rows) => rows.map('a', (row) => row.amount) as never));
    expect(snapshotOf(run.chain)).toEqual([]);
  });

  test('a keyed operator without state is there', () => {
    expect(snapshotOf(harness(windowJob).chain)).toEqual([{ operator: 'keyed', keyGroups: [] }]);
  });
});

describe('what is long is cut by key group', () => {
  const KEYS = 100_000;
  const GROUPS = 128;
  const PER_STEP = 3;
  const manyGroups = jobOf((rows) => rows.keyBy((row) => row.key).reduce('keyed', (sum) => sum) as never, {
    maxParallelism: GROUPS,
  });
  const run = harness(manyGroups);
  for (let one = 0; one < KEYS; one++) run.send({ key: one, amount: 1 });
  const counts = new Map(opened(snapshotOf(run.chain))[0]!.keyGroups.map((one) => [one.keyGroup, one.entries.length]));
  const largest = Math.max(...counts.values());

  test('a snapshot: no step handles more groups than asked for, whatever is written meanwhile', () => {
    const cursor = beginSnapshot(run.chain);
    let taken: readonly OperatorSnapshot[] | null = null;
    let steps = 0;
    for (; taken === null; steps += 1) {
      const before = cursor.entries;
      taken = snapshotStep(run.chain, cursor, PER_STEP);
      expect(cursor.entries - before).toBeLessThanOrEqual(PER_STEP * largest);
      for (let one = 0; one < KEYS; one += 997) run.send({ key: one, amount: 1 });
    }
    expect(steps).toBe(Math.ceil(GROUPS / PER_STEP));
    expect(cursor.entries).toBe(KEYS);
  });

  test('a restore: no step handles more groups than asked for', () => {
    const fresh = harness(manyGroups);
    const cursor = createRestoreCursor();
    const snapshots = snapshotOf(run.chain);
    let done = false;
    for (let groups = 0; !done; groups += PER_STEP) {
      const step = restoreStep(fresh.chain, snapshots, cursor, PER_STEP);
      if (!step.ok) throw new Error(step.reason);
      done = step.value;
      const expected = [...counts.values()].slice(0, groups + PER_STEP);
      expect(cursor.entries).toBe(expected.reduce((sum, count) => sum + count, 0));
    }
    expect(cursor.entries).toBe(KEYS);
    expect(snapshotOf(fresh.chain)).toEqual(snapshots);
  });
});

describe('a restore', () => {
  const restorePacked = (job: JobDefinition, snapshots: readonly OperatorSnapshot[]): unknown =>
    restoreStep(harness(job, { subtask: 0, parallelism: 2 }).chain, snapshots, createRestoreCursor(), 100);
  const restoreOne = (job: JobDefinition, snapshots: readonly OpenedSnapshot[]): unknown =>
    restorePacked(job, packed(snapshots));
  const groupOf = (one: string): number => keyGroupOf(one, 8);
  const mine = ['a', 'b', 'c', 'd', 'e'].find((one) => groupOf(one) < 4)!;
  const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].find((one) => groupOf(one) >= 4)!;
  const snapshot = (keyGroup: number, entryKey: unknown, value: Value, operator = 'keyed'): OpenedSnapshot => ({
    operator,
    keyGroups: [{ keyGroup, entries: [{ key: entryKey as string, value }] }],
  });

  test('passes over other operators and the groups of other subtasks', () => {
    expect(
      restoreOne(reduceJob, [snapshot(groupOf(mine), mine, 1, 'other'), snapshot(groupOf(others), others, 1)]),
    ).toEqual({ ok: true, value: true });
  });

  test('does not so much as read the groups of other subtasks', () => {
    const unreadable = { keyGroup: groupOf(others), entries: new Uint8Array([255]) };
    expect(restorePacked(reduceJob, [{ operator: 'keyed', keyGroups: [unreadable] }])).toEqual({
      ok: true,
      value: true,
    });
  });

  test('refuses entries that are damaged', () => {
    const damaged = { keyGroup: groupOf(mine), entries: new Uint8Array([255]) };
    expect(restorePacked(reduceJob, [{ operator: 'keyed', keyGroups: [damaged] }])).toEqual({
      ok: false,
      reason: `operator "keyed": key group ${groupOf(mine)} of its snapshot is damaged: ends at byte 1`,
    });
  });

  test.each<[string, JobDefinition, OpenedSnapshot[], RegExp]>([
    [
      'a group twice',
      reduceJob,
      [snapshot(groupOf(mine), mine, 1), snapshot(groupOf(mine), mine, 1)],
      /^operator "keyed": key group \d of its snapshot comes more than once$/,
    ],
    [
      'a key in a wrong group',
      reduceJob,
      [snapshot((groupOf(mine) + 1) % 4, mine, 1)],
      /has a wrong key: "." belongs to key group \d$/,
    ],
    ['no key', reduceJob, [snapshot(groupOf(mine), { a: 1 }, 1)], /has a wrong key: an object is no string/],
    [
      'a window from a reduce',
      windowJob,
      [snapshot(groupOf(mine), mine, { count: 1 })],
      /was not written by an operator of this kind$/,
    ],
    [
      'windows out of order',
      windowJob,
      [
        snapshot(groupOf(mine), mine, [
          [10, 1],
          [0, 1],
        ]),
      ],
      /was not written by an operator of this kind$/,
    ],
    [
      'a process from a window',
      processJob,
      [snapshot(groupOf(mine), mine, [[0, 1]])],
      /was not written by an operator of this kind$/,
    ],
    [
      'a timer at no time',
      processJob,
      [snapshot(groupOf(mine), mine, { states: {}, timers: ['x'] })],
      /was not written by an operator of this kind$/,
    ],
  ])('refuses %s with a reason', (_, job, snapshots, reason) => {
    expect(restoreOne(job, snapshots)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});
