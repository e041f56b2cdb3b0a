// The event queue against a sorted list.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventHeap } from '../../src/sim/event-heap.ts';

type Command = readonly ['push', number] | readonly ['take'] | readonly ['fork'] | readonly ['take out', number];

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('push' as const), fc.nat(20)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('take' as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('fork' as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('take out' as const), fc.nat()) },
);

test('entries come out by time, then in the order in which they went in', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
      let heap = new EventHeap<string>();
      let model: { time: number; sequence: number }[] = [];
      let sequence = 0;
      for (const [kind, argument] of commands) {
        if (kind === 'push') {
          heap.push(argument, sequence, `${argument}/${sequence}`);
          model.push({ time: argument, sequence });
          sequence += 1;
        } else if (kind === 'fork') {
          const fork = heap.fork();
          if (heap.size > 0) heap.take(); // what happens to one does not happen to the other
          heap = fork;
        } else if (model.length > 0) {
          model.sort((left, right) => left.time - right.time || left.sequence - right.sequence);
          const at = kind === 'take' ? 0 : argument % model.length;
          const [expected] = model.splice(at, 1) as [{ time: number; sequence: number }];
          const taken = kind === 'take' ? heap.take() : heap.takeOut(expected.sequence);
          expect(taken).toBe(`${expected.time}/${expected.sequence}`);
          expect(heap.takenTime).toBe(expected.time);
          expect(heap.takenSequence).toBe(expected.sequence);
        }
        expect(heap.size).toBe(model.length);
        expect(heap.nextTime()).toBe(Math.min(...model.map(({ time }) => time), Number.POSITIVE_INFINITY));
      }
      model = model.toSorted((left, right) => left.time - right.time || left.sequence - right.sequence);
      expect(heap.first()).toEqual(heap.entries()[0] ?? null);
      expect(heap.entries().map(({ event }) => event)).toEqual(model.map((entry) => `${entry.time}/${entry.sequence}`));
    }),
  );
});

test('nothing can be taken out of an empty heap', () => {
  expect(() => new EventHeap().take()).toThrow('empty');
});
