// Metrics of a cluster of real hosts, read over HTTP while a job runs; and the text of samples that come and go.
import { request } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { exposition } from '../../../src/net-real/metrics/exposition.ts';
import { tellJobManager, tellTaskManager } from '../../../src/net-real/metrics/process-metrics.ts';
import { serveMetrics, type MetricsServer } from '../../../src/net-real/metrics/server.ts';
import type { Sample } from '../../../src/net-real/metrics/table.ts';
import { openGate, SmallCluster, until } from '../small-cluster.ts';

type Word = { readonly word: string; readonly at: number };

/** At 200 a second for a minute; the first five of each hundred come too late. */
const WORDS: readonly Word[] = Array.from({ length: 12_000 }, (_, n) => ({
  word: `w${n % 7}`,
  at: 1_000_000_000_000 + (n > 100 && n % 100 < 5 ? 0 : n * 1_000),
}));

const job = defineJob('words', (env) =>
  env
    .fromSource<Word>('words', {
      topic: 'words',
      splits: 1,
      recordsPerSecond: 200,
      timestamp: ({ at }) => at,
      outOfOrdernessMs: 0,
    })
    .keyBy(({ word }) => word)
    .window('per-minute', { kind: 'tumbling-event-time', sizeMs: 60_000 })
    .aggregate({ create: () => 0, add: (sum) => sum + 1, result: (sum, { key }) => ({ key, sum }) })
    .sinkTo('counts', { sink: 'counts' }),
);

const cluster = new SmallCluster({ jobs: { words: job }, input: { words: [WORDS] }, sourceGate: openGate() });
const servers: MetricsServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await cluster.stop();
});

function ask(url: string, method = 'GET'): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', reject).end();
  });
}

/** The values of a metric, by the text of their labels. */
async function valuesOf({ url }: MetricsServer, name: string): Promise<ReadonlyMap<string, number>> {
  const told = (await ask(url)).text.split('\n');
  const lines = told.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return new Map(lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

async function sumOf(server: MetricsServer, name: string): Promise<number> {
  return [...(await valuesOf(server, name)).values()].reduce((sum, value) => sum + value, 0);
}

test('a job that runs is told by its leader and by its TaskManager', { timeout: 60_000 }, async () => {
  const jobManager = await cluster.startJobManager('jm-1');
  const taskManager = await cluster.startTaskManager('tm-1');
  const leader = await tellJobManager('127.0.0.1:0', jobManager);
  const worker = await tellTaskManager('127.0.0.1:0', taskManager);
  servers.push(leader, worker);
  await cluster.startClient({ kind: 'submit', jobId: 'job-1', graph: job.graph, artifact: 'words' });
  await until(async () => (await sumOf(leader, 'millrace_job_checkpoints_completed_total')) >= 2);
  await until(async () => (await sumOf(worker, 'millrace_task_late_records_dropped_total')) >= 5);

  expect(await sumOf(leader, 'millrace_jobmanager_leader')).toBe(1);
  expect(await valuesOf(leader, 'millrace_jobs')).toEqual(new Map([['{status="RUNNING"}', 1]]));
  expect(await valuesOf(leader, 'millrace_job_tasks')).toEqual(
    new Map([['{job_id="job-1",job="words",state="RUNNING"}', 2]]),
  );
  expect(await sumOf(leader, 'millrace_job_last_checkpoint_bytes')).toBeGreaterThan(0);
  expect(await sumOf(worker, 'millrace_taskmanager_registered')).toBe(1);
  const out = await valuesOf(worker, 'millrace_task_records_out_total');
  const [source, window] = [...out.keys()];
  expect(source).toBe('{job_id="job-1",vertex="words",subtask="0",attempt="1"}');
  expect(window).toBe('{job_id="job-1",vertex="per-minute -> counts",subtask="0",attempt="1"}');
  const position = await sumOf(worker, 'millrace_task_source_position');
  expect(position).toBeGreaterThanOrEqual(out.get(source!)!);
  expect(await sumOf(worker, 'millrace_task_records_in_total')).toBeGreaterThan(0);
  expect(await sumOf(worker, 'millrace_task_state_entries')).toBeGreaterThan(0);
  const watermarks = await valuesOf(worker, 'millrace_task_watermark_seconds');
  expect(watermarks.get(source!)).toBeGreaterThanOrEqual(1_000_000_000);
  expect(await sumOf(worker, 'millrace_task_idle_seconds_total')).toBeGreaterThan(0);
  expect(await sumOf(worker, 'millrace_steps_total')).toBeGreaterThan(100);
  expect(await sumOf(worker, 'millrace_received_bytes_total')).toBeGreaterThan(1_000);
  // What a process does not know it does not tell.
  expect((await valuesOf(leader, 'millrace_task_records_in_total')).size).toBe(0);
  expect((await valuesOf(worker, 'millrace_jobmanager_epoch')).size).toBe(0);
  expect(await sumOf(worker, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
});

test('a sample that is not there any more is not told any more, and a counter may begin again', async () => {
  let samples: readonly Sample[] = [{ name: 'millrace_jobmanager_epoch', labels: [], value: 3 }];
  const told = exposition(() => samples);
  const lines = async (): Promise<readonly string[]> =>
    (await told.text()).split('\n').filter((line) => line.startsWith('millrace_'));
  expect(await lines()).toEqual(['millrace_jobmanager_epoch 3']);
  const labels = ['job-1', String.raw`a -> "b"\c`, '0', '1'];
  samples = [{ name: 'millrace_task_records_in_total', labels, value: 9 }];
  expect(await lines()).toEqual([
    String.raw`millrace_task_records_in_total{job_id="job-1",vertex="a -> \"b\"\\c",subtask="0",attempt="1"} 9`,
  ]);
  samples = [{ name: 'millrace_task_records_in_total', labels, value: 2 }];
  expect((await lines())[0]).toMatch(/ 2$/);
});

test('there is nothing but the metrics, and nothing to be changed', async () => {
  const broken = { contentType: 'text/plain', text: () => Promise.reject(new Error('no')) };
  const server = await serveMetrics('127.0.0.1:0', broken);
  servers.push(server);
  expect(await ask(server.url)).toEqual({ status: 500, text: 'no\n' });
  expect(await ask(server.url, 'POST')).toEqual({
    status: 405,
    text: 'POST changes nothing here: GET /metrics tells the metrics\n',
  });
  const other = server.url.replace('/metrics', '/state');
  expect(await ask(other)).toEqual({ status: 404, text: 'nothing is at /state: the metrics are at /metrics\n' });
});

test('a port in use is told in one sentence', async () => {
  const told = { contentType: 'text/plain', text: () => Promise.resolve('') };
  const first = await serveMetrics('127.0.0.1:0', told);
  servers.push(first);
  const where = new URL(first.url).host;
  await expect(serveMetrics(where, told)).rejects.toThrow(`cannot tell metrics on ${where}: the port is in use`);
});
