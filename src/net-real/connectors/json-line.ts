// One line of JSON as a record, or what is wrong with it.
import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../core/base/parse-json.ts';
import type { Result, Value } from '../../core/base/value.ts';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export function startsWithByteOrderMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length));
}

export function parseJsonLine(line: Buffer): Result<Value> {
  if (!isUtf8(line)) return { ok: false, reason: 'not UTF-8' };
  if (startsWithByteOrderMark(line))
    return { ok: false, reason: 'no JSON: it begins with a byte order mark, which cannot be seen' };
  const parsed = parseJson(line.toString());
  return parsed.ok || parsed.isJson ? parsed : { ok: false, reason: `no JSON: ${parsed.reason}` };
}
