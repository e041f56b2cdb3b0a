// `--scenario all --seeds`: a range of seeds, spread over all scenarios of the house by what each can find and what it costs.
import { spreadSeeds } from '../../sim/search/spread-seeds.ts';
import { addOutcome } from '../../sim/search/sweep.ts';
import { gravest, nameOfCode, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fact } from '../fact-lines.ts';
import { checkOutputFolder } from '../files.ts';
import { ALL_SCENARIOS, scenarioNames } from '../scenario/scenario-file.ts';
import { formatNumber, formatSeconds, formatTable, wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { judgeSweep, oneSweep, progressLine, tasksOf, verdictOf } from './one-sweep.ts';
import type { JudgedSweep, OneSweep } from './one-sweep.ts';
import { prepare } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { sumOf } from './run-json.ts';
import { faultsInForce, keyOf } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';
import { keepTapes, otherSeeds } from './sweep-failures.ts';
import { sweepJson } from './sweep-json.ts';
import { gapLines } from './sweep-report.ts';
import { runSeeds } from './sweep-threads.ts';
import type { SeedTask } from './sweep-threads.ts';

type SweepCommand = Extract<SimCommand, { kind: 'sweep' }>;

/** Of each scenario. */
const FAILURES_SHOWN = 3;

export async function sweepAllCommand(command: SweepCommand, terminal: Terminal): Promise<ExitCode> {
  refuseTooFew(command);
  const setups = await Promise.all(scenarioNames.map((scenario) => prepare({ ...command, scenario })));
  checkOutputFolder();
  const { first, last } = command.seeds;
  if (!command.json) terminal.line(wrapText('', `${setups.length} scenarios, ${last - first + 1} seeds: ${SPREAD}`));
  const startedAt = performance.now();
  const sweeps = await runAll(setups, command, terminal);
  const wallMs = performance.now() - startedAt;
  const judged: JudgedSweep[] = [];
  for (const one of sweeps) judged.push(await judgeSweep(one, FAILURES_SHOWN, terminal)); // oxlint-disable-line no-await-in-loop -- one process at a time
  const code = gravest(judged.map((one) => one.code));
  if (!command.json) for (const line of sumLines(judged, wallMs)) terminal.line(line);
  for (const one of judged) {
    const lines = await failureLines(one, terminal); // oxlint-disable-line no-await-in-loop -- they go to the terminal in order
    if (!command.json) for (const line of lines) terminal.line(line);
  }
  if (command.json) terminal.line(JSON.stringify(allJson(command, judged, code, wallMs)));
  return code;
}

const SPREAD =
  'each scenario runs the first of them, the very first without faults as well; the more, the more pairs of a fault and a phase it can meet and the fewer events a seed takes';

function refuseTooFew({ faults, seeds: { first, last } }: SweepCommand): void {
  const each = isCalm(faults) ? 1 : 2;
  if (last - first + 1 >= each * scenarioNames.length) return;
  const needs = each === 1 ? 'a seed' : 'two seeds, one of them without faults,';
  throw new UsageError(
    `--seeds ${first}..${last}: --scenario ${ALL_SCENARIOS} is ${scenarioNames.length} scenarios, and each needs ${needs} at the least`,
  );
}

function isCalm(faults: RunSetup['faults']): boolean {
  return faults !== 'scenario' && faults.length === 0;
}

/** The first seed of each scenario tells what one costs there, and runs without faults as well: then nothing may fail, whatever runs out. */
async function runAll(setups: readonly RunSetup[], command: SweepCommand, terminal: Terminal): Promise<OneSweep[]> {
  const { first, last } = command.seeds;
  const total = last - first + 1;
  const startedAt = performance.now();
  const run = async (sweeps: readonly OneSweep[], tasks: readonly SeedTask[]): Promise<void> => {
    const byPlan = new Map(sweeps.map((one) => [keyOf(one.setup), one]));
    const onOutcome: Parameters<typeof runSeeds>[1] = ({ plan }, outcome) => {
      const one = byPlan.get(keyOf(plan));
      if (one !== undefined) addOutcome(one.sweep, outcome);
      terminal.progress(progressLine(sweeps, total, startedAt));
    };
    await runSeeds(tasks, onOutcome, command.threads ?? undefined);
  };
  const firsts = setups.map((setup) => oneSweep(setup, { first, last: first }));
  const calm = firsts
    .filter(({ setup }) => !isCalm(setup.faults))
    .map(({ setup }) => oneSweep({ ...setup, faults: [] }, { first, last: first }));
  await run(
    [...firsts, ...calm],
    [...firsts, ...calm].flatMap((one) => tasksOf(one)),
  );
  const shares = spreadSeeds(
    // A seed that stood still tells nothing of the cost: then its scenario gets no more.
    firsts.map(({ setup, sweep }) => ({ pairs: pairsOf(setup), events: sweep.events || Number.POSITIVE_INFINITY })),
    total - calm.length,
  );
  const sweeps = firsts.map((one, at) => ({ ...one, seeds: { first, last: first + (shares[at] as number) - 1 } }));
  await run(
    sweeps,
    sweeps.flatMap((one) => tasksOf(one, first + 1)),
  );
  terminal.progress('');
  return [...sweeps, ...calm];
}

function nameOf({ guest, faults }: RunSetup): string {
  return isCalm(faults) ? `${guest.name}, no faults` : guest.name;
}

/** Pairs of a fault in force and a phase in which no sentence of the scenario excuses it. */
function pairsOf(setup: RunSetup): number {
  const { coverage } = setup.guest;
  const faults = faultsInForce(setup);
  if (coverage === null) return faults.length;
  const { phases, excuses } = coverage;
  const isExcused = (fault: string, phase: string): boolean =>
    excuses.some((excuse) => excuse.fault === fault && excuse.phases.includes(phase));
  return faults.flatMap((fault) => phases.filter((phase) => !isExcused(fault, phase))).length;
}

function rowOf({ setup, sweep }: JudgedSweep): string[] {
  return [
    nameOf(setup),
    ...[sweep.seeds, pairsOf(setup), sweep.events, sumOf(sweep.faults), sweep.failures.length].map(formatNumber),
  ];
}

/** Of the seeds without faults only those that failed have a row of their own. */
function isShown({ setup, sweep }: JudgedSweep): boolean {
  return !isCalm(setup.faults) || sweep.failures.length > 0;
}

function calmRow(judged: readonly JudgedSweep[]): string[] {
  const calm = judged.filter(({ setup }) => isCalm(setup.faults));
  const sum = (of: (one: JudgedSweep) => number): number => calm.reduce((total, one) => total + of(one), 0);
  const [seeds, events] = [sum(({ sweep }) => sweep.seeds), sum(({ sweep }) => sweep.events)];
  return ['in all, no faults', ...[seeds, 0, events, 0, sum(({ sweep }) => sweep.failures.length)].map(formatNumber)];
}

function sumLines(judged: readonly JudgedSweep[], wallMs: number): string[] {
  const seeds = judged.reduce((sum, { sweep }) => sum + sweep.seeds, 0);
  const rate = ((seeds * 1_000) / wallMs).toFixed(1);
  const shown = judged.every(({ setup }) => isCalm(setup.faults)) ? judged : judged.filter(isShown);
  return [
    fact('seeds', `${formatNumber(seeds)} in ${formatSeconds(wallMs)}, ${rate} a second`),
    '',
    ...formatTable([
      ['scenario', 'seeds', 'pairs', 'events', 'faults', 'failed'],
      ...shown.map(rowOf),
      calmRow(judged),
    ]),
    ...judged.flatMap(({ gaps, sweep }) => gapLines(gaps, sweep.seeds)),
    '',
    ...verdictOf(judged),
  ];
}

/** Of a scenario that failed: tapes, the story of the first failure, and how to repeat each. */
async function failureLines({ setup, sweep, failures }: JudgedSweep, terminal: Terminal): Promise<string[]> {
  if (failures.length === 0) return [];
  const failed = sweep.failures.length;
  const head = `${nameOf(setup)}: ${formatNumber(failed)} of ${formatNumber(sweep.seeds)} failed`;
  return ['', head, ...(await keepTapes(setup, failures, terminal)), ...otherSeeds(sweep, failures)];
}

function allJson({ seeds }: SweepCommand, judged: readonly JudgedSweep[], code: ExitCode, wallMs: number): object {
  const failed = judged.reduce((sum, { sweep }) => sum + sweep.failures.length, 0);
  const run = judged.reduce((sum, { sweep }) => sum + sweep.seeds, 0);
  return {
    scenario: ALL_SCENARIOS,
    seeds: `${seeds.first}..${seeds.last}`,
    verdict: nameOfCode(code),
    passed: run - failed,
    failed,
    wallMs: Math.round(wallMs),
    scenarios: judged.map((one) => ({
      ...sweepJson(one, null),
      faultsInForce: faultsInForce(one.setup),
      pairs: pairsOf(one.setup),
    })),
  };
}
