// Many lines of a story say the same of other things: several in a row become one, so that they do not bury the lines that matter.
import type { Thing } from './observation.ts';
import type { StoryEvent } from './story.ts';

const FOLDED_MIN = 3; // two lines are read as fast as their sum

/** Runs of lines that are alike, each as one line with their number; those that the evidence of a failure names stand alone. */
export function foldAlike(events: readonly StoryEvent[], named: readonly Thing[]): readonly StoryEvent[] {
  const runs: { readonly them: string | null; readonly events: StoryEvent[] }[] = [];
  for (const event of events) {
    const them = themOf(event, named);
    const last = runs.at(-1);
    if (them !== null && last?.them === them) last.events.push(event);
    else runs.push({ them, events: [event] });
  }
  return runs.flatMap(({ them, events: run }): readonly StoryEvent[] => {
    if (them === null || run.length < FOLDED_MIN) return run;
    return [{ kind: 'milestone', atUs: (run[0] as StoryEvent).atUs, text: `${run.length} ${them}` }];
  });
}

function themOf(event: StoryEvent, named: readonly Thing[]): string | null {
  if (event.kind !== 'milestone' || event.alike === undefined) return null;
  const { about, them } = event.alike;
  const isNamed = named.some((thing) => Object.entries(about).every(([field, value]) => thing[field] === value));
  return isNamed ? null : them;
}
