// The part of O-view that judges tasks of a job of which its result alone is left.
import { expect, test } from 'vitest';
import { createExecutionTimes, createJobTimes, type SubtaskLine } from '../../../src/core/protocol/overview.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import type { ExecutionState } from '../../../src/core/protocol/states.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import { judgeJobShown } from '../../../src/sim/oracles/view-job.ts';
import { createViewSeen, subtaskKey } from '../../../src/sim/oracles/view-seen.ts';
import { sampleGraph } from '../../core/jobmanager/sample-job.ts';

const [first] = sampleGraph.operators;
const graph = { ...sampleGraph, operators: [first!] };
const context = { jobId: 'words', graph } as unknown as OracleContext;

const task = (subtask: number, state: ExecutionState, more: Partial<SubtaskLine> = {}): SubtaskLine => ({
  vertex: 0,
  subtask,
  attempt: 0,
  state,
  taskManager: '',
  times: createExecutionTimes(),
  ...more,
});

/** Rules that are broken, by what a leader of epoch 2 tells; under epoch 1 both subtasks said that they are FINISHED. */
function rules(subtasks: readonly SubtaskLine[], more: Partial<Bodies['job-details']> = {}, isSaid = true): string[] {
  const seen = createViewSeen();
  seen.leaders.set(1, 'jm-1').set(2, 'jm-2');
  for (const subtask of isSaid ? [0, 1] : []) {
    const attempts = new Map([
      [
        3,
        {
          taskManager: 'tm-1',
          incarnation: 1,
          slotIndex: 0,
          said: new Set<ExecutionState>(['FINISHED']),
          heardLive: true,
          heardOver: true,
        },
      ],
    ]);
    seen.subtasks.set(subtaskKey(1, { jobId: 'words', vertex: 0, subtask }), { jobId: 'words', attempts, latest: 3 });
  }
  const told: Bodies['job-details'] = {
    epoch: 2,
    jobId: 'words',
    name: graph.name,
    submitted: { epoch: 1, number: 1, at: 0 },
    status: 'FINISHED',
    reason: null,
    endedAt: 5,
    maxParallelism: graph.maxParallelism,
    restart: null,
    times: createJobTimes(),
    vertices: [
      { id: first!.id, name: first!.id, parallelism: 2, operators: [{ id: first!.id, kind: first!.kind }], inputs: [] },
    ],
    subtasks,
    ...more,
  };
  const broken: string[] = [];
  judgeJobShown(seen, [context], told, (...said) => void broken.push(said[0]));
  return broken;
}

test('what a result keeps of tasks is believed where a TaskManager said it, under whichever leader', () => {
  expect(rules([task(0, 'FINISHED'), task(1, 'FINISHED')])).toEqual([]);
  expect(rules([task(0, 'FINISHED'), task(1, 'FINISHED')], {}, false)).toEqual(['state-unsaid', 'state-unsaid']);
  expect(rules([task(0, 'CANCELED'), task(1, 'FAILED')], { status: 'FAILED' }, false)).toEqual([]);
});

test('an attempt that is not told, or a place without one, is wrong', () => {
  const running = { status: 'RUNNING', endedAt: null } as const;
  expect(rules([task(0, 'RUNNING'), task(1, 'RUNNING')], running)).toEqual(['attempt-untold', 'attempt-untold']);
  expect(rules([task(0, 'FINISHED', { taskManager: 'tm-1' }), task(1, 'FINISHED')])).toEqual(['deployed-elsewhere']);
});

test('name and graph are those of the job; only one that is too large for a result has no vertices', () => {
  expect(rules([], { vertices: [] })).toContain('other-graph');
  expect(rules([task(0, 'FINISHED'), task(1, 'FINISHED')], { name: '' })).toEqual(['other-graph']);
});
