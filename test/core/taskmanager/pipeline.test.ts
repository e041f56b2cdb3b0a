// Whole jobs on one TaskManager: processing, checkpoints, restore, and the end.
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describe, expect, test } from 'vitest';
import { decodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { MAX_WATERMARK } from '../../../src/core/operators/watermark.ts';
import { opened } from '../operators/chain-fixture.ts';
import { REQUESTS_PER_TASK_MAX } from '../../../src/core/task/state.ts';
import { attemptId, Lab, restoreFrom } from './fixture.ts';
import { copy, rows, windowCount, type Row } from './jobs.ts';

describe('a job from beginning to end', () => {
  test('commits its output with the final checkpoint, and not before', () => {
    const lab = new Lab({ job: windowCount(), topics: { rows: [rows('a@10 a@20 b@30 a@110 b@220')] } });
    lab.register();
    lab.deployAll();
    expect(lab.reports()).toEqual(['0/0#1 INITIALIZING', '1/0#1 INITIALIZING', '0/0#1 RUNNING', '1/0#1 RUNNING']);
    lab.pass(1_000);
    const acks = lab.checkpoint(1);
    expect(acks.map((ack) => ack.atEnd)).toEqual([true, true]);
    expect(acks[0]!.splits).toEqual([{ operator: 'rows', split: 0, position: 5 }]);
    expect(lab.committed()).toEqual([]);
    lab.complete(1, true);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=2', 'b@0=1', 'a@100=1', 'b@200=1']);
    expect(lab.reports()).toEqual(['0/0#1 FINISHED', '1/0#1 FINISHED']);
  });

  test('goes through every combination of parallelism with the same output', () => {
    const topics = { rows: [rows('a@10 c@20 d@30'), rows('b@110 a@20'), rows('')] };
    const outputs = [
      [1, 1],
      [2, 3],
      [4, 2],
    ].map(([sources, counters]) => {
      const job = windowCount({ splits: 3, sources: sources!, counters: counters! });
      const lab = new Lab({ job, topics, options: { batchSizeRecords: 1, creditsPerChannel: 1 } });
      lab.register();
      lab.deployAll();
      lab.pass(1_000);
      lab.checkpoint(1);
      lab.complete(1, true);
      lab.run();
      expect(lab.state.tasks).toEqual([]);
      return lab.committed().map(String).sort();
    });
    expect(outputs[0]).toEqual(['a@0=2', 'b@100=1', 'c@0=1', 'd@0=1']);
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);
  });

  test('a task that used up its ids of requests begins with them again, past those that wait', () => {
    const options = { sourceReadRecords: 1, batchSizeRecords: 1 };
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1 b@2 c@3 d@4')] }, options });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    const { number, requests } = lab.task(0);
    const useUp = (): void => void (requests.nextId = (number + 1) * REQUESTS_PER_TASK_MAX);
    useUp();
    lab.answer('source-read'); // the next read is the first with the first id of the share
    useUp();
    lab.holding.add('storage-put');
    lab.trigger(1);
    lab.run();
    const ids = lab.held.map(({ id }) => id).filter((id) => Math.floor(id / REQUESTS_PER_TASK_MAX) === number);
    expect(ids).toEqual([number * REQUESTS_PER_TASK_MAX, number * REQUESTS_PER_TASK_MAX + 1]);
    lab.holding.clear();
    lab.holding.add('ha-watch');
    lab.pass(1_000);
    lab.checkpoint(2);
    lab.complete(2, true);
    lab.run();
    expect(lab.committed()).toHaveLength(4);
  });

  test('a final checkpoint in a heartbeat makes up for a lost notification', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    lab.checkpoint(1);
    lab.heartbeat([1]);
    lab.run();
    expect(lab.committed()).toEqual(['a@1']);
    expect(lab.state.tasks).toEqual([]);
    lab.heartbeat();
    expect(lab.take('heartbeat-answer').at(-1)!.tasks).toEqual([
      { attempt: attemptId(0), state: 'FINISHED' },
      { attempt: attemptId(1), state: 'FINISHED' },
    ]);
  });

  test('a task that is told to finish does so at once, whatever is left to be read; one that does not run yet is CANCELED', () => {
    const lab = new Lab({ job: copy({ recordsPerSecond: 1 }), topics: { rows: [rows('a@1 b@2 c@3')] } });
    lab.register();
    lab.deployAll();
    lab.pass(100);
    lab.sent = [];
    for (const vertex of [0, 1]) lab.lead('cancel-task', { attempt: attemptId(vertex), finish: true });
    expect(lab.take('task-state-changed').map(({ state }) => state)).toEqual(['FINISHED', 'FINISHED']);
    lab.lead('cancel-task', { attempt: attemptId(0, 7), finish: true });
    expect(lab.take('task-state-changed').map(({ state }) => state)).toEqual(['CANCELED']);
  });

  test('a heartbeat with the final checkpoint of an earlier attempt finishes nothing', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.lead('cancel-task', { attempt: attemptId(0), finish: false });
    lab.lead('cancel-task', { attempt: attemptId(1), finish: false });
    lab.run();
    lab.deployAll(2, restoreFrom(acks));
    lab.heartbeat([1]);
    lab.run();
    expect(lab.state.tasks.map((task) => task.status)).toEqual(['RUNNING', 'RUNNING']);
    lab.checkpoint(2);
    for (const other of [1, 3]) lab.heartbeat([other]); // not taken at the end of this attempt, the one before nor the one behind it
    lab.run();
    expect(lab.state.tasks.map((task) => task.status)).toEqual(['RUNNING', 'RUNNING']);
    lab.heartbeat([2]);
    lab.run();
    expect(lab.state.tasks).toEqual([]);
  });
});

