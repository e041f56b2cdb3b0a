// `npm run real` of a scenario of machines: one run, or rounds of random kills.
import { mixSeed } from '../../../sim/seeded-decisions.ts';
import { SEED_MAX } from '../../../sim/search/seed-range.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import { exitCodeOf, gravest, UsageError, type ExitCode } from '../../exit-codes.ts';
import { commandLine, fact } from '../../fact-lines.ts';
import { checkOutputFolder, commandHere, createFile, quote, shownPath, toUser } from '../../files.ts';
import { findScenarioFile } from '../../scenario/scenario-file.ts';
import { drawSeed } from '../../seed.ts';
import { count, wrapText, type Terminal } from '../../terminal.ts';
import { keepFiles, type Evidence } from '../evidence.ts';
import type { RealCommand } from '../read-command.ts';
import type { Surroundings } from '../../children/guarded.ts';
import { drawKill, drawKills, victimsOf } from './kills.ts';
import { factLines, machinesJson, roundLine, verdictLines } from './report.ts';
import type { MachinesRequest, MachinesRun, MachinesSetup } from './run-types.ts';
import { refuseKills, runMachines } from './run.ts';
import { wholeTrace } from './trace.ts';

type RunCommand = Extract<RealCommand, { kind: 'run' }>;
type RoundsCommand = Extract<RealCommand, { kind: 'rounds' }>;

export async function machinesCommand(
  command: RunCommand | RoundsCommand,
  scenario: MachinesScenario,
  terminal: Terminal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const setup: MachinesSetup = { file: findScenarioFile(command.scenario), scenario, set: command.set };
  checkOutputFolder();
  return command.kind === 'run'
    ? runOnce(command, setup, terminal, surroundings)
    : runRounds(command, setup, terminal, surroundings);
}

async function runOnce(
  command: RunCommand,
  setup: MachinesSetup,
  terminal: Terminal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { scenario } = setup;
  if (command.strike !== 'scenario' && command.strike !== 'none')
    throw new UsageError(
      `--strike ${command.strike} is for jobs: of machines a process is killed, or none (--no-faults)`,
    );
  const seed = command.seed ?? drawSeed();
  const trace = command.trace === null ? null : createFile(toUser(command.trace));
  if (!command.json)
    terminal.line(wrapText('', `${scenario.name}, seed ${seed}, on real processes: ${scenario.about}`));
  const kills = command.strike === 'scenario' && mayKill(scenario);
  const run = await runMachines({
    ...surroundings,
    ...requestOf(setup, terminal, ''),
    seed,
    drawKills: kills ? drawKill : () => [],
    mustProve: kills,
    keep: command.keep,
  });
  terminal.progress('');
  for (const line of trace === null ? [] : wholeTrace(scenario, run)) trace?.write(`${line}\n`);
  trace?.publish();
  const evidence = await keep(scenario, run, command.report);
  if (command.json) terminal.line(JSON.stringify(machinesJson(scenario.name, run)));
  else for (const line of runLines(command, setup, run, evidence)) terminal.line(line);
  return exitCodeOf(run.verdict);
}

type Common = Pick<MachinesRequest, 'setup' | 'onProgress'>;

function requestOf(setup: MachinesSetup, terminal: Terminal, before: string): Common {
  return { setup, onProgress: (text) => terminal.progress(before + text) };
}

function mayKill(scenario: MachinesScenario): boolean {
  return typeof scenario.nodes === 'function'
    ? (scenario.faults?.crash ?? 0) > 0
    : victimsOf(scenario, scenario.nodes).length > 0;
}

function runLines(command: RunCommand, setup: MachinesSetup, run: MachinesRun, evidence: Evidence): string[] {
  const trace = command.trace === null ? evidence.trace : toUser(command.trace);
  const again = `${commandOf(setup, 'real')}${command.strike === 'none' ? ' --no-faults' : ''} --seed ${run.seed}`;
  return [
    ...factLines(run),
    '',
    ...verdictLines(run),
    fact('trace', trace === null ? 'none; --trace FILE writes one' : shownPath(trace)),
    fact('report', evidence.report === null ? 'none; --report makes one' : shownPath(evidence.report)),
    ...(run.scratch === null ? [] : [fact('kept', run.scratch)]),
    commandLine('try', command.report ? `${again} --keep` : `${again} --report`),
    ...(mayKill(setup.scenario) ? [commandLine('', `${commandOf(setup, 'real')} --rounds 10`)] : []),
    commandLine('', `${commandOf(setup, 'sim')} --seed ${run.seed}`),
  ];
}

function commandOf({ file, set }: MachinesSetup, command: 'real' | 'sim'): string {
  const pairs = Object.entries(set).map(([name, value]) => ` --set ${name}=${value}`);
  return `${commandHere(command)} --scenario ${quote(shownPath(file))}${pairs.join('')}`;
}

function keep(scenario: MachinesScenario, run: MachinesRun, wantsReport: boolean): Promise<Evidence> {
  const about = { name: scenario.name, seed: run.seed, hasFailed: run.verdict !== 'pass' };
  return keepFiles(about, wantsReport, () => wholeTrace(scenario, run));
}

// ---- Rounds

async function runRounds(
  command: RoundsCommand,
  setup: MachinesSetup,
  terminal: Terminal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { scenario } = setup;
  if (!mayKill(scenario)) throw new UsageError(refuseKills(scenario));
  const first = command.seed ?? drawSeed();
  if (!command.json)
    terminal.line(`${scenario.name}, ${count(command.rounds, 'round')} from seed ${first}, on real processes`);
  const runs: MachinesRun[] = [];
  for (let round = 1; round <= command.rounds; round++) {
    const seed = round === 1 ? first : mixSeed(first, `round-${round}`) % (SEED_MAX + 1); // a failing round is repeated with its own
    const common = requestOf(setup, terminal, `round ${round}: `);
    const run = await runMachines({ ...surroundings, ...common, seed, drawKills, mustProve: false, keep: false });
    terminal.progress('');
    const evidence = await keep(scenario, run, false);
    if (!command.json) for (const line of roundLines(round, run, evidence)) terminal.line(line);
    runs.push({ ...run, lines: [] }); // only its verdict is wanted from here on
  }
  if (command.json) terminal.line(JSON.stringify(roundsJson(scenario.name, first, runs)));
  else terminal.line(`\n${sumUp(runs)}`);
  return gravest(runs.map(({ verdict }) => exitCodeOf(verdict)));
}

function roundLines(round: number, run: MachinesRun, { trace, report }: Evidence): string[] {
  if (trace === null || report === null) return [roundLine(round, run)];
  const lines = [...verdictLines(run), fact('trace', shownPath(trace)), fact('report', shownPath(report))];
  return [roundLine(round, run), ...lines.map((line) => `      ${line}`)];
}

function sumUp(runs: readonly MachinesRun[]): string {
  const kills = runs.reduce((sum, { killed }) => sum + killed.length, 0);
  const failed = runs.filter(({ verdict }) => verdict !== 'pass');
  return failed.length === 0
    ? `PASS  ${count(runs.length, 'round')}, ${count(kills, 'kill')}: the machines were done each time, and no oracle objects`
    : `FAIL  ${failed.length} of ${count(runs.length, 'round')}: seeds ${failed.map(({ seed }) => seed).join(', ')}`;
}

function roundsJson(scenario: string, seed: number, runs: readonly MachinesRun[]): object {
  const failed = runs.filter(({ verdict }) => verdict !== 'pass').length;
  const rounds = runs.map((run) => machinesJson(scenario, run));
  return { guest: 'machines', scenario, seed, passed: runs.length - failed, failed, rounds };
}
