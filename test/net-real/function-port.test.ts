// Functions of `mapAsync` in a real process: called with its own timers, side by side, and told with operator and stack where they fail.

import { expect, test } from 'vitest';
import { stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Value } from '../../src/core/base/value.ts';
import type { JobProgram, RecordContext } from '../../src/core/graph/functions.ts';
import type { PortAnswer, PortFailed } from '../../src/core/protocol/ports.ts';
import { uncaughtOf } from '../../src/cli/process/job-errors.ts';
import { functionPort } from '../../src/net-real/function-port.ts';

type Fn = (value: Value, context: RecordContext) => Promise<Value>;

async function call(mapAsync: Fn | undefined, value: Value = 1): Promise<PortAnswer | PortFailed> {
  const functions = new Map([['asked', mapAsync === undefined ? {} : { mapAsync }]]);
  const table = new Map<string, JobProgram>([['code', { functions }]]);
  const port = functionPort(table);
  const request = { artifact: 'code', operator: 'asked', value, timestamp: 7, parameters: { rate: 2 } };
  return port.request({ kind: 'function-call', ...request });
}

test('it is given its record, event time and parameters, and waited for', async () => {
  const answer = await call(async (value, { timestamp, parameters }) => {
    await sleep(1);
    return { value, timestamp, parameters };
  });
  expect(answer).toEqual({ kind: 'function-returned', value: { value: 1, timestamp: 7, parameters: { rate: 2 } } });
});

test.each<[string, Fn, string]>([
  ['throws at once', () => Promise.reject(new RangeError('no price')), 'failed: RangeError: no price'],
  [
    'throws before it gives a promise',
    () => {
      throw new TypeError('x is not a function');
    },
    'failed: TypeError: x is not a function',
  ],
  ['is rejected with anything', () => Promise.reject('no'), 'failed: no'], // oxlint-disable-line typescript/prefer-promise-reject-errors -- as users may
])('one that %s', async (_, mapAsync, problem) => {
  expect(await call(mapAsync)).toEqual({ kind: 'function-failed', problem, stack: null });
});

test('one that gives what is no data', async () => {
  const answer = await call(() => Promise.resolve(new Map() as unknown as Value));
  expect(answer).toMatchObject({ kind: 'function-failed' });
  expect(answer.kind === 'function-failed' ? answer.problem : '').toMatch(/^emitted what is not data: /);
});

test('one that is not there', async () => {
  expect(await call(undefined)).toEqual({
    kind: 'function-failed',
    problem: 'is not in a loaded artifact',
    stack: null,
  });
});

test('many wait at once', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answers = [1, 2, 3].map((value) => call(() => promise.then(() => value)));
  resolve();
  expect(await Promise.all(answers)).toEqual([1, 2, 3].map((value) => ({ kind: 'function-returned', value })));
});

/** What a TaskManager does with errors that nobody catches; here the test says which these are, as this process belongs to others. */
const told: string[] = [];
const uncaught = uncaughtOf(true, {
  tell: (text) => void told.push(text.split('\n')[0] as string),
  end: () => void told.push('the end'),
  onJob: () => {},
});
const never = (): Promise<never> => new Promise(() => {});

test.each<[string, (late: () => void) => void]>([
  ['a timer', (late) => setTimeout(late, 1)],
  ['a callback of Node', (late) => stat('/', late)],
  ['a promise that nobody waits for', (late) => void sleep(1).then(late)],
])('what %s behind a call throws is what the call comes to', async (_, behind) => {
  told.length = 0;
  const other = call(() => sleep(20).then(() => 2));
  const answer = await call(() => {
    behind(() => uncaught(new RangeError('too late')));
    return never();
  });
  const problem = 'failed: RangeError: too late, where nobody waits for it';
  expect(answer).toEqual({ kind: 'function-failed', problem, stack: null });
  expect(await other).toEqual({ kind: 'function-returned', value: 2 });
  expect(told).toEqual([]);
});

test('behind a call that is over it is told with the name of the function, whatever is in its stack', async () => {
  told.length = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  await call(() => {
    setTimeout(() => {
      uncaught(new Error('socket hang up'));
      resolve();
    }, 1);
    return Promise.resolve(1);
  });
  await promise;
  expect(told[0]).toMatch(/^mapAsync "asked" left this behind: .*socket hang up$/);
  expect(told).not.toContain('the end');
});
