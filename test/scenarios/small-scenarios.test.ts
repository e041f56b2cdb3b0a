// The small scenarios: a few seeds of each pass, and each shows what it is there for.
import { expect, test } from 'vitest';
import { scenarioLoaders } from '../../scenarios/list.ts';
import { scenario as cancelFailing } from '../../scenarios/cancel-failing.ts';
import { scenario as rescaleBack } from '../../scenarios/rescale-back.ts';
import { scenario as savepoint } from '../../scenarios/savepoint.ts';
import { scenario as stop } from '../../scenarios/stop.ts';
import { scenario as twoJobs } from '../../scenarios/two-jobs.ts';
import { scenario as twoParts } from '../../scenarios/two-parts.ts';
import { scenario as zombieJobManager } from '../../scenarios/zombie-job-manager.ts';
import { scenario as zombieTaskManager } from '../../scenarios/zombie-task-manager.ts';
import { createClusterWorld, setUpCluster } from '../../src/sim/cluster/cluster.ts';
import { jobKey, resultKey, SAVEPOINT_PREFIX } from '../../src/core/protocol/ha-keys.ts';
import type { HaState } from '../../src/sim/cluster/services/ha.ts';
import type { TaskManagerState } from '../../src/core/taskmanager/state.ts';
import type { JobManagerState, JobMaster } from '../../src/core/jobmanager/state.ts';
import type { WorldView } from '../../src/sim/observation.ts';
import { requestOf, runSeed, verdictOf } from '../sim/cluster/lab.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const small = Object.entries(scenarioLoaders).filter(([name]) => name !== 'flight-delays');

test.each(small)('%s passes, with faults', async (_, load) => {
  const { scenario } = await load();
  const results = SEEDS.map((seed) => runSeed(scenario, seed));
  expect(results.map(verdictOf)).toEqual(SEEDS.map(() => 'pass'));
  expect(results.flatMap(({ faultLog }) => faultLog).length).toBeGreaterThanOrEqual(SEEDS.length);
});

/** Whether, at some instant of the run, something holds. */
function happens(scenario: Scenario, seed: number, what: (view: WorldView) => boolean): boolean {
  const world = createClusterWorld(setUpCluster(requestOf(scenario, seed)));
  return world.run({ untilUs: 6_000_000, stopWhen: what }) === 'stopped';
}

/** One subtask runs twice: the old attempt does not know yet that it is given up. */
function overlaps(view: WorldView): boolean {
  const tasks = view
    .nodes()
    .flatMap(({ role, state }) => (role === 'task-manager' ? (state as TaskManagerState).tasks : []));
  const attempts = new Map<string, number>();
  return tasks.some(({ status, descriptor }) => {
    if (status !== 'RUNNING') return false;
    const { vertex, subtask, attempt } = descriptor.attempt;
    const other = attempts.get(`${vertex}/${subtask}`);
    attempts.set(`${vertex}/${subtask}`, attempt);
    return other !== undefined && other !== attempt;
  });
}

test('zombie-task-manager has runs in which two attempts of a subtask run at once', () => {
  expect(SEEDS.filter((seed) => happens(zombieTaskManager, seed, overlaps)).length).toBeGreaterThanOrEqual(3);
});

test('zombie-job-manager has runs in which two JobManagers believe to lead', () => {
  const twoLeaders = (view: WorldView): boolean =>
    view.nodes().filter(({ role, state }) => role === 'job-manager' && (state as JobManagerState).leader !== null)
      .length > 1;
  expect(SEEDS.filter((seed) => happens(zombieJobManager, seed, twoLeaders)).length).toBeGreaterThanOrEqual(2);
});

test('two-jobs has runs in which one job is over while the other restarts', () => {
  const isOver = (view: WorldView, jobId: string): boolean =>
    (view.service('ha') as HaState).entries.has(resultKey(jobId));
  const restarts = (view: WorldView, jobId: string): boolean =>
    view.nodes().some(({ role, state }) => {
      const job = role === 'job-manager' ? (state as JobManagerState).leader?.jobs.get(jobId) : undefined;
      return job?.status === 'RESTARTING';
    });
  const oneEnded = (view: WorldView): boolean => isOver(view, 'job-2') && restarts(view, 'job-1');
  expect(SEEDS.filter((seed) => happens(twoJobs, seed, oneEnded)).length).toBeGreaterThanOrEqual(2);
});

