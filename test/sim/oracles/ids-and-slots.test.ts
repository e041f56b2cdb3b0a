// O-ids and O-slots: ids that do not rise, jobs that rise from the dead, and things that are in two places.
import { describe, expect, test } from 'vitest';
import { createJobManagerState, createLeader } from '../../../src/core/jobmanager/state.ts';
import { counterKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { SlotReport, TaskReport } from '../../../src/core/protocol/messages.ts';
import { encodeCounter, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { ExecutionState } from '../../../src/core/protocol/states.ts';
import { idsOracle } from '../../../src/sim/oracles/ids.ts';
import { slotsOracle } from '../../../src/sim/oracles/slots.ts';
import { History } from './history.ts';
import { attemptOf, completeCheckpoint, contextOf, counting, deployAll, deployment, JOB } from './small-job.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

const context = contextOf(counting);
const run = { epoch: 1, attempt: 1 };
const nothing = (): null => null;

describe('O-ids', () => {
  const historyOf = (): History => {
    const history = new History(idsOracle(context));
    history.lead('jm-1', 1);
    return history;
  };
  const count = (history: History, lastCheckpointId: number, epoch = 1): void =>
    history.writeHa('jm-1', counterKey(JOB), encodeCounter({ lastCheckpointId }), epoch);
  const trigger = (history: History, checkpointId: number, epoch = 1): void =>
    history.send('jm-1', 'tm-1', 'trigger-checkpoint', {
      epoch,
      incarnation: 1,
      attempt: attemptOf(0, 0, 1),
      checkpointId,
      timestamp: 0,
      drain: false,
    });
  const report = (history: History, state: ExecutionState): void =>
    history.send('tm-1', 'jm-1', 'task-state-changed', {
      epoch: 1,
      incarnation: 1,
      attempt: attemptOf(0, 0, 1),
      state,
      reason: null,
    });

  test('passes: ids with gaps, a trigger of a deposed leader that comes late, reports that are repeated', () => {
    const history = historyOf();
    count(history, 3);
    trigger(history, 1);
    count(history, 5, 2);
    trigger(history, 5, 2);
    trigger(history, 3);
    trigger(history, 3);
    for (const state of ['RUNNING', 'FAILED', 'FAILED'] as const) report(history, state);
    deployAll(history, context, { epoch: 1, attempt: 2 });
    deployAll(history, context, { epoch: 2, attempt: 1 });
    expect(history.sentences).toEqual([]);
  });

  test('passes: behind the end of the job a write of its first id comes late, and makes its counter anew', () => {
    const history = historyOf();
    count(history, 2);
    const ended = encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: false });
    history.writeHa('jm-1', resultKey(JOB), ended, 1);
    count(history, 1);
    expect(history.sentences).toEqual([]);
  });

  test.each<[string, (history: History) => void, string]>([
    [
      'an id that is not durable',
      (history) => (count(history, 1), trigger(history, 2)),
      'checkpoint 2 was triggered before its id was durable',
    ],
    [
      'ids go back',
      (history) => (count(history, 3), trigger(history, 3), trigger(history, 2)),
      'checkpoint 2 was triggered after checkpoint 3',
    ],
    [
      'a new leader uses an id again',
      (history) => (count(history, 3), trigger(history, 3), trigger(history, 3, 2)),
      'ids of checkpoints do not rise over leaders | epoch 2 triggers 3, epoch 1 had 3 to 3',
    ],
    [
      'a deposed leader uses an id of its successor',
      (history) => (count(history, 5), trigger(history, 4, 2), trigger(history, 5)),
      'epoch 1 triggers 5, epoch 2 had 4 to 4',
    ],
    [
      'the counter goes back',
      (history) => (count(history, 3), count(history, 2)),
      'the counter of checkpoint ids went back from 3 to 2',
    ],
    [
      'an older checkpoint completes after a newer one',
      (history) => {
        completeCheckpoint(history, context, { id: 2, ...run, positions: [1, 1] });
        completeCheckpoint(history, context, { id: 1, epoch: 1, attempt: 0, positions: [1, 1] });
      },
      'went back from 2 to 1',
    ],
    [
      'a job with a result is deployed',
      (history) => {
        history.writeHa(
          'jm-1',
          resultKey(JOB),
          encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: false }),
          1,
        );
        deployAll(history, context, run);
      },
      'a job whose result is durable was deployed again | e1:0/0#1',
    ],
    [
      'an older attempt is deployed',
      (history) => (deployAll(history, context, { epoch: 1, attempt: 2 }), deployAll(history, context, run)),
      'an older attempt was deployed after a newer one | e1:0/0#1 | newest: 2',
    ],
    [
      'two terminal states',
      (history) => (report(history, 'FINISHED'), report(history, 'FAILED')),
      'an attempt was FINISHED, and then FAILED',
    ],
    [
      'life after death',
      (history) => (report(history, 'FAILED'), report(history, 'RUNNING')),
      'an attempt was FAILED, and then RUNNING',
    ],
    [
      'a dead attempt is deployed',
      (history) => (report(history, 'FAILED'), deployAll(history, context, run)),
      'an attempt that was FAILED was deployed again',
    ],
  ])('fails: %s', (_, act, sentence) => {
    const history = historyOf();
    act(history);
    expect(history.sentences[0]).toContain(sentence);
  });

  test('passes: a deposed leader deploys a job that is over, and nobody listens', () => {
    const history = historyOf();
    history.lead('jm-2', 2);
    history.writeHa(
      'jm-2',
      resultKey(JOB),
      encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: false }),
      2,
    );
    deployAll(history, context, run);
    expect(history.sentences).toEqual([]);
  });
});

