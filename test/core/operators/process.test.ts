// process: state per key, timers that fire once, and what a context refuses.

import { describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../../src/core/graph/functions.ts';
import type { ProcessEntry } from '../../../src/core/operators/process-entries.ts';
import { keysIn } from '../../../src/core/operators/keyed-state.ts';
import type { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import { harness, jobOf, type Harness } from './chain-fixture.ts';

type Step = (context: ProcessContext) => void;

/** A process whose records say what to do: the fixture sends steps by number. */
function scripted(onTimer?: (timestamp: number, context: ProcessContext) => void): {
  run: Harness;
  act: (key: string, step: Step, timestamp?: number) => void;
} {
  const steps: Step[] = [];
  const run = harness(
    jobOf(
      (rows) =>
        rows
          .keyBy((row) => row.key)
          .process('actor', {
            onRecord: (row, context) => steps[row.amount]!(context),
            ...(onTimer === undefined ? {} : { onTimer }),
          }) as never,
    ),
  );
  const act = (key: string, step: Step, timestamp = 0): void => {
    steps.push(step);
    run.send({ key, amount: steps.length - 1 }, timestamp);
  };
  return { run, act };
}

const report = (timestamp: number, context: ProcessContext): void =>
  context.collect([timestamp, context.key, context.timestamp, context.watermark]);
const timer =
  (...times: number[]): Step =>
  (context) =>
    times.forEach((time) => context.registerEventTimeTimer(time));
const entryCount = (run: Harness): number =>
  run.chain.keyed!.state.groups.reduce((count, group) => count + keysIn(group), 0);

describe('state', () => {
  test('belongs to one key and one name', () => {
    const { run, act } = scripted();
    act('a', (context) => context.state<number>('count').update(1));
    act('b', (context) => context.collect(context.state('count').value()));
    act('a', (context) => context.collect(context.state('other').value()));
    act('a', (context) => context.collect(context.state('count').value()));
    expect(run.values()).toEqual([null, null, 1]);
  });

  test('update replaces, clear forgets, and a key without anything is forgotten', () => {
    const { run, act } = scripted();
    act('a', (context) => {
      const state = context.state<readonly string[]>('list');
      state.update(['x']);
      state.update([...(state.value() ?? []), 'y']);
    });
    act('a', (context) => context.collect(context.state('list').value()));
    expect(entryCount(run)).toBe(1);
    act('a', (context) => context.state('list').clear());
    expect(entryCount(run)).toBe(0);
    act('a', (context) => context.collect(context.state('list').value()));
    expect(run.values()).toEqual([['x', 'y'], null]);
    expect(entryCount(run)).toBe(0);
  });

  test('null is a value like others to keep', () => {
    const { run, act } = scripted();
    act('a', (context) => context.state<null>('nothing').update(null));
    expect(entryCount(run)).toBe(1);
  });

  test('handles are those of the key at hand', () => {
    const { run, act } = scripted();
    for (const key of ['a', 'b', 'a']) {
      act(key, (context) => {
        const count = context.state<number>('count');
        count.update((count.value() ?? 0) + 1);
        context.collect([key, count.value()]);
      });
    }
    expect(run.values()).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ]);
  });
});

