// Where the output of a scenario's job goes.
import type { Scenario } from './scenario.ts';

/** The external sinks that the job writes to, each once. */
export function sinksOf({ job }: Pick<Scenario, 'job'>): readonly string[] {
  const names = job.graph.operators.flatMap((operator) => (operator.kind === 'sink' ? [operator.sink] : []));
  return [...new Set(names)];
}
