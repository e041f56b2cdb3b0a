// O-cut: checkpoints that must not have completed.
import { expect, test } from 'vitest';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import type { SubtaskSnapshot } from '../../../src/core/checkpoint/metadata.ts';
import { cutOracle } from '../../../src/sim/oracles/cut.ts';
import { History } from './history.ts';
import {
  acknowledgement,
  completeCheckpoint,
  contextOf,
  counting,
  deployAll,
  nodeOf,
  places,
  putMetadata,
  putSnapshots,
  subtasksOf,
  triggerAll,
  writePointers,
  type CheckpointPlan,
} from './small-job.ts';

const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 2, positions: [1, 1] };
type Ack = Bodies['acknowledge-checkpoint'];

interface Changes {
  /** What a subtask acknowledges, in the order in which it arrives. */
  readonly ack?: (ack: Ack) => readonly Ack[];
  readonly subtasks?: (subtasks: readonly SubtaskSnapshot[]) => readonly SubtaskSnapshot[];
  readonly triggered?: boolean;
}

function complete({ ack = (one) => [one], subtasks = (all) => all, triggered = true }: Changes): string {
  const context = contextOf(counting);
  const history = new History(cutOracle(context));
  history.lead('jm-1', 1);
  deployAll(history, context, { epoch: 1, attempt: 1 });
  deployAll(history, context, plan);
  if (triggered) triggerAll(history, plan);
  const handles = putSnapshots(history, context, plan);
  for (const [vertex, subtask] of places) {
    const handle = handles.get(`${vertex}/${subtask}`);
    const bodies = handle === undefined ? [] : ack(acknowledgement(plan, vertex, subtask, handle));
    for (const body of bodies) history.exchange(nodeOf(subtask), 'jm-1', 'acknowledge-checkpoint', body);
  }
  const pointer = putMetadata(history, context, plan, subtasks(subtasksOf(plan, handles)));
  writePointers(history, 1, [pointer]);
  return history.sentences.join();
}

const of = (ack: Ack, vertex: number, subtask: number): boolean =>
  ack.attempt.vertex === vertex && ack.attempt.subtask === subtask;

/** What the attempt before would say of the same checkpoint: another snapshot, and nothing in its channels. */
const staleOf = (ack: Ack): Ack => ({
  ...ack,
  attempt: { ...ack.attempt, attempt: 1 },
  handle: { ...ack.handle, name: 'stale' },
  metrics: { ...ack.metrics, recordsIn: [], recordsOut: [] },
});

test.each<[string, Changes]>([
  ['acknowledged once each', {}],
  ['twice', { ack: (ack) => [ack, ack] }],
  ['by a stale attempt first', { ack: (ack) => [staleOf(ack), ack] }],
  ['by a stale attempt as well, later', { ack: (ack) => [ack, staleOf(ack)] }],
])('passes: %s', (_, changes) => {
  expect(complete(changes)).toBe('');
});

test('passes: deployments of a leader that was deposed count for nothing', () => {
  const context = contextOf(counting);
  const history = new History(cutOracle(context));
  const second = { ...plan, epoch: 2 };
  history.lead('jm-2', 2);
  deployAll(history, context, second);
  deployAll(history, context, { epoch: 1, attempt: 9 });
  completeCheckpoint(history, context, second);
  expect(history.sentences).toEqual([]);
});

test.each<[string, Changes, string]>([
  ['nobody triggered it', { triggered: false }, 'checkpoint 1 completed, but nobody triggered it'],
  [
    'an acknowledgement never arrived',
    { ack: (ack) => (of(ack, 1, 1) ? [] : [ack]) },
    '1/1#2: its acknowledgement never reached the leader',
  ],
  ['a subtask is missing in its metadata', { subtasks: (all) => all.slice(0, 3) }, '1/1: 0 snapshots in the metadata'],
  ['a subtask is there twice', { subtasks: (all) => [...all, ...all.slice(3)] }, '1/1: 2 snapshots in the metadata'],
  [
    'a stale attempt acknowledged for its successor',
    {
      ack: (ack) => [of(ack, 1, 0) ? { ...ack, attempt: { ...ack.attempt, attempt: 1 } } : ack],
      subtasks: (all) => all.map((one) => (one.vertex === 1 && one.subtask === 0 ? { ...one, attempt: 1 } : one)),
    },
    '1/0#1: at the trigger it was attempt 2',
  ],
  [
    'another snapshot than the acknowledged one',
    { ack: (ack) => [of(ack, 0, 0) ? { ...ack, handle: { ...ack.handle, name: 'elsewhere' } } : ack] },
    '0/0#2: acknowledged elsewhere, the metadata names job-1/chk-1/0-0-e1-a2',
  ],
  [
    'a consumer took records from behind the barrier',
    {
      ack: (ack) => [
        of(ack, 1, 1)
          ? {
              ...ack,
              metrics: {
                ...ack.metrics,
                recordsIn: ack.metrics.recordsIn.map((channel) =>
                  channel.peer === 0 ? { ...channel, records: 3 } : channel,
                ),
              },
            }
          : ack,
      ],
    },
    'edge 0 from 0 to 1: 2 records sent before the barrier, 3 taken before the cut',
  ],
  [
    'records of a channel that its producer does not know',
    { ack: (ack) => [of(ack, 0, 1) ? { ...ack, metrics: { ...ack.metrics, recordsOut: [] } } : ack] },
    'edge 0 from 1 to 0: 0 records sent before the barrier, 3 taken before the cut',
  ],
])('fails: %s', (_, changes, evidence) => {
  expect(complete(changes)).toContain(evidence);
});
