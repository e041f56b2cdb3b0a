// Emits in one branch, and goes on with the list in the other.
import { defineJob } from 'millrace';

type Batch = { readonly values: readonly number[]; readonly isLast: boolean };

export const job = defineJob('batches', (env) =>
  env
    .fromSource<Batch>('batches', { topic: 'batches', splits: 1 })
    .keyBy(({ isLast }) => isLast)
    .process<readonly number[]>('collect', {
      onRecord({ values, isLast }, context) {
        const list = [...values];
        if (isLast) {
          context.collect(list);
          return;
        }
        list.push(0);
        for (const value of values) {
          const one: number[] = [];
          one.push(value);
          context.collect(one);
        }
        context.collect(list);
      },
    })
    .sinkTo('out', { sink: 'out' }),
);
