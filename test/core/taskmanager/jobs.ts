// Small jobs for the tests of tasks.
import type { Value } from '../../../src/core/base/value.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../../src/core/graph/windows.ts';

export interface Row {
  readonly key: string;
  readonly at: number;
}

/** Rows `key@at`, e.g. `a@10 b@20`. */
export function rows(text: string): readonly Value[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ key: word.split('@')[0]!, at: Number(word.split('@')[1]) }));
}

export interface JobSizes {
  readonly splits?: number;
  readonly sources?: number;
  readonly counters?: number;
  readonly recordsPerSecond?: number;
  readonly windowMs?: number;
  readonly commitOn?: 'barrier' | 'checkpoint-complete';
}

/** source -> window count by key -> sink: two vertices, the second with state, timers and a sink. */
export function windowCount(sizes: JobSizes = {}): JobDefinition {
  return defineJob('window-count', (env) => {
    env
      .fromSource<Row>('rows', {
        topic: 'rows',
        splits: sizes.splits ?? 1,
        parallelism: sizes.sources ?? 1,
        recordsPerSecond: sizes.recordsPerSecond ?? 0,
        timestamp: (row) => row.at,
      })
      .keyBy((row) => row.key)
      .window('count', tumblingEventTime(sizes.windowMs ?? 100))
      .aggregate(
        {
          create: () => 0,
          add: (count) => count + 1,
          result: (count, context) => `${context.key}@${context.window.start}=${count}`,
        },
        { parallelism: sizes.counters ?? 1 },
      )
      .sinkTo('out', {
        sink: 'out',
        parallelism: sizes.counters ?? 1,
        commitOn: sizes.commitOn ?? 'checkpoint-complete',
      });
  });
}

/** source -> rebalance -> map -> sink: no state. */
export function copy(sizes: JobSizes = {}, map: (row: Row) => Value = (row) => `${row.key}@${row.at}`): JobDefinition {
  return defineJob('copy', (env) => {
    env
      .fromSource<Row>('rows', {
        topic: 'rows',
        splits: sizes.splits ?? 1,
        parallelism: sizes.sources ?? 1,
        recordsPerSecond: sizes.recordsPerSecond ?? 0,
        timestamp: (row) => row.at,
      })
      .rebalance()
      .map<Value>('text', map, { parallelism: sizes.counters ?? 1 })
      .sinkTo('out', {
        sink: 'out',
        parallelism: sizes.counters ?? 1,
        commitOn: sizes.commitOn ?? 'checkpoint-complete',
      });
  });
}

/** source -> each record several times -> rebalance -> sink. */
export function repeat(times: number): JobDefinition {
  return defineJob('repeat', (env) => {
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, timestamp: (row) => row.at })
      .flatMap<string>('repeat', (row) => Array.from({ length: times }, () => row.key))
      .rebalance()
      .sinkTo('out', { sink: 'out' });
  });
}
