// `mapAsync` on real hosts with real timers: calls of many records wait at once, a TaskManager is drained while they do, and its tasks go on elsewhere. What
// was in flight at the checkpoint is asked for again: the sink holds each record once.
import { afterEach, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineJob } from '../../src/core/graph/define-job.ts';
import { Gate, resultOf, SmallCluster, sortedLines, until } from './small-cluster.ts';

type Numbered = { readonly n: number };

const RECORDS = 1_200; // 1.2 s of reading
const GATE_AT = 800; // no task reads further before the TaskManager is drained, however slow the machine

const asked = new Map<number, number>();
let atOnce = 0;
let mostAtOnce = 0;

async function priceOf({ n }: Numbered): Promise<{ n: number; price: number }> {
  asked.set(n, (asked.get(n) ?? 0) + 1);
  atOnce += 1;
  mostAtOnce = Math.max(mostAtOnce, atOnce);
  await sleep(5 + (n % 20));
  atOnce -= 1;
  return { n, price: 3 * n };
}

const job = defineJob('priced', (env) =>
  env
    .fromSource<Numbered>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 1_000 })
    .mapAsync('price', priceOf, { ordered: false, capacity: 40, timeoutMs: 30_000 })
    .sinkTo('prices', { sink: 'prices' }),
);
const input = Array.from({ length: RECORDS }, (_, n): Numbered => ({ n }));
const expected = sortedLines(input.map(({ n }) => ({ n, price: 3 * n })));

let cluster: SmallCluster | null = null;
afterEach(async () => {
  await cluster?.stop();
  cluster = null;
});

test('calls wait side by side, and those of a task that went away are made again', { timeout: 60_000 }, async () => {
  const sourceGate = new Gate(
    (request) => request.kind === 'source-read' && request.position + request.maxRecords > GATE_AT,
  );
  cluster = new SmallCluster({ jobs: { priced: job }, input: { numbers: [input] }, sourceGate });
  await cluster.startJobManager('jm-1');
  const first = await cluster.startTaskManager('tm-1');
  const submitter = await cluster.startClient({ kind: 'submit', jobId: 'job-1', graph: job.graph, artifact: 'priced' });
  await until(async () => (await cluster!.committed('prices')).length > 0);
  const drainer = await cluster.startClient({ kind: 'drain', taskManager: first.address });
  await cluster.startTaskManager('tm-2');
  expect(await resultOf(drainer)).toMatchObject({ status: 'DRAINED' });
  sourceGate.open();
  expect(await resultOf(submitter)).toMatchObject({ status: 'FINISHED', reason: null });
  expect(await cluster.committed('prices')).toEqual(expected);
  expect(mostAtOnce).toBeGreaterThan(1);
  expect(asked.size).toBe(RECORDS);
});
