// O-savepoint: promises before their time, records of what is not there, files that go while a savepoint needs them, and savepoints that vanish.
import { describe, expect, test } from 'vitest';
import { checkpointsKey, counterKey, jobKey, resultKey, savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import type { CompletedCheckpoint, ResultRecord, SavepointRecord } from '../../../src/core/protocol/ha-records.ts';
import {
  encodeCheckpoints,
  encodeCounter,
  encodeJob,
  encodeResult,
  encodeSavepoint,
} from '../../../src/core/protocol/records-codec.ts';
import type { SavepointStatus } from '../../../src/core/protocol/states.ts';
import { savepointOracle } from '../../../src/sim/oracles/savepoint.ts';
import { ENDED, SUBMITTED } from '../../core/jobmanager/sample-job.ts';
import { History } from './history.ts';
import {
  contextOf,
  counting,
  JOB,
  putMetadata,
  putSnapshots,
  snapshotName,
  subtasksOf,
  writePointers,
  type CheckpointPlan,
} from './small-job.ts';

const context = contextOf(counting);
const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions: [1, 1] };
const snapshot = snapshotName(plan, 1, 1);
const KEY = savepointKey(JOB, 's-1');
const ids = { jobId: JOB, savepointId: 's-1' };

/** A completed checkpoint, as a client wants it. */
function completed(): { history: History; pointer: CompletedCheckpoint } {
  const history = new History(savepointOracle(context));
  history.lead('jm-1', 1);
  history.send('client', 'jm-1', 'trigger-savepoint', ids);
  const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
  writePointers(history, 1, [pointer]);
  return { history, pointer };
}

function store(history: History, { metadata }: CompletedCheckpoint, changed: Partial<SavepointRecord> = {}): void {
  const record = {
    kind: 'savepoint' as const,
    ...ids,
    checkpointId: 1,
    metadata,
    completedAt: 7,
    disposed: false,
    ...changed,
  };
  history.writeHa('jm-1', KEY, encodeSavepoint(record), 1);
}

function tell(history: History, status: SavepointStatus, pointer: CompletedCheckpoint | null, epoch = 1): void {
  const metadata = pointer?.metadata ?? null;
  history.send('jm-1', 'client', 'savepoint-status', { ...ids, epoch, status, metadata });
}

/** The request for it comes to a leader. */
function askAgain(history: History): void {
  history.deliver('client', 'jm-1', 'trigger-savepoint', ids);
}

/** Another job starts from the savepoint. */
function follow(history: History, { metadata }: CompletedCheckpoint, claimMode: 'CLAIM' | 'NO_CLAIM'): void {
  const restore = { ...ids, allowNonRestoredState: false, claimMode, checkpointId: 1, metadata };
  const { graph } = context;
  const record = {
    jobId: 'job-2',
    submitted: SUBMITTED,
    graph,
    artifact: 'a',
    wanted: { kind: 'RUNNING' },
    parallelism: [],
    restore,
  } as const;
  history.writeHa('jm-1', jobKey('job-2'), encodeJob(record), 1);
}

const askDisposal = (history: History): void => history.send('client', 'jm-1', 'dispose-savepoint', ids);

describe('a savepoint that a job starts from', () => {
  const dispose = (claimMode: 'CLAIM' | 'NO_CLAIM', hasCheckpoint: boolean): readonly string[] => {
    const { history, pointer } = completed();
    store(history, pointer);
    follow(history, pointer, claimMode);
    const own = { ...pointer, checkpointId: 2 };
    if (hasCheckpoint) history.writeHa('jm-1', checkpointsKey('job-2'), encodeCheckpoints({ completed: [own] }), 1);
    store(history, pointer, { disposed: true });
    return history.sentences;
  };

  test('passes: claimed, and disposed behind the first checkpoint', () => {
    expect(dispose('CLAIM', true)).toEqual([]);
  });

  test('passes: claimed, and disposed behind the result, when its own checkpoints are gone', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    follow(history, pointer, 'CLAIM');
    const result = { jobId: 'job-2', ...ENDED, status: 'FINISHED', reason: null, clean: false } as const;
    history.writeHa('jm-1', resultKey('job-2'), encodeResult(result), 1);
    store(history, pointer, { disposed: true });
    expect(history.sentences).toEqual([]);
  });

  test('claimed, and disposed before', () => {
    expect(dispose('CLAIM', false)[0]).toContain('savepoint s-1 is disposed, and job-2 has nothing else to start from');
  });

  test('not claimed, and disposed', () => {
    expect(dispose('NO_CLAIM', true)[0]).toContain('savepoint s-1 is disposed, and no client asked for that');
  });
});

