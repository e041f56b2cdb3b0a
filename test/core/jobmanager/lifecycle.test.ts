// A job from its submission to its clean-up, with nothing going wrong, and what each message says on the way.
import { describe, expect, test } from 'vitest';
import { decodeCheckpoints, decodeCounter, decodeResult } from '../../../src/core/protocol/records-codec.ts';
import { runningCluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

describe('a job', () => {
  test('is deployed as soon as it has a slot per subtask, and runs', () => {
    const cluster = runningCluster();
    expect(cluster.told).toEqual(['job-accepted']);
    expect(cluster.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(cluster.lab.job.status).toBe('RUNNING');
  });

  test('has its descriptors say who feeds whom, who owns which split, and what to start from', () => {
    const cluster = runningCluster();
    const deployed = [1, 2].flatMap((index) =>
      cluster.tm(index).seen.filter((message) => message.kind === 'deploy-task'),
    );
    const tasks = deployed.map((message) => message.body.task);
    const peers = ['tm-1', 'tm-2'].map((address, subtask) => ({ subtask, attempt: 1, address }));
    expect(tasks.map((task) => [task.attempt.vertex, task.attempt.subtask, task.splits])).toEqual([
      [0, 0, [0, 2]],
      [1, 0, []],
      [0, 1, [1, 3]],
      [1, 1, []],
    ]);
    expect(tasks[0]!.outputs.map((output) => output.consumers)).toEqual([peers]);
    expect(tasks[1]!.inputs.map((input) => input.producers)).toEqual([peers]);
    expect(tasks.map((task) => task.restore)).toEqual([null, null, null, null]);
  });

  test('takes a checkpoint each interval, retains two, and deletes what they subsume', () => {
    const cluster = runningCluster();
    cluster.pass(10_500);
    const { lab } = cluster;
    expect(lab.job.store.completed.map((checkpoint) => checkpoint.checkpointId)).toEqual([9, 10]);
    const pointers = decodeCheckpoints(lab.stores.entry(`checkpoints/${JOB}`)!.value);
    expect(pointers.ok && pointers.value.completed).toEqual(lab.job.store.completed);
    expect(decodeCounter(lab.stores.entry(`counter/${JOB}`)!.value)).toEqual({
      ok: true,
      value: { lastCheckpointId: 10 },
    });
    const folders = new Set([...lab.stores.blobs.keys()].map((name) => name.split('/')[1]));
    expect([...folders]).toEqual(expect.arrayContaining(['chk-9', 'chk-10']));
    expect(folders).not.toContain('chk-4');
  });

  test('ends with a final checkpoint, a durable result and nothing left but that', () => {
    const cluster = runningCluster();
    cluster.pass(2_500);
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(2_000);
    const { lab } = cluster;
    expect(lab.leader.jobs.size).toBe(0);
    const result = decodeResult(lab.stores.entry(`result/${JOB}`)!.value);
    expect(result.ok && result.value).toMatchObject({ jobId: JOB, status: 'FINISHED', reason: null, clean: true });
    expect([...lab.stores.keys.keys()]).toEqual(['leader', `result/${JOB}`]);
    expect([...lab.stores.blobs.keys()]).toEqual([]);
    expect(cluster.tm(1).slots.map((slot) => slot.state)).toEqual(['FREE']);
    lab.deliver('client', 'request-job-status', { jobId: JOB });
    cluster.settle();
    expect(cluster.told.at(-1)).toBe('job-status FINISHED');
  });

  test('leaves no timer and no request of its own behind', () => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.atEnd = true;
    cluster.pass(20_000);
    const timers = [...cluster.lab.leader.timers.deadlines.keys()].toSorted();
    expect(timers).toEqual([
      'heartbeat tm-1',
      'heartbeat tm-2',
      'isolation',
      'task-manager-lost tm-1',
      'task-manager-lost tm-2',
      'wake',
    ]);
    expect(cluster.lab.open).toEqual([]);
  });
});
