// One line about each thing in ten seconds, with the number of those that were left out.
import { expect, test } from 'vitest';
import { quietly } from '../../src/net-real/quiet-log.ts';

function lab() {
  const clock = { now: 0 };
  const logged: string[] = [];
  const complain = quietly(
    (line) => logged.push(line),
    () => clock.now,
  );
  return { clock, logged, complain };
}

test('what comes again is counted, and told ten seconds later', () => {
  const { clock, logged, complain } = lab();
  for (clock.now = 0; clock.now < 10_000; clock.now += 100) complain('a', `a at ${clock.now}`);
  complain('a', 'a again');
  complain('a', 'a at once');
  clock.now += 10_000;
  complain('a', 'a in the end');
  expect(logged).toEqual([
    'a at 0',
    'a again (and 99 times since the last line)',
    'a in the end (and 1 times since the last line)',
  ]);
});

test('one thing does not hide another', () => {
  const { logged, complain } = lab();
  for (const about of ['a', 'b', 'a', 'b']) complain(about, about);
  expect(logged).toEqual(['a', 'b']);
});

test('a crowd of things is remembered up to a bound, the newest of them', () => {
  const { logged, complain } = lab();
  for (let about = 0; about <= 256; about++) complain(String(about), 'new');
  expect(logged).toHaveLength(257);
  complain('1', 'known');
  complain('0', 'forgotten');
  expect(logged.slice(257)).toEqual(['forgotten']);
});
