// One line about each thing in ten seconds, with the number of those that were left out.
import { expect, test } from 'vitest';
import { quietly } from '../../src/net-real/quiet-log.ts';

function lab() {
  const logged: string[] = [];
  const waiting: { readonly at: number; readonly call: () => void }[] = [];
  const clock = {
    now: 0,
    /** Time passes, and what waited for it is called. */
    pass(ms: number) {
      clock.now += ms;
      for (const one of waiting.splice(0)) {
        if (one.at <= clock.now) one.call();
        else waiting.push(one);
      }
    },
  };
  const complain = quietly((line) => logged.push(line), {
    now: () => clock.now,
    after: (ms, call) => {
      waiting.push({ at: clock.now + ms, call });
      return () => {};
    },
  });
  return { clock, logged, complain, waiting };
}

test('what comes again is counted, and the last of it told ten seconds later, whether or not more comes', () => {
  const { clock, logged, complain, waiting } = lab();
  for (let at = 0; at < 10_000; at += 100, clock.pass(100)) complain('a', `a at ${at}`);
  expect(logged).toEqual(['a at 0', 'a at 9900 (and 98 times since the last line)']);
  complain('a', 'a at once');
  clock.pass(9_000);
  expect(logged).toHaveLength(2);
  clock.pass(1_000);
  expect(logged.slice(2)).toEqual(['a at once']);
  expect(waiting).toEqual([]);
  clock.pass(10_000);
  complain('a', 'a in the end');
  expect(logged.slice(3)).toEqual(['a in the end']);
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
  expect(logged.slice(257)).toEqual(['known', 'forgotten']); // the one that made room is told first
});
