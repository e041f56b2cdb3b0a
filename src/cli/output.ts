// The committed output of a run as a file: the parts of all sinks joined, sorted, one JSON value a line.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Value } from '../core/base/value.ts';
import type { RunResult } from '../sim/cluster/run-types.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { callScenario } from '../scenario/scenario-mistake.ts';
import { outputFolder, writeWhole } from './files.ts';
import { inTime, standstillOf } from './standstill.ts';

/** That of a real run stands beside that of the simulated one with the same input. */
export function outputPath(scenario: string, seed: number, world: 'simulated' | 'real' = 'simulated'): string {
  return join(outputFolder, `${scenario}-${seed}${world === 'real' ? '-real' : ''}.jsonl`);
}

/** Writes the output of a finished job. Of one that did not finish there is none, nor stays one of an earlier run. */
export function writeOutput(
  scenario: Scenario,
  path: string,
  result: Pick<RunResult, 'finished' | 'committed'>,
): string | null {
  if (!result.finished) {
    rmSync(path, { force: true });
    return null;
  }
  const sorted = (): string => callScenario(scenario, 'sortBy', () => outputText(scenario, result));
  const lastCall = { what: 'sortBy of the scenario' };
  writeWhole(
    path,
    inTime(sorted, (stood) => standstillOf(scenario.name, 'its output', lastCall, stood)),
  );
  return path;
}

export function outputText(scenario: Pick<Scenario, 'sortBy'>, result: Pick<RunResult, 'committed'>): string {
  const values = Object.values(result.committed).flat();
  const sortBy = scenario.sortBy ?? valueLine;
  const keyed = values.map((value) => ({ key: sortBy(value), line: valueLine(value) }));
  keyed.sort((a, b) => compare(a.key, b.key) || compare(a.line, b.line));
  return keyed.map(({ line }) => `${line}\n`).join('');
}

/** A value as JSON; bytes, which JSON lacks, as hexadecimal text. */
function valueLine(value: Value): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part,
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
