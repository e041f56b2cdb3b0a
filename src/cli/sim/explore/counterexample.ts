// What was found wrong: it is run once more by the runner that runs everything else, then shrunk, told, and kept as a tape.
import { join } from 'node:path';
import { must } from '../../../core/base/assert.ts';
import type { RunResult } from '../../../sim/guest.ts';
import type { Counterexample } from '../../../sim/search/explore/explore-guest.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../../exit-codes.ts';
import { commandLine, fact } from '../../fact-lines.ts';
import { commandHere, outputFolder, quote, shownPath } from '../../files.ts';
import { count, wrapText, type Terminal } from '../../terminal.ts';
import { keepTapeAt, repeatLines, reportFailure, shrinkTape } from '../failure.ts';
import { verdictLines } from '../run-report.ts';
import { EXPLORED_SEED, runEntries, type Run } from '../run-seed.ts';
import type { ExplorePlan, InputLimits } from './explore-plan.ts';
import { goWay } from './go-way.ts';

/** What is wrong, for people and scripts. */
export interface ToldCounterexample {
  readonly code: ExitCode;
  readonly sentence: string;
  readonly lines: readonly string[];
  /** Absolute. */
  readonly tape: string;
}

/** Where the tape of what an exploration found goes. */
export function exploredTapePath(name: string): string {
  return join(outputFolder, `${name}-explored.tape`);
}

export function tellCounterexample(
  plan: ExplorePlan,
  found: Counterexample,
  inputLimits: InputLimits,
  terminal: Terminal,
): Promise<ToldCounterexample> {
  const setup = lastingAsLong(plan, found);
  const run = runEntries(setup, EXPLORED_SEED, found.entries, inputLimits);
  const tape = exploredTapePath(setup.guest.name);
  const { lines: way, standsStill } = goWay(plan, found, inputLimits);
  const shown: Shown = { setup, found, run, inputLimits, tape, way };
  keepTapeAt(setup, run, inputLimits, tape);
  if (found.kind === 'deadlock' && !standsStill)
    return Promise.resolve(tellMistake(shown, 'the run of the same decisions goes on there'));
  if (failsAlike(run.result, found)) return tellWrong(shown, terminal);
  if (isLasting(found)) return Promise.resolve(tellStuck(shown));
  const ended = `${run.result.verdict}: ${run.result.sentence}`;
  return Promise.resolve(tellMistake(shown, `the runner does not find this in the same decisions (it says ${ended})`));
}

/** Whether the runner of all other runs finds the same in the same decisions. */
export function repeatsAlike(plan: ExplorePlan, found: Counterexample, inputLimits: InputLimits): boolean {
  return failsAlike(runEntries(lastingAsLong(plan, found), EXPLORED_SEED, found.entries, inputLimits).result, found);
}

/** Faults may strike up to the end of the way, where no moment was the last. */
function lastingAsLong({ setup }: ExplorePlan, { endMs }: Counterexample): ExplorePlan['setup'] {
  const { faultsMax, untilMs = 0 } = must(setup.exactFaults, 'faults without odds');
  return { ...setup, exactFaults: { faultsMax, untilMs: Math.max(untilMs, endMs) } };
}

interface Shown {
  readonly setup: ExplorePlan['setup'];
  readonly found: Counterexample;
  readonly run: Run;
  readonly inputLimits: InputLimits;
  readonly tape: string;
  /** What happened on it. */
  readonly way: readonly string[];
}

/** Nothing that happens is wrong, but what never happens any more. */
function isLasting({ kind }: Counterexample): boolean {
  return kind === 'deadlock' || kind === 'trap' || kind === 'late';
}

/** The runner says the same of the same decisions. Of what never happens any more it has words of its own. */
function failsAlike({ verdict, sentence, violations }: RunResult, found: Counterexample): boolean {
  if (isLasting(found)) return verdict === 'liveness';
  return verdict !== 'pass' && (sentence === found.text || violations.some(({ text }) => text === found.text));
}

function headOf({ found }: Shown): string[] {
  return [wrapText('VIOLATED  ', found.text)];
}

function wayLines({ found, way }: Shown): string[] {
  return [`the way, ${count(found.steps, 'step')} from the first moment on:`, ...way];
}

async function tellWrong(shown: Shown, terminal: Terminal): Promise<ToldCounterexample> {
  const { setup, run, found, inputLimits, tape } = shown;
  const failure = shrinkTape(setup, run, tape, terminal, inputLimits);
  const lines = [
    ...headOf(shown),
    ...(isLasting(found) ? verdictLines(setup.guest, run.result) : verdictLines(setup.guest, run.result).slice(1)),
    await reportFailure(setup, failure, tape),
    fact('tape', shownPath(tape)),
    '',
    ...wayLines(shown),
    '',
    ...failure.lines,
    '',
    ...repeatLines(setup, EXPLORED_SEED, tape),
  ];
  return { code: exitCodeOf(run.result.verdict), sentence: found.text, lines, tape };
}

/** A run of the runner stops all faults at its end, and goes on plainly behind the way: it may get out. */
function tellStuck(shown: Shown): ToldCounterexample {
  const { run, found, tape } = shown;
  const why = 'at its end faults stop, and what was not decided goes plainly';
  return {
    code: exitCodes.liveness,
    sentence: found.text,
    lines: [
      ...headOf(shown),
      fact('tape', shownPath(tape)),
      '',
      ...wayLines(shown),
      '',
      fact('note', `the run of the tape does not fail (${run.result.verdict}: ${run.result.sentence}): ${why}`),
      commandLine('replay', `${commandHere('sim')} --replay ${quote(shownPath(tape))} --trace FILE`),
    ],
    tape,
  };
}

/** @param why it is no finding */
function tellMistake(shown: Shown, why: string): ToldCounterexample {
  const { setup, tape } = shown;
  const sentence = `${why}: a mistake of Millrace, or of code that remembers what is in no state`;
  return {
    code: exitCodes.threw,
    sentence,
    lines: [
      ...headOf(shown),
      wrapText('NOT REPEATED  ', sentence),
      fact('tape', shownPath(tape)),
      '',
      ...wayLines(shown),
      '',
      ...repeatLines(setup, EXPLORED_SEED, tape),
    ],
    tape,
  };
}
