// Notes are plain data with one text form: each kind survives JSON, and each has the text that people read.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTree } from '../../../src/core/base/state.ts';
import { describeNote } from '../../../src/core/protocol/describe-note.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { anyNoteOf, noteKinds, type NoteOfKind } from './notes.ts';

describe('plain data', () => {
  test.each(noteKinds)('%s survives JSON', (kind) => {
    fc.assert(
      fc.property(anyNoteOf(kind), (note) => {
        expect(checkTree(note)).toBeNull();
        expect(JSON.parse(JSON.stringify(note))).toEqual(note);
      }),
      { numRuns: 30 },
    );
  });
});

const ofJob = { jobId: 'words', epoch: 3 };
const ofJobAttempt = { ...ofJob, attempt: 2 };
const ofTask = { attempt: { jobId: 'words', vertex: 1, subtask: 0, attempt: 2 }, epoch: 3 };
const ofTaskManager = { epoch: 3, taskManager: 'tm-1', incarnation: 7 };
/** Any reason will do: its text is that of `describe-reason.ts`. */
const reason = { kind: 'job-over' } as never;

type Example<K extends Note['kind']> = readonly [Omit<NoteOfKind<K>, 'kind'>, string];

/** One of each kind, and how it reads. */
const examples: { readonly [K in Note['kind']]: Example<K> } = {
  'message-ignored': [{ message: 'heartbeat', from: 'jm-1', reason }, 'ignored heartbeat from jm-1: the job is over'],
  'answer-ignored': [
    {
      answer: 'ha-written',
      purpose: { kind: 'write-counter', epoch: 3, jobId: 'words', checkpointId: 5 },
      reason,
    },
    'ignored ha-written for write-counter 5 of words: the job is over',
  ],
  'leader-elected': [{ epoch: 3 }, 'leads with epoch 3'],
  'leadership-lost': [
    { epoch: 3, reason, suspended: ['words', 'sums'] },
    'stops leading epoch 3: the job is over; jobs SUSPENDED: words, sums',
  ],
  'campaign-failed': [{ epoch: 3, reason }, 'campaign for epoch 3 failed: the job is over'],
  'leader-unreached': [{ epoch: 3, leader: 'jm-1' }, 'jm-1, the leader of epoch 3, cannot be reached'],
  'leader-reached': [{ epoch: 3, leader: 'jm-1' }, 'jm-1, the leader of epoch 3, can be reached again'],
  'election-blocked': [
    { key: 'leader', revision: 4 },
    'the leader record cannot be read, nobody can be elected: leader at revision 4',
  ],
  'leader-found': [{ leader: 'jm-1', epoch: 3 }, 'leader is jm-1, epoch 3'],
  'leader-unreadable': [{ reason }, 'the leader record cannot be read: the job is over'],
  'recovery-retried': [{ epoch: 3, reason }, 'recovery is read again: the job is over'],
  'recovery-stopped': [{ ...ofJob, reason }, 'RECOVERY OF JOB words STOPPED, it is tried again: the job is over'],
  'job-recovered': [{ ...ofJob, latestCheckpointId: 5 }, 'job words recovered, latest checkpoint 5'],
  'result-recovered': [
    { ...ofJob, status: 'FINISHED', cleanUp: true },
    'job words is over (FINISHED), it is cleaned up',
  ],
  'drains-unreadable': [{ epoch: 3, reason }, 'WHICH TASK MANAGERS ARE DRAINED CANNOT BE READ: the job is over'],
  'drain-wanted': [{ epoch: 3, taskManager: 'tm-1', isDrained: true }, 'tm-1 is to be drained'],
  'drains-write-retried': [{ epoch: 3, reason }, 'the list of drained TaskManagers is written again: the job is over'],
  'drain-known': [{ taskManager: 'tm-1', status: 'DRAINING', reason }, 'tm-1 is DRAINING: the job is over'],
  'job-stored': [ofJob, 'job words is durable'],
  'job-write-retried': [{ ...ofJob, reason }, 'job words is written again: the job is over'],
  'job-wanted': [{ ...ofJob, wanted: { kind: 'CANCELED' } }, 'job words is to be CANCELED'],
  'job-status-changed': [{ ...ofJob, from: 'CREATED', to: 'RUNNING' }, 'job words CREATED -> RUNNING'],
  'job-waits-for-slots': [
    { ...ofJob, missing: { kind: 'slots-missing', needed: 4, held: 0, free: 2, total: 2 } },
    'job words waits: slots are missing: it needs 4 and holds 0, of 2 in the cluster 2 are free',
  ],
  'job-has-slots': [{ ...ofJob, slots: 4, waitedMs: 900 }, 'job words has all 4 slots, and waited for 900 ms'],
  'job-deployed': [{ ...ofJobAttempt, restoredFrom: 5 }, 'job words attempt 2 is deployed from checkpoint 5'],
  'job-restarting': [{ ...ofJobAttempt, reason }, 'job words restarts: the job is over'],
  'job-failing': [{ ...ofJob, reason }, 'job words fails: the job is over'],
  'restore-stopped': [
    { ...ofJob, checkpointId: 5, reason },
    'RESTORE OF JOB words STOPPED, checkpoint 5 is read again: the job is over',
  ],
  'result-write-retried': [{ ...ofJob, reason }, 'result of words is written again: the job is over'],
  'sink-close-failed': [
    { ...ofJob, writer: 'words/out/0', reason },
    'sink writer words/out/0 is not closed: the job is over',
  ],
  'job-cleaned-up': [ofJob, 'job words is cleaned up'],
  'result-removed': [{ ...ofJob, clients: 2 }, 'job words of the past is removed, 2 asked for it'],
  'savepoint-completed': [
    { ...ofJob, savepointId: 's-1', checkpointId: 5 },
    'savepoint s-1 of job words is completed, by checkpoint 5',
  ],
  'savepoint-disposed': [{ ...ofJob, savepointId: 's-1' }, 'savepoint s-1 of job words is disposed'],
  'savepoint-write-retried': [
    { ...ofJob, savepointId: 's-1', reason },
    'savepoint s-1 of job words is written again: the job is over',
  ],
  'savepoint-check-retried': [
    { ...ofJob, reason },
    'the savepoint that job words starts from is read again: the job is over',
  ],
  'savepoint-unreadable': [
    { ...ofJob, savepointId: 's-1', reason },
    'SAVEPOINT s-1 OF JOB words CANNOT BE READ: the job is over',
  ],
  'taken-known': [
    { jobId: 'words', triggerId: 't-1', status: 'COMPLETED', checkpointId: 7 },
    'checkpoint 7 of job words is COMPLETED, as t-1',
  ],
  'savepoint-known': [
    { jobId: 'words', savepointId: 's-1', status: 'COMPLETED' },
    'savepoint s-1 of job words is COMPLETED',
  ],
  'refusal-known': [{ jobId: 'words', reason }, 'request about job words refused: the job is over'],
  'job-list-known': [{ jobs: 3 }, 'list of 3 jobs'],
  'job-checkpoints-known': [
    { jobId: 'words', completed: 7, failed: 1 },
    'job words has 7 completed and 1 failed checkpoints',
  ],
  'overview-known': [{ answer: 'job-details' }, 'answered with job-details'],
  'job-exceptions-known': [{ jobId: 'words', exceptions: 2 }, 'job words has 2 exceptions'],
  'job-result-known': [{ jobId: 'words', status: 'FAILED', reason }, 'job words is FAILED: the job is over'],
  'execution-state-changed': [{ ...ofTask, from: 'DEPLOYING', to: 'RUNNING' }, 'words 1/0#2 DEPLOYING -> RUNNING'],
  'stranger-cancelled': [{ ...ofTask, taskManager: 'tm-1', reason }, '1/0#2 on tm-1 is cancelled: the job is over'],
  'checkpoint-triggered': [{ ...ofJobAttempt, checkpointId: 5 }, 'checkpoint 5 of words triggered'],
  'checkpoint-completed': [{ ...ofJobAttempt, checkpointId: 5, final: true }, 'checkpoint 5 of words completed, final'],
  'checkpoint-aborted': [
    { ...ofJobAttempt, checkpointId: 5, reason },
    'checkpoint 5 of words aborted: the job is over',
  ],
  'collection-stopped': [
    { ...ofJob, checkpointId: 5, reason },
    'no file of words is deleted, metadata of checkpoint 5 is read again: the job is over',
  ],
  'metadata-put-retried': [
    { ...ofJob, checkpointId: 5, reason },
    'metadata of checkpoint 5 is put again: the job is over',
  ],
  'pointers-write-retried': [{ ...ofJob, reason }, 'pointers of words are written again: the job is over'],
  'pointers-foreign': [
    { ...ofJob, unreadable: null },
    'POINTERS OF words ARE NOT WHAT THIS LEADER WROTE: taken as they are',
  ],
  'file-deleted': [{ epoch: 3, name: 'words/chk-1/metadata-e1' }, 'deleted words/chk-1/metadata-e1'],
  'task-manager-registered': [{ ...ofTaskManager, slots: 2 }, 'tm-1 registered with 2 slots, incarnation 7'],
  'task-manager-suspected': [ofTaskManager, 'connection to tm-1 lost, it is asked again'],
  'task-manager-killed': [
    {
      epoch: 3,
      taskManager: 'tm-1',
      death: { epoch: 3, attempt: ofTask.attempt, operator: null, record: null, how: 'exited' },
      ignored: reason,
    },
    'tm-1 was ended by a job, 1/0#2: code of the job ended its process; it does not count: the job is over',
  ],
  'task-manager-lost': [{ ...ofTaskManager, reason }, 'tm-1 lost: the job is over'],
  'slot-lost': [
    { ...ofJob, taskManager: 'tm-1', slotIndex: 0, allocationId: 'words/e3-1', reason },
    'slot 0 of tm-1 lost by words: the job is over',
  ],
  'registration-refused': [{ epoch: 3, reason }, 'registration refused: the job is over'],
  'control-connection-lost': [{ peer: 'jm-1' }, 'the control connection to jm-1 was lost'],
  'slot-freed': [
    { slotIndex: 0, jobId: 'words', allocationId: 'words/e3-1', reason },
    'slot 0 is freed: the job is over',
  ],
  'task-state-changed': [{ ...ofTask, state: 'FAILED', reason }, 'task 1/0#2 is FAILED: the job is over'],
  'task-request-failed': [
    { ...ofTask, purpose: { kind: 'open-sink' }, reason },
    '1/0#2: open-sink failed: the job is over',
  ],
  'snapshot-aborted': [{ ...ofTask, checkpointId: 5 }, 'checkpoint 5 is aborted'],
  'final-checkpoint-ignored': [
    { ...ofTask, checkpointId: 5 },
    'ignored that checkpoint 5 is final: not taken at the end of this attempt',
  ],
  'barrier-ignored': [
    { ...ofTask, checkpointId: 5, producer: 'tm-2', reason },
    'ignored barrier 5 of tm-2: the job is over',
  ],
  'consumers-lost': [{ ...ofTask, peer: 'tm-2' }, 'task 1/0#2 lost its consumers on tm-2'],
};

describe('texts', () => {
  test.each(Object.entries(examples))('%s', (kind, [values, text]) => {
    expect(describeNote({ kind, ...values } as Note)).toBe(text);
  });

  const read = (note: Note): string => describeNote(note);

  test('where there is nothing to tell', () => {
    const { suspended: _, ...lost } = examples['leadership-lost'][0];
    expect(read({ kind: 'leadership-lost', ...lost, suspended: [] })).toContain('jobs SUSPENDED: none');
    expect(read({ kind: 'answer-ignored', answer: 'stored', purpose: null, reason })).toBe(
      'ignored stored: the job is over',
    );
    expect(read({ kind: 'job-recovered', ...ofJob, latestCheckpointId: null })).toContain('checkpoint none');
    expect(read({ kind: 'job-deployed', ...ofJobAttempt, restoredFrom: null })).toContain('deployed from nothing');
    expect(read({ kind: 'checkpoint-completed', ...ofJobAttempt, checkpointId: 5, final: false })).toBe(
      'checkpoint 5 of words completed',
    );
    expect(read({ kind: 'task-state-changed', ...ofTask, state: 'RUNNING', reason: null })).toBe(
      'task 1/0#2 is RUNNING',
    );
  });
});
