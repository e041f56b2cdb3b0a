// A deployment is bytes from a peer: one that makes no sense is refused with a sentence, and the TaskManager goes on.
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describe, expect, test } from 'vitest';
import type { JobVertex, Operator } from '../../../src/core/graph/job-graph.ts';
import type { TaskDescriptor } from '../../../src/core/protocol/messages.ts';
import { Lab } from '../taskmanager/fixture.ts';
import { windowCount } from '../taskmanager/jobs.ts';

const SOURCE = 0;
const COUNTER = 1;

type Change = (task: TaskDescriptor) => Partial<TaskDescriptor>;

const vertex = (change: (vertex: JobVertex) => Partial<JobVertex>): Change => {
  return (task) => ({ vertex: { ...task.vertex, ...change(task.vertex) } });
};
const operators = (change: (operators: readonly Operator[]) => readonly unknown[]): Change => {
  return vertex((before) => ({ operators: change(before.operators) as readonly Operator[] }));
};
const head = (fields: object): Change => operators(([first, ...others]) => [{ ...first, ...fields }, ...others]);

const NONSENSE: readonly [name: string, vertex: number, change: Change, reason: RegExp][] = [
  ['no operators', COUNTER, operators(() => []), /its vertex has no operators/],
  ['an unknown operator', COUNTER, head({ kind: 'sort' }), /operator "count": unknown kind "sort"/],
  ['an operator without its fields', COUNTER, head({ sizeMs: 0 }), /operator "count" \(window\): sizeMs must be/],
  ['a keyed operator behind others', COUNTER, operators((all) => [all[0], ...all]), /must be the first of its chain/],
  ['a source behind others', SOURCE, operators((all) => [...all, ...all]), /must be the first of its chain/],
  ['a sink before others', COUNTER, operators((all) => [...all, all[1]]), /must be the last of its chain/],
  ['another vertex', COUNTER, vertex(() => ({ index: 7 })), /it is of vertex 1, but describes vertex 7/],
  ['no subtasks', COUNTER, vertex(() => ({ parallelism: 0 })), /there is no subtask 0 of 0/],
  [
    'a subtask that is not there',
    COUNTER,
    (task) => ({ attempt: { ...task.attempt, subtask: 9 } }),
    /there is no subtask 9 of 1/,
  ],
  ['no key groups', COUNTER, () => ({ maxParallelism: 0 }), /max parallelism 0 do not go together/],
  ['too many key groups', COUNTER, () => ({ maxParallelism: 2 ** 50 }), /do not go together/],
  ['no inputs', COUNTER, () => ({ inputs: [] }), /a task with 0 inputs, where its head does not fit/],
  ['no outputs', SOURCE, () => ({ outputs: [] }), /a task with 0 outputs, where its tail does not fit/],
  [
    'no producers',
    COUNTER,
    ({ inputs }) => ({ inputs: inputs.map(({ edge }) => ({ edge, producers: [] })) }),
    /input edge 0 has no producer/,
  ],
  [
    'no consumers',
    SOURCE,
    ({ outputs }) => ({ outputs: outputs.map(({ edge }) => ({ edge, consumers: [] })) }),
    /output edge 0 has no consumer/,
  ],
  [
    'consumers in another order',
    SOURCE,
    ({ outputs }) => ({
      outputs: outputs.map(({ edge, consumers }) => ({
        edge,
        consumers: consumers.map((peer) => ({ ...peer, subtask: 1 })),
      })),
    }),
    /are not all subtasks, in their order/,
  ],
];

describe('a deployment', () => {
  test.each(NONSENSE)('with %s is refused', (_name, index, change, reason) => {
    const lab = new Lab({ job: windowCount(), topics: { rows: [[]] } });
    lab.register();
    lab.activate(0);
    const task = lab.descriptors()[index]!;
    lab.deploy({ ...task, ...change(task) });
    lab.run();
    expect(lab.reports()).toEqual([expect.stringMatching(/^\d\/\d#1 FAILED: /)]);
    expect(describeReason(lab.state.records[0]!.reason!)).toMatch(reason);
    expect(lab.state.tasks).toEqual([]);
  });

  test('as a JobMaster makes it is run', () => {
    const lab = new Lab({ job: windowCount({ sources: 2, counters: 3 }), topics: { rows: [[]] } });
    lab.register();
    lab.deployAll();
    expect(lab.state.tasks.map((task) => task.status)).toEqual(Array.from({ length: 5 }, () => 'RUNNING'));
  });
});
