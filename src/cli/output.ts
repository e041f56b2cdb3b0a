// The output of a run as a file.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { outputFolder, writeWhole } from './files.ts';
import { inTime, standstillOf } from './standstill.ts';

/** That of a real run stands beside that of the simulated one with the same input. */
export function outputPath(scenario: string, seed: number, world: 'simulated' | 'real' = 'simulated'): string {
  return join(outputFolder, `${scenario}-${seed}${world === 'real' ? '-real' : ''}.jsonl`);
}

/**
 * Writes the output of a run. Where there is none, nor stays one of an earlier run.
 *
 * @param textOf the text, or null for none; it calls code of the scenario, which has to come back
 * @returns the path, or null
 */
export function writeOutput(scenario: string, path: string, textOf: () => string | null): string | null {
  const lastCall = { what: 'sortBy of the scenario' };
  const text = inTime(textOf, (stood) => standstillOf(scenario, 'its output', lastCall, stood));
  if (text === null) rmSync(path, { force: true });
  else writeWhole(path, text);
  return text === null ? null : path;
}
