// User code under guard: whichever function is at work can be named, and what no function may do is found in its first calls.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import type {
  OperatorFunctions,
  ProcessContext,
  RecordContext,
  ValueState,
} from '../../../src/core/graph/functions.ts';
import { UserCodeError } from '../../../src/core/operators/user-code-error.ts';
import { guardGlobals } from '../../../src/realm/globals.ts';
import { guarded } from '../../../src/realm/guard.ts';
import { guardedProgram } from '../../../src/scenario/code/guarded-program.ts';
import { createUserCode, type UserCode } from '../../../src/scenario/code/user-code.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { runSeed } from '../../sim/cluster/lab.ts';

const context: RecordContext = { timestamp: 7, parameters: null };

beforeAll(() => guardGlobals());

interface Mill {
  readonly functions: OperatorFunctions;
  readonly code: UserCode;
}

function mill(functions: OperatorFunctions): Mill {
  const code = createUserCode();
  return {
    functions: guardedProgram({ functions: new Map([['mill', functions]]) }, code).functions.get('mill')!,
    code,
  };
}

/** A context as core gives it: one key, whose states live as long as it does. */
function processContext(): ProcessContext & { readonly emitted: Value[]; readonly states: Map<string, Value> } {
  const states = new Map<string, Value>();
  const emitted: Value[] = [];
  const state = (name: string): ValueState<Value> => ({
    value: () => states.get(name) ?? null,
    update: (value) => void states.set(name, value),
    clear: () => void states.delete(name),
  });
  return {
    ...context,
    key: 'k',
    watermark: 5,
    state: <T>(name: string) => state(name) as unknown as ValueState<T>,
    registerEventTimeTimer: () => undefined,
    deleteEventTimeTimer: () => undefined,
    collect: (value) => void emitted.push(value),
    emitted,
    states,
  };
}

describe('each function is named with its operator', () => {
  test('while it runs', () => {
    const seen: Record<string, string> = {};
    const see = (name: string): void => void (seen[name] = code.last.what);
    const { functions, code } = mill({
      timestamp: () => (see('timestamp'), 0),
      key: () => (see('key'), 'key'),
      map: (value) => (see('map'), value),
      flatMap: (value) => (see('flatMap'), [value]),
      filter: () => (see('filter'), true),
      reduce: (value) => (see('reduce'), value),
      onRecord: () => see('onRecord'),
      onTimer: () => see('onTimer'),
      aggregate: {
        create: () => (see('create'), 0),
        add: (value) => (see('add'), value),
        result: (value) => (see('result'), value),
      },
    });
    functions.timestamp?.(1);
    functions.key?.(1);
    functions.map?.(1, context);
    expect(functions.flatMap?.(1, context)).toEqual([1]);
    functions.filter?.(1, context);
    functions.reduce?.(1, 2, context);
    functions.onRecord?.(1, processContext());
    functions.onTimer?.(1, processContext());
    functions.aggregate?.create();
    functions.aggregate?.add(1, 2);
    functions.aggregate?.result(1, { ...context, key: 'key', window: { start: 0, end: 1 } });
    expect(Object.keys(seen)).toHaveLength(11);
    for (const [name, noted] of Object.entries(seen)) expect(noted).toBe(`${name} of operator "mill"`);
    expect(code.mistake).toBeNull();
  });

  test('a generator is named again for each item, whatever was called in between', () => {
    const seen: string[] = [];
    const { functions, code } = mill({
      flatMap: function* () {
        for (const item of [1, 2, 3]) {
          seen.push(code.last.what);
          yield item;
        }
      },
    });
    for (const item of functions.flatMap?.(0, context) ?? []) code.last.what = `what takes ${JSON.stringify(item)}`;
    expect(new Set(seen)).toEqual(new Set(['flatMap of operator "mill"']));
  });

  test('a program has the functions that it had', () => {
    expect(Object.keys(mill({ key: () => 1 }).functions)).toEqual(['key']);
  });

  test('the input and the check of a scenario are named too', () => {
    const lastCall = { what: '' };
    const seen: string[] = [];
    const scenario = {
      ...wordCount,
      input: (given: Parameters<typeof wordCount.input>[0]) => (seen.push(lastCall.what), wordCount.input(given)),
      check: () => (seen.push(lastCall.what), null),
    };
    expect(runSeed(scenario, 1, { faults: [], lastCall }).verdict).toBe('pass');
    expect(new Set(seen)).toEqual(new Set(['input of the scenario', 'check of the scenario']));
  });
});

/** Calls each function that there is, with the guard of the realm on, and returns the sentence of what was noted. */
function mistakeOf(functions: OperatorFunctions, calls = 1): string | undefined {
  const made = mill(functions);
  for (let call = 0; call < calls && made.code.mistake === null; call++) {
    try {
      guarded(() => callAll(made.functions, call));
    } catch (error) {
      expect(error).toBeInstanceOf(UserCodeError);
    }
  }
  return made.code.mistake?.sentence;
}

