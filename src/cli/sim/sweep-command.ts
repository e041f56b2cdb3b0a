// `--seeds`: all seeds of a range over all cores, one summary, and a tape of the first failures.
import { addOutcome } from '../../sim/search/sweep.ts';
import type { ExitCode } from '../exit-codes.ts';
import { checkOutputFolder } from '../files.ts';
import { ALL_SCENARIOS } from '../scenario/scenario-file.ts';
import { wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { judgeSweep, oneSweep, progressLine, tasksOf, verdictOf } from './one-sweep.ts';
import type { OneSweep } from './one-sweep.ts';
import { prepare } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { sweepAllCommand } from './sweep-all-command.ts';
import { keepTapes, otherSeeds } from './sweep-failures.ts';
import { sweepJson } from './sweep-json.ts';
import { gapLines, summaryLines } from './sweep-report.ts';
import { runSeeds } from './sweep-threads.ts';

export type SweepCommand = Extract<SimCommand, { kind: 'sweep' }>;

const FAILURES_SHOWN = 5;

export async function sweepCommand(command: SweepCommand, terminal: Terminal): Promise<ExitCode> {
  if (command.scenario === ALL_SCENARIOS) return sweepAllCommand(command, terminal);
  const setup = await prepare(command);
  checkOutputFolder();
  const { first, last } = command.seeds;
  if (!command.json) terminal.line(wrapText('', `${setup.guest.name}, seeds ${first}..${last}: ${setup.guest.about}`));
  const startedAt = performance.now();
  const one = oneSweep(setup, command.seeds);
  await runAll(one, command, terminal);
  const wallMs = performance.now() - startedAt;
  const judged = await judgeSweep(one, FAILURES_SHOWN, terminal);
  const { sweep, failures, gaps, code } = judged;
  if (command.json) {
    await keepTapes(setup, failures, terminal);
    terminal.line(JSON.stringify(sweepJson(judged, wallMs)));
    return code;
  }
  for (const line of summaryLines(setup, sweep, wallMs)) terminal.line(line);
  for (const line of gapLines(gaps, sweep.seeds)) terminal.line(line);
  for (const line of ['', ...verdictOf([judged])]) terminal.line(line);
  for (const line of await keepTapes(setup, failures, terminal)) terminal.line(line);
  for (const line of otherSeeds(sweep, failures)) terminal.line(line);
  return code;
}

async function runAll(one: OneSweep, { threads }: SweepCommand, terminal: Terminal): Promise<void> {
  const startedAt = performance.now();
  const tasks = tasksOf(one);
  const onOutcome: Parameters<typeof runSeeds>[1] = (_, outcome) => {
    addOutcome(one.sweep, outcome);
    terminal.progress(progressLine([one], tasks.length, startedAt));
  };
  await runSeeds(tasks, onOutcome, threads ?? undefined);
  terminal.progress('');
}
