// What the machines of a cluster noted, one note at a time, together with the deaths of processes: who leads, how the job fares, and which
// tasks run is read from these.
import type { Note } from '../../src/core/protocol/notes.ts';
import type { GuestHeader, TraceLine } from '../../src/run/trace.ts';

interface Placed {
  readonly node: string;
  readonly at: number;
}

export type Noted =
  | (Placed & { readonly kind: 'noted'; readonly note: Note })
  | (Placed & { readonly kind: 'died'; readonly why: string });

/** Of other machines nothing is known but the deaths. */
export function notesIn({ kind }: GuestHeader, lines: readonly TraceLine[]): Noted[] {
  return lines.flatMap((line): Noted[] => {
    const { at } = line;
    if (line.kind === 'stepped' && kind === 'job')
      return line.effects.flatMap((effect) =>
        effect.effect === 'note' ? [{ kind: 'noted', node: line.node, at, note: effect.note as Note }] : [],
      );
    if (line.kind === 'stopped') return [{ kind: 'died', node: line.node, at, why: line.why }];
    if (line.kind === 'started') return [{ kind: 'died', node: line.node, at, why: 'it started again' }];
    return [];
  });
}