function callAll(functions: OperatorFunctions, record: Value): void {
  functions.timestamp?.(record);
  functions.key?.(record);
  functions.map?.(record, context);
  for (const item of functions.flatMap?.(record, context) ?? []) expect(item).not.toBe(undefined);
  functions.filter?.(record, context);
  functions.reduce?.(record, record, context);
  functions.onRecord?.(record, processContext());
  functions.onTimer?.(1, processContext());
  functions.aggregate?.add(functions.aggregate.create(), record);
  functions.aggregate?.result(record, { ...context, key: 'key', window: { start: 0, end: 1 } });
}

const fine = { create: () => 0, add: (sum: Value) => sum, result: (sum: Value) => sum };

describe('an answer of the wrong kind is a mistake', () => {
  test.each<[string, object, string]>([
    ['map', { map: async () => 1 }, 'map "mill" gave a promise, expected a record'],
    ['filter', { filter: async () => true }, 'filter "mill" gave a promise, expected true or false'],
    ['flatMap', { flatMap: async () => [] }, 'flatMap "mill" gave a promise, expected records one by one'],
    ['flatMap', { flatMap: () => 3 }, 'flatMap "mill" gave 3, expected records one by one'],
    ['reduce', { reduce: async () => 1 }, 'reduce "mill" gave a promise, expected a record'],
    ['key', { key: async () => 1 }, 'operator "mill" gave no key: a promise is no string'],
    ['key', { key: () => ({ id: 1 }) }, 'operator "mill" gave no key: an object is no string'],
    [
      'timestamp',
      { timestamp: async () => 1 },
      'operator "mill" gave a timestamp that is no whole number of ms, but a promise',
    ],
    [
      'timestamp',
      { timestamp: () => undefined },
      'operator "mill" gave a timestamp that is no whole number of ms, but undefined',
    ],
    ['onRecord', { onRecord: async () => undefined }, 'onRecord "mill" gave a promise, expected nothing'],
    ['onTimer', { onTimer: async () => undefined }, 'onTimer "mill" gave a promise, expected nothing'],
    [
      'create',
      { aggregate: { ...fine, create: async () => 1 } },
      'create "mill" gave a promise, expected an accumulator',
    ],
    ['add', { aggregate: { ...fine, add: async () => 1 } }, 'add "mill" gave a promise, expected an accumulator'],
    ['result', { aggregate: { ...fine, result: async () => 1 } }, 'result "mill" gave a promise, expected a record'],
    [
      'a rejected promise',
      {
        map: async () => {
          throw new Error('late');
        },
      },
      'map "mill" gave a promise, expected a record',
    ],
    [
      'a timer',
      { onRecord: (_: Value, its: ProcessContext) => its.registerEventTimeTimer(Number.NaN) },
      'operator "mill" names a timer NaN',
    ],
    [
      'a name',
      { onRecord: (_: Value, its: ProcessContext) => its.state('a b') },
      'operator "mill" names a state "a b"',
    ],
    [
      'a state',
      { onRecord: (_: Value, its: ProcessContext) => its.state<never>('a').update(new Map() as never) },
      'operator "mill" stored in "a" what is not data: an instance of Map',
    ],
  ])('of %s', (_, functions, sentence) => {
    expect(mistakeOf(functions as OperatorFunctions)).toContain(sentence);
  });

  test('also where user code catches what it is told', () => {
    const onRecord = (_: Value, its: ProcessContext): void => {
      try {
        its.registerEventTimeTimer(0.5);
      } catch {
        // as if nothing had been
      }
    };
    expect(mistakeOf({ onRecord })).toContain('names a timer 0.5');
  });

  test('and a context that is used after its call', () => {
    let kept: ProcessContext | null = null;
    const onRecord = (record: Value, its: ProcessContext): void => {
      kept?.collect(record);
      kept = its;
    };
    expect(mistakeOf({ onRecord }, 3)).toContain('"mill" used a context after the call that it was given to');
  });

  test('the record is told', () => {
    const { functions, code } = mill({ filter: (async () => true) as never });
    expect(() => functions.filter?.({ n: 5 }, context)).toThrow(UserCodeError);
    expect(code.mistake?.evidence[0]).toBe('at the record {"n":5}');
  });
});

