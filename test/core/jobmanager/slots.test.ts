// TaskManagers and their slots: registration, lost answers, reports as the truth.
import { describe, expect, test } from 'vitest';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

const mirror = (cluster: Cluster, address: string): string =>
  cluster.lab.leader.taskManagers
    .get(address)!
    .slots.map((slot) => slot.state)
    .join(' ');

const heldBy = (cluster: Cluster): string[] =>
  cluster.lab.job.allocations.map((allocation) => allocation?.taskManager ?? '-');

describe('registration', () => {
  test('of the same incarnation is answered again and changes nothing', () => {
    const cluster = runningCluster();
    const before = cluster.lab.leader.taskManagers.get('tm-1');
    cluster.tm(1).register();
    expect(cluster.lab.take('task-manager-registered')).toHaveLength(1);
    cluster.settle();
    expect(cluster.lab.leader.taskManagers.get('tm-1')).toBe(before);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test('of a higher incarnation replaces the old one, whose tasks are dead', () => {
    const cluster = runningCluster();
    cluster.tm(1).restart();
    expect(cluster.lab.job.status).toBe('RESTARTING');
    expect(cluster.lab.failure()).toContain('incarnation 2 took its place');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(cluster.lab.job.attempt).toBe(2);
  });

  test('of a lower incarnation is refused, and does not disturb the one that is registered', () => {
    const cluster = runningCluster();
    cluster.tm(1).restart();
    cluster.settle();
    cluster.lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    expect(cluster.lab.take('registration-refused').map((message) => message.body.incarnation)).toEqual([1]);
    expect(cluster.lab.leader.taskManagers.get('tm-1')!.incarnation).toBe(2);
  });

  test('of an address with spaces is held to its heartbeats like any other', () => {
    const cluster = new Cluster({ taskManagers: 0 });
    cluster.lab.deliver('rack 4', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    expect(cluster.lab.take('heartbeat')).toHaveLength(1);
    cluster.lab.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.lab.take('heartbeat')).toHaveLength(1);
    cluster.lab.pass(cluster.lab.options.heartbeatTimeoutMs);
    expect(cluster.lab.leader.taskManagers.size).toBe(0);
  });

  test('under an epoch that is over is ignored', () => {
    const cluster = new Cluster({ taskManagers: 0 });
    cluster.lab.deliver('tm-1', 'register-task-manager', { epoch: 0, incarnation: 1, slots: 1, death: null });
    expect(cluster.lab.ignored()).toEqual(['ignored register-task-manager from tm-1: epoch 0, current 1']);
  });

  test('with slots that make no sense is ignored', () => {
    const cluster = new Cluster({ taskManagers: 0 });
    for (const slots of [0, -1, 1.5, 1e9])
      cluster.lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots, death: null });
    expect(cluster.lab.leader.taskManagers.size).toBe(0);
  });
});

describe('slots', () => {
  test('are not used before their TaskManager said that they are free', () => {
    const cluster = new Cluster({ taskManagers: 0 });
    cluster.submit();
    cluster.lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 2, death: null });
    expect(mirror(cluster, 'tm-1')).toBe('UNKNOWN UNKNOWN');
    expect(cluster.lab.take('request-slot')).toEqual([]);
  });

  test('are taken from the TaskManager with the most free ones', () => {
    const cluster = new Cluster({ taskManagers: 2, slots: 2 });
    cluster.submit();
    expect(heldBy(cluster)).toEqual(['tm-1', 'tm-2']);
  });

  test('that are too few make the job wait, and go on with the first TaskManager that brings more', () => {
    const cluster = runningCluster({ taskManagers: 1 });
    cluster.pass(30_000);
    expect(heldBy(cluster)).toEqual(['tm-1', '-']);
    cluster.addTaskManager('tm-2', 1);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test('that an earlier leader allocated are freed before they are used', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2 });
    cluster.tm(1).slots[0] = { slotIndex: 0, state: 'ACTIVE', jobId: JOB, allocationId: 'words/e0-1' };
    cluster.pass(cluster.lab.options.heartbeatIntervalMs * 2);
    expect(mirror(cluster, 'tm-1')).toBe('FREE FREE');
    expect(cluster.tm(1).slots[0]!.state).toBe('FREE');
  });
});

