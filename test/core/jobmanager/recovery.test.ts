// What a new leader makes of what it finds, and what the collection may delete.
import { describe, expect, test } from 'vitest';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { decodeMetadata, encodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import type { CheckpointMetadata } from '../../../src/core/checkpoint/metadata.ts';
import { isGarbage } from '../../../src/core/jobmanager/checkpoints/garbage.ts';
import {
  decodeCheckpoints,
  encodeCheckpoints,
  encodeCounter,
  encodeLeader,
  encodeResult,
} from '../../../src/core/protocol/records-codec.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import type { FakeStores } from './fake-stores.ts';
import { leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { ENDED, JOB } from './sample-job.ts';

/** What a leader left behind that completed three checkpoints and died. */
function abandoned(ms = 3_500): FakeStores {
  const cluster = runningCluster();
  cluster.pass(ms);
  return cluster.lab.stores;
}

const successor = (stores: FakeStores, taskManagers = 2): Cluster =>
  new Cluster({ address: 'jm-2', stores, taskManagers });

describe('a successor', () => {
  test('takes the job over, from the latest checkpoint, with attempts that count from 1 again', () => {
    const cluster = successor(abandoned());
    expect(cluster.lab.leader.epoch).toBe(2);
    expect(cluster.lab.job).toMatchObject({ status: 'RUNNING', attempt: 1 });
    expect(cluster.restored()).toEqual([3, 3, 3, 3]);
  });

  test('starts from nothing where there is no checkpoint', () => {
    const cluster = successor(abandoned(500));
    expect(cluster.restored()).toEqual([null, null, null, null]);
  });

  test('never uses an id again, also one that was triggered and not completed', () => {
    const first = runningCluster();
    first.pass(2_500);
    for (const taskManager of first.taskManagers.values()) taskManager.acknowledges = false;
    first.pass(1_000);
    expect([...first.lab.job.coordinator.pending.keys()]).toEqual([3]);
    const second = successor(first.lab.stores);
    second.pass(500);
    expect(second.lab.job.store.completed.map((checkpoint) => checkpoint.checkpointId)).toEqual([2, 4]);
  });

  test('counts on from what is complete, should the counter be behind it', () => {
    const stores = abandoned();
    stores.put(`counter/${JOB}`, encodeCounter({ lastCheckpointId: 1 }));
    const cluster = successor(stores);
    cluster.pass(500);
    expect(cluster.lab.job.store.completed.map((checkpoint) => checkpoint.checkpointId)).toEqual([3, 4]);
  });

  test('makes the writes of its predecessor fail, however late they land', () => {
    const first = runningCluster();
    first.pass(2_500);
    first.lab.held = (request) => request.kind === 'ha-write';
    first.pass(1_000);
    const late = first.lab.writeOf('counter/');
    const second = successor(first.lab.stores);
    second.pass(500);
    first.lab.apply(late);
    expect(first.lab.state.leader).toBeNull();
    expect(second.lab.job.store.completed.map((checkpoint) => checkpoint.checkpointId)).toEqual([2, 3]);
  });

  test('reads again until it can read', () => {
    const stores = abandoned();
    const lab = leading({ address: 'jm-2', stores, held: (request) => request.kind === 'ha-read' });
    for (const failure of [NOT_APPLIED, UNKNOWN]) {
      lab.answer(lab.requests('ha-read')[0]!, failure);
      expect(lab.leader.recovery.done).toBe(false);
      lab.pass(lab.options.requestRetryMs);
    }
    lab.held = () => false;
    lab.serve();
    expect(lab.job.store.completed).toHaveLength(2);
  });

  test('that was deposed before it read what is stored stops', () => {
    const lab = leading({ stores: abandoned(), address: 'jm-2', held: (request) => request.kind === 'ha-read' });
    lab.stores.put('leader', encodeLeader({ epoch: 9, address: 'jm-3', resigned: false }));
    lab.apply(lab.requests('ha-read')[0]!);
    expect(lab.state.leader).toBeNull();
  });
});

describe('what cannot be read', () => {
  test.each([`job/${JOB}`, `checkpoints/${JOB}`, `counter/${JOB}`])(
    'under %s stops the job, loudly, and is read again',
    (key) => {
      const stores = abandoned();
      const good = stores.entry(key)!.value;
      stores.put(key, good.slice(0, -1));
      const cluster = successor(stores);
      expect(cluster.lab.leader.jobs.size).toBe(0);
      expect(cluster.lab.traces.join('\n')).toContain(`RECOVERY OF JOB ${JOB} STOPPED`);
      cluster.submit();
      expect(cluster.told).toEqual([]);
      stores.put(key, good);
      cluster.pass(cluster.lab.options.requestRetryMs);
      expect(cluster.restored()).toEqual([]); // everything is read for it: that is not done so often
      cluster.pass(cluster.lab.options.collectionIntervalMs);
      expect(cluster.restored()).toEqual([3, 3, 3, 3]);
    },
  );

  test('of its latest checkpoint is never replaced by an older one', () => {
    const stores = abandoned();
    const name = `${JOB}/chk-3/metadata-e1`;
    const good = stores.blobs.get(name)!;
    stores.blobs.set(name, good.slice(0, -1));
    const cluster = successor(stores);
    cluster.pass(10_000);
    expect(cluster.lab.job.executions.every((execution) => execution.state === 'CREATED')).toBe(true);
    stores.blobs.set(name, good);
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.restored()).toEqual([3, 3, 3, 3]);
  });

  test.each<[string, (metadata: CheckpointMetadata) => Partial<CheckpointMetadata>, string]>([
    ['job', () => ({ jobId: 'other' }), 'it is of job other'],
    ['checkpoint', () => ({ checkpointId: 2 }), 'it is of checkpoint 2'],
    ['max parallelism', () => ({ maxParallelism: 7 }), 'its max parallelism is 7, that of the job 8'],
    [
      'set of subtasks',
      ({ subtasks }) => ({ subtasks: subtasks.slice(1) }),
      'it has snapshots of 0/1, 1/0, 1/1, the job',
    ],
  ])('as it is of another %s is not restored', (_, change, reason) => {
    const stores = abandoned();
    const pointers = decodeCheckpoints(stores.entry(`checkpoints/${JOB}`)!.value);
    const latest = pointers.ok ? pointers.value.completed.at(-1)! : null;
    const { name } = latest!.metadata;
    const whole = decodeMetadata(stores.blobs.get(name)!);
    if (!whole.ok) throw new Error(whole.reason);
    const bytes = encodeMetadata({ ...whole.value, ...change(whole.value) });
    stores.blobs.set(name, bytes);
    const pointer = { ...latest!, metadata: handleOf(name, bytes) };
    stores.put(`checkpoints/${JOB}`, encodeCheckpoints({ completed: [pointer] }));
    const cluster = successor(stores);
    cluster.pass(2_000);
    expect(cluster.lab.job.executions.every((execution) => execution.state === 'CREATED')).toBe(true);
    expect(cluster.lab.traces.join('\n')).toContain(`checkpoint 3 is read again: ${reason}`);
  });

  test('of a job under the key of another is not run under that one', () => {
    const stores = abandoned();
    stores.put('job/other', stores.keys.get(`job/${JOB}`)!.value);
    const cluster = successor(stores);
    cluster.pass(2_000);
    expect([...cluster.lab.leader.jobs.keys()]).toEqual([JOB]);
    expect(cluster.lab.leader.recovery.unreadable.get('other')).toEqual({ kind: 'of-other-job-record', jobId: JOB });
  });

  test('of a result keeps its job from running', () => {
    const stores = abandoned();
    stores.put(`result/${JOB}`, new Uint8Array([1]));
    const cluster = successor(stores);
    cluster.pass(5_000);
    expect(cluster.lab.leader.jobs.size).toBe(0);
  });
});

describe('a dirty result', () => {
  const dirty = encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: false });

  test('is cleaned up, and its job never runs again', () => {
    const stores = abandoned();
    stores.put(`result/${JOB}`, dirty);
    const cluster = successor(stores);
    cluster.submit();
    cluster.pass(2_000);
    expect(cluster.told).toEqual(['job-status FINISHED']);
    expect(cluster.lab.leader.jobs.size).toBe(0);
    expect([...stores.keys.keys()].toSorted()).toEqual(['leader', `result/${JOB}`]);
    expect([...stores.blobs.keys()]).toEqual([]);
    expect(stores.entry(`result/${JOB}`)!.value).not.toEqual(dirty);
  });

  test('loses its pointers before its files', () => {
    const stores = abandoned();
    stores.put(`result/${JOB}`, dirty);
    const lab = leading({
      stores,
      address: 'jm-2',
      held: (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/'),
    });
    lab.pass(10_000);
    expect(stores.blobs.size).toBeGreaterThan(0);
    lab.held = () => false;
    lab.serve();
    lab.pass(1_000);
    expect(stores.blobs.size).toBe(0);
  });

  test.each(['checkpoints/', 'counter/', 'job/', 'result/'])(
    'is cleaned up although the write of %s fails now and then',
    (prefix) => {
      const stores = abandoned();
      stores.put(`result/${JOB}`, dirty);
      const lab = leading({
        stores,
        address: 'jm-2',
        held: (request) => request.kind === 'ha-write' && request.key.startsWith(prefix),
      });
      lab.pass(3_000);
      lab.answer(lab.writeOf(prefix), UNKNOWN);
      lab.pass(lab.options.requestRetryMs);
      lab.apply(lab.writeOf(prefix), UNKNOWN);
      lab.held = () => false;
      lab.pass(3_000);
      expect([...stores.keys.keys()].toSorted()).toEqual(['leader', `result/${JOB}`]);
      expect(lab.leader.cleanUps.size).toBe(0);
    },
  );

  test('that is clean, beside what a late write left, is cleaned up once more', () => {
    const stores = abandoned();
    stores.put(`result/${JOB}`, encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: true }));
    const cluster = successor(stores);
    cluster.pass(2_000);
    expect([...stores.keys.keys()].toSorted()).toEqual(['leader', `result/${JOB}`]);
  });
});

