// The report of a run: it is made of a trace, so the run is repeated with one. A run that cannot be repeated has no report.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceEnding } from '../../run/trace.ts';
import type { TapeEntry } from '../../sim/decisions.ts';
import { renderReport } from '../../../reports/html/report.ts';
import { readTrace } from '../../run/read-trace.ts';
import { outputFolder, writeWhole } from '../files.ts';
import { runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';
import { endingOf, headerOf } from './trace-file.ts';

export function reportPath(scenario: string, seed: number): string {
  return join(outputFolder, `${scenario}-${seed}.html`);
}

/** A run inside bounds has no seed. */
function reportPathOf({ guest, exactFaults }: RunSetup, seed: number): string {
  return exactFaults === undefined ? reportPath(guest.name, seed) : join(outputFolder, `${guest.name}-explored.html`);
}

/** A run as a tape has it. */
export interface TapedRun {
  readonly run: Run;
  readonly entries: readonly TapeEntry[];
  readonly inputLimits: Readonly<Record<string, number>>;
}

/** Writes the report. Null if the repetition was another run. */
export async function writeReport(setup: RunSetup, taped: TapedRun, told: Told): Promise<string | null> {
  const path = reportPathOf(setup, taped.run.seed);
  const html = await reportOf(setup, taped, told);
  if (html === null) rmSync(path, { force: true }); // of another run
  else writeWhole(path, html);
  return html === null ? null : path;
}

type Told = Pick<TraceEnding, 'story' | 'commands'>;

export async function reportOf(setup: RunSetup, taped: TapedRun, told: Told): Promise<string | null> {
  const { run, entries, inputLimits } = taped;
  const lines: string[] = [];
  const again = runEntries(setup, run.seed, entries, inputLimits, { onTrace: (line) => lines.push(line) });
  if (again.result.traceHash !== run.result.traceHash) return null;
  const ends = [headerOf(setup, run.seed), endingOf(setup, run, told)].map((line) => JSON.stringify(line));
  const trace = readTrace([ends[0], ...lines, ends[1]].join('\n'));
  if (!trace.ok) throw new Error(`the trace of the run is not one: ${trace.reason}`);
  return renderReport(trace.value);
}