describe('O-ids, two attempts of one subtask', () => {
  const runningTwice = (act: (history: History) => void): readonly string[] => {
    const history = new History(idsOracle(context));
    const state = { ...createJobManagerState(), leader: createLeader(1) };
    state.leader.taskManagers.set('tm-1', {
      address: 'tm-1',
      incarnation: 1,
      failedHeartbeats: 0,
      isAsked: false,
      slots: [],
    });
    history.nodes.push({
      address: 'jm-1',
      role: 'job-manager',
      status: 'running',
      isGone: false,
      incarnation: 1,
      state,
    });
    const report = (node: string, attempt: number, reported: ExecutionState): void =>
      history.send(node, 'jm-1', 'task-state-changed', {
        epoch: 1,
        incarnation: 1,
        attempt: attemptOf(0, 0, attempt),
        state: reported,
        reason: null,
      });
    report('tm-1', 1, 'RUNNING');
    act(history);
    for (const reported of ['INITIALIZING', 'RUNNING'] as const) report('tm-2', 2, reported);
    return history.sentences;
  };
  const cancel = { epoch: 1, incarnation: 1, attempt: attemptOf(0, 0, 1), state: 'CANCELED', reason: null } as const;

  test('fails: the first is not over', () => {
    expect(runningTwice(() => undefined)).toEqual([
      'two attempts of one subtask run | e1:0/0#2 on tm-2 | e1:0/0#1 on tm-1, which the leader has not given up',
    ]);
  });

  test('fails: the second is deployed when the first, of which the leader has heard, is not over', () => {
    const deployedWhen = (act: (history: History) => void): readonly string[] => {
      const history = new History(idsOracle(context));
      const state = { ...createJobManagerState(), leader: createLeader(1) };
      state.leader.taskManagers.set('tm-1', {
        address: 'tm-1',
        incarnation: 1,
        failedHeartbeats: 0,
        isAsked: false,
        slots: [],
      });
      history.nodes.push({
        address: 'jm-1',
        role: 'job-manager',
        status: 'running',
        isGone: false,
        incarnation: 1,
        state,
      });
      act(history);
      deployAll(history, context, { epoch: 1, attempt: 2 });
      return history.sentences;
    };
    const running = { ...cancel, state: 'RUNNING' } as const;
    expect(deployedWhen((history) => history.exchange('tm-1', 'jm-1', 'task-state-changed', running))).toEqual([
      'an attempt was deployed before the one before it was over | e1:0/0#2 | e1:0/0#1 lives on tm-1',
    ]);
    expect(deployedWhen((history) => history.send('tm-1', 'jm-1', 'task-state-changed', running))).toEqual([]);
    const ended = (history: History): void => {
      history.exchange('tm-1', 'jm-1', 'task-state-changed', running);
      history.send('tm-1', 'jm-1', 'task-state-changed', cancel);
    };
    expect(deployedWhen(ended)).toEqual([]);
  });

  test('fails: the first is not over when the second begins on the same TaskManager, whatever the leader knows', () => {
    const history = new History(idsOracle(context));
    for (const attempt of [1, 2]) {
      history.send('tm-1', 'jm-1', 'task-state-changed', {
        ...cancel,
        attempt: attemptOf(0, 0, attempt),
        state: 'INITIALIZING',
      });
    }
    expect(history.sentences).toEqual(['two attempts of one subtask run | e1:0/0#2 on tm-1 | e1:0/0#1 on tm-1']);
  });

  test.each<[string, (history: History) => void]>([
    ['was cancelled', (history) => history.send('tm-1', 'jm-1', 'task-state-changed', cancel)],
    ['died', (history) => history.observe({ kind: 'stopped', node: 'tm-1', incarnation: 1, why: 'crash' })],
    ['is on a TaskManager of a leader that is gone', (history) => void history.nodes.pop()],
  ])('passes: the first %s', (_, act) => {
    expect(runningTwice(act)).toEqual([]);
  });
});

