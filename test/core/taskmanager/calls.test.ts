// `mapAsync` in a task: what it asks of its host, what it does meanwhile, and what it is at a barrier, at the end, at a failure and behind a restore.

import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import type { MapAsyncSettings } from '../../../src/core/graph/async-settings.ts';
import { defineJob, type JobDefinition } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import { decodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import { unpackKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';
import { callsDueAt, oldestCall } from '../../../src/core/operators/calls.ts';
import { pressureOf, waitsForCalls } from '../../../src/core/task/work.ts';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { attemptId, Lab, restoreFrom, type LabSettings } from './fixture.ts';
import { rows, type Row } from './jobs.ts';

type Asked = Extract<PortRequest, { readonly kind: 'function-call' }>;

function keyOf({ value }: Asked): string {
  return (value as unknown as Row).key;
}

const never = (): Promise<never> => new Promise(() => {});

/** rows -> asked -> out, in two vertices. */
function asking(settings: MapAsyncSettings = {}, parallelism = 1): JobDefinition {
  return defineJob('asking', (env) => {
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: ({ at }) => at })
      .mapAsync<Value>('asked', never, { ...settings, parallelism })
      .sinkTo('out', { sink: 'out', parallelism });
  });
}

function labOf(text: string, settings: MapAsyncSettings = {}, given: Partial<LabSettings> = {}): Lab {
  const lab = new Lab({ job: asking(settings), topics: { rows: [rows(text)] }, ...given });
  lab.holding.add('function-call');
  lab.register();
  lab.deployAll();
  lab.reports();
  return lab;
}

/** The keys of the records that wait for an answer. */
function asked(lab: Lab): string[] {
  return lab.waiting('function-call').map((request) => keyOf(request as Asked));
}

/** Answers the call with the record of this key: with its key in capitals, or as the test says. */
function answer(lab: Lab, key: string, given?: Parameters<Lab['answer']>[1]): void {
  const isIt = ({ request }: { readonly request: PortRequest }): boolean =>
    request.kind === 'function-call' && keyOf(request) === key;
  lab.held.sort((one, other) => Number(isIt(other)) - Number(isIt(one)));
  lab.answer('function-call', given ?? { kind: 'function-returned', value: key.toUpperCase() });
  lab.run();
}

/** What is in flight in the snapshot of the task. */
function inFlight(lab: Lab, name: string): readonly Value[] {
  const bytes = lab.services.storage.blobs.get(name)!;
  const snapshot = decodeTaskSnapshot(bytes);
  if (!snapshot.ok) throw new Error(snapshot.reason);
  const groups = snapshot.value.operators.flatMap(({ keyGroups }) => keyGroups.map((group) => unpackKeyGroup(group)));
  return groups.flatMap((group) => (group.ok ? group.value.map(({ value }) => value) : []));
}

test('a chain begins with it, and its graph has a version of its own', () => {
  const { graph } = asking();
  expect(graph.version).toBe(6);
  expect(graph.operators[1]).toEqual({
    id: 'asked',
    kind: 'map-async',
    parallelism: 1,
    order: 'ordered',
    capacity: 100,
    timeoutMs: 0,
  });
  const lab = labOf('a@1');
  expect(lab.task(1).descriptor.vertex.name).toBe('asked -> out');
});

test('a job from beginning to end: the end waits for what is in flight', () => {
  const lab = labOf('a@10 b@20 c@30');
  lab.pass(1_000);
  expect(asked(lab)).toEqual(['a', 'b', 'c']);
  expect(lab.waiting('function-call')[0]).toEqual({
    kind: 'function-call',
    artifact: 'code',
    operator: 'asked',
    value: { key: 'a', at: 10 },
    timestamp: 10,
    parameters: null,
  });
  answer(lab, 'b');
  answer(lab, 'c');
  expect(lab.task(1).atEnd).toBe(false);
  expect(lab.checkpoint(1)).toHaveLength(1); // of the source: the barrier waits behind the end, and that waits
  answer(lab, 'a');
  expect(lab.task(1).atEnd).toBe(true);
  expect(lab.take('acknowledge-checkpoint').map(({ atEnd }) => atEnd)).toEqual([true]);
  lab.complete(1, true);
  lab.run();
  expect(lab.committed()).toEqual(['A', 'B', 'C']);
  expect(lab.reports()).toEqual(['0/0#1 FINISHED', '1/0#1 FINISHED']);
});

