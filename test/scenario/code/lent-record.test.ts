// Functions that see records by views, under guard: each call is lent a view of its own, and one that is used behind its call is named with function and record.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { columnOf, type RecordColumn } from '../../../src/core/columns/column.ts';
import { RowViews } from '../../../src/core/columns/row-view.ts';
import { isRowView } from '../../../src/core/columns/view-object.ts';
import { int32, schema, string } from '../../../src/core/columns/schema.ts';
import type {
  OperatorFunctions,
  ProcessContext,
  RecordContext,
  StateFields,
  ValueState,
} from '../../../src/core/graph/functions.ts';
import { guardGlobals } from '../../../src/realm/globals.ts';
import { guardedProgram } from '../../../src/scenario/code/guarded-program.ts';
import { createUserCode, type UserCode } from '../../../src/scenario/code/user-code.ts';

const context: RecordContext = { timestamp: 7, parameters: null };

beforeAll(() => guardGlobals());

interface Payment {
  readonly account: string;
  readonly of: { readonly cents: number };
}

const payment = (cents: number): Value => ({ account: 'a', of: { cents } });
const asPayment = (value: Value): Payment => value as unknown as Payment;

function mill(functions: OperatorFunctions, rows: 'objects' | 'views' = 'views'): [OperatorFunctions, UserCode] {
  const code = createUserCode();
  const guarded = guardedProgram({ functions: new Map([['mill', { ...functions, rows }]]) }, code);
  return [guarded.functions.get('mill')!, code];
}

function processContext(): ProcessContext & { readonly done: Value[] } {
  const done: Value[] = [];
  return {
    ...context,
    key: 'k',
    watermark: 5,
    state: () => ({ value: () => null, update: (value) => void done.push(value as Value), clear: () => undefined }),
    registerEventTimeTimer: () => undefined,
    deleteEventTimeTimer: () => undefined,
    collect: (value) => void done.push(value),
    done,
  };
}

const LATE = 'used a record after the call that it was given to: "rows" is "views", so another record is shown by then';

/** Each function, called with a record; the second one is lent what the first one kept. */
const calls: Readonly<
  Record<
    string,
    (see: (value: Value) => void) => [OperatorFunctions, (functions: OperatorFunctions, value: Value) => void]
  >
> = {
  map: (see) => [{ map: (value) => (see(value), 1) }, ({ map }, value) => map!(value, context)],
  flatMap: (see) => [{ flatMap: (value) => (see(value), []) }, ({ flatMap }, value) => flatMap!(value, context)],
  'flatMap, by a generator': (see) => [
    {
      *flatMap(value) {
        see(value);
        yield 1;
      },
    },
    ({ flatMap }, value) => void [...flatMap!(value, context)],
  ],
  filter: (see) => [{ filter: (value) => (see(value), true) }, ({ filter }, value) => filter!(value, context)],
  reduce: (see) => [{ reduce: (_, value) => (see(value), 1) }, ({ reduce }, value) => reduce!(1, value, context)],
  onRecord: (see) => [{ onRecord: (value) => see(value) }, ({ onRecord }, value) => onRecord!(value, processContext())],
  add: (see) => [
    { aggregate: { create: () => 0, add: (_, value) => (see(value), 1), result: () => 1 } },
    ({ aggregate }, value) => aggregate!.add(1, value),
  ],
};

describe.each(Object.keys(calls))('%s', (name) => {
  test.each([
    ['a field', ({ account }: Payment): unknown => account],
    ['a field of a record in it', ({ of }: Payment): unknown => of.cents],
    ['all of it', (kept: Payment): unknown => ({ ...kept })],
    ['its text', (kept: Payment): unknown => JSON.stringify(kept)],
  ])('a record that is kept and used later is named: %s', (_, use) => {
    let kept: Payment | null = null;
    const [own, call] = calls[name]!((value) => {
      if (asPayment(value).of.cents === 2) use(kept as Payment);
      kept ??= asPayment(value);
    });
    const [functions, code] = mill(own);
    call(functions, payment(1));
    expect(() => call(functions, payment(2))).toThrow(LATE);
    expect(code.mistake).toMatchObject({
      operator: 'mill',
      sentence: `${name.split(',')[0]} "mill" ${LATE}`,
      evidence: ['at the record {"account":"a","of":{"cents":1}}'],
    });
  });

  test('a write throws where it is made', () => {
    const [own, call] = calls[name]!((value) => {
      (value as { account: string }).account = 'b';
    });
    const [functions] = mill(own);
    expect(() => call(functions, payment(1))).toThrow(
      'a record cannot be changed: its field "account" was assigned to',
    );
  });

  test('where records are objects, the function is given the record itself', () => {
    const seen: Value[] = [];
    const [own, call] = calls[name]!((value) => void seen.push(value));
    const [functions] = mill(own, 'objects');
    const given = payment(1);
    call(functions, given);
    expect(seen.every((value) => value === given)).toBe(true);
  });
});