describe('a call that no run can repeat is a mistake', () => {
  test.each<[string, () => unknown, string]>([
    ['the clock', () => Date.now(), 'Date.now(), which reads a clock'],
    ['a date of now', () => new Date().getTime(), 'new Date(), which reads a clock'],
    ['the monotonic clock', () => performance.now(), 'performance.now(), which reads a clock'],
    ['chance', () => Math.random(), 'Math.random(), which draws at random'],
    ['a random id', () => crypto.randomUUID(), 'crypto.randomUUID(), which draws at random'],
    ['the environment', () => process.env['HOME'] ?? '', 'process.env.HOME, which reads the environment'],
    ['the process', () => process.pid, 'process.pid, which reads the environment'],
    ['high resolution', () => Number(process.hrtime.bigint()), 'process.hrtime.bigint(), which reads a clock'],
    ['an end', () => process.exit(0), 'process.exit(), which ends or changes the process'],
    ['a timer', () => (setTimeout(() => undefined, 1), 1), 'setTimeout(), which leaves work for later'],
    ['a microtask', () => (queueMicrotask(() => undefined), 1), 'queueMicrotask(), which leaves work for later'],
    [
      'a then',
      () => (void Promise.resolve().then(() => 1), 1),
      'Promise.prototype.then(), which leaves work for later',
    ],
    ['the network', () => (void fetch('http://localhost:1'), 1), 'fetch(), which uses the network'],
  ])('%s', (_, sin, sentence) => {
    const told = `map "mill" called ${sentence}: what it does must follow from what it is given alone`;
    expect(mistakeOf({ map: () => sin() as Value })).toBe(told);
  });

  test('also where user code catches the refusal', () => {
    const map = (): Value => {
      try {
        return Date.now();
      } catch {
        return 0;
      }
    };
    expect(mistakeOf({ map })).toContain('map "mill" called Date.now()');
  });

  test('outside of a run nothing is refused', () => {
    expect(Date.now()).toBeGreaterThan(0);
    expect(new Date(5).getTime()).toBe(5);
    expect(new Date() instanceof Date).toBe(true);
  });
});

describe('a function that remembers is a mistake', () => {
  const OTHER = 'did something else when it was called again with the same';
  let count = 0;
  const counted = (): number => (count += 1);

  test.each<[string, OperatorFunctions]>([
    ['map', { map: counted }],
    ['filter', { filter: () => counted() % 2 === 0 }],
    ['flatMap', { flatMap: () => [counted()] }],
    [
      'flatMap',
      {
        flatMap: function* () {
          yield counted();
        },
      },
    ],
    ['reduce', { reduce: counted }],
    ['keyBy', { key: counted }],
    ['timestamp', { timestamp: counted }],
    ['create', { aggregate: { ...fine, create: counted } }],
    ['add', { aggregate: { ...fine, add: counted } }],
    ['result', { aggregate: { ...fine, result: counted } }],
    ['onRecord', { onRecord: (_, its) => its.collect(counted()) }],
    ['onRecord', { onRecord: (_, its) => its.state<number>('n').update(counted()) }],
    ['onRecord', { onRecord: (_, its) => its.registerEventTimeTimer(counted()) }],
    ['onRecord', { onRecord: (_, its) => (counted() % 2 === 0 ? its.collect(1) : undefined) }],
    ['onTimer', { onTimer: (_, its) => its.collect(counted()) }],
  ])('%s', (name, functions) => {
    expect(mistakeOf(functions)).toContain(`${name} "mill" ${OTHER}`);
  });

  test('once in a while, too', () => {
    const seen = new Set<Value>();
    const filter = (record: Value): boolean =>
      (record as number) % 7 !== 0 || (!seen.has(record) && seen.add(record) !== null);
    expect(mistakeOf({ filter }, 200)).toContain(`filter "mill" ${OTHER}`);
  });

  test('what it did both times is told', () => {
    let n = 0;
    const { functions, code } = mill({ onRecord: (_, its) => its.collect((n += 1)) });
    expect(() => functions.onRecord?.('r', processContext())).toThrow(UserCodeError);
    expect(code.mistake?.evidence).toEqual(['at the record "r"', 'first: collect 1', 'then: collect 2']);
  });

  test('state of the context is none of that: the repetition meets what the first call met', () => {
    const { functions, code } = mill({
      onRecord: (_, its) => {
        const count = its.state<number>('count');
        count.update((count.value() ?? 0) + 1);
        if (its.state<number>('gone').value() === null) its.state<number>('gone').update(1);
        else its.state<number>('gone').clear();
        its.collect(count.value());
      },
    });
    const its = processContext();
    for (let call = 0; call < 1_000; call++) functions.onRecord?.(call, its);
    expect(code.mistake).toBeNull();
    expect(its.emitted).toEqual(Array.from({ length: 1_000 }, (_, call) => call + 1));
  });
});

describe('what is given or emitted never changes', () => {
  test.each<[string, OperatorFunctions]>([
    ['map', { map: (record) => Object.assign(record as object, { a: 2 }) }],
    ['filter', { filter: (record) => Boolean(Object.assign(record as object, { a: 2 })) }],
    ['reduce', { reduce: (before) => Object.assign(before as object, { a: 2 }) }],
  ])('%s', (_, functions) => {
    const { functions: mine, code } = mill(functions);
    expect(() => callAll(mine, { a: 1, list: [] })).toThrow(TypeError);
    expect(code.throws).toBe(1);
  });

  test('also below a top that its author froze', () => {
    const made = Object.freeze({ list: [0] });
    const { functions } = mill({ map: () => made });
    functions.map?.(1, context);
    expect(() => made.list.push(1)).toThrow(TypeError);
  });
});
