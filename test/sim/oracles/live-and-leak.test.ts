// O-live and O-leak: jobs that do not end, and what they leave behind.
import type { CheckpointEnd } from '../../../src/core/protocol/reasons.ts';
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../src/core/base/options.ts';
import { createClientState, type ClientState } from '../../../src/core/client/state.ts';
import { createJob, createStore } from '../../../src/core/jobmanager/jobs.ts';
import { createJobManagerState, createLeader, type JobMaster } from '../../../src/core/jobmanager/state.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { SinkOperator } from '../../../src/core/graph/job-graph.ts';
import { createSink } from '../../../src/core/operators/sink.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import type { JobRecord } from '../../../src/core/protocol/ha-records.ts';
import { counterKey, jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeCounter, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import { createTask } from '../../../src/core/task/state.ts';
import { createTaskManagerState } from '../../../src/core/taskmanager/state.ts';
import { simOptionTable } from '../../../src/scenario/sim-options.ts';
import type { NodeView } from '../../../src/sim/observation.ts';
import { explainStandstill } from '../../../src/sim/oracles/explain.ts';
import { leakOracle } from '../../../src/sim/oracles/leak.ts';
import { liveOracle } from '../../../src/sim/oracles/live.ts';
import { livenessBound, NO_TRAFFIC, trafficOf } from '../../../src/sim/oracles/liveness-bound.ts';
import { History } from './history.ts';
import {
  attemptOf,
  completeCheckpoint,
  contextOf,
  counting,
  deployAll,
  descriptorOf,
  JOB,
  type Word,
} from './small-job.ts';
import { ENDED, SUBMITTED } from '../../core/jobmanager/sample-job.ts';

const context = contextOf(counting);
const placement = { epoch: 1, incarnation: 1, leader: 'jm-1', slotIndex: 0, allocationId: 'slot-0-1' };

function node(role: string, address: string, state: unknown, status: NodeView['status'] = 'running'): NodeView {
  return { address, role, status, isGone: false, incarnation: 1, state };
}

function clientOf(result: ClientState['result']): NodeView {
  return node('client', 'client', { ...createClientState(), phase: result === null ? 'WAITING' : 'DONE', result });
}

function leaderOf(change: (leader: ReturnType<typeof createLeader>) => void = () => undefined): NodeView {
  const state = { ...createJobManagerState(), leader: createLeader(1) };
  state.leader.recovery.done = true;
  change(state.leader);
  return node('job-manager', 'jm-1', state);
}

function taskManagerOf(change: (state: ReturnType<typeof createTaskManagerState>) => void = () => undefined): NodeView {
  const state = createTaskManagerState(2);
  state.registration = 'registered';
  change(state);
  return node('task-manager', 'tm-1', state);
}

function jobThatGaveUp(how: CheckpointEnd): JobMaster {
  const record: JobRecord = {
    jobId: JOB,
    submitted: SUBMITTED,
    graph: context.graph,
    artifact: 'artifact',
    wanted: { kind: 'RUNNING' },
    parallelism: [],
    restore: null,
  };
  const job = createJob({ record, revision: 1 }, createStore([], 1), { last: 7, revision: 1 });
  job.coordinator.ended.push({ checkpointId: 7, how });
  return job;
}

function finishJob(history: History, clean = true): void {
  history.writeHa(
    'jm-1',
    resultKey(JOB),
    encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean }),
    1,
  );
}

const finished = {
  kind: 'job',
  status: 'FINISHED',
  reason: null,
  savepointId: null,
  retainedCheckpoint: null,
} as const;

