// Both sides compute the same, and the right thing: their results of a bounded input beside each other, and beside a count of the records.
import type { JobSize, Results } from '../real/job.ts';
import { numbersFrom, timedFrom, wordsFrom } from '../real/records.ts';
import type { BothResults } from './side.ts';
import type { ComparedJob } from './works.ts';

const WINDOW_MS = 1_000;

/** Of a job that hands on a result for each record, or each window. */
export function expectedResults(job: ComparedJob, size: JobSize): Results {
  const results = new Map<string, [number, number, number]>();
  const add = (name: string, value: number): void => {
    const [count, sum, max] = results.get(name) ?? [0, 0, value];
    results.set(name, [count + 1, sum + value, Math.max(max, value)]);
  };
  for (let split = 0; split < size.parallelism; split++) {
    if (job === 'totals' || job === 'typed-totals' || job === 'declared-totals')
      for (const { key, value } of numbersFrom(split, 0, size.recordsPerSplit, size.keys)) add(String(key), value);
    if (job === 'words') for (const { word } of wordsFrom(split, 0, size.recordsPerSplit)) add(word, 0);
    if (job === 'window')
      for (const { key, value, at } of timedFrom(split, 0, size.recordsPerSplit, size))
        add(`${key}@${Math.floor(at / WINDOW_MS) * WINDOW_MS}`, value);
  }
  const numbers = { totals: 2, 'typed-totals': 2, 'declared-totals': 2, words: 1, window: 3 }[job];
  return new Map([...results].map(([name, all]) => [name, all.slice(0, numbers)]));
}

/** The first difference as a sentence, or null. */
export function differenceOf({ millrace, flink }: BothResults, expected: Results): string | null {
  return differs('Millrace', millrace, expected) ?? differs('Flink', flink, expected);
}

function differs(side: string, found: Results, expected: Results): string | null {
  for (const [name, numbers] of expected) {
    const given = found.get(name);
    if (given?.join(' ') !== numbers.join(' '))
      return `${side} has ${given?.join(' ') ?? 'nothing'} for ${name}, right is ${numbers.join(' ')}`;
  }
  for (const name of found.keys())
    if (!expected.has(name)) return `${side} has a result for ${name}, which no record has`;
  return null;
}