describe('restore', () => {
  test('goes on behind the cut: windows, timers, positions, watermark', () => {
    const input = rows('a@10 a@20 b@30 a@110 b@120 a@130 b@210 a@310');
    const lab = new Lab({
      job: windowCount({ recordsPerSecond: 10 }),
      topics: { rows: [input] },
      options: { batchSizeRecords: 1, snapshotKeyGroupsPerStep: 1 },
    });
    lab.register();
    lab.deployAll();
    lab.pass(450); // four records
    const acks = lab.checkpoint(1);
    expect(acks[0]!.splits).toEqual([{ operator: 'rows', split: 0, position: 4 }]);
    expect(acks[1]!.metrics.recordsIn).toEqual(acks[0]!.metrics.recordsOut.map((count) => ({ ...count, peer: 0 })));
    const counted = decodeTaskSnapshot(lab.services.storage.blobs.get(acks[1]!.handle.name)!);
    expect(counted.ok && counted.value.watermark).toBe(109);
    lab.complete(1);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=2', 'b@0=1']);
    lab.pass(200); // two more records, which are lost with the attempt
    lab.lead('cancel-task', { attempt: attemptId(0), finish: false });
    lab.lead('cancel-task', { attempt: attemptId(1), finish: false });
    lab.run();
    lab.deployAll(2, restoreFrom(acks));
    lab.pass(2_000);
    lab.checkpoint(2);
    lab.complete(2, true);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=2', 'b@0=1', 'a@100=2', 'b@100=1', 'b@200=1', 'a@300=1']);
    expect(lab.services.storage.reused).toEqual([]);
  });

  test('of a checkpoint that is drained is at its end, all windows fired; one that is not fires none', () => {
    const input = rows('a@10 a@20 b@30 a@110 b@120 a@130 b@210 a@310');
    const lab = new Lab({
      job: windowCount({ recordsPerSecond: 10 }),
      topics: { rows: [input] },
      options: { batchSizeRecords: 1 },
    });
    lab.register();
    lab.deployAll();
    lab.pass(450); // four records
    expect(lab.checkpoint(1).map(({ atEnd }) => atEnd)).toEqual([false, false]);
    lab.pass(100); // one more
    const acks = lab.checkpoint(2, true);
    expect(acks.map(({ atEnd }) => atEnd)).toEqual([true, true]);
    expect(acks[0]!.splits).toEqual([{ operator: 'rows', split: 0, position: 5 }]);
    lab.pass(2_000); // nothing more is read
    lab.complete(2);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=2', 'b@0=1', 'a@100=1', 'b@100=1']);
    lab.deployAll(2, restoreFrom(acks));
    lab.pass(2_000);
    lab.checkpoint(3);
    lab.complete(3, true);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=2', 'b@0=1', 'a@100=1', 'b@100=1']);
  });

  test('at the end fires nothing again, and is final again', () => {
    const lab = new Lab({ job: windowCount(), topics: { rows: [rows('a@10 b@20')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.complete(1); // committed, but the notification that it is final never comes
    lab.run();
    lab.deployAll(2, restoreFrom(acks)); // the deployment of a newer attempt fails the older one
    const again = lab.checkpoint(2);
    expect(again.map((ack) => [ack.attempt.attempt, ack.atEnd])).toEqual([
      [2, true],
      [2, true],
    ]);
    expect(lab.task(1).chain.watermark).toBe(MAX_WATERMARK);
    lab.complete(2, true);
    lab.run();
    expect(lab.committed()).toEqual(['a@0=1', 'b@0=1']);
    expect(lab.state.tasks).toEqual([]);
  });

  test.each([
    [
      'is gone',
      (lab: Lab, name: string) => lab.services.storage.blobs.delete(name),
      /the snapshot cannot be restored: .* is not there/,
    ],
    [
      'is torn',
      (lab: Lab, name: string) =>
        lab.services.storage.blobs.set(name, lab.services.storage.blobs.get(name)!.subarray(1)),
      /the snapshot cannot be restored: .*bytes, expected/,
    ],
    [
      'is damaged',
      (lab: Lab, name: string) =>
        lab.services.storage.blobs.set(
          name,
          lab.services.storage.blobs.get(name)!.map((byte) => byte ^ 1),
        ),
      /the snapshot cannot be restored: .*checksum/,
    ],
  ])('fails with a sentence when a blob %s', (_, damage, sentence) => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.reports();
    damage(lab, acks[0]!.handle.name);
    lab.deployAll(2, restoreFrom(acks));
    expect(lab.reports().find((report) => report.startsWith('0/0#2 FAILED'))).toMatch(sentence);
  });

  test('goes on where a blob came damaged twice, and whole then', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.reports();
    const { blobs } = lab.services.storage;
    const { name } = acks[0]!.handle;
    const whole = blobs.get(name)!;
    let reads = 0;
    blobs.get = (asked) => {
      const bytes = Map.prototype.get.call(blobs, asked) as Uint8Array | undefined;
      if (asked !== name) return bytes;
      reads += 1;
      return reads < 3 ? whole.map((byte) => byte ^ 1) : bytes;
    };
    lab.deployAll(2, restoreFrom(acks));
    expect(reads).toBe(3);
    expect(
      lab
        .reports()
        .filter((report) => report.startsWith('0/0#2'))
        .at(-1),
    ).toBe('0/0#2 RUNNING');
  });

  test('a blob of another checkpoint is refused', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.reports();
    lab.deployAll(2, { ...restoreFrom(acks), checkpointId: 9 });
    expect(lab.reports().find((report) => report.startsWith('1/0#2 FAILED'))).toMatch(/of checkpoint 1, not 9/);
  });

  test('a read error is tried again, and nothing else is taken instead', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    const acks = lab.checkpoint(1);
    lab.reports();
    lab.holding.add('storage-get');
    lab.deployAll(2, restoreFrom(acks));
    lab.fail('storage-get');
    lab.fail('storage-get', 'unknown');
    lab.run();
    expect(lab.waiting('storage-get')).toEqual([]);
    lab.holding.delete('storage-get');
    lab.pass(lab.options.requestRetryMs);
    expect(lab.state.tasks.map((task) => task.status)).toEqual(['RUNNING', 'RUNNING']);
  });
});

