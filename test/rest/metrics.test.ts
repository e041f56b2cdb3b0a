// Metrics in REST: Flink's names and forms, what is known and what is not, and who is asked for it.
import { expect, test } from 'vitest';
import { Measured, aggregatedOf, ioMetricsOf, loadOf } from '../../src/rest/answers/measured.ts';
import {
  aggregatedAnswer,
  aggregations,
  backpressureOf,
  taskMetricsOf,
  watermarksOf,
} from '../../src/rest/answers/metrics.ts';
import { NO_TIMESTAMP } from '../../src/core/graph/batch.ts';
import { MAX_WATERMARK } from '../../src/core/operators/watermark.ts';
import { vertexIdOf } from '../../src/rest/rest-ids.ts';
import { createApp } from '../../src/rest/server.ts';
import { readingsOf, taskReadingOf } from '../net-real/metrics/readings.ts';
import { detailsOf, FakeDesk, fakeGateway, NOW, TASK_MANAGER } from './fake-desk.ts';

const details = detailsOf('running', 'RUNNING');
const [source, second] = details.vertices.map(({ id }) => vertexIdOf(id));

async function ask(path: string) {
  const app = createApp(fakeGateway(new FakeDesk()).gateway, { token: null, isLoopback: true }, () => {});
  const answer = await app.request(`http://127.0.0.1${path}`, { headers: { host: '127.0.0.1' } });
  return { status: answer.status, told: (await answer.json()) as never };
}

test('values are texts, names that nobody has are left out, and without `get` there are names alone', async () => {
  const at = `/jobs/running/vertices/${second}`;
  expect((await ask(`${at}/metrics?get=0.numRecordsIn,0.busyTimeMsPerSecond,1.nope,nope`)).told).toEqual([
    { id: '0.numRecordsIn', value: '1000' },
    { id: '0.busyTimeMsPerSecond', value: '250' },
  ]);
  const names = (await ask(`${at}/metrics`)).told as readonly object[];
  expect(names).toContainEqual({ id: '1.numRecordsOutPerSecond' });
  expect((await ask(`${at}/subtasks/1/metrics?get=numBytesOut`)).told).toEqual([{ id: 'numBytesOut', value: '20000' }]);
  expect((await ask(`${at}/watermarks`)).told).toEqual([
    { id: '0.currentInputWatermark', value: '17399' },
    { id: '1.currentInputWatermark', value: '17399' },
  ]);
  expect((await ask(`/jobs/running/vertices/${source}/watermarks`)).told).toEqual([]);
  expect((await ask('/jobmanager/metrics?get=numRunningJobs,taskSlotsTotal,Status.Process.Steps')).told).toEqual([
    { id: 'taskSlotsTotal', value: '3' },
    { id: 'numRunningJobs', value: '1' },
    { id: 'Status.Process.Steps', value: '9000' },
  ]);
});

test('several are aggregated, as wished, and of some of them', async () => {
  const at = `/jobs/running/vertices/${second}/subtasks/metrics`;
  expect((await ask(`${at}?get=numRecordsIn`)).told).toEqual([
    { id: 'numRecordsIn', min: 1_000, max: 1_000, avg: 1_000, sum: 2_000, skew: 0 },
  ]);
  expect((await ask(`${at}?get=numRecordsIn&agg=sum,max&subtasks=1-2`)).told).toEqual([
    { id: 'numRecordsIn', sum: 1_000, max: 1_000 },
  ]);
  expect((await ask(`${at}?get=numRecordsIn&agg=most`)).status).toBe(400);
  expect((await ask(`${at}?subtasks=all`)).status).toBe(400);
  const two = [749, 1_000].map((value) => new Map([['n', value]]));
  expect(aggregatedAnswer(two, new Set(['n']), aggregations)).toEqual([
    { id: 'n', min: 749, max: 1_000, avg: 874.5, sum: 1_749, skew: 14.351_057_747_284_163 }, // as Flink answered
  ]);
  expect((await ask('/jobs/metrics?get=numRestarts&agg=max')).told).toEqual([{ id: 'numRestarts', max: 0 }]);
  expect((await ask(`/taskmanagers/metrics?get=Status.Process.LoopDelayMs&agg=max`)).told).toEqual([
    { id: 'Status.Process.LoopDelayMs', max: 0.6 },
  ]);
  expect((await ask(`/taskmanagers/metrics?get=Status.Process.LoopDelayMs&taskmanagers=x`)).told).toEqual([]);
});

test('a job, its vertices and its TaskManagers show what was measured', async () => {
  const job = (await ask('/jobs/running')).told as { readonly vertices: readonly Record<string, object>[] };
  expect(job.vertices[1]!['metrics']).toEqual({
    'read-bytes': 60_000,
    'read-bytes-complete': true,
    'write-bytes': 40_000,
    'write-bytes-complete': true,
    'read-records': 2_000,
    'read-records-complete': true,
    'write-records': 1_800,
    'write-records-complete': true,
    'accumulated-backpressured-time': 1_000,
    'accumulated-idle-time': 14_000,
    'accumulated-busy-time': 5_000,
  });
  expect(job.vertices[1]!['load']).toMatchObject({ subtasks: 2, 'records-in-per-second': 200, watermark: 17_399 });
  expect((await ask('/taskmanagers')).told).toMatchObject({ taskmanagers: [{ id: TASK_MANAGER, name: 'tm-1' }] });
  expect((await ask(`/taskmanagers/${TASK_MANAGER}`)).told).toMatchObject({
    name: 'tm-1',
    process: { 'resident-bytes': 120_000_000, 'loop-delay-max-ms': 12.5 },
    metrics: { heapUsed: 40_000_000 },
  });
});

