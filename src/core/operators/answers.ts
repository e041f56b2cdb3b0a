// What the functions of a job may give. Nobody compiled the job, so an answer may be anything: a promise first of all, which is always true, never a
// record, and comes to something when its record is long gone. The right answers pass without work.
import type { Value } from '../base/value.ts';
import { valueOfViews } from '../columns/row-view.ts';
import { describeKeyProblem, normalizeKey } from '../graph/keys.ts';
import type { Key } from '../base/value.ts';
import { notAValue, UserCodeError, type FunctionName } from './user-code-error.ts';

const SHOWN_LENGTH_MAX = 60;

/** Says what something is: `a promise`, `3`, `an instance of Map`. */
export function describeAnswer(answer: unknown): string {
  if (typeof answer === 'function') return 'a function';
  if (typeof answer === 'string') return JSON.stringify(answer.slice(0, SHOWN_LENGTH_MAX));
  if (typeof answer === 'bigint') return `${answer}n`;
  return typeof answer === 'object' && answer !== null ? describeObject(answer) : String(answer);
}

function describeObject(answer: object): string {
  if (isPromise(answer)) return 'a promise';
  if (Symbol.asyncIterator in answer) return 'an async generator';
  if (isIterator(answer)) return 'a generator';
  if (Array.isArray(answer)) return 'an array';
  const prototype: unknown = Object.getPrototypeOf(answer);
  if (prototype === Object.prototype || prototype === null) return 'an object';
  const { name } = (prototype as { readonly constructor?: { readonly name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object of a class';
}

/** Of whichever library. */
export function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}

function isIterator(answer: object): boolean {
  return 'next' in answer && typeof answer.next === 'function';
}

/** The error for an answer of the wrong kind. */
function gave(operator: string, called: FunctionName, answer: unknown, expected: string): UserCodeError {
  return new UserCodeError(operator, `gave ${describeAnswer(answer)}, expected ${expected}`, called);
}

/** Truth as JavaScript has it, but for what is true whatever it holds. */
export function checkFlag(operator: string, answer: unknown): boolean {
  if ((typeof answer === 'object' && answer !== null) || typeof answer === 'function')
    throw gave(operator, 'filter', answer, 'true or false');
  return Boolean(answer);
}

/** Of `flatMap`: an array, a generator, or whatever else gives records one by one. */
export function checkItems(operator: string, answer: Iterable<Value>): Iterable<Value> {
  if (Array.isArray(answer) || typeof (answer as Partial<Iterable<Value>> | null)?.[Symbol.iterator] === 'function')
    return answer;
  throw gave(operator, 'flatMap', answer, 'records one by one');
}

/** Of `onRecord` and `onTimer`, which emit by their context: other answers than these are dropped, as arrow functions give what they did last. */
export function checkNothing(operator: string, called: 'onRecord' | 'onTimer', answer: unknown): void {
  if (answer === undefined || typeof answer !== 'object' || answer === null) return;
  if (isPromise(answer) || isIterator(answer) || Symbol.asyncIterator in answer)
    throw gave(operator, called, answer, 'nothing: all that it does must be done when it returns');
}

/** A record that was made by a function of the job. */
export function checkRecord(operator: string, called: 'map' | 'reduce' | 'result', answer: Value): Value {
  const record = valueOfViews(answer);
  if (record !== undefined) return record;
  throw isPromise(answer) ? gave(operator, called, answer, 'a record') : notAValue(operator, 'emitted', answer);
}

export function checkAccumulator(operator: string, called: 'create' | 'add', answer: Value): Value {
  const accumulator = valueOfViews(answer);
  if (accumulator !== undefined) return accumulator;
  throw isPromise(answer)
    ? gave(operator, called, answer, 'an accumulator')
    : notAValue(operator, 'accumulated', answer);
}

/** The one form of the key: -0 comes back as 0. */
export function checkKey(operator: string, answer: Key): Key {
  if (typeof answer === 'string') return answer;
  if (typeof answer === 'number' && Number.isFinite(answer)) return answer + 0;
  const problem = isPromise(answer)
    ? 'a promise is no string, number, bigint or boolean, nor an array of them'
    : describeKeyProblem(answer);
  if (problem !== null) throw new UserCodeError(operator, `gave no key: ${problem}`);
  return normalizeKey(answer);
}

export function checkTimestamp(operator: string, answer: number): number {
  if (Number.isSafeInteger(answer)) return answer;
  throw new UserCodeError(operator, `gave a timestamp that is no whole number of ms, but ${describeAnswer(answer)}`);
}

export function checkTimerTime(operator: string, timestamp: number): number {
  if (Number.isSafeInteger(timestamp)) return timestamp + 0; // -0 is 0
  throw new UserCodeError(operator, `names a timer ${describeAnswer(timestamp)}: times are whole numbers of ms`);
}

const STATE_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Names are fields of snapshots, so not every text will do. */
export function isStateName(name: unknown): name is string {
  return typeof name === 'string' && STATE_NAME_PATTERN.test(name);
}

export function checkStateName(operator: string, name: unknown): void {
  if (isStateName(name)) return;
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, SHOWN_LENGTH_MAX)) : describeAnswer(name);
  throw new UserCodeError(
    operator,
    `names a state ${shown}: names begin with a letter, followed by up to 63 letters, digits, _ and -`,
  );
}

/** What is to be stored: views in it are copied. */
export function checkStored(operator: string, name: string, value: Value): Value {
  const stored = valueOfViews(value);
  if (stored === undefined) throw notAValue(operator, `stored in "${name}"`, value);
  return stored;
}
