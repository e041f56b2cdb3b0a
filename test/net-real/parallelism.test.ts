// A job gets another parallelism on real hosts with real stores: it goes on from a savepoint as another job, or is rescaled in place. A TaskManager dies
// while its tasks restore. What the sink holds in the end is the count of each record of the whole input, once.
import { afterEach, expect, test } from 'vitest';
import type { ClientRequest } from '../../src/core/client/client.ts';
import { defineJob, type JobDefinition } from '../../src/core/graph/define-job.ts';
import { listParts } from '../../src/net-real/sink-parts.ts';
import { Gate, resultOf, SmallCluster, sortedLines, until } from './small-cluster.ts';

/** A type alias: an interface is no `Value`. */
type Numbered = { readonly split: number; readonly n: number; readonly count: number };

const SPLITS = 2;
const RECORDS = 1_500; // of a split: 1.5 s of reading
const GATE_AT = 1_000; // no job reads further before the TaskManager is dead, however slow the machine
const KEYS = 8; // of a split

const countingJob = (name: string, parallelism: number): JobDefinition =>
  defineJob(
    name,
    (env) =>
      env
        .fromSource<Numbered>('numbers', { topic: 'numbers', splits: SPLITS, recordsPerSecond: 1_000 })
        .keyBy(({ split, n }) => `${split}-${n % KEYS}`)
        .reduce('count', (sum, record) => ({ ...record, count: sum.count + record.count }))
        .sinkTo('counts', { sink: 'counts' }),
    { parallelism },
  );

const jobs = { one: countingJob('one', 1), two: countingJob('two', 2) } as const;

const input = Array.from({ length: SPLITS }, (_, split) =>
  Array.from({ length: RECORDS }, (__, n): Numbered => ({ split, n, count: 1 })),
);
const expected = sortedLines(input.flat().map((record) => ({ ...record, count: Math.floor(record.n / KEYS) + 1 })));

const beyondGate = (): Gate =>
  new Gate((request) => request.kind === 'source-read' && request.position + request.maxRecords > GATE_AT);
/** Where a task waits that is to restore. */
const restoring = (): Gate => new Gate(({ kind }) => kind === 'storage-get');

let cluster: SmallCluster | null = null;
afterEach(async () => {
  await cluster?.stop();
  cluster = null;
});

const submission = (jobId: string, artifact: keyof typeof jobs) =>
  ({ kind: 'submit', jobId, graph: jobs[artifact].graph, artifact }) as const satisfies ClientRequest;

test('a job that was stopped goes on as another with twice the subtasks', { timeout: 60_000 }, async () => {
  const [sourceGate, storageGate] = [beyondGate(), restoring()];
  cluster = new SmallCluster({ jobs, input: { numbers: input }, sourceGate });
  await cluster.startJobManager('jm-1');
  await cluster.startTaskManager('tm-1');
  const victim = await cluster.startTaskManager('tm-2', storageGate);
  await cluster.startClient(submission('job-1', 'one'));
  await until(async () => (await cluster!.committed('counts')).length > 0);

  const stopper = await cluster.startClient({ kind: 'stop', jobId: 'job-1', savepointId: 's-1', drain: false });
  expect(await resultOf(stopper)).toMatchObject({ status: 'FINISHED', reason: null, savepointId: 's-1' });
  const ofFirst = await cluster.committed('counts');
  expect(ofFirst.length).toBeLessThan(expected.length);

  const second = await cluster.startClient({
    ...submission('job-2', 'two'),
    restore: { jobId: 'job-1', savepointId: 's-1', allowNonRestoredState: false, claimMode: 'NO_CLAIM' },
  });
  await until(() => storageGate.held > 0);
  await victim.stop();
  await cluster.startTaskManager('tm-3');
  sourceGate.open();

  expect(await resultOf(second)).toMatchObject({ status: 'FINISHED', reason: null });
  expect(await cluster.committed('counts')).toEqual(expected);
});

test.each(['tm-1', 'tm-2'] as const)(
  'a job is rescaled in place, and %s of its two TaskManagers dies as it restores',
  { timeout: 60_000 },
  async (dying) => {
    const [sourceGate, storageGate] = [beyondGate(), restoring()];
    cluster = new SmallCluster({ jobs, input: { numbers: input }, sourceGate });
    const gateOf = (name: string): Gate[] => (name === dying ? [storageGate] : []);
    await cluster.startJobManager('jm-1');
    const old = await cluster.startTaskManager('tm-1', ...gateOf('tm-1'));
    const submitter = await cluster.startClient(submission('job-1', 'one'));
    await until(async () => (await cluster!.committed('counts')).length > 0);

    const parallelism = jobs.one.graph.operators.map(({ id: operator }) => ({ operator, parallelism: 2 }));
    const rescaler = await cluster.startClient({ kind: 'rescale', jobId: 'job-1', parallelism });
    expect(await resultOf(rescaler)).toMatchObject({ status: 'RUNNING' });
    const added = await cluster.startTaskManager('tm-2', ...gateOf('tm-2'));
    await until(() => storageGate.held > 0);
    await (dying === 'tm-1' ? old : added).stop();
    await cluster.startTaskManager('tm-3');
    sourceGate.open();

    expect(await resultOf(submitter)).toMatchObject({ status: 'FINISHED', reason: null });
    expect(await cluster.committed('counts')).toEqual(expected);
    const writers = (await listParts(cluster.sinks, 'counts')).map(({ subtask }) => subtask);
    expect(new Set(writers)).toEqual(new Set([0, 1]));
  },
);