describe('a slot request', () => {
  test('whose answer is lost is settled by the offer', () => {
    const cluster = new Cluster();
    cluster.tm(1).dumbOf.add('slot-answer');
    cluster.submit();
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test.each(['request-slot', 'slots-accepted'])('goes on although a %s was lost', (kind) => {
    const cluster = new Cluster();
    cluster.tm(1).deafTo.add(kind);
    cluster.submit();
    cluster.tm(1).deafTo.clear();
    cluster.pass(cluster.lab.options.slotRequestTimeoutMs);
    cluster.tm(1).offerSlots();
    cluster.pass(cluster.lab.options.heartbeatIntervalMs * 2);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test('that was granted but never offered is given back and planned again under a new id', () => {
    const cluster = new Cluster();
    cluster.tm(1).dumbOf.add('offer-slots');
    cluster.submit();
    const before = cluster.lab.job.allocations[0]!.allocationId;
    cluster.tm(1).dumbOf.clear();
    cluster.pass(cluster.lab.options.slotRequestTimeoutMs + cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(cluster.lab.job.allocations[0]!.allocationId).not.toBe(before);
  });

  test('that is refused waits for the next report', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2 });
    cluster.tm(1).slots[0] = { slotIndex: 0, state: 'RELEASING', jobId: null, allocationId: null };
    cluster.submit();
    expect(mirror(cluster, 'tm-1')).toBe('UNKNOWN ALLOCATED');
    cluster.tm(1).slots[0] = { slotIndex: 0, state: 'FREE', jobId: null, allocationId: null };
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test('is not undone by a report that was made before it arrived', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2 });
    cluster.tm(1).deafTo.add('request-slot');
    cluster.submit();
    cluster.tm(1).say('heartbeat-answer', { slots: cluster.tm(1).slots, tasks: [] });
    expect(mirror(cluster, 'tm-1')).toBe('PENDING PENDING');
  });

  test('whose grant comes after it was given up has the slot freed', () => {
    const cluster = new Cluster({ taskManagers: 1, slots: 2 });
    cluster.tm(1).deafTo.add('request-slot');
    cluster.submit();
    const { allocationId } = cluster.lab.job.allocations[0]!;
    cluster.pass(cluster.lab.options.slotRequestTimeoutMs);
    cluster.lab.take('free-slot');
    cluster.tm(1).say('slot-answer', { slotIndex: 0, allocationId, granted: true });
    expect(cluster.lab.take('free-slot').map((message) => message.body.allocationId)).toEqual([allocationId]);
  });
});

describe('an offer', () => {
  const accepted = (cluster: Cluster, slots: object[]): unknown => {
    cluster.lab.take('slots-accepted');
    cluster.tm(1).say('offer-slots', { jobId: JOB, offer: 9, slots });
    return cluster.lab.take('slots-accepted').map(({ body }) => [body.offer, body.accepted]);
  };

  test('is accepted again as long as the slot is held', () => {
    const cluster = runningCluster();
    const { allocationId, slotIndex } = cluster.lab.job.allocations[0]!;
    expect(accepted(cluster, [{ slotIndex, allocationId }])).toEqual([[9, [allocationId]]]);
  });

  test('of another slot, or under another allocation, is not accepted', () => {
    const cluster = runningCluster({ slots: 2 });
    const { allocationId } = cluster.lab.job.allocations[0]!;
    const foreign = cluster.lab.job.allocations[1]!.allocationId;
    expect(accepted(cluster, [{ slotIndex: 1, allocationId }])).toEqual([[9, []]]);
    expect(accepted(cluster, [{ slotIndex: 0, allocationId: foreign }])).toEqual([[9, []]]);
    expect(accepted(cluster, [{ slotIndex: 0, allocationId: 'words/e0-1' }])).toEqual([[9, []]]);
  });
});

describe('a TaskManager', () => {
  test('that does not answer its heartbeats is lost, and its tasks with it', () => {
    const cluster = runningCluster({ taskManagers: 3 });
    cluster.tm(2).deafTo.add('heartbeat');
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs);
    expect([...cluster.lab.leader.taskManagers.keys()]).toEqual(['tm-1', 'tm-3']);
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(heldBy(cluster)).toEqual(['tm-1', 'tm-3']);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
  });

  test('that was lost and lives on is not heard until it registers again', () => {
    const cluster = runningCluster({ taskManagers: 3 });
    cluster.tm(2).deafTo.add('heartbeat');
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs);
    cluster.tm(2).report({ jobId: JOB, vertex: 0, subtask: 1, attempt: 1 }, 'FAILED');
    expect(cluster.lab.ignored().at(-1)).toBe('ignored task-state-changed from tm-2: it is not registered');
    cluster.tm(2).deafTo.clear();
    cluster.tm(2).register();
    cluster.settle();
    expect([...cluster.lab.leader.taskManagers.keys()]).toContain('tm-2');
  });

  test('whose connection broke is asked at once, and stays if it answers', () => {
    const cluster = runningCluster();
    cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });
    expect(cluster.lab.leader.taskManagers.get('tm-1')).toMatchObject({ failedHeartbeats: 1 });
    cluster.settle();
    cluster.pass(5_000);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(cluster.lab.job.attempt).toBe(1);
  });

  test('whose connection broke gets no work before it answers', () => {
    const cluster = new Cluster();
    cluster.tm(1).deafTo.add('heartbeat');
    cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });
    cluster.submit();
    expect(heldBy(cluster)).toEqual(['tm-2', '-']);
    cluster.tm(1).deafTo.clear();
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(heldBy(cluster)).toEqual(['tm-2', 'tm-1']);
  });

  test('that has been silent for long is given no more time by a connection that breaks', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('heartbeat');
    cluster.pass(cluster.lab.options.heartbeatTimeoutMs - 1);
    cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
    cluster.pass(1);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(false);
  });

  test('whose connection broke is lost early if it does not answer', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('heartbeat');
    cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });
    cluster.pass(cluster.lab.options.heartbeatIntervalMs * 2 - 1);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
    cluster.pass(1);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(false);
  });

  const breaks = (cluster: Cluster): void =>
    cluster.lab.step({ kind: 'connection-lost', peer: 'tm-1', streamClass: 'control' });

  test('is lost as soon as the connections of two more heartbeats broke', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('heartbeat');
    breaks(cluster);
    breaks(cluster);
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
    breaks(cluster);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(false);
  });

  test('is not lost for broken connections that carried no heartbeat', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('heartbeat');
    for (let count = 0; count < 5; count++) breaks(cluster);
    cluster.pass(cluster.lab.options.requestRetryMs - 1);
    breaks(cluster);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
  });

  test('that answers between is asked anew behind the next broken connection', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('heartbeat');
    breaks(cluster);
    breaks(cluster);
    cluster.tm(1).deafTo.clear();
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.lab.leader.taskManagers.get('tm-1')).toMatchObject({ failedHeartbeats: 0, isAsked: false });
    cluster.tm(1).deafTo.add('heartbeat');
    breaks(cluster);
    breaks(cluster);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
  });

  test('is told what it holds with each heartbeat', () => {
    const cluster = runningCluster();
    cluster.lab.take('heartbeat');
    cluster.lab.pass(cluster.lab.options.heartbeatIntervalMs);
    const told = cluster.lab.take('heartbeat').filter((message) => message.to === 'tm-1');
    const { allocationId, slotIndex } = cluster.lab.job.allocations[0]!;
    expect(told[0]!.body.allocations).toEqual([{ slotIndex, allocationId }]);
  });

  test.each([
    [
      'freed',
      (cluster: Cluster) =>
        cluster.tm(1).say('slot-freed', { slotIndex: 0, allocationId: cluster.lab.job.allocations[0]!.allocationId }),
    ],
    [
      'reported free',
      (cluster: Cluster) =>
        cluster.tm(1).say('heartbeat-answer', {
          slots: [{ slotIndex: 0, state: 'FREE', jobId: null, allocationId: null }],
          tasks: taskReports(cluster),
        }),
    ],
    [
      'reported for another',
      (cluster: Cluster) =>
        cluster.tm(1).say('heartbeat-answer', {
          slots: [{ slotIndex: 0, state: 'ACTIVE', jobId: 'x', allocationId: 'x/e1-1' }],
          tasks: taskReports(cluster),
        }),
    ],
  ])('whose slot is %s under a running task restarts the job', (_, lose) => {
    const cluster = runningCluster();
    lose(cluster);
    expect(cluster.lab.job.status).toBe('RESTARTING');
    cluster.settle();
    cluster.pass(2_000);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(cluster.lab.job.attempt).toBe(2);
  });

  const taskReports = (cluster: Cluster) =>
    [...cluster.tm(1).tasks.values()].map(({ attempt, state }) => ({ attempt, state }));

  test('of a dead incarnation does not keep the new one alive', () => {
    const cluster = runningCluster();
    cluster.tm(1).restart();
    cluster.tm(1).deafTo.add('heartbeat');
    const until = cluster.lab.now + cluster.lab.options.heartbeatTimeoutMs;
    while (cluster.lab.now < until) {
      cluster.pass(100);
      cluster.lab.deliver('tm-1', 'heartbeat-answer', { epoch: 1, incarnation: 1, slots: [], tasks: [] });
    }
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(false);
  });
});