describe('the bound', () => {
  test('of a job that its own code ends has as many rounds more as that code has attempts', () => {
    const bound = livenessBound({ ...context, ends: 'FAILED' }, [], NO_TRAFFIC);
    expect(bound.ms).toBe(livenessBound(context, [], NO_TRAFFIC).ms + 2 * (5_000 + 6_600 + 1_000));
    expect(bound.text).toContain('5 × (slotTimeoutMs 5000 + ');
  });

  test('says how it was computed', () => {
    expect(livenessBound(context, [{ operator: 'words', records: 0 }], NO_TRAFFIC)).toEqual({
      ms: 3 * (5_000 + 6_600 + 1_000) + 1 * 104,
      text: '3 × (slotTimeoutMs 5000 + restart delay 6600 + checkpointIntervalMs 1000) ms + 104 ms at the cost of steps and messages for 0 records',
    });
  });

  test('grows with what is left of the slowest split', () => {
    const graph = {
      ...context.graph,
      operators: context.graph.operators.map((operator) =>
        operator.kind === 'source' ? { ...operator, recordsPerSecond: 10 } : operator,
      ),
    };
    const left = [
      { operator: 'words', records: 50 },
      { operator: 'words', records: 100 },
    ];
    expect(livenessBound({ ...context, graph }, left, NO_TRAFFIC).text).toContain(
      '10000 ms at the rate of the sources for 150 records',
    );
  });

  // A request to storage and its answer take 26 ms at most.
  test.each([
    { options: { sourceReadRecords: 1 }, added: 101 * 26, how: '2626 ms at 1 records a read for 100 records' },
    { options: { sinkChunkRecords: 1 }, added: 10 * 26, how: '260 ms at 1 records a write for 0 records' },
    { options: { checkpointMinPauseMs: 2_000 }, added: 3 * 1_000 + 108, how: 'checkpointMinPauseMs 2000) ms + 108 ms' },
    { options: { clientRetryMs: 6_000 }, added: 3 * 1_000 + 108, how: '3 × (clientRetryMs 6000 + ' },
  ])('knows what the options make slow: $options', ({ options, added, how }) => {
    const slow = contextOf(counting, { options: withDefaults(clusterOptionTable, options) });
    const records = 'sourceReadRecords' in options ? 100 : 0;
    const { ms, text } = livenessBound(slow, [{ operator: 'words', records }], trafficOf(slow));
    expect(text).toContain(how);
    expect(ms).toBe(3 * (5_000 + 6_600 + 1_000) + added);
  });

  test('grows with what the job makes of a record, and with the slowest node', () => {
    const many = defineJob('many', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .flatMap('copies', ({ word }) => Array.from({ length: 1_000 }, () => word))
        .sinkTo('out', { sink: 'counts' });
    });
    const slow = contextOf(many, { costs: withDefaults(simOptionTable, { slowestFactor: 10 }) });
    expect(trafficOf(slow)).toEqual({ calls: 9 + 9_000, busiest: 9_000, written: 9_000, callingMs: 0 });
    const busyMs = (9_009 * 10 * (5 + 3 * 20)) / 1_000;
    const { ms } = livenessBound(slow, [], trafficOf(slow));
    expect(ms).toBe(3 * (5_000 + 6_600 + 1_000) + Math.ceil(busyMs + Math.ceil(9_000 / 64) * 2 + 3 * 26));
  });

  test('a job whose code throws has no traffic: it ends nowhere', () => {
    const broken = defineJob('broken', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .map('fail', (): string => {
          throw new Error('not my day');
        })
        .sinkTo('out', { sink: 'counts' });
    });
    expect(trafficOf(contextOf(broken))).toEqual(NO_TRAFFIC);
  });
});

