// What is asked of facts.
import type { RunFacts, TaskFacts } from './facts.ts';
import type { Fact, FactKind, FactOf } from './history.ts';

/** All facts of one kind, in their order. */
export function factsOf<K extends FactKind>({ history }: Pick<RunFacts, 'history'>, kind: K): FactOf<K>[] {
  return history.filter((fact: Fact): fact is FactOf<K> => fact.kind === kind);
}

/** Tasks of the newest attempts that run, as their TaskManagers said, on processes that live. */
export function runningTasks({ jobs }: RunFacts): TaskFacts[] {
  return [...jobs.values()].flatMap(({ attempt }) =>
    [...(attempt?.tasks.values() ?? [])].filter(({ state, isGone }) => state === 'RUNNING' && !isGone),
  );
}
