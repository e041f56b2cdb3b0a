// A sequential run of a job graph: one record at a time through all operators, written again and kept small: what each kind of operator does stands in `kinds`.
// It is as exact as it is slow; what it must not do is share code or ideas of order with the machines.
import { describeNonValue, isValue } from '../../core/base/value.ts';
import type { Value } from '../../core/base/value.ts';
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import {
  BadOutput,
  END_OF_TIME,
  type OperatorState,
  type ReferenceRun,
  type SplitState,
  type StateOfKey,
} from './kinds/kind.ts';
import type { HeldBack } from './in-flight.ts';
import { rowOf } from './kinds/kinds.ts';
import type { PlannedOperator, PlannedSplit, ReferencePlan } from './reference-plan.ts';
import { createDueTimers } from './reference-timers.ts';

export function createReferenceRun(
  plan: ReferencePlan,
  onSink: ReferenceRun['onSink'],
  late: boolean = false,
  inFlight: HeldBack | null = null,
): ReferenceRun {
  return {
    plan,
    splits: plan.splits.map(() => ({ position: 0, maxTimestamp: NO_TIMESTAMP, watermark: NO_TIMESTAMP })),
    watermarks: plan.operators.map(() => NO_TIMESTAMP),
    states: plan.operators.map(() => ({
      windows: new Map(),
      keys: new Map(),
      timers: createDueTimers<StateOfKey>(),
      dueAt: END_OF_TIME,
    })),
    calls: plan.operators.map(() => 0),
    lateRecords: 0,
    outOfBounds: 0,
    farthestBehind: null,
    inFlight,
    longestCallMs: 0,
    reading: 0,
    calling: 0,
    onSink,
    late,
  };
}

/** Reads on to these positions (by split), one record of each split in turn. */
export function runTo(run: ReferenceRun, positions: readonly number[]): void {
  for (let more = true; more;) {
    more = false;
    for (let split = 0; split < positions.length; split++) {
      if ((run.splits[split] as SplitState).position >= (positions[split] as number)) continue;
      readRecord(run, split);
      more = true;
    }
  }
}

/** A split that was read to its end no longer holds back watermarks. */
export function endSplit(run: ReferenceRun, split: number): void {
  advanceSplit(run, split, END_OF_TIME);
}

function readRecord(run: ReferenceRun, index: number): void {
  const split = run.splits[index] as SplitState;
  const planned = run.plan.splits[index] as PlannedSplit;
  const { source, records, outOfOrdernessMs } = planned;
  const value = records[split.position] as Value;
  run.reading = index;
  run.calling = source;
  const timestamp = timestampAt(run.plan, planned, split.position);
  split.position += 1;
  if (timestamp <= split.watermark && timestamp !== NO_TIMESTAMP) noteStraggler(run, index, timestamp);
  emit(run, source, value, timestamp);
  if (timestamp <= split.maxTimestamp) return;
  split.maxTimestamp = timestamp;
  if (!run.late) advanceSplit(run, index, timestamp - outOfOrdernessMs - 1);
}

/** Several runs read the same records, and each is dated once. */
function timestampAt(
  { operators }: ReferencePlan,
  { source, records, timestamps }: PlannedSplit,
  position: number,
): number {
  const known = timestamps[position];
  if (known !== undefined) return known;
  const timestampOf = operators[source]?.functions.timestamp;
  const timestamp = timestampOf === undefined ? NO_TIMESTAMP : timestampOf(records[position] as Value);
  timestamps[position] = timestamp;
  return timestamp;
}

/** Lets watermarks come to where the records that were read have moved them. */
export function releaseWatermarks(run: ReferenceRun): void {
  for (const [index, { maxTimestamp }] of run.splits.entries()) {
    const { outOfOrdernessMs } = run.plan.splits[index] as ReferencePlan['splits'][number];
    if (maxTimestamp !== NO_TIMESTAMP) advanceSplit(run, index, maxTimestamp - outOfOrdernessMs - 1);
  }
}

function noteStraggler(run: ReferenceRun, split: number, timestamp: number): void {
  const { maxTimestamp, position } = run.splits[split] as SplitState;
  const behindMs = maxTimestamp - timestamp;
  run.outOfBounds += 1;
  if (behindMs > (run.farthestBehind?.behindMs ?? 0)) run.farthestBehind = { split, position: position - 1, behindMs };
}

function emit(run: ReferenceRun, from: number, value: Value, timestamp: number): void {
  if (!isValue(value)) {
    run.calling = from;
    throw new BadOutput('gives what is not data', describeNonValue(value) ?? 'something that changed meanwhile');
  }
  for (const target of (run.plan.operators[from] as PlannedOperator).targets) process(run, target, value, timestamp);
  run.calling = from; // whose code goes on
}

function process(run: ReferenceRun, index: number, value: Value, timestamp: number): void {
  run.calling = index;
  run.calls[index] = (run.calls[index] as number) + 1;
  rowOf(run.plan, index).take(run, index, value, timestamp, emit);
}

function advanceSplit(run: ReferenceRun, split: number, watermark: number): void {
  const state = run.splits[split] as SplitState;
  if (watermark <= state.watermark) return;
  const before = state.watermark;
  state.watermark = watermark;
  for (let index = 0; index < run.watermarks.length; index++) {
    if (run.watermarks[index] === before) advanceOperator(run, index);
  }
}

/** Operators are in topological order: what a window emits reaches the next operator before that one's watermark rises. */
function advanceOperator(run: ReferenceRun, index: number): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  run.calling = index;
  let watermark = run.inFlight?.watermarks[index] ?? END_OF_TIME;
  for (const split of planned.splits) watermark = Math.min(watermark, (run.splits[split] as SplitState).watermark);
  if (watermark <= (run.watermarks[index] as number)) return;
  run.watermarks[index] = watermark;
  const state = run.states[index] as OperatorState;
  if (state.dueAt > watermark) return;
  rowOf(run.plan, index).fire?.(run, index, watermark, emit);
}
