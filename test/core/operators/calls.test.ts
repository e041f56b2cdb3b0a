// What `mapAsync` has in flight: whatever the order of answers, nothing is lost, doubled or moved across a watermark, in order nothing at all is moved, and no more
// than the capacity is asked for at once. A snapshot holds what is in flight, and it comes back with any parallelism.

import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { OperatorSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import type { MapAsyncOperator } from '../../../src/core/graph/job-graph.ts';
import {
  addCall,
  addWatermark,
  callsDueAt,
  calledRecord,
  createCalls,
  cutCalls,
  hasNoCalls,
  hasReady,
  isFull,
  nextCall,
  onAnswered,
  overdueRecord,
  restoreCalls,
  takeCut,
  takeReady,
  takeReadyWatermark,
  type CallsState,
} from '../../../src/core/operators/calls.ts';
import { NEVER } from '../../../src/core/base/machine.ts';
import { packKeyGroup } from '../../../src/core/checkpoint/key-group-codec.ts';

type Order = MapAsyncOperator['order'];

function operatorOf(given: Partial<MapAsyncOperator> = {}): MapAsyncOperator {
  return { id: 'asked', kind: 'map-async', parallelism: 1, order: 'ordered', capacity: 2, timeoutMs: 0, ...given };
}

function callsWith(given: Partial<MapAsyncOperator> = {}, subtask = 0, parallelism = 1): CallsState {
  return createCalls(operatorOf(given), { subtask, parallelism, maxParallelism: 8 });
}

/** All that can go on now, as text: records by their result, watermarks as `|5`. */
function drain(calls: CallsState): string[] {
  const out: string[] = [];
  while (hasReady(calls)) {
    const watermark = takeReadyWatermark(calls);
    if (watermark !== null) out.push(`|${watermark}`);
    else out.push(...takeReady(calls, 1).map(({ result }) => result as string));
  }
  return out;
}

function askAll(calls: CallsState, now = 0): number[] {
  const ids: number[] = [];
  for (let id = nextCall(calls, now); id !== 0; id = nextCall(calls, now)) ids.push(id);
  return ids;
}

describe('in order', () => {
  test('an answer waits for those of the records before it', () => {
    const calls = callsWith();
    for (const name of ['a', 'b', 'c']) addCall(calls, name, 1);
    const [a, b] = askAll(calls) as [number, number];
    expect(askAll(calls)).toEqual([]); // two are in flight, and that is its capacity
    onAnswered(calls, b, 'B');
    expect(drain(calls)).toEqual([]);
    expect(askAll(calls)).toEqual([]); // an answer that waits takes its place
    onAnswered(calls, a, 'A');
    expect(drain(calls)).toEqual(['A', 'B']);
    const [c] = askAll(calls) as [number];
    onAnswered(calls, c, 'C');
    expect(drain(calls)).toEqual(['C']);
    expect(hasNoCalls(calls)).toBe(true);
  });
});

describe('without order', () => {
  test('answers go on as they come, up to the first watermark', () => {
    const calls = callsWith({ order: 'unordered', capacity: 10 });
    addCall(calls, 'a', 1);
    addCall(calls, 'b', 1);
    addWatermark(calls, 5);
    addCall(calls, 'c', 6);
    addCall(calls, 'd', 6);
    addWatermark(calls, 9);
    addCall(calls, 'e', 10);
    const [a, b, c, d, e] = askAll(calls) as [number, number, number, number, number];
    onAnswered(calls, e, 'e');
    onAnswered(calls, d, 'd');
    onAnswered(calls, b, 'b');
    expect(drain(calls)).toEqual(['b']);
    onAnswered(calls, a, 'a');
    expect(drain(calls)).toEqual(['a', '|5', 'd']);
    onAnswered(calls, c, 'c');
    expect(drain(calls)).toEqual(['c', '|9', 'e']);
  });
});

test('watermarks without a record between are one, and none that is not higher counts', () => {
  const calls = callsWith();
  addCall(calls, 'a', 1);
  addWatermark(calls, 5);
  addWatermark(calls, 7);
  addWatermark(calls, 6);
  const [a] = askAll(calls) as [number];
  onAnswered(calls, a, 'A');
  expect(drain(calls)).toEqual(['A', '|7']);
});

test('it is full with as many records as its capacity, asked for or answered', () => {
  const calls = callsWith({ capacity: 1 });
  expect(isFull(calls)).toBe(false);
  addCall(calls, 'a', 1);
  expect(isFull(calls)).toBe(true);
  const [a] = askAll(calls) as [number];
  onAnswered(calls, a, 'A');
  expect(isFull(calls)).toBe(true);
  drain(calls);
  expect(isFull(calls)).toBe(false);
});

test('a call is overdue at its deadline, and no more once it is answered', () => {
  const calls = callsWith({ timeoutMs: 50 });
  expect(callsDueAt(calls)).toBe(NEVER);
  addCall(calls, 'a', 1);
  const [a] = askAll(calls, 100) as [number];
  addCall(calls, 'b', 1);
  askAll(calls, 120);
  expect(callsDueAt(calls)).toBe(150);
  expect(overdueRecord(calls, 149)).toBe(null);
  expect(overdueRecord(calls, 150)?.given).toBe('a');
  onAnswered(calls, a, 'A');
  expect(callsDueAt(calls)).toBe(170);
});

test('what was not written by it is refused with a reason', () => {
  const foreign = packKeyGroup(0, [{ key: 'k', value: 7 }]);
  expect(restoreCalls(callsWith(), [{ operator: 'asked', keyGroups: [foreign] }])).toEqual({
    ok: false,
    reason: 'operator "asked": key group 0 of its snapshot was not written by an operator of this kind',
  });
});

// ---- Any order of answers

/** `record`: the next one comes. `watermark`: a higher one. `answer`: which of those that wait, as a share. */
type Deed =
  | { readonly deed: 'record' }
  | { readonly deed: 'watermark' }
  | { readonly deed: 'answer'; readonly which: number };

const anyDeeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Deed>({ deed: 'record' }, { deed: 'watermark' }),
    fc.record({ deed: fc.constant('answer' as const), which: fc.nat({ max: 99 }) }),
  ),
  { maxLength: 80 },
);
const anyOrder = fc.constantFrom<Order>('ordered', 'unordered');
const anyCapacity = fc.integer({ min: 1, max: 6 });

