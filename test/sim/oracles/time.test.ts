// O-time: watermarks that run back or ahead, records behind them, and windows that fire too early.
import { expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';
import type { SinkOperator } from '../../../src/core/graph/job-graph.ts';
import { createSink } from '../../../src/core/operators/sink.ts';
import { createTask } from '../../../src/core/task/state.ts';
import { createTaskManagerState } from '../../../src/core/taskmanager/state.ts';
import type { Element } from '../../../src/core/protocol/messages.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import { timeOracle } from '../../../src/sim/oracles/time.ts';
import { History } from './history.ts';
import {
  completeCheckpoint,
  contextOf,
  deployAll,
  descriptorOf,
  JOB,
  restoring,
  windowing,
  type Word,
} from './small-job.ts';

/** A third vertex behind the windows: their results leave in frames. */
const forwarding = defineJob(
  'forwarding',
  (env) => {
    env
      .fromSource<Word>('words', { topic: 'words', splits: 2, timestamp: ({ at }) => at, outOfOrdernessMs: 10 })
      .keyBy(({ word }) => word)
      .window('per-100', tumblingEventTime(100))
      .aggregate({
        create: () => 0,
        add: (count: number) => count + 1,
        result: (count, { key }) => ({ word: key, count }),
      })
      .rebalance()
      .map('same', (value) => value)
      .sinkTo('out', { sink: 'counts' });
  },
  { parallelism: 2 },
);

const watermark = (timestamp: number): Element => ({ kind: 'watermark', timestamp });
const batch = (...timestamps: number[]): Element => ({
  kind: 'batch',
  batch: { values: timestamps.map(() => ({ word: 'mill', count: 1 })), timestamps },
});

function deployed(
  job: { graph: OracleContext['graph']; program: OracleContext['program'] },
  changes: Partial<OracleContext> = {},
): History {
  const context = contextOf(job, changes);
  const history = new History(timeOracle(context));
  deployAll(history, context, { epoch: 1, attempt: 1 });
  return history;
}

/** From a producer to a consumer over an edge; delivered at once. */
function frame(history: History, edge: number, producer: number, consumer: number, ...elements: Element[]): void {
  const channel = { jobId: JOB, epoch: 1, edge, producer, producerAttempt: 1, consumer, consumerAttempt: 1 };
  history.exchange(`tm-${producer + 1}`, `tm-${consumer + 1}`, 'channel-elements', { channel, sequence: 1, elements });
}

function writeToSink(history: History, ...records: Value[]): void {
  const token = { epoch: 1, attempt: 1 };
  history.request('tm-1', 1, {
    kind: 'sink-write',
    sink: 'counts',
    writer: `${JOB}/out/0`,
    token,
    transaction: 't',
    chunk: 0,
    records,
  });
}

test('passes: records, their watermark, the windows that it ends, and the watermark behind them', () => {
  const history = deployed(forwarding);
  frame(history, 0, 0, 0, batch(10, 45, 40), watermark(34), batch(130), watermark(119));
  frame(history, 0, 1, 0, batch(20, 60, 120), watermark(109));
  frame(history, 1, 0, 0, batch(99), watermark(109));
  frame(history, 0, 0, 0, { kind: 'end' });
  frame(history, 1, 0, 0, watermark(109));
  expect(history.sentences).toEqual([]);
});

test('passes: a record of a window that is over goes to the sink', () => {
  const history = deployed(windowing);
  frame(history, 0, 0, 0, watermark(99));
  frame(history, 0, 1, 0, watermark(120));
  writeToSink(history, { word: 'mill', from: 0, count: 2 });
  expect(history.sentences).toEqual([]);
});

test('passes: another order of splits drops a record that breaks its bound, and the reference does not', () => {
  const mill = (at: number) => ({ word: 'mill', at });
  const words = {
    splits: [
      [mill(10), mill(160), mill(20)],
      [mill(15), mill(16), mill(17)],
    ],
  };
  const history = deployed(windowing, { topics: { words } });
  frame(history, 0, 0, 0, watermark(149));
  frame(history, 0, 1, 0, { kind: 'end' });
  writeToSink(history, { word: 'mill', from: 0, count: 4 });
  expect(history.sentences).toEqual([]);
});

/** One of two sources is drained, and the other one is still read when its watermark ends a window. */
function halfDrained(drain: boolean, record: Value): History {
  const history = deployed(windowing);
  const attempt = { jobId: JOB, vertex: 0, subtask: 0, attempt: 1 };
  history.deliver('jm-1', 'tm-1', 'trigger-checkpoint', {
    epoch: 1,
    incarnation: 1,
    attempt,
    checkpointId: 1,
    timestamp: 0,
    drain,
  });
  frame(history, 0, 0, 0, watermark(9_007_199_254_740_991));
  frame(history, 0, 1, 0, watermark(99));
  writeToSink(history, record);
  return history;
}

test('passes: a window lacks what a source would have read that is drained, and is over for the others', () => {
  expect(halfDrained(true, { word: 'mill', from: 0, count: 1 }).sentences).toEqual([]);
});

test.each<[string, boolean, Value, string]>([
  ['nothing is drained', false, { word: 'mill', from: 0, count: 1 }, 'no window of the reference comes to that'],
  ['it is not over for the others', true, { word: 'wheel', from: 100, count: 2 }, 'its window ends at 200'],
])('fails: such a window, and %s', (_, drain, record, evidence) => {
  expect(halfDrained(drain, record).sentences.join()).toContain(evidence);
});

test('passes: a restored task begins at the watermark of its snapshot', () => {
  const context = contextOf(windowing);
  const history = new History(timeOracle(context));
  const completed = completeCheckpoint(history, context, { id: 1, epoch: 1, attempt: 1, positions: [4, 3] });
  deployAll(history, context, { epoch: 1, attempt: 1 }, restoring(completed));
  writeToSink(history, { word: 'race', from: 0, count: 3 });
  expect(history.sentences).toEqual([]);
});

test('fails: a result waits in its task, and the watermark is not there yet', () => {
  const context = contextOf(windowing);
  const history = deployed(windowing);
  const state = createTaskManagerState(1);
  const placement = { epoch: 1, incarnation: 1, leader: 'jm-1', slotIndex: 0, allocationId: 'slot-0-1' };
  const task = createTask(1, descriptorOf(context, 1, 0, 1, null), placement, context.options);
  const operator = task.descriptor.vertex.operators.at(-1) as SinkOperator;
  task.sink = createSink(operator, { jobId: JOB, subtask: 0, epoch: 1, attempt: 1 }, 0, []);
  state.tasks.push(task);
  history.nodes.push({
    address: 'tm-1',
    role: 'task-manager',
    status: 'running',
    isGone: false,
    incarnation: 1,
    state,
  });
  frame(history, 0, 0, 0, watermark(199));
  frame(history, 0, 1, 0, watermark(120));
  task.sink.records.push({ word: 'mill', from: 0, count: 2 });
  history.step('tm-1', []);
  expect(history.sentences).toEqual([]);
  task.sink.records.push({ word: 'wheel', from: 100, count: 2 });
  history.step('tm-1', []);
  expect(history.sentences).toEqual([
    'a window of 1/0#1 fired before the watermark | {"count":2,"from":100,"word":"wheel"}: its window ends at 200 | its inputs are at 120',
  ]);
});

test.each<[string, typeof windowing, (history: History) => void, string]>([
  [
    'the watermark of a channel runs back',
    windowing,
    (history) => frame(history, 0, 0, 0, watermark(40), watermark(39)),
    'the watermark of 0/0#1 runs back | edge 0: 39 after 40',
  ],
  [
    'a record comes behind the watermark of its channel',
    windowing,
    (history) => frame(history, 0, 0, 1, watermark(40), batch(50, 40)),
    '0/0#1 sends a record behind its watermark | timestamp 40, watermark 40',
  ],
  [
    'a watermark is ahead of one of the inputs',
    forwarding,
    (history) => {
      frame(history, 0, 0, 1, watermark(50));
      frame(history, 0, 1, 1, watermark(80));
      frame(history, 1, 1, 0, watermark(60));
    },
    'the watermark of 1/1#1 is ahead of its inputs | edge 1: 60, its inputs are at 50',
  ],
  [
    'a window fires although one input is not so far',
    forwarding,
    (history) => {
      frame(history, 0, 0, 0, watermark(120));
      frame(history, 1, 0, 0, batch(99));
    },
    'a window of 1/0#1 fired before the watermark | to 99, its inputs are at the beginning',
  ],
  [
    'a window that is not over goes to the sink',
    windowing,
    (history) => {
      frame(history, 0, 0, 0, watermark(98));
      frame(history, 0, 1, 0, watermark(98));
      writeToSink(history, { word: 'mill', from: 0, count: 2 });
    },
    'a window of 1/0#1 fired before the watermark | {"count":2,"from":0,"word":"mill"}: its window ends at 100 | its inputs are at 98',
  ],
  [
    'a part of a window goes to the sink',
    windowing,
    (history) => {
      frame(history, 0, 0, 0, { kind: 'end' });
      frame(history, 0, 1, 0, { kind: 'end' });
      writeToSink(history, { word: 'mill', from: 0, count: 1 });
    },
    '{"count":1,"from":0,"word":"mill"}: no window of the reference comes to that',
  ],
])('fails: %s', (_, job, act, sentence) => {
  const history = deployed(job);
  act(history);
  expect(history.sentences[0]).toContain(sentence);
});

test('passes: input that breaks its bound has records behind watermarks', () => {
  const topics = {
    words: {
      splits: [
        [
          { word: 'mill', at: 500 },
          { word: 'mill', at: 20 },
        ],
        [],
      ],
    },
  };
  const context = contextOf(windowing, { topics });
  const history = new History(timeOracle(context));
  deployAll(history, context, { epoch: 1, attempt: 1 });
  frame(history, 0, 0, 0, batch(500), watermark(489), batch(20));
  expect(history.sentences).toEqual([]);
});
