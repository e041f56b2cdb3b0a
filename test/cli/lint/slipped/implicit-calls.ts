// What the language calls by itself: accessors, conversions, iterators; and what lies behind `super`, `this` and tables.
import { defineJob, type JobEnvironment } from 'millrace';

const clock = {
  get now(): number {
    return Date.now(); // !clock
  },
};

class Stamp {
  toString(): string {
    return String(performance.now()); // !clock
  }
}

class Dice {
  *[Symbol.iterator](): Generator<number> {
    yield Math.random(); // !chance
  }
}

class Base {
  protected count = 0;

  bump(): void {
    this.count++; // !outside-state
  }
}

class Derived extends Base {
  override bump(): void {
    super.bump();
  }
}

const derived = new Derived();
const makers = new Map([['random', (): number => Math.random()]]); // !chance

class Pipeline {
  #seen = 0;

  build(env: JobEnvironment): void {
    env
      .fromSource<number>('seen', { topic: 'seen', splits: 1 })
      .map('count', (value) => this.#count(value))
      .sinkTo('seen-out', { sink: 'seen-out' });
  }

  #count(value: number): number {
    this.#seen += 1; // !outside-state
    return value + this.#seen;
  }
}

export const job = defineJob('implicit', (env) => {
  new Pipeline().build(env);
  env
    .fromSource<number>('in', { topic: 'in', splits: 1 })
    .map('accessor', (value) => value + clock.now)
    .map('text', (value) => `${new Stamp()} ${value}`)
    .map('spread', (value) => [...new Dice(), value.length].length)
    .map('super', (value) => {
      derived.bump();
      return value;
    })
    .map('table', (value) => value + (makers.get('random')?.() ?? 0))
    .map('json', (value) => JSON.stringify({ value, toJSON: () => Math.random() })) // !chance
    .map('number', (text) => Number({ valueOf: () => Math.random() }) + text.length) // !chance
    .sinkTo('out', { sink: 'out' });
});

const queue: number[] = [];
const throttle = {
  last: 0,
  admits(at: number): boolean {
    if (at <= this.last) return false;
    this.last = at; // !outside-state
    return true;
  },
};

export const more = defineJob('more', (env) =>
  env
    .fromSource<{ readonly at: number; readonly inner: { readonly xs: number[] } }>('in', { topic: 'in', splits: 1 })
    .filter('throttle', ({ at }) => throttle.admits(at))
    .map('reflect', (record) => {
      Reflect.apply(Array.prototype.push, queue, [record.at]); // !module-state
      return record;
    })
    .map('callbacks', (record) => {
      const inners = [record, record].filter(Boolean).map(({ inner }) => inner);
      for (const { xs } of inners) xs.sort((a, b) => a - b); // !mutation
      return record;
    })
    .sinkTo('out', { sink: 'out' }),
);
