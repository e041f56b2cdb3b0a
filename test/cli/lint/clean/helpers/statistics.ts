// Imported by clean jobs.
export interface Statistics {
  count: number;
  sum: number;
  readonly values: number[];
}

export const createStatistics = (): Statistics => ({ count: 0, sum: 0, values: [] });

/** Changes the statistics that it is given. */
export function addTo(statistics: Statistics, value: number): Statistics {
  statistics.count += 1;
  statistics.sum += value;
  statistics.values.push(value);
  return statistics;
}
