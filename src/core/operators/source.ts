// A source as state: the splits of one subtask, what was fetched of them, their pace and their watermarks.
// It asks for nothing itself: its task carries out the reads that `nextRead` names and hands the answers to `onRecords`.
import { NEVER } from '../base/machine.ts';
import type { Shift } from '../base/relative.ts';
import type { Value } from '../base/value.ts';
import type { SplitSnapshot } from '../checkpoint/snapshot.ts';
import { batchOfRows, NO_TIMESTAMP, type Batch } from '../graph/batch.ts';
import type { SourceOperator } from '../graph/job-graph.ts';
import { checkTimestamp } from './answers.ts';
import { batchOfFetched, fetchedCount, noTimes, rowsOfFetched, sliceFetched, type Fetched } from './fetched.ts';
import { RECORD, type AtWork } from '../base/at-work.ts';
import { isProcessEnded } from '../base/process-ended.ts';
import { describeThrown, showRecord, UserCodeError } from './user-code-error.ts';
import { MAX_WATERMARK } from './watermark.ts';

/** A source that fell behind its rate makes up for this much of it at full speed; what is older is let go, so that a long stall is no burst. */
const CATCH_UP_MAX_MS = 1_000;

export interface SplitState {
  readonly split: number;
  /** Records emitted so far; so also where the next one lies. */
  position: number;
  /** Largest event time emitted, or NO_TIMESTAMP. */
  maxTimestamp: number;
  /** Fetched records that are being emitted, and the index of the next one. */
  fetched: Fetched;
  next: number;
  /** What the source gave with the place where `fetched` begins, with the place behind it, and with the place behind `ahead`; '': nothing. */
  mark: string;
  fetchedMark: string;
  aheadMark: string;
  /** Fetched after them, or null. */
  ahead: Fetched | null;
  /** The split ends behind what was fetched. */
  endKnown: boolean;
  /** A first answer came: where the split ends, if it ends behind its restored position, is known from then on. */
  opened: boolean;
  /** A read is on its way, or waits to be tried again. */
  reading: boolean;
  /** Pace: `paced` records were emitted since `pacedFrom` (ms on the node's clock). */
  pacedFrom: number;
  paced: number;
  /** Records may be emitted now; otherwise at `dueAt`, or NEVER when there are none. */
  due: boolean;
  dueAt: number;
}

export interface SourceState {
  readonly operator: SourceOperator;
  /** Records that are emitted at once: a full batch, or what the rate allows in the time that a batch may wait. */
  readonly quantum: number;
  readonly splits: SplitState[];
  /** Index of the split that emits next, if it can. */
  turn: number;
  /** T10 (../task/invariants.ts): the number of splits that may emit now. */
  dueSplits: number;
  /** When the next split may emit, or NEVER. */
  dueAt: number;
}

export interface SourceRead {
  readonly split: number;
  readonly position: number;
  /** Of the position, or of one before it. */
  readonly mark: string;
}

/** @param restored what the restored snapshots say of any splits; those of others are passed over. */
export function createSource(
  operator: SourceOperator,
  splits: readonly number[],
  restored: readonly SplitSnapshot[],
  batching: { readonly batchSizeRecords: number; readonly bufferTimeoutMs: number },
): SourceState {
  const paceRecords = Math.floor((operator.recordsPerSecond * batching.bufferTimeoutMs) / 1_000);
  const quantum = operator.recordsPerSecond === 0 ? batching.batchSizeRecords : paceRecords;
  return {
    operator,
    quantum: Math.max(1, Math.min(quantum, batching.batchSizeRecords)),
    splits: splits.map((split) => createSplit(operator, split, restored)),
    turn: 0,
    dueSplits: 0,
    dueAt: NEVER,
  };
}

function createSplit(operator: SourceOperator, split: number, restored: readonly SplitSnapshot[]): SplitState {
  const before = restored.find((other) => other.operator === operator.id && other.split === split);
  return {
    split,
    position: before?.position ?? 0,
    maxTimestamp: before?.maxTimestamp ?? NO_TIMESTAMP,
    fetched: [],
    next: 0,
    mark: before?.mark ?? '',
    fetchedMark: before?.mark ?? '',
    aheadMark: '',
    ahead: null,
    endKnown: false,
    opened: false,
    reading: false,
    pacedFrom: 0,
    paced: 0,
    due: false,
    dueAt: NEVER,
  };
}

/** The next read that is wanted, now marked as on its way; null if there is none. One read per split at a time, in order. */
export function nextRead(source: SourceState): SourceRead | null {
  for (const split of source.splits) {
    if (split.reading || split.endKnown || split.ahead !== null) continue;
    split.reading = true;
    return readFrom(split);
  }
  return null;
}

