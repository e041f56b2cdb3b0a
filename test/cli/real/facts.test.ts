// What is read from the traces of a real run.
import { expect, test } from 'vitest';
import { longestStandstillMs, noteLine, runningAttempts } from '../../../src/cli/real/facts.ts';
import { asked } from '../../reports/traces.ts';
import { atWork, batchOfTwo, factsOf, hears, lineOf, receives } from './run-facts.ts';
import { aborted, cleanedUp, completed, deployed, leads, restarts, taskIs } from '../../reports/notes.ts';

const records = { kind: 'records', position: 0, values: [1, 2, 3], end: false } as const;

test('leadership: the highest epoch leads, whoever says what', () => {
  const facts = factsOf([1, 'jm-1', leads(2)], [2, 'jm-2', leads(1)]);
  expect(facts).toMatchObject({ leader: { node: 'jm-1', epoch: 2 }, elections: 2 });
});

test('deployments: from nothing, or from a checkpoint, under an epoch', () => {
  const facts = factsOf(
    [1, 'jm-1', leads(1)],
    [2, 'jm-1', deployed(1, null)],
    [3, 'jm-1', restarts('0/0#1: tm-1 lost: silent')],
    [4, 'jm-1', deployed(2, 7)],
    [5, 'jm-2', deployed(9, 7, 3)],
  );
  expect(facts.deployments).toEqual([
    { atMs: 2, by: 'jm-1', epoch: 1, attempt: 1, restoredFrom: 0 },
    { atMs: 4, by: 'jm-1', epoch: 1, attempt: 2, restoredFrom: 7 },
    { atMs: 5, by: 'jm-2', epoch: 3, attempt: 9, restoredFrom: 7 },
  ]);
  expect(facts.restarts).toEqual([{ atMs: 3, reason: '0/0#1: tm-1 lost: silent' }]);
});

test('tasks: RUNNING until they say something else, or their process starts anew', () => {
  const facts = factsOf(...atWork);
  expect(runningAttempts(facts)).toBe(2);
  noteLine(facts, lineOf([1_100, 'tm-1', taskIs('0/0#1', 'FAILED', 'the leader is gone')]));
  expect([...facts.running.get('tm-1')!]).toEqual([]);
  noteLine(facts, { kind: 'started', at: 1_200_000, event: 0, node: 'tm-2', incarnation: 2 });
  expect(runningAttempts(facts)).toBe(0);
});

test('the last request that failed, whoever asked', () => {
  const facts = factsOf(
    [1, 'tm-1', hears({ kind: 'failed', outcome: 'unknown', reason: 'ENOSPC: no space left on device, write' })],
    [2, 'tm-2', hears({ kind: 'failed', outcome: 'not-applied', reason: 'lines/0.jsonl, line 228: not UTF-8' })],
    [3, 'tm-2', hears(records)],
  );
  expect(facts.refusal).toBe('tm-2: lines/0.jsonl, line 228: not UTF-8');
});

test('checkpoints, and the end of the job', () => {
  const facts = factsOf(
    [1, 'jm-1', completed(1)],
    [2, 'jm-1', aborted(2, 'it expired')],
    [3, 'jm-1', completed(3, true)],
    [4, 'jm-1', cleanedUp],
  );
  expect(facts.completed.map(({ checkpointId }) => checkpointId)).toEqual([1, 3]);
  expect(facts.aborted).toEqual([{ checkpointId: 2, atMs: 2, reason: 'it expired' }]);
  expect(facts.cleanedUp).toBe(true);
});

test.each([
  ['a read with records', hears(records), 1],
  ['a read without', hears({ kind: 'records', position: 9, values: [], end: true }), 0],
  ['a batch that arrived', receives({ kind: 'watermark', timestamp: 5 }, batchOfTwo), 1],
  ['a barrier alone', receives({ kind: 'barrier', checkpointId: 5, timestamp: 0 }), 0],
  ['a chunk for a sink', { effects: [asked(7, { kind: 'sink-write', records: [1, 2] })] }, 1],
  ['an answer about nothing', hears({ kind: 'sink-written' }), 0],
])('records moved: %s', (_, what, moves) => {
  expect(factsOf([1, 'tm-1', what]).movedAtMs).toHaveLength(moves);
});

test('output is committed when the sink says so', () => {
  expect(factsOf([1, 'tm-1', hears({ kind: 'sink-committed' })]).committedAtMs).toEqual([1]);
  expect(factsOf([1, 'tm-1', hears({ kind: 'sink-refused', reason: 'fenced' })]).committedAtMs).toEqual([]);
});

test('the longest standstill counts from the last record before the strike to the first one behind its end', () => {
  const batch = receives(batchOfTwo);
  const facts = factsOf(...[100, 200, 900, 1_000, 3_000, 3_100].map((at) => [at, 'tm-1', batch] as const));
  expect(longestStandstillMs(facts, 950, 2_000)).toBe(2_000); // 1,000 to 3,000
  expect(longestStandstillMs(facts, 300, 950)).toBe(700); // 200 to 900
  expect(longestStandstillMs(facts, 3_050, 3_200)).toBe(100);
});
