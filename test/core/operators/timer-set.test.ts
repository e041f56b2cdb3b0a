// A set of times is what a sorted list of them would be, however many there are, and what was handed out never changes.
import { array, assert, boolean, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { hasTimer, NO_TIMERS, timesOf, withTimer, withoutTimer } from '../../../src/core/operators/timer-set.ts';

const changes = array(record({ add: boolean(), time: integer({ min: 0, max: 400 }) }), {
  maxLength: 1_500,
});

test('adding and removing keep order, each time once', () => {
  assert(
    property(changes, (steps) => {
      const model = new Set<number>();
      let timers = NO_TIMERS;
      for (const { add, time } of steps) {
        const before = timers;
        const was = model.has(time);
        expect(hasTimer(timers, time)).toBe(was);
        timers = add ? withTimer(timers, time) : withoutTimer(timers, time);
        if (add) model.add(time);
        else model.delete(time);
        expect(timers === before).toBe(was === add);
      }
      expect(timesOf(timers)).toEqual([...model].sort((left, right) => left - right));
    }),
  );
});

test('a set that was copied does not change with the other', () => {
  let timers = NO_TIMERS;
  for (let time = 0; time < 1_000; time++) timers = withTimer(timers, time);
  const copy = timers;
  for (let time = 0; time < 1_000; time += 2) timers = withoutTimer(timers, time);
  expect(timesOf(copy)).toHaveLength(1_000);
  expect(timesOf(timers)).toEqual(timesOf(copy).filter((time) => time % 2 === 1));
});

test('the last one that goes leaves the set that all share', () => {
  let timers = NO_TIMERS;
  for (let time = 0; time < 300; time++) timers = withTimer(timers, time);
  for (let time = 0; time < 300; time++) timers = withoutTimer(timers, time);
  expect(timers).toBe(NO_TIMERS);
});
