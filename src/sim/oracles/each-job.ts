// One oracle for all jobs of a run: it judges each by itself, and says which one it objects to where there are several.
import type { Oracle, Violate } from '../observation.ts';
import type { OracleContext } from './context.ts';

/** @param make the oracle of one job, which passes over everything that is another's. */
export function forEachJob<S>(
  jobs: readonly OracleContext[],
  make: (context: OracleContext, jobs: readonly OracleContext[]) => Oracle<S>,
): Oracle {
  if (jobs.length === 1) return make(jobs[0] as OracleContext, jobs);
  const oracles = jobs.map((context) => make(context, jobs));
  const [first] = oracles as [Oracle<S>];
  const violateOf = (index: number, violate: Violate): Violate =>
    objecting((jobs[index] as OracleContext).jobId, violate);
  const all: Oracle<S[]> = {
    name: first.name,
    ...(first.property === undefined ? {} : { property: first.property }),
    ...(first.hears === undefined ? {} : { hears: first.hears }),
    create: () => oracles.map((oracle) => oracle.create()),
    observe(states, seen, view, violate) {
      for (let index = 0; index < oracles.length; index++)
        oracles[index]?.observe(states[index] as S, seen, view, violateOf(index, violate));
    },
    finish(states, view, violate) {
      for (const [index, oracle] of oracles.entries())
        oracle.finish(states[index] as S, view, violateOf(index, violate));
    },
    shift(states, by) {
      for (const [index, oracle] of oracles.entries()) oracle.shift?.(states[index] as S, by);
    },
  };
  return all;
}

function objecting(jobId: string, violate: Violate): Violate {
  return (rule, text, evidence, { about = [], place = '' } = {}) =>
    violate(rule, `${jobId}: ${text}`, evidence, { about, place: `${jobId} ${place}` });
}
