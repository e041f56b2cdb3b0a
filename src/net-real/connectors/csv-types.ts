// Fields of comma-separated values by the types of a schema. An empty field is null where that may be; lists and objects are JSON texts, as a sink writes them.
import { unknownName } from '../../core/base/options.ts';
import { describeLostNumber, parseJson } from '../../core/base/parse-json.ts';
import type { Result, Value } from '../../core/base/value.ts';
import { EXPECTED, fitted, placesOf, type Fit } from '../../core/columns/fit.ts';

export type RecordFit = Extract<Fit, { readonly kind: 'record' }>;

/** A number as it is written. */
export const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/;

const WHOLE = /^\s*[-+]?\d{1,19}\s*$/;

/** What is wrong with the names of columns, or null. A field that may be null may have no column. */
export function columnMistake(columns: readonly string[], { names, fits }: RecordFit): string | null {
  const foreign = columns.find((name) => !names.includes(name));
  if (foreign !== undefined) return unknownName('column', foreign, names);
  const missing = names.findIndex((name, at) => !columns.includes(name) && fits[at]?.kind !== 'nullable');
  return missing < 0
    ? null
    : `there is no column "${names[missing]}", which must be ${EXPECTED[(fits[missing] as Fit).kind]}`;
}

/** @param places of each field of the schema among the texts; -1: it has none */
export function typedRecord(
  texts: readonly string[],
  { names, fits }: RecordFit,
  places: readonly number[],
): Result<Value> {
  const record: Record<string, Value> = {};
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const field = typedField(fits[at] as Fit, texts[places[at] as number] ?? '', name);
    if (!field.ok) return field;
    record[name] = field.value;
  }
  return { ok: true, value: record };
}

function typedField(fit: Fit, text: string, name: string): Result<Value> {
  switch (fit.kind) {
    case 'string':
      return { ok: true, value: text };
    case 'nullable':
      return text === '' ? { ok: true, value: null } : typedField(fit.present, text, name);
    case 'boolean':
      return fitted(fit, text === 'true' ? true : text === 'false' ? false : text, name);
    case 'int64':
      return fitted(fit, WHOLE.test(text) ? BigInt(text.trim().replace('+', '')) : text, name);
    case 'list':
    case 'record':
      return fromJson(fit, text, name);
    default:
      return fromNumber(fit, text, name);
  }
}

function fromNumber(fit: Fit, text: string, name: string): Result<Value> {
  if (!NUMBER.test(text)) return fitted(fit, text, name);
  const number = Number(text);
  if (Number.isFinite(number)) return fitted(fit, number, name);
  return { ok: false, reason: describeLostNumber(text.trim(), ` in column ${name}`) ?? '' };
}

function fromJson(fit: Fit, text: string, name: string): Result<Value> {
  const parsed = parseJson(text, placesOf(fit));
  if (parsed.ok) return fitted(fit, parsed.value, name);
  return parsed.isJson ? { ok: false, reason: `${parsed.reason} in column ${name}` } : fitted(fit, text, name);
}
