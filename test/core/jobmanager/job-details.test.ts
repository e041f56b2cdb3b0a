// What clients are told of a job, of its tasks, and of the cluster as a whole.
import { expect, test } from 'vitest';
import { ARCHIVES_MAX, dropArchives, endedGraphOf } from '../../../src/core/jobmanager/job-details.ts';
import { pastJob } from '../../../src/core/jobmanager/past-jobs.ts';
import { relativeJobManager } from '../../../src/core/jobmanager/relative.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import { ENDED_OPERATORS_MAX } from '../../../src/core/protocol/overview.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { leading } from './lab.ts';
import { ENDED, JOB, sampleGraph } from './sample-job.ts';

function details({ lab }: Cluster, jobId = JOB): Bodies['job-details'] | undefined {
  lab.deliver('client', 'request-job-details', { jobId });
  return lab.take('job-details')[0]?.body;
}

function overview({ lab }: Cluster, only: string | null = null): Bodies['cluster-overview'] | undefined {
  lab.deliver('client', 'request-cluster-overview', { only });
  return lab.take('cluster-overview')[0]?.body;
}

function cancel(cluster: Cluster): void {
  cluster.lab.deliver('client', 'cancel-job', { jobId: JOB });
  cluster.settle();
  cluster.pass(cluster.lab.options.heartbeatIntervalMs);
}

test('a job that runs is told with its graph, its tasks, where they run and since when', () => {
  const cluster = runningCluster();
  const told = details(cluster)!;
  expect(told).toMatchObject({
    jobId: JOB,
    name: sampleGraph.name,
    status: 'RUNNING',
    endedAt: null,
    maxParallelism: sampleGraph.maxParallelism,
  });
  expect(told.vertices.map(({ name, parallelism }) => `${name} ${parallelism}`)).toEqual(
    cluster.lab.job.vertices.map(({ name, parallelism }) => `${name} ${parallelism}`),
  );
  expect(told.vertices.at(-1)?.inputs).toMatchObject([{ source: 0 }]);
  expect(told.subtasks).toHaveLength(cluster.lab.job.executions.length);
  for (const { state, taskManager, times } of told.subtasks) {
    expect([state, taskManager !== '']).toEqual(['RUNNING', true]);
    expect(times.CREATED).toBeGreaterThan(0);
    expect(times.RUNNING).toBeGreaterThanOrEqual(times.DEPLOYING);
    expect(times.FAILED).toBe(0);
  }
  expect(told.times.RUNNING).toBeGreaterThan(0);
});

test('behind a restart the attempt is told that runs now, from when it was made', () => {
  const cluster = runningCluster();
  const before = details(cluster)!.subtasks[0]!;
  cluster.pass(100);
  cluster.tm(1).fail('0/0', 'it broke');
  cluster.settle();
  cluster.pass(cluster.lab.options.restartDelayMaxMs * 2);
  const told = details(cluster)!;
  expect(told.subtasks[0]!.attempt).toBe(before.attempt + 1);
  expect(told.subtasks[0]!.times.CREATED).toBeGreaterThan(before.times.CREATED);
  expect(told.times.RESTARTING).toBeGreaterThan(0);
});

test('a job that is over is told as it ended; without its archive only what its result has', () => {
  const cluster = runningCluster();
  cancel(cluster);
  const past = cluster.lab.leader.results.get(JOB)!;
  const told = details(cluster)!;
  expect(told).toMatchObject({ status: 'CANCELED', endedAt: past.endedAt, name: sampleGraph.name });
  expect(new Set(told.subtasks.map(({ state }) => state))).toEqual(new Set(['CANCELED']));
  past.archive = null;
  const kept = details(cluster)!;
  const shown = ({ name, vertices, maxParallelism, restart, endedAt, submitted }: typeof told) => {
    return { name, vertices, maxParallelism, restart, endedAt, submitted };
  };
  expect(shown(kept)).toEqual(shown(told));
  expect(kept.subtasks.map(({ vertex, subtask, state }) => [vertex, subtask, state])).toEqual(
    told.subtasks.map(({ vertex, subtask, state }) => [vertex, subtask, state]),
  );
  expect(kept.subtasks[0]).toMatchObject({ attempt: 0, taskManager: '' });
});