test('passes: asked for, completed, durable, told, disposed, deleted', () => {
  const { history, pointer } = completed();
  tell(history, 'IN_PROGRESS', null);
  store(history, pointer);
  tell(history, 'COMPLETED', pointer);
  writePointers(history, 1, []);
  askDisposal(history);
  store(history, pointer, { disposed: true });
  tell(history, 'UNKNOWN', null);
  history.delete('jm-1', snapshot);
  history.writeHa('jm-1', KEY, null, 1);
  expect(history.finish()).toEqual([]);
});

test('passes: a leader that was deposed does not know of the next one', () => {
  const { history, pointer } = completed();
  store(history, pointer);
  history.lead('jm-2', 2);
  tell(history, 'UNKNOWN', null, 1);
  expect(history.rules).toEqual([]);
});

describe('a promise is a violation', () => {
  test('before it is durable', () => {
    const { history, pointer } = completed();
    tell(history, 'COMPLETED', pointer);
    expect(history.rules).toEqual(['told-before-durable']);
  });

  test('behind the disposal', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    askDisposal(history);
    store(history, pointer, { disposed: true });
    tell(history, 'COMPLETED', pointer);
    expect(history.rules).toEqual(['told-behind-disposal']);
  });

  test('of other metadata', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    tell(history, 'COMPLETED', { ...pointer, metadata: { ...pointer.metadata, name: 'other' } });
    expect(history.rules).toEqual(['told-of-another']);
  });

  test('that is denied', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    tell(history, 'UNKNOWN', null);
    expect(history.rules).toEqual(['denied']);
  });
});

describe('a record is a violation', () => {
  test('that nobody asked for', () => {
    const { history, pointer } = completed();
    const key = savepointKey(JOB, 's-2');
    const record = {
      kind: 'savepoint' as const,
      jobId: JOB,
      savepointId: 's-2',
      checkpointId: 1,
      completedAt: 7,
      disposed: false,
    };
    history.writeHa('jm-1', key, encodeSavepoint({ ...record, metadata: pointer.metadata }), 1);
    expect(history.rules).toEqual(['unasked']);
  });

  test('of a checkpoint that was never completed', () => {
    const { history, pointer } = completed();
    store(history, pointer, { checkpointId: 2 });
    expect(history.rules).toEqual(['no-checkpoint', 'damaged']);
  });

  test('that nobody can read', () => {
    const { history } = completed();
    history.writeHa('jm-1', KEY, new Uint8Array([1, 2]), 1);
    expect(history.rules).toEqual(['record-unreadable']);
  });

  test('that names what is not there', () => {
    const { history, pointer } = completed();
    history.blobs.delete(snapshot);
    store(history, pointer);
    expect(history.rules).toEqual(['damaged']);
  });

  test('that goes without a disposal, or comes back behind one', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    history.writeHa('jm-1', KEY, null, 1);
    askDisposal(history);
    store(history, pointer, { disposed: true });
    store(history, pointer);
    expect(history.rules).toEqual(['lost', 'came-back']);
  });

  test('that comes back behind two disposals, and was asked for again behind the first alone', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    askDisposal(history);
    store(history, pointer, { disposed: true });
    askAgain(history);
    store(history, pointer);
    expect(history.rules).toEqual([]);
    store(history, pointer, { disposed: true });
    store(history, pointer);
    expect(history.rules).toEqual(['came-back']);
  });

  test('that comes back, and was asked for again before its disposal', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    askDisposal(history);
    askAgain(history);
    store(history, pointer, { disposed: true });
    store(history, pointer);
    expect(history.rules).toEqual(['came-back']);
  });

  test('that is disposed, and no client asked', () => {
    const { history, pointer } = completed();
    store(history, pointer);
    store(history, pointer, { disposed: true });
    expect(history.rules).toEqual(['disposed-unasked']);
  });
});

test('fails: a file that a savepoint needs is deleted, and in the end it is not there', () => {
  const { history, pointer } = completed();
  store(history, pointer);
  writePointers(history, 1, []);
  history.delete('jm-1', snapshot);
  history.finish();
  expect(history.rules).toEqual(['needed-deleted', 'damaged']);
});

