// Traps of drawn graphs, beside what a search backwards from the goals says.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { explore } from '../../../../src/sim/search/explore/explore.ts';
import type { TransitionSystem } from '../../../../src/sim/search/explore/transition-system.ts';

interface Graph {
  /** Successors by state; state 0 is the first. */
  readonly edges: readonly (readonly number[])[];
  readonly goals: ReadonlySet<number>;
  readonly outside: ReadonlySet<number>;
}

/** Each state has a successor, so that there are no deadlocks. */
const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 2, max: 30 }).chain((size) => {
  const state = fc.nat(size - 1);
  const some = fc.uniqueArray(fc.integer({ min: 1, max: size - 1 }), { maxLength: 2 });
  return fc.record({
    edges: fc.array(fc.array(state, { minLength: 1, maxLength: 3 }), { minLength: size, maxLength: size }),
    goals: some.map((goals) => new Set(goals)),
    outside: some.map((outside) => new Set(outside)),
  });
});

function systemOf({ edges }: Graph): TransitionSystem {
  return {
    width: 1,
    begin: (next) => next.emit(),
    expand(state, next) {
      for (const to of edges[state[0] as number] ?? []) {
        next.set(0, to);
        next.emit();
      }
    },
  };
}

/** States that are reached and inside, and those of them that come to a goal or outside. */
function known({ edges, goals, outside }: Graph): { readonly reached: Set<number>; readonly free: Set<number> } {
  const reached = new Set([0]);
  for (const state of reached) for (const to of edges[state] ?? []) if (!outside.has(to)) reached.add(to);
  const free = new Set([...goals, ...outside]);
  const isFree = (state: number): boolean => free.has(state) || (edges[state] ?? []).some((to) => free.has(to));
  for (let size = -1; size !== free.size;) {
    size = free.size;
    for (const state of reached) if (isFree(state)) free.add(state);
  }
  return { reached, free };
}

test.each(['breadth', 'depth'] as const)('the states without a way are found, %s first', (order) => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { reached, free } = known(graph);
      const { violation, isGoalInReach, unique } = explore(systemOf(graph), {
        order,
        isGoal: ([state]) => graph.goals.has(state as number),
        isInside: ([state]) => !graph.outside.has(state as number),
      });
      expect(unique).toBe(reached.size);
      expect(isGoalInReach).toBe([...reached].every((state) => free.has(state)));
      if (violation !== null) expect(free.has(violation.path[violation.at]?.state[0] as number)).toBe(false);
      else expect(isGoalInReach).toBe(true);
    }),
    { numRuns: 500 },
  );
});
