// O-view, histories: clients that are shown what nobody saw, and what agrees with it.
import { describe, expect, test } from 'vitest';
import { chainOperators } from '../../../src/core/graph/chaining.ts';
import { jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { CheckpointStatistics } from '../../../src/core/protocol/job-history.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import { createExecutionTimes, createJobTimes, type TaskManagerLine } from '../../../src/core/protocol/overview.ts';
import { encodeJob, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { EndStatus, ExecutionState } from '../../../src/core/protocol/states.ts';
import { viewOracle } from '../../../src/sim/oracles/view.ts';
import { ENDED, SUBMITTED } from '../../core/jobmanager/sample-job.ts';
import { History } from './history.ts';
import {
  acknowledgeAll,
  attemptOf,
  contextOf,
  counting,
  deployAll,
  JOB,
  nodeOf,
  notifyAll,
  places,
  putSnapshots,
} from './small-job.ts';

const context = contextOf(counting, { looksOn: true });
const { graph } = context;
const { vertices } = chainOperators(graph);
const plan = { id: 1, epoch: 1, attempt: 1, positions: [1, 1] } as const;
const LED = { epoch: 1, incarnation: 1 } as const;
const FREE = { slotIndex: 1, state: 'FREE', jobId: null, allocationId: null } as const;

const report = (history: History, subtask: number, state: ExecutionState, attempt = 1): void =>
  history.exchange(nodeOf(subtask), 'jm-1', 'heartbeat-answer', {
    ...LED,
    slots: [FREE],
    tasks: [0, 1].map((vertex) => ({ attempt: attemptOf(vertex, subtask, attempt), state })),
  });

const register = (history: History, subtask: number, incarnation = 1): void => {
  history.exchange(nodeOf(subtask), 'jm-1', 'register-task-manager', { epoch: 1, incarnation, slots: 2, death: null });
  history.exchange('jm-1', nodeOf(subtask), 'task-manager-registered', { epoch: 1, incarnation });
};

/** Two TaskManagers with two slots each; the job runs in the first one of each, and the other one is free. */
function running(): History {
  const history = new History(viewOracle([context]));
  history.nowMs = 1_000;
  history.lead('jm-1', 1);
  const record = { jobId: JOB, submitted: SUBMITTED, graph, artifact: 'artifact', parallelism: [], restore: null };
  history.writeHa('jm-1', jobKey(JOB), encodeJob({ ...record, wanted: { kind: 'RUNNING' } }), 1);
  history.send('jm-1', 'client', 'job-accepted', { epoch: 1, jobId: JOB });
  for (const subtask of [0, 1]) register(history, subtask);
  deployAll(history, context, plan);
  for (const subtask of [0, 1]) report(history, subtask, 'RUNNING');
  history.nowMs += 100;
  return history;
}

const end = (history: History, status: EndStatus): void =>
  history.writeHa(
    'jm-1',
    resultKey(JOB),
    encodeResult({ jobId: JOB, ...ENDED, status, reason: null, clean: false }),
    1,
  );

const tellEnd = (history: History, status: EndStatus): void =>
  history.send('jm-1', 'client', 'job-status', {
    epoch: 1,
    jobId: JOB,
    status,
    reason: null,
    savepointId: null,
    retainedCheckpoint: null,
  });

// ---- What clients are shown

function lineOf(subtask: number, changed: Partial<TaskManagerLine> = {}): TaskManagerLine {
  return {
    address: nodeOf(subtask),
    incarnation: 1,
    slots: 2,
    freeSlots: 1,
    silentMs: 100,
    drain: 'IN_SERVICE',
    allocated: [{ slotIndex: 0, jobId: JOB, tasks: 2 }],
    ...changed,
  };
}

function showCluster(history: History, changed: Partial<Bodies['cluster-overview']> = {}, from = 'jm-1'): void {
  history.send(from, 'client', 'cluster-overview', {
    epoch: 1,
    leader: from,
    jobs: { running: 1, finished: 0, canceled: 0, failed: 0 },
    taskManagers: [lineOf(0), lineOf(1)],
    ...changed,
  });
}

const subtaskLines = (state: ExecutionState, attempt = 1): Bodies['job-details']['subtasks'] =>
  places.map(([vertex, subtask]) => ({
    vertex,
    subtask,
    attempt,
    state,
    taskManager: nodeOf(subtask),
    times: { ...createExecutionTimes(), [state]: 1_000 },
  }));

function showJob(history: History, changed: Partial<Bodies['job-details']> = {}): void {
  history.send('jm-1', 'client', 'job-details', {
    epoch: 1,
    jobId: JOB,
    name: graph.name,
    submitted: SUBMITTED,
    status: 'RUNNING',
    reason: null,
    endedAt: null,
    maxParallelism: graph.maxParallelism,
    restart: null,
    times: createJobTimes(),
    vertices: vertices.map(({ id, name, parallelism, operators }) => ({
      id,
      name,
      parallelism,
      operators: operators.map((operator) => ({ id: operator.id, kind: operator.kind })),
      inputs: [],
    })),
    subtasks: subtaskLines('RUNNING'),
    ...changed,
  });
}

/** All tasks acknowledged it. */
function acknowledged(): { history: History; checkpoint: CheckpointStatistics } {
  const history = running();
  const handles = putSnapshots(history, context, plan);
  acknowledgeAll(history, plan, handles);
  const subtasks = places.map(([vertex, subtask]) => ({
    vertex,
    subtask,
    attempt: 1,
    ackTimestamp: 1_100,
    endToEndDurationMs: 7,
    stateSizeBytes: handles.get(`${vertex}/${subtask}`)?.sizeBytes ?? 0,
    alignmentDurationMs: 0,
    asyncDurationMs: 0,
  }));
  const checkpoint: CheckpointStatistics = {
    id: 1,
    status: 'IN_PROGRESS',
    triggerTimestamp: 1_000,
    latestAckTimestamp: 1_100,
    endTimestamp: null,
    endToEndDurationMs: 7,
    stateSizeBytes: subtasks.reduce((sum, { stateSizeBytes }) => sum + stateSizeBytes, 0),
    numSubtasks: 4,
    numAcknowledgedSubtasks: 4,
    savepointId: null,
    externalPath: null,
    failure: null,
    subtasks,
  };
  return { history, checkpoint };
}

const showCheckpoint = (history: History, checkpoint: CheckpointStatistics | null): void =>
  history.send('jm-1', 'client', 'checkpoint-details', { epoch: 1, jobId: JOB, checkpointId: 1, checkpoint });

// ---- The histories

describe('the cluster', () => {
  test('as it is passes', () => {
    const history = running();
    showCluster(history);
    showCluster(history, { taskManagers: [lineOf(1)] });
    expect(history.violations).toEqual([]);
  });

  const used = { slotIndex: 0, jobId: JOB, tasks: 2 };
  const jobs = { running: 1, finished: 0, canceled: 0, failed: 0 };
  test.each<[string, string, Partial<Bodies['cluster-overview']>]>([
    ['with another leader', 'other-leader', { leader: 'jm-2' }],
    ['of an epoch that nobody leads', 'other-leader', { epoch: 2, taskManagers: [] }],
    ['with a TaskManager twice', 'shown-twice', { taskManagers: [lineOf(0), lineOf(0)] }],
    ['with a process that is not registered', 'not-registered', { taskManagers: [lineOf(0, { incarnation: 2 })] }],
    ['with more slots than were said', 'other-slots', { taskManagers: [lineOf(0, { slots: 3 })] }],
    ['with more free and used slots than slots', 'impossible-slots', { taskManagers: [lineOf(0, { freeSlots: 2 })] }],
    ['with a slot twice', 'impossible-slots', { taskManagers: [lineOf(0, { freeSlots: 0, allocated: [used, used] })] }],
    [
      'with a slot that there is not',
      'impossible-slots',
      { taskManagers: [lineOf(0, { allocated: [{ ...used, slotIndex: 2 }] })] },
    ],
    [
      'with free slots of which nobody said so',
      'free-unsaid',
      { taskManagers: [lineOf(0, { freeSlots: 2, allocated: [] })] },
    ],
    ['with a TaskManager that was heard later', 'livelier', { taskManagers: [lineOf(0, { silentMs: 99 })] }],
    [
      'with a job that nobody submitted',
      'invented-job',
      { taskManagers: [lineOf(0, { allocated: [{ ...used, jobId: 'job-9' }] })] },
    ],
    [
      'with more tasks than were deployed',
      'miscounted-tasks',
      { taskManagers: [lineOf(0, { allocated: [{ ...used, tasks: 3 }] })] },
    ],
    [
      'with fewer tasks than said that they run',
      'miscounted-tasks',
      { taskManagers: [lineOf(0, { allocated: [{ ...used, tasks: 1 }] })] },
    ],
    ['without a job that was accepted', 'miscounted-jobs', { jobs: { ...jobs, running: 0 } }],
    ['with a job too many', 'miscounted-jobs', { jobs: { ...jobs, running: 2 } }],
    ['with an end that is not durable', 'miscounted-jobs', { jobs: { ...jobs, running: 0, finished: 1 } }],
  ])('%s: a violation', (_, rule, changed) => {
    const history = running();
    showCluster(history, changed);
    expect(history.rules[0]).toBe(rule);
  });

  test('with a job as running whose end was told: a violation', () => {
    const history = running();
    end(history, 'FINISHED');
    tellEnd(history, 'FINISHED');
    showCluster(history, { jobs: { ...jobs, running: 0, finished: 1 }, taskManagers: [] });
    expect(history.violations).toEqual([]);
    showCluster(history, { jobs, taskManagers: [] });
    expect(history.rules[0]).toBe('miscounted-jobs');
  });

  test('where a slot that was requested since is free: a violation', () => {
    const history = running();
    history.send('jm-1', 'tm-1', 'request-slot', { ...LED, slotIndex: 1, allocationId: 'slot-9', jobId: JOB });
    showCluster(history, { taskManagers: [lineOf(0)] });
    expect(history.rules).toEqual(['free-unsaid']);
  });

  test('of which a slot was freed passes', () => {
    const history = running();
    history.send('jm-1', 'tm-1', 'request-slot', { ...LED, slotIndex: 1, allocationId: 'slot-9', jobId: JOB });
    history.exchange('tm-1', 'jm-1', 'slot-freed', { ...LED, slotIndex: 1, allocationId: 'slot-9' });
    showCluster(history, { taskManagers: [lineOf(0)] });
    expect(history.violations).toEqual([]);
  });

  test('is not counted by a leader that was deposed', () => {
    const history = running();
    history.lead('jm-2', 2);
    showCluster(history, { jobs: { ...jobs, running: 0 } });
    expect(history.violations).toEqual([]);
    showCluster(history, { epoch: 2, jobs: { ...jobs, running: 0 }, taskManagers: [] }, 'jm-2');
    expect(history.rules).toEqual(['miscounted-jobs']);
  });

  test('need not count a job that was removed', () => {
    const history = running();
    end(history, 'FINISHED');
    tellEnd(history, 'FINISHED');
    history.writeHa('jm-1', resultKey(JOB), null, 1);
    showCluster(history, { jobs: { ...jobs, running: 0 }, taskManagers: [] });
    expect(history.violations).toEqual([]);
  });

  test('need not count a job that was removed, of whose end its leader told before it heard that', () => {
    const history = running();
    end(history, 'FINISHED');
    history.writeHa('jm-1', resultKey(JOB), null, 1);
    tellEnd(history, 'FINISHED');
    showCluster(history, { jobs: { ...jobs, running: 0 }, taskManagers: [] });
    expect(history.violations).toEqual([]);
  });
});

describe('a job', () => {
  test('as it is passes', () => {
    const history = running();
    showJob(history);
    expect(history.violations).toEqual([]);
  });

  const [first, ...others] = subtaskLines('RUNNING') as [Bodies['job-details']['subtasks'][number]];
  const times = (state: ExecutionState) => ({ ...createExecutionTimes(), [state]: 1_000 });
  test.each<[string, string, Partial<Bodies['job-details']>]>([
    ['that nobody submitted', 'invented-job', { jobId: 'job-9' }],
    ['that ended, without an end', 'ended-or-not', { endedAt: 7 }],
    ['with another name', 'other-graph', { name: 'another' }],
    ['without an operator', 'other-graph', { vertices: [] }],
    ['without a task', 'other-subtasks', { subtasks: others }],
    ['that is over, with a task that runs', 'over-with-tasks', { status: 'FINISHED', endedAt: 7 }],
    ['with a task that runs nowhere', 'deployed-nowhere', { subtasks: [{ ...first, taskManager: '' }, ...others] }],
    ['with a task elsewhere', 'deployed-elsewhere', { subtasks: [{ ...first, taskManager: 'tm-2' }, ...others] }],
    [
      'with an attempt that was not deployed',
      'deployed-elsewhere',
      { subtasks: [{ ...first, attempt: 2 }, ...others] },
    ],
    [
      'with a state that no task said',
      'state-unsaid',
      { subtasks: [{ ...first, state: 'FINISHED', times: times('FINISHED') }, ...others] },
    ],
    ['with a state of no time', 'no-time', { subtasks: [{ ...first, times: createExecutionTimes() }, ...others] }],
  ])('%s: a violation', (_, rule, changed) => {
    const history = running();
    showJob(history, changed);
    expect(history.rules[0]).toBe(rule);
  });

  test('with a task that is over, and heard to be: a violation', () => {
    const history = running();
    const over = { ...LED, attempt: attemptOf(0, 0, 1), state: 'FAILED', reason: null } as const;
    history.send('tm-1', 'jm-1', 'task-state-changed', over);
    showJob(history);
    expect(history.violations).toEqual([]); // nobody has heard it
    history.deliver('tm-1', 'jm-1', 'task-state-changed', over);
    showJob(history);
    expect(history.rules).toEqual(['over-shown-alive']);
  });

  test('with tasks on a process that is followed by another: a violation', () => {
    const history = running();
    register(history, 0, 2);
    showJob(history);
    expect(history.rules[0]).toBe('dead-shown-alive');
  });

  test('with an older attempt than is deployed: a violation', () => {
    const history = running();
    deployAll(history, context, { epoch: 1, attempt: 2 });
    showJob(history);
    expect(history.rules[0]).toBe('older-attempt');
    const good = running();
    deployAll(good, context, { epoch: 1, attempt: 2 });
    showJob(good, { subtasks: subtaskLines('DEPLOYING', 2) });
    expect(good.violations).toEqual([]);
  });
});

describe('a checkpoint', () => {
  test('as it is passes, while it is pending and behind its end', () => {
    const { history, checkpoint } = acknowledged();
    showCheckpoint(history, null);
    showCheckpoint(history, checkpoint);
    notifyAll(history, plan);
    for (let time = 0; time < 2; time++)
      showCheckpoint(history, { ...checkpoint, status: 'COMPLETED', endTimestamp: 1_200, externalPath: 'metadata' });
    expect(history.violations).toEqual([]);
  });

  test.each<[string, string, (checkpoint: CheckpointStatistics) => Partial<CheckpointStatistics>]>([
    ['in the place of another', 'other-checkpoint', () => ({ id: 2 })],
    ['with another count than subtasks', 'miscounted-subtasks', () => ({ numAcknowledgedSubtasks: 3 })],
    [
      'with another size than its subtasks',
      'other-sums',
      ({ stateSizeBytes }) => ({ stateSizeBytes: stateSizeBytes + 1 }),
    ],
    ['with another duration than its subtasks', 'other-sums', () => ({ endToEndDurationMs: 8 })],
    ['with another time than its subtasks', 'other-sums', () => ({ latestAckTimestamp: 1 })],
    [
      'that somebody else acknowledged',
      'never-acknowledged',
      ({ subtasks }) => ({ subtasks: subtasks.map((one) => ({ ...one, attempt: 2 })) }),
    ],
    ['that is pending, and has metadata', 'path-or-none', () => ({ externalPath: 'metadata' })],
    ['that is complete, and has none', 'path-or-none', () => ({ status: 'COMPLETED' })],
  ])('%s: a violation', (_, rule, changed) => {
    const { history, checkpoint } = acknowledged();
    showCheckpoint(history, { ...checkpoint, ...changed(checkpoint) });
    expect(history.rules[0]).toBe(rule);
  });

  test('that is the latest complete one, and denied: a violation', () => {
    const { history } = acknowledged();
    notifyAll(history, plan);
    showCheckpoint(history, null);
    expect(history.rules).toEqual(['checkpoint-denied']);
  });

  test('that ended in two ways: a violation, also where a list has the other one', () => {
    const { history, checkpoint } = acknowledged();
    const complete = { ...checkpoint, status: 'COMPLETED', externalPath: 'metadata' } as const;
    showCheckpoint(history, complete);
    const { subtasks: _, ...line } = { ...complete, status: 'FAILED', externalPath: null } as const;
    history.send('jm-1', 'client', 'job-checkpoints', {
      epoch: 1,
      jobId: JOB,
      counts: { completed: 0, failed: 1, inProgress: 0, restored: 0 },
      latestCompleted: null,
      latestSavepoint: null,
      latestFailed: line,
      latestRestored: null,
      history: [line],
    });
    expect(history.rules).toEqual(['ended-otherwise']);
  });
});
