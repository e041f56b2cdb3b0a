// What is left in the folders of a run: parts by their jobs, and files that nobody needs.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createScratch,
  findLeftovers,
  partsOfJob,
  readBlob,
  readCommitted,
  type Scratch,
} from '../../../src/cli/real/scratch.ts';

let scratch: Scratch;
beforeEach(() => {
  scratch = createScratch();
});
afterEach(() => rmSync(scratch.root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

test('parts are those of their jobs, in all sinks; other files are none', async () => {
  put(join(scratch.sinks, 'a', 'part-job-1-0-0'), '1\n2\n');
  put(join(scratch.sinks, 'a', 'part-job-2-0-0'), '3\n');
  put(join(scratch.sinks, 'b', 'part-job-1-1-12'), '4\n');
  put(join(scratch.sinks, 'b', 'part-job-1-1-12.tmp'), '5\n');
  put(join(scratch.sinks, 'b', 'part-%-1-1'), '6\n');
  const sinks = ['a', 'b', 'none'];
  expect(partsOfJob(scratch, sinks, 'job-1')).toEqual(new Set(['a/part-job-1-0-0', 'b/part-job-1-1-12']));
  expect(partsOfJob(scratch, sinks, 'job')).toEqual(new Set());
  expect(await readCommitted(scratch, sinks)).toEqual([
    { sink: 'a', name: 'part-job-1-0-0', jobId: 'job-1', records: [1, 2] },
    { sink: 'a', name: 'part-job-2-0-0', jobId: 'job-2', records: [3] },
    { sink: 'b', name: 'part-job-1-1-12', jobId: 'job-1', records: [4] },
  ]);
});

test('files that savepoints need are no leftovers, nor are artifacts; all others are', () => {
  put(join(scratch.storage, 'artifacts', `${'0a'.repeat(32)}.mjs`), '');
  for (const name of ['job-1/chk-1/metadata-e1', 'job-1/chk-2/metadata-e1']) put(join(scratch.storage, name), 'x');
  const open = 'a/.writers/job-1%2Fa%2F0/transactions/chk-1-e1-a1.open';
  put(join(scratch.sinks, open), '');
  expect(findLeftovers(scratch, ['a'], new Set(['job-1/chk-1/metadata-e1']))).toEqual({
    checkpoints: ['storage/job-1/chk-2/metadata-e1'],
    output: [`sinks/${open}`],
  });
  expect(readBlob(scratch, 'job-1/chk-1/metadata-e1')).toEqual(Buffer.from('x'));
  expect(readBlob(scratch, 'job-1/chk-3/metadata-e1')).toBe(null);
});

test('the secret of a cluster in etcd lies beside its checkpoints, and is no leftover; other hidden files are', () => {
  const inEtcd = { ...scratch, ha: 'etcd://127.0.0.1:2379/runs' };
  put(join(scratch.storage, '.secret'), 'x');
  expect(findLeftovers(inEtcd, [], new Set())).toEqual({ checkpoints: [], output: [] });
  put(join(scratch.storage, '.temporary', '.secret'), 'x');
  expect(findLeftovers(inEtcd, [], new Set()).checkpoints).toEqual(['storage/.temporary/.secret']);
});

test('the history of a run is kept, that of a life is not', () => {
  expect(readdirSync(scratch.ha)).toEqual(['keep-history']);
  const life = createScratch(null, false);
  expect(readdirSync(life.ha)).toEqual([]);
  rmSync(life.root, { recursive: true });
});
