// All jobs of a real run are judged by what is left of it: each by itself, up to where it came. Each way to be wrong is found once.
import { describe, expect, test } from 'vitest';
import type { JobReason } from '../../../../src/core/protocol/reasons.ts';
import { doubled, doubling, ended, failing, Left, RECORDS, scenarioOf, STONE } from './remains.ts';

const RIGHT = { sentence: null, evidence: [] };
const alone = scenarioOf({ job: doubling });
const cancelled = scenarioOf({ job: doubling, cancelAtMs: 5 });
const stopped = scenarioOf({ job: doubling, stopAtMs: 5 });
const replaced = scenarioOf({ job: doubling }, { job: doubling, follows: { job: 1, atMs: 5, by: 'cancel' } });
const beside = scenarioOf({ job: doubling }, { job: failing, ends: 'FAILED' });

const missing: JobReason = { kind: 'slots-missing', needed: 1, held: 0, free: 2, total: 2 };
const threw: JobReason = { kind: 'graph-invalid', text: 'it is told so' };

/** Cancelled behind checkpoint 2, which covers six records. */
const cancelledBehind = (records: readonly number[]): Left =>
  new Left()
    .accept('job-1', { kind: 'CANCELED' })
    .complete('job-1', 1, 3)
    .commit('job-1', 0, doubled(0, 3))
    .complete('job-1', 2, 6)
    .commit('job-1', 1, records)
    .end('job-1', 'CANCELED');

/** Stopped with savepoint `stop-1` behind four records. */
function stoppedBehind(savepointId: string, records: readonly number[]): Left {
  const left = new Left().accept('job-1', { kind: 'STOPPED', savepointId: 'stop-1', drain: false });
  return left
    .save('job-1', 'stop-1', left.metadata('job-1', 1, 4))
    .commit('job-1', 0, records)
    .end('job-1', 'FINISHED', savepointId);
}

/** Job 2 starts from a savepoint behind three records; job 1 went on to five, and was cancelled. */
function replacedBehind(ofFirst: readonly number[], ofSecond: readonly number[]): Left {
  const left = new Left().accept('job-1');
  const savepoint = left.metadata('job-1', 1, 3);
  return left
    .save('job-1', 'for-job-2', savepoint)
    .complete('job-1', 2, 5)
    .commit('job-1', 0, ofFirst)
    .end('job-1', 'CANCELED')
    .accept('job-2', { kind: 'RUNNING' }, savepoint)
    .commit('job-2', 1, ofSecond)
    .end('job-2', 'FINISHED');
}

/** Job 1 finished; job 2 failed behind a checkpoint that covers so many records. */
const failedBehind = (position: number, records: readonly number[]): Left =>
  new Left()
    .accept('job-1')
    .commit('job-1', 0, doubled(0, RECORDS))
    .end('job-1', 'FINISHED')
    .accept('job-2')
    .complete('job-2', 1, position)
    .commit('job-2', 0, records)
    .end('job-2', 'FAILED', null, threw);

describe('right', () => {
  test('a job that finished has its whole output', () => {
    const left = new Left().accept('job-1').commit('job-1', 0, doubled(0, RECORDS)).end('job-1', 'FINISHED');
    expect(left.tell('job-1', ended('FINISHED')).judgedAs(alone)).toEqual(RIGHT);
  });

  test('a job that was cancelled has the output of its latest checkpoint', () => {
    expect(cancelledBehind(doubled(3, 6)).tell('job-1', ended('CANCELED')).judgedAs(cancelled)).toEqual(RIGHT);
  });

  test('a job that was cancelled before its first checkpoint has none', () => {
    expect(new Left().accept('job-1').end('job-1', 'CANCELED').judgedAs(cancelled)).toEqual(RIGHT);
  });

  test('a job that was stopped has the output of its savepoint', () => {
    expect(stoppedBehind('stop-1', doubled(0, 4)).judgedAs(stopped)).toEqual(RIGHT);
  });

  test('a job that follows another one has what lies behind the savepoint, which that one may have written as well', () => {
    expect(replacedBehind(doubled(0, 5), doubled(3, RECORDS)).judgedAs(replaced)).toEqual(RIGHT);
  });

  test('a job that was not accepted, as the one before it had ended', () => {
    const left = new Left().accept('job-1').commit('job-1', 0, doubled(0, RECORDS)).end('job-1', 'FINISHED');
    expect(left.judgedAs(replaced)).toEqual(RIGHT);
  });

  test('a job that fails by its own code has the output of its latest checkpoint', () => {
    expect(failedBehind(STONE, doubled(0, STONE)).judgedAs(beside)).toEqual(RIGHT);
  });
});

