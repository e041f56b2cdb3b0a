import { defineJob, type ProcessContext } from 'millrace';

class Counting {
  static all = 0;
  #count = 0;

  onRecord(value: number, context: ProcessContext<number, number>): void {
    this.#count += value; // !outside-state
    Counting.all += 1; // !outside-state
    context.collect(this.#count);
  }
}

class Totals {
  readonly #sums = new Map<number, number>();

  add(value: number): number {
    this.#sums.set(value, value); // !outside-state
    return this.#sums.size;
  }
}

const totals = new Totals();

export const job = defineJob('outside-state', (env) =>
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('totals', (value) => totals.add(value))
    .keyBy((value) => value)
    .process<number>('count', new Counting())
    .sinkTo('out', { sink: 'out' }),
);
