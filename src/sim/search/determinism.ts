// Determinism: two runs of one tape must agree event by event. This file compares their streams of events and finds the first
// difference; it must not run anything itself.
import type { EventRecord } from '../world-types.ts';

/** What is kept of an event until another run is compared with it. */
export interface EventNote {
  readonly hash: string;
  readonly text: string;
}

/** The first event in which two runs differ, with both sides. A side that ended before has `null`. */
export interface Divergence {
  readonly index: number;
  readonly left: EventNote | null;
  readonly right: EventNote | null;
}

/** Keeps what a comparison needs of each event. */
export function noteEvents(): { readonly notes: readonly EventNote[]; readonly onEvent: (event: EventRecord) => void } {
  const notes: EventNote[] = [];
  return { notes, onEvent: (event) => notes.push({ hash: event.hash, text: event.describe() }) };
}

/** The first event in which two runs differ, or null if they are the same run. */
export function firstDivergence(left: readonly EventNote[], right: readonly EventNote[]): Divergence | null {
  const length = Math.max(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [left[i] ?? null, right[i] ?? null];
    if (one?.hash !== other?.hash) return { index: i + 1, left: one, right: other };
  }
  return null;
}

/**
 * Where two runs parted, from hashes that were taken every `interval` events: they agreed up to and including event `from`,
 * and no longer at event `to`. Null if no hash differs; the end of the shorter list proves nothing.
 */
export function firstDivergentInterval(
  left: readonly string[],
  right: readonly string[],
  interval: number,
): { readonly from: number; readonly to: number } | null {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    if (left[i] !== right[i]) return { from: i * interval, to: (i + 1) * interval };
  }
  return null;
}

/** Two lines, cut to the piece around their first difference, so that a person sees it. Equal lines are cut at their ends. */
export function cutToDifference(left: string, right: string, width: number): readonly [string, string] {
  const length = Math.min(left.length, right.length);
  let differsAt = 0;
  while (differsAt < length && left[differsAt] === right[differsAt]) differsAt += 1;
  const isSame = differsAt === left.length && differsAt === right.length;
  const from = isSame || differsAt < width / 2 ? 0 : differsAt - Math.floor(width / 3);
  return [cut(left, from, width), cut(right, from, width)];
}

function cut(text: string, from: number, width: number): string {
  const piece = text.slice(from, from + width);
  return (from > 0 ? '…' : '') + piece + (from + width < text.length ? '…' : '');
}
