// Invariants that cannot fail are worth nothing: each is shown a state that breaks it.
import { expect, test } from 'vitest';
import { checkJobManager } from '../../../src/core/jobmanager/invariants.ts';
import { movePending } from '../../../src/core/jobmanager/pending-checkpoint.ts';
import { type Cluster, runningCluster } from './fake-task-manager.ts';
import { JOB } from './sample-job.ts';

const broken: readonly [string, (cluster: Cluster) => void, string][] = [
  ['a standby that knows what leaders know', ({ lab }) => void (lab.state.election.role = 'STANDBY'), 'LEADING'],
  ['a lease without end', ({ lab }) => void lab.state.timers.deadlines.delete('lease-end'), 'lease'],
  [
    'a job that runs and is over',
    ({ lab }) => void lab.leader.results.set(JOB, { status: 'FINISHED', reason: null }),
    'I10',
  ],
  [
    'two executions of a subtask',
    ({ lab }) => void lab.job.executions.push({ ...lab.job.executions[0]! }),
    'two executions',
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
    'no timer',
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
  ['a checkpoint behind the final one', ({ lab }) => void (lab.job.coordinator.finalCheckpointId = 3), 'final'],
];

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
