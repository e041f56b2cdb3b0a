// `--seed`: one run, its report, its output, and the tape if it failed.
import { rmSync } from 'node:fs';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { OUTPUT_PLACE } from '../../layout.ts';
import { commandLine, fact } from '../fact-lines.ts';
import { checkOutputFolder, commandHere, shownPath, toUser } from '../files.ts';
import { SEED_MAX } from '../../sim/search/seed-range.ts';
import { drawSeed } from '../seed.ts';
import { count, formatSeconds } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import {
  accidentLines,
  accidentOf,
  keepTape,
  repeatCommands,
  repeatLines,
  reportFailure,
  reportLine,
  shrinkTape,
  unshrunk,
} from './failure.ts';
import { outputPath, writeOutput } from '../output.ts';
import { refuseNothing } from '../refuse-nothing.ts';
import { commandOf, isOurs, prepare } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { reportPath, writeReport } from './report-file.ts';
import { runJson } from './run-json.ts';
import { factLines, headLine, verdictLines } from './run-report.ts';
import { runSeed } from './run-seed.ts';
import type { Onlookers, Run, RunSetup } from './run-seed.ts';
import { tapePath } from './tape.ts';
import { openTrace, runTraced } from './trace-file.ts';

export type RunCommand = Extract<SimCommand, { kind: 'run' }>;

export async function runCommand(command: RunCommand, terminal: Terminal): Promise<ExitCode> {
  const setup = await prepare(command);
  const { guest } = setup;
  const seed = command.seed ?? drawSeed();
  checkOutputFolder();
  const trace = openTrace(command.trace);
  if (!command.json) terminal.line(headLine(setup, seed));
  const run = runTraced(setup, seed, trace, (onTrace) => runSeed(setup, seed, { ...onTrace, ...progressOf(terminal) }));
  terminal.progress('');
  if (run.result.verdict === 'pass')
    refuseNothing(guest.name, guest.provesNothing(guest.count(run.result)), `seed ${seed}`);

  const output = writeOutput(guest.name, outputPath(guest.name, seed), () => guest.outputOf(run.result));
  const shown = output === null ? null : shownPath(output);
  const lines = [
    ...factLines(setup, run),
    '',
    ...verdictLines(guest, run.result),
    ...(guest.kind === 'job' ? [fact('output', shown ?? 'none: the job did not finish')] : []),
  ];
  lines.push(
    fact('trace', command.trace === null ? 'none; --trace FILE writes one' : shownPath(toUser(command.trace))),
  );
  const accident = run.result.verdict === 'pass' ? null : accidentOf(setup, run);
  if (run.result.verdict === 'pass') lines.push(...(await tellPass(setup, run, command.report)));
  else if (accident === null) lines.push(...(await tellFailure(setup, run, terminal)));
  else lines.push(...tellAccident(setup, run, accident));
  if (command.json) terminal.line(JSON.stringify(runJson(guest, run, shown, accident !== null)));
  else for (const line of lines) terminal.line(line);
  return accident === null ? exitCodeOf(run.result.verdict) : exitCodes.nonDeterminism;
}

/** A line of progress, where there is a terminal. */
export function progressOf(terminal: Terminal): Onlookers {
  return {
    onProgress: ({ simulatedMs, events, counted }) => {
      terminal.progress(`${formatSeconds(simulatedMs)} simulated, ${count(events, 'event')}, ${count(...counted)}`);
    },
  };
}

async function tellPass(setup: RunSetup, run: Run, wantsReport: boolean): Promise<string[]> {
  rmSync(tapePath(setup.guest.name, run.seed), { force: true }); // of an earlier failure, which is no more
  if (!wantsReport) rmSync(reportPath(setup.guest.name, run.seed), { force: true });
  const command = commandOf(setup);
  return [
    wantsReport ? await reportPass(setup, run) : fact('report', 'none; --report makes one'),
    fact('tape', 'none; a run that fails leaves one'),
    commandLine('try', `${command} --seed ${(run.seed + 1) % (SEED_MAX + 1)}`),
    commandLine('', `${command} --seed ${run.seed} ${wantsReport ? '--check-determinism' : '--report'}`),
    commandLine('', `${isOurs(setup) ? `${commandHere('sim')} --scenario word-count` : command} --seeds 1..1000`),
  ];
}

async function reportPass(setup: RunSetup, run: Run): Promise<string> {
  const commands = repeatCommands(setup, run.seed, null);
  return reportLine(await writeReport(setup, unshrunk(run), { story: null, commands }));
}

async function tellFailure(setup: RunSetup, run: Run, terminal: Terminal): Promise<string[]> {
  const tape = keepTape(setup, run);
  const hadFaults = run.result.faultLog.length > 0; // then: does it fail without them too?
  const failure = shrinkTape(setup, run, tape, terminal);
  const command = `${commandOf(setup)} --seed ${run.seed}`;
  return [
    await reportFailure(setup, failure, tape),
    fact('tape', shownPath(tape)),
    '',
    ...failure.lines,
    '',
    ...repeatLines(setup, run.seed, tape),
    commandLine('try', `${command} --trace ${OUTPUT_PLACE}/trace.jsonl`),
    commandLine('', `${command} --check-determinism`),
    commandLine(
      '',
      hadFaults ? `${commandOf({ ...setup, faults: [] })} --seed ${run.seed}` : `${commandOf(setup)} --seeds 1..100`,
    ),
  ];
}

/** The tape is kept as it was run: a fresh process may well repeat it. */
function tellAccident(setup: RunSetup, run: Run, accident: string): string[] {
  const tape = keepTape(setup, run);
  rmSync(reportPath(setup.guest.name, run.seed), { force: true }); // of another run
  return [
    reportLine(null),
    fact('tape', shownPath(tape)),
    '',
    ...accidentLines(setup, accident),
    '',
    ...repeatLines(setup, run.seed, tape),
    commandLine('try', `${commandOf(setup)} --seed ${run.seed} --check-determinism`),
  ];
}