/** Records that were fetched and not emitted, without those ahead. */
function available({ fetched, next }: SplitState): number {
  return fetchedCount(fetched) - next;
}

function fetchedTo(split: SplitState): number {
  return split.position + available(split) + (split.ahead === null ? 0 : fetchedCount(split.ahead));
}

/** The read of this split, which stays marked as on its way: for a repetition after a failure. */
export function readOf(source: SourceState, split: number): SourceRead | null {
  const state = splitOf(source, split);
  return state === null ? null : readFrom(state);
}

function readFrom(split: SplitState): SourceRead {
  const mark = split.ahead === null ? split.fetchedMark : split.aheadMark;
  return { split: split.split, position: fetchedTo(split), mark };
}

export interface SplitAnswer {
  readonly position: number;
  readonly fetched: Fetched;
  readonly end: boolean;
  readonly mark: string;
}

export type ReadOutcome = 'taken' | 'nothing-yet' | 'wrong-position';

/** Takes an answer. Unless it was `taken`, the read stays marked as on its way and must be repeated. */
export function onRecords(source: SourceState, read: SourceRead, answer: SplitAnswer, now: number): ReadOutcome {
  const split = splitOf(source, read.split);
  if (split?.endKnown === true) {
    split.reading = false; // of a source that was drained meanwhile
    return 'taken';
  }
  if (split === null || answer.position !== fetchedTo(split)) return 'wrong-position';
  split.opened = true;
  split.endKnown = answer.end;
  const count = fetchedCount(answer.fetched);
  if (count === 0 && !answer.end) return 'nothing-yet';
  split.reading = false;
  if (count > 0) {
    split.ahead = Object.freeze(answer.fetched); // never changes: copies of the state share it
    split.aheadMark = answer.mark;
  }
  refillSplit(source, split, now);
  refreshDue(source);
  return 'taken';
}

/** The task was at its end at the cut that it is restored from, or ends now: nothing is left to read. */
export function finishSource(source: SourceState): void {
  for (const split of source.splits) {
    split.opened = true;
    split.endKnown = true;
  }
}

/** Nothing is emitted any more: each split ends behind what was, whatever lies there. */
export function drainSource(source: SourceState): void {
  for (const split of source.splits) {
    if (available(split) > 0) split.fetchedMark = split.mark; // that of what is thrown away lies behind the position
    split.fetched = [];
    split.next = 0;
    split.ahead = null;
    split.aheadMark = '';
    split.due = false;
    split.dueAt = NEVER;
  }
  finishSource(source);
  refreshDue(source);
}

/** Begins the pace of all splits: from now on they emit. */
export function startSource(source: SourceState, now: number): void {
  for (const split of source.splits) {
    split.pacedFrom = now;
    split.paced = 0;
    paceSplit(source, split, now);
  }
  refreshDue(source);
}

/** Lets the splits emit whose time has come. */
export function wakeSource(source: SourceState, now: number): void {
  if (source.dueAt > now) return;
  for (const split of source.splits) {
    if (split.dueAt > now) continue;
    split.due = true;
    split.dueAt = NEVER;
  }
  refreshDue(source);
}

/** Takes the batches of a source. */
export interface SourceTarget {
  /** @param values its rows, if they were made already */
  onBatch(batch: Batch, values: readonly Value[] | null): void;
}

/** Emits up to one quantum of the next split in turn, as a batch. Returns how many records that were: 0 if none may emit now. */
export function emitBatch(
  source: SourceState,
  timestampOf: ((value: Value) => number) | undefined,
  target: SourceTarget,
  now: number,
  atWork: AtWork,
): number {
  const split = takeTurn(source);
  if (split === null) return 0;
  const count = Math.min(source.quantum, available(split));
  const records = sliceFetched(split.fetched, split.next, split.next + count);
  if (timestampOf === undefined) {
    target.onBatch(batchOfFetched(records, noTimes(count)), null);
  } else {
    const values = rowsOfFetched(records);
    target.onBatch(batchOfFetched(records, timesOf(source, split, values, timestampOf, target, atWork)), values);
  }
  atWork[RECORD] = 0;
  split.next += count;
  split.position += count;
  split.paced += count;
  refillSplit(source, split, now);
  refreshDue(source);
  return count;
}

function takeTurn(source: SourceState): SplitState | null {
  for (let tried = 0; tried < source.splits.length; tried++) {
    const split = source.splits[source.turn] as SplitState;
    source.turn = source.turn + 1 < source.splits.length ? source.turn + 1 : 0;
    if (split.due) return split;
  }
  return null;
}

