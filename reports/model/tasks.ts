// Attempts of subtasks on their TaskManagers, the authority on them, with the states that they went through.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { Lanes } from './lanes.ts';
import type { Task } from './model.ts';
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import { isTerminal } from '../../src/core/protocol/states.ts';
import type { ExecutionState } from '../../src/core/protocol/states.ts';
import type { Noted } from './notes.ts';

interface OpenTask extends Omit<Task, 'to' | 'why' | 'states'> {
  readonly states: { at: number; state: ExecutionState }[];
}

export function tasksOf(notes: readonly Noted[], lanes: Lanes, endAt: number): Task[] {
  const tasks: Task[] = [];
  const current = new Map<string, Map<string, OpenTask>>(); // by node, then by name
  const end = (node: string, name: string, to: number, why: string): void => {
    const task = current.get(node)?.get(name);
    if (task !== undefined) tasks.push({ ...task, to, why });
    current.get(node)?.delete(name);
  };
  for (const noted of notes) {
    const { node, at } = noted;
    if (noted.kind === 'died') {
      for (const name of current.get(node)?.keys() ?? []) end(node, name, at, `${node} died`);
      continue;
    }
    const { note } = noted;
    if (note.kind !== 'task-state-changed') continue;
    const { state } = note;
    const name = describeAttempt(note.attempt);
    const here = current.get(node) ?? new Map<string, OpenTask>();
    current.set(node, here);
    if (!here.has(name)) here.set(name, { lane: lanes.indexOf(node), row: freeRow(here), name, from: at, states: [] });
    here.get(name)?.states.push({ at, state });
    if (isTerminal(state)) end(node, name, at, note.reason === null ? '' : describeReason(note.reason));
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
