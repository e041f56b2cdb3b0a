// Tells what happened in a failing run, or, if it was shrunk, what had to happen: a list, one line each with its time. What was decided is
// marked; the rest followed from it.
import type { StoryLine } from '../../run/trace.ts';
import type { Thing } from '../../sim/observation.ts';
import type { StoryEvent } from '../../sim/story.ts';
import { tellEvents } from '../../sim/tell-story.ts';
import type { Shrunk } from '../../sim/search/shrink.ts';
import { count, wrapText } from '../terminal.ts';
import { evidenceLines } from './run-report.ts';
import type { TapedRun } from './report-file.ts';
import { runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** Runs a run once more to be told of it. */
export function storyOf(setup: RunSetup, { run, entries, inputLimits }: TapedRun): readonly StoryLine[] {
  const events: StoryEvent[] = [];
  runEntries(setup, run.seed, entries, inputLimits, { onStory: (event) => events.push(event) });
  const endUs = failedAtUs(run); // what happened before anybody looked again is not of interest
  const failure = { at: endUs, text: run.result.sentence, decided: false, about: 'failure' } as const;
  const telling = { drawn: run.result.drawn, named: namedIn(run) };
  const told = events.filter(({ atUs }) => atUs <= endUs);
  return [...tellEvents(told, telling), failure];
}

/** What the sentence and the evidence of a failure name. */
function namedIn({ result }: Run): readonly Thing[] {
  const [first] = result.violations;
  return first === undefined ? [] : [...first.about, ...first.evidence.flatMap(({ about }) => about)];
}

/** What had to happen, as lines of a terminal. */
export function whatHadToHappen(shrunk: Shrunk<Run>, story: readonly StoryLine[]): string[] {
  const { decisions, result } = shrunk;
  return [
    ...describeShrinking(shrunk).map(wrapBehindColon),
    decisions.length === 0
      ? 'no fault and no delay had to happen; what did:'
      : 'what had to happen (marked with >), and what followed:',
    ...story.map(lineOf),
    ...evidenceLines(result.result, ' '.repeat(EVIDENCE_INDENT)),
  ];
}

/** What happened in the run of a tape, as lines of a terminal. */
export function whatHappened(taped: TapedRun, story: readonly StoryLine[]): string[] {
  return [
    ...describeTape(taped).map(wrapBehindColon),
    'what was decided (marked with >), and what followed:',
    ...story.map(lineOf),
  ];
}

const EVIDENCE_INDENT = 18;

export function describeShrinking({ decisions, result, minimal, runs }: Shrunk<Run>): string[] {
  const stopped = minimal ? '' : ', as far as the time went';
  const shrunk = `shrunk to ${count(decisions.length, 'decision')} in ${count(runs, 'run')}${stopped}`;
  return [shrunk, ...describeInput(result)];
}

export function describeTape({ run, entries }: TapedRun): string[] {
  return [`the tape has ${count(entries.length, 'decision')}`, ...describeInput(run)];
}

function describeInput({ result }: Run): string[] {
  const records = Object.entries(result.inputLengths ?? {}).map(([split, length]) => `${length} of ${split}`);
  return records.length === 0 ? [] : [`with records: ${records.join(', ')}`];
}

function wrapBehindColon(line: string): string {
  const head = /^[^:]*: /.exec(line)?.[0] ?? '';
  return wrapText(head, line.slice(head.length));
}

function failedAtUs({ result }: Run): number {
  return result.violations[0]?.at ?? result.simulatedMs * 1_000;
}

/** A line of the story on a terminal. */
export function lineOf({ at, text, decided }: StoryLine): string {
  const mark = decided ? '>' : ' ';
  const time = at === null ? ' '.repeat(11) : `${(at / 1_000_000).toFixed(3).padStart(9)} s`;
  return wrapText(` ${mark} ${time}  `, text);
}