/** The event times of records. If one has none, those before it are emitted first: records fail in their order. */
function timesOf(
  source: SourceState,
  split: SplitState,
  values: readonly Value[],
  timestampOf: (value: Value) => number,
  target: SourceTarget,
  atWork: AtWork,
): Float64Array {
  const times = new Float64Array(values.length);
  let index = 0;
  try {
    for (; index < values.length; index++) {
      atWork[RECORD] = index + 1;
      const timestamp = eventTime(source, timestampOf, values[index] as Value);
      if (timestamp > split.maxTimestamp) split.maxTimestamp = timestamp;
      times[index] = timestamp;
    }
  } catch (thrown) {
    if (!isProcessEnded(thrown)) target.onBatch(batchOfRows(values.slice(0, index), times.subarray(0, index)), null);
    throw thrown;
  }
  return times;
}

function eventTime(source: SourceState, timestampOf: (value: Value) => number, value: Value): number {
  const { id } = source.operator;
  try {
    return checkTimestamp(id, timestampOf(value));
  } catch (thrown) {
    if (isProcessEnded(thrown)) throw thrown;
    const error =
      thrown instanceof UserCodeError
        ? thrown
        : new UserCodeError(id, `failed in its timestamp function: ${describeThrown(thrown)}`, null, thrown);
    error.given ??= showRecord(value);
    throw error;
  }
}

/** Moves on to what was fetched ahead, and says when the split may emit again. */
function refillSplit(source: SourceState, split: SplitState, now: number): void {
  if (available(split) === 0 && split.ahead !== null) {
    split.mark = split.fetchedMark;
    split.fetched = split.ahead;
    split.fetchedMark = split.aheadMark;
    split.next = 0;
    split.ahead = null;
    split.aheadMark = '';
  }
  paceSplit(source, split, now);
}

function paceSplit(source: SourceState, split: SplitState, now: number): void {
  const left = available(split);
  const rate = source.operator.recordsPerSecond;
  split.due = false;
  split.dueAt = NEVER;
  if (left === 0) return;
  forgetOldLag(split, rate, now);
  const wanted = Math.min(left, source.quantum);
  const at = rate === 0 ? now : split.pacedFrom + Math.ceil(((split.paced + wanted) * 1_000) / rate);
  if (at <= now) split.due = true;
  else split.dueAt = at;
}

function forgetOldLag(split: SplitState, rate: number, now: number): void {
  if (rate === 0 || now - split.pacedFrom - Math.ceil((split.paced * 1_000) / rate) <= CATCH_UP_MAX_MS) return;
  split.pacedFrom = now - CATCH_UP_MAX_MS;
  split.paced = 0;
}

function refreshDue(source: SourceState): void {
  source.dueSplits = 0;
  source.dueAt = NEVER;
  for (const split of source.splits) {
    if (split.due) source.dueSplits += 1;
    if (split.dueAt < source.dueAt) source.dueAt = split.dueAt;
  }
}

/** Takes what has passed off its moments: the beginning of a pace that nobody keeps any more is none. */
export function shiftSource(source: SourceState, by: Shift): void {
  const isPaced = source.operator.recordsPerSecond > 0;
  for (const split of source.splits) {
    split.pacedFrom = isPaced && !isSplitFinished(split) ? by.moment(split.pacedFrom) : 0;
    split.dueAt = by.moment(split.dueAt);
  }
  source.dueAt = by.moment(source.dueAt);
}

/** The end of the split is known, and everything before it was emitted. */
function isSplitFinished(split: SplitState): boolean {
  return split.endKnown && available(split) === 0 && split.ahead === null;
}

/** A source without splits is at its end at once. */
export function isSourceFinished(source: SourceState): boolean {
  return source.splits.every(isSplitFinished);
}

export function isSourceOpened(source: SourceState): boolean {
  return source.splits.every((split) => split.opened);
}

/** The smallest watermark of the unfinished splits: a function of their positions alone. MAX_WATERMARK if all are finished. */
export function sourceWatermark(source: SourceState): number {
  let watermark = MAX_WATERMARK;
  for (const split of source.splits) {
    if (!isSplitFinished(split)) watermark = Math.min(watermark, splitWatermark(source, split));
  }
  return watermark;
}

function splitWatermark(source: SourceState, split: SplitState): number {
  return split.maxTimestamp === NO_TIMESTAMP ? NO_TIMESTAMP : split.maxTimestamp - source.operator.outOfOrdernessMs - 1;
}

export function snapshotSplits(source: SourceState): readonly SplitSnapshot[] {
  return source.splits.map((state) => {
    const { split, position, maxTimestamp, mark, fetchedMark } = state;
    return {
      operator: source.operator.id,
      split,
      position,
      maxTimestamp,
      mark: available(state) === 0 ? fetchedMark : mark,
    };
  });
}

function splitOf(source: SourceState, split: number): SplitState | null {
  return source.splits.find((state) => state.split === split) ?? null;
}
