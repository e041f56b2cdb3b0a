// The job of these proofs: it counts words by key into an exactly-once sink.
import { defineJob } from 'millrace/scenario';

/** @param splits each is read by a subtask of its own */
export function countWords(
  name: string,
  parallelism: number,
  recordsPerSecond: number,
  splits = parallelism,
  sink = 'counts',
) {
  return defineJob(
    name,
    (env) =>
      env
        .fromSource<string>('lines', { topic: 'lines', splits, recordsPerSecond, parallelism: splits })
        .keyBy((word) => word)
        .process<{ word: string; count: number }>('count', {
          onRecord(word, context) {
            const count = context.state<number>('count');
            const next = (count.value() ?? 0) + 1;
            count.update(next);
            context.collect({ word, count: next });
          },
        })
        .sinkTo('counts', { sink }),
    { parallelism },
  );
}
