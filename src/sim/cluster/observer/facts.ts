// What the observer of a simulated run keeps: the facts of the run, and what is counted of them and of the faults. Plain data.
import { createFacts as createRunFacts } from '../../../run/facts/facts.ts';
import type { RunFacts } from '../../../run/facts/facts.ts';
import type { Fact } from '../../../run/facts/history.ts';
import type { FaultLogEntry } from '../../guest.ts';

export interface Counters {
  completed: number;
  readonly aborted: Record<string, number>;
  deployments: number;
  leaders: number;
  readonly faults: Record<string, number>;
  readonly faultPhases: Record<string, Record<string, number>>;
  readonly faultLog: FaultLogEntry[];
}

export interface ObserverFacts {
  readonly run: RunFacts;
  /** Facts of its history that are counted. */
  counted: number;
  readonly counters: Counters;
}

export function createFacts(): ObserverFacts {
  return {
    run: createRunFacts(),
    counted: 0,
    counters: { completed: 0, aborted: {}, deployments: 0, leaders: 0, faults: {}, faultPhases: {}, faultLog: [] },
  };
}

/** Counts what happened since the last time. */
export function countHistory(facts: ObserverFacts): void {
  const { history } = facts.run;
  for (; facts.counted < history.length; facts.counted++) countFact(facts.counters, history[facts.counted] as Fact);
}

function countFact(counters: Counters, fact: Fact): void {
  switch (fact.kind) {
    case 'leader-elected':
      counters.leaders += 1;
      return;
    case 'job-deployed':
      counters.deployments += 1;
      return;
    case 'checkpoint-completed':
      counters.completed += 1;
      return;
    case 'checkpoint-given-up':
      return count(counters.aborted, fact.why);
    default:
      return;
  }
}

export function count(table: Record<string, number>, name: string): void {
  table[name] = (table[name] ?? 0) + 1;
}
