// A chain: the operators of one task between its source or inputs and its sink or outputs. Only the first one can be keyed, and have timers.
// The state is plain data; the code that works on it is looked up in the job's program and never part of it.
import { assert } from '../base/assert.ts';
import { RECORD } from '../base/at-work.ts';
import type { Value } from '../base/value.ts';
import { batchSize, type Batch } from '../graph/batch.ts';
import { takeReady, type CallsState } from './calls.ts';
import type { ChainCode } from './chain-code.ts';
import type { ChainState, KeyedChainState } from './chain-state.ts';
import { GivenRows, type RowTarget } from './stage-output.ts';
import { forgetTimers } from './timer-limit.ts';
import { isTimerDue } from './timer-queue.ts';

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
export { originAt, type RowTarget, type Rows } from './stage-output.ts';

/**
 * Sends a batch through the chain; what comes out goes to the target. Throws a UserCodeError if the job's code is at fault.
 * @param values the rows of the batch, if they were made already
 */
export function processBatch(
  chain: ChainState,
  code: ChainCode,
  batch: Batch,
  target: RowTarget,
  values: readonly Value[] | null = null,
): void {
  const first = open(chain, code, target);
  const rows = new GivenRows(batch, values);
  code.work.given = rows;
  first.onRows(rows, batchSize(batch));
  close(code);
}

/** Hands on records whose answers came, up to `max`; gives how many these were. */
export function giveAnswered(
  chain: ChainState,
  calls: CallsState,
  code: ChainCode,
  max: number,
  target: RowTarget,
): number {
  const answered = takeReady(calls, max);
  open(chain, code, target);
  code.work.given = { values: answered.map(({ given }) => given) };
  code.stages[0]?.onAnswers(answered);
  close(code);
  return answered.length;
}

/** Tells the code whose state it works on, and where records go; gives the first to take them. */
function open(chain: ChainState, { stages, work }: ChainCode, target: RowTarget): RowTarget {
  work.chain = chain;
  const last = stages.at(-1);
  // millrace-lint-ignore outside-state: set anew in each step
  if (last !== undefined) last.output.next = target;
  return stages[0] ?? target;
}

/** The code outlives the step, and several states may share it. */
function close({ work }: ChainCode): void {
  work.chain = null;
  work.given = null;
  work.atWork[RECORD] = 0;
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
  target: RowTarget,
): boolean {
  assert(watermark >= chain.watermark, () => `a watermark runs back from ${chain.watermark} to ${watermark}`);
  const { keyed } = chain;
  if (keyed !== null && !fireTimers(chain, keyed, code, watermark, maxTimers, target)) return false;
  chain.watermark = watermark;
  if (keyed !== null) forgetTimers(keyed.state);
  return true;
}

function fireTimers(
  chain: ChainState,
  { state: { timers } }: KeyedChainState,
  code: ChainCode,
  watermark: number,
  maxTimers: number,
  target: RowTarget,
): boolean {
  if (!isTimerDue(timers, watermark)) return true;
  open(chain, code, target);
  code.work.fired.clear();
  code.stages[0]?.onTimers(watermark, maxTimers);
  close(code);
  return !isTimerDue(timers, watermark);
}
