// A TaskManager is drained on real hosts with real stores while its job runs: the tasks go on elsewhere, from a checkpoint. What the sink holds in the end is the
// count of each record of the whole input, once.
import { afterEach, expect, test } from 'vitest';
import type { ClientRequest } from '../../src/core/client/client.ts';
import { defineJob } from '../../src/core/graph/define-job.ts';
import { Gate, resultOf, SmallCluster, sortedLines, until } from './small-cluster.ts';

/** A type alias: an interface is no `Value`. */
type Numbered = { readonly n: number; readonly count: number };

const RECORDS = 1_500; // 1.5 s of reading
const GATE_AT = 1_000; // no task reads further before the TaskManager is drained, however slow the machine
const KEYS = 8;

const job = defineJob('drained', (env) =>
  env
    .fromSource<Numbered>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 1_000 })
    .keyBy(({ n }) => n % KEYS)
    .reduce('count', (sum, record) => ({ ...record, count: sum.count + record.count }))
    .sinkTo('counts', { sink: 'counts' }),
);
const input = Array.from({ length: RECORDS }, (_, n): Numbered => ({ n, count: 1 }));
const expected = sortedLines(input.map((record) => ({ ...record, count: Math.floor(record.n / KEYS) + 1 })));

let cluster: SmallCluster | null = null;
afterEach(async () => {
  await cluster?.stop();
  cluster = null;
});

const ask = async (request: ClientRequest) => resultOf(await cluster!.startClient(request));

test('tasks of a TaskManager that is drained go on elsewhere, and none comes back', { timeout: 60_000 }, async () => {
  const sourceGate = new Gate(
    (request) => request.kind === 'source-read' && request.position + request.maxRecords > GATE_AT,
  );
  cluster = new SmallCluster({ jobs: { drained: job }, input: { numbers: [input] }, sourceGate });
  await cluster.startJobManager('jm-1');
  const first = await cluster.startTaskManager('tm-1');
  const submitter = await cluster.startClient({
    kind: 'submit',
    jobId: 'job-1',
    graph: job.graph,
    artifact: 'drained',
  });
  await until(async () => (await cluster!.committed('counts')).length > 0);
  expect(first.state().tasks).not.toHaveLength(0);

  const unknown = { kind: 'task-manager-unregistered', taskManager: 'tm-9' } as const;
  const noSuch = await ask({ kind: 'drain', taskManager: 'tm-9' });
  expect(noSuch).toEqual({ kind: 'drain', taskManager: 'tm-9', status: 'UNKNOWN', reason: unknown });

  const taskManager = first.address;
  const drainer = await cluster.startClient({ kind: 'drain', taskManager });
  await until(() => drainer.state().phase === 'WAITING');
  const waiting = await ask({ kind: 'drain-status', taskManager });
  expect(waiting).toMatchObject({
    status: 'DRAINING',
    reason: { kind: 'slots-missing-elsewhere', needed: 1, free: 0 },
  });
  const second = await cluster.startTaskManager('tm-2');
  expect(await resultOf(drainer)).toEqual({ kind: 'drain', taskManager, status: 'DRAINED', reason: null });
  expect(first.state().tasks).toEqual([]);
  await until(() => second.state().tasks.length > 0);

  sourceGate.open();
  expect(await resultOf(submitter)).toMatchObject({ status: 'FINISHED', reason: null });
  expect(await cluster.committed('counts')).toEqual(expected);
  expect(first.state().tasks).toEqual([]);
  expect(await ask({ kind: 'undrain', taskManager })).toMatchObject({ status: 'IN_SERVICE' });
});
