// What does not come back is ended, with what was seen of it; what does come back is left alone.
import { guarded, refuse } from '../../src/realm/guard.ts';
import { expect, test } from 'vitest';
import { inTime, toTheEnd } from '../../src/cli/standstill.ts';
import type { Stood } from '../../src/cli/standstill.ts';

const LONGEST_MS = 100;
/** For what comes back: a busy machine may leave it standing for longer than that. */
const PATIENT_MS = 60_000;

class Ended extends Error {
  readonly stood: Stood;

  constructor(stood: Stood) {
    super('ended');
    this.stood = stood;
  }
}

function seenOf(
  pieces: Iterator<string, string, void>,
  longestMs: number,
): { readonly seen: readonly string[]; readonly end: unknown } {
  const seen: string[] = [];
  try {
    const end = toTheEnd(
      pieces,
      (progress) => seen.push(progress),
      (stood) => new Ended(stood),
      longestMs,
    );
    return { seen, end };
  } catch (error) {
    return { seen, end: error };
  }
}

test('pieces are done to their end, and their progress is told', () => {
  const pieces = function* (): Generator<string, string, void> {
    yield 'one';
    yield 'two';
    return 'result';
  };
  expect(seenOf(pieces(), PATIENT_MS)).toEqual({ seen: ['one', 'two'], end: 'result' });
});

test('what a piece throws comes through', () => {
  const pieces = function* (): Generator<string, string, void> {
    yield 'one';
    throw new TypeError('not my day');
  };
  expect(seenOf(pieces(), PATIENT_MS)).toEqual({ seen: ['one'], end: new TypeError('not my day') });
});

test.each<[string, () => void]>([
  [
    'a loop',
    () => {
      for (;;);
    },
  ],
  [
    'a loop that catches everything',
    () => {
      for (;;) {
        try {
          for (;;);
        } catch {
          // and goes on
        }
      }
    },
  ],
  ['a pattern that tries for ever', () => void /^(a+)+$/.test(`${'a'.repeat(50)}b`)],
])('%s without end is ended', (_, never) => {
  const pieces = function* (): Generator<string, string, void> {
    yield 'one';
    never();
    return 'result';
  };
  const { end } = seenOf(pieces(), LONGEST_MS);
  expect(end).toBeInstanceOf(Ended);
  const { wallMs, computedMs } = (end as Ended).stood;
  expect(wallMs).toBeGreaterThan(0);
  expect(computedMs).toBeGreaterThan(0);
  expect(seenOf([].values() as never, PATIENT_MS)).toEqual({ seen: [], end: undefined }); // the next one is not harmed
});

test('code that is ended leaves no guard behind', () => {
  const endless = (): never =>
    guarded(() => {
      for (;;);
    });
  expect(() => inTime(endless, () => new Error('ended'), 50)).toThrow('ended');
  expect(() => refuse('Date.now', 'reads a clock')).not.toThrow();
});
