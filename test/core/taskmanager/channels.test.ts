// Channels between tasks: numbers, credit, gaps, lost last elements, and who is asked again. The test plays the other end.
import { describeBecause } from '../../../src/core/protocol/describe-reason.ts';
import { describe, expect, test } from 'vitest';
import { appendRecord, createBatchBuilder, sealBatch } from '../../../src/core/graph/batch.ts';
import type { ChannelId, Element } from '../../../src/core/protocol/messages.ts';
import { MAX_WATERMARK } from '../../../src/core/operators/watermark.ts';
import { attemptId, JOB, Lab } from './fixture.ts';
import type { LabSettings } from './fixture.ts';
import { copy, repeat, rows, windowCount } from './jobs.ts';

function batch(text: string): Element {
  const builder = createBatchBuilder();
  for (const row of rows(text)) appendRecord(builder, row, (row as { at: number }).at);
  return { kind: 'batch', batch: sealBatch(builder) };
}

const watermark = (timestamp: number): Element => ({ kind: 'watermark', timestamp });
const barrier = (checkpointId: number): Element => ({ kind: 'barrier', checkpointId, timestamp: 0 });
const end: Element = { kind: 'end' };

function channelFrom(producer: number): ChannelId {
  return { jobId: JOB, epoch: 1, edge: 0, producer, producerAttempt: 1, consumer: 0, consumerAttempt: 1 };
}

/** A consumer here, its producers elsewhere. */
function consumer(settings: LabSettings & { producers?: number } = {}): Lab {
  const producers = settings.producers ?? 1;
  const lab = new Lab({ job: windowCount({ sources: producers, splits: producers }), ...settings });
  lab.register();
  lab.activate();
  lab.deploy(
    lab
      .descriptors(1, null, (vertex, subtask) => (vertex === 0 ? `tm-${subtask + 2}` : 'tm-1'))
      .find(({ attempt }) => attempt.vertex === 1)!,
  );
  lab.run();
  lab.reports();
  return lab;
}

function send(lab: Lab, producer: number, sequence: number, ...elements: readonly Element[]): void {
  lab.deliver(`tm-${producer + 2}`, 'channel-elements', { channel: channelFrom(producer), sequence, elements }, 'data');
}

function status(lab: Lab, producer: number, lastSequence: number, backlog = 0): void {
  lab.deliver(
    `tm-${producer + 2}`,
    'channel-status',
    { channel: channelFrom(producer), lastSequence, backlog },
    'data',
  );
}

/** A producer here, its consumers elsewhere. */
function producer(input: string, options: LabSettings['options'] = {}): Lab {
  const lab = new Lab({
    job: copy({ counters: 1 }),
    topics: { rows: [rows(input)] },
    options: { batchSizeRecords: 1, creditsPerChannel: 2, ...options },
  });
  lab.register();
  lab.activate();
  lab.deploy(lab.descriptors(1, null, (vertex) => (vertex === 0 ? 'tm-1' : 'tm-2'))[0]!);
  lab.run();
  return lab;
}

function request(lab: Lab, credit: number): void {
  lab.deliver('tm-2', 'request-partition', { channel: channelFrom(0), credit }, 'data');
}

function grant(lab: Lab, credit: number, received: number): void {
  lab.deliver('tm-2', 'channel-credit', { channel: channelFrom(0), credit, received }, 'data');
  lab.run();
}

/** What was sent, as `1:batch 2:watermark …`. */
function sentElements(lab: Lab): string {
  return lab
    .take('channel-elements')
    .flatMap(({ sequence, elements }) => elements.map((element, index) => `${sequence + index}:${element.kind}`))
    .join(' ');
}

