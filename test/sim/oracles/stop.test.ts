// Stops: jobs that are stopped unasked, without their savepoint or behind it, and output that is not what the savepoint covers.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { jobKey, resultKey, savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import type { CompletedCheckpoint, ResultRecord, WantedState } from '../../../src/core/protocol/ha-records.ts';
import { encodeJob, encodeResult, encodeSavepoint } from '../../../src/core/protocol/records-codec.ts';
import type { ToldStatus } from '../../../src/core/protocol/states.ts';
import { exactOracle } from '../../../src/sim/oracles/exact.ts';
import { lifeOracle } from '../../../src/sim/oracles/life.ts';
import { restoreOracle } from '../../../src/sim/oracles/restore.ts';
import { ENDED, SUBMITTED } from '../../core/jobmanager/sample-job.ts';
import { History, type Writer } from './history.ts';
import {
  contextOf,
  counting,
  JOB,
  putMetadata,
  putSnapshots,
  subtasksOf,
  windowing,
  writePointers,
  type CheckpointPlan,
} from './small-job.ts';

const STOPPED = { kind: 'STOPPED', savepointId: 's-1', drain: false } as const;
const DRAINED = { ...STOPPED, drain: true } as const;
const writer: Writer = { sink: 'counts', writer: `${JOB}/out/0`, token: { epoch: 1, attempt: 1 } };

const store = (history: History, wanted: WantedState, graph = counting.graph): void =>
  history.writeHa(
    'jm-1',
    jobKey(JOB),
    encodeJob({
      jobId: JOB,
      submitted: SUBMITTED,
      graph,
      artifact: 'artifact',
      wanted,
      parallelism: [],
      restore: null,
    }),
    1,
  );
const end = (history: History, changed: Partial<ResultRecord> = {}): void => {
  const result = { jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, savepointId: 's-1', clean: false } as const;
  history.writeHa('jm-1', resultKey(JOB), encodeResult({ ...result, ...changed }), 1);
};
const save = (history: History, { checkpointId, metadata }: CompletedCheckpoint): void => {
  const record = {
    kind: 'savepoint' as const,
    jobId: JOB,
    savepointId: 's-1',
    checkpointId,
    metadata,
    completedAt: 7,
    disposed: false,
  };
  history.writeHa('jm-1', savepointKey(JOB, 's-1'), encodeSavepoint(record), 1);
};

