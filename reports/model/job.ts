// How the job fared over time, as its leader said; between two leaders it is SUSPENDED.
import type { JobPeriod } from './model.ts';
import type { Note } from './notes.ts';

const MOVED = /^job \S+ [A-Z]+ -> ([A-Z]+)$/;
const DEPLOYED = /^job \S+ (attempt \d+) is deployed (.*)$/;
const RESTARTS = /^job \S+ restarts: ([^]*)$/;
const LEFT = /^stops leading epoch \d+: /;
const OVER: readonly string[] = ['FINISHED', 'FAILED', 'CANCELED'];

export function jobOf(notes: readonly Note[], endAt: number): JobPeriod[] {
  const periods: JobPeriod[] = [];
  let current: Omit<JobPeriod, 'to'> | null = null;
  let leader = '';
  let reason = '';
  const move = (at: number, state: string, text: string): void => {
    if (current !== null) periods.push({ ...current, to: at });
    current = { from: at, state, text };
  };
  for (const note of notes) {
    const { at } = note;
    const isOver = OVER.includes((current as JobPeriod | null)?.state ?? '');
    const leaves = note.kind === 'died' || LEFT.test(note.text);
    if (leaves && note.node === leader && !isOver) move(at, 'SUSPENDED', `${leader} does not lead any more`);
    if (leaves && note.node === leader) leader = '';
    if (note.kind === 'died') continue;
    reason = RESTARTS.exec(note.text)?.[1] ?? reason;
    const state = MOVED.exec(note.text)?.[1];
    const [, attempt, from] = DEPLOYED.exec(note.text) ?? [];
    if (state !== undefined) {
      leader = note.node;
      move(at, state, state === 'RESTARTING' ? reason : '');
    } else if (attempt !== undefined) {
      leader = note.node;
      move(at, 'RUNNING', `${attempt} ${from}`);
    }
  }
  if (current !== null) periods.push({ ...(current as JobPeriod), to: endAt });
  return periods.filter(({ from, to, state }) => to > from || OVER.includes(state));
}
