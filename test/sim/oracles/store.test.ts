// O-store: pointers without data, and data that goes while a pointer needs it.
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../../src/core/base/blob.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import { checkpointsKey, jobKey, resultKey, savepointKey } from '../../../src/core/protocol/ha-keys.ts';
import type { SnapshotHandle } from '../../../src/core/protocol/messages.ts';
import { encodeResult, encodeSavepoint } from '../../../src/core/protocol/records-codec.ts';
import { storeOracle } from '../../../src/sim/oracles/store.ts';
import { History } from './history.ts';
import {
  acknowledgement,
  contextOf,
  counting,
  JOB,
  notifyAll,
  putMetadata,
  putSnapshots,
  snapshotName,
  subtasksOf,
  writePointers,
  type CheckpointPlan,
} from './small-job.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

const context = contextOf(counting);
const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions: [1, 1] };
const snapshot = snapshotName(plan, 1, 1);
const metadata = `${JOB}/chk-1/metadata-e1`;

/** A checkpoint of which everything is stored, and then what happens before its pointer is written. */
function stored(before: (history: History) => void = () => undefined): History {
  const history = new History(storeOracle(context));
  const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
  before(history);
  writePointers(history, 1, [pointer]);
  return history;
}

function finishJob(history: History, clean: boolean): void {
  history.writeHa(
    'jm-1',
    resultKey(JOB),
    encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean }),
    1,
  );
}

test('passes: everything there, deleted once no pointer needs it, nothing left in the end', () => {
  const history = stored();
  history.put('tm-1', snapshot, history.blobs.get(snapshot) as Uint8Array);
  writePointers(history, 1, []);
  for (const name of history.blobs.keys()) history.delete('jm-1', name);
  finishJob(history, false);
  history.put('tm-1', `${JOB}/chk-1/landed-late`, new Uint8Array(3));
  finishJob(history, true);
  expect(history.finish()).toEqual([]);
});

test.each<[string, (history: History) => void, string]>([
  ['the metadata is missing', (history) => history.delete('jm-1', metadata), `${metadata} is missing`],
  ['a snapshot is missing', (history) => history.delete('jm-1', snapshot), `${snapshot} is missing`],
  ['a snapshot is torn', (history) => void history.blobs.set(snapshot, new Uint8Array(7)), `${snapshot} has 7 bytes`],
  [
    'a snapshot is damaged',
    (history) =>
      void history.blobs.set(
        snapshot,
        (history.blobs.get(snapshot) as Uint8Array).map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
      ),
    `${snapshot} has another checksum than its handle`,
  ],
])('fails when the pointer is written: %s', (_, before, evidence) => {
  expect(stored(before).sentences[0]).toContain(evidence);
});

test('fails: pointers that nobody can read', () => {
  const history = stored();
  history.writeHa('jm-1', checkpointsKey(JOB), new Uint8Array([1, 2, 3]), 1);
  expect(history.sentences[0]).toContain('the pointers of job-1 cannot be read');
});

describe('what clients are told', () => {
  const accept = (history: History): void => history.send('jm-1', 'client-1', 'job-accepted', { epoch: 1, jobId: JOB });
  const tell = (history: History, status: 'RUNNING' | 'FINISHED'): void =>
    history.send('jm-1', 'client-1', 'job-status', {
      epoch: 1,
      jobId: JOB,
      status,
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });

  test('passes: the job and its end are durable first', () => {
    const history = new History(storeOracle(context));
    history.writeHa('jm-1', jobKey(JOB), new Uint8Array(3), 1);
    accept(history);
    tell(history, 'RUNNING');
    finishJob(history, false);
    tell(history, 'FINISHED');
    expect(history.finish()).toEqual([]);
  });

  test('fails: accepted, or over, before that is durable', () => {
    const history = new History(storeOracle(context));
    accept(history);
    history.writeHa('jm-1', jobKey(JOB), new Uint8Array(3), 1);
    tell(history, 'FINISHED');
    expect(history.sentences).toEqual([
      'jm-1 accepted job job-1 before it was durable | told client-1',
      'jm-1 said that job job-1 is FINISHED before its result was durable | told client-1',
    ]);
  });
});

test.each([[snapshot], [metadata]])('fails: %s is deleted while its checkpoint is retained', (name) => {
  const history = stored();
  history.delete('jm-1', name);
  expect(history.sentences).toEqual([`a file was deleted that the retained checkpoint 1 needs | ${name}`]);
});

test('fails: a name is used again for other bytes, even after a deletion', () => {
  const history = stored((before) => before.put('tm-1', 'other', sealBlob('blob', 1, 'mill')));
  history.delete('tm-1', 'other');
  history.put('tm-2', 'other', sealBlob('blob', 1, 'mill'));
  expect(history.sentences).toEqual([]);
  history.put('tm-2', 'other', sealBlob('blob', 1, 'race'));
  expect(history.sentences).toEqual(['a name in storage was used again for other bytes | other']);
});

