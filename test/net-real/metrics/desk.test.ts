// Questions between processes: one for many who look, none that waits for long, over streams that machines have. And in a cluster of real hosts.
import { afterAll, expect, test, vi } from 'vitest';
import type { Envelope } from '../../../src/core/base/vocabulary.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { decodeMessage } from '../../../src/core/protocol/codec.ts';
import type { Network, Receiver } from '../../../src/net-real/network.ts';
import { ANSWER_MS, CACHE_MS, MetricsDesk, withMetrics } from '../../../src/net-real/metrics/desk.ts';
import type { Readings } from '../../../src/net-real/metrics/readings.ts';
import { clusterCodec } from '../../../src/net-real/tcp-network.ts';
import { openGate, SmallCluster, until } from '../small-cluster.ts';
import { readingsOf } from './readings.ts';

/** Extensions that reach each other, but for those who are gone. */
class Air {
  readonly #receivers = new Map<string, Receiver>();
  readonly gone = new Set<string>();
  readonly sent: string[] = [];

  at(address: string): Network {
    const send = (message: Envelope): void => {
      this.sent.push(`${message.kind} to ${message.to}`);
      if (!this.gone.has(message.to)) this.#receivers.get(message.to)?.onMessage(message, 0);
    };
    const deliverTo = (receiver: Receiver): void => void this.#receivers.set(address, receiver);
    return { address, listening: address, deliverTo, send } as unknown as Network;
  }

  lose(peer: string, at: string): void {
    this.#receivers.get(at)?.onConnectionLost(peer, 'control');
  }
}

function twoDesks() {
  const air = new Air();
  let reads = 0;
  const asking = new MetricsDesk(air.at('jm:1#metrics'), () => readingsOf());
  const answering = new MetricsDesk(air.at('tm:1#metrics'), () => {
    reads += 1;
    return readingsOf({ at: reads });
  });
  return { air, asking, answering, reads: () => reads };
}

test('many who look cost one question in a second', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  try {
    const { air, asking, reads } = twoDesks();
    const told = await Promise.all([asking.ask('tm:1'), asking.ask('tm:1')]);
    vi.advanceTimersByTime(CACHE_MS - 1);
    expect([...told, await asking.ask('tm:1')].map((one) => one?.at)).toEqual([1, 1, 1]);
    vi.advanceTimersByTime(1);
    expect((await asking.ask('tm:1'))?.at).toBe(2);
    expect(reads()).toBe(2);
    expect(air.sent).toHaveLength(4);
    expect((await asking.ask('jm:1'))?.at).toBe(readingsOf().at); // itself
  } finally {
    vi.useRealTimers();
  }
});

test('whoever does not answer is left out in time, and not asked at once again', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  try {
    const { air, asking } = twoDesks();
    air.gone.add('tm:1#metrics');
    const asked = asking.ask('tm:1');
    vi.advanceTimersByTime(ANSWER_MS);
    expect(await asked).toBeNull();
    air.gone.clear();
    expect(await asking.ask('tm:1')).toBeNull();
    expect(air.sent).toHaveLength(1);
    vi.advanceTimersByTime(CACHE_MS - ANSWER_MS);
    expect((await asking.ask('tm:1'))?.at).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a connection that is lost, and a desk that closes, tell at once', async () => {
  const { air, asking } = twoDesks();
  air.gone.add('tm:1#metrics').add('tm:2#metrics');
  const [first, second] = [asking.ask('tm:1'), asking.ask('tm:2')];
  air.lose('tm:1', 'jm:1#metrics');
  expect(await first).toBeNull();
  asking.close();
  expect(await second).toBeNull();
  expect(await asking.ask('tm:3')).toBeNull();
});

test('questions and answers pass the codec, and no machine reads them', () => {
  const codec = withMetrics(clusterCodec);
  const letter = (kind: string, body: object): Envelope => {
    return { effect: 'send', streamClass: 'control', from: 'a:1#metrics', to: 'b:1#metrics', kind, body };
  };
  const letters = [
    letter('ask-readings', { question: 3 }),
    letter('readings', { question: 3, readings: readingsOf() satisfies Readings }),
  ];
  for (const one of letters) {
    const bytes = codec.encode(one);
    expect(codec.decode(bytes)).toEqual({ ok: true, value: one });
    expect(decodeMessage(bytes).ok).toBe(false);
  }
  const damaged = codec.encode(letters[1]!).with(60, 255);
  expect(codec.decode(damaged)).toMatchObject({ ok: false });
});

const WORDS = Array.from({ length: 12_000 }, (_, n) => ({ word: `w${n % 7}`, at: n * 1_000 }));
const job = defineJob('words', (env) =>
  env
    .fromSource<{ readonly word: string; readonly at: number }>('words', {
      topic: 'words',
      splits: 1,
      recordsPerSecond: 2_000,
      timestamp: ({ at }) => at,
      outOfOrdernessMs: 0,
    })
    .keyBy(({ word }) => word)
    .reduce('longest', (one, other) => (one.at > other.at ? one : other))
    .sinkTo('counts', { sink: 'counts' }),
);
const cluster = new SmallCluster({ jobs: { words: job }, input: { words: [WORDS] }, sourceGate: openGate() });
afterAll(() => cluster.stop());

test(
  'a JobManager asks a TaskManager what its tasks do, and hears soon that it is gone',
  { timeout: 60_000 },
  async () => {
    const jobManager = await cluster.startJobManager('jm-1');
    const taskManager = await cluster.startTaskManager('tm-1');
    await cluster.startClient({ kind: 'submit', jobId: 'job-1', graph: job.graph, artifact: 'words' });
    const ask = () => jobManager.metrics.ask(taskManager.address);
    await until(async () => ((await ask())?.tasks.at(-1)?.perSecond.recordsIn ?? 0) > 0);
    const readings = (await ask())!;
    expect(readings.process.residentBytes).toBeGreaterThan(1_000_000);
    expect(readings.tasks.map(({ jobId, vertex, head, isSource }) => [jobId, vertex, head, isSource])).toEqual([
      ['job-1', 0, 'words', true],
      ['job-1', 1, 'longest', false],
    ]);
    const [source, reduce] = readings.tasks;
    expect(source!.totals.recordsOut).toBeGreaterThanOrEqual(reduce!.totals.recordsIn);
    expect(reduce!.totals.bytesIn).toBe(0); // both are in one process
    expect(reduce!.keyed).toEqual({ operator: 'longest', entries: 7, lateRecordsDropped: null });
    expect((await taskManager.metrics.ask(jobManager.address))?.tasks).toEqual([]);
    // It runs to its end, and its last totals are there.
    await until(() => taskManager.metrics.read().tasks.every(({ isOver }) => isOver));
    const over = taskManager.metrics.read().tasks.filter(({ attempt }) => attempt === reduce!.attempt);
    expect(over.map(({ totals }) => [totals.recordsIn, totals.recordsOut])).toEqual([
      [0, WORDS.length],
      [WORDS.length, 0],
    ]);
    await taskManager.stop();
    await until(async () => (await ask()) === null);
  },
);