test('no more is asked than its capacity, and no more is taken', () => {
  const text = Array.from({ length: 40 }, (_, at) => `k${at}@${at}`).join(' ');
  const options = { batchSizeRecords: 4, creditsPerChannel: 1 };
  const lab = labOf(text, { capacity: 3 }, { options });
  lab.pass(1_000);
  expect(asked(lab)).toEqual(['k0', 'k1', 'k2']);
  const { calls, watermark } = lab.task(1).chain;
  expect(calls?.records).toBe(4); // the batch that it took
  expect(watermark).toBe(Number.MIN_SAFE_INTEGER);
  answer(lab, 'k1');
  expect(asked(lab)).toEqual(['k0', 'k2']); // an answer that waits for its turn takes a place
  answer(lab, 'k0');
  expect(asked(lab)).toEqual(['k2', 'k3', 'k4']); // two went on, so it takes the next batch
  for (let at = 2; at < 40; at++) answer(lab, `k${at}`);
  expect(lab.task(1).atEnd).toBe(true);
});

describe('failures', () => {
  test('what the function throws fails the task with operator, function and record', () => {
    const lab = labOf('a@10 b@20');
    lab.pass(1_000);
    const problem = 'failed: RangeError: no such price';
    answer(lab, 'b', {
      kind: 'function-failed',
      problem,
      stack: 'RangeError: no such price\n    at priceOf (job.ts:1:2)',
    });
    const [{ state, reason } = { state: null, reason: null }] = lab.take('task-state-changed');
    expect(state).toBe('FAILED');
    expect(reason).toEqual({
      kind: 'user-code',
      operator: 'asked',
      function: 'mapAsync',
      given: 'the record {"key":"b","at":20}',
      text: 'mapAsync "asked" failed: RangeError: no such price, at the record {"key":"b","at":20}',
      stack: 'RangeError: no such price\n    at priceOf (job.ts:1:2)',
    });
  });

  test('a call that takes too long fails it, as in Flink', () => {
    const lab = labOf('a@10 b@20', { timeoutMs: 400 });
    lab.pass(100);
    expect(asked(lab)).toEqual(['a', 'b']);
    answer(lab, 'a');
    lab.pass(250);
    expect(lab.reports()).toEqual([]);
    lab.pass(200);
    expect(lab.reports()).toEqual([
      '1/0#1 FAILED: mapAsync "asked" failed: TimeoutException: the function gave no answer within 400 ms, at the record {"key":"b","at":20}',
    ]);
  });

  test('a host that cannot call now is asked again', () => {
    const lab = labOf('a@10');
    lab.pass(1_000);
    lab.fail('function-call');
    expect(asked(lab)).toEqual([]);
    lab.pass(1_000);
    expect(asked(lab)).toEqual(['a']);
    answer(lab, 'a');
    expect(lab.reports()).toEqual([]);
    expect(lab.task(1).atEnd).toBe(true);
  });

  test('an operator behind it fails with the record that the call was made with', () => {
    const job = defineJob('asking', (env) => {
      env
        .fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: ({ at }) => at })
        .mapAsync<string>('asked', never)
        .map('behind', (text): string => {
          throw new RangeError(text);
        })
        .sinkTo('out', { sink: 'out' });
    });
    const lab = labOf('a@10 b@20', {}, { job });
    lab.pass(1_000);
    answer(lab, 'a');
    expect(lab.reports()).toEqual([
      '1/0#1 FAILED: operator "behind" failed: RangeError: A, at the record {"key":"a","at":10}',
    ]);
  });

  test('an answer of another kind is told, and no bug', () => {
    const lab = labOf('a@10');
    lab.pass(1_000);
    answer(lab, 'a', { kind: 'stored' });
    expect(lab.reports()).toEqual([
      '1/0#1 FAILED: mapAsync "asked" was answered by its host with stored, expected what the function gives, at the record {"key":"a","at":10}',
    ]);
  });
});

