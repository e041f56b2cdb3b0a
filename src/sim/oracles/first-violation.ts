// What is broken once breaks again and again: an oracle reports its first violation and then falls silent.
import type { Oracle } from '../observation.ts';

export interface Judged<S> {
  readonly inner: S;
  broken: boolean;
}

export function firstViolationOnly<S>(oracle: Oracle<S>): Oracle<Judged<S>> {
  return {
    name: oracle.name,
    create: () => ({ inner: oracle.create(), broken: false }),
    observe: (state, observation, view, violate) => {
      if (state.broken) return;
      oracle.observe(state.inner, observation, view, (text, evidence) => {
        if (!state.broken) violate(text, evidence);
        state.broken = true;
      });
    },
    finish: (state, view, violate) => {
      if (state.broken) return;
      oracle.finish(state.inner, view, (text, evidence) => {
        if (!state.broken) violate(text, evidence);
        state.broken = true;
      });
    },
  };
}