describe('O-life: a stop', () => {
  const context = contextOf(counting);
  const covered = `${JOB}/out/0/chk-0/e1-a1`;
  const uncovered = `${JOB}/out/0/chk-1/e1-a1`;
  const planOf = (id: number): CheckpointPlan => ({
    id,
    epoch: 1,
    attempt: 1,
    positions: [1, 1],
    transactions: (subtask) => (subtask === 0 ? [{ checkpointId: 1, transaction: covered }] : []),
  });
  const complete = (history: History, id: number): CompletedCheckpoint => {
    const plan = planOf(id);
    const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
    writePointers(history, 1, [pointer]);
    return pointer;
  };
  const tell = (history: History, status: ToldStatus, savepointId: string | null): void =>
    history.send('jm-1', 'client', 'job-status', {
      epoch: 1,
      jobId: JOB,
      status,
      reason: null,
      savepointId,
      retainedCheckpoint: null,
    });

  /** Wanted by a client, if `asked`; and durable. Checkpoint 1 is complete, and its output prepared. */
  function stopping(asked = true, wanted: WantedState = STOPPED): { history: History; pointer: CompletedCheckpoint } {
    const history = new History(lifeOracle(context));
    history.lead('jm-1', 1);
    store(history, { kind: 'RUNNING' });
    if (asked) history.send('client', 'jm-1', 'stop-job', { jobId: JOB, savepointId: 's-1', drain: false });
    store(history, wanted);
    history.openSink('tm-1', writer, []);
    history.prepare('tm-1', writer, covered, []);
    return { history, pointer: complete(history, 1) };
  }

  /** Up to the savepoint that is durable, and the output that it covers. */
  function stopped(asked = true): History {
    const { history, pointer } = stopping(asked);
    save(history, pointer);
    history.commit('jm-1', writer, covered);
    return history;
  }

  test('passes: asked for, durable, told, saved, committed, over, and told again', () => {
    const { history, pointer } = stopping();
    tell(history, 'RUNNING', 's-1');
    save(history, pointer);
    history.commit('jm-1', writer, covered);
    end(history);
    tell(history, 'FINISHED', 's-1');
    end(history, { clean: true });
    expect(history.finish()).toEqual([]);
  });

  test('passes: overridden by a cancellation', () => {
    const history = stopped();
    history.send('client', 'jm-1', 'cancel-job', { jobId: JOB });
    store(history, { kind: 'CANCELED' });
    end(history, { status: 'CANCELED', savepointId: null });
    expect(history.finish()).toEqual([]);
  });

  test.each<[string, string, () => History, (history: History) => void]>([
    ['nobody asked for', 'stopped-unasked', () => stopped(false), end],
    [
      'its record does not say',
      'stopped-unwanted',
      () => stopped(),
      (history) => {
        store(history, { kind: 'RUNNING' });
        end(history);
      },
    ],
    ['has no savepoint yet', 'stopped-without-savepoint', () => stopping().history, end],
    ['is forgotten', 'stop-forgotten', () => stopped(), (history) => end(history, { savepointId: null })],
    [
      'is told of a job that failed',
      'stopped-otherwise',
      () => stopped(),
      (history) => end(history, { status: 'CANCELED' }),
    ],
    [
      'is followed by a checkpoint',
      'checkpoint-behind-stop',
      () => stopped(),
      (history) => {
        complete(history, 2);
      },
    ],
    [
      'is to be drained, and is not',
      'not-drained',
      () => {
        const { history, pointer } = stopping(true, DRAINED);
        save(history, pointer);
        return history;
      },
      () => undefined,
    ],
    [
      'has a savepoint that is not the last checkpoint',
      'savepoint-not-last',
      () => new History(lifeOracle(context)),
      (history) => {
        history.lead('jm-1', 1);
        store(history, STOPPED);
        const first = complete(history, 1);
        complete(history, 2);
        save(history, first);
      },
    ],
    [
      'lacks output that its savepoint covers',
      'output-missing',
      () => {
        const { history, pointer } = stopping();
        save(history, pointer);
        history.sinks.get('counts')?.prepared.clear();
        return history;
      },
      end,
    ],
    [
      'leaves output behind',
      'output-left',
      () => stopped(),
      (history) => {
        history.prepare('tm-1', writer, uncovered, []);
        end(history);
      },
    ],
    [
      'commits behind its end',
      'committed-after-end',
      () => stopped(),
      (history) => {
        end(history);
        history.prepare('tm-1', writer, uncovered, []);
        history.commit('tm-1', writer, uncovered);
      },
    ],
    [
      'is told before it is durable',
      'another-stop',
      () => stopping(true, { kind: 'RUNNING' }).history,
      (history) => tell(history, 'RUNNING', 's-1'),
    ],
    [
      'is told with another savepoint',
      'another-stop',
      () => stopping().history,
      (history) => tell(history, 'RUNNING', 's-2'),
    ],
    [
      'ends without telling it',
      'another-stop',
      () => stopped(),
      (history) => {
        end(history);
        tell(history, 'FINISHED', null);
      },
    ],
    [
      'changes its savepoint',
      'end-changed',
      () => stopped(),
      (history) => {
        end(history);
        end(history, { savepointId: 's-2' });
      },
    ],
  ])('fails where it %s', (_, rule, before, act) => {
    const history = before();
    act(history);
    expect(history.rules[0]).toBe(rule);
  });
});

describe('O-life: a cancellation in the place of a stop', () => {
  const told = (history: History, epoch: number, status: ToldStatus, savepointId: string | null): void =>
    history.send(`jm-${epoch}`, 'client', 'job-status', {
      epoch,
      jobId: JOB,
      status,
      reason: null,
      savepointId,
      retainedCheckpoint: null,
    });

  /** Both are durable. */
  function cancelled(): History {
    const history = new History(lifeOracle(contextOf(counting)));
    history.lead('jm-1', 1);
    history.send('client', 'jm-1', 'stop-job', { jobId: JOB, savepointId: 's-1', drain: false });
    store(history, STOPPED);
    history.send('client', 'jm-1', 'cancel-job', { jobId: JOB });
    store(history, { kind: 'CANCELED' });
    return history;
  }

  test.each<[string, readonly string[], (history: History) => void]>([
    ['may be unknown to its leader', [], (history) => told(history, 1, 'RUNNING', 's-1')],
    ['takes the place of no other stop', ['another-stop'], (history) => told(history, 1, 'RUNNING', 's-2')],
    ['is no stop when it is told', ['another-stop'], (history) => told(history, 1, 'CANCELLING', 's-1')],
    [
      'is known once it was told',
      ['another-stop'],
      (history) => {
        told(history, 1, 'CANCELLING', null);
        told(history, 1, 'RUNNING', 's-1');
      },
    ],
    [
      'is known to the next leader',
      ['another-stop'],
      (history) => {
        history.lead('jm-2', 2);
        told(history, 2, 'RUNNING', 's-1');
      },
    ],
  ])('%s', (_, rules, tell) => {
    const history = cancelled();
    tell(history);
    expect(history.rules).toEqual(rules);
  });
});