describe('snapshots', () => {
  test('are acknowledged when stored, and not before', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    lab.holding.add('storage-put');
    expect(lab.checkpoint(1)).toEqual([]);
    lab.answer('storage-put');
    expect(lab.take('acknowledge-checkpoint').length).toBe(1);
  });

  test('a failed store is tried again with the same bytes under the same name, then declined', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    lab.holding.add('storage-put');
    lab.trigger(1);
    lab.run();
    lab.answer('storage-put'); // of one of the two tasks
    const tries: PortRequest[] = [];
    while (lab.waiting('storage-put').length > 0) {
      tries.push(lab.fail('storage-put', 'unknown'));
      lab.pass(5_000);
    }
    expect(tries.length).toBe(5);
    expect(tries.every((request) => JSON.stringify(request) === JSON.stringify(tries[0]))).toBe(true);
    expect(lab.take('decline-checkpoint').map((decline) => describeReason(decline.reason))).toEqual([
      'the snapshot could not be stored: the disk is on fire',
    ]);
    expect(lab.take('acknowledge-checkpoint').length).toBe(1);
  });

  test('show the state at the barrier, whatever is processed while they are encoded', () => {
    const lab = new Lab({
      job: windowCount(),
      topics: { rows: [rows('a@1 b@2 a@3 b@4 a@5 b@6')] },
      options: { batchSizeRecords: 1, snapshotKeyGroupsPerStep: 1, bufferTimeoutMs: 1 },
    });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    lab.answer('source-read', { kind: 'records', position: 0, values: rows('a@1 b@2 a@3'), end: false, mark: '' });
    lab.run();
    lab.trigger(1);
    lab.answer('source-read', { kind: 'records', position: 3, values: rows('b@4 a@5 b@6'), end: true, mark: '' });
    lab.run();
    const ack = lab.take('acknowledge-checkpoint').find(({ attempt }) => attempt.vertex === 1)!;
    const snapshot = decodeTaskSnapshot(lab.services.storage.blobs.get(ack.handle.name)!);
    if (!snapshot.ok) throw new Error(snapshot.reason);
    const entries = opened(snapshot.value.operators).flatMap(({ keyGroups }) =>
      keyGroups.flatMap((one) => one.entries),
    );
    expect(entries.map((entry) => String(entry.key)).sort()).toEqual(['a', 'b']);
    expect(JSON.stringify(entries)).not.toContain('3'); // a was counted twice at the cut, b once
    expect(snapshot.value.watermark).toBe(2);
  });

  test('wait to be stored, but not without end: one too many, and the oldest is declined', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    lab.holding.add('storage-put');
    for (const checkpointId of [1, 2, 3, 4]) lab.checkpoint(checkpointId);
    expect(lab.take('decline-checkpoint')).toEqual([]);
    lab.checkpoint(5);
    expect(lab.take('decline-checkpoint').map(({ attempt, checkpointId }) => [attempt.vertex, checkpointId])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  test('an abort drops a snapshot that is on its way', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.deployAll();
    lab.holding.add('storage-put');
    lab.checkpoint(1);
    for (const vertex of [0, 1]) {
      lab.lead('abort-checkpoint', { attempt: attemptId(vertex), checkpointId: 1, latestCompletedId: 0 });
    }
    lab.answer('storage-put');
    lab.answer('storage-put');
    expect(lab.take('acknowledge-checkpoint')).toEqual([]);
  });

  /** Snapshots take many steps: a key group each. */
  function slowSnapshots(): Lab {
    const lab = new Lab({
      job: windowCount(),
      topics: { rows: [rows('a@1 b@2 c@3 d@4')] },
      options: { batchSizeRecords: 1, snapshotKeyGroupsPerStep: 1 },
    });
    lab.register();
    lab.deployAll();
    return lab;
  }

  /** Returns what tells the snapshot that the second vertex is taking. */
  function runUntilOpen(lab: Lab): () => unknown {
    const openSnapshot = () => lab.task(1).chain.keyed!.state.snapshot;
    for (let steps = 0; openSnapshot() === null && steps < 100; steps++) lab.run(1);
    return openSnapshot;
  }

  test('an abort closes a snapshot that is being encoded: no change of a key group keeps a copy for it any more', () => {
    const lab = slowSnapshots();
    lab.trigger(1);
    const openSnapshot = runUntilOpen(lab);
    expect(openSnapshot()).not.toBeNull();
    lab.lead('abort-checkpoint', { attempt: attemptId(1), checkpointId: 1, latestCompletedId: 0 });
    expect(openSnapshot()).toBeNull();
    const acks = lab.checkpoint(2).map(({ attempt, checkpointId }) => [attempt.vertex, checkpointId]);
    expect(acks).toEqual([
      [0, 1], // the source had nothing to encode
      [0, 2],
      [1, 2],
    ]);
  });

  test('an abort of another checkpoint leaves the snapshot that is being encoded', () => {
    const lab = slowSnapshots();
    lab.holding.add('storage-put');
    lab.checkpoint(1);
    lab.trigger(2);
    const openSnapshot = runUntilOpen(lab);
    // The first finds a snapshot that waits to be stored, the second none.
    for (const checkpointId of [1, 1]) {
      lab.lead('abort-checkpoint', { attempt: attemptId(1), checkpointId, latestCompletedId: 0 });
      expect(openSnapshot()).not.toBeNull();
    }
    lab.holding.delete('storage-put');
    lab.run();
    const acks = lab.take('acknowledge-checkpoint').map(({ attempt, checkpointId }) => [attempt.vertex, checkpointId]);
    expect(acks).toContainEqual([1, 2]);
    expect(acks).not.toContainEqual([1, 1]);
  });
});

