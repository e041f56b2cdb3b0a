// Logs on disks: what is synced survives every crash, and what is not is lost from its end.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durableLog, logEntries, type LogRequest } from '../../../src/sim/services/durable-log.ts';
import { labOf } from './lab.ts';

const append = (at: number, entries: readonly number[], sync = false): LogRequest<number> => ({
  kind: 'log-append',
  log: 'l',
  at,
  entries,
  sync,
});
const truncate = (end: number, sync = false): LogRequest<number> => ({ kind: 'log-truncate', log: 'l', end, sync });
const read = (from: number, limit: number | null): LogRequest<number> => ({ kind: 'log-read', log: 'l', from, limit });
const sync: LogRequest<number> = { kind: 'log-sync', log: 'l' };

test('entries are appended at the end alone, and read by position', () => {
  const { ask } = labOf(durableLog<number>());
  expect(ask(append(0, [1, 2]))).toEqual([{ kind: 'log-appended', log: 'l', end: 2 }]);
  expect(ask(append(0, [1, 2]))).toEqual([{ kind: 'log-refused', log: 'l', end: 2 }]);
  expect(ask(append(3, [4]))).toEqual([{ kind: 'log-refused', log: 'l', end: 2 }]);
  expect(ask(append(2, [3]))).toEqual([{ kind: 'log-appended', log: 'l', end: 3 }]);
  expect(ask(read(1, 1))).toEqual([{ kind: 'log-entries', log: 'l', from: 1, entries: [2], end: 3 }]);
  expect(ask(truncate(1))).toEqual([{ kind: 'log-truncated', log: 'l', end: 1 }]);
  expect(ask(read(0, null))).toEqual([{ kind: 'log-entries', log: 'l', from: 0, entries: [1], end: 1 }]);
  expect(ask(sync)).toEqual([{ kind: 'log-synced', log: 'l', end: 1 }]);
});

test('each node has its own', () => {
  const { ask, crash, state } = labOf(durableLog<number>());
  ask(append(0, [1]), 'a');
  ask(append(0, [2]), 'b');
  crash('a', [1]);
  expect(logEntries(state, 'a', 'l')).toEqual([]);
  expect(logEntries(state, 'b', 'l')).toEqual([2]);
});

describe('a crash', () => {
  test('by plain choice loses nothing, and asks nothing where all is synced', () => {
    const { ask, crash, state } = labOf(durableLog<number>());
    ask(append(0, [1, 2], true));
    expect(crash('a')).toEqual([]);
    ask(append(2, [3]));
    expect(crash('a')).toEqual(['l of 2']);
    expect(logEntries(state, 'a', 'l')).toEqual([1, 2, 3]);
    expect(crash('a', [1])).toEqual([]); // what survived one is on the disk
  });

  test.each([
    [
      [1, 0],
      [1, 2, 3],
    ],
    [
      [1, 1],
      [1, 2, 3, 5],
    ],
    [[2], [1, 2, 3, 4]], // the truncation is lost
    [[3, 0], [1]],
    [
      [3, 2],
      [1, 2, 3],
    ],
  ])('with decisions %j leaves %j', (answers, left) => {
    const { ask, crash, state } = labOf(durableLog<number>());
    ask(append(0, [1], true));
    ask(append(1, [2, 3, 4]));
    ask(truncate(3));
    ask(append(3, [5, 6]));
    crash('a', answers);
    expect(logEntries(state, 'a', 'l')).toEqual(left);
  });

  /** What the log may hold after a crash: how it was after each change since the last sync, and each of these appends in part. */
  test('leaves the log as it was at some moment since it was synced, an append in part', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('append' as const), count: fc.integer({ min: 0, max: 4 }), sync: fc.boolean() }),
      fc.record({ what: fc.constant('truncate' as const), count: fc.integer({ min: 0, max: 6 }), sync: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.array(fc.nat(6), { maxLength: 3 }), (steps, answers) => {
        const { ask, crash, state } = labOf(durableLog<number>());
        let now: number[] = [];
        let allowed = [now];
        for (const [index, { what, count, sync: isSynced }] of steps.entries()) {
          const added = what === 'append' ? Array.from({ length: count }, (_, at) => 10 * index + at) : [];
          ask(
            what === 'append' ? append(now.length, added, isSynced) : truncate(Math.min(count, now.length), isSynced),
          );
          const parts = added.map((_, at) => [...now, ...added.slice(0, at + 1)]);
          now = what === 'append' ? [...now, ...added] : now.slice(0, count);
          allowed = isSynced ? [now] : [...allowed, ...parts, now];
        }
        crash('a', answers);
        expect(allowed).toContainEqual(logEntries(state, 'a', 'l'));
      }),
    );
  });
});
