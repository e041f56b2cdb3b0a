// Smallest, largest, mean and percentiles of a few values, as Flink computes them (commons-math `Percentile`: position p * (n + 1), between two values the
// part of the way). Of no value all percentiles are "NaN".
import type { Spread } from '../shapes.ts';

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  const at = (part: number): number | 'NaN' => percentile(sorted, part);
  return {
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    avg: sorted.length === 0 ? 0 : Math.floor(sum / sorted.length),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
  };
}

function percentile(sorted: readonly number[], part: number): number | 'NaN' {
  const { length } = sorted;
  if (length === 0) return 'NaN';
  const position = part * (length + 1);
  if (position < 1) return sorted[0] as number;
  if (position >= length) return sorted[length - 1] as number;
  const below = sorted[Math.floor(position) - 1] as number;
  const above = sorted[Math.floor(position)] as number;
  return below + (position - Math.floor(position)) * (above - below);
}
