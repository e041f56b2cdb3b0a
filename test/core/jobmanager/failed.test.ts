// A job that fails for good: its strategy says no, its tasks end, its sinks are closed, its result says why.
import { describe, expect, test } from 'vitest';
import type { RestartStrategy } from '../../../src/core/graph/job-graph.ts';
import { EXCEPTIONS_MAX } from '../../../src/core/jobmanager/exception-history.ts';
import { resultKey } from '../../../src/core/protocol/ha-keys.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { decodeResult } from '../../../src/core/protocol/records-codec.ts';
import { Cluster } from './fake-task-manager.ts';
import { JOB, sampleGraph } from './sample-job.ts';

const EXPONENTIAL = { restartStrategy: 0 } as const;
const ALL_RUNNING = 'RUNNING RUNNING RUNNING RUNNING';

function running(restart: RestartStrategy | null = null): Cluster {
  const cluster = new Cluster({ options: EXPONENTIAL });
  cluster.submit({ ...sampleGraph, restart });
  expect(cluster.states()).toBe(ALL_RUNNING);
  return cluster;
}

function resultOf({ lab }: Cluster): string {
  const entry = lab.stores.keys.get(resultKey(JOB));
  if (entry === undefined) return 'none';
  const result = decodeResult(entry.value);
  if (!result.ok) return result.reason;
  const { status, reason } = result.value;
  return `${status}: ${reason === null ? '' : describeReason(reason)}`;
}

describe('with the default strategy', () => {
  test('the first restart is at once, the next one is not', () => {
    const cluster = running();
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.lab.job.attempt).toBe(2);
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(cluster.lab.job.status).toBe('RESTARTING');
  });

  test("the third failure of the job's own code without a checkpoint between ends it", () => {
    const cluster = running();
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    for (const attempt of [1, 2]) {
      cluster.tm(1).fail('0/0', `failure ${attempt}`);
      cluster.settle();
      cluster.pass(700);
      expect(cluster.lab.job.attempt).toBe(attempt + 1);
    }
    cluster.tm(1).fail('0/0', 'failure 3');
    cluster.settle();
    expect(resultOf(cluster)).toBe(
      "FAILED: 0/0#3: failure 3; no restart: the job's own code or state failed 3 times without a completed checkpoint between",
    );
    expect([...cluster.lab.stores.keys.keys()].toSorted()).toEqual(['leader', resultKey(JOB)]);
    expect([...cluster.taskManagers.values()].flatMap(({ slots }) => slots.map(({ state }) => state))).toEqual([
      'FREE',
      'FREE',
    ]);
  });

  test('lost TaskManagers never do', () => {
    const cluster = running();
    for (let attempt = 1; attempt <= 12; attempt++) {
      cluster.tm(2).restart();
      cluster.pass(20_000);
    }
    expect(cluster.states()).toBe(ALL_RUNNING);
    expect(cluster.lab.job.attempt).toBeGreaterThan(12);
  });

  test('what the next attempt would meet again ends it at once', () => {
    const cluster = running();
    const { attempt } = cluster.tm(1).tasks.get('0/0')!;
    const reason = { kind: 'artifact-without-job', path: 'a' } as const;
    cluster.tm(1).report(attempt, 'FAILED', { kind: 'artifact-refused', artifact: 'a', reason });
    cluster.settle();
    expect(resultOf(cluster)).toMatch(/^FAILED: 0\/0#1: .*; no restart: the next attempt would meet it again$/);
  });
});

describe('with a strategy of the job', () => {
  test('none: a lost TaskManager ends it', () => {
    const cluster = running({ kind: 'none' });
    cluster.tm(2).restart();
    cluster.settle();
    expect(resultOf(cluster)).toMatch(/^FAILED: .*; no restart: the restart strategy is none$/);
  });

  test('fixed-delay: whatever fails counts', () => {
    const cluster = running({ kind: 'fixed-delay', attempts: 1, delayMs: 300 });
    cluster.tm(2).restart();
    cluster.settle();
    cluster.pass(299);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    cluster.pass(5_000);
    expect(cluster.states()).toBe(ALL_RUNNING);
    cluster.tm(1).fail('1/0');
    cluster.settle();
    expect(resultOf(cluster)).toBe('FAILED: 1/0#2: it broke; no restart: all 1 restarts of its strategy were used');
  });

  test('a cancellation goes before it', () => {
    const cluster = running({ kind: 'none' });
    cluster.tm(2).deafTo.add('cancel-task');
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(cluster.lab.job.status).toBe('FAILING');
    cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
    cluster.settle();
    expect(cluster.lab.job.status).toBe('CANCELLING');
    cluster.tm(2).deafTo.clear();
    cluster.pass(cluster.lab.options.cancelTimeoutMs);
    expect(resultOf(cluster)).toBe('CANCELED: ');
  });

  test('with impossible numbers is refused in one sentence', () => {
    const cluster = new Cluster({ options: EXPONENTIAL });
    cluster.submit({ ...sampleGraph, restart: { kind: 'fixed-delay', attempts: -1, delayMs: 0 } });
    expect(cluster.told.at(-1)).toBe('job-rejected');
    expect([...cluster.lab.stores.keys.keys()]).toEqual(['leader']);
  });
});

describe('the exception history', () => {
  const attempt = (number: number, vertex = 0): object => ({ jobId: JOB, vertex, subtask: 0, attempt: number });

  test('has the root cause, the task, its TaskManager and the time, and is kept with the result', () => {
    const cluster = running({ kind: 'fixed-delay', attempts: 1, delayMs: 0 });
    const before = cluster.lab.now;
    cluster.tm(1).fail('0/0', 'first');
    cluster.tm(1).fail('1/0', 'what follows from it');
    cluster.settle();
    cluster.pass(400);
    cluster.tm(1).fail('1/0', 'last');
    cluster.settle();
    cluster.pass(1_000); // and is cleaned up
    const { exceptions } = cluster.lab.leader.results.get(JOB)!;
    const tasks = cluster.lab.leader.results.size === 1 ? exceptions.map(({ task }) => task) : [];
    expect(tasks).toEqual([expect.stringMatching(/ \(1\/2\)$/), expect.stringMatching(/ \(1\/2\)$/)]);
    expect(exceptions).toMatchObject([
      {
        timestamp: before,
        cause: { attempt: attempt(1), reason: { text: 'first' } },
        taskManager: 'tm-1',
        concurrent: [],
      },
      { timestamp: before + 400, cause: { attempt: attempt(2, 1), reason: { text: 'last' } }, taskManager: 'tm-1' },
    ]);
    const stored = decodeResult(cluster.lab.stores.keys.get(resultKey(JOB))!.value);
    expect(stored).toMatchObject({ ok: true, value: { clean: true, exceptions } });
  });

  test('is bounded', () => {
    const cluster = running({ kind: 'fixed-delay', attempts: 1_000, delayMs: 0 });
    for (let failure = 1; failure <= EXCEPTIONS_MAX + 4; failure++) {
      cluster.tm(1).fail('0/0', `failure ${failure}`);
      cluster.settle();
      cluster.pass(300);
    }
    const texts = cluster.lab.job.exceptions.map(({ cause }) => describeReason(cause));
    expect(texts).toHaveLength(EXCEPTIONS_MAX);
    expect(texts.at(-1)).toBe(`0/0#${EXCEPTIONS_MAX + 4}: failure ${EXCEPTIONS_MAX + 4}`);
  });
});
