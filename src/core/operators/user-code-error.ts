// A mistake of a job's own code, as data and as one sentence that names the operator. It fails the task, and is no bug of Millrace.
import { describeNonValue, type Value } from '../base/value.ts';

const PROBLEM_LENGTH_MAX = 500;
const RECORD_LENGTH_MAX = 200;

/** A function of a job, by the name that its author knows: the call of the API, or the field that holds it. */
export type FunctionName =
  | 'timestamp'
  | 'keyBy'
  | 'map'
  | 'flatMap'
  | 'filter'
  | 'mapAsync'
  | 'reduce'
  | 'onRecord'
  | 'onTimer'
  | 'create'
  | 'add'
  | 'result';

export class UserCodeError extends Error {
  override readonly name = 'UserCodeError';
  readonly operator: string;
  /** The function that is at fault, where it is known. */
  readonly function: FunctionName | null;
  /** What its task was at work on: a record as text, or a timer; null until it is known. */
  given: string | null = null;

  /** @param thrown what user code threw; absent: it threw nothing, and what it did is told by `problem` */
  constructor(operator: string, problem: string, called: FunctionName | null = null, thrown?: unknown) {
    super(
      `${called ?? 'operator'} "${operator}" ${cut(problem, PROBLEM_LENGTH_MAX)}`,
      thrown === undefined ? {} : { cause: thrown },
    );
    this.operator = operator;
    this.function = called;
  }

  /** The sentence, with what its task was at work on. */
  get sentence(): string {
    return this.given === null ? this.message : `${this.message}, at ${this.given}`;
  }
}

/** A record as a person reads it, cut to a line. */
export function showRecord(record: Value): string {
  return `the record ${showValue(record)}`;
}

export function showTimer(time: number, key: Value): string {
  return `the timer ${time} of key ${showValue(key)}`;
}

/** A value as a person reads it, cut to a line. */
export function showValue(value: Value): string {
  return cut(JSON.stringify(value, (_, field: unknown) => shown(field)) ?? 'undefined', RECORD_LENGTH_MAX);
}

/** JSON has no word for these. */
function shown(field: unknown): unknown {
  if (typeof field === 'number' && !Number.isFinite(field)) return String(field);
  if (typeof field === 'bigint') return `${field}n`;
  return field instanceof Uint8Array ? `${field.length} bytes` : field;
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** The error for something that is not a value; `action` is `emitted` or `stored`. */
export function notAValue(operator: string, action: string, found: unknown): UserCodeError {
  return new UserCodeError(
    operator,
    `${action} what is not data: ${describeNonValue(found) ?? 'something that changed meanwhile'}`,
  );
}

/** Anything can be thrown, and looking at it must not throw again. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'something that cannot be described';
  }
}
