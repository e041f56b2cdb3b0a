// One line of JSON as a record, or what is wrong with it.
import { isUtf8 } from 'node:buffer';
import { fitted, holdsInt64, placesOf, type Fit } from '../../core/columns/fit.ts';
import { parseJson, type NumberPlaces, type ParsedJson } from '../../core/base/parse-json.ts';
import type { Result, Value } from '../../core/base/value.ts';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export function startsWithByteOrderMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length));
}

/** A schema made ready for many lines. */
export interface DeclaredLines {
  readonly fit: Fit;
  readonly places: NumberPlaces | null;
  readonly holdsInt64: boolean;
}

export function declaredLines(fit: Fit): DeclaredLines {
  return { fit, places: placesOf(fit), holdsInt64: holdsInt64(fit) };
}

/** @param declared null: a record may be anything */
export function parseJsonLine(line: Buffer, declared: DeclaredLines | null): Result<Value> {
  if (!isUtf8(line)) return { ok: false, reason: 'not UTF-8' };
  if (startsWithByteOrderMark(line))
    return { ok: false, reason: 'no JSON: it begins with a byte order mark, which cannot be seen' };
  const parsed = parseBy(declared, line.toString());
  if (parsed.ok && declared !== null) return fitted(declared.fit, parsed.value);
  return parsed.ok || parsed.isJson ? parsed : { ok: false, reason: `no JSON: ${parsed.reason}` };
}

/** Without int64s it is a matter of numbers that no double holds alone, and few lines have any. */
function parseBy(declared: DeclaredLines | null, text: string): ParsedJson {
  if (declared?.holdsInt64 === true) return parseJson(text, declared.places);
  const parsed = parseJson(text);
  return parsed.ok || !parsed.isJson || declared === null ? parsed : parseJson(text, declared.places);
}
