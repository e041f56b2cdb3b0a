// Which of the last lines of a log are new, given those of the look before.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { newLines } from '../../../src/cli/logs/overlap.ts';

const letters = (text: string): readonly string[] => text.split('');

test.each([
  ['', 'ab', 'ab', false],
  ['ab', 'ab', '', false],
  ['ab', 'abc', 'c', false],
  ['abc', 'bcd', 'd', false],
  ['aab', 'aba', 'a', false],
  ['abc', 'def', 'def', true],
  ['aaaa', 'aaa', '', false],
  ['abc', '', '', true],
])('seen %j, now %j: new is %j', (seen, now, lines, isApart) => {
  expect(newLines(letters(seen), letters(now))).toEqual({ lines: letters(lines), isApart });
});

test('of a log whose lines all differ each is new once, however many are looked at', () => {
  const looks = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(looks, (added) => {
      const log: string[] = [];
      const told: string[] = [];
      let seen: readonly string[] = [];
      for (const count of added) {
        for (let more = 0; more < count; more++) log.push(`line ${log.length}`);
        const now = log.slice(-7);
        told.push(...newLines(seen, now).lines);
        seen = now;
      }
      expect(told).toEqual(log);
    }),
  );
});