interface Played {
  readonly calls: CallsState;
  /** What came in, and what went on, in order. */
  readonly came: string[];
  readonly went: string[];
  readonly waiting: number[];
}

function play(order: Order, capacity: number, deeds: readonly Deed[]): Played {
  const played: Played = { calls: callsWith({ order, capacity }), came: [], went: [], waiting: [] };
  const { calls, came, went, waiting } = played;
  for (const [at, one] of deeds.entries()) {
    if (one.deed === 'record') addCall(calls, came.push(`r${at}`) && `r${at}`, at);
    else if (one.deed === 'watermark') addNewWatermark(played, at);
    else answerOne(played, one.which);
    went.push(...drain(calls));
    waiting.push(...askAll(calls));
    expect(waiting.length).toBeLessThanOrEqual(capacity);
  }
  return played;
}

/** As a task does it: a watermark in front of which nothing waits goes on at once. */
function addNewWatermark({ calls, came, went }: Played, timestamp: number): void {
  came.push(`|${timestamp}`);
  if (hasNoCalls(calls)) went.push(`|${timestamp}`);
  else addWatermark(calls, timestamp);
}

function answerOne({ calls, waiting }: Played, which: number): void {
  const [id] = waiting.splice(which % Math.max(1, waiting.length), 1);
  if (id !== undefined) onAnswered(calls, id, calledRecord(calls, id).given);
}

function finish(played: Played): void {
  while (played.waiting.length > 0) {
    answerOne(played, 7);
    played.went.push(...drain(played.calls));
    played.waiting.push(...askAll(played.calls));
  }
}

/** Records between two watermarks are one set, and a watermark right behind another one stands for both. */
function segments(elements: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const [at, element] of elements.entries()) {
    if (!element.startsWith('|')) found.at(-1)?.push(element);
    else if (elements[at + 1]?.startsWith('|') !== true) found.push([element], []);
  }
  return found;
}

test('in order everything goes on as it came', () => {
  fc.assert(
    fc.property(anyCapacity, anyDeeds, (capacity, deeds) => {
      const played = play('ordered', capacity, deeds);
      finish(played);
      expect(segments(played.went)).toEqual(segments(played.came));
      expect(hasNoCalls(played.calls)).toBe(true);
    }),
  );
});

test('without order nothing is lost, doubled, or moved across a watermark', () => {
  fc.assert(
    fc.property(anyCapacity, anyDeeds, (capacity, deeds) => {
      const played = play('unordered', capacity, deeds);
      finish(played);
      const sorted = (elements: readonly string[]): string[][] => segments(elements).map((one) => one.toSorted());
      expect(sorted(played.went)).toEqual(sorted(played.came));
      expect(hasNoCalls(played.calls)).toBe(true);
    }),
  );
});

test('a snapshot holds what came and did not go on, in its order, and comes back with any parallelism', () => {
  fc.assert(
    fc.property(anyOrder, anyCapacity, anyDeeds, fc.integer({ min: 1, max: 8 }), (order, capacity, deeds, subtasks) => {
      const { calls, came, went } = play(order, capacity, deeds);
      cutCalls(calls);
      const snapshots: readonly OperatorSnapshot[] = takeCut(calls);
      const left = came.filter((element) => !element.startsWith('|') && !went.includes(element));
      const restored = Array.from({ length: subtasks }, (_, subtask) => {
        const own = callsWith({ order, capacity }, subtask, subtasks);
        expect(restoreCalls(own, snapshots)).toEqual({ ok: true, value: true });
        return [...own.elements.values()].map((element) => (element.kind === 'record' ? element.given : '|'));
      });
      expect(restored.flat()).toEqual(left);
      const [first = []] = restored;
      expect(first).toEqual(left); // the order of records of one subtask stays, so they stay together
    }),
  );
});
