// Invariants that cannot fail are worth nothing: they are shown states that break them.
import { createCall } from '../../../src/core/base/retry.ts';
import { expect, test } from 'vitest';
import { checkJobManager } from '../../../src/core/jobmanager/invariants.ts';
import { movePending } from '../../../src/core/jobmanager/checkpoints/pending.ts';
import { pastJob } from '../../../src/core/jobmanager/past-jobs.ts';
import type { Leader, SlotMirror } from '../../../src/core/jobmanager/state.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import type { Lab } from './lab.ts';
import { ENDED, JOB } from './sample-job.ts';

const broken: readonly [string, (cluster: Cluster) => void, string][] = [
  ['a standby that knows what leaders know', ({ lab }) => void (lab.state.election.role = 'STANDBY'), 'LEADING'],
  ['a lease without end', ({ lab }) => void lab.state.timers.deadlines.delete('lease-end'), 'lease'],
  [
    'a job that runs and is over',
    ({ lab }) =>
      void lab.leader.results.set(
        JOB,
        pastJob({ ...ENDED, status: 'FINISHED', reason: null }, { revision: 7, keptUntil: 0 }),
      ),
    'I10',
  ],
  [
    'two executions of a subtask',
    ({ lab }) => void lab.job.executions.push({ ...lab.job.executions[0]! }),
    'stands twice',
  ],
  [
    'executions of two attempts',
    ({ lab }) => void (lab.job.executions[0] = { ...lab.job.executions[0]!, attempt: 9 }),
    'I7',
  ],
  ['a task outside of its slot', ({ lab }) => void (lab.job.executions[0]!.taskManager = 'tm-2'), 'I6'],
  [
    'an allocation without its slot',
    ({ lab }) => void (lab.leader.taskManagers.get('tm-1')!.slots[0]!.allocationId = 'x'),
    'tm-1',
  ],
  [
    'a TaskManager that nobody waits for',
    ({ lab }) => void lab.leader.timers.deadlines.delete('task-manager-lost tm-1'),
    'nobody',
  ],
  [
    'pointers that do not rise',
    ({ lab }) => void (lab.job.store.completed = [...lab.job.store.completed].toReversed()),
    'I1',
  ],
  ['a pointer above the counter', ({ lab }) => void (lab.job.coordinator.lastCheckpointId = 1), 'I1'],
  ['an ack of a foreign attempt', ({ lab }) => foreignAck(lab.job.coordinator.pending.get(4)!), 'I2'],
  [
    'a checkpoint that is finalized without its acks',
    ({ lab }) => movePending(lab.job.coordinator.pending.get(4)!, 'FINALIZING'),
    'I2',
  ],
  ['a call that waits for nothing', ({ lab }) => void (lab.job.store.call.request = 9_999), 'write-pointers'],
  ['a job before the recovery is done', ({ lab }) => void (lab.leader.recovery.done = false), 'before the recovery'],
  ['a clean-up of a job that runs', ({ lab }) => addCleanUp(lab.leader), 'only a job that is over'],
  ['deletions without end', ({ lab }) => fill(lab.leader.collection.waiting, 10_001), 'too many deletions'],
  ['a slot that is held for nobody', ({ lab }) => void (slotOf(lab).jobId = null), 'for nobody'],
  ['an accepted allocation whose slot still waits', ({ lab }) => void (slotOf(lab).state = 'PENDING'), 'without end'],
  ['a slot of two subtasks', ({ lab }) => void (lab.job.allocations[1] = lab.job.allocations[0]!), 'by 2 allocations'],
  ['a job that is deployed in part', ({ lab }) => void (lab.job.executions[0]!.state = 'CREATED'), 'in part'],
  [
    'a cancellation that nobody sends again',
    ({ lab }) => void (lab.job.executions[0]!.state = 'CANCELING'),
    'a cancellation without end',
  ],
  ['a deployment that nobody gives up', ({ lab }) => deployingAgain(lab), 'a deployment without end'],
  [
    'two checkpoints at once',
    ({ lab }) => void lab.job.coordinator.pending.set(5, lab.job.coordinator.pending.get(4)!),
    '2 checkpoints',
  ],
  [
    'more pointers than are retained',
    ({ lab }) =>
      void (lab.job.store.write = { completed: [1, 2, 3].map(() => lab.job.store.completed[0]!), checkpointId: 4 }),
    'too many checkpoints retained',
  ],
  [
    'a pointer that is written too early',
    ({ lab }) => void (lab.job.store.write = { completed: [], checkpointId: 4 }),
    'I9',
  ],
  [
    'a checkpoint whose id is not durable',
    ({ lab }) => void (lab.job.coordinator.lastCheckpointId = 3),
    'not accounted for',
  ],
  ['a checkpoint behind the final one', ({ lab }) => void (lab.job.coordinator.finalCheckpointId = 3), 'final'],
];

const slotOf = (lab: Lab): SlotMirror => lab.leader.taskManagers.get('tm-1')!.slots[0]!;

function addCleanUp({ cleanUps }: Leader): void {
  cleanUps.set(JOB, { jobId: JOB, stage: 'POINTERS', call: createCall() });
}

function fill(names: Set<string>, count: number): void {
  for (let index = 0; index < count; index++) names.add(`file ${index}`);
}

function deployingAgain({ job, leader }: Lab): void {
  job.executions[0] = { ...job.executions[0]!, state: 'DEPLOYING', reported: false };
  leader.timers.deadlines.delete(`deploy ${JOB}/0`);
}

function foreignAck(pending: { acknowledged: Map<string, unknown> }): void {
  pending.acknowledged.set('0/0', { vertex: 0, subtask: 0, attempt: 7, handle: null, atEnd: false, splits: [] });
}

test.each(broken)('%s is noticed', (_, damage, sentence) => {
  const cluster = runningCluster();
  cluster.pass(3_500);
  for (const taskManager of cluster.taskManagers.values()) taskManager.acknowledges = false;
  cluster.pass(1_000);
  const check = () => checkJobManager(cluster.lab.state, { address: 'jm-1', options: cluster.lab.options });
  expect(check).not.toThrow();
  damage(cluster);
  expect(check).toThrow(sentence);
});
