// O-drain: what clients are told of a drain, and what runs there behind it. Histories that must fail, and those that must pass.
import { describe, expect, test } from 'vitest';
import { createTask } from '../../../src/core/task/state.ts';
import { createTaskManagerState } from '../../../src/core/taskmanager/state.ts';
import { DRAINS_KEY, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { JobReason } from '../../../src/core/protocol/reasons.ts';
import type { DrainStatus } from '../../../src/core/protocol/states.ts';
import { encodeDrains, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import { drainOracle } from '../../../src/sim/oracles/drain.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';
import { History } from './history.ts';
import { contextOf, counting, deployAll, descriptorOf, JOB } from './small-job.ts';

const context = contextOf(counting);
const TM = 'tm-1';
const cause = { kind: 'task-manager-drained', taskManager: TM } as const;

class Drains extends History {
  tasks = 0;

  constructor() {
    super(drainOracle());
    this.lead('jm-1', 1);
  }

  ask(kind: 'drain-task-manager' | 'undrain-task-manager'): this {
    this.send('client', 'jm-1', kind, { taskManager: TM });
    return this;
  }

  store(...taskManagers: readonly string[]): this {
    this.writeHa('jm-1', DRAINS_KEY, encodeDrains({ taskManagers }), 1);
    return this;
  }

  tell(status: DrainStatus, epoch = 1): this {
    this.send(`jm-${epoch}`, 'client', 'drain-status', { epoch, taskManager: TM, status, reason: null });
    return this;
  }

  /** As a line of the cluster. */
  show(drain: DrainStatus): this {
    const line = { address: TM, incarnation: 1, slots: 1, freeSlots: 1, silentMs: 0, drain, allocated: [] };
    const jobs = { running: 0, finished: 0, canceled: 0, failed: 0 };
    this.send('jm-1', 'client', 'cluster-overview', { epoch: 1, leader: 'jm-1', jobs, taskManagers: [line] });
    return this;
  }

  /** So many tasks are there, and it takes a step. */
  run(tasks: number): this {
    const placement = { epoch: 1, incarnation: 1, leader: 'jm-1', slotIndex: 0, allocationId: 'slot-0-1' };
    const state = createTaskManagerState(1);
    const task = descriptorOf(context, 0, 0, 1, null);
    for (let number = 0; number < tasks; number++)
      state.tasks.push(createTask(number, task, placement, context.options));
    this.nodes.splice(0, Infinity, {
      address: TM,
      role: 'task-manager',
      status: 'running',
      isGone: false,
      incarnation: 1,
      state,
    });
    this.step(TM, []);
    return this;
  }

  deploy(epoch = 1): this {
    const task = descriptorOf(context, 0, 0, 1, null);
    this.send(`jm-${epoch}`, TM, 'deploy-task', { epoch, incarnation: 1, slotIndex: 0, allocationId: 'a', task });
    return this;
  }

  end(reason: JobReason | null, exceptions: readonly JobReason[] = []): this {
    const given = exceptions.map((one) => {
      return { timestamp: 1, cause: one as never, task: null, taskManager: null, concurrent: [] };
    });
    const status = reason === null ? 'FINISHED' : 'FAILED';
    const result = { jobId: JOB, ...ENDED, status, reason, exceptions: given, clean: false } as const;
    this.writeHa('jm-1', resultKey(JOB), encodeResult(result), 1);
    return this;
  }
}

const drained = (): Drains => new Drains().run(0).ask('drain-task-manager').store(TM).tell('DRAINED');

describe('a history fails', () => {
  test.each<[string, (history: Drains) => Drains, string]>([
    ['told before it is durable', (one) => one.ask('drain-task-manager').tell('DRAINING'), 'told-before-durable'],
    [
      'told while a task is there',
      () => new Drains().run(1).ask('drain-task-manager').store(TM).tell('DRAINED'),
      'told-too-early',
    ],
    ['a task is deployed behind that', () => drained().deploy(), 'deployed-on-drained'],
    ['a task is there behind that', () => drained().run(1), 'drained-holds-task'],
    [
      'the next leader deploys there',
      () => {
        const history = drained();
        history.lead('jm-2', 2);
        return history.deploy(2);
      },
      'deployed-on-drained',
    ],
    ['it is denied', () => drained().tell('IN_SERVICE'), 'denied'],
    ['it is denied where the cluster is shown', () => drained().show('IN_SERVICE'), 'denied'],
    [
      'it is shown before it is durable',
      (one) => one.ask('drain-task-manager').show('DRAINING'),
      'told-before-durable',
    ],
    [
      'it is shown while a task is there',
      () => new Drains().run(1).ask('drain-task-manager').store(TM).show('DRAINED'),
      'told-too-early',
    ],
    ['it is forgotten', () => drained().tell('UNKNOWN'), 'denied'],
    ['nobody asked for it', (one) => one.store(TM), 'drained-unasked'],
    ['nobody asked for its end', () => drained().store(), 'taken-back-unasked'],
    [
      'its record goes',
      () => {
        const history = drained();
        history.writeHa('jm-1', DRAINS_KEY, null, 1);
        return history;
      },
      'record-lost',
    ],
    [
      'a job fails of it',
      (one) => one.end({ kind: 'recovery-suppressed', refusal: { kind: 'no-restarts' }, cause }),
      'drain-fails-job',
    ],
    ['it is among the failures of a job', (one) => one.end(null, [cause]), 'drain-counted'],
    [
      'it is told as a failure of a job',
      (one) => {
        const exceptions = [{ timestamp: 1, cause, task: null, taskManager: null, concurrent: [] }];
        one.send('jm-1', 'client', 'job-exceptions', { epoch: 1, jobId: JOB, max: 9, exceptions, truncated: false });
        return one;
      },
      'drain-counted',
    ],
  ])('%s', (_, play, rule) => {
    expect(play(new Drains().run(0)).rules).toContain(rule);
  });
});

describe('a history passes', () => {
  test.each<[string, () => Drains]>([
    ['it is shown as it is', () => drained().show('DRAINED')],
    ['it is drained, and another TaskManager is not', () => drained().tell('DRAINED').run(0)],
    [
      'it still holds tasks while it is being drained',
      () => new Drains().run(2).ask('drain-task-manager').store(TM).tell('DRAINING').run(1),
    ],
    [
      'it is used again behind the end of its drain',
      () => drained().ask('undrain-task-manager').store().tell('IN_SERVICE').deploy().run(1),
    ],
    [
      'a leader has not heard yet that its end was applied',
      () => drained().ask('undrain-task-manager').store().tell('DRAINED'),
    ],
    [
      'a leader that was deposed does not know what is wanted now',
      () => {
        const history = drained().ask('undrain-task-manager');
        history.lead('jm-2', 2);
        return history.store().tell('DRAINED', 1).deploy(2).run(1);
      },
    ],
    [
      'a job fails for a reason of its own',
      () => drained().end({ kind: 'checkpoints-failed', times: 2, last: { kind: 'job-ends' } }),
    ],
  ])('%s', (_, play) => {
    expect(play().rules).toEqual([]);
  });

  test('tasks of a TaskManager that nobody drains are deployed as ever', () => {
    const history = new Drains();
    deployAll(history, context, { epoch: 1, attempt: 1 });
    expect(history.rules).toEqual([]);
  });
});
