// Busy, idle, back-pressured: what a look finds counts for the time since the look before. How fast figures rise, and whose bytes frames are.
import { expect, test } from 'vitest';
import { addCall, createCalls, nextCall, type CallsState } from '../../../src/core/operators/calls.ts';
import type { ChannelId } from '../../../src/core/protocol/ids.ts';
import type { TaskState } from '../../../src/core/task/state.ts';
import type { TaskManagerState } from '../../../src/core/taskmanager/state.ts';
import { countingCodec, FrameBytes, noTaskTraffic } from '../../../src/net-real/metrics/frame-bytes.ts';
import { RateWindow } from '../../../src/net-real/metrics/rates.ts';
import { TaskMeter, timedMachine } from '../../../src/net-real/metrics/task-meter.ts';

interface Stand {
  readonly ready?: number;
  readonly full?: number;
  readonly status?: TaskState['status'];
  readonly number?: number;
  readonly records?: number;
  readonly calls?: CallsState;
}

const attempt = { jobId: 'job-1', vertex: 0, subtask: 0, attempt: 1 };
const channel: ChannelId = {
  jobId: 'job-1',
  epoch: 1,
  edge: 0,
  producer: 0,
  producerAttempt: 1,
  consumer: 0,
  consumerAttempt: 1,
};

/** As much of a task as a look reads. */
function task({ ready = 0, full = 0, status = 'RUNNING', number = 1, records = 0, calls }: Stand): TaskState {
  return {
    number,
    status,
    descriptor: { attempt, vertex: { name: 'count', operators: [{ id: 'count', kind: 'reduce' }] } },
    partition: { full, edges: [] },
    sink: null,
    source: null,
    watermark: 7,
    advancing: false,
    gate: { ready, channels: [{ id: channel, records, queue: { items: [], head: 0 } }] },
    chain: { keyed: null, ...(calls === undefined ? {} : { calls }) },
    checkpoints: [],
  } as unknown as TaskState;
}

test('each look counts by what it finds', () => {
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  const look = (stand: Stand, now: number, workedMs = 0): void => {
    meter.worked(task(stand), workedMs);
    meter.look([task(stand)], now);
  };
  look({ ready: 1 }, 10); // the first one: it may have begun only now
  look({ ready: 1 }, 30, 20);
  look({}, 60);
  look({ ready: 1, full: 1 }, 100);
  look({ status: 'INITIALIZING' }, 1_000);
  look({ ready: 1 }, 1_001, 1);
  expect(meter.timesOf({ number: 1 })).toEqual({ busy: 21, idle: 30, backpressured: 40 });
});

test('whoever waits for the thread of another stands as it did lately; its own steps are its busy time', () => {
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  const [source, sink] = [task({ number: 1 }), task({ number: 2 })];
  meter.look([source, sink], 0);
  for (let now = 30; now <= 30_000; now += 30) {
    meter.worked(source, 1);
    meter.worked(sink, 29);
    const stands = (now / 30) % 3 === 1 ? { full: 1 } : {}; // the sink made room, mostly before the look
    meter.look([task({ number: 1, ready: 1, ...stands }), task({ number: 2, ready: 1 })], now);
  }
  const { busy, idle, backpressured } = meter.timesOf(source);
  expect(busy).toBeLessThan(3_000);
  expect(busy).toBeGreaterThanOrEqual(1_000);
  expect([idle, Math.round(busy + backpressured)]).toEqual([0, 30_000]);
  expect(meter.read(task({ number: 1, ready: 1 }), 30_000).isBackpressured).toBe(true);
  expect(meter.timesOf(sink)).toEqual({ busy: 30_000, idle: 0, backpressured: 0 });
  expect(meter.read(task({ number: 2, ready: 1 }), 30_000).isBackpressured).toBe(false);
});

test('a task that has as many calls in flight as may be is busy, whatever it was before', () => {
  const place = { subtask: 0, parallelism: 1, maxParallelism: 128 };
  const operator = { id: 'price', kind: 'map-async', parallelism: 1, order: 'ordered', capacity: 1, timeoutMs: 0 };
  const calls = createCalls(operator as never, place);
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  meter.look([task({ calls })], 0);
  meter.look([task({ calls })], 100);
  addCall(calls, 7, 0);
  nextCall(calls, 100);
  meter.look([task({ calls })], 200); // nothing waits for the call
  meter.look([task({ calls, ready: 1 })], 500);
  expect(meter.timesOf({ number: 1 })).toEqual({ busy: 300, idle: 200, backpressured: 0 });
  expect(meter.read(task({ calls, ready: 1 }), 500)).toMatchObject({
    isBackpressured: false,
    calls: { operator: 'price', inFlight: 1, capacity: 1, oldestMs: 400 },
  });
});

test('a machine tells whose step took how long', () => {
  const tasks = [task({ number: 1 }), task({ number: 2 })];
  const state = { tasks, turn: 0 } as unknown as TaskManagerState;
  let now = 0;
  const told: (readonly [number, number])[] = [];
  const meter = { worked: ({ number }: TaskState, ms: number) => void told.push([number, ms]) };
  const machine = {
    step: (at: TaskManagerState) => {
      now += 10 * (at.turn + 1);
      at.turn = at.turn === 0 ? 1 : 0;
    },
  } as unknown as Parameters<typeof timedMachine>[0];
  const timed = timedMachine(machine, meter, () => now);
  for (const kind of ['work', 'work', 'wake', 'work']) timed.step(state, { kind } as never, null as never);
  expect(told).toEqual([
    [1, 10],
    [2, 20],
    [2, 20],
  ]);
});

