// Whether what was measured over a life stays what it was: its first third against its last one. Pure.

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/**
 * `floor`: the median of what windows have at the least: memory that waits for a collection, and descriptors of a moment, do not count. `peak`: the most, of
 * what grows and is tidied by turns.
 */
export type Measure = 'floor' | 'peak';

/** The last third may have `factor` times what the first one had, and `more`; and never above `most`. */
export interface Bound {
  readonly factor: number;
  readonly more: number;
  readonly most?: number;
}

export interface Series {
  readonly name: string;
  readonly unit: 'bytes' | 'number';
  readonly measure: Measure;
  readonly bound: Bound;
  readonly points: readonly Point[];
}

export interface Flatness extends Pick<Series, 'name' | 'unit' | 'measure'> {
  /** Null: there are too few points. */
  readonly first: number | null;
  readonly last: number | null;
  readonly allowed: number | null;
  readonly isFlat: boolean;
}

const WINDOW_MS = 10_000;
const POINTS_LEAST = 3; // of a third

export function flatnessOf({ name, unit, measure, bound, points }: Series, lifeMs: number): Flatness {
  const third = lifeMs / 3;
  const first = measured(
    points.filter(({ atMs }) => atMs < third),
    measure,
  );
  const last = measured(
    points.filter(({ atMs }) => atMs >= 2 * third),
    measure,
  );
  const allowed = first === null ? null : Math.min(bound.most ?? Infinity, first * bound.factor + bound.more);
  const isFlat = last !== null && allowed !== null && last <= allowed && (first ?? 0) <= (bound.most ?? Infinity);
  return { name, unit, measure, first, last, allowed, isFlat };
}

function measured(points: readonly Point[], measure: Measure): number | null {
  if (points.length < POINTS_LEAST) return null;
  if (measure === 'peak') return Math.max(...points.map(({ value }) => value));
  const windows = Map.groupBy(points, ({ atMs }) => Math.floor(atMs / WINDOW_MS));
  const floors = Array.from(windows.values(), (window) => Math.min(...window.map(({ value }) => value)));
  floors.sort((a, b) => a - b);
  return floors[Math.floor(floors.length / 2)] as number;
}

/** One line: a series that is not flat. */
export function describeFlatness(flatness: Flatness): string {
  const { name, measure, first, last, allowed } = flatness;
  if (first === null || last === null) return `${name}: there are too few measurements`;
  return `${name}: ${measure} ${amount(flatness, first)} in the first third, ${amount(flatness, last)} in the last one, at most ${amount(flatness, allowed)}`;
}

const MIB = 1_048_576;

/** As a person reads it. */
export function amount({ unit }: Pick<Flatness, 'unit'>, value: number | null): string {
  if (value === null) return '-';
  return unit === 'bytes' ? `${(value / MIB).toFixed(2)} MiB` : String(Math.round(value));
}
