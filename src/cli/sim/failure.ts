// What is done about a failing run: its tape is kept, then shrunk; what had to happen is told, shown in a report, and how to repeat it.
// A run of a tape that is not shrunk (again) is told in the same way.
import type { TraceEnding } from '../../run/trace.ts';
import { commandLine, fact } from '../fact-lines.ts';
import { runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';
import { shrinkFailure } from './shrink-failure.ts';
import { commandOf } from './plan.ts';
import { writeReport } from './report-file.ts';
import type { TapedRun } from './report-file.ts';
import { saveTape, tapeOf, tapePath } from './tape.ts';
import { commandHere, quote, shownPath } from '../files.ts';
import { wrapText } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { currentVersion, shortCommit } from './version.ts';
import { describeShrinking, describeTape, storyOf, whatHadToHappen, whatHappened } from './what-happened.ts';

/** A failure as it was shrunk, or as its tape has it, and what there is to tell of it. */
export interface ToldFailure {
  readonly taped: TapedRun;
  readonly story: TraceEnding['story'];
  /** The story on a terminal. */
  readonly lines: readonly string[];
}

/** Writes the tape as it was run, so that it is there whatever happens next. Returns its path. */
export function keepTape(setup: RunSetup, run: Run): string {
  const path = tapePath(setup.guest.name, run.seed);
  keepTapeAt(setup, run, {}, path);
  return path;
}

/** The same of a run with a shorter input, under a name of its own. */
export function keepTapeAt(setup: RunSetup, run: Run, inputLimits: TapedRun['inputLimits'], path: string): void {
  saveTape(tapeOf(setup, run, inputLimits, currentVersion()), path);
}

/** What the same decisions lead to when they are run again here, if that is another run. Then nothing about it can be shrunk or explained. */
export function accidentOf(setup: RunSetup, { seed, entries, result }: Run): string | null {
  const again = runEntries(setup, seed, entries, {}).result;
  if (again.traceHash === result.traceHash && again.verdict === result.verdict) return null;
  return `trace hash ${result.traceHash} at first, ${again.traceHash} when it ran again in the same process, which says ${again.verdict}`;
}

export function accidentLines({ guest }: RunSetup, accident: string): string[] {
  return [
    wrapText('NOT REPEATABLE: ', accident),
    wrapText(
      '',
      `something other than the seed has a say in ${guest.name}, such as a variable outside of a state, Math.random or a clock; --check-determinism shows the first event that differs`,
    ),
  ];
}

/** Puts the shrunk tape in place of the full one, which its seed repeats anyway. */
export function shrinkTape(
  setup: RunSetup,
  run: Run,
  tape: string,
  terminal: Terminal,
  limitsBefore: TapedRun['inputLimits'] = {},
): ToldFailure {
  const shrunk = shrinkFailure(setup, run, terminal, limitsBefore);
  const { decisions: entries, inputLimits } = shrunk;
  saveTape(tapeOf(setup, shrunk.result, inputLimits, currentVersion()), tape);
  const taped = { run: shrunk.result, entries, inputLimits };
  const story = storyOf(setup, taped);
  return {
    taped,
    story: { title: describeShrinking(shrunk).join(', '), shrunk: true, lines: story },
    lines: whatHadToHappen(shrunk, story),
  };
}

/** A failure as its tape has it. */
export function tellTape(setup: RunSetup, taped: TapedRun): ToldFailure {
  const story = storyOf(setup, taped);
  return {
    taped,
    story: { title: describeTape(taped).join(', '), shrunk: false, lines: story },
    lines: whatHappened(taped, story),
  };
}

/** A run with all that was decided in it. */
export function unshrunk(run: Run): TapedRun {
  return { run, entries: run.entries, inputLimits: {} };
}

/** Writes the report of a failure, and returns the line that says where it lies. */
export async function reportFailure(
  setup: RunSetup,
  { taped, story }: Pick<ToldFailure, 'taped' | 'story'>,
  tape: string | null,
): Promise<string> {
  const commands = repeatCommands(setup, taped.run.seed, tape);
  return reportLine(await writeReport(setup, taped, { story, commands }));
}

export function reportLine(path: string | null): string {
  return fact('report', path === null ? 'none: the run could not be repeated' : shownPath(path));
}

/** The lines that repeat a run: by its seed, and by its tape, if one was written. */
export function repeatLines(setup: RunSetup, seed: number, tape: string | null): string[] {
  return repeatCommands(setup, seed, tape).map(([label, text]) => commandLine(label, text));
}

export function repeatCommands(setup: RunSetup, seed: number, tape: string | null): (readonly [string, string])[] {
  return [
    ...bySeed(setup, seed),
    ...(tape === null ? [] : [['replay', `${commandHere('sim')} --replay ${quote(shownPath(tape))}`] as const]),
  ];
}

/** The command line knows faults with odds alone: of the others there is a tape. */
function bySeed(setup: RunSetup, seed: number): (readonly [string, string])[] {
  if (setup.exactFaults !== undefined) return [];
  return [['repeat', `${commandOf(setup)} --seed ${seed}  (commit ${shortCommit(currentVersion().commit)})`]];
}
