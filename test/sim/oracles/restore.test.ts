// O-restore: deployments that must fail. The good history is in protocol.test.ts.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { packKeyGroup, unpackKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import { encodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import type { TaskSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { checkpointsKey, jobKey } from '../../../src/core/protocol/ha-keys.ts';
import type { SnapshotHandle } from '../../../src/core/protocol/messages.ts';
import { restoreOracle } from '../../../src/sim/oracles/restore.ts';
import { unjudgedStates } from '../../../src/sim/oracles/reference.ts';
import { encodeJob } from '../../../src/core/protocol/records-codec.ts';
import { SUBMITTED } from '../../core/jobmanager/sample-job.ts';
import { History } from './history.ts';
import {
  completeCheckpoint,
  contextOf,
  counting,
  deployAll,
  deployment,
  JOB,
  nodeOf,
  places,
  putMetadata,
  putSnapshots,
  restoring,
  snapshotName,
  snapshotsOf,
  subtasksOf,
  windowing,
  writePointers,
  type CheckpointPlan,
  type Completed,
  type Word,
} from './small-job.ts';

const first: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions: [1, 1] };
const second: CheckpointPlan = { id: 2, epoch: 1, attempt: 1, positions: [3, 2] };
const again = { epoch: 1, attempt: 2 };

function started(
  job = counting,
  changes: Parameters<typeof contextOf>[1] = {},
): { history: History; context: ReturnType<typeof contextOf> } {
  const context = contextOf(job, changes);
  const history = new History(restoreOracle(context));
  history.lead('jm-1', 1);
  deployAll(history, context, first);
  return { history, context };
}

/** A completed checkpoint in which the snapshot of one subtask was changed before it was stored. */
function withChanged(
  history: History,
  context: ReturnType<typeof contextOf>,
  place: string,
  change: (snapshot: TaskSnapshot) => TaskSnapshot,
): Completed {
  const handles = new Map(putSnapshots(history, context, second));
  const bytes = encodeTaskSnapshot(change(snapshotsOf(context, second).get(place) as TaskSnapshot));
  const name = snapshotName({ ...second, attempt: 9 }, 0, 0);
  history.put('tm-1', name, bytes);
  handles.set(place, handleOf(name, bytes));
  const pointer = putMetadata(history, context, second, subtasksOf(second, handles));
  writePointers(history, 1, [pointer]);
  return { pointer, handles };
}

describe('the restore point', () => {
  test('nothing, although a checkpoint completed', () => {
    const { history, context } = started();
    completeCheckpoint(history, context, first);
    deployAll(history, context, again);
    expect(history.sentences[0]).toBe(
      'the job goes on from nothing, but checkpoint 1 is the latest that completed | retained: 1',
    );
  });

  test('an older checkpoint than the latest', () => {
    const { history, context } = started();
    const older = completeCheckpoint(history, context, first);
    const newer = completeCheckpoint(history, context, second);
    writePointers(history, 1, [older.pointer, newer.pointer]);
    deployAll(history, context, again, restoring(older));
    expect(history.sentences[0]).toBe(
      'the job goes on from checkpoint 1, but checkpoint 2 is the latest that completed | retained: 1, 2',
    );
  });

  test('nothing, after the pointers of a living job were deleted', () => {
    const { history, context } = started();
    completeCheckpoint(history, context, first);
    history.writeHa('jm-1', checkpointsKey(JOB), null, 1);
    deployAll(history, context, again);
    expect(history.sentences[0]).toContain('goes on from nothing, but checkpoint 1 is the latest');
  });

  test('one that lies behind committed output', () => {
    const { history, context } = started();
    const older = completeCheckpoint(history, context, first);
    const transaction = 'job-1/out/0/chk-2/e1-a1';
    completeCheckpoint(history, context, { ...second, transactions: () => [{ checkpointId: 2, transaction }] });
    history.commit(
      'tm-1',
      { sink: 'counts', writer: `${JOB}/out/0`, token: { epoch: 1, attempt: 1 } },
      transaction,
      [],
    );
    writePointers(history, 1, [older.pointer]);
    deployAll(history, context, again, restoring(older));
    expect(history.sentences[0]).toContain('output of checkpoint 2 is committed already');
  });

  test('two of them in one deployment', () => {
    const { history, context } = started();
    const one = completeCheckpoint(history, context, first);
    const other = completeCheckpoint(history, context, second);
    const mixed = (vertex: number, subtask: number) => restoring(vertex === 1 ? one : other)(vertex, subtask);
    deployAll(history, context, again, mixed);
    expect(history.sentences[0]).toBe(
      'tasks of one deployment restore different checkpoints | 1/0#2 restores checkpoint 1, tasks deployed before it checkpoint 2',
    );
  });

  test('the snapshot of another subtask', () => {
    const { history, context } = started();
    const completed = completeCheckpoint(history, context, first);
    const swapped = (vertex: number, subtask: number) => restoring(completed)(vertex, 1 - subtask);
    history.send('jm-1', 'tm-1', 'deploy-task', deployment(context, again, 1, 0, swapped));
    expect(history.sentences[0]).toContain('1/0#2 does not restore the snapshots of its subtask in checkpoint 1');
  });

  test('a checkpoint that becomes durable after the job went on without it', () => {
    const { history, context } = started();
    const handles = putSnapshots(history, context, first);
    const pointer = putMetadata(history, context, first, subtasksOf(first, handles));
    deployAll(history, context, again);
    writePointers(history, 1, [pointer]);
    expect(history.sentences).toEqual([
      'checkpoint 1 became durable after the job had gone on without it | attempt 2 of epoch 1 was deployed from nothing before',
    ]);
  });
});

