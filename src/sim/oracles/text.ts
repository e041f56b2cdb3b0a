// Values, keys and attempts as text for oracles: equal values have equal text, whatever the order of their fields.
import type { Value } from '../../core/base/value.ts';
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import type { AttemptId } from '../../core/protocol/messages.ts';

/** Canonical text of a value; JSON with sorted fields where JSON can say it. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return `${value}n`;
  return value === null ? 'null' : textOfCompound(value);
}

function textOfCompound(value: Exclude<Value, null | string | number | bigint | boolean>): string {
  if (value instanceof Uint8Array) return `bytes(${[...value].join(' ')})`;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(textOf).join(',')}]`;
  const fields = value as Fields;
  const names = sorted(Object.keys(fields));
  let text = '{';
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    text += `${index === 0 ? '' : ','}"${name}":${textOf(fields[name] as Value)}`;
  }
  return `${text}}`;
}

const FEW = 16;

/** In place; by insertion, as fields are few and the engine's own way takes memory for each call. */
function sorted(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort();
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let place = index;
    for (; place > 0 && (names[place - 1] as string) > name; place--) names[place] = names[place - 1] as string;
    names[place] = name;
  }
  return names;
}

/** Whether two values have the same text, which nobody has to make for that. */
export function areEqual(one: Value, other: Value): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) return Array.isArray(other) && haveEqualItems(one, other);
  if (one instanceof Uint8Array) return other instanceof Uint8Array && haveEqualItems(one, other);
  if (Array.isArray(other) || other instanceof Uint8Array) return false;
  return haveEqualFields(one as Fields, other as Fields);
}

type Fields = { readonly [field: string]: Value };

function haveEqualItems(items: ArrayLike<Value>, others: ArrayLike<Value>): boolean {
  if (items.length !== others.length) return false;
  for (let index = 0; index < items.length; index++)
    if (!areEqual(items[index] as Value, others[index] as Value)) return false;
  return true;
}

function haveEqualFields(fields: Fields, others: Fields): boolean {
  const names = Object.keys(fields);
  if (names.length !== Object.keys(others).length) return false;
  for (const name of names)
    if (!Object.hasOwn(others, name) || !areEqual(fields[name] as Value, others[name] as Value)) return false;
  return true;
}

/** `1/0#2` = vertex/subtask#attempt. */
export function attemptText(id: AttemptId): string {
  return `${id.vertex}/${id.subtask}#${id.attempt}`;
}

/** The same under a leader's epoch: attempts count from 1 again under each. */
export function attemptKey(epoch: number, id: AttemptId): string {
  return `e${epoch}:${id.vertex}/${id.subtask}#${id.attempt}`;
}

/** At most `most` lines, and how many there were. */
export function firstLines<T>(lines: readonly T[], most = 5): readonly (T | string)[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}

const TEXT_LENGTH_MAX = 100; // a sentence must stay one

/** A long text with its middle left out. */
export function cutText(text: string, most: number = TEXT_LENGTH_MAX): string {
  return text.length <= most ? text : `${text.slice(0, most - 20)}…${text.slice(-19)}`;
}

/** An event time; the first and the last have names. */
export function timeText(timestamp: number): string {
  if (timestamp === NO_TIMESTAMP) return 'the beginning';
  return timestamp === Number.MAX_SAFE_INTEGER ? 'the end of input' : String(timestamp);
}

export function timesText(count: number): string {
  return count <= 2 ? (['never', 'once', 'twice'] as const)[count as 0 | 1 | 2] : `${count} times`;
}