describe('O-live', () => {
  const left = [
    { operator: 'words', records: 5 },
    { operator: 'words', records: 4 },
  ];
  const { ms } = livenessBound(context, left, trafficOf(context));
  const stopped = (): History => {
    const history = new History(liveOracle(context));
    history.lead('jm-1', 1);
    history.nodes.push(leaderOf(), clientOf(null));
    history.observe({ kind: 'faults-stopped' });
    return history;
  };
  const tick = (history: History, at: number): void => {
    history.nowMs = at;
    history.step('jm-1', []);
  };

  test('passes: over, clean and known in time', () => {
    const history = stopped();
    history.nowMs = ms;
    finishJob(history);
    history.nodes[1] = clientOf(finished);
    tick(history, ms + 1);
    expect(history.finish()).toEqual([]);
  });

  test('passes: nothing is said of a run whose faults go on', () => {
    const history = new History(liveOracle(context));
    tick(history, 10 * ms);
    expect(history.finish()).toEqual([]);
  });

  test('fails when the bound has passed, not before', () => {
    const history = stopped();
    tick(history, ms);
    expect(history.sentences).toEqual([]);
    tick(history, ms + 1);
    expect(history.violations[0]).toMatchObject({ rule: 'not-over', property: 'liveness' });
    expect(history.sentences[0]).toContain(
      `job job-1 is not over ${ms + 1} ms after faults stopped | bound: ${ms} ms = 3 × (`,
    );
    expect(history.sentences[0]).toContain(
      'leader of epoch 1 is jm-1, which leads | jm-1 has no TaskManager | jm-1 leads, but knows no job job-1 | client is WAITING',
    );
  });

  test.each<[string, (history: History) => void]>([
    ['the result is not clean', (history) => (finishJob(history, false), (history.nodes[1] = clientOf(finished)))],
    ['the client does not know', (history) => finishJob(history)],
  ])('fails in the end: %s', (_, act) => {
    const history = stopped();
    act(history);
    expect(history.finish()).toHaveLength(1);
  });

  test('counts from the newest checkpoint', () => {
    const history = new History(liveOracle(context));
    deployAll(history, context, { epoch: 1, attempt: 1 });
    completeCheckpoint(history, context, { id: 1, epoch: 1, attempt: 1, positions: [4, 3] });
    history.observe({ kind: 'faults-stopped' });
    history.finish();
    expect(history.sentences[0]).toContain('for 2 records');
  });
});

describe('before the first fault', () => {
  const fault = {
    kind: 'fault',
    fault: 'pause',
    target: 'tm-1',
    text: 'tm-1 was stopped',
    hit: true,
    decision: { stream: 'pause/tm-1/wake', index: 1 },
  } as const;
  const fail = (history: History): void =>
    history.send('tm-1', 'jm-1', 'task-state-changed', {
      epoch: 1,
      incarnation: 1,
      attempt: attemptOf(0, 1, 1),
      state: 'FAILED',
      reason: { kind: 'user-code', operator: 'map', function: null, given: null, text: 'user code', stack: null },
    });
  const restart = (history: History): void => deployAll(history, context, { epoch: 1, attempt: 2 });
  const depose = (history: History): void => history.lead('jm-2', 2);
  const peaceful = (): History => {
    const history = new History(liveOracle(context));
    history.lead('jm-1', 1);
    deployAll(history, context, { epoch: 1, attempt: 1 });
    return history;
  };

  test.each<[string, (history: History) => void, string, string]>([
    ['a task fails', fail, 'needless-failure', '0/1#1 on tm-1 failed: user code'],
    ['the job restarts', restart, 'needless-restart', 'attempt 0/0#2 was deployed to tm-1'],
    ['somebody else leads', depose, 'needless-election', 'jm-2 took the lead, with epoch 2'],
  ])('%s', (_, act, rule, sentence) => {
    const history = peaceful();
    history.nowMs = 700;
    act(history);
    history.nowMs = 800;
    restart(history);
    expect(history.sentences).toEqual([]);
    history.finish();
    expect(history.sentences).toEqual([`${sentence}, and no fault had come yet | after 700 ms`]);
    expect(history.rules).toEqual([rule]);
  });

  test('and what was given up before: options that leave a checkpoint no time restart a job', () => {
    const history = peaceful();
    history.nodes.push(
      leaderOf((leader) =>
        leader.jobs.set(JOB, jobThatGaveUp({ kind: 'expired', missing: [{ vertex: 1, subtask: 0 }] })),
      ),
    );
    restart(history);
    history.finish();
    expect(history.sentences[0]).toMatch(/no fault had come yet .* checkpoint 7 was given up: expired without 1\/0$/);
  });

  test.each<Parameters<History['observe']>[0]>([
    fault,
    { kind: 'stopped', node: 'tm-1', incarnation: 1, why: 'crash' },
    { kind: 'paused', node: 'tm-1', incarnation: 1, until: 1 },
    { kind: 'partitioned', from: 'tm-1', to: 'jm-1', until: 1 },
    { kind: 'service-cut', node: 'jm-1', service: 'ha', until: 1 },
    { kind: 'connection-broke', from: 'tm-1', to: 'jm-1', streamClass: 'control' },
  ])('passes: whatever fails behind one ($kind) may have a cause', (disturbance) => {
    const history = peaceful();
    history.observe(disturbance);
    for (const act of [fail, restart, depose]) act(history);
    expect(history.finish()).toEqual([]);
  });
});

