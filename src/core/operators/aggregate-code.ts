// Built-in aggregates of an operator as code: what comes of a record, and what is emitted. State and results are objects of few shapes that are known when
// the code is built, so what makes them is generated; where a host generates none, plain loops make the same.
import type { Key, Value } from '../base/value.ts';
import type { NamedAggregate } from '../graph/aggregates.ts';
import { cellsOf, createCells, type Cell } from './aggregate-cells.ts';
import type { DistinctValues } from './distinct-values.ts';

type State = Readonly<Record<string, Value>>;

export interface AggregateCode {
  /** The state behind the first record of a key. */
  readonly begin: (record: Value) => Value;
  /** The state behind one record more. Throws a UserCodeError if the record, or the state, has not what an aggregate reads. */
  readonly add: (before: Value, record: Value) => Value;
  /** What is emitted; a window with its bounds. */
  readonly result: (state: Value, key: Key, window: Value) => Value;
}

/** A window's start and end come between its key and the aggregates. */
export type ResultHead = 'key' | 'key-and-window';

export function createAggregateCode(
  operator: string,
  aggregates: readonly NamedAggregate[],
  head: ResultHead,
): AggregateCode {
  return generatedCode(operator, aggregates, head) ?? plainCode(operator, aggregates, head);
}

/** Null where there can be none. */
export function generatedCode(
  operator: string,
  aggregates: readonly NamedAggregate[],
  head: ResultHead,
): AggregateCode | null {
  const cells = createCells(operator, aggregates);
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the names are literals of JSON
    const make = new Function('begins', 'steps', codeText(cells, aggregates, head)) as (
      begins: readonly Cell['begin'][],
      steps: readonly Cell['step'][],
    ) => AggregateCode;
    return make(
      cells.map(({ begin }) => begin),
      cells.map(({ step }) => step),
    );
  } catch {
    return null; // the host allows none
  }
}

function codeText(cells: readonly Cell[], aggregates: readonly NamedAggregate[], head: ResultHead): string {
  const names = cells.map(({ name }) => JSON.stringify(name));
  const begun = names.map((name, at) => `${name}: begin${at}(record)`);
  const stepped = names.map((name, at) => `${name}: step${at}(before[${name}], record)`);
  const results = aggregates.map((aggregate) => `${JSON.stringify(aggregate.name)}: ${resultText(aggregate)}`);
  return `'use strict';
const ${names.map((_, at) => `begin${at} = begins[${at}], step${at} = steps[${at}]`).join(', ')};
return {
  begin: (record) => ({ ${begun.join(', ')} }),
  add: (before, record) => ({ ${stepped.join(', ')} }),
  result: (state, key, window) => ({ ${[head === 'key' ? 'key' : 'key, window', ...results].join(', ')} }),
};`;
}

function resultText(aggregate: NamedAggregate): string {
  const [one, other] = cellsOf(aggregate).map((name) => `state[${JSON.stringify(name)}]`);
  if (aggregate.of === 'avg') return `Number(${one}) / ${other}`; // of an int64 too
  return aggregate.of === 'countDistinct' ? `${one}.size` : `${one}`;
}

export function plainCode(operator: string, aggregates: readonly NamedAggregate[], head: ResultHead): AggregateCode {
  const cells = createCells(operator, aggregates);
  return {
    begin: (record) => Object.fromEntries(cells.map(({ name, begin }) => [name, begin(record)])),
    add: (before, record) =>
      Object.fromEntries(cells.map(({ name, step }) => [name, step((before as State)[name], record)])),
    result: (state, key, window) => ({
      ...(head === 'key' ? { key } : { key, window }),
      ...Object.fromEntries(aggregates.map((aggregate) => [aggregate.name, resultIn(state as State, aggregate)])),
    }),
  };
}

function resultIn(state: State, aggregate: NamedAggregate): Value {
  const [one, other] = cellsOf(aggregate).map((name) => state[name] as Value);
  if (aggregate.of === 'avg') return Number(one) / (other as number);
  return aggregate.of === 'countDistinct' ? (one as unknown as DistinctValues).size : (one as Value);
}
