// The bytes of values, read a second time, for decode.ts.
// A value is one tag byte and its content: 0 null, 1 false, 2 true, 3 whole >= 0 (varint), 4 whole < 0 (varint of -value), 5 float64 (little
// endian), 6 string (varint units, a varint each), 7 bytes (varint length), 8 array (varint count), 9 object (varint count, name and value each), 10 int64 (two words).
// A column of so many values: one byte of kind, then 0 values · 1 whole numbers: float64 least, byte width, distances from the least of that width ·
// 2 float64 each · 3 strings · 4 objects: varint count of names, the names, a column for each.
import type { Value } from '../../core/base/value.ts';

export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

export class Unreadable extends Error {}

export function byteAt(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw new Unreadable(`ends at byte ${cursor.at}`);
  cursor.at += 1;
  return byte;
}

export function varintAt(cursor: Cursor): number {
  const small = cursor.bytes[cursor.at];
  if (small !== undefined && small < 128) {
    cursor.at += 1;
    return small;
  }
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(cursor);
    value += (byte % 128) * scale;
    if (byte < 128) return value;
    if (scale > 2 ** 49) throw new Unreadable(`number too large at byte ${cursor.at}`);
  }
}

const SHORT = 24;
const KEPT = 1024;

/** Short strings, each where the hash of its bytes says: names of fields, operators and states come again and again, and to make one takes long. */
const kept: string[] = Array.from({ length: KEPT }, () => '');

export function stringAt(cursor: Cursor): string {
  const units = varintAt(cursor);
  const { bytes, at } = cursor;
  if (units > SHORT || at + units > bytes.length) return unitsAt(cursor, units);
  let hash = units;
  for (let index = at; index < at + units; index++) {
    const byte = bytes[index] as number;
    if (byte > 127) return unitsAt(cursor, units);
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const place = (hash ^ (hash >>> 15)) & (KEPT - 1);
  const before = kept[place] as string;
  if (!isWrittenAt(bytes, at, units, before)) return (kept[place] = unitsAt(cursor, units));
  cursor.at = at + units;
  return before;
}

function isWrittenAt(bytes: Uint8Array, at: number, units: number, text: string): boolean {
  if (text.length !== units) return false;
  for (let index = 0; index < units; index++) if (text.charCodeAt(index) !== bytes[at + index]) return false;
  return true;
}

function unitsAt(cursor: Cursor, units: number): string {
  let text = '';
  for (let index = 0; index < units; index++) text += String.fromCharCode(varintAt(cursor));
  return text;
}

export function valueAt(cursor: Cursor): Value {
  const tag = byteAt(cursor);
  switch (tag) {
    case 0:
      return null;
    case 1:
      return false;
    case 2:
      return true;
    case 3:
      return varintAt(cursor);
    case 4:
      return -varintAt(cursor);
    case 5:
      return floatAt(cursor);
    case 6:
      return stringAt(cursor);
    case 7: {
      const length = varintAt(cursor);
      cursor.at += length;
      return cursor.bytes.slice(cursor.at - length, cursor.at);
    }
    case 8:
      return listAt(cursor);
    case 9:
      return fieldsAt(cursor);
    case 10: {
      const low = wordAt(cursor);
      return BigInt.asIntN(64, BigInt(low) + 0x1_0000_0000n * BigInt(wordAt(cursor)));
    }
    default:
      throw new Unreadable(`tag ${tag} at byte ${cursor.at - 1}`);
  }
}

function listAt(cursor: Cursor): Value {
  const items: Value[] = [];
  for (let left = varintAt(cursor); left > 0; left--) items.push(valueAt(cursor));
  return items;
}

function fieldsAt(cursor: Cursor): Value {
  const fields: Record<string, Value> = {};
  for (let left = varintAt(cursor); left > 0; left--) {
    const name = stringAt(cursor);
    setField(fields, name, valueAt(cursor));
  }
  return fields;
}

export function columnAt(cursor: Cursor, count: number): Value[] {
  if (count > cursor.bytes.length - cursor.at) throw new Unreadable(`${count} values at byte ${cursor.at}`);
  const values: Value[] = [];
  const kind = byteAt(cursor);
  switch (kind) {
    case 0:
      for (let row = 0; row < count; row++) values.push(valueAt(cursor));
      return values;
    case 1: {
      const least = floatAt(cursor);
      const width = byteAt(cursor);
      for (let row = 0; row < count; row++) values.push(least + littleEndianAt(cursor, width));
      return values;
    }
    case 2:
      for (let row = 0; row < count; row++) values.push(floatAt(cursor));
      return values;
    case 3:
      for (let row = 0; row < count; row++) values.push(stringAt(cursor));
      return values;
    case 4: {
      const names = Array.from({ length: varintAt(cursor) }, () => stringAt(cursor));
      const columns = names.map(() => columnAt(cursor, count));
      for (let row = 0; row < count; row++) values.push(fieldsOf(names, columns, row));
      return values;
    }
    default:
      throw new Unreadable(`column of kind ${kind} at byte ${cursor.at - 1}`);
  }
}

function fieldsOf(names: readonly string[], columns: readonly Value[][], row: number): Value {
  const fields: Record<string, Value> = {};
  for (let index = 0; index < names.length; index++)
    setField(fields, names[index] as string, columns[index]?.[row] as Value);
  return fields;
}

function setField(fields: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

function littleEndianAt(cursor: Cursor, width: number): number {
  let number = 0;
  let scale = 1;
  for (let left = width; left > 0; left--, scale *= 256) number += byteAt(cursor) * scale;
  return number;
}

const float = new DataView(new ArrayBuffer(8));

function floatAt(cursor: Cursor): number {
  float.setUint32(0, wordAt(cursor), true);
  float.setUint32(4, wordAt(cursor), true);
  return float.getFloat64(0, true);
}

/** Four bytes, as an unsigned number. */
export function wordAt(cursor: Cursor): number {
  const { bytes, at } = cursor;
  if (at + 4 > bytes.length) throw new Unreadable(`ends at byte ${bytes.length}`);
  cursor.at = at + 4;
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

export function skipValue(cursor: Cursor): void {
  const tag = byteAt(cursor);
  if (tag === 3 || tag === 4) varintAt(cursor);
  else if (tag === 5 || tag === 10) cursor.at += 8;
  else if (tag === 6) skipUnits(cursor);
  else if (tag === 7) skipBytes(cursor);
  else if (tag === 8) for (let left = varintAt(cursor); left > 0; left--) skipValue(cursor);
  else if (tag === 9) {
    for (let left = varintAt(cursor); left > 0; left--) {
      skipUnits(cursor);
      skipValue(cursor);
    }
  }
}

export function skipUnits(cursor: Cursor): void {
  for (let left = varintAt(cursor); left > 0; left--) varintAt(cursor);
}

function skipBytes(cursor: Cursor): void {
  const length = varintAt(cursor); // before `+=` looks where the cursor is
  cursor.at += length;
}
