// The timer queue against a sorted list.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Key } from '../../../src/core/base/value.ts';
import { compareKeys } from '../../../src/core/graph/keys.ts';
import { createTimerQueue, dropFirstTimer, isTimerDue, pushTimer } from '../../../src/core/operators/timer-queue.ts';

const key = fc.constantFrom<Key>(false, 1, 2, 'a', 'b', ['a'], ['a', 1]);
const push = fc.record({ time: fc.integer({ min: -5, max: 5 }), key });

test('timers come out by time and then by key, whatever goes in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(push), { maxLength: 200 }), (commands) => {
      const queue = createTimerQueue();
      const model: { time: number; key: Key }[] = [];
      for (const command of commands) {
        if (command === null) {
          expect(queue.times[0]).toBe(model[0]?.time);
          expect(queue.keys[0]).toEqual(model[0]?.key);
          dropFirstTimer(queue);
          model.shift();
        } else {
          pushTimer(queue, command.time, command.key);
          model.push(command);
          model.sort((left, right) => left.time - right.time || compareKeys(left.key, right.key));
        }
        expect(queue.times).toHaveLength(model.length);
        expect(queue.keys).toHaveLength(model.length);
      }
    }),
  );
});

test.each([
  [[], 100, false],
  [[5, 9], 4, false],
  [[9, 5], 5, true],
  [[9, 5], 100, true],
])('of timers at %j, at watermark %d one is due: %s', (times, watermark, due) => {
  const queue = createTimerQueue();
  for (const time of times) pushTimer(queue, time, 'a');
  expect(isTimerDue(queue, watermark)).toBe(due);
});