describe('the explanation', () => {
  const explain = (...nodes: NodeView[]): readonly string[] => {
    const history = new History(liveOracle(context));
    history.lead('jm-1', 1);
    history.nodes.push(...nodes);
    return explainStandstill(context, history.view);
  };

  test('a leader that is down, and a TaskManager that follows it', () => {
    const down = { ...leaderOf(), status: 'down' as const };
    const waiting = taskManagerOf((state) => {
      state.registration = 'registering';
      state.watch.leader = { epoch: 1, address: 'jm-1' };
    });
    expect(explain(down, waiting)).toEqual([
      'leader of epoch 1 is jm-1, which is down',
      'jm-1 is down',
      'tm-1 is registering with jm-1, epoch 1',
    ]);
  });

  test('the checkpoint that was given up last, and not one that completed', () => {
    const gaveUp = leaderOf((leader) =>
      leader.jobs.set(JOB, jobThatGaveUp({ kind: 'expired', missing: [{ vertex: 1, subtask: 0 }] })),
    );
    expect(explain(gaveUp)).toContain('checkpoint 7 was given up: expired without 1/0');
    const completed = leaderOf((leader) => leader.jobs.set(JOB, jobThatGaveUp({ kind: 'completed', final: true })));
    expect(explain(completed).join()).not.toContain('checkpoint 7');
  });

  test('a task without credit, one that aligns, and a producer that does not answer', () => {
    const tasks = taskManagerOf((state) => {
      const producer = createTask(1, descriptorOf(context, 0, 0, 1, null), placement, context.options);
      producer.status = 'RUNNING';
      const channel = producer.partition.edges[0]?.channels[1];
      channel?.queue.items.push({ kind: 'watermark', timestamp: 1 });
      if (channel !== undefined)
        Object.assign(channel, { requested: true, credit: 4, sentBatches: 4, queuedBatches: 1 });
      const consumer = createTask(2, descriptorOf(context, 1, 0, 1, null), placement, context.options);
      consumer.status = 'RUNNING';
      consumer.alignment.pendingId = 3;
      const [from] = consumer.gate.channels;
      if (from !== undefined) Object.assign(from, { blocked: true, established: true });
      state.tasks.push(producer, consumer);
    });
    expect(explain(leaderOf(), tasks).slice(-3)).toEqual([
      '0/0#1 on tm-1: edge 0 to 1#1 holds 1 batches without credit (4 sent of 4)',
      '1/0#1 on tm-1 aligns checkpoint 3, it waits for edge 0 from 1',
      '1/0#1 on tm-1: edge 0 from 1#1 was not answered by its producer',
    ]);
  });

  test('a task at its end', () => {
    const ended = taskManagerOf((state) => {
      const [source, sink] = [0, 1].map((vertex) =>
        createTask(vertex + 1, descriptorOf(context, vertex, 0, 1, null), placement, context.options),
      );
      if (source === undefined || sink === undefined) return;
      for (const task of [source, sink]) Object.assign(task, { status: 'RUNNING', atEnd: true });
      const operator = sink.descriptor.vertex.operators.at(-1) as SinkOperator;
      const transactions = [{ checkpointId: 3, transaction: `${JOB}/out/0/chk-0/e1-a1` }];
      sink.sink = createSink(operator, { jobId: JOB, subtask: 0, epoch: 1, attempt: 1 }, 3, transactions);
      sink.finalId = 4;
      sink.gate.channels.forEach((channel) => (channel.established = true));
      state.tasks.push(source, sink);
    });
    expect(explain(leaderOf(), ended).slice(-2)).toEqual([
      '0/0#1 on tm-1 is at its end, it waits for a final checkpoint',
      '1/0#1 on tm-1 knows that checkpoint 4 is final, its output of checkpoints 3 is not committed',
    ]);
  });

  test('a state that is not what it should be is said to be so', () => {
    expect(explain(node('task-manager', 'tm-9', { tasks: 7 }))).toContainEqual(
      expect.stringContaining('tm-9: its state cannot be read'),
    );
  });
});

