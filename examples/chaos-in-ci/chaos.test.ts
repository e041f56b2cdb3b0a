// Both jobs under crashes, as properties: each fails, is shrunk to what it needs, and says how to make that run again.
import * as fc from 'fast-check';
import { chaos } from 'millrace/testing';
import { test } from 'vitest';
import { scenario as balances } from './balances.ts';
import { scenario as receipts } from './receipts.ts';

test('no payment is lost or doubled', async () => {
  await fc.assert(chaos(balances, { faults: ['tm-crash'] }), { numRuns: 50 });
});

test('each sale has its receipt', async () => {
  await fc.assert(chaos(receipts, { faults: ['tm-crash'] }), { numRuns: 50 });
});
