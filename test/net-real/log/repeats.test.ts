// What comes again and again: a few lines at once, then one in ten seconds, and nothing hidden wholly.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRepeats, type Clock } from '../../../src/net-real/log/repeats.ts';

/** Time passes when the test says so. */
function handClock() {
  let now = 0;
  let timers: { readonly at: number; readonly call: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  };
  const pass = (ms: number): void => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      timers = timers.filter((one) => one !== next);
      now = Math.max(now, next.at);
      next.call();
    }
    now = until;
  };
  return { clock, pass };
}

function heard() {
  const lines: string[] = [];
  const { clock, pass } = handClock();
  const repeats = createRepeats<string>((item, more) => lines.push(more === 0 ? item : `${item} +${more}`), clock);
  return { lines, pass, repeats };
}

test('five of a kind are told as they come, then one in ten seconds with the number of the others', () => {
  const { lines, pass, repeats } = heard();
  for (let second = 0; second < 30; second++) {
    repeats.offer('restart', `r${second}`);
    pass(1_000);
  }
  expect(lines).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r9 +4', 'r19 +9', 'r29 +9']);
});

test('the last one is told, even if none follows', () => {
  const { lines, pass, repeats } = heard();
  for (let n = 0; n < 7; n++) repeats.offer('a', `a${n}`);
  pass(9_999);
  expect(lines).toHaveLength(5);
  pass(1);
  expect(lines.at(-1)).toBe('a6 +1');
  for (let n = 7; n < 9; n++) repeats.offer('a', `a${n}`);
  repeats.flush();
  expect(lines.at(-1)).toBe('a8 +1');
});

test('what is rare is told each time, and things do not count for each other', () => {
  const { lines, pass, repeats } = heard();
  for (let n = 0; n < 20; n++) {
    repeats.offer('a', `a${n}`);
    repeats.offer(`b${n}`, `b${n}`);
    pass(10_000);
  }
  expect(lines).toHaveLength(40);
});

test('each item is told, or counted by one that is told', () => {
  const about = fc.integer({ min: 0, max: 400 }).map(String);
  fc.assert(
    fc.property(fc.array(fc.tuple(about, fc.integer({ min: 0, max: 8_000 })), { maxLength: 600 }), (offers) => {
      const { clock, pass } = handClock();
      let told = 0;
      const repeats = createRepeats<string>((_, more) => void (told += 1 + more), clock);
      for (const [thing, ms] of offers) {
        repeats.offer(thing, thing);
        pass(ms);
      }
      pass(10_000);
      expect(told).toBe(offers.length);
    }),
    { numRuns: 50 },
  );
});
