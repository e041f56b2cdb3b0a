// Oracles over the merged trace of real processes, when they have ended: each line in the order of time, with the states that were told.
import type { TraceLine } from '../../../run/trace.ts';
import type { Observation } from '../../../run/observation.ts';
import type { Cast } from '../../../sim/machines/cast.ts';
import { guardedOracle, type Call } from '../../../sim/machines/guarded-code.ts';
import { violationOf, type Oracle, type Violation } from '../../../sim/observation.ts';
import { RealView } from './view.ts';

export interface Judged {
  readonly violations: readonly Violation[];
  /** Oracle to `pass` or its first sentence. */
  readonly oracles: Readonly<Record<string, string>>;
}

/** @param isOver the run went to its end: the oracles say their last word. */
export function judgeLines(
  lines: readonly TraceLine[],
  { nodes, oracles }: Cast,
  call: Call,
  isOver: boolean,
  stateBehind: (line: TraceLine) => unknown,
): Judged {
  const view = new RealView(nodes);
  const violations: Violation[] = [];
  const judges = oracles.map((oracle) => judgeOf(guardedOracle(oracle, call) as Oracle, view, violations));
  for (const line of lines) {
    view.follow(line, stateBehind(line));
    for (const judge of judges) judge.observe(observationOf(line));
    if (violations.length > 0) break;
  }
  if (isOver && violations.length === 0) for (const judge of judges) judge.finish();
  const sentences = oracles.map(({ name }) => [name, violations.find(({ oracle }) => oracle === name)?.text ?? 'pass']);
  return { violations, oracles: Object.fromEntries(sentences) as Record<string, string> };
}

interface Judge {
  observe(seen: Observation): void;
  finish(): void;
}

function judgeOf(oracle: Oracle, view: RealView, violations: Violation[]): Judge {
  const state = oracle.create();
  const violate = (...told: Parameters<Parameters<Oracle['observe']>[3]>): void =>
    void violations.push(violationOf(oracle, view.now, told));
  return {
    observe: (seen) => oracle.observe(state, seen, view, violate),
    finish: () => oracle.finish(state, view, violate),
  };
}

function observationOf(line: TraceLine): Observation {
  const { at: _, event: __, ...seen } = line;
  return seen;
}
