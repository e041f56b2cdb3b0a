// The two bugs of examples/chaos-in-ci are found by the properties that its own test has.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenario as balances } from '../../examples/chaos-in-ci/balances.ts';
import { scenario as receipts } from '../../examples/chaos-in-ci/receipts.ts';
import { chaos } from '../../src/testing/millrace-testing.ts';

test('a sink that commits at the barrier', async () => {
  const details = await fc.check(chaos(balances, { faults: ['tm-crash'] }), {
    numRuns: 50,
    seed: 7,
    endOnFailure: true,
  });
  expect(String(details.errorInstance)).toContain('O-exact');
});

test('an operator that remembers in its module', async () => {
  const details = await fc.check(chaos(receipts, { faults: ['tm-crash'] }), {
    numRuns: 50,
    seed: 7,
    endOnFailure: true,
  });
  expect(details.failed).toBe(true);
});
