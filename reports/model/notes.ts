// What the machines said about themselves, one note at a time, together with the deaths of processes: who leads, how the job fares, and
// which tasks run is read from these.
import type { TraceLine } from '../trace/lines.ts';
import { notesOf } from '../trace/step-texts.ts';

export type Note =
  | { readonly kind: 'said'; readonly node: string; readonly at: number; readonly text: string }
  | { readonly kind: 'died'; readonly node: string; readonly at: number; readonly why: string };

export function notesIn(lines: readonly TraceLine[]): Note[] {
  return lines.flatMap((line): Note[] => {
    const { at } = line;
    if (line.kind === 'stepped') return notesOf(line).map((text) => ({ kind: 'said', node: line.node, at, text }));
    if (line.kind === 'stopped') return [{ kind: 'died', node: line.node, at, why: line.why }];
    if (line.kind === 'started') return [{ kind: 'died', node: line.node, at, why: 'it started again' }];
    return [];
  });
}
