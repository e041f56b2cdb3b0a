// What is kept of a real run that failed: it cannot be repeated, so its trace is all that there is.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { outputFolder, writeWhole } from '../files.ts';
import { mergedTrace } from './merged-trace.ts';
import type { RealRun } from './run.ts';

/** Writes the trace of a failing run. Of one that passed there is none, nor stays one of an earlier failure. Returns its path. */
export function keepEvidence(scenario: string, run: RealRun): string | null {
  const path = join(outputFolder, `${scenario}-${run.seed}-real-trace.jsonl`);
  if (run.verdict === 'pass') {
    rmSync(path, { force: true });
    return null;
  }
  writeWhole(
    path,
    mergedTrace(run)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return path;
}
