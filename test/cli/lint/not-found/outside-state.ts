import { defineJob, type ProcessContext } from 'millrace';

class Counting {
  static readonly start = 1;

  onRecord(value: number, context: ProcessContext<number, number>): void {
    const count = context.state<number>('count');
    count.update((count.value() ?? Counting.start) + value);
    context.collect(new Sum().add(value).add(1).total);
  }
}

class Sum {
  total = 0;

  add(value: number): this {
    this.total += value;
    return this;
  }
}

export const job = defineJob('outside-state', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .keyBy((value) => value)
    .process<number>('count', new Counting())
    .sinkTo('out', { sink: 'out' }),
);
