// A chain: the operators of one task between its source or inputs and its sink or outputs. Only the first one can be keyed, and have timers.
// The state is plain data; the code that works on it is looked up in the job's program and never part of it.
import { assert, must } from '../base/assert.ts';
import type { Key, Value } from '../base/value.ts';
import { attributeError, type ChainCode, type ProcessCode } from './chain-code.ts';
import type { ChainState, KeyedChainState } from './chain-state.ts';
import { fireTimer, processOne } from './process.ts';
import { reduceRecord } from './reduce.ts';
import { runStateless, type Collector } from './stateless.ts';
import { forgetTimers } from './timer-limit.ts';
import { dropFirstTimer, isTimerDue } from './timer-queue.ts';
import { showRecord, showTimer } from './user-code-error.ts';
import { fireWindow, windowRecord } from './window.ts';

export { resolveChain, type ChainCode } from './chain-code.ts';
export {
  abandonSnapshot,
  beginSnapshot,
  createRestoreCursor,
  restoreStep,
  snapshotStep,
  type RestoreCursor,
  type SnapshotCursor,
} from './chain-snapshot.ts';
export { createChain, type ChainState } from './chain-state.ts';
export type { ChainPlace } from './keyed-state.ts';
export type { Collector } from './stateless.ts';

/** Sends one record through the chain; what comes out goes to the collector. Throws a UserCodeError if the job's code is at fault. */
export function processRecord(
  chain: ChainState,
  code: ChainCode,
  value: Value,
  timestamp: number,
  collector: Collector,
): void {
  try {
    if (chain.keyed === null) runStateless(code, 0, value, timestamp, collector);
    else keyedRecord(chain, chain.keyed, code, value, timestamp, collector);
  } catch (error) {
    throw errorAtRecord(code, error, value);
  }
}

/** A function of its own: a closure within `processRecord` would cost each record a context. */
function errorAtRecord(code: ChainCode, thrown: unknown, value: Value): unknown {
  return attributeError(code, thrown, () => showRecord(value));
}

function keyedRecord(
  chain: ChainState,
  keyed: KeyedChainState,
  code: ChainCode,
  value: Value,
  timestamp: number,
  collector: Collector,
): void {
  const operator = must(code.keyed, 'the code of a keyed operator');
  if (keyed.kind === 'reduce' && operator.kind === 'reduce') {
    return runStateless(code, 0, reduceRecord(keyed.state, code, operator, value, timestamp), timestamp, collector);
  }
  if (keyed.kind === 'window' && operator.kind === 'window') {
    if (!windowRecord(keyed.state, code, operator, value, timestamp, chain.watermark)) chain.lateRecordsDropped += 1;
    return;
  }
  assert(keyed.kind === 'process' && operator.kind === 'process', 'code and state are of one kind');
  processOne(keyed.state, code, operator, value, timestamp, chain.watermark);
  passOn(code, operator, timestamp, collector);
}

/** Sends on what a call of `process` emitted. */
function passOn(code: ChainCode, operator: ProcessCode, timestamp: number, collector: Collector): void {
  const { emitted } = operator.call;
  if (emitted.length === 0) return; // nothing to empty, either: setting a length is a slow call
  for (let index = 0; index < emitted.length; index++)
    runStateless(code, 0, emitted[index] as Value, timestamp, collector);
  emitted.length = 0;
}

/**
 * Fires up to `maxTimers` timers that are due, by time and then by key. True when none is left: only then does the chain's watermark rise, and only
 * then may the next record come.
 */
export function advanceWatermark(
  chain: ChainState,
  code: ChainCode,
  watermark: number,
  maxTimers: number,
  collector: Collector,
): boolean {
  assert(watermark >= chain.watermark, () => `a watermark runs back from ${chain.watermark} to ${watermark}`);
  if (chain.keyed !== null && !fireTimers(chain.keyed, code, watermark, maxTimers, collector)) return false;
  chain.watermark = watermark;
  if (chain.keyed !== null) forgetTimers(chain.keyed.state);
  return true;
}

function fireTimers(
  keyed: KeyedChainState,
  code: ChainCode,
  watermark: number,
  maxTimers: number,
  collector: Collector,
): boolean {
  const { timers } = keyed.state;
  for (let left = maxTimers; left > 0 && isTimerDue(timers, watermark); left--) {
    const time = timers.times[0] as number;
    const key = timers.keys[0] as Key;
    dropFirstTimer(timers);
    try {
      fireOne(keyed, code, key, time, watermark, collector);
    } catch (error) {
      throw attributeError(code, error, () => showTimer(time, key));
    }
  }
  return !isTimerDue(timers, watermark);
}

function fireOne(
  keyed: KeyedChainState,
  code: ChainCode,
  key: Key,
  time: number,
  watermark: number,
  collector: Collector,
): void {
  const operator = must(code.keyed, 'the code of a keyed operator');
  if (keyed.kind === 'window' && operator.kind === 'window') {
    return runStateless(code, 0, fireWindow(keyed.state, code, operator, key, time), time, collector);
  }
  assert(keyed.kind === 'process' && operator.kind === 'process', 'windows and process have timers, nothing else has');
  fireTimer(keyed.state, code, operator, key, time, watermark);
  passOn(code, operator, time, collector);
}
