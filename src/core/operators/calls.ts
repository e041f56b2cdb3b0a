// What `mapAsync` has in flight, as data: its records and watermarks in their order, which of them the host was asked for, and what it answered (Flink:
// AsyncWaitOperator and its StreamElementQueue). Who asks, and when, is the affair of the task.
import { must } from '../base/assert.ts';
import { NEVER } from '../base/machine.ts';
import type { Shift } from '../base/relative.ts';
import { createRing, pushRing, ringSize, takeRing, type Ring } from '../base/ring.ts';
import type { Result, Value } from '../base/value.ts';
import { packKeyGroup, unpackKeyGroup } from '../checkpoint/key-group-codec.ts';
import type { KeyedEntry, KeyGroupSnapshot, OperatorSnapshot } from '../checkpoint/snapshot.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import type { MapAsyncOperator } from '../graph/job-graph.ts';
import { keyGroupRange } from '../graph/key-groups.ts';
import type { ChainPlace } from './keyed-state.ts';

export interface CallsState {
  readonly operator: string;
  readonly isOrdered: boolean;
  readonly capacity: number;
  /** NEVER: a call may take as long as it likes. */
  readonly timeoutMs: number;
  /** Key groups of the subtask. What is in flight lies in the first of them when it is stored, so that it goes to one subtask whatever the parallelism is then. */
  readonly firstKeyGroup: number;
  readonly lastKeyGroup: number;
  /** Of the next element. Ids begin anew when nothing is in flight. */
  nextId: number;
  /** In their order, by id. */
  readonly elements: Map<number, CallElement>;
  /** How many of them are records. */
  records: number;
  /** Ids of records for which the host was not asked yet: there are more than `capacity`. */
  readonly unasked: Ring<number>;
  /** Ids of records for which the host was asked and gave no answer, with when that was, in ms on the node's clock, in the order of the requests. */
  readonly asked: Map<number, number>;
  /** The highest watermark that came in. */
  watermark: number;
  /** Answers so far: what came first goes on first where there is no order. */
  answers: number;
  /** `unordered`: ids of answered records in front of the first watermark, in the order of their answers. */
  readonly ready: Ring<number>;
  /** The id of the first watermark among the elements; 0: there is none. */
  firstWatermark: number;
  /** What the snapshot that is being taken holds; null: none is. */
  cut: readonly OperatorSnapshot[] | null;
}

export interface CalledRecord {
  readonly kind: 'record';
  readonly given: Value;
  readonly timestamp: number;
  /** Null until it is answered. */
  result: Value;
  /** Which of the answers; 0: none has come. */
  answered: number;
}

type CallElement = CalledRecord | { readonly kind: 'watermark'; readonly timestamp: number };

export function createCalls(operator: MapAsyncOperator, place: ChainPlace): CallsState {
  const { first, last } = keyGroupRange(place.subtask, place.maxParallelism, place.parallelism);
  return {
    operator: operator.id,
    isOrdered: operator.order === 'ordered',
    capacity: operator.capacity,
    timeoutMs: operator.timeoutMs === 0 ? NEVER : operator.timeoutMs,
    firstKeyGroup: first,
    lastKeyGroup: last,
    nextId: 1,
    elements: new Map(),
    records: 0,
    unasked: createRing(),
    asked: new Map(),
    watermark: NO_TIMESTAMP,
    answers: 0,
    ready: createRing(),
    firstWatermark: 0,
    cut: null,
  };
}

// ---- What comes in

export function addCall(calls: CallsState, given: Value, timestamp: number): void {
  const id = addElement(calls, { kind: 'record', given, timestamp, result: null, answered: 0 });
  calls.records += 1;
  pushRing(calls.unasked, id);
}

/** A watermark behind the records that are in flight; two of them without a record between are one. */
export function addWatermark(calls: CallsState, timestamp: number): void {
  if (timestamp <= calls.watermark) return;
  calls.watermark = timestamp;
  const last = calls.nextId - 1;
  if (calls.elements.get(last)?.kind === 'watermark') calls.elements.set(last, { kind: 'watermark', timestamp });
  else {
    const id = addElement(calls, { kind: 'watermark', timestamp });
    if (calls.firstWatermark === 0) calls.firstWatermark = id;
  }
}

function addElement(calls: CallsState, element: CallElement): number {
  const id = calls.nextId;
  calls.nextId += 1;
  calls.elements.set(id, element);
  return id;
}

/** Nothing is in flight. */
export function hasNoCalls({ elements }: CallsState): boolean {
  return elements.size === 0;
}

/** It takes no more until something went on. */
export function isFull({ records, capacity }: CallsState): boolean {
  return records >= capacity;
}

/** Records wait until a call is over: there are more than its capacity. */
export function hasUnasked({ unasked }: CallsState): boolean {
  return ringSize(unasked) > 0;
}

// ---- What is asked

/** The id of a record for which the host can be asked now, from here on asked for; 0: there is none. */
export function nextCall(calls: CallsState, now: number): number {
  const inFlight = calls.records - ringSize(calls.unasked);
  if (inFlight >= calls.capacity) return 0;
  const id = takeRing(calls.unasked) ?? 0;
  if (id !== 0) calls.asked.set(id, now);
  return id;
}

export function calledRecord(calls: CallsState, id: number): CalledRecord {
  const record = calls.elements.get(id);
  return must(record?.kind === 'record' ? record : undefined, 'a record in flight');
}

