import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkCheckpoints, type AskRest } from '../../../src/cli/doctor/checkpoints.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();

const jobs = [
  { id: 'counts', status: 'RUNNING' },
  { id: 'old', status: 'CANCELED' },
];

/** @param latest ids that are told one after the other */
function answering(...latest: readonly number[]): AskRest {
  const left = [...latest];
  return async (path) => {
    if (path === '/jobs') return { jobs };
    const id = left.length > 1 ? left.shift() : left[0];
    const completed = id === undefined ? null : { id, external_path: `counts/chk-${id}/metadata-e1` };
    return { latest: { completed } };
  };
}

function keep(id: number): void {
  mkdirSync(folder.path(`counts/chk-${id}`), { recursive: true });
  writeFileSync(folder.path(`counts/chk-${id}/metadata-e1`), 'x');
}

test('the latest checkpoint of a job that is not over, and is not in the storage, is told with its file', async () => {
  const found = await checkCheckpoints(folder.path(), answering(3));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ status: 'fail', about: 'checkpoints' });
  expect(found[0]?.says).toContain('job counts is RUNNING, and its latest checkpoint 3 is not there');
  expect(found[0]?.says).toContain('counts/chk-3/metadata-e1');
});

test('nothing is told of one that is there, of a job without one, of jobs that are over, or when nobody answers', async () => {
  keep(3);
  expect(await checkCheckpoints(folder.path(), answering(3))).toEqual([]);
  expect(await checkCheckpoints(folder.path(), answering())).toEqual([]);
  expect(await checkCheckpoints(folder.path(), async () => null)).toEqual([]);
});

test('one that gave way to the next while it was looked for is not lost', async () => {
  keep(4);
  expect(await checkCheckpoints(folder.path(), answering(3, 4))).toEqual([]);
});
