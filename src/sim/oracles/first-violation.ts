// What is broken once breaks again and again: an oracle reports its first violation and then falls silent.
import type { Oracle, Violate } from '../observation.ts';

export interface Judged<S> {
  readonly inner: S;
  broken: boolean;
}

/** Who is asked right now, and how it reports; scratch for one call, so that no closure is made per observation. */
let asked: Judged<unknown> | null = null;
let report: Violate | null = null;

const reportOnce: Violate = (...violation) => {
  if (asked === null || asked.broken) return;
  asked.broken = true;
  report?.(...violation);
};

export function firstViolationOnly<S>(oracle: Oracle<S>): Oracle<Judged<S>> {
  return {
    name: oracle.name,
    ...(oracle.property === undefined ? {} : { property: oracle.property }),
    create: () => ({ inner: oracle.create(), broken: false }),
    observe: (state, observation, view, violate) => {
      if (state.broken) return;
      asked = state;
      report = violate;
      oracle.observe(state.inner, observation, view, reportOnce);
    },
    finish: (state, view, violate) => {
      if (state.broken) return;
      asked = state;
      report = violate;
      oracle.finish(state.inner, view, reportOnce);
    },
  };
}
