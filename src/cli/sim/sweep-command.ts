// `--seeds`: all seeds of a range over all cores, one summary, and a tape of the first failures.
import { findGaps } from '../../sim/search/sweep-coverage.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import { addOutcome, emptySweep, firstFailures } from '../../sim/search/sweep.ts';
import type { SeedOutcome, SweepSummary } from '../../sim/search/sweep.ts';
import { phases } from '../../sim/cluster/phases.ts';
import { exitCodeOf, exitCodes, gravest } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { count, formatNumber } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { keepTape, repeatLines, shrinkAndTell } from './failure.ts';
import { runInFreshProcess } from './fresh-process.ts';
import { makePlan } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { faultsInForce, runSeed, setUp } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';
import { sweepJson } from './sweep-json.ts';
import { gapLines, summaryLines } from './sweep-report.ts';
import { runSeeds } from './sweep-threads.ts';

export type SweepCommand = Extract<SimCommand, { kind: 'sweep' }>;

const FAILURES_SHOWN = 5;
const SEEDS_NAMED = 20; // of the failures that are not shown
const TAPES_MAX = 3;

export async function sweepCommand(command: SweepCommand, terminal: Terminal): Promise<ExitCode> {
  const setup = await setUp(await makePlan(command));
  const { first, last } = command.seeds;
  if (!command.json) terminal.line(`${setup.scenario.name}, seeds ${first}..${last}: ${setup.scenario.about}`);
  const startedAt = performance.now();
  const sweep = await runAll(setup, command, terminal);
  const wallMs = performance.now() - startedAt;

  const failures = await runAgain(setup, firstFailures(sweep.failures, FAILURES_SHOWN), terminal);
  const gaps = coverageGaps(setup, sweep);
  const code = gravest([
    ...sweep.failures.map((failure) => exitCodeOf(failure.verdict as 'pass')),
    ...(failures.some(({ again }) => again !== null) ? [exitCodes.nonDeterminism] : []),
    ...(gaps.length > 0 ? [exitCodes.uncovered] : []),
  ]);
  if (command.json) {
    keepTapes(setup, failures, terminal);
    terminal.line(JSON.stringify(sweepJson(setup.scenario.name, command.seeds, sweep, wallMs, gaps)));
    return code;
  }
  for (const line of summaryLines(setup, sweep, wallMs)) terminal.line(line);
  for (const line of gapLines(gaps, sweep.seeds)) terminal.line(line);
  tellVerdict(sweep, gaps, terminal);
  for (const line of keepTapes(setup, failures, terminal)) terminal.line(line);
  for (const line of otherSeeds(sweep, failures)) terminal.line(line);
  return code;
}

async function runAll(setup: RunSetup, { seeds }: SweepCommand, terminal: Terminal): Promise<SweepSummary> {
  const sweep = emptySweep();
  const startedAt = performance.now();
  const total = seeds.last - seeds.first + 1;
  const { file, hash, set, faults } = setup;
  await runSeeds({ file, hash, set, faults }, seeds, (outcome) => {
    addOutcome(sweep, outcome);
    const rate = (sweep.seeds * 1_000) / (performance.now() - startedAt);
    const failed = sweep.failures.length === 0 ? '' : `, ${formatNumber(sweep.failures.length)} failed`;
    terminal.progress(`${formatNumber(sweep.seeds)} of ${count(total, 'seed')}, ${rate.toFixed(1)} a second${failed}`);
  });
  terminal.progress('');
  return sweep;
}

interface CheckedFailure {
  readonly outcome: SeedOutcome;
  /** What a fresh process made of the same seed, if that was something else. */
  readonly again: SeedOutcome | null;
}

/** A failing seed is run again in a fresh process, before anybody spends an hour on what was an accident of its neighbours. */
async function runAgain(
  setup: RunSetup,
  failures: readonly SeedOutcome[],
  terminal: Terminal,
): Promise<CheckedFailure[]> {
  const { file, hash, set, faults } = setup;
  const checked: CheckedFailure[] = [];
  for (const outcome of failures) {
    terminal.progress(`running seed ${outcome.seed} again in a fresh process`);
    const again = await runInFreshProcess({ plan: { file, hash, set, faults }, seed: outcome.seed, wanted: 'outcome' });
    const isSame = again.outcome.traceHash === outcome.traceHash && again.outcome.verdict === outcome.verdict;
    checked.push({ outcome, again: isSame ? null : again.outcome });
  }
  terminal.progress('');
  return checked;
}

/** Scenarios that promise to bring every fault into every phase. */
const coveringScenarios = ['word-count', 'flight-delays'];
const COVERING_SEEDS_MIN = 1_000;

function coverageGaps(setup: RunSetup, sweep: SweepSummary): readonly Gap[] {
  if (sweep.seeds < COVERING_SEEDS_MIN || !coveringScenarios.includes(setup.scenario.name)) return [];
  return findGaps(sweep.faultPhases, faultsInForce(setup), phases, setup.scenario.excuses ?? []);
}

function tellVerdict(sweep: SweepSummary, gaps: readonly Gap[], terminal: Terminal): void {
  const failed = sweep.failures.length;
  terminal.line('');
  if (failed === 0 && gaps.length === 0) terminal.line(`PASS  all of ${count(sweep.seeds, 'seed')}`);
  else if (failed === 0)
    terminal.line(`FAIL  ${count(sweep.seeds, 'seed')} passed, but they prove less than they should`);
  else terminal.line(`FAIL  ${count(failed, 'seed')} of ${formatNumber(sweep.seeds)}`);
}

/** Writes the tapes of the first failures, shrinks the very first, and returns what to say of all that are shown. */
function keepTapes(setup: RunSetup, failures: readonly CheckedFailure[], terminal: Terminal): string[] {
  const lines: string[] = [];
  let tapes = 0;
  for (const { outcome, again } of failures) {
    lines.push('', `seed ${outcome.seed}: ${outcome.sentence}`);
    if (again !== null) lines.push(...describeAccident(setup, outcome, again));
    if (again !== null || tapes === TAPES_MAX) {
      lines.push(...repeatLines(setup, outcome.seed, null));
      continue;
    }
    const run = runSeed(setup, outcome.seed);
    const tape = keepTape(setup, run);
    if (tapes === 0) lines.push(...shrinkAndTell(setup, run, tape, terminal));
    lines.push(...repeatLines(setup, outcome.seed, tape));
    tapes += 1;
  }
  return lines;
}

/** The failing seeds that are not shown, in one line. */
function otherSeeds({ failures }: SweepSummary, shown: readonly CheckedFailure[]): string[] {
  const others = failures
    .filter(({ seed }) => !shown.some(({ outcome }) => outcome.seed === seed))
    .map(({ seed }) => seed);
  if (others.length === 0) return [];
  const rest = others.length - SEEDS_NAMED;
  return [
    '',
    `also failed: ${others.slice(0, SEEDS_NAMED).join(', ')}${rest > 0 ? ` and ${count(rest, 'other')}` : ''}`,
  ];
}

function describeAccident(setup: RunSetup, outcome: SeedOutcome, again: SeedOutcome): string[] {
  return [
    `NOT REPEATABLE: trace hash ${outcome.traceHash} in the sweep, ${again.traceHash} in a fresh process, which says ${again.verdict}`,
    `something but the seed of ${setup.scenario.name} has a say in it; --check-determinism shows the first event that differs`,
  ];
}
