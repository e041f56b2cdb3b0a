// The events of a story as lines that a person reads: in order, what was decided marked, and of long stories only what is near the failure.
import { count } from '../core/base/amounts.ts';
import type { StoryLine } from '../run/trace.ts';
import type { TapeEntry } from './decisions.ts';
import { describeDecision } from './describe-decision.ts';
import { foldAlike } from './fold-story.ts';
import type { Thing } from './observation.ts';
import type { StoryEvent } from './story.ts';

const MILESTONES_SHOWN = 16; // the last ones: they are nearest to the failure
const PLAIN_DECISIONS_SHOWN = 8; // of those that are no faults

export interface Telling {
  /** Options of the run, by name. */
  readonly drawn: Readonly<Record<string, number>>;
  /** What the evidence of a failure names: lines about these stand alone. */
  readonly named: readonly Thing[];
}

const PLAIN: Telling = { drawn: {}, named: [] };

/** The events in order; several in a row that are alike become one, and where there are too many, early milestones and late delays go. */
export function tellEvents(all: readonly StoryEvent[], { drawn, named }: Telling = PLAIN): StoryLine[] {
  const events = foldAlike(all, named);
  const describedEntry = (entry: TapeEntry): Described[] => {
    const text = describeDecision(entry, drawn);
    return text === null ? [] : [{ entry, text }];
  };
  const milestones = events.filter(({ kind }) => kind === 'milestone');
  const shownFrom = Math.max(0, milestones.length - MILESTONES_SHOWN);
  const decisions = events.flatMap((event) => (event.kind === 'decision' ? describedEntry(event.entry) : []));
  const hidden = new Set<object>(decisions.slice(PLAIN_DECISIONS_SHOWN).map(({ entry }) => entry));
  const earlier = {
    at: null,
    text: `… (${count(shownFrom, 'earlier line')} of what followed)`,
    decided: false,
    about: null,
  };
  let milestone = 0;
  const lines = events.flatMap((event): StoryLine[] => {
    const at = event.atUs;
    if (event.kind === 'fault') return [{ at, text: event.text, decided: true, about: event.decision }];
    if (event.kind === 'milestone') {
      milestone += 1;
      if (milestone > shownFrom) return [{ at, text: event.text, decided: false, about: null }];
      return milestone === 1 ? [earlier] : [];
    }
    if (hidden.has(event.entry)) return [];
    return describedEntry(event.entry).map(({ text }) => ({ at, text, decided: true, about: null }));
  });
  const others = { at: null, text: `… and ${count(hidden.size, 'other decision')}`, decided: true, about: null };
  return [...lines, ...(hidden.size === 0 ? [] : [others])];
}

interface Described {
  readonly entry: TapeEntry;
  readonly text: string;
}
