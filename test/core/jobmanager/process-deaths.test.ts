// Code of a job ends a TaskManager: the next process there says so, and it counts as a failure of that job, once for an attempt, and of no other job.
import { describe, expect, test } from 'vitest';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { ProcessDeath } from '../../../src/core/protocol/ids.ts';
import { decodeResult } from '../../../src/core/protocol/records-codec.ts';
import { Cluster } from './fake-task-manager.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const OTHER = 'job-2';
/** To sinks of its own. */
const elsewhere: JobGraph = {
  ...sampleGraph,
  operators: sampleGraph.operators.map((one) => (one.kind === 'sink' ? { ...one, sink: `${one.sink}-2` } : one)),
};
const ALL_RUNNING = 'RUNNING RUNNING RUNNING RUNNING';

function running(options: Readonly<Record<string, number>> = {}): Cluster {
  const cluster = new Cluster({ options: { restartStrategy: 0, ...options }, slots: 2 });
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.submit();
  cluster.lab.deliver('client', 'submit-job', { jobId: OTHER, graph: elsewhere, artifact: ARTIFACT, restore: null });
  cluster.settle();
  expect(cluster.states()).toBe(ALL_RUNNING);
  return cluster;
}

function deathOf(cluster: Cluster, attempt: number, given: Partial<ProcessDeath> = {}): ProcessDeath {
  const { epoch } = cluster.lab.leader;
  const id = { jobId: JOB, vertex: 0, subtask: 0, attempt };
  return { epoch, attempt: id, operator: 'map', record: 3, how: 'looped', ...given };
}

/** The TaskManager comes back, and tells this. */
function comeBack(cluster: Cluster, index: number, death: ProcessDeath | null): void {
  const taskManager = cluster.tm(index);
  taskManager.death = death;
  taskManager.restart();
  taskManager.death = null;
  cluster.settle();
}

function jobOf(cluster: Cluster, jobId: string) {
  return cluster.lab.leader.jobs.get(jobId);
}

function endOf({ lab }: Cluster, jobId = JOB): string {
  const entry = lab.stores.keys.get(resultKey(jobId));
  if (entry === undefined) return 'none';
  const result = decodeResult(entry.value);
  if (!result.ok) return result.reason;
  return `${result.value.status}: ${result.value.reason === null ? '' : describeReason(result.value.reason)}`;
}

