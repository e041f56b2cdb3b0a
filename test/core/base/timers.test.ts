// Named deadlines: which comes next, and what the compiler refuses of names.
import { expect, test } from 'vitest';
import { unreachable } from '../../../src/core/base/assert.ts';
import { NEVER } from '../../../src/core/base/machine.ts';
import {
  cancelTimer,
  createTimers,
  hasTimer,
  setTimer,
  shiftTimers,
  splitTimer,
  takeDueTimer,
  timerNames,
  type Timers,
} from '../../../src/core/base/timers.ts';
import { takenOff } from './shifts.ts';

type Name = 'renew' | 'look' | `heartbeat ${string}` | `slot ${number}`;

function timersOf(deadlines: Readonly<Record<string, number>>): Timers {
  const timers = createTimers();
  for (const [name, at] of Object.entries(deadlines)) setTimer(timers, name, at);
  return timers;
}

test('the earliest comes first, those of one moment by name, and none before its time', () => {
  const timers = timersOf({ b: 20, c: 10, a: 20 });
  expect([takeDueTimer(timers, 9), takeDueTimer(timers, 10), takeDueTimer(timers, 19)]).toEqual([null, 'c', null]);
  expect([takeDueTimer(timers, 20), takeDueTimer(timers, 20), takeDueTimer(timers, 20)]).toEqual(['a', 'b', null]);
  expect(timers.nextAt).toBe(NEVER);
});

test('the next deadline follows what is set, moved and cancelled', () => {
  const timers = timersOf({ a: 20, b: 30 });
  const seen = [timers.nextAt];
  setTimer(timers, 'a', 40);
  seen.push(timers.nextAt);
  setTimer(timers, 'c', 10);
  seen.push(timers.nextAt);
  cancelTimer(timers, 'c');
  cancelTimer(timers, 'c');
  seen.push(timers.nextAt);
  expect(seen).toEqual([20, 30, 10, 30]);
  expect([hasTimer(timers, 'a'), hasTimer(timers, 'c')]).toEqual([true, false]);
});

test('what has passed is taken off all deadlines', () => {
  const timers = timersOf({ a: 20, b: 30 });
  shiftTimers(timers, takenOff(15));
  expect([[...timers.deadlines], timers.nextAt]).toEqual([
    [
      ['a', 5],
      ['b', 15],
    ],
    5,
  ]);
});

test('a name is its kind and, behind the first space, its subject', () => {
  expect(splitTimer<Name>('renew')).toEqual({ kind: 'renew', subject: '' });
  expect(splitTimer<Name>('heartbeat a b')).toEqual({ kind: 'heartbeat', subject: 'a b' });
  expect(splitTimer<Name>(timerNames('slot')(7))).toEqual({ kind: 'slot', subject: '7' });
});

test('a name that nobody handles compiles nowhere', () => {
  const timers = createTimers<Name>();
  // @ts-expect-error: no timer of this kind
  setTimer(timers, 'renewal', 1);
  // @ts-expect-error: a heartbeat is about something
  cancelTimer(timers, 'heartbeat');
  // @ts-expect-error: slots have numbers
  hasTimer(timers, timerNames('slot')('first'));
  // @ts-expect-error: names of another machine
  timers.deadlines.has('deploy job-1');
  expect(handle('look')).toBe('look');
});

/** Without `heartbeat` and `slot`. */
function handle(name: Name): string {
  const timer = splitTimer(name);
  switch (timer.kind) {
    case 'renew':
    case 'look':
      return timer.kind;
    // @ts-expect-error: no timer of this kind
    case 'renewal':
      return '';
    default:
      // @ts-expect-error: two kinds are left
      return unreachable(timer);
  }
}
