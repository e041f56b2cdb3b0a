// What is read from the traces of a real run.
import { expect, test } from 'vitest';
import { longestStandstillMs, noteLine, runningAttempts } from '../../../src/cli/real/facts.ts';
import { lineOf, factsOf, atWork } from './run-facts.ts';

test('leadership: the highest epoch leads, whoever says what', () => {
  const facts = factsOf([1, 'jm-1', 'leads with epoch 2'], [2, 'jm-2', 'leads with epoch 1']);
  expect(facts).toMatchObject({ leader: { node: 'jm-1', epoch: 2 }, elections: 2 });
});

test('deployments: from nothing, or from a checkpoint, under the epoch of who leads', () => {
  const facts = factsOf(
    [1, 'jm-1', 'leads with epoch 1'],
    [2, 'jm-1', 'job job-1 attempt 1 is deployed from nothing'],
    [3, 'jm-1', 'job job-1 restarts: 0/0#1: tm-1 lost: silent'],
    [4, 'jm-1', 'job job-1 attempt 2 is deployed from checkpoint 7'],
    [5, 'jm-2', 'job job-1 attempt 9 is deployed from checkpoint 7'],
  );
  expect(facts.deployments).toEqual([
    { atMs: 2, by: 'jm-1', epoch: 1, attempt: 1, restoredFrom: 0 },
    { atMs: 4, by: 'jm-1', epoch: 1, attempt: 2, restoredFrom: 7 },
    { atMs: 5, by: 'jm-2', epoch: 0, attempt: 9, restoredFrom: 7 },
  ]);
  expect(facts.restarts).toEqual([{ atMs: 3, reason: '0/0#1: tm-1 lost: silent' }]);
});

test('tasks: RUNNING until they say something else, or their process starts anew', () => {
  const facts = factsOf(...atWork);
  expect(runningAttempts(facts)).toBe(2);
  noteLine(facts, lineOf([1_100, 'tm-1', 'task 0/0#1 is FAILED: the leader is gone']));
  expect([...facts.running.get('tm-1')!]).toEqual([]);
  noteLine(facts, { ...lineOf([1_200, 'tm-2', {}]), kind: 'started' });
  expect(runningAttempts(facts)).toBe(0);
});

test('the last request that failed, whoever asked', () => {
  const facts = factsOf(
    [1, 'tm-1', { input: 'request 4: failed (unknown): ENOSPC: no space left on device, write' }],
    [2, 'tm-2', { input: 'request 7: failed (not-applied): lines/0.jsonl, line 228: not UTF-8' }],
    [3, 'tm-2', { input: 'request 8: records 3 from 0' }],
  );
  expect(facts.refusal).toBe('tm-2: lines/0.jsonl, line 228: not UTF-8');
});

test('checkpoints, and the end of the job', () => {
  const facts = factsOf(
    [1, 'jm-1', 'checkpoint 1 of job-1 completed'],
    [2, 'jm-1', 'checkpoint 2 of job-1 aborted: it expired'],
    [3, 'jm-1', 'checkpoint 3 of job-1 completed, final'],
    [4, 'jm-1', 'job job-1 is cleaned up'],
  );
  expect(facts.completed.map(({ checkpointId }) => checkpointId)).toEqual([1, 3]);
  expect(facts.aborted).toEqual([{ checkpointId: 2, atMs: 2, reason: 'it expired' }]);
  expect(facts.cleanedUp).toBe(true);
});

test.each([
  ['a read with records', { input: 'request 5: records 3 from 0' }, 1],
  ['a read without', { input: 'request 5: records 0 from 9, end' }, 0],
  ['a batch that arrived', { input: 'channel-elements edge 0 0#1>1#1 from 1: watermark 5, batch of 2 from tm-1' }, 1],
  ['a barrier alone', { input: 'channel-elements edge 0 0#1>1#1 from 1: barrier 5 from tm-1' }, 0],
  ['a chunk for a sink', { effects: ['request 7: sink-write out by out/0 e1-a1 chk-1 chunk 0 of 12'] }, 1],
  ['an answer about nothing', { input: 'request 7: sink-written' }, 0],
])('records moved: %s', (_, what, moves) => {
  expect(factsOf([1, 'tm-1', what]).movedAtMs).toHaveLength(moves);
});

test('output is committed when the sink says so', () => {
  expect(factsOf([1, 'tm-1', { input: 'request 7: sink-committed' }]).committedAtMs).toEqual([1]);
  expect(factsOf([1, 'tm-1', { input: 'request 7: sink-refused fenced' }]).committedAtMs).toEqual([]);
});

test('the longest standstill counts from the last record before the strike to the first one behind its end', () => {
  const batch = { input: 'channel-elements edge 0 0#1>1#1 from 1: batch of 2 from tm-1' };
  const facts = factsOf(...[100, 200, 900, 1_000, 3_000, 3_100].map((at) => [at, 'tm-1', batch] as const));
  expect(longestStandstillMs(facts, 950, 2_000)).toBe(2_000); // 1,000 to 3,000
  expect(longestStandstillMs(facts, 300, 950)).toBe(700); // 200 to 900
  expect(longestStandstillMs(facts, 3_050, 3_200)).toBe(100);
});
