// What is told of what a run left behind: nothing is called nothing that is there.
import { expect, test } from 'vitest';
import { describeLeftovers, hasLeftovers, whatRan } from '../../../src/cli/real/report.ts';

const runWith = (checkpoints: readonly string[], output: readonly string[] = []) => ({
  leftovers: { checkpoints, output },
});

test('what one run left over is named, up to four files; of many it is counted', () => {
  const half = ['storage/.temporary/a', 'storage/.temporary/b'];
  expect(describeLeftovers([runWith(half)])).toBe(
    '2 files of checkpoints, 0 files of output that was never committed: storage/.temporary/a, storage/.temporary/b',
  );
  const more = ['a', 'b', 'c', 'd', 'e'];
  expect(describeLeftovers([runWith([], more)])).toMatch(/: a, b, c, d, and 1 more$/);
  expect(describeLeftovers([runWith(half), runWith([], ['x'])])).toBe(
    '2 files of checkpoints, 1 file of output that was never committed',
  );
});

test('what ran: options that hold and that do not, and topics that nobody reads', () => {
  const options = { set: { batchSizeRecords: 8 }, left: {} };
  expect(whatRan({ options, unread: [] })).toEqual([['options', 'batchSizeRecords=8']]);
  expect(whatRan({ options, unread: ['spare'] })).toContainEqual(['input', 'topic "spare" is read by no source']);
});

test('nothing is nothing', () => {
  const runs = [runWith([]), runWith([])];
  expect(describeLeftovers(runs)).toMatch(/^nothing/);
  expect([...runs, runWith([], ['x'])].map(hasLeftovers)).toEqual([false, false, true]);
});