test('stop has runs in which another leader goes on with a stop, and takes the savepoint that is the end of the job', () => {
  const isStopping = (view: WorldView): boolean =>
    view.nodes().some(({ role, state }) => {
      const leader = role === 'job-manager' ? (state as JobManagerState).leader : null;
      return leader !== null && leader.epoch > 1 && [...leader.jobs.values()].some(({ stopping }) => stopping);
    });
  expect(SEEDS.filter((seed) => happens(stop, seed, isStopping)).length).toBeGreaterThanOrEqual(2);
});

test('savepoint has runs in which a savepoint outlives its job, and one is disposed while another stays', () => {
  const savepoints = (view: WorldView): readonly string[] =>
    [...(view.service('ha') as HaState).entries.keys()].filter((key) => key.startsWith(SAVEPOINT_PREFIX));
  const outlives = (view: WorldView): boolean =>
    savepoints(view).length > 0 && !(view.service('ha') as HaState).entries.has(jobKey('job-1')) && isOver(view);
  const isOver = (view: WorldView): boolean => (view.service('ha') as HaState).entries.has(resultKey('job-1'));
  const isDisposing = (view: WorldView): boolean =>
    view.nodes().some(({ role, state }) => {
      const all = role === 'job-manager' ? [...((state as JobManagerState).leader?.savepoints.values() ?? [])] : [];
      return all.some(({ stage }) => stage === 'FILES') && all.some(({ stage }) => stage === 'DURABLE');
    });
  expect(SEEDS.filter((seed) => happens(savepoint, seed, outlives)).length).toBeGreaterThanOrEqual(2);
  expect(SEEDS.filter((seed) => happens(savepoint, seed, isDisposing)).length).toBeGreaterThanOrEqual(2);
});

test('two-parts has runs in which one region restarts, and a later checkpoint is of its new attempt and of old ones', () => {
  const mixed = (view: WorldView): boolean =>
    view.nodes().some(({ role, state }) => {
      const job = role === 'job-manager' ? (state as JobManagerState).leader?.jobs.get('job-1') : undefined;
      const pending = [...(job?.coordinator.pending.values() ?? [])];
      return pending.some(({ acknowledged }) => {
        return new Set([...acknowledged.values()].map(({ attempt }) => attempt)).size > 1;
      });
    });
  expect(SEEDS.filter((seed) => happens(twoParts, seed, mixed)).length).toBeGreaterThanOrEqual(3);
});

test('cancel-failing has runs in which a client cancels a job that is FAILING', () => {
  const isTaken = (view: WorldView): boolean =>
    jobsIn(view).some(({ status, fatal }) => status === 'CANCELLING' && fatal !== null);
  expect(SEEDS.filter((seed) => happens(cancelFailing, seed, isTaken)).length).toBeGreaterThanOrEqual(1);
});

test('rescale-back has runs in which a job has fewer subtasks again, and no checkpoint of the larger shape', () => {
  const isBack = (view: WorldView): boolean =>
    jobsIn(view).some(({ record, restore }) => {
      const shape = restore.metadata?.vertices.flatMap(({ operators, parallelism }) =>
        operators.map(({ id }) => [id, parallelism] as const),
      );
      return record.parallelism.some(({ operator, parallelism, most }) => {
        const stored = new Map(shape ?? []).get(operator);
        return stored === parallelism && most > parallelism;
      });
    });
  expect(SEEDS.filter((seed) => happens(rescaleBack, seed, isBack)).length).toBeGreaterThanOrEqual(5);
});

function jobsIn(view: WorldView): readonly JobMaster[] {
  return view
    .nodes()
    .flatMap(({ role, state }) =>
      role === 'job-manager' ? [...((state as JobManagerState).leader?.jobs.values() ?? [])] : [],
    );
}

test('word-count runs dry of credit, and is at work when barriers arrive', async () => {
  const { scenario } = await import('../../scenarios/word-count.ts');
  const results = Array.from({ length: 60 }, (_, seed) => runSeed(scenario, seed));
  const hits = results.flatMap(({ faultPhases }) =>
    Object.values(faultPhases).flatMap((phases) => Object.keys(phases)),
  );
  expect(hits).toContain('backpressured');
  expect(hits).toContain('aligning');
  expect(new Set(results.map(({ drawn }) => drawn['creditsPerChannel']))).toEqual(new Set([1, 2, 3, 4]));
});

test('word-count completes five checkpoints and more: each run without faults, and nearly all with them', async () => {
  const { scenario } = await import('../../scenarios/word-count.ts');
  const completed = (faults: 'scenario' | []): number[] =>
    SEEDS.map((seed) => runSeed(scenario, seed, { faults }).checkpoints.completed);
  expect(Math.min(...completed([]))).toBeGreaterThanOrEqual(5);
  const few = completed('scenario').filter((count) => count < 5);
  expect(few.length / SEEDS.length).toBeLessThan(0.1);
});
