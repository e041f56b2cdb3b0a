// What is kept of a real run that failed: it cannot be repeated, so its trace is all that there is.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../../sim/cluster/run-types.ts';
import { outputFolder, writeWhole } from '../files.ts';
import { wholeTrace } from './merged-trace.ts';
import type { RealRun } from './run.ts';

/** Writes the trace of a failing run. Of one that passed there is none, nor stays one of an earlier failure. Returns its path. */
export function keepEvidence(scenario: Scenario, run: RealRun): string | null {
  const path = join(outputFolder, `${scenario.name}-${run.seed}-real-trace.jsonl`);
  if (run.verdict === 'pass') {
    rmSync(path, { force: true });
    return null;
  }
  writeWhole(
    path,
    wholeTrace(scenario, run)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return path;
}
