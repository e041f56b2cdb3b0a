// Tells what had to happen for a failure: the shrunk run as a list, one line each with its time. What was decided is marked; the rest
// followed from it.
import type { TapeEntry } from '../../sim/decisions.ts';
import type { StoryEvent } from '../../sim/cluster/observer/story.ts';
import type { Shrunk } from '../../sim/search/shrink.ts';
import { count, wrapText } from '../terminal.ts';
import { describeDecision } from './describe-decision.ts';
import { evidenceLines } from './run-report.ts';
import { runEntries } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** Runs the shrunk run once more to be told of it. */
export function whatHadToHappen(setup: RunSetup, shrunk: Shrunk<Run>): string[] {
  const { candidate, result } = shrunk;
  const events: StoryEvent[] = [];
  runEntries(setup, result.seed, candidate.decisions, candidate.inputLimits, {
    onStory: (event) => events.push(event),
  });
  const endUs = failedAtUs(result); // what happened before anybody looked again is not of interest
  return [
    ...describeShrinking(shrunk),
    ...storyLines(events.filter(({ atUs }) => atUs <= endUs)),
    storyLine(' ', endUs, result.result.sentence),
    ...evidenceLines(result.result, ' '.repeat(EVIDENCE_INDENT)),
  ];
}

const EVIDENCE_INDENT = 18;

function describeShrinking(shrunk: Shrunk<Run>): string[] {
  const { candidate, result, minimal, runs } = shrunk;
  const stopped = minimal ? '' : ', as far as the time went';
  const records = Object.entries(result.result.inputLengths ?? {}).map(([split, length]) => `${length} of ${split}`);
  return [
    `shrunk to ${count(candidate.decisions.length, 'decision')} in ${count(runs, 'run')}${stopped}`,
    ...(records.length === 0 ? [] : [wrapText('with records: ', records.join(', '))]),
    candidate.decisions.length === 0
      ? 'no fault and no delay had to happen; what did:'
      : 'what had to happen (marked with >), and what followed:',
  ];
}

function failedAtUs({ result }: Run): number {
  return result.violations[0]?.at ?? result.simulatedMs * 1_000;
}

const MILESTONES_SHOWN = 16; // the last ones: they are nearest to the failure
const PLAIN_DECISIONS_SHOWN = 8; // of those that are no faults

/** The events as lines, in order; where there are too many, early milestones and late delays go. */
export function storyLines(events: readonly StoryEvent[]): string[] {
  const milestones = events.filter(({ kind }) => kind === 'milestone');
  const shownFrom = Math.max(0, milestones.length - MILESTONES_SHOWN);
  const decisions = events.flatMap((event) => (event.kind === 'decision' ? describedEntry(event.entry) : []));
  const hidden = new Set<object>(decisions.slice(PLAIN_DECISIONS_SHOWN).map(({ entry }) => entry));
  let milestone = 0;
  const lines = events.flatMap((event) => {
    if (event.kind === 'fault') return [storyLine('>', event.atUs, event.text)];
    if (event.kind === 'milestone') return milestone++ < shownFrom ? [] : [storyLine(' ', event.atUs, event.text)];
    if (hidden.has(event.entry)) return [];
    return describedEntry(event.entry).map(({ text }) => storyLine('>', event.atUs, text));
  });
  return [
    ...(shownFrom === 0 ? [] : [`              … (${shownFrom} earlier lines of what followed)`]),
    ...lines,
    ...(hidden.size === 0 ? [] : [` >            … and ${count(hidden.size, 'other decision')}`]),
  ];
}

function describedEntry(entry: TapeEntry): { readonly entry: TapeEntry; readonly text: string }[] {
  const text = describeDecision(entry);
  return text === null ? [] : [{ entry, text }];
}

function storyLine(mark: string, atUs: number, text: string): string {
  return wrapText(` ${mark} ${(atUs / 1_000_000).toFixed(3).padStart(9)} s  `, text);
}
