// `npm run real`: one run on real processes, its report and its output.
import type { StrikeKind } from '../../scenario/strikes.ts';
import { seededDecisions } from '../../sim/seeded-decisions.ts';
import { commandLine, fact } from '../fact-lines.ts';
import { exitCodeOf, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { checkOutputFolder, createFile, commandHere, quote, shownPath, toUser } from '../files.ts';
import { outputOf } from '../../scenario/output-text.ts';
import { outputPath, writeOutput } from '../output.ts';
import { loadData } from '../scenario/data.ts';
import { bundleScenario } from '../scenario/bundle.ts';
import { DEFAULT_SCENARIO, findScenarioFile, loadScenario, scenarioNames } from '../scenario/scenario-file.ts';
import { drawSeed } from '../seed.ts';
import { wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { chooseStrike, whyNotStrike } from './choose-strike.ts';
import { drawStrike } from './draws.ts';
import { keepEvidence, type Evidence } from './evidence.ts';
import { realJson } from './json.ts';
import { wholeTrace } from './merged-trace.ts';
import type { RealCommand, RealSettings } from './read-command.ts';
import { factLines, verdictLines } from './report.ts';
import { runReal, type RealRun, type RealSetup } from './run.ts';
import type { Surroundings } from '../children/guarded.ts';
import { createStriker } from './strike.ts';
import type { StrikerOf } from './watch.ts';

export type RunCommand = Extract<RealCommand, { kind: 'run' }>;

export async function runCommand(
  command: RunCommand,
  terminal: Terminal,
  { guard, abort }: Surroundings,
): Promise<ExitCode> {
  const setup = await setUpReal(command);
  const { scenario } = setup;
  const seed = command.seed ?? drawSeed();
  const strike = chooseStrike(command.strike, scenario, seededDecisions(seed));
  const refusal =
    strike.kind === null ? null : (noLogToDamage(strike.kind, setup) ?? whyNotStrike(strike.kind, scenario));
  if (refusal !== null) throw new UsageError(`the strike ${strike.kind} cannot be tried: ${refusal}`);
  checkOutputFolder();
  if (!command.json)
    terminal.line(wrapText('', `${scenario.name}, seed ${seed}, on real processes: ${scenario.about}`));
  const trace = command.trace === null ? null : createFile(toUser(command.trace)); // refuses at once what cannot be written
  const run = await runReal({
    setup,
    seed,
    guard,
    abort,
    strikerOf: strike.kind === null ? () => null : strikerOf(strike.kind),
    strike,
    keep: command.keep,
    onProgress: (text) => terminal.progress(text),
  });
  terminal.progress('');
  for (const line of trace === null ? [] : wholeTrace(scenario, run)) trace?.write(`${line}\n`);
  trace?.publish();
  const evidence = await keepEvidence(scenario, run, command.report);
  tell(command, setup, run, evidence, terminal);
  return exitCodeOf(run.verdict);
}

function noLogToDamage(kind: StrikeKind, { ha }: RealSetup): string | null {
  return kind === 'damaged-ha' && ha !== null ? `the HA service of its runs is in ${ha}, and not in a folder` : null;
}

export async function setUpReal({ scenario: name, ha, set }: RealSettings): Promise<RealSetup> {
  const file = findScenarioFile(name);
  const bundle = await bundleScenario(file);
  if (!bundle.ok) throw new UsageError(`${shownPath(file)} cannot be loaded: ${bundle.reason}`);
  const { scenario, topics } = await loadScenario(file, 'a run on real processes');
  return { file, scenario, data: { ...loadData(scenario, file), ...topics }, bundle: bundle.value, ha, set };
}

function strikerOf(kind: StrikeKind): StrikerOf {
  return ({ decisions, options }, _, hands) => createStriker(drawStrike(kind, decisions), options, hands);
}

function tell(command: RunCommand, setup: RealSetup, run: RealRun, evidence: Evidence, terminal: Terminal): void {
  const { scenario } = setup;
  const output = writeOutput(scenario.name, outputPath(scenario.name, run.seed, 'real'), () => outputOf(scenario, run));
  const shown = output === null ? null : shownPath(output);
  if (command.json) return terminal.line(JSON.stringify(realJson(scenario.name, run, shown)));
  const trace = command.trace === null ? evidence.trace : toUser(command.trace);
  const again = `${commandOf(setup, command)} --seed ${run.seed}`;
  const lines = [
    ...factLines(run),
    '',
    ...verdictLines(run),
    fact('output', shown ?? 'none: not all is over'),
    fact('trace', trace === null ? 'none; --trace FILE writes one' : shownPath(trace)),
    fact('report', evidence.report === null ? 'none; --report makes one' : shownPath(evidence.report)),
    ...(run.scratch === null ? [] : [fact('kept', run.scratch)]),
    commandLine('try', command.report ? `${again} --keep` : `${again} --report`),
    commandLine('', `${commandOf(setup, { ...command, strike: 'scenario' })} --rounds 10`),
    commandLine('', `${commandOf(setup, { ...command, strike: 'scenario' }, 'sim')} --seed ${run.seed}`),
  ];
  for (const line of lines) terminal.line(line);
}

/** The command line of a run like this one, without its seed. */
export function commandOf(
  { file, scenario, ha }: Pick<RealSetup, 'file' | 'scenario' | 'ha'>,
  { set, strike }: Pick<RunCommand, 'set' | 'strike'>,
  command: 'real' | 'sim' = 'real',
): string {
  const isOurs = scenarioNames.includes(scenario.name) && findScenarioFile(scenario.name) === file;
  const name = isOurs ? scenario.name : shownPath(file);
  const words = [
    commandHere(command),
    ...(name === DEFAULT_SCENARIO ? [] : ['--scenario', quote(name)]),
    ...(ha === null || command === 'sim' ? [] : ['--ha', ha]),
    ...(strike === 'scenario' ? [] : strike === 'none' ? ['--no-faults'] : ['--strike', strike]),
    ...Object.entries(set).map(([key, value]) => `--set ${key}=${value}`),
  ];
  return words.join(' ');
}
