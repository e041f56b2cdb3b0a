// What is read from the traces of a real run.
import type { JobReason } from '../../../src/core/protocol/reasons.ts';
import { expect, test } from 'vitest';
import {
  isCleanedUp,
  longestStandstillMs,
  noteLine,
  runningAttempts,
  runningBy,
  whyAborted,
} from '../../../src/cli/real/facts.ts';
import { asked } from '../../reports/traces.ts';
import {
  aborts,
  atWork,
  batchOfTwo,
  commits,
  completes,
  deploys,
  elects,
  factsOf,
  finishes,
  hears,
  lineOf,
  moves,
  receives,
  triggers,
} from './run-facts.ts';
import { aborted, cleanedUp, completed, deployed, leads, restarts } from '../../reports/notes.ts';

const records = { kind: 'records', position: 0, values: [1, 2, 3], end: false, mark: '' } as const;

test('leadership: the highest epoch leads, whoever learns it last', () => {
  const facts = factsOf([1, 'tm-1', elects(2, 'jm-1')], [2, 'tm-2', elects(1, 'jm-2')], [3, 'tm-2', elects(2, 'jm-1')]);
  expect(facts).toMatchObject({ leader: { node: 'jm-1', epoch: 2 }, elections: 1 });
});

test('deployments: from nothing, or from a checkpoint; the tasks of one are one, and older ones are none', () => {
  const lost: JobReason = {
    kind: 'execution-failed',
    attempt: { jobId: 'job-1', vertex: 0, subtask: 0, attempt: 1 },
    reason: { kind: 'connection-lost', peer: 'tm-1' },
  };
  const facts = factsOf(
    [2, 'jm-1', deploys('jm-1', 1, 1, null)],
    [3, 'jm-1', restarts(lost)],
    [4, 'jm-1', deploys('jm-1', 1, 2, 7)],
    [5, 'jm-2', deploys('jm-2', 2, 1, 7)],
    [6, 'jm-1', deploys('jm-1', 1, 3, 7)],
  );
  const job = { kind: 'job-deployed', jobId: 'job-1' };
  expect(facts.deployments).toEqual([
    { ...job, atMs: 2, by: 'jm-1', epoch: 1, attempt: 1, restoredFrom: 0 },
    { ...job, atMs: 4, by: 'jm-1', epoch: 1, attempt: 2, restoredFrom: 7 },
    { ...job, atMs: 5, by: 'jm-2', epoch: 2, attempt: 1, restoredFrom: 7 },
  ]);
  expect(facts.noted.restarts).toEqual([lost]);
});

test('tasks: RUNNING until they say something else, or their process starts anew', () => {
  const facts = factsOf(...atWork);
  expect(runningAttempts(facts)).toBe(2);
  noteLine(facts, lineOf([1_100, 'tm-1', moves(0, 1, 'FAILED')]));
  expect([...runningBy(facts)]).toEqual([['tm-2', ['1/0#1']]]);
  expect(facts.failures).toMatchObject([{ atMs: 1_100, node: 'tm-1', epoch: 1 }]);
  noteLine(facts, { kind: 'started', at: 1_200_000, event: 0, node: 'tm-2', incarnation: 2 });
  expect(runningAttempts(facts)).toBe(0);
});

test('the last request that failed, whoever asked', () => {
  const full = { kind: 'io', code: 'ENOSPC', text: 'no space left' } as const;
  const unreadable = { kind: 'record-unreadable', path: 'lines/0.jsonl', line: 228, text: 'not UTF-8' } as const;
  const facts = factsOf(
    [1, 'tm-1', hears({ kind: 'failed', outcome: 'unknown', reason: full })],
    [2, 'tm-2', hears({ kind: 'failed', outcome: 'not-applied', reason: unreadable })],
    [3, 'tm-2', hears(records)],
  );
  expect(facts.refusal).toEqual({ node: 'tm-2', reason: unreadable });
});

test('checkpoints, and the end of the job', () => {
  const facts = factsOf(
    ...atWork,
    [1_100, 'jm-1', triggers('jm-1', 2)],
    [1_200, 'jm-1', aborted(2, { kind: 'expired', missing: [] })],
    [1_200, 'jm-1', aborts('jm-1', 2)],
    [1_300, 'jm-2', completes(1, 3)], // read by a new leader: the old one died before it heard of it
    [1_400, 'jm-2', finishes(false)],
  );
  expect(facts.completed.map(({ checkpointId }) => checkpointId)).toEqual([1, 3]);
  expect(facts.aborted).toMatchObject([{ checkpointId: 2, atMs: 1_200, by: 'jm-1' }]);
  expect(facts.aborted.map((one) => whyAborted(facts, one))).toEqual(['expired before its metadata was stored']);
  expect(isCleanedUp(facts)).toBe(false);
  noteLine(facts, lineOf([1_500, 'jm-2', finishes(true)]));
  expect(isCleanedUp(facts)).toBe(true);
});

test('what is only noted did not happen', () => {
  const facts = factsOf(
    [1, 'jm-1', leads(4)],
    [2, 'jm-1', deployed(9, 3)],
    [3, 'jm-1', completed(5)],
    [4, 'jm-1', cleanedUp],
  );
  expect(facts).toMatchObject({ leader: null, deployments: [], completed: [] });
  expect(facts.run.jobs.size).toBe(0);
});

test.each([
  ['a read with records', hears(records), 1],
  ['a read without', hears({ kind: 'records', position: 9, values: [], end: true, mark: '' }), 0],
  ['a batch that arrived', receives({ kind: 'watermark', timestamp: 5 }, batchOfTwo), 1],
  ['a barrier alone', receives({ kind: 'barrier', checkpointId: 5, timestamp: 0 }), 0],
  ['a chunk for a sink', { effects: [asked(7, { kind: 'sink-write', records: [1, 2] })] }, 1],
  ['an answer about nothing', hears({ kind: 'sink-written' }), 0],
])('records moved: %s', (_, what, moves) => {
  expect(factsOf([1, 'tm-1', what]).movedAtMs).toHaveLength(moves);
});

test('output is committed when the sink says so, once each', () => {
  const ask = [1, 'tm-1', commits('a')] as const;
  const again = [3, 'tm-1', commits('a')] as const;
  const heard = (atMs: number) => [atMs, 'tm-1', hears({ kind: 'sink-committed' })] as const;
  expect(factsOf(ask, heard(2), again, heard(4)).committed.map(({ atMs }) => atMs)).toEqual([2]);
  expect(factsOf(ask, [2, 'tm-1', hears({ kind: 'sink-refused', reason: 'fenced' })]).committed).toEqual([]);
  expect(factsOf(heard(2)).committed).toEqual([]); // an answer to a process that is gone
});

test('the longest standstill counts from the last record before the strike to the first one behind its end', () => {
  const batch = receives(batchOfTwo);
  const facts = factsOf(...[100, 200, 900, 1_000, 3_000, 3_100].map((at) => [at, 'tm-1', batch] as const));
  expect(longestStandstillMs(facts, 950, 2_000)).toBe(2_000); // 1,000 to 3,000
  expect(longestStandstillMs(facts, 300, 950)).toBe(700); // 200 to 900
  expect(longestStandstillMs(facts, 3_050, 3_200)).toBe(100);
});
