// Doing something again: how long to wait, what is due, and what goes on for ever in it.
import { expect, test } from 'vitest';
import { NEVER } from '../../../src/core/base/machine.ts';
import { createRequests, nextDeadlineAt, openRequest, overdueRequests } from '../../../src/core/base/requests.ts';
import {
  backoffMs,
  callDueAt,
  closeCall,
  createCall,
  createRetries,
  retryLater,
  shiftCall,
  shiftRetries,
  takeDueRetries,
} from '../../../src/core/base/retry.ts';
import { takenOff } from './shifts.ts';

test.each([
  ['fixed', { initialMs: 100, multiplier: 1, maxMs: 100 }, [100, 100, 100, 100]],
  ['exponential', { initialMs: 100, multiplier: 2, maxMs: 500 }, [100, 200, 400, 500]],
  ['never more than its bound', { initialMs: 900, multiplier: 2, maxMs: 500 }, [500, 500, 500, 500]],
])('the back-off is %s', (_, backoff, expected) => {
  expect([1, 2, 3, 4].map((failures) => backoffMs(backoff, failures))).toEqual(expected);
});

test('a call is due at any time, not while it is in flight, and not before its retry', () => {
  const call = createCall();
  expect(callDueAt(call)).toBe(0);
  call.request = 7;
  expect(callDueAt(call)).toBe(NEVER);
  expect(closeCall(call, { request: 6 })).toBe(false);
  expect(closeCall(call, { request: 7 })).toBe(true);
  call.retryAt = 150;
  expect(callDueAt(call)).toBe(150);
  shiftCall(call, takenOff(100));
  expect(call).toEqual({ request: 0, retryAt: 50 });
  shiftCall(call, takenOff(100));
  expect(call).toEqual({ request: 0, retryAt: 0 });
});

test('retries come out when they are due, in the order in which they came', () => {
  const retries = createRetries<string>();
  retryLater(retries, 'late', 300);
  retryLater(retries, 'b', 100);
  retryLater(retries, 'a', 50);
  expect([retries.nextAt, takeDueRetries(retries, 49)]).toEqual([50, []]);
  shiftRetries(retries, takenOff(10));
  expect([retries.nextAt, takeDueRetries(retries, 90)]).toEqual([40, ['b', 'a']]);
  expect([retries.nextAt, takeDueRetries(retries, 290), retries.nextAt]).toEqual([290, ['late'], NEVER]);
});

test('requests expire in the order in which they were sent', () => {
  const requests = createRequests<{ readonly deadlineAt: number }>();
  expect([nextDeadlineAt(requests), overdueRequests(requests, NEVER)]).toEqual([NEVER, []]);
  for (const deadlineAt of [100, 100, 200]) openRequest(requests, { deadlineAt });
  expect([nextDeadlineAt(requests), overdueRequests(requests, 99), overdueRequests(requests, 100)]).toEqual([
    100,
    [],
    [1, 2],
  ]);
});