test('of a task that is gone the last totals are kept, and another attempt begins anew', () => {
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  const first = task({ ready: 1, records: 3 });
  for (const now of [0, 20, 40]) meter.look([first, task({ number: 7 })], now);
  expect(meter.timesOf({ number: 1 }).busy).toBe(40);
  (first.gate.channels[0] as { records: number }).records = 5; // between the last look and its end
  meter.look([task({ number: 7, status: 'CANCELING' })], 60);
  expect(meter.timesOf({ number: 1 }).busy).toBe(0);
  expect(meter.timesOf({ number: 2 }).busy).toBe(0);
  expect(meter.ended.map(({ isOver, totals }) => [isOver, totals.recordsIn, totals.busyMs])).toEqual([[true, 5, 40]]);
  expect(meter.ended[0]!.perSecond.busyMs).toBe(0);
});

test('only so many that ended are kept', () => {
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  for (let number = 1; number <= 300; number++) meter.look([task({ number })], number);
  meter.look([], 301);
  expect(meter.ended).toHaveLength(256);
});

test('rates are those of the last five seconds, and the three times make a second', () => {
  const traffic = noTaskTraffic();
  const meter = new TaskMeter(0, traffic, 'here:1');
  // 100 records a second for ten seconds, then 10; busy every other time.
  let records = 0;
  for (let now = 0; now <= 20_000; now += 20) {
    records += now < 10_000 ? 2 : 0.2;
    if ((now / 20) % 2 === 1) meter.worked(task({}), 20);
    meter.look([task({ ready: (now / 20) % 2, records })], now);
  }
  const read = meter.read(task({ records }), 20_000);
  expect(read.perSecond.recordsIn).toBeCloseTo(10, 0);
  expect(read.perSecond.busyMs + read.perSecond.idleMs + read.perSecond.backpressuredMs).toBeCloseTo(1_000);
  expect(read.perSecond.busyMs).toBeCloseTo(500, -1);
  expect(read.totals).toMatchObject({ recordsIn: records, busyMs: 10_000, idleMs: 10_000, backpressuredMs: 0 });
  expect(meter.read(task({ number: 9 }), 20_000).perSecond.recordsIn).toBe(0); // nobody looked at it yet
});

test('what comes from, or goes to, the same process has no bytes, and that is told', () => {
  const meter = new TaskMeter(0, noTaskTraffic(), 'here:1');
  const at = (from: string, to: string): TaskState => {
    const queue = { items: [], head: 0 };
    const one = (address: string) => ({ id: channel, address, records: 1, queue });
    return {
      ...task({}),
      gate: { ready: 0, channels: [one('there:1'), one(from)] },
      partition: { full: 0, edges: [{ channels: [one(to)] }] },
    } as unknown as TaskState;
  };
  expect(meter.read(at('here:1', 'there:1'), 1)).toMatchObject({ hasLocalInput: true, hasLocalOutput: false });
  expect(meter.read(at('there:1', 'here:1'), 1)).toMatchObject({ hasLocalInput: false, hasLocalOutput: true });
});

test('of too short a time no rate is told', () => {
  const window = new RateWindow<'n'>();
  expect(window.perSecond(5, { n: 3 })).toEqual({ n: 0 });
  window.keep(0, { n: 0 });
  expect(window.perSecond(150, { n: 100 })).toEqual({ n: 0 });
  expect(window.perSecond(1_000, { n: 100 })).toEqual({ n: 100 });
});

test('bytes of frames are those of one channel between two attempts; what is of the dead counts no more', () => {
  const bytes = new FrameBytes();
  bytes.add(channel, 10);
  bytes.add({ ...channel }, 5);
  bytes.add({ ...channel, consumer: 1 }, 1_000);
  expect(bytes.of(channel)).toBe(15);
  const next = { ...channel, producerAttempt: 2, consumerAttempt: 2 };
  bytes.add(next, 7);
  bytes.add(channel, 100);
  expect([bytes.of(next), bytes.of(channel)]).toEqual([7, 0]);
  const later = { ...channel, epoch: 2 }; // a new leader counts attempts from 1 again
  bytes.add(later, 3);
  expect([bytes.of(later), bytes.of(next)]).toEqual([3, 0]);
  bytes.keepJobs(new Set(['job-2']));
  expect(bytes.of(later)).toBe(0);
});

test('a codec counts frames with records, both ways, header included', () => {
  const traffic = noTaskTraffic();
  const letter = (kind: string) => ({
    effect: 'send' as const,
    streamClass: 'data' as const,
    from: 'a',
    to: 'b',
    kind,
    body: { channel },
  });
  const codec = countingCodec(
    { encode: () => new Uint8Array(92), decode: () => ({ ok: true, value: letter('channel-elements') }) },
    traffic,
  );
  codec.encode(letter('channel-elements'));
  codec.encode(letter('channel-credit'));
  codec.decode(new Uint8Array(42));
  expect([traffic.sent.of(channel), traffic.received.of(channel)]).toEqual([100, 50]);
});
