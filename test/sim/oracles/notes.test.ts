// O-notes: notes that lie, each beside the history in which it would be true.
import { expect, test } from 'vitest';
import type { Input } from '../../../src/core/base/machine.ts';
import type { Effect } from '../../../src/core/base/outbox.ts';
import type { Vocabulary } from '../../../src/core/base/vocabulary.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { encodeCheckpoints, encodeLeader, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { Observation } from '../../../src/run/observation.ts';
import { notesOracle } from '../../../src/sim/oracles/notes.ts';
import {
  completed,
  deployed,
  ignored,
  jobMoves,
  leads,
  recovered,
  taskIs,
  triggered,
  cleanedUp,
} from '../../reports/notes.ts';
import { answered, attempt, message, noted, taken, told, wake } from '../../reports/traces.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

const of = (node: string) => ({ node, incarnation: 1 });

function step(node: string, input: Input<Vocabulary>, ...effects: readonly (Effect | Note)[]): Observation {
  const all = effects.map((effect) => ('effect' in effect ? effect : noted(effect)));
  return { kind: 'stepped', ...of(node), input, effects: all, leavesAt: 0 };
}

function written(key: string, value: Uint8Array): Observation {
  const request = { kind: 'ha-write', key, value };
  return { kind: 'applied', ...of('jm-1'), id: 1, request, answer: { kind: 'ha-written' } };
}

const pointers = (...ids: readonly number[]): Uint8Array => {
  const metadata = { name: 'm', sizeBytes: 1, checksum: 1 };
  return encodeCheckpoints({ completed: ids.map((checkpointId) => ({ checkpointId, metadata, final: false })) });
};
const result = (clean: boolean) => encodeResult({ jobId: 'job-1', ...ENDED, status: 'FINISHED', reason: null, clean });

const elected = written('leader', encodeLeader({ epoch: 1, address: 'jm-1', resigned: false }));
const durable = written('checkpoints/job-1', pointers(1, 2));
const finished = written('result/job-1', result(false));
const clean = written('result/job-1', result(true));
const remove = { kind: 'storage-delete', name: 'job-1/chk-1/x' };
const removed: Observation = {
  kind: 'applied',
  ...of('jm-1'),
  id: 1,
  request: remove,
  answer: { kind: 'deleted' },
};

const trigger = told('jm-1', 'tm-1', 'trigger-checkpoint', { epoch: 1, attempt, checkpointId: 1 });
const deploy = (checkpointId: number | null) =>
  told('jm-1', 'tm-1', 'deploy-task', {
    epoch: 1,
    task: { attempt, restore: checkpointId === null ? null : { checkpointId, handles: [] } },
  });
const reports = (state: 'RUNNING' | 'FAILED') =>
  told('tm-1', 'jm-1', 'task-state-changed', { epoch: 1, attempt, state, reason: null });
const beats = told('tm-1', 'jm-1', 'heartbeat-answer', { epoch: 1, slots: [], tasks: [{ attempt, state: 'RUNNING' }] });
const read = (...ids: readonly number[]) => {
  const entries = [{ key: 'checkpoints/job-1', value: pointers(...ids), revision: 1 }];
  const answer = { kind: 'ha-entries', entries };
  return answered(3, answer);
};
const known: Note = { kind: 'job-result-known', jobId: 'job-1', status: 'FINISHED', reason: null };
const lost: Note = { kind: 'leadership-lost', epoch: 1, reason: 'x', suspended: [] } as unknown as Note;
const deleted: Note = { kind: 'file-deleted', epoch: 1, name: 'job-1/chk-1/x' };
const stored: Note = { kind: 'job-stored', jobId: 'job-1', epoch: 1 };

/** Rule, the lie, and the truth that differs from it in one thing. */
const cases: readonly [string, readonly Observation[], readonly Observation[]][] = [
  ['leader-elected', [elected, step('jm-2', wake, leads(1))], [elected, step('jm-1', wake, leads(1))]],
  ['leadership-lost', [step('jm-1', wake, lost)], [elected, step('jm-1', wake, lost)]],
  ['checkpoint-completed', [durable, step('jm-1', wake, completed(3))], [durable, step('jm-1', wake, completed(2))]],
  ['checkpoint-triggered', [step('jm-1', wake, triggered(2), trigger)], [step('jm-1', wake, triggered(1), trigger)]],
  ['job-deployed', [step('jm-1', wake, deployed(1, 4))], [step('jm-1', wake, deployed(1, 4), deploy(4))]],
  [
    'deploy-task',
    [step('jm-1', wake, deployed(1, 4), deploy(3))],
    [step('jm-1', wake, deployed(1, null), deploy(null))],
  ],
  ['job-recovered', [step('jm-1', read(1), recovered(2))], [step('jm-1', read(1, 2), recovered(2))]],
  ['job-stored', [step('jm-1', wake, stored)], [written('job/job-1', new Uint8Array()), step('jm-1', wake, stored)]],
  [
    'job-status-changed',
    [step('jm-1', wake, jobMoves('RUNNING', 'FINISHED'))],
    [finished, step('jm-1', wake, jobMoves('RUNNING', 'FINISHED'))],
  ],
  [
    'job-status-changed',
    [elected, step('jm-1', wake, jobMoves('RUNNING', 'SUSPENDED'))],
    [elected, step('jm-1', wake, lost, jobMoves('RUNNING', 'SUSPENDED'))],
  ],
  ['job-cleaned-up', [finished, step('jm-1', wake, cleanedUp)], [clean, step('jm-1', wake, cleanedUp)]],
  ['job-result-known', [step('client-1', wake, known)], [finished, step('client-1', wake, known)]],
  ['file-deleted', [step('jm-1', wake, deleted)], [removed, step('jm-1', wake, deleted)]],
  [
    'task-state-changed',
    [step('tm-1', wake, taskIs('0/0#1', 'RUNNING'), reports('FAILED'))],
    [step('tm-1', wake, taskIs('0/0#1', 'RUNNING'), reports('RUNNING'))],
  ],
  [
    'task-state',
    [step('tm-1', wake, taskIs('0/0#1', 'CANCELING')), step('tm-1', wake, beats)],
    [step('tm-1', wake, taskIs('0/0#1', 'RUNNING'), reports('RUNNING')), step('tm-1', wake, beats)],
  ],
  [
    'message-ignored',
    [step('tm-1', taken(message('jm-1', 'tm-1', 'heartbeat')), ignored('heartbeat', 'jm-2', { kind: 'not-leading' }))],
    [step('tm-1', taken(message('jm-2', 'tm-1', 'heartbeat')), ignored('heartbeat', 'jm-2', { kind: 'not-leading' }))],
  ],
];

function brokenBy(history: readonly Observation[]): string[] {
  const oracle = notesOracle();
  const state = oracle.create();
  const rules: string[] = [];
  for (const seen of history) {
    oracle.observe(state, seen, null as never, (rule, text, evidence) => {
      expect(text).toMatch(/^\S+ (notes|deploys|reports) .+/);
      expect(evidence).toHaveLength(1);
      rules.push(rule);
    });
  }
  return rules;
}

test.each(cases)('%s: a lie is found, and the truth is none', (rule, lie, truth) => {
  expect(brokenBy(lie)).toContain(rule);
  expect(brokenBy(truth)).toEqual([]);
});

test('a new process of a TaskManager knows nothing of what the old one noted', () => {
  const before = step('tm-1', wake, taskIs('0/0#1', 'CANCELING'));
  expect(brokenBy([before, { kind: 'stopped', ...of('tm-1'), why: 'crash' }, step('tm-1', wake, beats)])).toEqual([]);
});