test('under another leader a job of the past has its name, its graph, and how its tasks ended', () => {
  const cluster = runningCluster();
  cancel(cluster);
  cluster.lab.serve();
  const told = details(cluster)!;
  const next = leading({ stores: cluster.lab.stores, address: 'jm-2' });
  next.serve();
  next.deliver('client', 'request-job-details', { jobId: JOB });
  const kept = next.take('job-details')[0]!.body;
  expect([kept.name, kept.vertices, kept.status]).toEqual([told.name, told.vertices, 'CANCELED']);
  expect(kept.subtasks.map(({ state }) => state)).toEqual(told.subtasks.map(({ state }) => state));
  next.deliver('client', 'request-jobs', { after: null });
  const [line] = next.take('job-list')[0]!.body.jobs;
  expect([line?.name, line?.tasks.CANCELED]).toEqual([sampleGraph.name, told.subtasks.length]);
});

test('states of tasks beside each other that are the same are one, and of a graph that is too large the name is kept', () => {
  const { job } = runningCluster().lab;
  const states = ['FINISHED', 'CANCELED', 'CANCELED', 'FINISHED'] as const;
  const executions = job.executions.map((execution, index) => ({ ...execution, state: states[index]! }));
  expect(endedGraphOf({ ...job, executions }).vertices.map(({ ended }) => ended)).toEqual([
    [
      { state: 'FINISHED', subtasks: 1 },
      { state: 'CANCELED', subtasks: 1 },
    ],
    [
      { state: 'CANCELED', subtasks: 1 },
      { state: 'FINISHED', subtasks: 1 },
    ],
  ]);
  const [operator] = sampleGraph.operators;
  const large = { ...job.graph, operators: Array.from({ length: ENDED_OPERATORS_MAX + 1 }, () => operator!) };
  expect(endedGraphOf({ ...job, graph: large })).toMatchObject({ name: sampleGraph.name, vertices: [] });
});

test('a job that nobody knows is refused', () => {
  const cluster = runningCluster();
  expect(details(cluster, 'nothing')).toBeUndefined();
  expect(cluster.lab.take('request-refused')[0]?.body.reason).toEqual({ kind: 'history-not-kept', status: 'UNKNOWN' });
});

test('of more jobs of the past than are kept whole the first ones lose their archive', () => {
  const cluster = runningCluster();
  cancel(cluster);
  const { results } = cluster.lab.leader;
  const { archive } = results.get(JOB)!;
  for (let count = 0; count < ARCHIVES_MAX; count++) {
    const last = { lastAttempt: 1, lastCheckpointId: 1, archive };
    results.set(
      `job-${count}`,
      pastJob({ ...ENDED, status: 'FINISHED', reason: null }, { revision: 1, keptUntil: 0 }, last),
    );
  }
  dropArchives(cluster.lab.leader);
  expect([...results].filter(([, past]) => past.archive === null).map(([jobId]) => jobId)).toEqual([JOB]);
});

test('the cluster is told with its leader, its jobs, and what its TaskManagers hold', () => {
  const cluster = runningCluster();
  cluster.pass(cluster.lab.options.heartbeatIntervalMs / 2);
  const told = overview(cluster)!;
  expect(told).toMatchObject({
    leader: cluster.lab.address,
    jobs: { running: 1, finished: 0, canceled: 0, failed: 0 },
  });
  expect(told.taskManagers.map(({ address }) => address)).toEqual([...cluster.lab.leader.taskManagers.keys()]);
  const tasks = told.taskManagers.flatMap(({ allocated }) => allocated.map((slot) => slot.tasks));
  expect(tasks.reduce((sum, one) => sum + one, 0)).toBe(cluster.lab.job.executions.length);
  for (const { slots, freeSlots, silentMs, drain, allocated } of told.taskManagers) {
    expect(freeSlots + allocated.length).toBe(slots);
    expect(silentMs).toBeLessThan(cluster.lab.options.heartbeatTimeoutMs);
    expect(drain).toBe('IN_SERVICE');
  }
  expect(overview(cluster, told.taskManagers[1]!.address)!.taskManagers).toEqual([told.taskManagers[1]]);
  expect(overview(cluster, 'nowhere')!.taskManagers).toEqual([]);
  cancel(cluster);
  expect(overview(cluster)).toMatchObject({ jobs: { running: 0, canceled: 1 } });
});

test('states that differ in nothing but what is shown are the same to an explorer', () => {
  const cluster = runningCluster();
  const relative = relativeJobManager(cluster.lab.options);
  const shown = (): string =>
    JSON.stringify(relative.withoutTold!(cluster.lab.state), (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
  const before = shown();
  for (const { times } of cluster.lab.job.executions) times.RUNNING += 5;
  cluster.lab.job.times.RUNNING += 5;
  expect(shown()).toBe(before);
});