/** When the oldest call is overdue, in ms on the node's clock, or NEVER. */
export function callsDueAt({ asked, timeoutMs }: CallsState): number {
  for (const askedAt of asked.values()) return askedAt + timeoutMs;
  return NEVER;
}

/** The record whose call is overdue, or null. */
export function overdueRecord(calls: CallsState, now: number): CalledRecord | null {
  if (callsDueAt(calls) > now) return null;
  return oldestCall(calls)?.record ?? null;
}

/** The call that waits longest for its answer, and since when, in ms on the node's clock; null: none does. */
export function oldestCall(calls: CallsState): { readonly record: CalledRecord; readonly askedAt: number } | null {
  for (const [id, askedAt] of calls.asked) return { record: calledRecord(calls, id), askedAt };
  return null;
}

export function onAnswered(calls: CallsState, id: number, result: Value): void {
  const record = calledRecord(calls, id);
  calls.asked.delete(id);
  calls.answers += 1;
  record.answered = calls.answers;
  record.result = result;
  if (!calls.isOrdered && (calls.firstWatermark === 0 || id < calls.firstWatermark)) pushRing(calls.ready, id);
}

// ---- What goes on

/** Something can go on: a watermark that nothing is in front of, or records. */
export function hasReady(calls: CallsState): boolean {
  const first = firstOf(calls);
  if (first === null) return false;
  return first.kind === 'watermark' || (calls.isOrdered ? first.answered > 0 : ringSize(calls.ready) > 0);
}

function firstOf({ elements }: CallsState): CallElement | null {
  for (const element of elements.values()) return element;
  return null;
}

/** Takes out the watermark that is first; null: a record is. */
export function takeReadyWatermark(calls: CallsState): number | null {
  const first = firstOf(calls);
  if (first?.kind !== 'watermark') return null;
  calls.elements.delete(calls.firstWatermark);
  openSegment(calls);
  beginAnew(calls);
  return first.timestamp;
}

/** Behind a watermark: those that may go on up to the next one. */
function openSegment(calls: CallsState): void {
  calls.firstWatermark = 0;
  const answered: [answered: number, id: number][] = [];
  for (const [id, element] of calls.elements) {
    if (element.kind === 'watermark') {
      calls.firstWatermark = id;
      break;
    }
    if (element.answered > 0) answered.push([element.answered, id]);
  }
  if (calls.isOrdered) return;
  answered.sort(([left], [right]) => left - right);
  for (const [, id] of answered) pushRing(calls.ready, id);
}

/** Takes out records that go on, up to `max`, in their order; none overtakes a watermark. */
export function takeReady(calls: CallsState, max: number): readonly CalledRecord[] {
  const taken: CalledRecord[] = [];
  while (taken.length < max) {
    const id = nextReady(calls);
    if (id === 0) break;
    taken.push(calledRecord(calls, id));
    calls.elements.delete(id);
  }
  calls.records -= taken.length;
  beginAnew(calls);
  return taken;
}

function nextReady(calls: CallsState): number {
  if (!calls.isOrdered) return takeRing(calls.ready) ?? 0;
  for (const [id, element] of calls.elements) return element.kind === 'record' && element.answered > 0 ? id : 0;
  return 0;
}

/** States that differ in numbers alone are the same. */
function beginAnew(calls: CallsState): void {
  if (calls.elements.size > 0) return;
  calls.nextId = 1;
  calls.answers = 0;
}

export function shiftCalls({ asked }: CallsState, by: Shift): void {
  for (const [id, askedAt] of asked) asked.set(id, by.moment(askedAt));
}

// ---- Snapshot and restore

/** The cut: records in flight, answered or not, in their order. Watermarks are not stored: those of the inputs are repeated behind a restore. */
export function cutCalls(calls: CallsState): void {
  const entries: KeyedEntry[] = [];
  for (const element of calls.elements.values())
    if (element.kind === 'record') entries.push({ key: entries.length, value: [element.timestamp, element.given] });
  const keyGroups = entries.length === 0 ? [] : [packKeyGroup(calls.firstKeyGroup, entries)];
  calls.cut = [{ operator: calls.operator, keyGroups }];
}

/** What `cutCalls` found. */
export function takeCut(calls: CallsState): readonly OperatorSnapshot[] {
  const cut = must(calls.cut ?? undefined, 'a cut of what is in flight');
  calls.cut = null;
  return cut;
}

/** Takes the records in flight of its own key groups; they are asked for again. */
export function restoreCalls(calls: CallsState, snapshots: readonly OperatorSnapshot[]): Result<boolean> {
  const groups = snapshots.flatMap(({ operator, keyGroups }) => (operator === calls.operator ? keyGroups : []));
  const own = groups.filter(({ keyGroup }) => keyGroup >= calls.firstKeyGroup && keyGroup <= calls.lastKeyGroup);
  for (const group of own.toSorted((left, right) => left.keyGroup - right.keyGroup)) {
    const problem = restoreGroup(calls, group);
    if (problem !== null)
      return {
        ok: false,
        reason: `operator "${calls.operator}": key group ${group.keyGroup} of its snapshot ${problem}`,
      };
  }
  return { ok: true, value: true };
}

function restoreGroup(calls: CallsState, group: KeyGroupSnapshot): string | null {
  const unpacked = unpackKeyGroup(group);
  if (!unpacked.ok) return unpacked.reason;
  for (const { value } of unpacked.value) {
    if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'number')
      return 'was not written by an operator of this kind';
    addCall(calls, value[1] as Value, value[0]);
  }
  return null;
}
