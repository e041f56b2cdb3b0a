// Oracles of several jobs: each passes over what is another's, and an objection names its job.
import { describe, expect, test } from 'vitest';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { clusterOracles } from '../../../src/sim/oracles/cluster-oracles.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import { liveOracle } from '../../../src/sim/oracles/live.ts';
import { livenessBound, NO_TRAFFIC } from '../../../src/sim/oracles/liveness-bound.ts';
import { History } from './history.ts';
import {
  attemptOf,
  completeCheckpoint,
  contextOf,
  counting,
  deployAll,
  JOB,
  triggerAll,
  type Word,
} from './small-job.ts';

const elsewhere = defineJob(
  'elsewhere',
  (env) => {
    env
      .fromSource<Word>('words', { topic: 'words', splits: 2, timestamp: ({ at }) => at, outOfOrdernessMs: 10 })
      .map('one', ({ word }) => ({ word, count: 1 }))
      .sinkTo('out', { sink: 'others' });
  },
  { parallelism: 2 },
);
const own = contextOf(counting);
const other: OracleContext = { ...contextOf(elsewhere), jobId: 'job-2', clients: ['client-2'], submitAtMs: 5_000 };
const run = { epoch: 1, attempt: 1 };
const writer = { sink: 'counts', writer: `${JOB}/out/0`, token: run };

/** A checkpoint of `job-1` with output of its sink, all as it should be. */
function goodRun(history: History): void {
  const transaction = `${JOB}/out/0/chk-1/e1-a1`;
  history.lead('jm-1', 1);
  deployAll(history, own, run);
  history.openSink('tm-1', writer, []);
  history.prepare('tm-1', writer, transaction, []);
  const transactions = (subtask: number) => (subtask === 0 ? [{ checkpointId: 1, transaction }] : []);
  completeCheckpoint(history, own, { ...run, id: 1, positions: [1, 0], transactions });
  history.commit('tm-1', writer, transaction);
}

test.each([
  ['first', [own, other]],
  ['second', [other, own]],
])('a job that is right passes beside another one: %s', (_, jobs) => {
  for (const oracle of clusterOracles(jobs)) {
    const history = new History(oracle);
    goodRun(history);
    history.finish();
    expect([oracle.name, ...history.sentences]).toEqual([oracle.name]);
  }
});

describe('an objection names its job, in its place as well', () => {
  const objections = (name: string, act: (history: History) => void): readonly string[] => {
    const oracle = clusterOracles([other, own]).find((one) => one.name === name);
    const history = new History(oracle as NonNullable<typeof oracle>);
    goodRun(history);
    act(history);
    return history.violations.map(({ rule, place, text }) => `${rule} in ${place.trim()}: ${text}`);
  };

  test.each<[string, string, (history: History) => void, string]>([
    [
      'the output of one',
      'O-exact',
      (history) => history.commit('tm-1', writer, 't-2', ['nonsense']),
      'surplus in job-1: job-1: sink counts holds "nonsense", which a sequential run never writes',
    ],
    [
      'the output of none',
      'O-exact',
      (history) => history.commit('tm-1', { ...writer, sink: 'nowhere' }, 't-2', ['nonsense']),
      "unknown-sink in job-2: job-2: sink nowhere is not one of the job's, but records were committed to it",
    ],
    [
      'a transaction that no checkpoint of its job covers',
      'O-commit',
      (history) => history.commit('tm-1', writer, 't-2', []),
      'committed-uncovered in job-1: job-1: a sink transaction was committed that no completed checkpoint covers',
    ],
    [
      'an id that is not durable',
      'O-ids',
      (history) => {
        const body = {
          epoch: 1,
          incarnation: 1,
          attempt: attemptOf(0, 0, 1),
          checkpointId: 9,
          timestamp: 0,
          drain: false,
        };
        history.send('jm-1', 'tm-1', 'trigger-checkpoint', body);
      },
      'id-not-durable in job-1: job-1: checkpoint 9 was triggered before its id was durable',
    ],
  ])('%s', (_, name, act, objection) => {
    expect(objections(name, act)).toEqual([objection]);
  });
});

test('attempts of two jobs with the same numbers are two attempts, also in the slots of two TaskManagers', () => {
  const oracle = clusterOracles([own, other]).find(({ name }) => name === 'O-slots');
  const history = new History(oracle as NonNullable<typeof oracle>);
  deployAll(history, own, run);
  const live = (jobId: string) => ({ attempt: { ...attemptOf(0, 0, 1), jobId }, state: 'RUNNING' as const });
  const answer = (node: string, allocationId: string, jobId: string): void =>
    history.send(node, 'jm-1', 'heartbeat-answer', {
      epoch: 1,
      incarnation: 1,
      slots: [{ slotIndex: 0, allocationId }],
      tasks: [live(jobId)],
    } as never);
  answer('tm-1', 'a', 'job-1');
  answer('tm-2', 'b', 'job-2');
  expect(history.sentences).toEqual([]);
  answer('tm-2', 'b', 'job-1');
  expect(history.rules).toEqual(['attempt-twice']);
});

test('a job has its own time to be submitted, and that of the others to share its nodes', () => {
  const alone = livenessBound(other, [], NO_TRAFFIC);
  const bound = livenessBound(other, [], NO_TRAFFIC, { nowMs: 2_000, others: [70, 30] });
  expect(bound.ms).toBe(alone.ms + 3_000 + 100);
  expect(bound.text).toContain('+ 100 ms for the other jobs + 3000 ms until it is submitted');
  expect(livenessBound(other, [], NO_TRAFFIC, { nowMs: 9_000, others: [] })).toEqual(alone);
});

test('a failure before the first fault is that of its own job', () => {
  const history = new History(liveOracle(other, [own, other]));
  goodRun(history);
  history.send('tm-1', 'jm-1', 'task-state-changed', {
    epoch: 1,
    incarnation: 1,
    attempt: attemptOf(0, 1, 1),
    state: 'FAILED',
    reason: 'user code',
  } as never);
  triggerAll(history, { ...run, id: 2, positions: [1, 1] });
  expect(history.finish()).toEqual([]);
});