describe('wrong', () => {
  test('a cancelled job whose checkpoint covers what was never committed', () => {
    const { sentence, evidence } = cancelledBehind(doubled(3, 5)).judgedAs(cancelled);
    expect(sentence).toBe('sink out holds 0 lines too often, and 1 too seldom');
    expect(evidence).toEqual(['10: committed never, by a sequential run once']);
  });

  test('a cancelled job with output that no checkpoint covers', () => {
    expect(cancelledBehind(doubled(3, 7)).judgedAs(cancelled).sentence).toBe(
      'sink out holds 1 lines too often, and 0 too seldom',
    );
  });

  test('output that comes behind the word that the job is CANCELED', () => {
    const left = new Left().accept('job-1').complete('job-1', 1, 3).end('job-1', 'CANCELED');
    left.tell('job-1', ended('CANCELED')).commit('job-1', 0, doubled(0, 3));
    expect(left.judgedAs(cancelled)).toEqual({
      sentence: 'output of the job was committed after a client was told that it is CANCELED',
      evidence: ['out/part-job-1-0-0'],
    });
  });

  test('a stopped job that wrote on behind its savepoint', () => {
    expect(stoppedBehind('stop-1', doubled(0, 5)).judgedAs(stopped).sentence).toMatch(/1 lines too often/);
  });

  test('a stopped job whose savepoint was never there', () => {
    const left = new Left().accept('job-1').end('job-1', 'FINISHED', 'stop-1');
    expect(left.judgedAs(stopped).sentence).toBe(
      'the output of the job cannot be judged: savepoint stop-1, with which it was stopped, was never there',
    );
  });

  test('a follower that writes once more what lies before the savepoint, or leaves a record out', () => {
    expect(replacedBehind(doubled(0, 5), doubled(2, RECORDS)).judgedAs(replaced).sentence).toBe(
      'job-2: sink out holds 1 lines too often, and 0 too seldom',
    );
    expect(replacedBehind(doubled(0, 5), doubled(4, RECORDS)).judgedAs(replaced).sentence).toBe(
      'job-2: sink out holds 0 lines too often, and 1 too seldom',
    );
  });

  test('a job with a checkpoint behind the record at which its own code fails', () => {
    expect(failedBehind(STONE + 1, doubled(0, STONE)).judgedAs(beside).sentence).toBe(
      'job-2: it has a checkpoint behind a record at which its own code fails',
    );
  });

  test('metadata that are not those of the pointer', () => {
    const left = cancelledBehind(doubled(3, 6));
    left.metadata('job-1', 2, 5);
    expect(left.judgedAs(cancelled).sentence).toMatch(/^the output of the job cannot be judged: job-1\/chk-2/);
  });

  test('a result that changes', () => {
    expect(cancelledBehind(doubled(3, 6)).end('job-1', 'FINISHED').judgedAs(cancelled).sentence).toBe(
      'the result of the job was CANCELED, and is FINISHED now',
    );
  });

  test('a job that was accepted and never ended; output of one that was never accepted', () => {
    expect(new Left().accept('job-1').judgedAs(alone).sentence).toBe('the job has no result');
    expect(new Left().commit('job-1', 0, [0]).judgedAs(alone).sentence).toBe(
      'the job was never accepted, and 1 parts of its output are there',
    );
  });

  test('a client that was told another end than the result says, or one before there is any', () => {
    expect(cancelledBehind(doubled(3, 6)).tell('job-1', ended('FINISHED')).judgedAs(cancelled).sentence).toBe(
      'client-1 was told that the job is FINISHED, and its result says CANCELED',
    );
    expect(new Left().accept('job-1').tell('job-1', ended('FINISHED')).judgedAs(alone).sentence).toBe(
      'client-1 was told that the job is FINISHED, and it has no result',
    );
  });
});

test.each([
  ['nobody cancelled it', alone, () => new Left().accept('job-1').end('job-1', 'CANCELED'), 'the job ended CANCELED'],
  [
    'nobody stopped it with this savepoint',
    stopped,
    () => stoppedBehind('stop-2', doubled(0, 4)),
    'the job ended FINISHED with savepoint stop-2',
  ],
  [
    'its own code is right',
    alone,
    () => new Left().accept('job-1').end('job-1', 'FAILED', null, threw),
    'the job ended FAILED: it is told so',
  ],
  [
    'its own code should have failed it',
    scenarioOf({ job: failing, ends: 'FAILED' }),
    () => new Left().accept('job-1').end('job-1', 'FINISHED'),
    'the job ended FINISHED; its own code should have ended it FAILED',
  ],
  [
    'there are slots enough',
    alone,
    () => new Left().accept('job-1').end('job-1', 'FAILED', null, missing),
    'the job ended FAILED: ',
  ],
])('an end that is not allowed: %s', (_, scenario, left, sentence) => {
  expect(left().judgedAs(scenario).sentence).toContain(sentence);
});
