// Attempts of subtasks on their TaskManagers, the authority on them, with the states that they went through.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { Lanes } from './lanes.ts';
import type { Task } from './model.ts';
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import type { AttemptId } from '../../src/core/protocol/messages.ts';
import { isTerminal } from '../../src/core/protocol/states.ts';
import type { ExecutionState } from '../../src/core/protocol/states.ts';
import type { Noted } from './notes.ts';

interface OpenTask extends Omit<Task, 'to' | 'why' | 'states'> {
  readonly states: { at: number; state: ExecutionState }[];
}

export function tasksOf(notes: readonly Noted[], lanes: Lanes, endAt: number): Task[] {
  const tasks: Task[] = [];
  const current = new Map<string, Map<string, OpenTask>>(); // by node, then by attempt
  const end = (node: string, key: string, to: number, why: string): void => {
    const task = current.get(node)?.get(key);
    if (task !== undefined) tasks.push({ ...task, to, why });
    current.get(node)?.delete(key);
  };
  for (const noted of notes) {
    const { node, at } = noted;
    if (noted.kind === 'died') {
      for (const key of current.get(node)?.keys() ?? []) end(node, key, at, `${node} died`);
      continue;
    }
    const { note } = noted;
    if (note.kind !== 'task-state-changed') continue;
    const { attempt, epoch, state } = note;
    const key = keyOf(attempt, epoch);
    const here = current.get(node) ?? new Map<string, OpenTask>();
    current.set(node, here);
    const fresh = { lane: lanes.indexOf(node), name: describeAttempt(attempt), from: at, states: [] };
    if (!here.has(key)) here.set(key, { ...fresh, row: freeRow(here) });
    here.get(key)?.states.push({ at, state });
    if (isTerminal(state)) end(node, key, at, note.reason === null ? '' : describeReason(note.reason));
  }
  for (const [node, here] of current) for (const key of here.keys()) end(node, key, endAt, '');
  return tasks.sort((one, other) => one.from - other.from);
}

function keyOf({ jobId, vertex, subtask, attempt }: AttemptId, epoch: number): string {
  return [epoch, jobId, vertex, subtask, attempt].join(' ');
}

function freeRow(tasks: ReadonlyMap<string, OpenTask>): number {
  const taken = new Set([...tasks.values()].map(({ row }) => row));
  let row = 0;
  while (taken.has(row)) row += 1;
  return row;
}
