// What is done about a failing run: its tape is kept, then shrunk; what had to happen is told, and how to repeat it.
import { commandLine } from '../fact-lines.ts';
import type { Run, RunSetup } from './run-seed.ts';
import { shrinkFailure } from './shrink-failure.ts';
import { commandOf } from './plan.ts';
import { saveTape, tapeOf, tapePath } from './tape.ts';
import { npmRun, quote, shownPath } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { currentVersion, shortCommit } from './version.ts';
import { whatHadToHappen } from './what-happened.ts';

/** Writes the tape as it was run, so that it is there whatever happens next. Returns its path. */
export function keepTape(setup: RunSetup, run: Run): string {
  const path = tapePath(setup.scenario.name, run.seed);
  saveTape(tapeOf(setup, run, {}, currentVersion()), path);
  return path;
}

/** Puts the shrunk tape in place of the full one, which its seed repeats anyway. Returns the lines that tell of it. */
export function shrinkAndTell(setup: RunSetup, run: Run, tape: string, terminal: Terminal): string[] {
  const shrunk = shrinkFailure(setup, run, terminal);
  saveTape(tapeOf(setup, shrunk.result, shrunk.candidate.inputLimits, currentVersion()), tape);
  return whatHadToHappen(setup, shrunk);
}

/** The lines that repeat a run: by its seed, and by its tape, if one was written. */
export function repeatLines(setup: RunSetup, seed: number, tape: string | null): string[] {
  const { commit } = currentVersion();
  return [
    commandLine('repeat', `${commandOf(setup)} --seed ${seed}  (commit ${shortCommit(commit)})`),
    ...(tape === null ? [] : [commandLine('replay', `${npmRun('sim')} --replay ${quote(shownPath(tape))}`)]),
  ];
}