describe('a consumer', () => {
  test('asks for its partitions until each producer answers', () => {
    const lab = consumer({ producers: 2 });
    expect(lab.take('request-partition').map(({ channel }) => channel.producer)).toEqual([0, 1]);
    status(lab, 1, 0);
    lab.pass(lab.options.partitionRequestRetryMs);
    expect(lab.take('request-partition').map(({ channel }) => channel.producer)).toEqual([0]);
    lab.deliver('tm-2', 'partition-unavailable', { channel: channelFrom(0) }, 'data');
    send(lab, 0, 1, batch('a@1'));
    lab.pass(1_000);
    expect(lab.take('request-partition')).toEqual([]);
  });

  test('passes over elements that it has', () => {
    const lab = consumer();
    send(lab, 0, 1, batch('a@1'), batch('a@2'));
    send(lab, 0, 1, batch('a@1'), batch('a@2'));
    send(lab, 0, 2, batch('a@2'), batch('a@3'));
    lab.run();
    expect(lab.records).toBe(3);
    expect(lab.traces.some((trace) => trace.includes('element 1 came before'))).toBe(true);
  });

  test('fails at a gap', () => {
    const lab = consumer();
    send(lab, 0, 1, batch('a@1'));
    send(lab, 0, 3, barrier(1));
    expect(lab.reports()).toEqual(['1/0#1 FAILED: gap in channel edge 0 0#1>0#1: elements 2 to 2 never came']);
  });

  test('fails when the last element never came', () => {
    const lab = consumer();
    send(lab, 0, 1, batch('a@1'));
    status(lab, 0, 2);
    expect(lab.reports()).toEqual(['1/0#1 FAILED: gap in channel edge 0 0#1>0#1: elements 2 to 2 never came']);
  });

  test('answers a status with its credit, whatever it said before', () => {
    const lab = consumer();
    send(lab, 0, 1, batch('a@1'));
    lab.run();
    lab.take('channel-credit');
    status(lab, 0, 1, 3);
    expect(lab.take('channel-credit')).toEqual([{ channel: channelFrom(0), credit: 5, received: 1 }]);
  });

  test('grants credit as batches are taken, and none while they wait behind a barrier', () => {
    const lab = consumer({ producers: 2, options: { creditsPerChannel: 2 } });
    send(lab, 0, 1, barrier(1), batch('a@1'), batch('a@2'));
    lab.run();
    expect(lab.take('channel-credit')).toEqual([]);
    send(lab, 1, 1, barrier(1));
    lab.run();
    expect(lab.take('channel-credit').at(-1)).toEqual({ channel: channelFrom(0), credit: 4, received: 3 });
  });

  test('says nothing of its credit before half of it is spent', () => {
    const lab = consumer({ options: { creditsPerChannel: 4 } });
    send(lab, 0, 1, batch('a@1'));
    lab.run();
    expect(lab.take('channel-credit')).toEqual([]);
    send(lab, 0, 2, batch('a@2'));
    lab.run();
    expect(lab.take('channel-credit')).toEqual([{ channel: channelFrom(0), credit: 6, received: 2 }]);
  });

  test('fails a producer that sends more than it may', () => {
    const lab = consumer({ options: { creditsPerChannel: 1 } });
    send(lab, 0, 1, batch('a@1'), batch('a@2'));
    expect(lab.reports().at(-1)).toMatch(/FAILED: channel edge 0 0#1>0#1 sent more batches than it had credit for/);
  });

  test('fails when the connection to a producer that answered is lost', () => {
    const lab = consumer({ producers: 2 });
    lab.lose('tm-2'); // it did not answer yet: it is just asked again
    expect(lab.reports()).toEqual([]);
    send(lab, 0, 1, batch('a@1'));
    lab.lose('tm-2', 'control');
    expect(lab.reports()).toEqual([]);
    lab.lose('tm-2');
    expect(lab.reports()).toEqual(['1/0#1 FAILED: the connection to tm-2 was lost']);
  });

  test.each<[string, Partial<ChannelId>]>([
    ['attempt of the producer', { producerAttempt: 2 }],
    ['attempt of the consumer', { consumerAttempt: 2 }],
    ['epoch', { epoch: 2 }],
    ['edge', { edge: 1 }],
    ['job', { jobId: 'job-2' }],
  ])('ignores another %s', (_, other) => {
    const lab = consumer();
    const channel = { ...channelFrom(0), ...other };
    lab.deliver('tm-2', 'channel-elements', { channel, sequence: 1, elements: [batch('a@1')] }, 'data');
    lab.deliver('tm-2', 'channel-status', { channel, lastSequence: 9, backlog: 0 }, 'data');
    lab.run();
    expect(lab.records).toBe(0);
    expect(lab.reports()).toEqual([]);
    expect(lab.traces.filter((trace) => trace.startsWith('ignored channel-')).length).toBe(2);
  });
});

describe('watermarks', () => {
  test('are the smallest of the channels, and never run back', () => {
    const lab = consumer({ producers: 2 });
    const reached: number[] = [];
    const steps: [number, number, Element][] = [
      [0, 1, watermark(10)],
      [1, 1, watermark(5)],
      [1, 2, watermark(20)],
      [0, 2, watermark(7)],
      [0, 3, end],
      [1, 3, watermark(30)],
      [1, 4, end],
    ];
    for (const [from, sequence, element] of steps) {
      send(lab, from, sequence, element);
      lab.run();
      reached.push(lab.task(1).chain.watermark);
    }
    const none = Number.MIN_SAFE_INTEGER;
    expect(reached).toEqual([none, 5, 10, 10, 20, 30, MAX_WATERMARK]);
  });

  test('fire their timers in steps, before the next element is taken', () => {
    const lab = consumer({ options: { timersPerStep: 1 } });
    send(lab, 0, 1, batch('a@1 b@2 c@3'), watermark(500), batch('a@600'));
    lab.work(); // the batch
    lab.work(); // the watermark, and one timer
    lab.work();
    expect(lab.records).toBe(3);
    lab.run();
    expect(lab.records).toBe(4);
    expect(lab.task(1).sink!.records).toEqual(['a@0=1', 'b@0=1', 'c@0=1']);
  });
});

describe('the cut of a consumer', () => {
  function acknowledged(lab: Lab): readonly string[] {
    return lab.take('acknowledge-checkpoint').map(({ checkpointId, atEnd, metrics }) => {
      const counts = metrics.recordsIn.map((count) => count.records).join('+');
      return `${checkpointId}${atEnd ? ' at end' : ''} after ${counts}`;
    });
  }

  test('holds what came before the barriers, and nothing behind them', () => {
    const lab = consumer({ producers: 2 });
    send(lab, 0, 1, batch('a@1'), barrier(1), batch('a@2 a@3'));
    send(lab, 1, 1, batch('b@1 b@2'));
    lab.run();
    expect(acknowledged(lab)).toEqual([]);
    send(lab, 1, 2, barrier(1), batch('b@3'));
    lab.run();
    expect(acknowledged(lab)).toEqual(['1 after 1+2']);
    expect(lab.records).toBe(6 + 2); // and the two keys that the snapshot holds
  });

  test('an abort unblocks what waits behind a barrier, without any further message', () => {
    const lab = consumer({ producers: 2 });
    send(lab, 0, 1, barrier(1), batch('a@1'));
    lab.run();
    expect(lab.records).toBe(0);
    lab.lead('abort-checkpoint', { attempt: attemptId(1), checkpointId: 1, latestCompletedId: 0 });
    lab.run();
    expect(lab.records).toBe(1);
    send(lab, 1, 1, barrier(1), barrier(2));
    send(lab, 0, 3, barrier(2));
    lab.run();
    expect(acknowledged(lab)).toEqual(['2 after 1+0']);
  });

  test('a newer barrier declines the pending checkpoint', () => {
    const lab = consumer({ producers: 2 });
    send(lab, 0, 1, barrier(1));
    send(lab, 1, 1, barrier(2));
    send(lab, 0, 2, barrier(2));
    lab.run();
    expect(
      lab.take('decline-checkpoint').map(({ checkpointId, reason }) => `${checkpointId}${describeBecause(reason)}`),
    ).toEqual(['1: subsumed by checkpoint 2']);
    expect(acknowledged(lab)).toEqual(['2 after 0+0']);
  });

  test('waits for the barriers of ended channels too, and is at the end when all are', () => {
    const lab = consumer({ producers: 2 });
    send(lab, 0, 1, watermark(MAX_WATERMARK), end, barrier(1));
    lab.run();
    send(lab, 1, 1, batch('a@1'), watermark(MAX_WATERMARK), end);
    lab.run();
    expect(acknowledged(lab)).toEqual([]);
    send(lab, 1, 4, barrier(1), barrier(2));
    lab.run();
    expect(acknowledged(lab)).toEqual(['1 at end after 0+1']);
    send(lab, 0, 4, barrier(2));
    lab.run();
    expect(acknowledged(lab)).toEqual(['2 at end after 0+1']);
  });

  test('is not at the end before all timers fired', () => {
    const lab = consumer({ options: { timersPerStep: 1 } });
    send(lab, 0, 1, batch('a@1 b@2 c@3'), watermark(MAX_WATERMARK), end, barrier(1));
    lab.run();
    expect(acknowledged(lab)).toEqual(['1 at end after 3']);
    expect(lab.services.sink.sinks.get('out')!.prepared.size).toBe(1);
  });
});

describe('a producer', () => {
  test('sends what it has credit for, and control elements without', () => {
    const lab = producer('a@1 a@2 a@3 a@4 a@5');
    expect(sentElements(lab)).toBe('');
    request(lab, 1);
    expect(sentElements(lab)).toBe('1:batch');
    grant(lab, 3, 1);
    expect(sentElements(lab)).toBe('2:batch 3:batch');
    grant(lab, 9, 3);
    lab.pass(lab.options.bufferTimeoutMs);
    expect(sentElements(lab)).toBe('4:batch 5:batch 6:watermark 7:end');
  });

  test('never lets a barrier overtake a batch', () => {
    const lab = producer('a@1 a@2 a@3');
    request(lab, 1);
    lab.trigger(1);
    expect(sentElements(lab)).toBe('1:batch');
    grant(lab, 2, 1);
    expect(sentElements(lab)).toBe('2:batch 3:watermark 4:barrier');
  });

  test('stops at a full queue, and goes on when there is room', () => {
    const lab = producer('a@1 a@2 a@3 a@4 a@5 a@6');
    expect(lab.records).toBe(2);
    request(lab, 1);
    lab.run();
    expect(lab.records).toBe(3);
  });

  test('wakes up without credit: its status is answered with what holds', () => {
    const lab = producer('a@1 a@2 a@3');
    request(lab, 1);
    sentElements(lab);
    lab.pass(lab.options.channelStatusIntervalMs);
    expect(lab.take('channel-status').at(-1)).toEqual({ channel: channelFrom(0), lastSequence: 1, backlog: 2 });
  });

  test('repeats its last number until it is confirmed', () => {
    const lab = producer('');
    request(lab, 9);
    lab.pass(lab.options.channelStatusIntervalMs * 3);
    expect(sentElements(lab)).toBe('1:watermark 2:end');
    expect(lab.take('channel-status').map(({ lastSequence }) => lastSequence)).toEqual([2, 2]);
    grant(lab, 9, 2);
    lab.pass(5_000);
    expect(lab.take('channel-status')).toEqual([]);
    expect(lab.task(0).partition.statusAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('takes no more for confirmed than it sent', () => {
    const lab = producer('');
    request(lab, 9);
    lab.run();
    expect(sentElements(lab)).toBe('1:watermark 2:end');
    grant(lab, 9, 1_000);
    lab.trigger(1);
    lab.run();
    expect(sentElements(lab)).toBe('3:barrier');
    lab.take('channel-status');
    lab.pass(lab.options.channelStatusIntervalMs * 2);
    expect(lab.take('channel-status').at(-1)?.lastSequence).toBe(3);
  });

  test('answers a repeated request with how far it is', () => {
    const lab = producer('a@1');
    request(lab, 1);
    sentElements(lab);
    lab.pass(100);
    request(lab, 1);
    expect(lab.take('channel-status')).toEqual([{ channel: channelFrom(0), lastSequence: 3, backlog: 0 }]);
  });

  test('sends no element after its connection was lost until its consumer speaks again', () => {
    const lab = producer('a@1 a@2 a@3');
    request(lab, 1);
    sentElements(lab);
    lab.lose('tm-2');
    lab.pass(lab.options.channelStatusIntervalMs * 3);
    expect(sentElements(lab)).toBe('');
    expect(lab.reports().some((report) => report.includes('FAILED'))).toBe(false);
    request(lab, 3);
    expect(sentElements(lab)).toBe('2:batch 3:batch 4:watermark 5:end');
  });

  test('repeats its status to a consumer that may not have heard that its connection was lost, and goes on with its credit', () => {
    const lab = producer('a@1 a@2 a@3');
    request(lab, 1);
    sentElements(lab);
    lab.lose('tm-2');
    lab.pass(lab.options.channelStatusIntervalMs * 3);
    expect(lab.take('channel-status').at(-1)).toMatchObject({ lastSequence: 1 });
    grant(lab, 3, 1);
    expect(sentElements(lab)).toBe('2:batch 3:batch 4:watermark 5:end');
  });

  test('a partition that is not here is unavailable', () => {
    const lab = producer('');
    const channel = { ...channelFrom(0), producerAttempt: 2 };
    lab.deliver('tm-2', 'request-partition', { channel, credit: 1 }, 'data');
    expect(lab.take('partition-unavailable')).toEqual([{ channel }]);
  });

  test('a flat map may overflow its credit, and then waits', () => {
    const job = repeat(5);
    const lab = new Lab({
      job,
      topics: { rows: [rows('a@1 b@2 c@3')] },
      options: { batchSizeRecords: 1, creditsPerChannel: 2 },
    });
    lab.register();
    lab.activate();
    lab.deploy(lab.descriptors(1, null, (vertex) => (vertex === 0 ? 'tm-1' : 'tm-2'))[0]!);
    lab.run();
    expect(lab.records).toBe(1);
    request(lab, 3);
    lab.run();
    expect(sentElements(lab)).toBe('1:batch 2:batch 3:batch');
    expect(lab.records).toBe(1);
    grant(lab, 4, 3);
    expect(lab.records).toBe(2);
    expect(lab.task(0).partition.edges[0]!.channels[0]!.queuedBatches).toBe(6);
  });
});
