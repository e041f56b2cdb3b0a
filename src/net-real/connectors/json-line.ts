// One line of JSON as a record, or what is wrong with it.
import { isUtf8 } from 'node:buffer';
import { describeNonValue, type Result, type Value } from '../../core/base/value.ts';
import { describeError } from '../port-answers.ts';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export function startsWithByteOrderMark(bytes: Buffer): boolean {
  return BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length));
}

export function parseJsonLine(line: Buffer): Result<Value> {
  if (!isUtf8(line)) return { ok: false, reason: 'not UTF-8' };
  if (startsWithByteOrderMark(line))
    return { ok: false, reason: 'no JSON: it begins with a byte order mark, which cannot be seen' };
  try {
    const parsed: unknown = JSON.parse(line.toString());
    const mistake = describeNonValue(parsed);
    return mistake === null ? { ok: true, value: parsed as Value } : { ok: false, reason: mistake };
  } catch (error) {
    return { ok: false, reason: `no JSON: ${describeError(error)}` };
  }
}
