// Not enough slots: a job waits with a reason, then fails and says what is missing; one that ran before waits on; nobody is held up for ever.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { Cluster } from './fake-task-manager.ts';
import { ARTIFACT, sampleGraph } from './sample-job.ts';

const WAIT_MS = 3_000;
const options = { slotWaitTimeoutMs: WAIT_MS };

/** The sample job with so many subtasks of each operator, and a sink of its own. */
const sized = (jobId: string, parallelism: number) => ({
  ...sampleGraph,
  operators: sampleGraph.operators.map((operator) => ({
    ...operator,
    parallelism,
    ...(operator.kind === 'sink' ? { sink: jobId } : {}),
    ...(operator.kind === 'source' ? { splits: Math.max(parallelism, operator.splits) } : {}),
  })),
});

function submit(cluster: Cluster, jobId: string, parallelism: number): void {
  cluster.lab.deliver('client', 'submit-job', {
    jobId,
    graph: sized(jobId, parallelism),
    artifact: ARTIFACT,
    restore: null,
  });
  cluster.settle();
}

/** What a client is told, as `status: reason`. */
function status(cluster: Cluster, jobId: string): string {
  cluster.lab.deliver('asker', 'request-job-status', { jobId });
  const { body } = cluster.lab.take('job-status').find(({ to }) => to === 'asker')!;
  return body.reason === null ? body.status : `${body.status}: ${describeReason(body.reason)}`;
}

/** All its tasks run. */
const runs = (cluster: Cluster, jobId: string): boolean =>
  cluster.lab.leader.jobs.get(jobId)?.executions.every(({ state }) => state === 'RUNNING') === true;

const held = (cluster: Cluster, jobId: string): number =>
  cluster.lab.leader.jobs.get(jobId)!.allocations.filter((allocation) => allocation !== null).length;

/** What the leader noted of slots. */
const noted = ({ lab: { traces } }: Cluster): readonly string[] =>
  traces.filter((text) => /job \w+ (?:waits|has all)/.test(text)).map((text) => text.slice(text.indexOf('job ')));

const MISSING = 'slots are missing: it needs 4 and holds 2, of 2 in the cluster 0 are free';

describe('a job that is larger than the cluster', () => {
  test('waits with a reason, then fails and says what is missing', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2, options });
    submit(cluster, 'large', 4);
    expect(status(cluster, 'large')).toBe(`RUNNING: ${MISSING}`);
    cluster.pass(WAIT_MS - 100);
    expect(status(cluster, 'large')).toBe(`RUNNING: ${MISSING}`);
    cluster.pass(1_000);
    expect(status(cluster, 'large')).toBe(`FAILED: ${MISSING}`);
    expect(noted(cluster)).toEqual([`job large waits: ${MISSING}`]);
    expect(cluster.tm(1).slots.map(({ state }) => state)).toEqual(['FREE', 'FREE']);
  });

  test('runs if TaskManagers come in time', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2, options });
    submit(cluster, 'large', 4);
    cluster.pass(WAIT_MS - 500);
    cluster.addTaskManager('tm-2', 2);
    cluster.pass(WAIT_MS);
    expect(runs(cluster, 'large')).toBe(true);
    expect(noted(cluster)).toEqual([
      `job large waits: ${MISSING}`,
      expect.stringMatching(/^job large has all 4 slots, and waited for 25\d\d ms$/),
    ]);
  });

  test('gives what it holds to one behind it that can run', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2, options });
    submit(cluster, 'large', 4);
    expect(held(cluster, 'large')).toBe(2);
    submit(cluster, 'small', 1);
    cluster.pass(1_000);
    expect(runs(cluster, 'small')).toBe(true);
    expect(held(cluster, 'small')).toBe(1);
  });
});

describe('of jobs that could run', () => {
  test('the first that waits keeps what there is, and those behind it get nothing meanwhile', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 3, options });
    submit(cluster, 'running', 2);
    submit(cluster, 'first', 3);
    submit(cluster, 'second', 1);
    cluster.pass(500);
    expect([held(cluster, 'first'), held(cluster, 'second')]).toEqual([1, 0]);
    expect(status(cluster, 'second')).toContain('it needs 1 and holds 0');
  });

  test('the next gets its turn when the first gave up', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 3, options });
    submit(cluster, 'running', 2);
    submit(cluster, 'first', 3);
    cluster.pass(WAIT_MS / 2);
    submit(cluster, 'second', 1);
    cluster.pass(WAIT_MS);
    expect(status(cluster, 'first')).toContain('FAILED');
    expect(runs(cluster, 'second')).toBe(true);
  });
});

describe('a job that ran before', () => {
  const afterLoss = (): Cluster => {
    const cluster = new Cluster({ taskManagers: 2, slots: 2, options });
    submit(cluster, 'ran', 4);
    cluster.pass(2_000);
    cluster.taskManagers.delete('tm-2');
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs + 1_000);
    return cluster;
  };

  test('waits without end for the processes that it lost, and says so', () => {
    const cluster = afterLoss();
    cluster.pass(10 * WAIT_MS);

    expect(cluster.lab.leader.jobs.get('ran')?.status).toBe('RUNNING');
    expect(status(cluster, 'ran')).toContain('it needs 4 and holds 2');
    cluster.addTaskManager('tm-3', 2);
    cluster.pass(2_000);
    expect(runs(cluster, 'ran')).toBe(true);
    const [first, second, ...more] = noted(cluster); // once, however many turns it waited
    expect([first, more]).toEqual([`job ran waits: ${MISSING}`, []]);
    const [, waited] = /has all 4 slots, and waited for (\d+) ms$/.exec(second ?? '') ?? [];
    expect(Number(waited)).toBeGreaterThanOrEqual(10 * WAIT_MS);
  });

  test('waits for slots, whatever it restarts from', () => {
    const cluster = new Cluster({ taskManagers: 2, slots: 2, options });
    submit(cluster, 'ran', 4);
    cluster.pass(2_000);
    cluster.taskManagers.delete('tm-2');
    const { heartbeatTimeoutMs } = cluster.lab.options;
    const seen = new Set<string>();
    for (let ms = 0; ms < heartbeatTimeoutMs + 1_000; ms += 100) {
      cluster.pass(100);
      if (cluster.lab.leader.jobs.get('ran')?.status === 'RESTARTING') seen.add(status(cluster, 'ran'));
    }
    expect([...seen]).toEqual([`RESTARTING: ${MISSING}`]);
  });

  test('lets another one pass that could run meanwhile', () => {
    const cluster = afterLoss();
    submit(cluster, 'small', 1);
    cluster.pass(1_000);
    expect(runs(cluster, 'small')).toBe(true);
  });
});