/** A source that goes on, so that its end does not come in between. */
function open(text: string, settings: MapAsyncSettings): Lab {
  const job = defineJob('asking', (env) => {
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, recordsPerSecond: 10, timestamp: ({ at }) => at })
      .mapAsync<Value>('asked', never, settings)
      .sinkTo('out', { sink: 'out' });
  });
  return labOf(text, settings, { job, options: { bufferTimeoutMs: 1 } });
}

test('what is in flight at a barrier is in the snapshot in its order, answered or not, and is asked for again behind a restore', () => {
  const lab = open('a@10 b@20 c@30 d@40', {});
  lab.pass(350);
  expect(asked(lab)).toEqual(['a', 'b', 'c']);
  answer(lab, 'b'); // a is not answered yet, so b waits
  const acks = lab.checkpoint(1);
  expect(acks.map(({ attempt, atEnd }) => [attempt.vertex, atEnd])).toEqual([
    [0, false],
    [1, false],
  ]);
  expect(inFlight(lab, acks[1]!.handle.name)).toEqual([
    [10, { key: 'a', at: 10 }],
    [20, { key: 'b', at: 20 }],
    [30, { key: 'c', at: 30 }],
  ]);
  for (const vertex of [0, 1]) lab.lead('cancel-task', { attempt: attemptId(vertex), finish: false });
  lab.run();
  lab.held = []; // of an attempt that is over
  lab.deployAll(2, restoreFrom(acks));
  lab.pass(1_000);
  expect(asked(lab)).toEqual(['a', 'b', 'c', 'd']);
  for (const key of ['d', 'c', 'b', 'a']) answer(lab, key);
  lab.checkpoint(2);
  lab.complete(2, true);
  lab.run();
  expect(lab.committed()).toEqual(['A', 'B', 'C', 'D']);
});

test('a watermark waits for the records in front of it, and windows behind it for the watermark', () => {
  const job = defineJob('asking', (env) => {
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: ({ at }) => at })
      .mapAsync<Row>('asked', never, { ordered: false })
      .keyBy('key')
      .window('count', tumblingEventTime(100))
      .aggregate({ create: () => 0, add: (count) => count + 1, result: (count, { key }) => `${key}=${count}` })
      .sinkTo('out', { sink: 'out' });
  });
  const lab = labOf('a@10 b@20 a@130', {}, { job });
  lab.pass(1_000);
  const back = (key: string, at: number): Parameters<Lab['answer']>[1] => ({
    kind: 'function-returned',
    value: { key, at },
  });
  answer(lab, 'b', back('b', 20));
  expect(lab.task(2).watermark).toBe(Number.MIN_SAFE_INTEGER);
  answer(lab, 'a', back('a', 10));
  expect(lab.task(2).watermark).toBeLessThan(130);
  answer(lab, 'a', back('a', 130));
  expect(lab.task(2).atEnd).toBe(true);
});

test('a copy of its state does the same in each step', () => {
  const lab = new Lab({
    job: asking({ ordered: false, capacity: 2 }),
    topics: { rows: [rows('a@1 b@2 c@3 d@4 e@5')] },
  });
  lab.rehearsing = true;
  lab.register();
  lab.deployAll();
  lab.pass(1_000);
  expect(lab.rehearsed).toBeGreaterThan(20);
  expect(lab.task(1).atEnd).toBe(true);
});

test('a task whose input waits for calls is busy, and not idle; one that only waits for answers is idle', () => {
  const lab = labOf('a@10 b@20 c@30', { capacity: 2 });
  lab.pass(1_000);
  expect([asked(lab), pressureOf(lab.task(1)), waitsForCalls(lab.task(1))]).toEqual([['a', 'b'], 'busy', true]);
  answer(lab, 'a');
  answer(lab, 'b');
  expect([asked(lab), pressureOf(lab.task(1)), waitsForCalls(lab.task(1))]).toEqual([['c'], 'idle', false]);
});

test('what is asked for without an answer is known with when it was asked for', () => {
  const lab = labOf('a@10', { timeoutMs: 700 });
  lab.pass(100);
  const { calls } = lab.task(1).chain;
  const oldest = oldestCall(calls!)!;
  expect(oldest.record.given).toEqual({ key: 'a', at: 10 });
  expect(callsDueAt(calls!)).toBe(oldest.askedAt + 700);
  answer(lab, 'a');
  expect([oldestCall(calls!), callsDueAt(calls!)]).toEqual([null, Infinity]);
});
