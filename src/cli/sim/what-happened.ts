// Tells what had to happen for a failure: the shrunk run as a list, one line each with its time. What was decided is marked; the rest
// followed from it.
import type { StoryLine } from '../../core/protocol/trace-format.ts';
import type { TapeEntry } from '../../sim/decisions.ts';
import type { StoryEvent } from '../../sim/cluster/observer/story.ts';
import type { Shrunk } from '../../sim/search/shrink.ts';
import { count, wrapText } from '../terminal.ts';
import { describeDecision } from './describe-decision.ts';
import { evidenceLines } from './run-report.ts';
import { runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** Runs the shrunk run once more to be told of it. */
export function storyOf(setup: RunSetup, { candidate, result }: Shrunk<Run>): readonly StoryLine[] {
  const events: StoryEvent[] = [];
  runEntries(setup, result.seed, candidate.decisions, candidate.inputLimits, {
    onStory: (event) => events.push(event),
  });
  const endUs = failedAtUs(result); // what happened before anybody looked again is not of interest
  const failure = { at: endUs, text: result.result.sentence, decided: false };
  return [...tellEvents(events.filter(({ atUs }) => atUs <= endUs)), failure];
}

/** What had to happen, as lines of a terminal. */
export function whatHadToHappen(shrunk: Shrunk<Run>, story: readonly StoryLine[]): string[] {
  const { candidate, result } = shrunk;
  return [
    ...describeShrinking(shrunk).map(wrapBehindColon),
    candidate.decisions.length === 0
      ? 'no fault and no delay had to happen; what did:'
      : 'what had to happen (marked with >), and what followed:',
    ...story.map(lineOf),
    ...evidenceLines(result.result, ' '.repeat(EVIDENCE_INDENT)),
  ];
}

const EVIDENCE_INDENT = 18;

export function describeShrinking({ candidate, result, minimal, runs }: Shrunk<Run>): string[] {
  const stopped = minimal ? '' : ', as far as the time went';
  const records = Object.entries(result.result.inputLengths ?? {}).map(([split, length]) => `${length} of ${split}`);
  return [
    `shrunk to ${count(candidate.decisions.length, 'decision')} in ${count(runs, 'run')}${stopped}`,
    ...(records.length === 0 ? [] : [`with records: ${records.join(', ')}`]),
  ];
}

function wrapBehindColon(line: string): string {
  const head = /^[^:]*: /.exec(line)?.[0] ?? '';
  return wrapText(head, line.slice(head.length));
}

function failedAtUs({ result }: Run): number {
  return result.violations[0]?.at ?? result.simulatedMs * 1_000;
}

const MILESTONES_SHOWN = 16; // the last ones: they are nearest to the failure
const PLAIN_DECISIONS_SHOWN = 8; // of those that are no faults

/** The events in order; where there are too many, early milestones and late delays go. */
export function tellEvents(events: readonly StoryEvent[]): StoryLine[] {
  const milestones = events.filter(({ kind }) => kind === 'milestone');
  const shownFrom = Math.max(0, milestones.length - MILESTONES_SHOWN);
  const decisions = events.flatMap((event) => (event.kind === 'decision' ? describedEntry(event.entry) : []));
  const hidden = new Set<object>(decisions.slice(PLAIN_DECISIONS_SHOWN).map(({ entry }) => entry));
  let milestone = 0;
  const lines = events.flatMap((event): StoryLine[] => {
    const at = event.atUs;
    if (event.kind === 'fault') return [{ at, text: event.text, decided: true }];
    if (event.kind === 'milestone') return milestone++ < shownFrom ? [] : [{ at, text: event.text, decided: false }];
    if (hidden.has(event.entry)) return [];
    return describedEntry(event.entry).map(({ text }) => ({ at, text, decided: true }));
  });
  const earlier = { at: null, text: `… (${shownFrom} earlier lines of what followed)`, decided: false };
  const others = { at: null, text: `… and ${count(hidden.size, 'other decision')}`, decided: true };
  return [...(shownFrom === 0 ? [] : [earlier]), ...lines, ...(hidden.size === 0 ? [] : [others])];
}

function describedEntry(entry: TapeEntry): { readonly entry: TapeEntry; readonly text: string }[] {
  const text = describeDecision(entry);
  return text === null ? [] : [{ entry, text }];
}

/** A line of the story on a terminal. */
export function lineOf({ at, text, decided }: StoryLine): string {
  const mark = decided ? '>' : ' ';
  const time = at === null ? ' '.repeat(11) : `${(at / 1_000_000).toFixed(3).padStart(9)} s`;
  return wrapText(` ${mark} ${time}  `, text);
}
