// What an operator is told of a job that cannot go on: each restart with its cause, and how it ends.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { defineJob } from '../../src/core/graph/define-job.ts';
import type { LogRecord } from '../../src/net-real/log/record.ts';
import { openGate, SmallCluster } from './small-cluster.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
const lines: LogRecord[] = [];
let cluster: SmallCluster | null = null;

afterEach(async () => {
  await cluster?.stop();
  lines.length = 0;
});

const kindsOf = (level: LogRecord['level']): readonly string[] =>
  lines.filter((line) => line.level === level).map(({ kind }) => kind);
const messagesOf = (kind: string): readonly string[] =>
  lines.filter((line) => line.kind === kind).map(({ message }) => message);

test('a job that throws at one record: two restarts, each with what was thrown, then why it fails', async () => {
  const job = defineJob('throws', (env) =>
    env
      .fromSource<number>('numbers', { topic: 'numbers', splits: 1 })
      .map('check', (number) => {
        if (number === 7) throw new RangeError('seven is too many');
        return number;
      })
      .sinkTo('out', { sink: 'out' }),
  );
  cluster = new SmallCluster({
    jobs: { '5eed': job },
    input: { numbers: [[1, 2, 3, 7]] },
    sourceGate: openGate(),
    onLine: (line) => void lines.push(line),
  });
  await cluster.startJobManager('jm-1');
  await cluster.startTaskManager('tm-1');
  await cluster.startClient({ kind: 'submit', jobId: 'throws', graph: job.graph, artifact: '5eed' });
  await vi.waitFor(() => expect(messagesOf('job-status-changed')).toContain('job throws FAILING -> FAILED'), PATIENCE);

  expect(messagesOf('job-restarting')).toHaveLength(2);
  for (const message of messagesOf('job-restarting'))
    expect(message).toMatch(/^job throws restarts: 0\/0#\d: .*RangeError: seven is too many/);
  expect(messagesOf('job-failing')).toEqual([
    expect.stringMatching(/^job throws fails: .*seven is too many.*failed 3 times without a completed checkpoint/),
  ]);
  expect(messagesOf('task-state-changed')).toHaveLength(3); // on the TaskManager
  expect(kindsOf('error')).toEqual(['job-failing', 'job-status-changed']);
  for (const kind of ['leader-elected', 'task-manager-registered', 'job-stored', 'job-deployed'])
    expect(kindsOf('info')).toContain(kind);
});

/** One checkpoint after the other is completed, and it has records for longer than the test takes. */
const slow = defineJob('slow', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 100 })
    .keyBy((number) => number % 3)
    .reduce('sum', (sum, number) => sum + number)
    .sinkTo('out', { sink: 'out' }),
);

async function startSlow() {
  cluster = new SmallCluster({
    jobs: { '5eed': slow },
    input: { numbers: [Array.from({ length: 10_000 }, (_, number) => number)] },
    sourceGate: openGate(),
    onLine: (line) => void lines.push(line),
  });
  const started = cluster;
  await started.startJobManager('jm-1');
  const taskManager = await started.startTaskManager('tm-1');
  await started.startClient({ kind: 'submit', jobId: 'slow', graph: slow.graph, artifact: '5eed' });
  await vi.waitFor(async () => expect(await started.committed('out')).not.toHaveLength(0), PATIENCE);
  return { started, taskManager };
}

test('a checkpoint that is damaged, and no other one to be had: each attempt is told, with what is wrong with which file', async () => {
  const { started, taskManager } = await startSlow();
  await taskManager.stop();
  for (const entry of readdirSync(started.storage, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), 'torn');
  await started.startTaskManager('tm-2');
  const told = (): readonly LogRecord[] =>
    lines.filter(({ kind, level }) => level === 'error' && kind !== 'port-failed');
  await vi.waitFor(() => expect(told()).not.toHaveLength(0), PATIENCE);
  expect(told()[0]?.kind).toBe('restore-stopped');
  expect(told()[0]?.message).toMatch(/^RESTORE OF JOB slow STOPPED, checkpoint \d+ is read again: .*/);
});

test('a sink that cannot be written is told, with its folder', async () => {
  const { started } = await startSlow();
  const before = messagesOf('port-failed').length;
  rmSync(join(started.sinks, 'out'), { recursive: true });
  writeFileSync(join(started.sinks, 'out'), ''); // a file in its place
  await vi.waitFor(() => expect(messagesOf('port-failed').length).toBeGreaterThan(before), PATIENCE);
  expect(messagesOf('port-failed').at(-1)).toMatch(/^sink-\w+ failed: (ENOTDIR|EEXIST|ENOENT).*out/);
});
