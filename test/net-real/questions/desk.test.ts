// Questions between processes: one for many who look, none that waits for long, over streams that machines have. And in a cluster of real hosts.
import { afterAll, expect, test, vi } from 'vitest';
import type { Envelope } from '../../../src/core/base/vocabulary.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { decodeMessage } from '../../../src/core/protocol/codec.ts';
import type { Network, Receiver } from '../../../src/net-real/network.ts';
import { logAnswers } from '../../../src/net-real/log/log-answers.ts';
import { logsInMemory } from '../../../src/net-real/log/kept-logs.ts';
import { AskedReadings, CACHE_MS } from '../../../src/net-real/metrics/asked-readings.ts';
import { ANSWER_MS, QuestionDesk, withQuestions } from '../../../src/net-real/questions/desk.ts';
import type { Answer, Question } from '../../../src/net-real/questions/words.ts';
import { clusterCodec } from '../../../src/net-real/tcp-network.ts';
import { openGate, SmallCluster, until } from '../small-cluster.ts';
import { readingsOf } from '../metrics/readings.ts';

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
  const desk = new QuestionDesk(air.at('jm:1#questions'), {
    readings: () => ({ kind: 'readings', readings: readingsOf() }),
    ...logAnswers(null),
  });
  const answering = new QuestionDesk(air.at('tm:1#questions'), {
    readings: () => {
      reads += 1;
      return { kind: 'readings', readings: readingsOf({ at: reads }) };
    },
    ...logAnswers(logsInMemory('tm-1', () => ['one', 'two'])),
  });
  return { air, desk, asking: new AskedReadings(desk), answering, reads: () => reads };
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
    air.gone.add('tm:1#questions');
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
  const { air, asking, desk } = twoDesks();
  air.gone.add('tm:1#questions').add('tm:2#questions');
  const [first, second] = [asking.ask('tm:1'), asking.ask('tm:2')];
  air.lose('tm:1', 'jm:1#questions');
  expect(await first).toBeNull();
  desk.close();
  expect(await second).toBeNull();
  expect(await asking.ask('tm:3')).toBeNull();
});

test('logs are asked for as readings are, and what a process cannot tell is a sentence', async () => {
  const { desk } = twoDesks();
  const [logs, log, none] = await Promise.all([
    desk.ask('tm:1', { kind: 'logs' }),
    desk.ask('tm:1', { kind: 'log', name: 'tm-1.log', lines: 1 }),
    desk.ask('tm:1', { kind: 'log', name: 'tm-1.stdout', lines: null }),
  ]);
  expect(logs).toEqual({ kind: 'logs', process: 'tm-1', files: [{ name: 'tm-1.log', size: 8, mtime: 0 }] });
  expect([log?.text, none?.text]).toEqual(['two\n', null]);
  await expect(desk.ask('jm:1', { kind: 'logs' })).rejects.toThrow('the process keeps no logs');
  expect((await desk.ask('jm:1', { kind: 'readings' }))?.kind).toBe('readings'); // it goes on
});

test('one question goes to a process at a time, and none stands in line for longer than an answer may take', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  try {
    const { air, desk } = twoDesks();
    air.gone.add('tm:1#questions');
    const [first, early] = [desk.ask('tm:1', { kind: 'logs' }), desk.ask('tm:1', { kind: 'readings' })];
    await vi.advanceTimersByTimeAsync(1);
    const late = desk.ask('tm:1', { kind: 'log', name: 'tm-1.log', lines: null });
    expect(air.sent).toHaveLength(1);
    expect((await desk.ask('jm:1', { kind: 'readings' }))?.kind).toBe('readings'); // others are asked meanwhile
    air.gone.clear();
    await vi.advanceTimersByTimeAsync(ANSWER_MS - 1);
    expect([await first, await early, (await late)?.text]).toEqual([null, null, 'one\ntwo\n']);
  } finally {
    vi.useRealTimers();
  }
});

test('questions and answers pass the codec, and no machine reads them', () => {
  const codec = withQuestions(clusterCodec);
  const letter = (kind: string, body: object): Envelope => {
    return { effect: 'send', streamClass: 'control', from: 'a:1#questions', to: 'b:1#questions', kind, body };
  };
  const asked: readonly Question[] = [
    { kind: 'readings' },
    { kind: 'logs' },
    { kind: 'log', name: 'tm-1.log', lines: null },
    { kind: 'log', name: 'tm-1.log', lines: 500 },
  ];
  const answers: readonly Answer[] = [
    { kind: 'readings', readings: readingsOf() },
    { kind: 'logs', process: 'tm-1', files: [{ name: 'tm-1.log', size: 7, mtime: 1_000 }] },
    { kind: 'log', text: 'one\ntwo\n' },
    { kind: 'log', text: null },
  ];
  const letters = [
    ...asked.map((one) => letter('ask-process', { question: 3, asked: one })),
    ...[...answers, { kind: 'failed', reason: 'no' }].map((answer) => letter('process-told', { question: 3, answer })),
  ];
  for (const one of letters) {
    const bytes = codec.encode(one);
    expect(codec.decode(bytes)).toEqual({ ok: true, value: one });
    expect(decodeMessage(bytes).ok).toBe(false);
  }
  const damaged = codec.encode(letters[4]!).with(60, 255);
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
