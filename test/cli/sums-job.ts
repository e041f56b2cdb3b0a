// A job for commands that stop and go on: a running sum by the last digit is right only if state and positions are those of the cut.

/** A file of a job; it reads 200 numbers a second from the topic `numbers`, and writes to the sink `out`. */
export const sumsJob = `import { defineJob } from 'millrace/scenario';
export const job = defineJob('sums', (env) =>
  env.fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 200 })
    .keyBy((number) => String(number % 10))
    .reduce('sum', (a, b) => a + b)
    .sinkTo('out', { sink: 'out' }));
`;

/** What it writes of the numbers below `count`, sorted. */
export function sumsOf(count: number): readonly number[] {
  const sums = new Map<number, number>();
  const written = Array.from({ length: count }, (_, number) => {
    const sum = (sums.get(number % 10) ?? 0) + number;
    sums.set(number % 10, sum);
    return sum;
  });
  return sorted(written);
}

export const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
