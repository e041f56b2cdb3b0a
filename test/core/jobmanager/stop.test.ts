// Stop-with-savepoint: the wish is durable before anybody is told, the savepoint is the last checkpoint, and the job is FINISHED when both are durable.
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { checkpointsKey, jobKey, resultKey, savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import { decodeJob, decodeResult, decodeSavepoint } from '../../../src/core/protocol/records-codec.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { type Lab, leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const KEY = savepointKey(JOB, 's-1');

const ask = (lab: Lab, savepointId = 's-1', drain = false, jobId = JOB): void =>
  lab.deliver('client', 'stop-job', { jobId, savepointId, drain });
const stop = ({ lab }: Cluster, savepointId = 's-1', drain = false): void => ask(lab, savepointId, drain);
const cancel = ({ lab }: Cluster): void => lab.deliver('client', 'cancel-job', { jobId: JOB });

function resultIn({ stores }: Lab): string {
  const entry = stores.keys.get(resultKey(JOB));
  if (entry === undefined) return 'none';
  const result = decodeResult(entry.value);
  if (!result.ok) return result.reason;
  const { status, clean, savepointId } = result.value;
  return `${status} ${savepointId ?? '-'}${clean ? ' clean' : ''}`;
}

function savepointIn({ stores }: Lab): number | null {
  const entry = stores.keys.get(KEY);
  const read = entry === undefined ? null : decodeSavepoint(entry.value);
  return read !== null && read.ok ? read.value.checkpointId : null;
}

const wantedIn = ({ stores }: Lab): unknown => {
  const record = decodeJob(stores.keys.get(jobKey(JOB))!.value);
  return record.ok ? record.value.wanted : record.reason;
};

const refusals = ({ lab }: Cluster): string[] =>
  lab.take('request-refused').map(({ body }) => describeReason(body.reason));

const holdSavepoint = ({ lab }: Cluster): void => {
  lab.held = (request) => request.kind === 'ha-write' && request.key === KEY;
};

describe('the tasks of a job that is stopped', () => {
  const ended = ({ lab }: Cluster): string => {
    const archived = lab.leader.results.get(JOB)?.archive?.details.subtasks ?? [];
    return archived.map(({ state }) => state).join(' ');
  };

  test('are FINISHED, and its savepoint is shown as such', () => {
    const cluster = runningCluster();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    stop(cluster);
    cluster.settle();
    expect(ended(cluster)).toBe('FINISHED FINISHED FINISHED FINISHED');
    cluster.lab.deliver('client', 'request-job-checkpoints', { jobId: JOB });
    expect(cluster.lab.take('job-checkpoints')[0]?.body).toMatchObject({
      counts: { completed: 2 },
      latestCompleted: { id: 2 },
      latestSavepoint: { id: 2, savepointId: 's-1' },
    });
  });

  test('are CANCELED where a client cancels it before they ended', () => {
    const cluster = runningCluster();
    for (const taskManager of cluster.taskManagers.values()) taskManager.deafTo.add('cancel-task');
    stop(cluster);
    cluster.settle();
    expect(cluster.states()).toBe('CANCELING CANCELING CANCELING CANCELING');
    cancel(cluster);
    cluster.settle();
    for (const taskManager of cluster.taskManagers.values()) taskManager.deafTo.delete('cancel-task');
    cluster.pass(cluster.lab.options.cancelTimeoutMs);
    expect(ended(cluster)).toBe('CANCELED CANCELED CANCELED CANCELED');
  });

  test('that are lost meanwhile said nothing of an end', () => {
    const cluster = runningCluster();
    cluster.tm(1).deafTo.add('cancel-task');
    stop(cluster);
    cluster.settle();
    cluster.tm(1).say('task-manager-stopped', { why: 'SIGTERM' });
    cluster.settle();
    expect(ended(cluster)).toBe('CANCELED FINISHED CANCELED FINISHED');
  });
});

describe.each([false, true])('a running job (drained: %s)', (drain) => {
  test('is stopped with a savepoint, which is its last checkpoint and stays', () => {
    const cluster = runningCluster();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    stop(cluster, 's-1', drain);
    cluster.settle();
    expect(cluster.told.slice(-1)).toEqual(['job-status RUNNING']);
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
    expect(savepointIn(cluster.lab)).toBe(2);
    expect([...cluster.lab.stores.keys.keys()].toSorted()).toEqual(['leader', resultKey(JOB), KEY]);
    expect([...cluster.lab.stores.blobs.keys()].every((name) => name.startsWith(`${JOB}/chk-2/`))).toBe(true);
    stop(cluster, 's-1', drain);
    cluster.settle();
    expect(cluster.told.slice(-1)).toEqual(['job-status FINISHED']);
  });

  test('tells its sources whether they end', () => {
    const cluster = runningCluster();
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    stop(cluster, 's-1', drain);
    cluster.settle();
    const drains = [1, 2].flatMap((index) =>
      cluster.tm(index).seen.flatMap((message) => (message.kind === 'trigger-checkpoint' ? [message.body.drain] : [])),
    );
    expect(drains).toEqual([false, drain, false, drain]);
  });

  test('waits for the record of its savepoint, and takes no other checkpoint meanwhile', () => {
    const cluster = runningCluster();
    holdSavepoint(cluster);
    stop(cluster, 's-1', drain);
    cluster.pass(cluster.lab.options.checkpointIntervalMs * 3);
    expect(cluster.lab.job.store.completed.map(({ checkpointId }) => checkpointId)).toEqual([1]);
    expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(1);
    expect(cluster.lab.job.status).toBe('RUNNING');
    expect(resultIn(cluster.lab)).toBe('none');
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('restarts with its savepoint as the latest checkpoint if it fails before the record is durable', () => {
    const cluster = runningCluster();
    cluster.tm(1).dumbOf.add('task-state-changed'); // it does not finish by itself
    holdSavepoint(cluster);
    stop(cluster, 's-1', drain);
    cluster.settle();
    cluster.tm(1).dumbOf.clear();
    cluster.tm(1).fail('0/0');
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.restored()).toEqual([1, 1, 1, 1]);
    expect(cluster.lab.job.coordinator.lastCheckpointId).toBe(1);
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
    expect(savepointIn(cluster.lab)).toBe(1);
  });

  test('is CANCELED if a client wants that before its end; the savepoint stays', () => {
    const cluster = runningCluster();
    cluster.lab.held = ({ kind }) => kind === 'sink-open';
    stop(cluster, 's-1', drain);
    cluster.settle();
    expect(cluster.lab.job).toMatchObject({ status: 'RUNNING', stopping: true });
    cancel(cluster);
    cluster.settle();
    expect(cluster.lab.job.status).toBe('CANCELLING');
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('CANCELED - clean');
    expect(savepointIn(cluster.lab)).toBe(1);
    stop(cluster, 's-1', drain);
    expect(refusals(cluster)).toEqual(['the job is CANCELED, and only a job that is not over can be stopped']);
  });

  test('is what its record says: a cancellation that is being written is awaited before the job ends', () => {
    const cluster = runningCluster();
    const { lab } = cluster;
    lab.held = ({ kind }) => kind === 'sink-open';
    stop(cluster, 's-1', drain);
    cluster.settle();
    expect(lab.job).toMatchObject({ status: 'RUNNING', stopping: true });
    lab.held = (request) => request.kind === 'ha-write' && request.key === jobKey(JOB);
    cancel(cluster);
    cluster.pass(1_000);
    expect(resultIn(lab)).toBe('none');
    lab.held = () => false;
    cluster.pass(1_000);
    expect(resultIn(lab)).toBe('CANCELED - clean');
  });
});

describe('the wish', () => {
  test.each([true, false])('of unknown outcome (applied: %s) is told when it is certain', (applied) => {
    const cluster = runningCluster();
    stop(cluster);
    const write = cluster.lab.writeOf(jobKey(JOB));
    if (applied) cluster.lab.apply(write, UNKNOWN);
    else cluster.lab.answer(write, UNKNOWN);
    expect(cluster.told.at(-1)).toBe('job-accepted');
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(cluster.told).toContain('job-status RUNNING');
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('is kept while it is written: a cancellation waits for that, then overrides it', () => {
    const cluster = runningCluster();
    holdSavepoint(cluster);
    stop(cluster);
    cancel(cluster);
    stop(cluster);
    expect(cluster.lab.job.change?.clients).toEqual(['client']);
    cluster.settle();
    expect(wantedIn(cluster.lab)).toEqual({ kind: 'STOPPED', savepointId: 's-1', drain: false });
    cancel(cluster);
    cluster.settle();
    expect(cluster.told.at(-1)).toBe('job-status CANCELLING');
    expect(resultIn(cluster.lab)).toBe('CANCELED - clean');
  });

  test('of another stop is refused with what is wanted already', () => {
    const cluster = runningCluster();
    for (const index of [1, 2]) cluster.tm(index).acknowledges = false;
    stop(cluster);
    stop(cluster, 's-2');
    cluster.lab.serve();
    stop(cluster, 's-1', true);
    cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-3' });
    expect(refusals(cluster)).toEqual(Array.from({ length: 3 }, () => 'the job is being stopped with savepoint s-1'));
    stop(cluster);
    expect(cluster.lab.take('job-status').at(-1)?.body).toMatchObject({ status: 'RUNNING', savepointId: 's-1' });
  });

  test('to stop a job that is being cancelled is told of that', () => {
    const cluster = runningCluster();
    cluster.lab.held = ({ kind }) => kind === 'sink-open';
    cancel(cluster);
    stop(cluster);
    cluster.settle();
    stop(cluster);
    cluster.settle();
    expect(cluster.told.slice(-2)).toEqual(['job-status CANCELLING', 'job-status CANCELLING']);
  });

  test('is refused in one sentence where it cannot be', () => {
    const cluster = new Cluster();
    const { lab } = cluster;
    stop(cluster);
    ask(lab, '..');
    ask(lab, 's-1', false, '../x');
    const id = 'id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit';
    expect(refusals(cluster)).toEqual([
      'the job is UNKNOWN, and only a job that is not over can be stopped',
      `a savepoint ${id}`,
      `a job ${id}`,
    ]);
    cluster.submit();
    lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId: 's-1' });
    stop(cluster);
    cluster.settle();
    stop(cluster);
    expect(refusals(cluster)).toEqual(Array.from({ length: 1 }, () => 'another savepoint of the job has this id'));
    for (const index of [1, 2]) cluster.tm(index).atEnd = true;
    cluster.pass(lab.options.checkpointIntervalMs * 2);
    stop(cluster);
    expect(refusals(cluster)).toEqual(['the job is FINISHED, and only a job that is not over can be stopped']);
  });
});

describe('its savepoint', () => {
  test('comes behind those that clients asked for before', () => {
    const cluster = runningCluster();
    for (const savepointId of ['a', 'b'])
      cluster.lab.deliver('client', 'trigger-savepoint', { jobId: JOB, savepointId });
    stop(cluster);
    cluster.settle();
    expect(
      [...cluster.lab.leader.savepoints.values()].map(({ record }) => [record.savepointId, record.checkpointId]),
    ).toEqual([
      ['a', 1],
      ['b', 2],
      ['s-1', 3],
    ]);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('is taken afresh when it fails, after a while', () => {
    const cluster = runningCluster({ options: { checkpointTimeoutMs: 500, tolerableFailedCheckpoints: 5 } });
    for (const index of [1, 2]) cluster.tm(index).acknowledges = false;
    stop(cluster);
    cluster.settle();
    cluster.pass(500);
    expect(cluster.lab.job.coordinator.savepoints).toEqual([]);
    for (const index of [1, 2]) cluster.tm(index).acknowledges = true;
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
    expect(savepointIn(cluster.lab)).toBe(2);
  });

  test('whose id is not stored is not asked for in a hurry', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key.startsWith('counter/');
    stop(cluster);
    cluster.settle();
    cluster.lab.answer(cluster.lab.writeOf('counter/'), NOT_APPLIED);
    cluster.settle();
    expect(cluster.lab.requests('ha-write')).toEqual([]);
    cluster.lab.held = () => false;
    cluster.pass(cluster.lab.options.requestRetryMs);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('waits until all tasks run', () => {
    const cluster = new Cluster({ taskManagers: 1 });
    cluster.submit();
    stop(cluster);
    cluster.settle();
    expect(resultIn(cluster.lab)).toBe('none');
    cluster.addTaskManager('tm-2', 1);
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('is the final checkpoint of a job that came to its end before the wish', () => {
    const cluster = runningCluster();
    for (const index of [1, 2]) {
      cluster.tm(index).atEnd = true;
      cluster.tm(index).deafTo.add('notify-checkpoint-complete').add('heartbeat');
    }
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.lab.job.coordinator.finalCheckpointId).toBe(1);
    stop(cluster);
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
    expect(savepointIn(cluster.lab)).toBe(1);
  });

  test('is the final checkpoint of a job whose tasks finish while the wish is written', () => {
    const cluster = runningCluster();
    cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === jobKey(JOB);
    stop(cluster);
    for (const index of [1, 2]) cluster.tm(index).atEnd = true;
    cluster.pass(cluster.lab.options.checkpointIntervalMs);
    expect(cluster.states()).toBe('FINISHED FINISHED FINISHED FINISHED');
    expect(resultIn(cluster.lab)).toBe('none');
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  });

  test('cannot be disposed before the job is over', () => {
    const cluster = runningCluster();
    cluster.lab.held = ({ kind }) => kind === 'sink-open';
    stop(cluster);
    cluster.settle();
    const dispose = (): void => cluster.lab.deliver('client', 'dispose-savepoint', { jobId: JOB, savepointId: 's-1' });
    dispose();
    expect(refusals(cluster)).toEqual(['the savepoint is in progress, and can be disposed when it is completed']);
    cluster.lab.held = () => false;
    cluster.pass(1_000);
    dispose();
    cluster.pass(1_000);
    expect(cluster.lab.stores.keys.has(KEY)).toBe(false);
  });
});

test('a job that fails for good meanwhile is FAILED', () => {
  const cluster = runningCluster({ options: { restartStrategy: 0 } });
  holdSavepoint(cluster);
  stop(cluster);
  cluster.settle();
  for (let failures = 0; failures < 3; failures++) {
    cluster.tm(1).fail('0/0');
    cluster.pass(700);
  }
  expect(resultIn(cluster.lab)).toBe('FAILED - clean');
  cluster.lab.held = () => false;
  cluster.pass(1_000);
  expect(savepointIn(cluster.lab)).toBe(1);
});

test('a job whose savepoint covers output that its sink has lost is FAILED, not FINISHED', () => {
  const cluster = runningCluster();
  const covered = `${JOB}/out/1/chk-0/e1-a1`;
  for (const taskManager of cluster.taskManagers.values()) taskManager.transactions = { '1/1': [covered] };
  cluster.lab.held = ({ kind }) => kind === 'sink-commit';
  stop(cluster);
  cluster.settle();
  cluster.lab.answer(cluster.lab.requests('sink-commit')[0]!, { kind: 'sink-refused', reason: 'unknown-transaction' });
  cluster.pass(1_000);
  expect(resultIn(cluster.lab)).toBe('FAILED - clean');
});

test('a job that starts from the savepoint does not take it away before the end of the one that is stopped', () => {
  const cluster = runningCluster({ slots: 2 });
  cluster.lab.held = (request) => request.kind === 'sink-open' && request.writer.startsWith(`${JOB}/`);
  stop(cluster);
  cluster.settle();
  const operators = sampleGraph.operators.map((operator) =>
    operator.kind === 'sink' ? { ...operator, sink: 'other' } : operator,
  );
  const restore = { jobId: JOB, savepointId: 's-1', allowNonRestoredState: true, claimMode: 'CLAIM' } as const;
  const graph = { ...sampleGraph, operators };
  cluster.lab.deliver('client', 'submit-job', { jobId: 'successor', graph, artifact: ARTIFACT, restore });
  cluster.pass(cluster.lab.options.checkpointIntervalMs * 3);
  expect(cluster.lab.leader.jobs.get('successor')?.store.completed.length).toBeGreaterThan(0);
  expect(savepointIn(cluster.lab)).toBe(1);
  expect(resultIn(cluster.lab)).toBe('none');
  cluster.lab.held = () => false;
  cluster.pass(1_000);
  expect(resultIn(cluster.lab)).toBe('FINISHED s-1 clean');
  cluster.pass(1_000);
  expect(savepointIn(cluster.lab)).toBe(null);
});

describe('the next leader', () => {
  const takeOver = ({ lab }: Cluster): Lab => leading({ address: 'jm-2', stores: lab.stores });

  test('goes on with the wish, and takes the savepoint afresh', () => {
    const cluster = runningCluster();
    holdSavepoint(cluster);
    stop(cluster);
    cluster.settle();
    const next = takeOver(cluster);
    expect(next.job.store.completed.map(({ checkpointId }) => checkpointId)).toEqual([1]);
    next.pass(1_000);
    expect(next.job.coordinator.savepoints).toMatchObject([{ savepointId: 's-1', checkpointId: 0 }]);
    expect(resultIn(next)).toBe('none');
  });

  test('ends the job at once if the savepoint is durable', () => {
    const cluster = runningCluster();
    cluster.lab.held = ({ kind }) => kind === 'sink-open';
    stop(cluster);
    cluster.settle();
    expect(cluster.lab.stores.keys.has(checkpointsKey(JOB))).toBe(true);
    const next = takeOver(cluster);
    next.pass(1_000);
    expect(resultIn(next)).toBe('FINISHED s-1 clean');
    expect(savepointIn(next)).toBe(1);
  });
});