describe('O-life: a leader that is asked to cancel a job that is being stopped', () => {
  const STOPPING = { record: { wanted: STOPPED }, outcome: null, change: null };

  test.each<[string, object, readonly string[]]>([
    ['must take the wish', STOPPING, ['cancel-ignored']],
    ['is right if it writes it', { ...STOPPING, change: { record: { wanted: { kind: 'CANCELED' } } } }, []],
    ['is right if it is wanted already', { ...STOPPING, record: { wanted: { kind: 'CANCELED' } } }, []],
    ['is right if the job has ended', { ...STOPPING, outcome: { status: 'FINISHED' } }, []],
  ])('%s', (_, job, rules) => {
    const history = new History(lifeOracle(contextOf(counting)));
    const state = { leader: { jobs: new Map([[JOB, job]]) } };
    history.nodes.push({ address: 'jm-1', role: 'job-manager', state } as never);
    history.deliver('client', 'jm-1', 'cancel-job', { jobId: JOB });
    expect(history.rules).toEqual(rules);
  });
});

describe('O-exact: the output of a job that was stopped', () => {
  const context = contextOf(windowing);
  const fired: readonly Value[] = [
    { word: 'mill', from: 0, count: 2 },
    { word: 'race', from: 0, count: 3 },
  ];
  /** As far as it was read: the reference has another one there. */
  const partial = { word: 'mill', from: 0, count: 1 };
  const early = { word: 'race', from: 0, count: 2 };

  /** The savepoint is at these positions, drained or not, and durable. */
  function saved(
    positions: readonly [number, number],
    wanted: WantedState,
    output: readonly Value[],
    isDrained = wanted.kind === 'STOPPED' && wanted.drain,
  ): History {
    const history = new History(exactOracle(context));
    history.sink('counts');
    store(history, wanted, windowing.graph);
    const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions };
    const subtasks = subtasksOf(plan, putSnapshots(history, context, plan)).map((one) => ({
      ...one,
      atEnd: isDrained,
    }));
    const pointer = { ...putMetadata(history, context, plan, subtasks), final: isDrained };
    writePointers(history, 1, [pointer]);
    if (output.length > 0) history.commit('jm-1', writer, 't-1', output);
    save(history, pointer);
    end(history);
    return history;
  }

  test.each<[string, readonly [number, number], WantedState, readonly Value[]]>([
    ['before any window is over', [3, 2], STOPPED, []],
    ['between windows', [4, 4], STOPPED, fired],
    ['drained, in the midst of a window', [2, 1], DRAINED, [partial, early]],
    ['drained, between windows', [4, 3], DRAINED, [...fired, { word: 'wheel', from: 100, count: 2 }]],
    ['drained, before anything was read', [0, 0], DRAINED, []],
  ])('passes %s', (_, positions, wanted, output) => {
    expect(saved(positions, wanted, output).finish()).toEqual([]);
  });

  test.each<[string, string, readonly [number, number], WantedState, readonly Value[]]>([
    ['holds a window that fired by the stop', 'surplus', [2, 1], STOPPED, [partial]],
    ['holds a window that was not over yet', 'surplus', [3, 2], STOPPED, fired],
    ['lacks a window that was over', 'missing', [4, 4], STOPPED, fired.slice(1)],
    [
      'holds a window that is drained and lies behind',
      'surplus',
      [2, 1],
      DRAINED,
      [partial, early, { word: 'wheel', from: 100, count: 2 }],
    ],
    ['lacks a window that is drained', 'missing', [2, 1], DRAINED, [partial]],
    ['is as if it were not drained', 'missing', [2, 1], DRAINED, []],
    ['holds one that is drained twice', 'duplicated', [2, 1], DRAINED, [partial, early, early]],
  ])('fails where it %s', (_, rule, positions, wanted, output) => {
    const history = saved(positions, wanted, output);
    history.finish();
    expect(history.rules[0]).toBe(rule);
  });

  test('fails where its savepoint was taken before its sources ended', () => {
    expect(saved([4, 4], DRAINED, fired, false).rules).toEqual(['missing']);
  });

  test('fails where it grows behind the result', () => {
    const history = saved([4, 4], STOPPED, fired);
    history.commit('tm-1', writer, 't-2', [{ word: 'wheel', from: 100, count: 2 }]);
    expect(history.rules).toEqual(['surplus']);
  });
});

describe('O-restore: a source that is at its end before its input', () => {
  const context = contextOf(counting);

  test.each<[string, WantedState, readonly string[]]>([
    ['is right if the job is to be drained', DRAINED, []],
    ['is wrong if it is not', STOPPED, ['state-differs']],
  ])('%s', (_, wanted, rules) => {
    const history = new History(restoreOracle(context));
    history.lead('jm-1', 1);
    store(history, wanted);
    const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions: [2, 1], ended: true };
    const subtasks = subtasksOf(plan, putSnapshots(history, context, plan)).map((one) => ({ ...one, atEnd: true }));
    writePointers(history, 1, [putMetadata(history, context, plan, subtasks)]);
    expect(history.rules).toEqual(rules);
  });
});