test('bytes of what stays in a process are not known, and no 0 stands for them', () => {
  const local = taskReadingOf({ hasLocalInput: true, totals: { ...taskReadingOf().totals, bytesIn: 0 } });
  expect(ioMetricsOf([local, taskReadingOf()])).toMatchObject({
    'read-bytes-complete': false,
    'read-records-complete': true,
    'write-bytes-complete': true,
  });
  expect(loadOf([local, taskReadingOf()])).toMatchObject({
    'bytes-in-per-second': null,
    'bytes-out-per-second': 4_000,
  });
  const names = [...taskMetricsOf(local, NOW).keys()].filter((name) => name.startsWith('numBytes'));
  expect(names).toEqual(['numBytesOut', 'numBytesOutPerSecond']);
  const sent = [...taskMetricsOf(taskReadingOf({ hasLocalOutput: true }), NOW).keys()];
  expect(sent.filter((name) => name.startsWith('numBytes'))).toEqual(['numBytesIn', 'numBytesInPerSecond']);
});

test('of a job that ended of late the totals are known, and nothing else', async () => {
  const over = (await ask('/jobs/stopped')).told as { readonly vertices: readonly Record<string, object>[] };
  expect(over.vertices[0]).toMatchObject({ load: null, metrics: { 'write-records-complete': true } });
  expect((over.vertices[0]!['metrics'] as { readonly 'write-records': number })['write-records']).toBeGreaterThan(0);
  expect((await ask(`/jobs/stopped/vertices/${source}/backpressure`)).told).toEqual({ status: 'deprecated' });
  expect((await ask(`/jobs/stopped/vertices/${source}/metrics`)).told).toEqual([]);
});

test('of a job that is long over, or not there, nothing is known', async () => {
  const over = (await ask('/jobs/finished')).told as { readonly vertices: readonly Record<string, object>[] };
  expect(over.vertices[0]).toMatchObject({
    load: null,
    metrics: { 'read-records': 0, 'read-records-complete': false },
  });
  expect((await ask(`/jobs/finished/vertices/${source}/backpressure`)).told).toEqual({ status: 'deprecated' });
  expect(await ask('/jobs/nothing/metrics')).toEqual({ status: 200, told: [] });
  expect((await ask(`/jobs/nothing/vertices/${source}/metrics`)).status).toBe(404);
  expect((await ask('/taskmanagers/nope/metrics')).status).toBe(404);
});

test('an attempt is known where it runs, and no other', () => {
  const [line] = details.subtasks;
  const told = (tasks: readonly ReturnType<typeof taskReadingOf>[], at = TASK_MANAGER) =>
    new Measured(details, new Map([[at, readingsOf({ tasks })]])).of(line!);
  expect(told([taskReadingOf()])?.totals.recordsIn).toBe(1_000);
  expect(told([taskReadingOf({ attempt: 2 })])).toBeNull();
  expect(told([taskReadingOf({ jobId: 'other' })])).toBeNull();
  expect(told([taskReadingOf()], 'elsewhere:1')).toBeNull();
});

test('what is not known of one task makes a sum incomplete', () => {
  const metrics = ioMetricsOf([taskReadingOf(), null]);
  expect(metrics).toMatchObject({ 'read-records': 1_000, 'read-records-complete': false });
  // As Flink's own client reads them: a number of its own there, and two whole numbers.
  expect(ioMetricsOf([null])).toMatchObject({
    'accumulated-busy-time': 'NaN',
    'accumulated-idle-time': 0,
    'accumulated-backpressured-time': 0,
  });
  expect(loadOf([null])).toBeNull();
  expect(loadOf([taskReadingOf({ watermark: NO_TIMESTAMP }), taskReadingOf()])?.watermark).toBeNull();
});

test('figures are spread as Flink spreads them', () => {
  const totals = (recordsIn: number) => ({ ...taskReadingOf().totals, recordsIn });
  const { metrics } = aggregatedOf(
    [taskReadingOf({ totals: totals(1_000) }), taskReadingOf({ totals: totals(749) })],
    [],
  );
  expect(metrics['read-records']).toEqual({
    min: 749,
    max: 1_000,
    avg: 874,
    sum: 1_749,
    median: 874,
    p25: 749,
    p75: 1_000,
    p95: 1_000,
  });
});

test('backpressure is that of the worst subtask, in Flink words', () => {
  const at = (backpressuredMs: number, subtask: number) =>
    taskReadingOf({ subtask, perSecond: { ...taskReadingOf().perSecond, backpressuredMs } });
  const levels = (...all: readonly number[]) => backpressureOf(all.map(at), NOW);
  expect(levels(100).backpressureLevel).toBe('ok');
  expect(levels(0, 101).backpressureLevel).toBe('low');
  const high = levels(501, 20);
  expect(high.backpressureLevel).toBe('high');
  expect(high.subtasks?.map((one) => [one.ratio, one.backpressureLevel])).toEqual([
    [0.501, 'high'],
    [0.02, 'ok'],
  ]);
});

test('watermarks before the first and behind the last are the ends of a Java long', () => {
  const at = (watermark: number) => watermarksOf([taskReadingOf({ isSource: false, watermark })])[0]?.value;
  expect([at(NO_TIMESTAMP), at(MAX_WATERMARK), at(-5)]).toEqual(['-9223372036854775808', '9223372036854775807', '-5']);
  const window = taskReadingOf({ keyed: { operator: 'per minute', entries: 3, lateRecordsDropped: 2 } });
  expect(taskMetricsOf(window, NOW).get('per_minute.numLateRecordsDropped')).toBe(2);
  expect(taskMetricsOf(window, NOW).get('watermarkLag')).toBe(NOW - 17_399);
});
