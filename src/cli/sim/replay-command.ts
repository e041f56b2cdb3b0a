// `--replay`: repeats the run of a tape, and says whether it was the same run. A regression tape is judged by its verdict alone.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { firstDivergentInterval } from '../../sim/search/determinism.ts';
import { EVENTS_PER_HASH } from '../../sim/search/tape-file.ts';
import type { TapeFile } from '../../sim/search/tape-file.ts';
import { exitCodeOf, exitCodes, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fromRepository, fromUser, repositoryRoot, shownPath } from '../files.ts';
import { formatNumber } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { hashOf } from './plan.ts';
import { isFaultKind } from './read-command.ts';
import type { SimCommand } from './read-command.ts';
import { progressOf, runTraced } from './run-command.ts';
import { runJson } from './run-json.ts';
import { fact } from '../fact-lines.ts';
import { factLines, headLine, verdictLines } from './run-report.ts';
import { runEntries, setUp } from './run-seed.ts';
import type { Onlookers, Run, RunSetup } from './run-seed.ts';
import { loadTape } from './tape.ts';
import { currentVersion, shortCommit, UNKNOWN_COMMIT } from './version.ts';

const regressionFolder = join(repositoryRoot, 'scenarios', 'regressions');

export async function replayCommand(
  command: Extract<SimCommand, { kind: 'replay' }>,
  terminal: Terminal,
): Promise<ExitCode> {
  const path = fromUser(command.file);
  const tape = loadTape(path);
  const setup = await setUpTape(tape, path);
  if (!command.json) terminal.line(`${headLine(setup, tape.seed)} (tape ${shownPath(path)})`);
  const run = runTraced(command.trace, (onTrace) => replay(setup, tape, { ...onTrace, ...progressOf(terminal) }));
  terminal.progress('');
  const isRegression = !relative(regressionFolder, path).startsWith('..');
  const difference = isRegression ? null : compareWithTape(setup, tape, run);
  if (command.json) {
    terminal.line(JSON.stringify(runJson(setup.scenario.name, run, null)));
  } else {
    const lines = [...factLines(setup, run), '', ...verdictLines(run.result), ...noteLines(tape, run, difference)];
    for (const line of lines) terminal.line(line);
  }
  if (command.json && difference !== null) terminal.complain(difference.text);
  return difference?.isError === true ? exitCodes.nonDeterminism : exitCodeOf(run.result.verdict);
}

export async function setUpTape(tape: TapeFile, path: string): Promise<RunSetup> {
  const file = fromRepository(tape.scenario.file);
  if (!existsSync(file))
    throw new UsageError(`${shownPath(path)} is of the scenario ${tape.scenario.file}, which is not there`);
  const faults = tape.faults === null ? 'scenario' : tape.faults.filter(isFaultKind);
  return setUp({ file, hash: await hashOf(file), set: tape.set, faults });
}

export function replay(setup: RunSetup, tape: TapeFile, onlookers: Onlookers = {}): Run {
  return runEntries(setup, tape.seed, tape.decisions, tape.inputLimits, onlookers);
}

interface Difference {
  readonly text: string;
  /** The same code made another run of the same decisions. */
  readonly isError: boolean;
}

/** Whether the run was that of the tape; if not, from where on, and whose fault it is. */
function compareWithTape(setup: RunSetup, tape: TapeFile, run: Run): Difference | null {
  if (run.result.traceHash === tape.traceHash) return null;
  const { commit, v8 } = currentVersion();
  const changes = [
    ...(setup.hash === tape.scenario.hash ? [] : ['the scenario has changed']),
    ...(isSameCommit(commit, tape.commit)
      ? []
      : [`it was written at commit ${shortCommit(tape.commit)}, this is ${shortCommit(commit)}`]),
    ...(v8 === tape.v8 ? [] : [`it was written with V8 ${tape.v8}, this is ${v8}`]),
  ];
  const where = describeDivergence(tape, run);
  if (changes.length > 0)
    return { text: `this is not the run of the tape: ${where}; ${changes.join('; ')}`, isError: false };
  return { text: `NOT REPEATABLE: the same code made another run of the same tape: ${where}`, isError: true };
}

/** Where git cannot say which commit this is, it may be any. */
function isSameCommit(one: string, other: string): boolean {
  return one === other && one !== UNKNOWN_COMMIT;
}

function describeDivergence(tape: TapeFile, run: Run): string {
  const interval = firstDivergentInterval(tape.hashes, run.result.hashes, EVENTS_PER_HASH);
  const same = Math.min(tape.hashes.length, run.result.hashes.length) * EVENTS_PER_HASH;
  if (interval === null) return `they part after event ${formatNumber(same)}`;
  return `they part between event ${formatNumber(interval.from + 1)} and event ${formatNumber(interval.to)}`;
}

function noteLines(tape: TapeFile, run: Run, difference: Difference | null): string[] {
  const { kind, sentence } = tape.verdict;
  const recorded = kind === run.result.verdict ? [] : [fact('recorded', `${kind}: ${sentence}`)];
  const same =
    run.result.traceHash === tape.traceHash ? [fact('replay', 'the same run as on the tape, event by event')] : [];
  return [...same, ...recorded, ...(difference === null ? [] : [fact('note', difference.text)])];
}
