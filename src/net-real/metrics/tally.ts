import type { MetricName, Sample } from './table.ts';

/** One sample for each value that is there, with how often it is. */
export function counted(
  name: MetricName,
  values: readonly string[],
  labels: readonly string[] = [],
): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ name, labels: [...labels, value], value: count }));
}