test('fails: a snapshot is acknowledged before it is stored, or with another handle; that it was deleted since is well', () => {
  const history = new History(storeOracle(context));
  const blob = sealBlob('blob', 1, 'mill');
  const handle = handleOf(snapshot, blob);
  const say = (changes: Partial<SnapshotHandle> = {}): void =>
    history.send('tm-2', 'jm-1', 'acknowledge-checkpoint', acknowledgement(plan, 1, 1, { ...handle, ...changes }));
  const sentence = `1/1#1 acknowledged checkpoint 1 before its snapshot was stored | ${snapshot}`;
  say();
  expect(history.sentences).toEqual([sentence]);
  history.put('tm-2', snapshot, blob);
  history.delete('jm-1', snapshot);
  say();
  expect(history.sentences).toEqual([sentence]);
  say({ checksum: handle.checksum + 1 });
  expect(history.sentences).toEqual([sentence, sentence]);
});

describe('files that no pointer needs', () => {
  const orphan = `${JOB}/chk-1/0-0-e1-a1`;
  const retained: CheckpointPlan = { ...plan, id: 3 };
  const lost = { kind: 'failed', outcome: 'unknown', reason: { kind: 'timed-out' } } as const;

  /** A leader that retains checkpoint 3 alone, is shown these files, and asks for these deletions. */
  function listed(act: (history: History, list: (names: readonly string[]) => void) => void): readonly string[] {
    const history = new History(storeOracle(context));
    const handles = putSnapshots(history, context, retained);
    writePointers(history, 1, [putMetadata(history, context, retained, subtasksOf(retained, handles))]);
    notifyAll(history, retained);
    act(history, (names) => history.completed('jm-1', 9, { kind: 'listed', names }));
    return history.sentences;
  }

  test('fails: shown twice, and not deleted', () => {
    const sentences = listed((_, list) => {
      for (const names of [[orphan, 'others/file'], [orphan]]) list(names);
    });
    expect(sentences).toEqual([
      `jm-1 finds files in two listings that no pointer needs, and does not delete them | ${orphan}`,
    ]);
  });

  test('passes while a savepoint needs them, and fails once its leader knows of its disposal', () => {
    const metadata = { name: `${JOB}/chk-1/metadata-e1`, sizeBytes: 1, checksum: 1 };
    const record = {
      kind: 'savepoint' as const,
      jobId: JOB,
      savepointId: 's-1',
      checkpointId: 1,
      metadata,
      completedAt: 7,
      disposed: false,
    };
    const write = (history: History, disposed: boolean): void =>
      history.writeHa('jm-1', savepointKey(JOB, 's-1'), encodeSavepoint({ ...record, disposed }), 1);
    let before: readonly string[] = [];
    const sentences = listed((history, list) => {
      list([orphan]);
      write(history, false);
      for (const names of [[orphan], [orphan]]) list(names);
      write(history, true);
      for (const names of [[orphan], [orphan]]) list(names);
      before = [...history.sentences];
      const note = { kind: 'savepoint-disposed', jobId: JOB, epoch: 1, savepointId: 's-1' } as const;
      history.step('jm-1', [{ effect: 'note', note }]);
      for (const names of [[orphan], [orphan]]) list(names);
    });
    expect(before).toEqual([]);
    expect(sentences).toHaveLength(1);
  });

  test('fails: shown twice again, when the deletions of others are over', () => {
    const sentences = listed((history, list) => {
      history.request('jm-1', 10, { kind: 'storage-delete', name: 'others/file' });
      for (const names of [[orphan], [orphan]]) list(names);
      history.completed('jm-1', 10, { kind: 'deleted' });
      list([orphan]);
    });
    expect(sentences).toHaveLength(1);
  });

  test.each<[string, (history: History, list: (names: readonly string[]) => void) => void]>([
    [
      'while the leader waits for the answers of other deletions',
      (history, list) => {
        history.request('jm-1', 10, { kind: 'storage-delete', name: 'others/file' });
        for (const names of [[orphan], [orphan]]) list(names);
      },
    ],
    [
      'deleted before its leader told of a completion',
      (history, list) => {
        history.lead('jm-2', 2);
        history.request('jm-2', 10, { kind: 'storage-delete', name: orphan });
        notifyAll(history, retained, 'jm-2');
        for (const id of [11, 12]) history.completed('jm-2', id, { kind: 'listed', names: [orphan] });
        history.completed('jm-2', 10, lost);
        history.completed('jm-2', 13, { kind: 'listed', names: [orphan] });
        list([]);
      },
    ],
    [
      'deleted in vain',
      (history, list) => {
        list([orphan]);
        history.request('jm-1', 10, { kind: 'storage-delete', name: orphan });
        history.completed('jm-1', 10, lost);
        list([orphan]);
        list([orphan]);
      },
    ],
    [
      'needed, pending, or not ours',
      (_, list) => {
        const names = [snapshotName(retained, 0, 0), `${JOB}/chk-4/metadata-e1`, 'job-2/chk-1/a', `${JOB}/other`];
        list(names);
        list(names);
      },
    ],
    [
      'shown to the same leader, elected once more',
      (history, list) => {
        list([orphan]);
        history.lead('jm-1', 2);
        list([orphan]);
        notifyAll(history, retained);
        list([orphan]);
      },
    ],
    [
      'shown to another leader',
      (history, list) => {
        list([orphan]);
        notifyAll(history, retained, 'jm-2');
        list([orphan]);
      },
    ],
  ])('passes: %s', (_, act) => {
    expect(listed(act)).toEqual([]);
  });
});

test('fails: a job that is over and clean leaves files', () => {
  const history = stored();
  history.writeHa('jm-1', checkpointsKey(JOB), null, 1);
  finishJob(history, true);
  history.finish();
  expect(history.sentences[0]).toContain('5 of its files are left in storage');
});
