// The clocks of a node. The monotonic one is piecewise linear: it may be ahead, run fast or slow, and jump forward; it never runs back, and its
// arithmetic is of whole microseconds. The wall clock is the monotonic one with an offset of its own, which may change in both directions.
import { assert } from '../core/base/assert.ts';
import { NEVER } from '../core/base/machine.ts';
import { schedule } from './engine.ts';
import type { Engine } from './engine.ts';
import { rollWords } from './observe.ts';
import type { TimeUs } from './observation.ts';
import { DOWN } from './records.ts';
import type { NodeClock, NodeRecord } from './records.ts';

const MILLION = 1_000_000;

/** Drift, in parts per million, may be no more than this either way: half as fast, or half as fast again. */
export const DRIFT_PPM_MAX = 500_000;

/** What the monotonic clock of a node shows, in whole ms. */
export function clockOf(engine: Engine, node: NodeRecord): number {
  const { clock } = node;
  const { now } = engine;
  const ahead = clock.driftPpm === 0 ? clock.aheadUs : clock.aheadUs + drifted(now - clock.sinceUs, clock.driftPpm);
  return Math.floor((now + ahead) / 1_000);
}

/** How much a clock gains in a time. In two parts, as the product of the whole has more digits than a number. */
function drifted(elapsedUs: number, driftPpm: number): number {
  const rest = elapsedUs % MILLION;
  return ((elapsedUs - rest) / MILLION) * driftPpm + Math.floor((rest * driftPpm) / MILLION);
}

export function isWakeDue(engine: Engine, node: NodeRecord): boolean {
  return node.wakeAtMs !== NEVER && clockOf(engine, node) >= node.wakeAtMs;
}

/** Makes sure that an event comes at the deadline, or before it; a later one that is on its way is left to go stale. */
export function awaitDeadline(engine: Engine, node: NodeRecord): void {
  if (node.wakeAtMs === NEVER) return;
  const dueAt = Math.max(worldTimeOf(node.clock, node.wakeAtMs), node.busyUntil, engine.now);
  assert(!Number.isNaN(dueAt), () => `${node.fixed.address}: wakeAt is not a number`);
  if (dueAt >= node.wakeEventAt) return;
  node.wakeEventAt = dueAt;
  schedule(engine, dueAt, node.fixed.wake);
}

/** The first moment at which the clock shows so many ms, as far as its present piece goes. */
export function worldTimeOf({ sinceUs, aheadUs, driftPpm }: NodeClock, clockMs: number): TimeUs {
  const shown = Math.ceil(clockMs) * 1_000 - aheadUs; // on a clock without drift that showed `sinceUs` at `sinceUs`
  if (driftPpm === 0 || shown <= sinceUs) return shown;
  const needed = shown - sinceUs;
  let elapsed = Math.floor((needed * MILLION) / (MILLION + driftPpm)); // right but for rounding
  while (elapsed + drifted(elapsed, driftPpm) < needed) elapsed += 1;
  while (elapsed > 0 && elapsed - 1 + drifted(elapsed - 1, driftPpm) >= needed) elapsed -= 1;
  return sinceUs + elapsed;
}

/** From now on the clocks of a node run fast by so many parts in a million; slow, if it is negative. False if they do so already. */
export function setDrift(engine: Engine, node: NodeRecord, driftPpm: number): boolean {
  assert(
    Number.isInteger(driftPpm) && Math.abs(driftPpm) <= DRIFT_PPM_MAX,
    () => `a drift of ${driftPpm} ppm: expected a whole number from -${DRIFT_PPM_MAX} to ${DRIFT_PPM_MAX}`,
  );
  if (node.clock.driftPpm === driftPpm) return false;
  changeClock(engine, node, 0, 0, driftPpm);
  return true;
}

/** The clocks of a node jump by so many ms: both of them, forward, or the wall clock alone, in either direction. */
export function jumpClock(engine: Engine, node: NodeRecord, byMs: number, which: 'both' | 'wall'): boolean {
  assert(Number.isInteger(byMs), () => `a jump of ${byMs} ms: expected a whole number`);
  assert(which === 'wall' || byMs >= 0, 'a monotonic clock never runs back');
  if (byMs === 0) return false;
  const { driftPpm } = node.clock;
  if (which === 'both') changeClock(engine, node, byMs, 0, driftPpm);
  else changeClock(engine, node, 0, byMs, driftPpm);
  return true;
}

/** Begins a new piece. Deadlines may now come sooner than they were expected. */
function changeClock(engine: Engine, node: NodeRecord, jumpMs: number, wallJumpMs: number, driftPpm: number): void {
  const { clock } = node;
  node.clock = {
    sinceUs: engine.now,
    aheadUs: clock.aheadUs + drifted(engine.now - clock.sinceUs, clock.driftPpm) + jumpMs * 1_000,
    wallAheadMs: clock.wallAheadMs + wallJumpMs,
    driftPpm,
  };
  rollWords(engine, 'clock', node.fixed.index, driftPpm);
  rollWords(engine, 'clock', jumpMs, wallJumpMs);
  if (node.status < DOWN) awaitDeadline(engine, node);
}
