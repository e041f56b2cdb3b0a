// Attempts of subtasks on their TaskManagers, the authority on them, with the states that they went through.
import type { Lanes } from './lanes.ts';
import type { Task } from './model.ts';
import type { Note } from './notes.ts';

const MOVED = /^task (\S+) is ([A-Z]+)(?:: ([^]*))?$/;
const terminal: readonly string[] = ['FINISHED', 'CANCELED', 'FAILED'];

interface OpenTask extends Omit<Task, 'to' | 'why' | 'states'> {
  readonly states: { at: number; state: string }[];
}

export function tasksOf(notes: readonly Note[], lanes: Lanes, endAt: number): Task[] {
  const tasks: Task[] = [];
  const current = new Map<string, Map<string, OpenTask>>(); // by node, then by name
  const end = (node: string, name: string, to: number, why: string): void => {
    const task = current.get(node)?.get(name);
    if (task !== undefined) tasks.push({ ...task, to, why });
    current.get(node)?.delete(name);
  };
  for (const note of notes) {
    const { node, at } = note;
    if (note.kind === 'died') {
      for (const name of current.get(node)?.keys() ?? []) end(node, name, at, `${node} died`);
      continue;
    }
    const [, name, state, why = ''] = MOVED.exec(note.text) ?? [];
    if (name === undefined || state === undefined) continue;
    const here = current.get(node) ?? new Map<string, OpenTask>();
    current.set(node, here);
    if (!here.has(name)) here.set(name, { lane: lanes.indexOf(node), row: freeRow(here), name, from: at, states: [] });
    here.get(name)?.states.push({ at, state });
    if (terminal.includes(state)) end(node, name, at, why);
  }
  for (const [node, here] of current) for (const name of here.keys()) end(node, name, endAt, '');
  return tasks.sort((one, other) => one.from - other.from);
}

function freeRow(tasks: ReadonlyMap<string, OpenTask>): number {
  const taken = new Set([...tasks.values()].map(({ row }) => row));
  let row = 0;
  while (taken.has(row)) row += 1;
  return row;
}
