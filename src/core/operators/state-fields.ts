// The declared state of `process`: the fields of a key, each of a type that lies in a column. Here is what a field may hold, what it is before anything was
// stored, and how fields are read and written as a whole value: the plain twin of the code in `state-code.ts`.
import type { Value } from '../base/value.ts';
import { shown, type ColumnType, type ScalarKind, type Schema } from '../columns/schema.ts';
import { defineAccessor, viewConstructor } from '../columns/view-object.ts';
import { STATE_NAME, type StateFields } from '../graph/functions.ts';
import { showValue } from './user-code-error.ts';

/** A schema of state, made ready. */
export interface StatePlan {
  readonly names: readonly string[];
  readonly kinds: readonly ScalarKind[];
  readonly isNullable: readonly boolean[];
  /** What a key without state has. */
  readonly zero: Fields;
}

type Fields = Readonly<Record<string, Value>>;

/** Where the fields of a key lie as one value. */
export interface StateCell {
  /** Null: nothing was stored. */
  read(): Value | null;
  write(value: Value): void;
  /** @param problem follows the name of the operator */
  fail(problem: string): never;
}

export function planOf(schema: Schema): StatePlan {
  const names = Object.keys(schema.fields);
  const types = Object.values(schema.fields);
  const kinds = types.map((type) => scalarOf(type));
  const isNullable = types.map(({ kind }) => kind === 'nullable');
  const zero = Object.fromEntries(
    names.map((name, at) => [name, isNullable[at] === true ? null : ZERO[kinds[at] as ScalarKind]]),
  );
  return { names, kinds, isNullable, zero: Object.freeze(zero) };
}

function scalarOf(type: ColumnType): ScalarKind {
  return (type.kind === 'nullable' ? type.present.kind : type.kind) as ScalarKind;
}

// millrace-lint-ignore module-state: never changes
const ZERO: Readonly<Record<ScalarKind, Value>> = {
  int32: 0,
  int64: 0,
  float64: 0,
  timestamp: 0,
  boolean: false,
  string: '',
};

/** Beyond it there is no Date. */
const TIMESTAMP_MAX = 8.64e15;

// millrace-lint-ignore module-state: never changes
const EXPECTED: Readonly<Record<ScalarKind, string>> = {
  int32: 'int32, a whole number from -2147483648 to 2147483647',
  int64: 'int64',
  float64: 'float64, a number',
  timestamp: 'timestamp, a whole number of ms that a Date can have',
  boolean: 'true or false',
  string: 'a string',
};

/** The value as a field of this type has it: -0 is 0 where it is whole. Undefined: it has no such value. */
export function takenAs({ kinds, isNullable }: StatePlan, at: number, value: unknown): Value | undefined {
  if (value === null) return isNullable[at] === true ? null : undefined;
  switch (kinds[at]) {
    case 'int32':
      return typeof value === 'number' && (value | 0) === value ? value | 0 : undefined;
    case 'timestamp':
      return Number.isSafeInteger(value) && Math.abs(value as number) <= TIMESTAMP_MAX
        ? (value as number) + 0
        : undefined;
    case 'float64':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    default:
      return undefined;
  }
}

/** What is wrong with a value for a field. */
export function misfit({ names, kinds, isNullable }: StatePlan, at: number, value: unknown): string {
  const given = typeof value === 'bigint' ? `${value}n` : shown(value);
  const orNull = isNullable[at] === true ? ', or null' : '';
  return `set its state field ${JSON.stringify(names[at])} to ${given}, expected ${EXPECTED[kinds[at] as ScalarKind]}${orNull}`;
}

/** All fields of a value that is to be stored, or what is wrong with it. */
export function takenFields(plan: StatePlan, value: unknown): Fields | string {
  const given = typeof value === 'object' && value !== null ? (value as Fields) : null;
  const names = given === null ? [] : Object.keys(given);
  if (given === null || names.length !== plan.names.length || !plan.names.every((name) => Object.hasOwn(given, name)))
    return `stored in "${STATE_NAME}" what has not the fields of its schema: ${plan.names.join(', ')}`;
  const fields: Record<string, Value> = {};
  for (const [at, name] of plan.names.entries()) {
    const taken = takenAs(plan, at, given[name]);
    if (taken === undefined) return misfit(plan, at, given[name]);
    fields[name] = taken;
  }
  return fields;
}

/** The fields of a key. What was stored before the state was declared may be anything. */
export function storedFields(plan: StatePlan, cell: StateCell): Fields {
  const stored = cell.read();
  if (stored === null) return plan.zero;
  const fields = takenFields(plan, stored);
  if (typeof fields !== 'string') return fields;
  return cell.fail(
    `has a state ${showValue(stored)} that is not of its schema, from a checkpoint or savepoint of before`,
  );
}

export function readField(plan: StatePlan, cell: StateCell, at: number): Value {
  return storedFields(plan, cell)[plan.names[at] as string] as Value;
}

export function writeField(plan: StatePlan, cell: StateCell, at: number, value: unknown): void {
  const taken = takenAs(plan, at, value);
  if (taken === undefined) cell.fail(misfit(plan, at, value));
  cell.write({ ...storedFields(plan, cell), [plan.names[at] as string]: taken });
}

/** The fields of a key as accessors, by whole values. */
export function plainFields(plan: StatePlan, cell: StateCell): StateFields {
  const State = viewConstructor((state) => {
    for (const [at, name] of plan.names.entries())
      defineAccessor(
        state,
        name,
        () => readField(plan, cell, at),
        (value) => writeField(plan, cell, at, value),
      );
  });
  return new State() as StateFields;
}
