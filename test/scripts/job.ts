// The job of the scripts: two sources count rows by key in windows of 100 ms. Vertex 0 is the sources, vertex 1 the counter with its sink,
// so that a barrier comes in two channels. It needs two slots: 0/0 and 1/0 share the first one.
import type { Value } from '../../src/core/base/value.ts';
import type { Topic } from '../../src/scenario/scenario.ts';
import { windowCount } from '../core/taskmanager/jobs.ts';

export const JOB = 'words';
export const ARTIFACT = 'sha-words';

/** A row a second from each of the two splits. */
export const job = windowCount({ splits: 2, sources: 2, counters: 1, recordsPerSecond: 1 });

/** Row n of either split is of key a or b by turns, 10 ms of event time behind the one before. */
export function topicOf(rows: readonly number[]): Topic {
  return { splits: rows.map(splitOf) };
}

function splitOf(rows: number): readonly Value[] {
  return Array.from({ length: rows }, (_, row) => ({ key: row % 2 === 0 ? 'a' : 'b', at: row * 10 }));
}
