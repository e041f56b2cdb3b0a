// Attempts of subtasks on their TaskManagers, the authority on them, with the states that they went through.
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { AttemptId } from '../../src/core/protocol/messages.ts';
import { isTerminal } from '../../src/core/protocol/states.ts';
import type { ExecutionState } from '../../src/core/protocol/states.ts';
import type { TraceFacts } from './facts.ts';
import type { Lanes } from './lanes.ts';
import type { Task } from './model.ts';

interface OpenTask extends Omit<Task, 'to' | 'why' | 'states'> {
  readonly states: { at: number; state: ExecutionState }[];
}

export function tasksOf({ history }: TraceFacts, lanes: Lanes, endAt: number): Task[] {
  const tasks: Task[] = [];
  const current = new Map<string, OpenTask>();
  const end = (key: string, to: number, why: string): void => {
    const task = current.get(key);
    if (task !== undefined) tasks.push({ ...task, to, why });
    current.delete(key);
  };
  for (const fact of history) {
    if (fact.kind !== 'task-moved' && fact.kind !== 'task-lost') continue;
    const { at, node, attempt } = fact;
    const lane = lanes.indexOf(node);
    const key = keyOf(attempt, fact.epoch);
    if (fact.kind === 'task-lost') {
      end(key, at, `${node} died`);
      continue;
    }
    const task = current.get(key) ?? beginTask(current, lane, attempt, at);
    current.set(key, task);
    task.states.push({ at, state: fact.state });
    if (isTerminal(fact.state)) end(key, at, fact.reason === null ? '' : describeReason(fact.reason));
  }
  for (const key of current.keys()) end(key, endAt, '');
  return tasks.sort((one, other) => one.from - other.from);
}

function beginTask(current: ReadonlyMap<string, OpenTask>, lane: number, attempt: AttemptId, from: number): OpenTask {
  return { lane, row: freeRow(current, lane), name: describeAttempt(attempt), from, states: [] };
}

function keyOf({ jobId, vertex, subtask, attempt }: AttemptId, epoch: number): string {
  return [epoch, jobId, vertex, subtask, attempt].join(' ');
}

function freeRow(current: ReadonlyMap<string, OpenTask>, lane: number): number {
  const taken = new Set([...current.values()].flatMap((task) => (task.lane === lane ? [task.row] : [])));
  let row = 0;
  while (taken.has(row)) row += 1;
  return row;
}
