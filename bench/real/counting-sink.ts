// A sink port without a disk, of one process. It keeps the last result of each name that was committed, and latencies.
import type { Value } from '../../src/core/base/value.ts';
import type { PortAnswer, PortRequest } from '../../src/core/protocol/ports.ts';
import type { Port } from '../../src/net-real/port.ts';
import { resultOf, type Outcome, type Results } from './job.ts';

export interface CountingSink extends Port {
  /** Wall time in ms of the first commit that made a record visible; null before. */
  firstCommitAt(): number | null;
  /** Of one subtask; each checkpoint has one, with or without records. */
  commits(): number;
  /** Of totals by key. */
  outcome(): Outcome;
  /** The last numbers of each name. */
  results(): readonly (readonly [name: string, numbers: readonly number[]])[];
  /** Numbers that were written, committed or not, since the last time. */
  takeNumbers(): number[];
}

type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;

/** @param keeps whether what was committed is kept: names that never end would fill the memory */
export function countingSink(keeps = true): CountingSink {
  const transactions = new Map<string, Value[]>();
  const kept = new Map<string, readonly number[]>();
  let numbers: number[] = [];
  let firstCommitAt: number | null = null;
  let shown = 0;
  let commits = 0;

  const write = (transaction: string, records: readonly Value[]): void => {
    const open = transactions.get(transaction) ?? [];
    open.push(...records);
    transactions.set(transaction, open);
    for (const record of records) if (typeof record === 'number') numbers.push(record);
  };

  const keep = (record: Value): void => {
    const result = resultOf(record);
    if (result !== null) kept.set(...result);
  };

  const commit = (transaction: string): void => {
    const records = transactions.get(transaction) ?? [];
    transactions.delete(transaction);
    commits += 1;
    if (records.length > 0) firstCommitAt ??= Date.now();
    shown += records.length;
    if (keeps) for (const record of records) keep(record);
  };

  return {
    serves: ['sink-open', 'sink-write', 'sink-prepare', 'sink-commit'],
    firstCommitAt: () => firstCommitAt,
    commits: () => commits,
    outcome: () => addUp(shown, kept),
    results: () => [...kept],
    takeNumbers() {
      const taken = numbers;
      numbers = [];
      return taken;
    },
    async request(given: PortRequest): Promise<PortAnswer> {
      const request = given as SinkRequest;
      switch (request.kind) {
        case 'sink-open':
          return { kind: 'sink-opened' };
        case 'sink-write':
          write(request.transaction, request.records);
          return { kind: 'sink-written' };
        case 'sink-prepare':
          return { kind: 'sink-prepared' };
        case 'sink-commit':
          commit(request.transaction);
          return { kind: 'sink-committed' };
      }
    },
    async close() {},
  };
}

function addUp(shown: number, totals: Results): Outcome {
  const outcome = { shown, count: 0, sum: 0 };
  for (const [count = 0, sum = 0] of totals.values()) {
    outcome.count += count;
    outcome.sum += sum;
  }
  return outcome;
}