describe('a job that starts from a savepoint', () => {
  const NEXT = 'job-2';
  const TRANSACTION = `${JOB}/out/1/chk-0/e1-a1`;
  const writer = { sink: 'counts', writer: `${JOB}/out/1`, token: { epoch: 1, attempt: 1 } };
  const deployedAs = (jobId: string, body: ReturnType<typeof deployment>): ReturnType<typeof deployment> => ({
    ...body,
    task: { ...body.task, attempt: { ...body.task.attempt, jobId } },
  });

  /** The savepoint of the first job, with a transaction of its sink, and the record of the second one. */
  function begun() {
    const context = contextOf(counting, { jobId: NEXT, follows: JOB, sharesSinks: true });
    const history = new History(restoreOracle(context));
    history.sink('counts');
    history.lead('jm-1', 1);
    const handles = putSnapshots(history, context, first);
    const subtasks = subtasksOf(first, handles).map((one) =>
      one.vertex === 1 && one.subtask === 1 ? { ...one, transactions: [TRANSACTION] } : one,
    );
    const pointer = putMetadata(history, context, first, subtasks);
    const restore = {
      jobId: JOB,
      savepointId: 's-1',
      allowNonRestoredState: false,
      claimMode: 'NO_CLAIM',
      checkpointId: 1,
      metadata: pointer.metadata,
    } as const;
    const { graph } = context;
    const record = {
      jobId: NEXT,
      submitted: SUBMITTED,
      graph,
      artifact: 'artifact',
      wanted: { kind: 'RUNNING' },
      parallelism: [],
      restore,
    } as const;
    history.writeHa('jm-1', jobKey(NEXT), encodeJob(record), 1);
    const completed: Completed = { pointer, handles };
    return { history, completed, context, record };
  }

  test('passes: from there, behind its output', () => {
    const { history, completed, context } = begun();
    history.commit('jm-1', writer, TRANSACTION, []);
    for (const [vertex, subtask] of places)
      history.send(
        'jm-1',
        'tm-1',
        'deploy-task',
        deployedAs(NEXT, deployment(context, first, vertex, subtask, restoring(completed))),
      );
    expect(history.sentences).toEqual([]);
  });

  test('from nothing', () => {
    const { history, context } = begun();
    history.send(
      'jm-1',
      'tm-1',
      'deploy-task',
      deployedAs(
        NEXT,
        deployment(context, first, 0, 0, () => null),
      ),
    );
    expect(history.sentences[0]).toContain('the job goes on from nothing, but checkpoint 1 is the latest');
  });

  test('before the output of the savepoint is committed', () => {
    const { history, completed, context } = begun();
    history.send(
      'jm-1',
      'tm-1',
      'deploy-task',
      deployedAs(NEXT, deployment(context, first, 1, 0, restoring(completed))),
    );
    expect(history.sentences[0]).toContain('is deployed before the output of checkpoint 1 is committed');
    expect(history.sentences[0]).toContain(TRANSACTION);
  });

  test('with a parallelism that nobody wanted', () => {
    const { history, completed, context } = begun();
    history.commit('jm-1', writer, TRANSACTION, []);
    const body = deployedAs(NEXT, deployment(context, first, 0, 0, restoring(completed)));
    const { vertex } = body.task;
    const operators = vertex.operators.map((one) => ({ ...one, parallelism: 3 }));
    history.send('jm-1', 'tm-1', 'deploy-task', { ...body, task: { ...body.task, vertex: { ...vertex, operators } } });
    expect(history.sentences[0]).toContain(
      'is deployed as one of 3 of words, and since this leader was elected the record of the job never said so',
    );
  });

  /** Its record says another parallelism since; the leader of that time, or the next one, deploys a task of some shape. */
  function rescaled(leader: 'same' | 'next', parallelism: number): readonly string[] {
    const { history, completed, context, record } = begun();
    history.commit('jm-1', writer, TRANSACTION, []);
    const [operator] = context.graph.operators.map(({ id }) => id);
    const wanted = { ...record, parallelism: [{ operator: operator as string, parallelism: 3, most: 3 }] };
    history.writeHa('jm-1', jobKey(NEXT), encodeJob(wanted), 1);
    if (leader === 'next') history.lead('jm-2', 2);
    const body = deployedAs(NEXT, deployment(context, first, 0, 0, restoring(completed)));
    const { vertex } = body.task;
    const operators = vertex.operators.map((one) => (one.id === operator ? { ...one, parallelism } : one));
    const epoch = leader === 'next' ? 2 : 1;
    const task = { ...body.task, vertex: { ...vertex, operators } };
    history.send(leader === 'next' ? 'jm-2' : 'jm-1', 'tm-1', 'deploy-task', { ...body, epoch, task });
    return history.sentences.filter((sentence) => sentence.includes('the record of the job never said so'));
  }

  test('with the parallelism before, of a leader that need not know yet that another one is wanted', () => {
    const given = contextOf(counting, {}).graph.operators[0]?.parallelism as number;
    expect(rescaled('same', given)).toEqual([]);
    expect(rescaled('same', 3)).toEqual([]);
    expect(rescaled('next', 3)).toEqual([]);
    expect(rescaled('next', given)).toHaveLength(1);
  });

  test('without a snapshot that has key groups of its', () => {
    const { history, completed, context } = begun();
    const body = deployedAs(NEXT, deployment(context, first, 0, 0, restoring(completed)));
    const { vertex } = body.task;
    const alone = { ...body.task, vertex: { ...vertex, parallelism: 1 }, splits: [0, 1] };
    history.send('jm-1', 'tm-1', 'deploy-task', { ...body, task: alone });
    expect(history.sentences[0]).toContain('does not restore the snapshots of its subtask in checkpoint 1');
  });
});

