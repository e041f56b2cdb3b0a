// A heap for one record, made and thrown away in the step.
import { defineJob } from 'millrace';

class Heap {
  readonly #items: number[] = [];

  push(item: number): this {
    this.#items.push(item);
    this.#items.sort((a, b) => a - b);
    return this;
  }

  get least(): number | undefined {
    return this.#items[0];
  }
}

const leastOf = (values: readonly number[]): number => {
  const heap = new Heap();
  values.forEach((value) => heap.push(value));
  return heap.least ?? 0;
};

export const job = defineJob('least', (env) =>
  env
    .fromSource<readonly number[]>('in', { topic: 'in', splits: 1 })
    .map('least', leastOf)
    .sinkTo('out', { sink: 'out' }),
);
