// The state of a TaskManager is data: a copy taken before any step comes to the same by it, and nothing that left the machine ever changes.
import { expect, test } from 'vitest';
import { deepFreeze } from '../../../src/core/base/state.ts';
import { Lab, restoreFrom } from './fixture.ts';
import { rows, windowCount } from './jobs.ts';

test('a copy taken before any step has the same future', () => {
  const lab = new Lab({
    job: windowCount({ splits: 2, sources: 2, counters: 2 }),
    topics: { rows: [rows('a@1 b@120 c@30 a@140'), rows('d@90 a@110 b@220')].map(deepFreeze) },
    options: { batchSizeRecords: 1, creditsPerChannel: 1, snapshotKeyGroupsPerStep: 32, timersPerStep: 1 },
  });
  lab.rehearsing = true;
  lab.register();
  lab.deployAll();
  lab.checkpoint(1);
  lab.pass(300);
  const acks = lab.checkpoint(2);
  expect(acks.length).toBe(4);
  lab.deployAll(2, restoreFrom(acks));
  lab.pass(300);
  lab.checkpoint(3);
  lab.complete(3, true);
  lab.run();
  expect(lab.committed().map(String).sort()).toEqual(['a@0=1', 'a@100=2', 'b@100=1', 'b@200=1', 'c@0=1', 'd@0=1']);
  expect(lab.rehearsed).toBeGreaterThan(100);
});
