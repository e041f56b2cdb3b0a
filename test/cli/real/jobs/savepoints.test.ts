// Savepoints that are left: their files are no leftovers, and must be there, whole.
import { expect, test } from 'vitest';
import { filesOfSavepoints, type ReadBlob } from '../../../../src/cli/real/jobs/savepoints.ts';
import { savepointsLeft } from '../../../../src/cli/real/jobs/lives.ts';
import { savepointKey } from '../../../../src/core/protocol/ha-keys.ts';
import { Left } from './remains.ts';

const left = new Left();
const metadata = left.metadata('job-1', 1, 3);
const { metadata: blobs } = left.remains();
/** The snapshot of the metadata has one byte, of any checksum. */
const stored: ReadBlob = (name) => blobs.get(name) ?? null;

test('a savepoint that was disposed, or is gone, is none; the last word counts', () => {
  const { history } = new Left()
    .save('job-1', 'a', metadata)
    .save('job-1', 'b', metadata)
    .save('job-1', 'b', metadata, true)
    .remains();
  expect(savepointsLeft(history).map(({ savepointId }) => savepointId)).toEqual(['a']);
  expect(savepointsLeft([...history, { key: savepointKey('job-1', 'a'), value: null }])).toEqual([]);
});

test('what it needs is named, and what of that is missing', () => {
  const savepoints = savepointsLeft(new Left().save('job-1', 'a', metadata).remains().history);
  const { names, damage } = filesOfSavepoints(savepoints, stored);
  expect([...names]).toEqual(['job-1/chk-1/metadata-e1', 'snapshot']);
  expect(damage).toBe('savepoint a of job-1 cannot be restored: snapshot is missing');
  expect(filesOfSavepoints(savepoints, () => null).damage).toBe(
    'savepoint a of job-1 cannot be restored: job-1/chk-1/metadata-e1 is missing',
  );
  expect(filesOfSavepoints([], stored)).toEqual({ names: new Set(), damage: null });
});

test('a file that is another one than was promised', () => {
  const savepoints = savepointsLeft(new Left().save('job-1', 'a', metadata).remains().history);
  const other = new Left();
  other.metadata('job-1', 1, 4);
  const read: ReadBlob = (name) => other.remains().metadata.get(name) ?? null;
  expect(filesOfSavepoints(savepoints, read).damage).toContain('job-1/chk-1/metadata-e1 has another checksum');
});
