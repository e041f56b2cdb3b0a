// O-commit: output that shows too early, or goes when it must stay; and promises that come before their time.
import { describe, expect, test } from 'vitest';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { SnapshotHandle } from '../../../src/core/protocol/messages.ts';
import { commitOracle } from '../../../src/sim/oracles/commit.ts';
import { History, type Writer } from './history.ts';
import {
  acknowledgement,
  attemptOf,
  contextOf,
  counting,
  JOB,
  notifyAll,
  putMetadata,
  putSnapshots,
  subtasksOf,
  writePointers,
  type CheckpointPlan,
  type Word,
} from './small-job.ts';

const context = contextOf(counting);
const transaction = `${JOB}/out/0/chk-1/e1-a1`;
const plan: CheckpointPlan = {
  id: 1,
  epoch: 1,
  attempt: 1,
  positions: [1, 1],
  transactions: (subtask) => (subtask === 0 ? [{ checkpointId: 1, transaction }] : []),
};
const writer: Writer = { sink: 'counts', writer: `${JOB}/out/0`, token: { epoch: 1, attempt: 1 } };
const successor: Writer = { ...writer, token: { epoch: 1, attempt: 2 } };
const abort = { epoch: 1, incarnation: 1, attempt: attemptOf(0, 0, 1), checkpointId: 1, latestCompletedId: 0 };

function prepared(history = new History(commitOracle(context))): History {
  history.openSink('tm-1', writer, []);
  history.prepare('tm-1', writer, transaction, []);
  return history;
}

function completed(history = prepared()): History {
  const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
  writePointers(history, 1, [pointer]);
  return history;
}

describe('output', () => {
  test('passes: committed after its checkpoint, or by whoever restores it, and again', () => {
    const history = completed();
    history.openSink('tm-2', successor, [transaction]);
    history.commit('tm-2', successor, transaction);
    history.commit('tm-2', successor, transaction);
    history.openSink('tm-1', { ...writer, token: { epoch: 1, attempt: 3 } }, []);
    expect(history.sentences).toEqual([]);
  });

  test('passes: what no checkpoint covers is aborted', () => {
    const history = prepared();
    history.openSink('tm-2', successor, []);
    completed(history);
    expect(history.sentences).toEqual([]);
  });

  test('is committed before its checkpoint is complete', () => {
    const history = prepared();
    history.commit('tm-1', writer, transaction);
    expect(history.sentences).toEqual([
      `a sink transaction was committed that no completed checkpoint covers | ${transaction} | retained checkpoints: none`,
    ]);
  });

  test('of a job that commits at the barrier is for O-exact to judge', () => {
    const early = defineJob('early', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .sinkTo('out', { sink: 'counts', commitOn: 'barrier' });
    });
    const history = prepared(new History(commitOracle(contextOf(early))));
    history.commit('tm-1', writer, transaction);
    completed(history);
    history.openSink('tm-2', successor, []);
    expect(history.sentences).toEqual([]);
  });

  test('of a completed checkpoint is aborted by its successor', () => {
    const history = completed();
    history.openSink('tm-2', successor, []);
    expect(history.sentences).toEqual([
      `output of the completed checkpoint 1 was aborted | ${transaction} | by the opening of ${JOB}/out/0`,
    ]);
  });
});

describe('promises', () => {
  test('pass: completed, then told; aborted, and never completed', () => {
    const history = completed();
    notifyAll(history, plan);
    history.send('jm-1', 'tm-1', 'abort-checkpoint', { ...abort, checkpointId: 2 });
    history.send('jm-1', 'tm-1', 'heartbeat', {
      epoch: 1,
      incarnation: 1,
      allocations: [],
      finalCheckpoints: [{ jobId: JOB, checkpointId: 1 }],
    });
    expect(history.sentences).toEqual([]);
  });

  test.each<[string, (history: History) => void, string]>([
    [
      'told before it is durable',
      (history) => notifyAll(history, plan),
      '0/0#1 was told that checkpoint 1 is complete before its pointer was durable',
    ],
    [
      'said to be final before it is durable',
      (history) =>
        history.send('jm-1', 'tm-1', 'heartbeat', {
          epoch: 1,
          incarnation: 1,
          allocations: [],
          finalCheckpoints: [{ jobId: JOB, checkpointId: 1 }],
        }),
      'heartbeats say that checkpoint 1 is final before its pointer was durable',
    ],
    [
      'durable after its abort',
      (history) => {
        history.send('jm-1', 'tm-1', 'abort-checkpoint', abort);
        completed(history);
      },
      'checkpoint 1 became durable after tasks were told to give it up',
    ],
    [
      'aborted when it is durable',
      (history) => {
        completed(history);
        history.send('jm-1', 'tm-1', 'abort-checkpoint', abort);
      },
      '0/0#1 was told to give up checkpoint 1, which is durable',
    ],
  ])('fail: %s', (_, act, sentence) => {
    const history = prepared();
    act(history);
    expect(history.sentences[0]).toBe(sentence);
  });

  test('fail: a task acknowledges what it was told to give up', () => {
    const history = prepared();
    const [vertex, subtask] = [0, 0];
    const handle = { name: 'snapshot', sizeBytes: 1, checksum: 1 };
    history.send('tm-1', 'jm-1', 'acknowledge-checkpoint', acknowledgement(plan, vertex, subtask, handle));
    expect(history.sentences).toEqual([]);
    history.exchange('jm-1', 'tm-1', 'abort-checkpoint', abort);
    history.send('tm-1', 'jm-1', 'acknowledge-checkpoint', acknowledgement(plan, vertex, subtask, handle));
    expect(history.sentences).toEqual(['0/0#1 acknowledged checkpoint 1 after it was told to give it up']);
  });

  test('fail: a task acknowledges output that is not prepared', () => {
    const history = new History(commitOracle(context));
    const handle = putSnapshots(history, context, plan).get('1/0') as SnapshotHandle;
    history.openSink('tm-1', writer, []);
    history.send('tm-1', 'jm-1', 'acknowledge-checkpoint', acknowledgement(plan, 1, 0, handle));
    const sentence = `1/0#1 acknowledged checkpoint 1 before its output was prepared | ${transaction}`;
    expect(history.sentences).toEqual([sentence]);
    history.prepare('tm-1', writer, transaction, []);
    history.send('tm-1', 'jm-1', 'acknowledge-checkpoint', acknowledgement(plan, 1, 0, handle));
    expect(history.sentences).toEqual([sentence]);
  });

  test('fail: told of its completion after its abort', () => {
    const history = prepared();
    history.send('jm-1', 'tm-1', 'abort-checkpoint', abort);
    notifyAll(history, plan);
    expect(history.sentences[0]).toBe('0/0#1 was told that checkpoint 1 is complete, after its abort');
  });
});
