// aggregate, written again: what each built-in aggregate remembers of the records of a key. A snapshot holds a key as an object of these, by `sum(price)` and
// the like; what countDistinct has met lies there as lists in lists, and here as one.
import type { Value } from '../../../core/base/value.ts';
import type { NamedAggregate } from '../../../core/graph/aggregates.ts';
import type { PlannedOperator } from '../reference-plan.ts';
import { textOf } from '../text.ts';
import {
  BadOutput,
  fieldAt,
  keyOf,
  NO_WINDOWS,
  stateOfKey,
  statesOfKeys,
  type Emit,
  type OperatorState,
  type ReferenceKind,
  type ReferenceRun,
} from './kind.ts';

/** What is remembered, by its name in a snapshot. */
export type Remembered = Readonly<Record<string, Value>>;

export const aggregate: ReferenceKind = {
  take: aggregateRecord,
  fire: null,
  kept: {
    read: (key, value) => ({
      key,
      windows: NO_WINDOWS,
      values: new Map(Object.entries(readRemembered(value))),
      timers: [],
    }),
    expected: statesOfKeys,
  },
  dated: 'as-taken',
  dropsLate: false,
};

function aggregateRecord(run: ReferenceRun, index: number, value: Value, timestamp: number, emit: Emit): void {
  const planned = run.plan.operators[index] as PlannedOperator;
  const key = keyOf(planned, value);
  const { values } = stateOfKey(run.states[index] as OperatorState, key);
  const after = remember(planned, Object.fromEntries(values), value);
  for (const [name, held] of Object.entries(after)) values.set(name, held);
  emit(run, index, { key, ...aggregatesOf(planned, after) }, timestamp);
}

function declaredOf({ operator }: PlannedOperator): readonly NamedAggregate[] {
  return 'aggregates' in operator ? operator.aggregates : [];
}

/** With one record more. */
export function remember(planned: PlannedOperator, before: Remembered, record: Value): Remembered {
  const after: Record<string, Value> = {};
  for (const { of, field = '' } of declaredOf(planned)) {
    if (of === 'avg' || of === 'count') after['count()'] = Number(before['count()'] ?? 0) + 1;
    if (of === 'count') continue;
    const name = `${of === 'avg' ? 'sum' : of}(${field})`;
    const found = field === '' ? record : fieldAt(record, field);
    if (!isTaken(of, found, before[name], field)) throw unfit(name, record);
    after[name] = withOne(of, before[name], { found, record, field });
  }
  return after;
}

interface Met {
  readonly found: Value;
  readonly record: Value;
  readonly field: string;
}

function isTaken(
  of: NamedAggregate['of'],
  found: Value | undefined,
  before: Value | undefined,
  field: string,
): found is Value {
  switch (of) {
    case 'sum':
    case 'avg':
      return isSummand(found, before);
    case 'countDistinct':
      return ['number', 'string', 'boolean', 'bigint'].includes(typeof found);
    case 'first':
    case 'last':
    case 'count':
      return found !== undefined;
    default: {
      const other = before === undefined ? found : of === 'min' || of === 'max' ? before : fieldAt(before, field);
      return ['number', 'string', 'bigint'].includes(typeof found) && typeof found === typeof other;
    }
  }
}

/** Numbers are summed, or whole numbers of 64 bits whose sum is one. */
function isSummand(found: Value | undefined, before: Value | undefined): boolean {
  if (typeof found === 'number') return typeof before !== 'bigint';
  if (typeof found !== 'bigint' || typeof before === 'number') return false;
  const sum = found + ((before as bigint | undefined) ?? 0n);
  return BigInt.asIntN(64, sum) === sum;
}

function unfit(name: string, record: Value): BadOutput {
  return new BadOutput('gives a record that no aggregate can take', `${name} of ${textOf(record)}`);
}

function withOne(of: NamedAggregate['of'], before: Value | undefined, { found, record, field }: Met): Value {
  switch (of) {
    case 'sum':
    case 'avg':
      if (typeof found === 'bigint') return found + ((before as bigint | undefined) ?? 0n);
      return Number(before ?? 0) + Number(found);
    case 'count':
    case 'last':
      return found;
    case 'first':
      return before === undefined ? found : before;
    case 'min':
      return before !== undefined && !isBefore(found, before) ? before : found;
    case 'max':
      return before !== undefined && !isBefore(before, found) ? before : found;
    case 'minBy':
      return before !== undefined && !isBefore(found, fieldAt(before, field)) ? before : record;
    case 'maxBy':
      return before !== undefined && !isBefore(fieldAt(before, field), found) ? before : record;
    case 'countDistinct':
      return sortedOnce([...((before as readonly Value[] | undefined) ?? []), found]);
  }
}

/** Two strings, two numbers, or two int64s. */
function isBefore(one: Value | undefined, other: Value | undefined): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one < other;
  if (typeof one === 'bigint' && typeof other === 'bigint') return one < other;
  return orderedBits(one as number) < orderedBits(other as number);
}

const BITS_OF_MAGNITUDE = 0x7fff_ffff_ffff_ffffn;

/** The bits of a double, which have its order: sign and magnitude. -0 comes before 0, and NaN last. */
function orderedBits(number: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(number)) return BITS_OF_MAGNITUDE;
  view.setFloat64(0, number);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & BITS_OF_MAGNITUDE) - 1n : bits;
}

function sortedOnce(values: readonly Value[]): readonly Value[] {
  const byText = new Map(values.map((value) => (value === 0 ? ['0', 0] : [textOf(value), value])));
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

/** What the aggregates come to. */
export function aggregatesOf(planned: PlannedOperator, remembered: Remembered): Remembered {
  const results: Record<string, Value> = {};
  for (const { name, of, field = '' } of declaredOf(planned)) {
    const held = remembered[`${of === 'avg' ? 'sum' : of}(${field})`] as Value;
    if (of === 'avg') results[name] = Number(held) / Number(remembered['count()']);
    else results[name] = of === 'countDistinct' ? (held as readonly Value[]).length : held;
  }
  return results;
}

/** As a snapshot has it; what is not as it should be is handed on, and is found to be wrong. */
export function readRemembered(value: Value): Remembered {
  const entries = Object.entries(value as Remembered).map(([name, held]): [string, Value] => {
    if (!name.startsWith('countDistinct(')) return [name, held];
    const { size, values } = held as { readonly size: number; readonly values: readonly Value[] };
    const flat = values.flat(Infinity as 9) as readonly Value[];
    return [name, flat.length === size ? sortedOnce(flat) : held];
  });
  return Object.fromEntries(entries);
}
