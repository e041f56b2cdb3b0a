// A rate limiter with fields, one for all keys and subtasks.
import { defineJob } from 'millrace';

type Call = { readonly caller: string; readonly at: number };

class RateLimiter {
  private lastAt = Number.NEGATIVE_INFINITY;

  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  admits({ at }: Call): boolean {
    if (at - this.lastAt < this.#everyMs) return false;
    this.lastAt = at; // !outside-state
    return true;
  }
}

const limiter = new RateLimiter(100);

export const job = defineJob('calls', (env) =>
  env
    .fromSource<Call>('calls', { topic: 'calls', splits: 1 })
    .filter('limited', (call) => limiter.admits(call))
    .sinkTo('out', { sink: 'out' }),
);
