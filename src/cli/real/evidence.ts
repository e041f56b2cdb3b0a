// What is kept of a real run: it cannot be repeated, so of one that failed its trace, and the report that is made of it, are all that there is.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../../scenario/scenario.ts';
import { renderReport } from '../../../reports/html/report.ts';
import { readTrace } from '../../run/read-trace.ts';
import { outputFolder, writeWhole } from '../files.ts';
import { wholeTrace } from './merged-trace.ts';
import type { RealRun } from './run.ts';

/** Paths of the files that were written, or null. */
export interface Evidence {
  readonly trace: string | null;
  readonly report: string | null;
}

/** Writes trace and report of a failing run. Of one that passed only the report, where it is wanted; nothing stays of an earlier failure. */
export function keepEvidence(scenario: Scenario, run: RealRun, wantsReport: boolean): Promise<Evidence> {
  const about = { name: scenario.name, seed: run.seed, hasFailed: run.verdict !== 'pass' };
  return keepFiles(about, wantsReport, () => wholeTrace(scenario, run));
}

export interface Kept {
  /** Of the scenario. */
  readonly name: string;
  readonly seed: number;
  readonly hasFailed: boolean;
}

/** @param traceOf the whole trace, line by line */
export async function keepFiles(
  { name, seed, hasFailed }: Kept,
  wantsReport: boolean,
  traceOf: () => readonly string[],
): Promise<Evidence> {
  const path = (what: string): string => join(outputFolder, `${name}-${seed}-${what}`);
  const [trace, report] = [path('real-trace.jsonl'), path('real.html')];
  const lines = hasFailed || wantsReport ? traceOf() : [];
  if (hasFailed) writeWhole(trace, lines.map((line) => `${line}\n`).join(''));
  else rmSync(trace, { force: true });
  if (lines.length > 0) writeWhole(report, await reportOf(lines));
  else rmSync(report, { force: true });
  return { trace: hasFailed ? trace : null, report: lines.length > 0 ? report : null };
}

async function reportOf(lines: readonly string[]): Promise<string> {
  const trace = readTrace(lines.join('\n'));
  if (!trace.ok) throw new Error(`the trace of the run is not one: ${trace.reason}`);
  return renderReport(trace.value);
}