describe('user code', () => {
  test('that throws fails its task with the name of the operator', () => {
    const job = copy({}, (row) => {
      if (row.key === 'bad') throw new Error('no such airport');
      return row.key;
    });
    const lab = new Lab({ job, topics: { rows: [rows('a@1 bad@2')] } });
    lab.register();
    lab.deployAll();
    lab.pass(200);
    expect(lab.reports().find((report) => report.includes('FAILED'))).toMatch(
      /^1\/0#1 FAILED: operator "text" .*no such airport/,
    );
  });

  test.each([
    ['a host that knows of none', undefined, null],
    [
      'a host that tells it',
      (thrown: unknown) => `stack of ${String((thrown as Error).cause)}`,
      'stack of Error: no such airport',
    ],
    ['a host that tells without end', () => 'x'.repeat(9_000), 'x'.repeat(4_000)],
  ])('that throws has the stack of %s', (_, stackOf, stack) => {
    const job = copy({}, () => {
      throw new Error('no such airport');
    });
    const lab = new Lab({ job, topics: { rows: [rows('a@1')] }, ...(stackOf === undefined ? {} : { stackOf }) });
    lab.register();
    lab.deployAll();
    lab.pass(200);
    const failed = lab.take('task-state-changed').find(({ state }) => state === 'FAILED');
    expect(failed?.reason).toMatchObject({ kind: 'user-code', operator: 'text', stack });
  });

  test('whose key function gives another key each time fails the task that the record came to', () => {
    let calls = 0;
    const job = defineJob('fickle', (env) => {
      env
        .fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: (row) => row.at })
        .keyBy(() => `key-${calls++}`)
        .reduce('count', (count) => count, { parallelism: 2 })
        .sinkTo('out', { sink: 'out', parallelism: 2 });
    });
    const lab = new Lab({ job, topics: { rows: [rows('a@1 b@2 c@3 d@4 e@5 f@6 g@7 h@8')] } });
    lab.register();
    lab.deployAll();
    lab.pass(200);
    expect(lab.reports().find((report) => report.includes('FAILED'))).toMatch(
      /^1\/\d#1 FAILED: operator "count" gave a key that belongs to another subtask, "key-\d+"/,
    );
  });

  test('that gives no time stamp fails the source', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [[{ key: 'a', at: 1.5 }]] } });
    lab.register();
    lab.deployAll();
    lab.run();
    expect(lab.reports().at(-1)).toMatch(/^0\/0#1 FAILED: operator "rows" gave a timestamp/);
  });

  test('an artifact that is refused fails the task', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    lab.register();
    lab.activate();
    lab.deploy({ ...lab.descriptors()[0]!, artifact: 'other' });
    lab.run();
    expect(lab.reports().at(-1)).toMatch(/^0\/0#1 FAILED: artifact other: /);
  });
});
