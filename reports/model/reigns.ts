// Who led, from when to when, by what the JobManagers said. Two at a time are possible: a leader that was deposed and does not know it yet.
import type { Lanes } from './lanes.ts';
import type { Reign } from './model.ts';
import type { Note } from './notes.ts';

const LEADS = /^leads with epoch (\d+)/;
const STOPS = /^stops leading epoch \d+: ([^;]*)/;

export function reignsOf(notes: readonly Note[], lanes: Lanes, endAt: number): Reign[] {
  const reigns: Reign[] = [];
  const current = new Map<string, Omit<Reign, 'to' | 'why'>>();
  const end = (node: string, to: number, why: string): void => {
    const reign = current.get(node);
    if (reign !== undefined) reigns.push({ ...reign, to, why });
    current.delete(node);
  };
  for (const note of notes) {
    if (note.kind === 'died') {
      end(note.node, note.at, `the process ended: ${note.why}`);
      continue;
    }
    const epoch = LEADS.exec(note.text)?.[1];
    const why = STOPS.exec(note.text)?.[1];
    if (epoch !== undefined || why !== undefined) end(note.node, note.at, why ?? 'it leads again');
    if (epoch !== undefined)
      current.set(note.node, { lane: lanes.indexOf(note.node), epoch: Number(epoch), from: note.at });
  }
  for (const node of current.keys()) end(node, endAt, '');
  return reigns.sort((one, other) => one.from - other.from);
}