describe('what a function gives of a view is a copy', () => {
  const whole = payment(3);

  test('map, flatMap and reduce, also inside of something else', () => {
    const [functions] = mill({
      map: (value) => ({ value, of: [value, asPayment(value).of] }),
      flatMap: (value) => [value, [value]],
      reduce: (_, value) => value,
    });
    for (let round = 0; round < 9; round++) {
      expect(functions.map!(whole, context)).toStrictEqual({ value: whole, of: [whole, { cents: 3 }] });
      expect(functions.flatMap!(whole, context)).toStrictEqual([whole, [whole]]);
      expect(functions.reduce!(1, whole, context)).toStrictEqual(whole);
    }
  });

  test('records of a generator, collected ones, and states', () => {
    const [functions] = mill({
      *flatMap(value) {
        yield value;
        yield [value];
      },
      onRecord: (value, mine) => {
        mine.collect(value);
        mine.state('last').update({ value });
      },
    });
    for (let round = 0; round < 9; round++) {
      expect(Array.from(functions.flatMap!(whole, context))).toStrictEqual([whole, [whole]]);
      const mine = processContext();
      functions.onRecord!(whole, mine);
      expect(mine.done).toStrictEqual([whole, { value: whole }]);
    }
  });
});

describe('declared state', () => {
  const declared = schema({ count: int32, word: string });
  const stateMill = (
    onRecord: (state: StateFields, context: ProcessContext) => void,
  ): [() => Value[], UserCode, Value[]] => {
    const states = new Map<string, Value>();
    const done: Value[] = [];
    const [functions, code] = mill(
      { onRecord: (_, context, state) => onRecord(state!, context), state: declared },
      'objects',
    );
    const state = (name: string): ValueState<Value> => ({
      value: () => states.get(name) ?? null,
      update: (value) => void states.set(name, value),
      clear: () => void states.delete(name),
    });
    const given = { ...processContext(), state: state as never, collect: (value: Value) => void done.push(value) };
    return [() => (functions.onRecord!(payment(1), given), [...states.values()]), code, done];
  };

  test('is read and assigned to, also where a call is repeated', () => {
    const [call, code, done] = stateMill((state, context) => {
      state['count'] = (state['count'] as number) + 1;
      context.collect(state);
    });
    for (let round = 1; round < 20; round++) expect(call()).toStrictEqual([{ count: round, word: '' }]);
    expect(done[4]).toStrictEqual({ count: 5, word: '' });
    expect(code.mistake).toBeNull();
  });

  test('is stored in the form of its schema, whatever the order in which it is given', () => {
    const [call, code] = stateMill((state, context) => {
      context.state('state').update({ word: 'x', count: -0 });
      state['count'] = (state['count'] as number) * -1;
    });
    for (let round = 0; round < 9; round++) expect(JSON.stringify(call())).toBe('[{"count":0,"word":"x"}]');
    expect(Object.is((call()[0] as StateFields)['count'], 0)).toBe(true);
    expect(code.mistake).toBeNull();
  });

  test('used behind its call is named with function and record', () => {
    let kept: StateFields | null = null;
    let isLater = false;
    const [call, code] = stateMill((state) => {
      if (isLater) kept!['count'] = 2;
      kept ??= state;
    });
    call();
    isLater = true;
    expect(call).toThrow('used its state after the call that it was given to');
    expect(code.mistake).toMatchObject({
      sentence: 'onRecord "mill" used its state after the call that it was given to',
      evidence: ['at the record {"account":"a","of":{"cents":1}}'],
    });
  });

  test('set out of the range of its type, it is named even where that is caught', () => {
    const [call, code] = stateMill((state) => {
      try {
        state['count'] = 2 ** 31;
      } catch {
        // caught
      }
    });
    call();
    expect(code.mistake?.sentence).toBe(
      'onRecord "mill" set its state field "count" to 2147483648, expected int32, a whole number from -2147483648 to 2147483647',
    );
  });
});

test('a view of core is lent as one of its own, which shows the same record while core goes on', () => {
  const views = new RowViews();
  const column = columnOf([payment(1), payment(2)]) as RecordColumn;
  const { row } = views.show(column);
  const seen: Value[] = [];
  const [functions, code] = mill({
    map: (value) => {
      expect(isRowView(value)).toBe(true);
      expect(value).not.toBe(row);
      seen.push(value);
      return value;
    },
  });
  expect(functions.map!(row, context)).toStrictEqual(payment(1));
  views.place.index = 1;
  expect(functions.map!(row, context)).toStrictEqual(payment(2));
  expect(code.mistake).toBeNull();
  expect(() => structuredClone(seen[0])).toThrow(LATE);
});
