// A run for plain expectations: what came out of it, who objected, what happened.
import type { Value } from '../core/base/value.ts';
import { readTraceLine } from '../run/read-trace.ts';
import { LineReader } from '../run/trace-lines.ts';
import type { TraceLine } from '../run/trace.ts';
import type { JobRunResult } from '../sim/cluster/run-types.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { RunResult } from '../sim/guest.ts';
import type { MachinesRunResult } from '../sim/machines/machine-run.ts';
import type { MachinesScenario } from '../sim/machines/scenario.ts';
import { storyOf } from './failure-text.ts';
import { guestOf, runScenario } from './run-scenario.ts';
import type { AnyScenario, RunChoice, RunOptions } from './run-scenario.ts';

/** A run with all that is known of it: `verdict`, `sentence`, `violations`, counters of faults, and what its kind of guest counts. */
export type Simulation<R extends RunResult = RunResult> = R & {
  /** Committed records by sink, in the order of their commits; of machines nothing. */
  readonly output: Readonly<Record<string, readonly Value[]>>;
  /** Every observation of the run as data, in order; the run is made once more for it. */
  trace(): readonly TraceLine[];
  /** What happened, a line each, as a failing property tells it; the run is made once more for it. */
  story(): readonly string[];
};

/**
 * Makes one run of a scenario and returns what came of it, whether it passed or not.
 *
 *     const run = simulate(scenario, { seed: 42, faults: ['tm-crash'] });
 *     expect(run.verdict).toBe('pass');
 *     expect(run.output.ledger).toHaveLength(10);
 *
 * Throws an Error if the scenario cannot run, in one sentence.
 */
export function simulate(scenario: Scenario, choice: RunChoice & RunOptions): Simulation<JobRunResult>;
export function simulate(scenario: MachinesScenario, choice: RunChoice & RunOptions): Simulation<MachinesRunResult>;
export function simulate(scenario: AnyScenario, choice: RunChoice & RunOptions): Simulation {
  const guest = guestOf(scenario, choice, choice.input);
  const run = runScenario(guest, choice, choice);
  const again = { ...choice, tape: run.entries };
  return {
    ...run.result,
    output: (run.result as Partial<JobRunResult>).committed ?? {},
    trace() {
      const reader = new LineReader();
      const lines: TraceLine[] = [];
      runScenario(guest, again, choice, { onTrace: (row) => lines.push(lineOf(row, reader)) });
      return lines;
    },
    story: () => storyOf(guest, again, choice, run),
  };
}

function lineOf(row: string, reader: LineReader): TraceLine {
  const line = readTraceLine(row, reader);
  if (!line.ok) throw new Error(`a line of the trace is not one: ${line.reason}`);
  return line.value;
}