describe('the collection', () => {
  test('deletes what a takeover made garbage, and nothing that a pointer names', () => {
    const stores = abandoned();
    const kept = [...stores.blobs.keys()].filter((name) => /chk-[23]\//.test(name));
    stores.blobs.set(`${JOB}/chk-1/0-0-e1-a1`, new Uint8Array(1));
    stores.blobs.set('elsewhere/chk-1/0-0-e1-a1', new Uint8Array(1));
    stores.blobs.set(`${JOB}/notes`, new Uint8Array(1));
    const cluster = successor(stores, 0);
    cluster.pass(100);
    expect([...stores.blobs.keys()].toSorted()).toEqual(
      [...kept, 'elsewhere/chk-1/0-0-e1-a1', `${JOB}/notes`].toSorted(),
    );
  });

  test('leaves what is above its counter: a successor may have made it', () => {
    const stores = abandoned();
    const cluster = successor(stores, 0);
    stores.blobs.set(`${JOB}/chk-4/0-0-e3-a1`, new Uint8Array(1));
    cluster.pass(cluster.lab.options.collectionIntervalMs * 2);
    expect(stores.blobs.has(`${JOB}/chk-4/0-0-e3-a1`)).toBe(true);
  });

  test('does not begin before the recovery is done', () => {
    const stores = abandoned();
    const lab = leading({ stores, address: 'jm-2', held: (request) => request.kind === 'ha-read' });
    lab.pass(5_000);
    expect(lab.requests('storage-list')).toEqual([]);
  });

  test('goes on after failures, and never has more than a few deletions in flight', () => {
    const stores = abandoned();
    for (let index = 0; index < 50; index++) stores.blobs.set(`${JOB}/chk-1/${index}-0-e1-a1`, new Uint8Array(1));
    const cluster = new Cluster({
      address: 'jm-2',
      stores,
      taskManagers: 0,
      held: (request) => request.kind === 'storage-delete',
    });
    expect(cluster.lab.requests('storage-delete')).toHaveLength(8);
    for (const request of cluster.lab.requests('storage-delete')) cluster.lab.answer(request, UNKNOWN);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.collectionIntervalMs * 2);
    expect([...stores.blobs.keys()].filter((name) => name.includes('/chk-1/'))).toEqual([]);
  });

  test.each([
    [`${JOB}/chk-1/0-0-e1-a1`, true, 'subsumed'],
    [`${JOB}/chk-2/0-0-e1-a1`, false, 'retained'],
    [`${JOB}/chk-3/metadata-e1`, false, 'latest'],
    [`${JOB}/chk-4/0-0-e1-a1`, false, 'pending'],
    [`${JOB}/chk-5/0-0-e1-a1`, false, 'above the counter'],
    [`other/chk-1/0-0-e1-a1`, false, 'of an unknown job'],
    [`${JOB}/chk-1/x`, false, 'no blob of a checkpoint'],
    [`${JOB}/chk-x/0-0-e1-a1`, false, 'no checkpoint'],
    [`${JOB}/chk-1`, false, 'no file'],
  ])('%s is garbage: %s (%s)', (name, expected) => {
    const cluster = runningCluster();
    cluster.pass(3_500);
    for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
    cluster.pass(1_000);
    expect(isGarbage(cluster.lab.leader, name)).toBe(expected);
  });
});

describe('a late write of a finished job', () => {
  test('cannot bring a pointer back', () => {
    const cluster = runningCluster();
    cluster.pass(1_500);
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('checkpoints/');
    cluster.pass(1_000);
    const late = cluster.lab.writeOf('checkpoints/');
    cluster.lab.answer(late, UNKNOWN);
    cluster.lab.held = () => false;
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(3_000);
    expect(cluster.lab.leader.results.has(JOB)).toBe(true);
    expect(cluster.lab.stores.apply(late.request).kind).toBe('ha-conflict');
    expect([...cluster.lab.stores.keys.keys()]).toEqual(['leader', `result/${JOB}`]);
  });
});