describe('a TaskManager that was ended by code of a job', () => {
  test('fails the attempt that was at work, with operator and record', () => {
    const cluster = running();
    comeBack(cluster, 1, deathOf(cluster, 1));
    const [exception] = jobOf(cluster, JOB)!.exceptions;
    expect(describeReason(exception!.cause)).toBe(
      '0/0#1: operator "map", at record 3 of its batch, did not return, and ended tm-1',
    );
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(1);
    expect(jobOf(cluster, OTHER)!.failures.ownFailures).toBe(0);
  });

  test('fails its job for good the third time, and never the job beside it', () => {
    const cluster = running();
    for (const attempt of [1, 2, 3]) {
      comeBack(cluster, 1, deathOf(cluster, attempt));
      cluster.pass(20_000);
    }
    expect(endOf(cluster)).toBe(
      `FAILED: 0/0#3: operator "map", at record 3 of its batch, did not return, and ended tm-1; no restart: the job's own code or state failed 3 times without a completed checkpoint between`,
    );
    for (let more = 0; more < 10; more++) {
      comeBack(cluster, 1, null);
      cluster.pass(20_000);
    }
    expect(endOf(cluster, OTHER)).toBe('none');
    expect(
      jobOf(cluster, OTHER)!
        .executions.map(({ state }) => state)
        .join(' '),
    ).toBe(ALL_RUNNING);
  });

  test('counts as well when the job has restarted long before it comes back', () => {
    const cluster = running();
    for (const attempt of [1, 2]) {
      comeBack(cluster, 2, null); // the job restarts, and only then the first one is heard of
      cluster.pass(20_000);
      expect(jobOf(cluster, JOB)!.attempt).toBe(attempt + 1);
      comeBack(cluster, 1, deathOf(cluster, attempt));
    }
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(2);
    const told = jobOf(cluster, JOB)!.exceptions.findLast(({ cause }) => describeReason(cause).includes('not return'));
    expect(told?.task).toMatch(/ \(1\/2\)$/);
    cluster.pass(20_000);
    comeBack(cluster, 1, deathOf(cluster, 3));
    expect(endOf(cluster)).toMatch(/^FAILED: 0\/0#3: operator "map"/);
  });

  test('leaves slots to the job beside it when there are not enough for both', () => {
    const cluster = running();
    comeBack(cluster, 1, deathOf(cluster, 1));
    cluster.pass(20_000);
    expect(cluster.states()).toBe(ALL_RUNNING);
    cluster.taskManagers.delete('tm-2');
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs + 1_000);
    const held = (jobId: string) => jobOf(cluster, jobId)!.allocations.filter((one) => one !== null).length;
    expect([held(JOB), held(OTHER)]).toEqual([0, 2]);
  });

  test('counts once for an attempt, however many it ended and however often they say so', () => {
    const cluster = running();
    comeBack(cluster, 1, deathOf(cluster, 1));
    comeBack(cluster, 2, deathOf(cluster, 1, { attempt: { jobId: JOB, vertex: 0, subtask: 1, attempt: 1 } }));
    comeBack(cluster, 1, deathOf(cluster, 1));
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(1);
  });

  test('counts for a subtask that is gone with a rescaling, once for its region, and says where it was', () => {
    const cluster = running();
    for (const parallelism of [4, 1]) {
      const operators = ['lines', 'count', 'out'].map((operator) => ({ operator, parallelism }));
      cluster.lab.deliver('asker', 'rescale-job', { jobId: JOB, parallelism: operators });
      cluster.settle();
    }
    const attempt = jobOf(cluster, JOB)!.attempt - 1;
    const gone = (subtask: number) =>
      deathOf(cluster, attempt, { attempt: { jobId: JOB, vertex: 0, subtask, attempt } });
    expect(jobOf(cluster, JOB)!.executions).toHaveLength(2);
    comeBack(cluster, 2, gone(3));
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(1);
    expect(jobOf(cluster, JOB)!.exceptions.at(-1)).toMatchObject({ task: null, taskManager: 'tm-2' });
    comeBack(cluster, 1, gone(2)); // all subtasks are of one region
    comeBack(cluster, 1, gone(0));
    comeBack(cluster, 1, gone(4)); // there never were so many
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(1);
    cluster.pass(20_000);
    expect(jobOf(cluster, OTHER)!.failures.ownFailures).toBe(0);
  });

  test('is the same failure whichever record of a batch it was, also behind a completed checkpoint', () => {
    const cluster = running();
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = true;
    for (const [attempt, record] of [
      [1, 3],
      [2, 1],
      [3, null],
    ] as const) {
      cluster.pass(3_000);
      comeBack(cluster, 1, deathOf(cluster, attempt, { record }));
    }
    cluster.pass(3_000);
    expect(endOf(cluster)).toMatch(/^FAILED: /);
  });

  test.each<[string, Partial<ProcessDeath>]>([
    ['another leader', { epoch: 99 }],
    ['a job that is not there', { attempt: { jobId: 'none', vertex: 0, subtask: 0, attempt: 1 } }],
    ['a subtask that is not there', { attempt: { jobId: JOB, vertex: 9, subtask: 0, attempt: 1 } }],
  ])('is only lost where its death is of %s', (_, given) => {
    const cluster = running();
    comeBack(cluster, 1, deathOf(cluster, 1, given));
    expect(jobOf(cluster, JOB)!.failures.ownFailures).toBe(0);
    cluster.pass(20_000);
    expect(cluster.states()).toBe(ALL_RUNNING);
  });

  test('is one failure of any kind under strategies that count all', () => {
    const cluster = new Cluster({ options: { restartStrategy: 0 }, slots: 2 });
    cluster.submit({ ...sampleGraph, restart: { kind: 'fixed-delay', attempts: 2, delayMs: 0 } });
    comeBack(cluster, 2, null);
    cluster.pass(20_000);
    comeBack(cluster, 1, deathOf(cluster, 1));
    cluster.pass(20_000);
    expect(jobOf(cluster, JOB)!.failures.failures).toBe(2); // the loss of each TaskManager
    expect(cluster.states()).toBe(ALL_RUNNING);
  });
});
