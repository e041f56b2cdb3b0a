// One reason of each kind, with the text that people read: the table fails to compile when a kind is missing or its values change.
import * as fc from 'fast-check';
import type { Reason } from '../../../src/core/protocol/reasons.ts';
import type { Shape } from '../../../src/core/protocol/shapes.ts';

export type ReasonKind = Reason['kind'];
type ValuesOf<K extends ReasonKind> = Omit<Extract<Reason, { readonly kind: K }>, 'kind'>;

const attempt = { jobId: 'words', vertex: 1, subtask: 0, attempt: 2 };
const channel = { jobId: 'words', epoch: 3, edge: 0, producer: 1, producerAttempt: 2, consumer: 0, consumerAttempt: 2 };
const purpose = { kind: 'write-counter', epoch: 3, jobId: 'words', checkpointId: 5 } as const;
const timedOut = { kind: 'timed-out' } as const;
const declined = { kind: 'task-not-running', state: 'INITIALIZING' } as const;

export const reasons: { readonly [K in ReasonKind]: readonly [ValuesOf<K>, string] } = {
  disconnected: [{}, 'connection lost'],
  'no-connection': [{}, 'no connection'],
  'timed-out': [{}, 'timed out'],
  unanswered: [{}, 'there was no answer in time'],
  'not-available': [{}, 'the service is not available'],
  'port-closed': [{}, 'the port is closed'],
  io: [{ code: 'ENOSPC', text: 'ENOSPC: no space left on device, write' }, 'ENOSPC: no space left on device, write'],
  'malformed-request': [{ text: 'the name "a//b" has an empty part' }, 'the name "a//b" has an empty part'],
  'name-taken': [{ name: 'words/chk-1/metadata-e1' }, 'the name words/chk-1/metadata-e1 is taken by other bytes'],
  'writes-contended': [{ tries: 100 }, '100 other writes came first'],
  'no-such-sink': [{ sink: 'counts' }, 'there is no sink counts'],
  'split-missing': [{ topic: 'lines', split: 4, path: null }, 'there is no split 4 of topic lines'],
  'position-missing': [
    { topic: 'lines', split: 4, position: 9, file: { path: '/lines/4.jsonl', lines: 7 } },
    'split 4 of topic lines has no position 9: /lines/4.jsonl has 7 lines',
  ],
  'record-unreadable': [{ path: '/lines/4.jsonl', line: 3, text: 'not UTF-8' }, '/lines/4.jsonl, line 3: not UTF-8'],
  'artifact-missing': [
    { hash: 'ab12', path: '/jobs/ab12.mjs' },
    'there is no artifact with hash ab12: no file /jobs/ab12.mjs',
  ],
  'artifact-unnamed': [{ hash: 'x' }, '"x" is no SHA-256 in hexadecimal'],
  'artifact-damaged': [{ path: '/x.mjs', found: 'cd' }, '/x.mjs is damaged: its bytes have the hash cd'],
  'artifact-not-importable': [
    { path: '/x.mjs', text: 'Unexpected token', stack: null },
    '/x.mjs cannot be imported: Unexpected token',
  ],
  'artifact-without-job': [{ path: '/x.mjs' }, '/x.mjs exports neither a scenario with a job nor a job'],
  'request-failed': [{ outcome: 'unknown', reason: timedOut }, 'unknown: timed out'],
  'other-answer': [{ answer: 'ha-conflict' }, 'ha-conflict'],

  unreadable: [{ text: 'millrace-counter is damaged' }, 'millrace-counter is damaged'],
  'file-missing': [{ name: 'words/chk-1/1-0-e1-a1' }, 'words/chk-1/1-0-e1-a1 is not there'],
  'job-record-missing': [{}, 'it has checkpoints or a counter, but neither a job nor a result'],
  'of-other-job-record': [{ jobId: 'sums' }, 'it is the record of job sums'],
  'graph-invalid': [{ text: 'it has no source' }, 'it has no source'],
  'of-other-job': [{ jobId: 'sums' }, 'it is of job sums'],
  'of-other-checkpoint': [{ checkpointId: 4 }, 'it is of checkpoint 4'],
  'snapshot-of-other-checkpoint': [{ name: 'a', found: 4, expected: 5 }, 'a: it is of checkpoint 4, not 5'],
  'of-other-max-parallelism': [{ found: 64, expected: 128 }, 'its max parallelism is 64, that of the job 128'],
  'state-without-operator': [
    { operators: ['count', 'sum'] },
    'it has state of "count", "sum", for which the job has no operator',
  ],
  'state-of-other-kind': [
    { operator: 'count', found: 'window', expected: 'reduce' },
    '"count" is a window there, and a reduce in the job',
  ],
  'splits-behind-end': [
    { operator: 'lines' },
    '"lines" has splits that it does not know, and something of it is at its end',
  ],
  'of-other-subtasks': [
    {
      found: [{ vertex: 0, subtask: 0 }],
      expected: [
        { vertex: 0, subtask: 0 },
        { vertex: 1, subtask: 0 },
      ],
    },
    'it has snapshots of 0/0, the job needs 0/0, 1/0',
  ],

  'slot-not-offered': [{}, 'it was not offered in time'],
  'slot-refused': [{}, 'the request was refused'],
  'slot-freed-there': [{ taskManager: 'tm-1' }, 'tm-1 freed it'],
  'slot-reported': [
    { taskManager: 'tm-1', state: 'ACTIVE', allocationId: 'words/e3-1' },
    'tm-1 reports it ACTIVE for words/e3-1',
  ],
  'slots-yielded': [{ to: 'sums' }, 'sums waits for slots as well'],
  'job-over': [{}, 'the job is over'],
  'task-manager-lost': [
    { taskManager: 'tm-1', reason: { kind: 'replaced', incarnation: 8 } },
    'tm-1 is lost: incarnation 8 took its place',
  ],
  'offer-refused': [{}, 'its offer was refused'],
  'slot-unused': [{}, 'no JobMaster used it'],
  'freed-by-leader': [{}, 'the leader frees it'],
  'slot-unlisted': [{}, 'the leader does not list it'],
  replaced: [{ incarnation: 8 }, 'incarnation 8 took its place'],
  'said-goodbye': [{ why: 'SIGTERM' }, 'it said goodbye, and ends in good order: SIGTERM'],
  'connections-broke': [{}, 'its connection broke, and each new one to it did'],
  'silent-behind-break': [{}, 'its connection broke, and it answered no heartbeat since'],
  silent: [{ timeoutMs: 3_000 }, 'it answered no heartbeat for 3000 ms'],

  'user-code': [
    {
      operator: 'count',
      function: 'reduce',
      given: '{"n":1}',
      text: 'reduce "count" failed: Error: no, at {"n":1}',
      stack: 'Error: no\n    at job.ts:3:9',
    },
    'reduce "count" failed: Error: no, at {"n":1}',
  ],
  'no-such-slot': [{ slotIndex: 9 }, 'there is no slot 9'],
  'slot-of-other-allocation': [
    { slotIndex: 0, allocationId: 'words/e3-1' },
    'slot 0 is not held by allocation words/e3-1',
  ],
  'slot-of-other-job': [{ slotIndex: 0, jobId: 'sums' }, 'slot 0 is allocated to job sums'],
  'slot-releasing': [{ slotIndex: 0 }, 'slot 0 is RELEASING'],
  'descriptor-invalid': [{ text: 'its vertex has no operators' }, 'its vertex has no operators'],
  'newer-attempt-deployed': [{ attempt }, '1/0#2 was deployed'],
  'leader-changed': [{ epoch: 3, leader: 'jm-2' }, 'the leader of epoch 3 is jm-2'],
  'leader-silent': [{ timeoutMs: 5_000 }, 'no sign of the leader for 5000 ms'],
  'artifact-refused': [
    { artifact: 'ab12', reason: { kind: 'artifact-missing', hash: 'ab12', path: null } },
    'artifact ab12: there is no artifact with hash ab12',
  ],
  'restore-failed': [
    { reason: { kind: 'file-missing', name: 'a' } },
    'the snapshot cannot be restored: a is not there',
  ],
  'split-out-of-place': [{ split: 4, asked: 7, answered: 5 }, 'split 4 was read at 7 and answered from 5'],
  'sink-refused': [
    { sink: 'counts', refusal: 'fenced' },
    'sink "counts" refused (fenced): a later attempt writes to it',
  ],
  'source-refused': [
    {
      topic: 'lines',
      split: 2,
      reason: { kind: 'record-unreadable', path: 'lines/2.jsonl', line: 3, text: 'no JSON' },
      stack: null,
    },
    'split 2 of "lines" cannot be read: lines/2.jsonl, line 3: no JSON',
  ],
  'record-refused': [
    { sink: 'counts', text: 'a record holds NaN, which JSON cannot say' },
    'sink "counts" cannot write a record: a record holds NaN, which JSON cannot say',
  ],
  'answer-unexpected': [{ purpose: 'open-sink', answer: 'stored' }, 'open-sink was answered with stored'],
  'over-credit': [{ channel }, 'channel edge 0 1#2>0#2 sent more batches than it had credit for'],
  'channel-gap': [{ channel, first: 4, last: 6 }, 'gap in channel edge 0 1#2>0#2: elements 4 to 6 never came'],
  'connection-lost': [{ peer: 'tm-2' }, 'the connection to tm-2 was lost'],
  'state-too-large': [
    { operator: 'count', bytes: 900, usedBytes: 1_700, limitBytes: 2_000 },
    'the state of "count", about 900 bytes, fills the heap: 1700 of 2000 bytes are in use',
  ],
  'task-manager-killed': [
    { taskManager: 'tm-1', operator: 'grind', record: 7, how: 'looped' },
    'operator "grind", at record 7 of its batch, did not return, and ended tm-1',
  ],
  'task-ended': [{ state: 'CANCELED' }, 'CANCELED'],
  'reported-by-heartbeat': [{}, 'reported with a heartbeat'],
  'finished-early': [{}, 'FINISHED without a final checkpoint'],
  'task-missing': [{ taskManager: 'tm-1' }, 'tm-1 does not have it'],
  'slot-lost': [{ reason: { kind: 'slot-refused' } }, 'its slot is lost: the request was refused'],
  'deployment-unreported': [{}, 'nobody reported on its deployment'],

  subsumed: [{ by: 6 }, 'subsumed by checkpoint 6'],
  'too-many-snapshots': [{ max: 4 }, 'more than 4 snapshots on their way'],
  'snapshot-not-stored': [{ reason: timedOut }, 'the snapshot could not be stored: timed out'],
  'task-has-inputs': [{}, 'the task has inputs: barriers come with them'],
  'task-not-running': [{ state: 'INITIALIZING' }, 'the task is INITIALIZING'],
  'no-such-attempt': [{}, 'no such attempt here'],
  'job-ends': [{}, 'the job ends'],
  'job-restarts': [{}, 'the job restarts'],
  'id-not-stored': [{ reason: { kind: 'other-answer', answer: 'ha-conflict' } }, 'its id was not stored: ha-conflict'],
  declined: [{ attempt, reason: declined }, 'declined by 1/0#2: the task is INITIALIZING'],
  expired: [
    {
      missing: [
        { vertex: 1, subtask: 0 },
        { vertex: 1, subtask: 1 },
      ],
    },
    'expired without 1/0, 1/1',
  ],
  completed: [{ final: true }, 'completed, final'],

  'execution-failed': [{ attempt, reason: { kind: 'finished-early' } }, '1/0#2: FINISHED without a final checkpoint'],
  'recovery-suppressed': [
    {
      refusal: { kind: 'restarts-used-up', restarts: 3 },
      cause: { kind: 'execution-failed', attempt, reason: { kind: 'finished-early' } },
    },
    '1/0#2: FINISHED without a final checkpoint; no restart: all 3 restarts of its strategy were used',
  ],
  'not-recoverable': [{}, 'the next attempt would meet it again'],
  'no-restarts': [{}, 'the restart strategy is none'],
  'restarts-used-up': [{ restarts: 2 }, 'all 2 restarts of its strategy were used'],
  'failure-rate-exceeded': [{ failures: 4, intervalMs: 900 }, '4 failures within 900 ms'],
  'own-failures-in-a-row': [
    { failures: 3 },
    "the job's own code or state failed 3 times without a completed checkpoint between",
  ],
  'checkpoints-failed': [
    { times: 6, last: { kind: 'job-restarts' } },
    '6 checkpoints failed in a row, the last one: the job restarts',
  ],
  rejected: [{ reason: { kind: 'job-id-taken' } }, 'rejected: another job has this id'],
  'job-rescaled': [{}, 'its parallelism changes'],
  'task-manager-drained': [{ taskManager: 'tm-1' }, 'tm-1 is drained'],
  'task-manager-unregistered': [{ taskManager: 'tm-9' }, 'no TaskManager tm-9 is registered'],
  'slots-missing-elsewhere': [
    { jobId: 'words', needed: 2, free: 1 },
    'job words needs 2 slots of other TaskManagers, and 1 are free',
  ],
  'slots-held': [{ slots: 2 }, '2 of its slots are not free yet'],
  'drains-being-changed': [{ taskManager: 'tm-1' }, 'what is wanted of tm-1 is being written'],
  'drains-unreadable': [{}, 'the record of drained TaskManagers cannot be read'],
  'drains-full': [{ max: 1024 }, '1024 TaskManagers are drained'],
  'about-other-task-manager': [{ taskManager: 'tm-2' }, 'it is about tm-2'],
  'parallelism-invalid': [{ text: 'the job has no operator "count"' }, 'the job has no operator "count"'],
  'slot-unneeded': [{}, 'the job needs fewer slots'],
  'job-id-taken': [{}, 'another job has this id'],
  'sink-taken': [{ sink: 'counts', by: 'words' }, 'sink counts is written by job words, which is not over'],
  'no-such-savepoint': [{ of: 'words', savepointId: 's-1' }, 'there is no savepoint s-1 of job words'],
  'savepoint-misfit': [
    { savepointId: 's-1', reason: { kind: 'of-other-max-parallelism', found: 128, expected: 256 } },
    'it cannot start from savepoint s-1: its max parallelism is 128, that of the job 256',
  ],
  'job-id-malformed': [
    {},
    'a job id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  ],
  'slots-missing': [
    { needed: 4, held: 1, free: 0, total: 3 },
    'slots are missing: it needs 4 and holds 1, of 3 in the cluster 0 are free',
  ],
  'restore-stopped': [
    { checkpointId: 3, reason: { kind: 'job-record-missing' } },
    'it cannot go on from checkpoint 3, which is read again and again: it has checkpoints or a counter, but neither a job nor a result',
  ],
  'job-not-over': [{ status: 'RUNNING' }, 'the job is RUNNING, and only a job that is over can be removed'],
  'savepoint-id-malformed': [
    {},
    'a savepoint id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  ],
  'tasks-not-running': [{ status: 'RESTARTING' }, 'the job is RESTARTING, and a checkpoint needs all its tasks to run'],
  'checkpoint-failed': [{ reason: { kind: 'job-restarts' } }, 'the checkpoint failed: the job restarts'],
  'savepoint-failed': [{ reason: { kind: 'job-restarts' } }, 'the savepoint failed: the job restarts'],
  'savepoint-in-use': [{ by: 'words' }, 'job words starts from the savepoint, and has no checkpoint of its own yet'],
  'savepoint-in-progress': [{}, 'the savepoint is in progress, and can be disposed when it is completed'],
  'savepoint-id-taken': [{}, 'another savepoint of the job has this id'],
  'stop-wanted': [{ savepointId: 's-1', drain: true }, 'the job is being stopped with savepoint s-1, and drained'],
  'job-not-stoppable': [{ status: 'FINISHED' }, 'the job is FINISHED, and only a job that is not over can be stopped'],
  'history-not-kept': [{ status: 'FINISHED' }, 'the job is FINISHED, and nothing of that is kept of it'],
  'job-unsettled': [{}, 'a write of the job may still land: it can be removed when the next leader has taken over'],
  'newer-incarnation': [{ taskManager: 'tm-1', incarnation: 8 }, 'incarnation 8 of tm-1 is registered'],

  'lease-ran-out': [{}, 'its lease ran out without a renewal'],
  'write-fenced': [{ purpose, epoch: 4 }, 'write-counter 5 of words was refused, the epoch is 4'],
  'leader-key-changed': [{}, 'the leader key names another epoch'],
  isolated: [{ taskManagers: ['tm-1', 'tm-2'] }, 'no TaskManager answers, and tm-1, tm-2 cannot reach it'],
  'process-stops': [{ why: 'SIGTERM' }, 'its process ends in good order: SIGTERM'],
  'renewal-refused': [
    { reason: { kind: 'other-answer', answer: 'ha-conflict' } },
    'its renewal was answered with ha-conflict',
  ],
  'peer-follows': [{ peer: 'tm-1', epoch: 4 }, 'tm-1 follows epoch 4'],

  'not-addressed': [{ role: 'job-manager' }, 'it is not for a JobManager'],
  'not-leading': [{}, 'this is not the leader'],
  'not-recovered': [{}, 'it has not recovered yet'],
  'other-epoch': [{ epoch: 2, current: 3 }, 'epoch 2, current 3'],
  'sender-unregistered': [{}, 'it is not registered'],
  'stale-incarnation': [{ incarnation: 7, registered: 8 }, 'stale incarnation 7, registered 8'],
  'job-unreadable': [{ jobId: 'words' }, 'job words cannot be read'],
  'job-not-running': [{ jobId: 'words' }, 'job words does not run'],
  'job-being-changed': [{ jobId: 'words' }, 'what is wanted of job words is being written'],
  'job-not-stored': [{ jobId: 'words' }, 'job words is not stored yet'],
  'savepoint-not-stored': [{ savepointId: 's-1' }, 'savepoint s-1 is not stored yet'],
  'savepoint-unreadable': [{ savepointId: 's-1' }, 'the record of savepoint s-1 cannot be read'],
  'savepoint-disposed': [{ savepointId: 's-1' }, 'savepoint s-1 is being disposed'],
  'savepoints-full': [{ max: 16 }, '16 savepoints are kept or on their way'],
  'about-other-savepoint': [{ savepointId: 's-1' }, 'it is about savepoint s-1'],
  'job-not-cleaned-up': [{ jobId: 'words' }, 'job words is not cleaned up yet'],
  'removals-full': [{ max: 16 }, '16 jobs of the past are being removed'],
  'page-known': [{}, 'that page is known'],
  'clients-full': [{ max: 64 }, '64 clients wait for that'],
  'submissions-full': [{ max: 64 }, '64 submissions are under way'],
  'attempt-counted': [{ attempt }, 'nothing is left of 1/0#2 to be blamed for it'],
  'slots-out-of-range': [{ slots: 0 }, '0 slots'],
  'slot-unknown': [{ slotIndex: 9 }, 'it has no slot 9'],
  'slot-settled': [{ slotIndex: 0, state: 'FREE', allocationId: null }, 'slot 0 is FREE for nobody'],
  'slot-not-held': [{ slotIndex: 0, allocationId: 'words/e3-1' }, 'slot 0 is not held by words/e3-1 here'],
  'subtask-unknown': [{ vertex: 1, subtask: 9 }, 'there is no subtask 1/9'],
  'stale-attempt': [{ attempt, current: 3 }, 'stale attempt 1/0#2, current #3'],
  'runs-elsewhere': [{ attempt, taskManager: null }, '1/0#2 runs on no TaskManager'],
  'sender-foreign': [{ taskManager: 'tm-2' }, 'the attempt runs on tm-2'],
  'execution-over': [{ attempt, state: 'FAILED' }, '1/0#2 is FAILED'],
  'over-here': [{ state: 'CANCELED' }, 'it is CANCELED here'],
  'checkpoint-unknown': [{ checkpointId: 5 }, 'checkpoint 5 is not known'],
  'checkpoint-over': [{ checkpointId: 5, how: { kind: 'completed', final: false } }, 'checkpoint 5 is over: completed'],
  'checkpoint-settled': [{ checkpointId: 5, state: 'FINALIZING' }, 'checkpoint 5 is FINALIZING'],
  'no-participant': [{ vertex: 1, subtask: 9, checkpointId: 5 }, '1/9 is no participant of checkpoint 5'],
  'stale-participant': [{ attempt, checkpointId: 5, expected: 3 }, 'stale attempt 1/0#2, checkpoint 5 waits for #3'],
  'acknowledged-before': [
    { vertex: 1, subtask: 0, checkpointId: 5 },
    'duplicate, 1/0 acknowledged checkpoint 5 before',
  ],
  'file-foreign': [{ name: 'sums/a', checkpointId: 5 }, 'sums/a is no file of checkpoint 5'],
  'about-other-job': [{ jobId: 'sums' }, 'it is about job sums'],
  'result-known': [{}, 'the result is known'],

  'leader-unknown': [{}, 'no leader is known'],
  'stale-epoch': [{ epoch: 2, current: 3 }, 'stale epoch 2, the leader has 3'],
  'future-epoch': [{ epoch: 4, current: 3 }, 'epoch 4 is not known yet, the leader has 3'],
  'other-incarnation': [{ incarnation: 7, own: 8 }, 'meant for incarnation 7, this is 8'],
  unregistered: [{}, 'not registered'],
  'not-from-host': [{}, 'only its own host may say so'],
  'state-small': [{ bytes: 12 }, 'the largest state of a task has about 12 bytes'],
  'registered-already': [{}, 'registered already'],
  'slot-not-free': [{ slotIndex: 0, state: null }, 'slot 0 is not there'],
  'nothing-offered': [{ jobId: 'words' }, 'nothing is offered to job words'],
  'older-offer': [{ offer: 1, newest: 2 }, 'it answers offer 1, the newest is 2'],
  'newer-attempt-known': [{ attempt }, 'stale attempt, 1/0#2 was here already'],
  'consumer-absent': [{}, 'the consumer is not here'],
  'producer-absent': [{}, 'the producer is not here'],
  'asked-again-later': [{}, 'the partition is asked for again in a while'],
  'no-such-channel': [{ channel }, 'no channel edge 0 1#2>0#2'],
  'element-doubled': [{ sequence: 4 }, 'element 4 came before'],
  'checkpoint-aborted': [{ checkpointId: 5 }, 'checkpoint 5 was aborted'],
  'checkpoint-older': [{ checkpointId: 5, newest: 6 }, 'checkpoint 5 is older than 6'],
  'checkpoint-passed': [{ checkpointId: 5 }, 'checkpoint 5 is over'],
  'request-closed': [{ request: 12 }, 'request 12 is closed'],
  'epoch-over': [{ epoch: 2 }, 'epoch 2 is over'],
  'task-over': [{}, 'the task that asked is over'],
};

export const reasonKinds = Object.keys(reasons) as ReasonKind[];

export function reasonOf<K extends ReasonKind>(kind: K): Extract<Reason, { readonly kind: K }> {
  return { kind, ...reasons[kind][0] } as never;
}

/** One of all reasons. */
export const anyReason: fc.Arbitrary<Reason> = fc.constantFrom(...reasonKinds).map(reasonOf);

/** One of those that a decoder takes in this place. */
export function anyReasonIn<R extends Reason>(shape: Shape): fc.Arbitrary<R> {
  const kinds = typeof shape === 'object' && 'kinds' in shape ? Object.keys(shape.kinds) : [];
  return fc.constantFrom(...(kinds as ReasonKind[])).map((kind) => reasonOf(kind) as unknown as R);
}
