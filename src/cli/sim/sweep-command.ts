// `--seeds`: all seeds of a range over all cores, one summary, and a tape of the first failures.
import { findGaps } from '../../sim/search/sweep-coverage.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import { addOutcome, emptySweep, firstFailures } from '../../sim/search/sweep.ts';
import type { SweepSummary } from '../../sim/search/sweep.ts';
import type { VerdictKind } from '../../sim/guest.ts';
import { exitCodeOf, exitCodes, gravest } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { checkOutputFolder } from '../files.ts';
import { count, formatNumber, wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { refuseNothing } from '../refuse-nothing.ts';
import { isOurs, prepare } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { faultsInForce } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';
import { keepTapes, otherSeeds, runAgain } from './sweep-failures.ts';
import { sweepJson } from './sweep-json.ts';
import { gapLines, summaryLines } from './sweep-report.ts';
import { runSeeds } from './sweep-threads.ts';

export type SweepCommand = Extract<SimCommand, { kind: 'sweep' }>;

const FAILURES_SHOWN = 5;

export async function sweepCommand(command: SweepCommand, terminal: Terminal): Promise<ExitCode> {
  const setup = await prepare(command);
  checkOutputFolder();
  const { first, last } = command.seeds;
  if (!command.json) terminal.line(wrapText('', `${setup.guest.name}, seeds ${first}..${last}: ${setup.guest.about}`));
  const startedAt = performance.now();
  const sweep = await runAll(setup, command, terminal);
  const wallMs = performance.now() - startedAt;
  if (sweep.failures.length === 0)
    refuseNothing(setup.guest.name, setup.guest.provesNothing(sweep.counts), 'any of these seeds');

  const failures = await runAgain(setup, firstFailures(sweep.failures, FAILURES_SHOWN), terminal);
  const unrepeatable = failures.flatMap(({ outcome, accident }) => (accident === null ? [] : [outcome.seed]));
  const gaps = coverageGaps(setup, sweep);
  const code = gravest([
    ...sweep.failures.map((failure) => exitCodeOf(failure.verdict as VerdictKind)),
    ...(unrepeatable.length > 0 ? [exitCodes.nonDeterminism] : []),
    ...(gaps.length > 0 ? [exitCodes.uncovered] : []),
  ]);
  if (command.json) {
    await keepTapes(setup, failures, terminal);
    terminal.line(JSON.stringify(sweepJson(setup.guest, command.seeds, sweep, wallMs, { gaps, unrepeatable, code })));
    return code;
  }
  for (const line of summaryLines(setup, sweep, wallMs)) terminal.line(line);
  for (const line of gapLines(gaps, sweep.seeds)) terminal.line(line);
  tellVerdict(sweep, gaps, terminal);
  for (const line of await keepTapes(setup, failures, terminal)) terminal.line(line);
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

/** Scenarios that promise to bring every fault into every phase. */
const coveringScenarios = ['word-count', 'flight-delays'];
const COVERING_SEEDS_MIN = 1_000;

function coverageGaps(setup: RunSetup, sweep: SweepSummary): readonly Gap[] {
  const { name, coverage } = setup.guest;
  const covers = coveringScenarios.includes(name) && isOurs(setup);
  if (sweep.seeds < COVERING_SEEDS_MIN || !covers || coverage === null) return [];
  return findGaps(sweep.faultPhases, faultsInForce(setup), coverage.phases, coverage.excuses);
}

function tellVerdict(sweep: SweepSummary, gaps: readonly Gap[], terminal: Terminal): void {
  const failed = sweep.failures.length;
  terminal.line('');
  if (failed === 0 && gaps.length === 0) terminal.line(`PASS  all of ${count(sweep.seeds, 'seed')}`);
  else if (failed === 0)
    terminal.line(`FAIL  ${count(sweep.seeds, 'seed')} passed, but they prove less than they should`);
  else terminal.line(`FAIL  ${count(failed, 'seed')} of ${formatNumber(sweep.seeds)}`);
}