describe('O-slots', () => {
  const slot = (slotIndex: number, allocationId: string | null): SlotReport => ({
    slotIndex,
    state: allocationId === null ? 'FREE' : 'ACTIVE',
    jobId: JOB,
    allocationId,
  });
  const running = (vertex: number, subtask: number, attempt = 1): TaskReport => ({
    attempt: attemptOf(vertex, subtask, attempt),
    state: 'RUNNING',
  });
  const answer = (
    history: History,
    node: string,
    slots: readonly SlotReport[],
    tasks: readonly TaskReport[] = [],
    incarnation = 1,
  ): void =>
    history.step(
      node,
      [
        {
          effect: 'send',
          streamClass: 'control',
          from: node,
          to: 'jm-1',
          kind: 'heartbeat-answer',
          body: { epoch: 1, incarnation, slots, tasks },
        },
      ],
      null,
      incarnation,
    );
  const deployed = (): History => {
    const history = new History(slotsOracle());
    deployAll(history, context, run);
    return history;
  };

  test('passes: one subtask of each vertex in a slot; a TaskManager that died and came back', () => {
    const history = deployed();
    answer(history, 'tm-1', [slot(0, 'slot-0-1'), slot(1, null)], [running(0, 0), running(1, 0)]);
    answer(history, 'tm-2', [slot(0, 'slot-1-1')], [running(0, 1), running(1, 1)]);
    history.observe({ kind: 'stopped', node: 'tm-1', incarnation: 1, why: 'crash' });
    answer(history, 'tm-2', [slot(0, 'slot-1-1'), slot(1, 'slot-0-1')], []);
    deployAll(history, context, run);
    expect(history.sentences).toEqual([]);
  });

  test.each<[string, (history: History) => void, string]>([
    [
      'an allocation in two slots',
      (history) => answer(history, 'tm-1', [slot(0, 'a'), slot(1, 'a')]),
      'allocation a lies in two slots of tm-1',
    ],
    [
      'an allocation on two TaskManagers',
      (history) => (answer(history, 'tm-1', [slot(0, 'a')]), answer(history, 'tm-2', [slot(0, 'a')])),
      'allocation a lies in slots of tm-2 and of tm-1',
    ],
    [
      'an attempt on two TaskManagers',
      (history) => (answer(history, 'tm-1', [], [running(0, 0)]), answer(history, 'tm-2', [], [running(0, 0)])),
      'e1:0/0#1 runs on tm-2 and on tm-1',
    ],
    [
      'an attempt that is deployed twice',
      (history) => history.send('jm-1', 'tm-3', 'deploy-task', deployment(context, run, 0, 0, nothing)),
      'e1:0/0#1 was deployed in two places | slot 0 of tm-1, allocation slot-0-1 | slot 0 of tm-3, allocation slot-0-1',
    ],
    [
      'two attempts of one subtask in a slot',
      (history) => {
        history.send('jm-1', 'tm-1', 'deploy-task', deployment(context, { epoch: 1, attempt: 2 }, 0, 0, nothing));
        answer(history, 'tm-1', [slot(0, 'slot-0-1')], [running(0, 0, 1), running(0, 0, 2)]);
      },
      'slot 0 of tm-1 serves two | job-1 e1:0/0#1 by slot-0-1 | job-1 e1:0/0#2 by slot-0-1',
    ],
  ])('fails: %s', (_, act, sentence) => {
    const history = deployed();
    act(history);
    expect(history.sentences[0]).toContain(sentence);
  });
});
