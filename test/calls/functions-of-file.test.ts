// Functions of `mapAsync`, run to their end while the world stands still: on a clock and with chance of their own, and without a word to the process.

import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { functionsOfFile } from '../../src/calls/functions-of-file.ts';
import { guarded } from '../../src/realm/guard.ts';
import { guardGlobals } from '../../src/realm/globals.ts';
import type { Value } from '../../src/core/base/value.ts';
import type { Called } from '../../src/scenario/code/function-calls.ts';

const file = join(import.meta.dirname, 'planted/functions.ts');
const planted = functionsOfFile(file);
const AT = 1_767_225_600_000;

function call(operator: string, value: Value = null, seed = 1, atMs = AT): Called {
  return planted.call({ job: 0, operator, value, timestamp: 5, parameters: null, atMs, seed });
}

const returned = (value: Value, durationMs = 0): Called => ({ kind: 'returned', value, durationMs });
const failed = (problem: string, isMistake: boolean, durationMs = 0): Called => ({
  kind: 'failed',
  problem,
  isMistake,
  durationMs,
});

describe('a clock of its own', () => {
  test.each([
    ['sleep', 250, 250],
    ['timeout', 86_400_000, 86_400_000],
    ['immediate', null, 0],
    ['wait', 12, 12],
  ])('%s of %s takes %s ms, and no time at all', (operator, given, took) => {
    expect(call(operator, given)).toEqual(returned(took, took));
  });

  test('it begins at the time of its world', () => {
    expect(call('clock')).toEqual(returned([AT, AT, 0]));
    expect(call('clock', null, 1, AT + 5)).toEqual(returned([AT + 5, AT + 5, 0]));
  });

  test('an iterator of ticks', () => {
    expect(call('ticks')).toEqual(returned([10, 20, 30], 30));
  });

  test('microtasks come before timers', () => {
    expect(call('order')).toEqual(returned(['microtask', 'tick', 'timeout'], 1));
  });

  test('signals of time', () => {
    expect(call('abort')).toEqual(returned('AbortError', 30));
  });

  test('the process has its own', () => {
    const before = [setTimeout, Date, Math.random, globalThis.fetch];
    call('sleep', 10);
    expect([setTimeout, Date, Math.random, globalThis.fetch]).toEqual(before);
    expect(Math.abs(Date.now() - AT)).toBeGreaterThan(1);
  });
});

test('its chance follows from its seed', () => {
  const first = call('chance', null, 7);
  expect(call('chance', null, 7)).toEqual(first);
  expect(call('chance', null, 8)).not.toEqual(first);
  expect(first.kind === 'returned' ? first.value : null).toEqual([
    expect.any(Number),
    expect.any(Number),
    expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  ]);
});

describe('data', () => {
  test('what it gives is data of the process', () => {
    const called = call('data');
    expect(called).toEqual(
      returned({ text: 'ä', list: [1, null, true], bytes: new Uint8Array([1, 2]), deep: { zero: -0 } }),
    );
    const { value } = called as Extract<Called, { readonly kind: 'returned' }>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('what it is given is a copy that does not change', () => {
    expect(call('frozen', { list: [1] })).toEqual(returned(true));
    expect(call('echo', { list: [1, { a: new Uint8Array([3]) }] })).toEqual(
      returned({ list: [1, { a: new Uint8Array([3]) }] }),
    );
  });
});

describe('what goes wrong', () => {
  test('a function that throws', () => {
    expect(call('throws')).toEqual(failed('failed: RangeError: no such price', false, 7));
    expect(call('throws-at-once')).toEqual(failed('failed: RangeError: at once', false));
  });

  test('a function that changes its record, as where it is deployed', () => {
    expect(call('writes', { a: 1 })).toEqual(
      failed('failed: TypeError: Cannot add property late, object is not extensible', false),
    );
  });

  test('a function that gives no data', () => {
    const called = call('gives-date');
    expect(called).toMatchObject({ kind: 'failed', isMistake: true });
    expect(called.kind === 'failed' ? called.problem : '').toMatch(/^emitted what is not data: /);
  });

  test('what still waits when no timer is left, is told with what it waits for', () => {
    expect(call('waits-for-nothing')).toEqual(
      failed('waits for a promise that nothing settles: no timer is left', true),
    );
    expect(call('waits-for-fetch')).toEqual(
      failed(
        'waits for fetch("https://example.org/prices"), which never comes in a simulated world: no timer is left',
        true,
      ),
    );
    expect(call('waits-for-file')).toEqual(
      failed(
        'waits for readFile of node:fs/promises("/etc/hostname"), which never comes in a simulated world: no timer is left',
        true,
      ),
    );
  });

  test('timers without end', () => {
    expect(call('endless')).toMatchObject({ problem: 'sets timers without end: 100000 in one call' });
  });

  test('a file that has no such function', () => {
    expect(call('another')).toEqual(failed('is not in its file', true));
  });

  test('a file that is none is refused in one sentence', () => {
    const missing = functionsOfFile(join(import.meta.dirname, 'planted/missing.ts'));
    expect(() =>
      missing.call({ job: 0, operator: 'a', value: 1, timestamp: 0, parameters: null, atMs: 0, seed: 0 }),
    ).toThrow(/missing\.ts: its functions of mapAsync cannot be loaded: /);
  });
});

test('calls see nothing of each other: timers that one left are gone', () => {
  call('endless');
  expect(call('sleep', 3)).toEqual(returned(3, 3));
});

test('code of a run that is watched may ask for it', () => {
  guardGlobals();
  expect(guarded(() => functionsOfFile(file).call({ ...given, operator: 'sleep', value: 4 }))).toEqual(returned(4, 4));
});

const given = { job: 0, operator: 'echo', value: null, timestamp: 0, parameters: null, atMs: AT, seed: 1 };