describe('the content', () => {
  const restored = (
    job: typeof counting,
    place: string,
    change: (snapshot: TaskSnapshot) => TaskSnapshot,
    changes: Parameters<typeof contextOf>[1] = {},
  ): string => {
    const { history, context } = started(job, changes);
    const completed = withChanged(history, context, place, change);
    deployAll(history, context, again, restoring(completed));
    return history.sentences.join();
  };
  const firstGroup = (snapshot: TaskSnapshot) => {
    const group = snapshot.operators[0]!.keyGroups[0]!;
    const entries = unpackKeyGroup(group);
    if (!entries.ok) throw new Error(entries.reason);
    return { keyGroup: group.keyGroup, entries: entries.value };
  };

  test('passes unchanged', () => {
    expect(restored(windowing, '1/0', (snapshot) => snapshot)).toBe('');
  });

  test('a key is missing', () => {
    const change = (snapshot: TaskSnapshot) => ({ ...snapshot, operators: [] });
    expect(restored(counting, '1/0', change)).toMatch(
      /checkpoint 2 is not the state of the job at its cut \| count: key "\w+" is missing, reference value/,
    );
  });

  test('where code varies, a key that is missing, and no value', () => {
    const varies = { varies: { operator: 'one', identity: () => null } };
    const keyless = (snapshot: TaskSnapshot) => ({ ...snapshot, operators: [] });
    expect(restored(counting, '1/0', keyless, varies)).toMatch(/count: key "\w+" is missing/);
    const other = (snapshot: TaskSnapshot) => {
      const { keyGroup, entries } = firstGroup(snapshot);
      const changed = entries.map(({ key, value }) => ({ key, value: { ...(value as object), count: 99 } }));
      const operators = snapshot.operators.map((one) => ({
        ...one,
        keyGroups: one.keyGroups.map((group) =>
          group.keyGroup === keyGroup ? packKeyGroup(keyGroup, changed) : group,
        ),
      }));
      return { ...snapshot, operators };
    };
    expect(restored(counting, '1/0', other)).toContain('checkpoint 2 is not the state of the job at its cut');
    expect(restored(counting, '1/0', other, varies)).toBe('');
  });

  test('a value is too large', () => {
    const change = (snapshot: TaskSnapshot) => {
      const { keyGroup, entries } = firstGroup(snapshot);
      const changed = entries.map(({ key, value }) => ({ key, value: { ...(value as object), count: 99 } }));
      return { ...snapshot, operators: [{ operator: 'count', keyGroups: [packKeyGroup(keyGroup, changed)] }] };
    };
    expect(restored(counting, '1/0', change)).toMatch(/count: key "\w+" is value \{"count":99/);
  });

  test('a key lies in a group that is not its own', () => {
    const change = (snapshot: TaskSnapshot) => {
      const { keyGroup, entries } = firstGroup(snapshot);
      return { ...snapshot, operators: [{ operator: 'count', keyGroups: [packKeyGroup(keyGroup + 1, entries)] }] };
    };
    expect(restored(counting, '1/0', change)).toMatch(/lies in key group \d+, it is of group \d+ of subtask 0/);
  });

  test('the watermark is ahead: its windows would be late', () => {
    const change = (snapshot: TaskSnapshot) => ({ ...snapshot, watermark: 35 });
    expect(restored(windowing, '1/1', change)).toContain('1/1 per-100: watermark 35, reference 34');
  });

  test('a split is not where its metadata says', () => {
    const change = (snapshot: TaskSnapshot) => ({
      ...snapshot,
      splits: snapshot.splits.map((split) => ({ ...split, position: 4 })),
    });
    expect(restored(counting, '0/0', change)).toContain('0/0: split 0 of words is at 4, the metadata says 3');
  });

  test('a split has forgotten the timestamps that it saw', () => {
    const change = (snapshot: TaskSnapshot) => ({
      ...snapshot,
      splits: snapshot.splits.map((split) => ({ ...split, maxTimestamp: 40 })),
    });
    expect(restored(counting, '0/0', change)).toContain('saw timestamps up to 40, reference 45');
  });

  test('a split has no owner', () => {
    const { history, context } = started();
    const handles: ReadonlyMap<string, SnapshotHandle> = putSnapshots(history, context, second);
    const subtasks = subtasksOf(second, handles).map((one) => (one.subtask === 1 ? { ...one, splits: [] } : one));
    const pointer = putMetadata(history, context, second, subtasks);
    writePointers(history, 1, [pointer]);
    history.send('jm-1', nodeOf(0), 'deploy-task', deployment(context, again, 0, 0, restoring({ pointer, handles })));
    expect(history.sentences[0]).toContain('split 1 of words is in no snapshot');
  });

  test('positions that are one record ahead of the state', () => {
    const { history, context } = started();
    const behind = snapshotsOf(context, { ...second, positions: [2, 2] });
    const handles = new Map(
      [...behind].map(([place, snapshot]) => {
        const splits = snapshot.splits.map((one) => (one.split === 0 ? { ...one, position: 3 } : one));
        const bytes = encodeTaskSnapshot({ ...snapshot, splits });
        const name = `${JOB}/chk-2/${place}`;
        history.put('tm-1', name, bytes);
        return [place, handleOf(name, bytes)] as const;
      }),
    );
    writePointers(history, 1, [putMetadata(history, context, second, subtasksOf(second, handles))]);
    expect(history.sentences[0]).toContain(
      'at its cut | split 0 of words: position 3 is noted, and the state is that of position 2 | count: key "mill" is',
    );
  });
});

describe('state in the order in which records of several splits came', () => {
  const gathering = (update: (before: readonly number[], at: number) => Value): typeof counting =>
    defineJob(
      'gathering',
      (env) => {
        env
          .fromSource<Word>('words', { topic: 'words', splits: 2, timestamp: ({ at }) => at, outOfOrdernessMs: 10 })
          .keyBy(({ word }) => word)
          .process('gather', {
            onRecord: ({ at }, context) => {
              const times = context.state('times');
              times.update(update((times.value() as readonly number[] | null) ?? [], at));
            },
          })
          .sinkTo('out', { sink: 'counts' });
      },
      { parallelism: 2 },
    );
  const list = gathering((before, at) => [...before, at]);
  const sorted = gathering((before, at) => [...before, at].toSorted((left, right) => left - right));
  const earliest = gathering((before, at) => (before.length === 0 ? [at] : before));

  /** The snapshots of small-job.ts read split 0 first, the reference one record of each in turn. */
  const judged = (job: typeof counting, change: (times: readonly number[]) => readonly number[]): string => {
    const { history, context } = started(job);
    const handles = new Map(putSnapshots(history, context, second));
    for (const [place, snapshot] of snapshotsOf(context, second)) {
      const operators = snapshot.operators.map(({ operator, keyGroups }) => ({
        operator,
        keyGroups: keyGroups.map((group) => {
          const entries = unpackKeyGroup(group);
          if (!entries.ok) throw new Error(entries.reason);
          const changed = entries.value.map(({ key, value }) => {
            const { states, timers } = value as { states: { times: Value }; timers: Value };
            const times = Array.isArray(states.times) ? change(states.times as readonly number[]) : states.times;
            return { key, value: { states: { times }, timers } };
          });
          return packKeyGroup(group.keyGroup, changed);
        }),
      }));
      const bytes = encodeTaskSnapshot({ ...snapshot, operators });
      const name = `${JOB}/changed/${place}`;
      history.put('tm-1', name, bytes);
      handles.set(place, handleOf(name, bytes));
    }
    writePointers(history, 1, [putMetadata(history, context, second, subtasksOf(second, handles))]);
    return [...history.sentences, ...unjudgedStates(context)].join(' | ');
  };
  const unchanged = (times: readonly number[]): readonly number[] => times;
  const without = (times: readonly number[]): readonly number[] => times.slice(1);

  test('a list is right with the same items, and that is told', () => {
    expect(judged(list, unchanged)).toBe(
      'times of operator "gather" depends on the order in which records meet: its values in checkpoints were compared without that order',
    );
  });

  test('a list that lacks one is wrong', () => {
    expect(judged(list, without)).toMatch(
      /^checkpoint 2 is not the state of the job at its cut \| gather: key "\w+" is/,
    );
  });

  test('a list that does not depend on the order is compared as it is', () => {
    expect(judged(sorted, unchanged)).toBe('');
    expect(judged(sorted, (times) => times.toReversed())).toMatch(/^checkpoint 2 is not the state .*reference times/);
  });

  test('what holds other items in another order cannot be judged, and that is told', () => {
    expect(judged(earliest, unchanged)).toBe(
      'times of operator "gather" depends on the order in which records meet: its values in checkpoints were not compared',
    );
  });
});