describe('O-leak', () => {
  const over = (): History => {
    const history = new History(leakOracle([context]));
    history.lead('jm-1', 1);
    finishJob(history);
    history.sink('counts');
    history.nodes.push(leaderOf(), taskManagerOf(), clientOf(finished));
    return history;
  };

  test('passes: nothing is left but what stands for ever', () => {
    const history = over();
    (history.nodes[1] as { state: ReturnType<typeof createTaskManagerState> }).state.requests.pending.set(
      1,
      'watch-leader',
    );
    expect(history.finish()).toEqual([]);
  });

  test('passes: what a process held that is down is gone with it', () => {
    const history = over();
    const held = taskManagerOf((state) => ((state.slots[1] as { state: string }).state = 'ALLOCATED'));
    history.nodes[1] = { ...held, status: 'down' };
    expect(history.finish()).toEqual([]);
  });

  const creation = (ifRevision: number): PortRequest => {
    return { kind: 'ha-write', key: jobKey(JOB), value: Uint8Array.of(1), ifRevision, ifEpoch: 1 };
  };
  const createLate = (history: History, asked: PortRequest): readonly string[] => {
    history.entries.set(jobKey(JOB), { value: Uint8Array.of(1), revision: 9 });
    history.applied('jm-1', asked, { kind: 'ha-written', revision: 9 });
    return history.finish().map(({ evidence }) => evidence.map((line) => line.text).join());
  };

  test('passes: a key whose creation was asked for before the job was over, and came behind its clean-up', () => {
    const history = new History(leakOracle([context]));
    history.request('jm-1', 1, creation(0));
    finishJob(history);
    history.nodes.push(leaderOf(), taskManagerOf(), clientOf(finished));
    expect(createLate(history, creation(0))).toEqual([]);
  });

  test.each([
    ['asked for when the job was over', 0, true],
    ['that changes what it knows to be there', 3, false],
  ])('fails: a key that comes back by a write %s', (_, ifRevision, late) => {
    const history = new History(leakOracle([context]));
    if (!late) history.request('jm-1', 1, creation(ifRevision));
    finishJob(history);
    if (late) history.request('jm-1', 1, creation(ifRevision));
    history.nodes.push(leaderOf(), taskManagerOf(), clientOf(finished));
    expect(createLate(history, creation(ifRevision))).toEqual(['HA service: key job/job-1']);
  });

  /** tm-1 wrote that it cannot reach its leader, as an incarnation, by the request of this id. */
  const complain = (history: History, incarnation: number, id: number, value: Uint8Array | null): void => {
    history.entries.clear();
    if (value !== null) history.entries.set('unreached/tm-1', { value, revision: 9 });
    const request: PortRequest = { kind: 'ha-write', key: 'unreached/tm-1', value, ifRevision: 0, ifEpoch: 1 };
    const answer = { kind: 'ha-written', revision: 9 } as const;
    history.observe({ kind: 'applied', node: 'tm-1', incarnation, id, request, answer });
  };

  test.each<[string, (history: History) => void]>([
    ['whose process is another one', (history) => complain(history, 9, 4, Uint8Array.of(1))],
    [
      'that landed behind its deletion',
      (history) => {
        complain(history, 1, 5, null);
        complain(history, 1, 4, Uint8Array.of(1));
      },
    ],
  ])('passes: the record of a TaskManager %s', (_, write) => {
    const history = over();
    write(history);
    expect(history.finish()).toEqual([]);
  });

  test('fails: the record of a TaskManager that knows of it', () => {
    const history = over();
    complain(history, 1, 4, null);
    complain(history, 1, 5, Uint8Array.of(1));
    expect(history.finish().map(({ evidence }) => evidence.map((line) => line.text).join())).toEqual([
      'HA service: key unreached/tm-1',
    ]);
  });

  test('passes: a job that is not over may hold anything', () => {
    const history = over();
    finishJob(history, false);
    history.writeHa('jm-1', counterKey(JOB), encodeCounter({ lastCheckpointId: 1 }), 1);
    expect(history.finish()).toEqual([]);
  });

  test.each<[string, (history: History) => void, string]>([
    [
      'a key',
      (history) => history.writeHa('jm-1', counterKey(JOB), encodeCounter({ lastCheckpointId: 1 }), 1),
      'HA service: key counter/job-1',
    ],
    [
      'a prepared transaction',
      (history) => void history.sink('counts').prepared.set('t', []),
      'sink counts: prepared transaction t',
    ],
    [
      'an open transaction',
      (history) => void history.sink('counts').open.set('t', []),
      'sink counts: open transaction t',
    ],
    [
      'a slot',
      (history) =>
        (history.nodes[1] = taskManagerOf((state) => ((state.slots[1] as { state: string }).state = 'ALLOCATED'))),
      'tm-1: slot 1 is ALLOCATED',
    ],
    [
      'a task',
      (history) =>
        (history.nodes[1] = taskManagerOf((state) =>
          state.tasks.push(createTask(1, descriptorOf(context, 0, 0, 1, null), placement, context.options)),
        )),
      'tm-1: task 0/0#1 is CREATED',
    ],
    [
      'a timer of a slot',
      (history) => (history.nodes[1] = taskManagerOf((state) => state.timers.deadlines.set('slot 0', 1))),
      'tm-1: timer slot 0',
    ],
    [
      'a file to delete',
      (history) => (history.nodes[0] = leaderOf((leader) => leader.collection.waiting.add('f'))),
      'jm-1: file to be deleted: f',
    ],
    [
      'a timer of the job',
      (history) => (history.nodes[0] = leaderOf((leader) => leader.timers.deadlines.set(`deploy ${JOB}/0`, 1))),
      `jm-1: timer deploy ${JOB}/0`,
    ],
    [
      'a request',
      (history) => {
        const pending = (history.nodes[0] as { state: ReturnType<typeof createJobManagerState> }).state.requests
          .pending;
        pending.set(1, { purpose: { kind: 'write-result', epoch: 1, jobId: JOB }, deadlineAt: 1 });
      },
      'jm-1: request write-result',
    ],
    [
      'a mirror of a slot',
      (history) => {
        const slot = { slotIndex: 0, state: 'PENDING' as const, allocationId: 'a', jobId: JOB };
        history.nodes[0] = leaderOf((leader) =>
          leader.taskManagers.set('tm-1', {
            address: 'tm-1',
            incarnation: 1,
            failedHeartbeats: 0,
            isAsked: false,
            slots: [slot],
          }),
        );
      },
      'jm-1: slot tm-1/0 is PENDING',
    ],
  ])('fails: %s', (_, act, leak) => {
    const history = over();
    act(history);
    history.finish();
    expect(history.sentences).toEqual([`the job is over, but something is left of it | ${leak}`]);
  });
});
