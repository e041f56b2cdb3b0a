// Tapes as files: from a run to its tape, and back.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isPackage } from '../../layout.ts';
import type { RunResult } from '../../sim/guest.ts';
import { readTape, writeTape } from '../../sim/search/tape-file.ts';
import type { AnnotatedEntry, TapeFile } from '../../sim/search/tape-file.ts';
import type { TapeEntry } from '../../sim/decisions.ts';
import { UsageError } from '../exit-codes.ts';
import { outputFolder, readWhole, shownPath, writeWhole } from '../files.ts';
import { isOurs } from './plan.ts';
import { failureOf } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';
import type { Version } from './version.ts';

export function tapePath(scenario: string, seed: number): string {
  return join(outputFolder, `${scenario}-${seed}.tape`);
}

export function tapeOf(
  setup: RunSetup,
  run: Pick<Run, 'seed' | 'result' | 'entries'>,
  inputLimits: Readonly<Record<string, number>>,
  version: Version,
): TapeFile {
  const { result } = run;
  return {
    ...version,
    scenario: {
      kind: setup.guest.kind,
      name: setup.guest.name,
      file: isPackage && isOurs(setup) ? setup.guest.name : shownPath(setup.file),
      hash: scenarioHash(setup),
    },
    seed: run.seed,
    set: setup.set,
    faults: setup.faults === 'scenario' ? null : setup.faults,
    exactFaults: setup.exactFaults ?? null,
    inputLimits,
    verdict: { kind: result.verdict, oracle: failureOf(result), sentence: result.sentence },
    events: result.events,
    traceHash: result.traceHash,
    decisions: annotate(run.entries, result),
    hashes: result.hashes,
  };
}

/** Of its code, and of the data that it names, if it names any: a run is another one when either has changed. */
export function scenarioHash({ hash, data }: Pick<RunSetup, 'hash' | 'data'>): string {
  if (Object.keys(data).length === 0) return hash;
  return createHash('sha256').update(hash).update(JSON.stringify(data)).digest('hex');
}

/** Each decision with what it made happen, if it was a fault. */
export function annotate(entries: readonly TapeEntry[], result: Pick<RunResult, 'faultLog'>): AnnotatedEntry[] {
  const texts = new Map<string, string>();
  for (const { decision, atMs, text } of result.faultLog) {
    if (decision !== undefined)
      texts.set(`${decision.index} ${decision.stream}`, `${(atMs / 1_000).toFixed(3)} s ${text}`);
  }
  return entries.map((entry) => {
    const text = texts.get(`${entry.index} ${entry.stream}`);
    return text === undefined ? entry : { ...entry, text };
  });
}

export function saveTape(tape: TapeFile, path: string): void {
  writeWhole(path, writeTape(tape));
}

export function loadTape(path: string): TapeFile {
  const tape = readTape(readWhole(path, 'tape'));
  if (!tape.ok) throw new UsageError(`${shownPath(path)}, ${tape.reason}`);
  return tape.value;
}
