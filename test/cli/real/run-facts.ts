// Builds traces for tests, as processes of a real run write them.
import { createFacts, noteLine, type RunFacts } from '../../../src/cli/real/facts.ts';
import type { TraceLine } from '../../../src/cli/real/trace-line.ts';

/** What a node did at a time in ms: an input, or effects. */
export type Told = readonly [
  atMs: number,
  node: string,
  what: { input?: string; effects?: readonly string[] } | string,
];

/** A text alone is an effect. */
export function lineOf([atMs, node, what]: Told): TraceLine {
  const said = typeof what === 'string' ? { input: 'wake', effects: [what] } : what;
  return { at: atMs * 1_000, event: 0, kind: 'stepped', node, incarnation: 1, ...said };
}

export function factsOf(...told: readonly Told[]): RunFacts {
  const facts = createFacts();
  for (const one of told) noteLine(facts, lineOf(one));
  return facts;
}

/** A job of two tasks on two TaskManagers, with one checkpoint at 1 s. */
export const atWork: readonly Told[] = [
  [10, 'jm-1', 'leads with epoch 1'],
  [100, 'jm-1', 'job job-1 attempt 1 is deployed from nothing'],
  [200, 'tm-1', 'task 0/0#1 is RUNNING'],
  [210, 'tm-2', 'task 1/0#1 is RUNNING'],
  [1_000, 'jm-1', 'checkpoint 1 of job-1 completed'],
];
