// Values as bytes: the same value has the same bytes in every world and version, and comes back just as it was, with its fields in their
// order (user code may look at it, and must not see another order behind a network). One tag byte, then the content:
//   0 null · 1 false · 2 true · 3 whole number >= 0 (varint) · 4 whole number < 0 (varint of -value) · 5 other number (float64, little endian)
//   6 string (varint of UTF-16 units, a varint per unit) · 7 bytes (varint length) · 8 array (varint length, values)
//   9 object (varint of fields, then name and value each) · 10 int64 (eight bytes, little endian)
// -0 is kept (tag 5), NaN has one form. Whole numbers up to 2^53 - 1 use tags 3 and 4.
import {
  createByteWriter,
  MalformedBytes,
  readByte,
  readBytes,
  readFloat64,
  readInt64,
  readName,
  readString,
  readVarint,
  takeBytes,
  writeByte,
  writeBytes,
  writeFloat64,
  writeInt64,
  writeString,
  writeVarint,
  type ByteReader,
  type ByteWriter,
} from './bytes.ts';
import type { Result, Value } from './value.ts';

/** Deeper values are refused: peers must not be able to exhaust the stack. */
export const DEPTH_MAX = 64;

export function encodeValue(value: Value): Uint8Array {
  scratch.length = 0;
  writeValue(scratch, value);
  return takeBytes(scratch);
}

/** Belongs to the call of `encodeValue` that runs; none can begin before it ends. A buffer for each value would cost more than writing it. */
// millrace-lint-ignore module-state: scratch, emptied before it is written
const scratch = createByteWriter(4_096);

export function decodeValue(bytes: Uint8Array): Result<Value> {
  const reader = { bytes, at: 0 };
  try {
    const value = readValue(reader, 0);
    if (reader.at !== bytes.length)
      return { ok: false, reason: `${bytes.length - reader.at} bytes too many behind byte ${reader.at}` };
    return { ok: true, value };
  } catch (error) {
    if (error instanceof MalformedBytes) return { ok: false, reason: error.message };
    throw error;
  }
}

export function writeValue(writer: ByteWriter, value: Value): void {
  if (value === null) writeByte(writer, 0);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'string') {
    writeByte(writer, 6);
    writeString(writer, value);
  } else if (typeof value === 'boolean') writeByte(writer, value ? 2 : 1);
  else if (typeof value === 'bigint') {
    writeByte(writer, 10);
    writeInt64(writer, value);
  } else writeCompound(writer, value);
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    writeByte(writer, value >= 0 ? 3 : 4);
    writeVarint(writer, Math.abs(value));
    return;
  }
  writeByte(writer, 5);
  writeFloat64(writer, value);
}

function writeCompound(writer: ByteWriter, value: Exclude<Value, null | boolean | number | bigint | string>): void {
  if (value instanceof Uint8Array) {
    writeByte(writer, 7);
    writeVarint(writer, value.length);
    writeBytes(writer, value);
  } else if (Array.isArray(value)) {
    writeByte(writer, 8);
    writeVarint(writer, value.length);
    for (const item of value as readonly Value[]) writeValue(writer, item);
  } else writeObject(writer, value as { readonly [field: string]: Value });
}

function writeObject(writer: ByteWriter, value: { readonly [field: string]: Value }): void {
  const names = Object.keys(value);
  writeByte(writer, 9);
  writeVarint(writer, names.length);
  for (const name of names) {
    writeString(writer, name);
    writeValue(writer, value[name] as Value);
  }
}

/** Throws MalformedBytes. */
export function readValue(reader: ByteReader, depth: number): Value {
  if (depth > DEPTH_MAX) throw new MalformedBytes(`nested deeper than ${DEPTH_MAX} at byte ${reader.at}`);
  const tag = readByte(reader);
  switch (tag) {
    case 0:
      return null;
    case 1:
      return false;
    case 2:
      return true;
    case 3:
      return readVarint(reader);
    case 4:
      return -readVarint(reader);
    case 5:
      return readFloat64(reader);
    case 6:
      return readString(reader);
    case 7:
      return readBytes(reader, readVarint(reader));
    case 8:
      return readArray(reader, depth);
    case 9:
      return readObject(reader, depth);
    case 10:
      return readInt64(reader);
    default:
      throw new MalformedBytes(`unknown tag ${tag} at byte ${reader.at - 1}`);
  }
}

/** A count of things of at least one byte each; a larger one than there are bytes is refused before anything is built. */
export function readCount(reader: ByteReader): number {
  const count = readVarint(reader);
  if (count > reader.bytes.length - reader.at)
    throw new MalformedBytes(`count ${count} at byte ${reader.at} is too large`);
  return count;
}

function readArray(reader: ByteReader, depth: number): Value {
  const count = readCount(reader);
  const items: Value[] = [];
  for (let index = 0; index < count; index++) items.push(readValue(reader, depth + 1));
  return items;
}

function readObject(reader: ByteReader, depth: number): Value {
  const count = readCount(reader);
  const fields: Record<string, Value> = {};
  for (let index = 0; index < count; index++) {
    const name = readName(reader);
    const value = readValue(reader, depth + 1);
    // `__proto__` must become a field, not the prototype.
    if (name === '__proto__')
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
    else fields[name] = value;
  }
  return fields;
}