describe('timers', () => {
  test('fire once, when the watermark reaches them, with their time as the timestamp', () => {
    const { run, act } = scripted(report);
    act('a', timer(10));
    run.advance(9);
    expect(run.take()).toEqual([]);
    run.advance(15);
    expect(run.take()).toEqual([{ value: [10, 'a', 10, 15], timestamp: 10 }]);
    run.advance(100);
    expect(run.take()).toEqual([]);
    expect(entryCount(run)).toBe(0);
  });

  test('the same time twice is one timer', () => {
    const { run, act } = scripted(report);
    act('a', timer(10, 10));
    act('a', timer(10));
    run.advance(10);
    expect(run.take()).toHaveLength(1);
  });

  test('fire by time and then by key', () => {
    const { run, act } = scripted((time, context) => context.collect(`${String(context.key)}${time}`));
    act('c', timer(5, 20));
    act('a', timer(20, 7));
    act('b', timer(7, 5));
    run.advance(20, 1);
    expect(run.values()).toEqual(['b5', 'c5', 'a7', 'b7', 'a20', 'c20']);
  });

  test('a deleted timer does not fire, and can be set again', () => {
    const { run, act } = scripted(report);
    act('a', timer(10, 20));
    act('a', (context) => context.deleteEventTimeTimer(10));
    act('a', (context) => context.deleteEventTimeTimer(10));
    act('a', (context) => context.deleteEventTimeTimer(20));
    act('a', timer(20));
    run.advance(30);
    expect(run.values()).toEqual([[20, 'a', 20, 30]]);
    expect(run.chain.keyed!.state.timers).toEqual({ times: [], keys: [], stale: 0 });
  });

  test('one that a timer sets for the same advance fires in it, in its place', () => {
    const { run, act } = scripted((time, context) => {
      context.collect(time);
      if (time < 30) context.registerEventTimeTimer(time + 10);
    });
    act('a', timer(10));
    act('b', timer(25));
    expect(run.advance(40, 2)).toBeGreaterThan(1);
    expect(run.values()).toEqual([10, 20, 25, 30, 35]);
  });

  test('one at or before the watermark fires with the next advance', () => {
    const { run, act } = scripted(report);
    run.advance(100);
    act('a', timer(50));
    expect(run.take()).toEqual([]);
    run.advance(100);
    expect(run.values()).toEqual([[50, 'a', 50, 100]]);
  });

  test('without onTimer they pass in silence', () => {
    const { run, act } = scripted();
    act('a', timer(10));
    run.advance(10);
    expect(entryCount(run)).toBe(0);
  });

  test('moving one timer again and again does not fill the queue', () => {
    const { run, act } = scripted(report);
    for (let round = 1; round <= 5_000; round++) {
      act('a', (context) => {
        context.deleteEventTimeTimer(round - 1);
        context.registerEventTimeTimer(round);
      });
    }
    expect(run.chain.keyed!.state.timers.times.length).toBeLessThan(200);
    run.advance(10_000);
    expect(run.values()).toEqual([[5_000, 'a', 5_000, 10_000]]);
  });
});

test('records leave after the call, in order, with the timestamp of the record', () => {
  const { run, act } = scripted();
  act(
    'a',
    (context) => {
      context.collect(1);
      context.collect(2);
      expect(run.emitted).toEqual([]);
    },
    7,
  );
  expect(run.take()).toEqual([
    { value: 1, timestamp: 7 },
    { value: 2, timestamp: 7 },
  ]);
});

describe('a context refuses', () => {
  test.each<[string, Step, string]>([
    [
      'a state that is no data',
      (context) => context.state<never>('x').update(new Map() as never),
      'operator "actor" stored in "x" what is not data: an instance of Map',
    ],
    [
      'a strange name',
      (context) => context.state('__proto__').clear(),
      'operator "actor" names a state "__proto__": names begin with a letter, followed by up to 63 letters, digits, _ and -',
    ],
    [
      'a name that is no text',
      (context) => context.state(undefined as never).clear(),
      'operator "actor" names a state undefined: names begin with a letter',
    ],
    [
      'a timer that is a promise',
      (context) => context.registerEventTimeTimer(Promise.resolve(1) as never),
      'operator "actor" names a timer a promise: times are whole numbers of ms',
    ],
    [
      'a timer at no time',
      (context) => context.registerEventTimeTimer(Number.NaN),
      'operator "actor" names a timer NaN: times are whole numbers of ms',
    ],
    [
      'half a millisecond',
      (context) => context.deleteEventTimeTimer(0.5),
      'operator "actor" names a timer 0.5: times are whole numbers of ms',
    ],
    [
      'a record that is no data',
      (context) => context.collect(undefined as never),
      'operator "actor" emitted what is not data: undefined',
    ],
  ])('%s', (_, step, sentence) => {
    const { act } = scripted();
    expect(() => act('a', step)).toThrow(sentence);
  });

  test('to be used after its call', () => {
    const { act } = scripted();
    const kept: ProcessContext[] = [];
    act('a', (context) => void kept.push(context));
    expect(() => kept[0]!.collect(1)).toThrow('operator "actor" used a context after the call that it was given to');
    expect(() => kept[0]!.state<number>('x').value()).toThrow('used a context after the call');
    expect(() => kept[0]!.registerEventTimeTimer(1)).toThrow('used a context after the call');
  });

  test('and a call that failed leaves nothing for the next one', () => {
    const { run, act } = scripted();
    const fail: Step = (context) => {
      context.collect('lost');
      throw new Error('no');
    };
    expect(() => act('a', fail)).toThrow('operator "actor" failed: Error: no');
    act('b', (context) => context.collect('next'));
    expect(run.values()).toEqual(['next']);
  });
});