describe('the checkpoint that is kept of a job', () => {
  const keeping = { ...context, options: { ...context.options, externalizedCheckpointRetention: 2 } };
  const failing = { ...context, options: { ...context.options, externalizedCheckpointRetention: 1 } };
  const KEPT = 'chk-1-e1';

  function ended(given: typeof context = keeping): { history: History; pointer: CompletedCheckpoint } {
    const history = new History(savepointOracle(given));
    history.lead('jm-1', 1);
    const pointer = putMetadata(history, given, plan, subtasksOf(plan, putSnapshots(history, given, plan)));
    writePointers(history, 1, [pointer]);
    return { history, pointer };
  }

  function end(history: History, pointer: CompletedCheckpoint | null, changed: Partial<ResultRecord> = {}): void {
    const retained = pointer === null ? null : { checkpointId: 1, metadata: pointer.metadata };
    const result = { jobId: JOB, ...ENDED, status: 'CANCELED' as const, reason: null, retained, clean: false };
    history.writeHa('jm-1', resultKey(JOB), encodeResult({ ...result, ...changed }), 1);
  }

  function keep(history: History, { metadata }: CompletedCheckpoint): void {
    const ofRecord = { kind: 'checkpoint' as const, jobId: JOB, savepointId: KEPT, checkpointId: 1 };
    const record = { ...ofRecord, metadata, completedAt: 7, disposed: false };
    history.writeHa('jm-1', savepointKey(JOB, KEPT), encodeSavepoint(record), 1);
  }

  test('is there when the job is cleaned up, as its result says', () => {
    const { history, pointer } = ended();
    end(history, pointer);
    keep(history, pointer);
    end(history, pointer, { clean: true });
    expect(history.finish()).toEqual([]);
  });

  test.each<[string, string, (history: History, pointer: CompletedCheckpoint) => void]>([
    ['is kept, and no result says so', 'retained-unpromised', (history, pointer) => keep(history, pointer)],
    ['is not kept, and was to be', 'another-retained', (history) => end(history, null)],
    ['is kept of a job that finished', 'another-retained', (history, of) => end(history, of, { status: 'FINISHED' })],
    [
      'is not there when the job is cleaned up',
      'not-kept',
      (history, pointer) => {
        end(history, pointer);
        end(history, pointer, { clean: true });
      },
    ],
  ])('%s: a violation', (_, rule, happens) => {
    const { history, pointer } = ended();
    happens(history, pointer);
    expect(history.rules).toEqual([rule]);
  });

  test('is not kept of a cancelled job, where only those that fail keep one', () => {
    const { history, pointer } = ended(failing);
    end(history, pointer);
    expect(history.rules).toEqual(['another-retained']);
  });
});

describe('a checkpoint that a client asked for', () => {
  const about = { jobId: JOB, triggerId: 't-1' } as const;
  const tellTaken = (history: History, checkpointId: number | null, triggerId = 't-1', epoch = 1): void =>
    history.send('jm-1', 'client', 'checkpoint-status', {
      ...about,
      triggerId,
      epoch,
      status: checkpointId === null ? 'UNKNOWN' : 'COMPLETED',
      checkpointId,
    });
  const count = (history: History, lastCheckpointId: number): void =>
    history.writeHa('jm-1', counterKey(JOB), encodeCounter({ lastCheckpointId }), 1);
  /** Asked for, then begun and completed as checkpoint 1. */
  function taken(): History {
    const history = new History(savepointOracle(context));
    history.lead('jm-1', 1);
    history.send('client', 'jm-1', 'take-checkpoint', about);
    count(history, 1);
    writePointers(history, 1, [
      putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan))),
    ]);
    return history;
  }
  const rulesOf = (history: History): readonly string[] => history.finish().map(({ rule }) => rule);

  test('may be told when it is durable, as often as anybody asks, and by another leader as another one', () => {
    const history = taken();
    tellTaken(history, 1);
    tellTaken(history, 1);
    tellTaken(history, null, 't-2');
    expect(rulesOf(history)).toEqual([]);
  });

  test('is not told before it is durable', () => {
    const history = new History(savepointOracle(context));
    history.lead('jm-1', 1);
    history.send('client', 'jm-1', 'take-checkpoint', about);
    tellTaken(history, 1);
    expect(rulesOf(history)).toEqual(['taken-before-durable']);
  });

  test('was begun behind the request', () => {
    const history = taken();
    history.send('client', 'jm-1', 'take-checkpoint', { ...about, triggerId: 't-2' });
    tellTaken(history, 1, 't-2');
    tellTaken(history, 1, 't-3');
    expect(rulesOf(history)).toEqual(['taken-unasked', 'taken-unasked', 'taken-twice']);
  });

  test('is one of one trigger', () => {
    const history = new History(savepointOracle(context));
    history.lead('jm-1', 1);
    for (const triggerId of ['t-1', 't-2']) history.send('client', 'jm-1', 'take-checkpoint', { ...about, triggerId });
    count(history, 1);
    writePointers(history, 1, [
      putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan))),
    ]);
    tellTaken(history, 1);
    tellTaken(history, 1, 't-2');
    expect(rulesOf(history)).toEqual(['taken-twice']);
  });
});
