// Where a moment lies on the diagram: by time, or evenly, one place for each moment at which something happened. Clocks of a simulation
// jump: what is a hundred steps within a millisecond, and then nothing for half a second, is read more easily evenly.
import type { RunModel } from '../model/model.ts';

export type Spacing = 'time' | 'even';

export interface Positions {
  readonly spacing: Spacing;
  /** The last position; the first is 0. */
  readonly end: number;
  of(at: number): number;
  /** The moment at a position. */
  at(position: number): number;
}

const MARGIN = 0.012; // of the run, free at both ends, so that nothing is drawn at the very edge

export function positionsByTime({ endAt }: RunModel): Positions {
  const length = Math.max(1, endAt);
  const margin = length * MARGIN;
  const end = length + 2 * margin;
  return { spacing: 'time', end, of: (at) => at + margin, at: (position) => position - margin };
}

export function positionsEvenly(model: RunModel): Positions {
  const moments = momentsOf(model);
  const margin = moments.length * MARGIN;
  return {
    spacing: 'even',
    end: Math.max(1, moments.length - 1) + 2 * margin,
    of: (at) => margin + interpolate(moments, at),
    at: (position) => momentAt(moments, position - margin),
  };
}

function momentAt(moments: readonly number[], position: number): number {
  const before = Math.min(moments.length - 1, Math.max(0, Math.floor(position)));
  const from = moments[before] ?? 0;
  const to = moments[Math.min(moments.length - 1, before + 1)] ?? from;
  return from + (to - from) * Math.min(1, Math.max(0, position - before));
}

const EVEN_MOMENTS_MAX = 5_000;

/** A small run is read step by step; of a large one the proportions come first. */
export function initialPositions(model: RunModel): Positions {
  return momentsOf(model).length > EVEN_MOMENTS_MAX ? positionsByTime(model) : positionsEvenly(model);
}

function momentsOf({ steps, messages, calls, faults, endAt }: RunModel): number[] {
  const moments = new Set<number>([0, endAt]);
  for (const { at, until } of steps) moments.add(at).add(until);
  for (const { endedAt } of messages) moments.add(endedAt);
  for (const { appliedAt } of calls) if (appliedAt >= 0) moments.add(appliedAt);
  for (const { at } of faults) moments.add(at);
  return [...moments].sort((one, other) => one - other);
}

function interpolate(moments: readonly number[], at: number): number {
  let low = 0;
  let high = moments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((moments[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  const from = moments[low] ?? 0;
  const to = moments[low + 1] ?? from;
  return to > from ? low + (at - from) / (to - from) : low;
}
