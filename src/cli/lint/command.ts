// `millrace lint`: what a job's functions or a machine's steps do that a machine must not. The analysis is loaded when there is a file.
import { readArguments } from '../arguments.ts';
import type { OptionRow } from '../arguments.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { helpText } from '../help.ts';
import type { ExitCode } from '../exit-codes.ts';
import { commandWords } from '../../layout.ts';
import { findScenarioFile } from '../scenario/scenario-file.ts';
import { shownPath } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { describeResult, jsonOfResult } from './report.ts';
import { ruleNames } from './rules.ts';
import { wrapText } from '../terminal.ts';

const lintOptions: readonly OptionRow[] = [
  { name: 'json', value: null, about: 'one JSON object on stdout' },
  { name: 'help', value: null, about: 'this text' },
];

const help = (): string =>
  helpText({
    command: 'lint',
    words: 'FILE',
    about: `Reads a scenario, a job or a machine without running it, and tells what its functions do that depends on anything but
their input: from the functions that are handed to Millrace on, through every call and import, by types.
FILE is a scenario file, or the name of a scenario of Millrace.`,
    options: lintOptions,
    between: [
      wrapText('Rules  ', ruleNames.join(', ')),
      `A call that cannot be followed (code of a package, a function that depends on a value) is listed, and is no finding.
A comment takes a finding back, on its line or on the line before, if it says why:
  // millrace-lint-ignore RULE: reason`,
    ],
    exits: { 0: 'nothing was found', 1: 'findings' },
  });

export async function lintCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readArguments(lintOptions, words);
  if (!line.ok) throw new UsageError(line.reason);
  const { options, bare } = line.value;
  if (options.has('help')) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const [name, ...others] = bare;
  if (name === undefined) throw new UsageError(`which file? ${commandWords('lint')} FILE`);
  if (others.length > 0) throw new UsageError(`one file at a time: what is ${others.join(' ')}?`);
  return lint(findScenarioFile(name), options.has('json'), terminal);
}

async function lint(file: string, isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const begun = performance.now();
  const [{ loadProgram }, { lintFile }] = await Promise.all([import('./project.ts'), import('./lint.ts')]);
  const result = lintFile(loadProgram([file]), file);
  const seconds = (performance.now() - begun) / 1_000;
  if (result.functions.length === 0)
    throw new UsageError(`${shownPath(file)} hands no function to Millrace, and exports no machine`);
  terminal.line(isJson ? jsonOfResult(result, seconds) : describeResult(result, seconds));
  return result.findings.length === 0 ? exitCodes.pass : exitCodes.correctness;
}
