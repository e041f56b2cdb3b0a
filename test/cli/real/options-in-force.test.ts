// Which options of a scenario hold on real processes, and how the verdict tells of those that do not.
import { expect, test } from 'vitest';
import { describeOptionsInForce, optionsInForce } from '../../../src/cli/real/options-in-force.ts';

test('options of the scenario hold, times below the defaults do not; real.options and --set go before them', () => {
  const options = { batchSizeRecords: 8, heartbeatTimeoutMs: 800, checkpointTimeoutMs: 9_000, leaseMs: 600 };
  const real = { options: { batchSizeRecords: 4, leaseMs: 700 } };
  expect(optionsInForce({ options }, {})).toEqual({
    set: { batchSizeRecords: 8, checkpointTimeoutMs: 9_000 },
    left: { heartbeatTimeoutMs: 800, leaseMs: 600 },
  });
  expect(optionsInForce({ options, real }, { heartbeatTimeoutMs: 900 })).toEqual({
    set: { batchSizeRecords: 4, checkpointTimeoutMs: 9_000, heartbeatTimeoutMs: 900, leaseMs: 700 },
    left: {},
  });
});

test.each([
  [{ set: {}, left: {} }, 'all at their defaults'],
  [{ set: { batchSizeRecords: 8 }, left: {} }, 'batchSizeRecords=8'],
  [
    { set: {}, left: { leaseMs: 600 } },
    'all at their defaults; not in force: leaseMs=600: times below the defaults are for simulated time (real: { options } sets them here)',
  ],
  [{ set: {}, left: { a: 1, b: 2, c: 3, d: 4, e: 5 } }, /not in force: a=1, b=2, c=3 and 2 more: /],
])('%j', (inForce, line) => {
  expect(describeOptionsInForce(inForce)).toMatch(line);
});