describe('what is not done when the call returns is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['an asynchronous onRecord', async () => undefined, 'a promise'],
    // oxlint-disable-next-line unicorn/no-thenable -- a promise of another library
    ['a thing with a then', () => ({ then: () => undefined }), 'a promise'],
    ['a generator', function* () {}, 'a generator'],
    ['an asynchronous generator', async function* () {}, 'an async generator'],
  ])('%s', (_, onRecord, found) => {
    const run = harness(jobOf((rows) => rows.keyBy((row) => row.key).process('actor', { onRecord })));
    expect(() => run.send({ key: 'a', amount: 1 })).toThrow(
      `onRecord "actor" gave ${found}, expected nothing: all that it does must be done when it returns`,
    );
  });

  test('an asynchronous onTimer', () => {
    const { run, act } = scripted(async () => undefined);
    act('a', timer(10));
    expect(() => run.advance(10)).toThrow('onTimer "actor" gave a promise, expected nothing');
  });

  test('what an arrow function happens to give is dropped', () => {
    const run = harness(
      jobOf((rows) => rows.keyBy((row) => row.key).process('actor', { onRecord: () => [1] }) as never),
    );
    run.send({ key: 'a', amount: 1 });
    expect(run.values()).toEqual([]);
  });
});

describe('timers that set themselves again', () => {
  const END = Number.MAX_SAFE_INTEGER;
  const again =
    (last: number) =>
    (time: number, context: ProcessContext): void => {
      if (time < last) context.registerEventTimeTimer(time + 1);
    };

  test('are refused where they have no end', () => {
    const { run, act } = scripted(again(END));
    act('a', timer(10));
    expect(() => run.advance(END)).toThrow(
      'onTimer "actor" set more than 100100 timers at the end of the input, where each fires at once: a timer that sets itself again must stop there',
    );
  });

  test('are named with the timer', () => {
    const { run, act } = scripted(() => {
      throw new Error('no');
    });
    act('a', timer(10));
    const thrown = (): unknown => {
      try {
        return run.advance(END);
      } catch (error) {
        return (error as UserCodeError).sentence;
      }
    };
    expect(thrown()).toBe('operator "actor" failed: Error: no, at the timer 10 of key "a"');
  });

  test('may catch up with a long gap, and come to their end', () => {
    const { run, act } = scripted(again(150_000));
    act('a', timer(1));
    run.advance(150_000);
    act('b', timer(149_000));
    run.advance(END);
    expect(entryCount(run)).toBe(0);
  });

  test('for times that have passed are refused too', () => {
    const { run, act } = scripted((time, context) => context.registerEventTimeTimer(time));
    act('a', timer(10));
    expect(() => run.advance(20)).toThrow('set more than 1000100 timers for times that the watermark has passed');
  });

  test('many timers that were there may each set some at the end', () => {
    const { run, act } = scripted((time, context) => {
      if (time < 60) context.registerEventTimeTimer(time + 1);
    });
    for (let key = 0; key < 2_000; key++) act(`k${key}`, timer(1));
    run.advance(END);
    expect(entryCount(run)).toBe(0);
  });
});

test('very many timers of one key fire in order, and no step copies them all', () => {
  const { run, act } = scripted((time, context) => context.collect(time));
  const times = Array.from({ length: 5_000 }, (_, index) => (index * 7_919) % 5_000);
  for (const time of times) act('a', timer(time));
  const [entry] = run.chain.keyed!.state.groups.flatMap((group) => [
    ...((group as Map<unknown, ProcessEntry> | null)?.values() ?? []),
  ]);
  const longest = Math.max(entry!.timers.length, ...entry!.timers.map((list) => (list as readonly number[]).length));
  expect(longest).toBeLessThanOrEqual(128);
  run.advance(5_000);
  expect(run.values()).toEqual(times.toSorted((left, right) => left - right));
});

test('state is plain data', () => {
  const { run, act } = scripted();
  act('a', (context) => context.state<number>('n').update(1));
  act('a', timer(3));
  const entries = run.chain.keyed!.state.groups.flatMap((group) =>
    group === null ? [] : [...(group as Map<unknown, ProcessEntry>)],
  );
  expect(entries).toEqual([['a', { names: ['n'], first: 1, others: [], timers: [3] }]]);
});
