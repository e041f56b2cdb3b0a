// A property test of a user: fast-check is the user's own.
import * as fc from 'fast-check';
import { decisionsOf, runArbitrary } from 'millrace/testing';
import { expect, test } from 'vitest';
import { runLock } from './lock.ts';

test('everybody is granted the lock, whatever the network does', () => {
  const runs = runArbitrary((decisions) => void runLock(decisions));
  fc.assert(
    fc.property(runs, (run) => {
      expect(runLock(decisionsOf(run)).granted).toBe(2);
    }),
    { numRuns: 50 },
  );
});
