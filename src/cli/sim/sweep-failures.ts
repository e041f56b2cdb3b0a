// What is done about the failing seeds of a sweep: each is run again in a fresh process before it is reported, the first ones leave tapes.
import type { SeedOutcome, SweepSummary } from '../../sim/search/sweep.ts';
import { count, wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import {
  accidentLines,
  accidentOf,
  keepTape,
  repeatLines,
  reportFailure,
  shrinkTape,
  tellTape,
  unshrunk,
} from './failure.ts';
import { runInFreshProcess } from './fresh-process.ts';
import { outcomeOf } from './outcome.ts';
import { planOf, runSeed } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';

const TAPES_MAX = 3;
const SEEDS_NAMED = 20; // of the failures that are not shown

export interface CheckedFailure {
  readonly outcome: SeedOutcome;
  /** That the same seed was another run elsewhere: where, and what it said there. Null if it was the same everywhere. */
  readonly accident: string | null;
}

/** A failing seed is run again in a fresh process, before anybody spends an hour on what was an accident of its neighbours. */
export async function runAgain(
  setup: RunSetup,
  failures: readonly SeedOutcome[],
  terminal: Terminal,
): Promise<CheckedFailure[]> {
  const plan = planOf(setup);
  const checked: CheckedFailure[] = [];
  for (const outcome of failures) {
    if (outcome.stood === true) {
      checked.push({ outcome, accident: null }); // it would stand still again, for as long
      continue;
    }
    terminal.progress(`running seed ${outcome.seed} again in a fresh process`);
    const again = await runInFreshProcess({ plan, seed: outcome.seed, wanted: 'outcome' });
    const accident = isSameRun(again.outcome, outcome)
      ? accidentHere(setup, outcome)
      : `trace hash ${outcome.traceHash} in the sweep, ${again.outcome.traceHash} in a fresh process, which says ${again.outcome.verdict}`;
    checked.push({ outcome, accident });
  }
  terminal.progress('');
  return checked;
}

function isSameRun(one: SeedOutcome, other: SeedOutcome): boolean {
  return one.traceHash === other.traceHash && one.verdict === other.verdict;
}

/** A module that remembers makes the same of a seed in each fresh process, and something else when it has a past, as in the runs of the shrinker. */
function accidentHere(setup: RunSetup, outcome: SeedOutcome): string | null {
  const run = runSeed(setup, outcome.seed);
  if (isSameRun(outcomeOf(setup.guest, run), outcome)) return accidentOf(setup, run);
  return `trace hash ${outcome.traceHash} in the sweep, ${run.result.traceHash} in another process, which says ${run.result.verdict}`;
}

/** Writes tapes and reports of the first failures, shrinks the very first, and returns what to say of all that are shown. */
export async function keepTapes(
  setup: RunSetup,
  failures: readonly CheckedFailure[],
  terminal: Terminal,
): Promise<string[]> {
  const lines: string[] = [];
  let tapes = 0;
  for (const { outcome, accident } of failures) {
    lines.push('', outcome.stood === true ? outcome.sentence : wrapText(`seed ${outcome.seed}: `, outcome.sentence));
    if (accident !== null) lines.push(...accidentLines(setup, accident));
    if (accident !== null || outcome.stood === true || tapes === TAPES_MAX) {
      lines.push(...repeatLines(setup, outcome.seed, null));
      continue;
    }
    const run = runSeed(setup, outcome.seed);
    const tape = keepTape(setup, run);
    const isFirst = tapes === 0;
    const failure = isFirst ? shrinkTape(setup, run, tape, terminal) : tellTape(setup, unshrunk(run));
    const report = await reportFailure(setup, failure, tape);
    lines.push(...(isFirst ? failure.lines : []), ...repeatLines(setup, outcome.seed, tape), report);
    tapes += 1;
  }
  return lines;
}

/** The failing seeds that are not shown, in one line. */
export function otherSeeds({ failures }: SweepSummary, shown: readonly CheckedFailure[]): string[] {
  const others = failures
    .filter(({ seed }) => !shown.some(({ outcome }) => outcome.seed === seed))
    .map(({ seed }) => seed);
  if (others.length === 0) return [];
  const rest = others.length - SEEDS_NAMED;
  return [
    '',
    wrapText(
      'also failed: ',
      `${others.slice(0, SEEDS_NAMED).join(', ')}${rest > 0 ? ` and ${count(rest, 'other')}` : ''}`,
    ),
  ];
}
