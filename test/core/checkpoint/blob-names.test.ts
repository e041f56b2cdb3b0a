// Names of blobs: what one was made of is read from it again, and nothing else is taken for one.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { blobPrefix, metadataName, parseBlobName, snapshotName } from '../../../src/core/checkpoint/blob-names.ts';

const jobId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const id = fc.nat({ max: 999_999_999_999_999 });

test('a name of metadata is read as it was made', () => {
  fc.assert(
    fc.property(jobId, id, id, (job, checkpointId, epoch) => {
      const name = metadataName(job, checkpointId, epoch);
      expect(name.startsWith(blobPrefix(job))).toBe(true);
      expect(parseBlobName(name)).toEqual({ kind: 'metadata', jobId: job, checkpointId, epoch });
    }),
  );
});

test('a name of a snapshot is read as it was made', () => {
  const anyAttempt = fc.record({ jobId, vertex: id, subtask: id, attempt: id });
  fc.assert(
    fc.property(anyAttempt, id, id, (attempt, checkpointId, epoch) => {
      const name = snapshotName(attempt, checkpointId, epoch);
      expect(name.startsWith(blobPrefix(attempt.jobId))).toBe(true);
      expect(parseBlobName(name)).toEqual({ kind: 'snapshot', ...attempt, checkpointId, epoch });
    }),
  );
});

test('names are as README.md of the folder shows them', () => {
  expect(metadataName('words', 7, 2)).toBe('words/chk-7/metadata-e2');
  expect(snapshotName({ jobId: 'words', vertex: 1, subtask: 0, attempt: 3 }, 7, 2)).toBe('words/chk-7/1-0-e2-a3');
});

test.each([
  ['', 'nothing'],
  ['words', 'a job alone'],
  ['words/chk-7', 'a folder'],
  ['words/chk-7/', 'an empty name in a folder'],
  ['words/chk-7/metadata', 'no epoch'],
  ['words/chk-7/metadata-e2-a1', 'metadata of an attempt'],
  ['words/chk-7/1-0-e2', 'no attempt'],
  ['words/chk-7/1-0-e2-a3.part', 'something behind it'],
  ['words/chk-07/metadata-e2', 'a leading zero'],
  ['words/chk-7/1-0-e2-a03', 'another one'],
  ['words/chk--7/metadata-e2', 'a negative id'],
  ['words/chk-1e3/metadata-e2', 'no decimal digits'],
  ['words/chk-9999999999999999/metadata-e2', 'more digits than a number holds'],
  ['/chk-7/metadata-e2', 'no job'],
  ['a/words/chk-7/metadata-e2', 'a job with a slash'],
  ['words/out/0/chk-0/e1-a1', 'a transaction'],
  ['words/chk-7/metadata-e2\n', 'a line behind it'],
])('%j is none: %s', (name) => {
  expect(parseBlobName(name)).toBeNull();
});
