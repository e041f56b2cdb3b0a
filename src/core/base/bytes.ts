// Growing byte buffers to write into, and cursors to read from. Pure: no Buffer, no host.

export interface ByteWriter {
  bytes: Uint8Array;
  length: number;
}

export function createByteWriter(sizeBytes = 256): ByteWriter {
  return { bytes: new Uint8Array(sizeBytes), length: 0 };
}

/** Makes room for `more` bytes and returns where they begin. */
export function reserve(writer: ByteWriter, more: number): number {
  const at = writer.length;
  if (at + more > writer.bytes.length) {
    const grown = new Uint8Array(Math.max(writer.bytes.length * 2, at + more));
    grown.set(writer.bytes.subarray(0, at));
    writer.bytes = grown;
  }
  writer.length = at + more;
  return at;
}

export function writeByte(writer: ByteWriter, byte: number): void {
  const at = reserve(writer, 1);
  writer.bytes[at] = byte;
}

/** An unsigned whole number below 2^53, seven bits a byte, lowest first. */
export function writeVarint(writer: ByteWriter, value: number): void {
  let rest = value;
  while (rest >= 128) {
    writeByte(writer, (rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  writeByte(writer, rest);
}

// millrace-lint-ignore module-state: scratch, written and read within one call
const floatBits = new DataView(new ArrayBuffer(8));
const CANONICAL_NAN = 0x7ff8_0000_0000_0000n;

/** NaN has many forms, which no program can tell apart: the one that is written is always the same (7ff8 and zeros). */
export function writeFloat64(writer: ByteWriter, value: number): void {
  floatBits.setFloat64(0, value, true);
  if (Number.isNaN(value)) floatBits.setBigUint64(0, CANONICAL_NAN, true);
  const at = reserve(writer, 8);
  for (let index = 0; index < 8; index++) writer.bytes[at + index] = floatBits.getUint8(index);
}

/** Eight bytes, little endian, two's complement. */
export function writeInt64(writer: ByteWriter, value: bigint): void {
  floatBits.setBigInt64(0, value, true);
  const at = reserve(writer, 8);
  for (let index = 0; index < 8; index++) writer.bytes[at + index] = floatBits.getUint8(index);
}

export function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  const at = reserve(writer, bytes.length);
  writer.bytes.set(bytes, at);
}

/** UTF-16 code units as varint length and UTF-8-like bytes per unit, so that any string, lone surrogates too, comes back as it was. */
export function writeString(writer: ByteWriter, text: string): void {
  writeVarint(writer, text.length);
  const at = reserve(writer, text.length);
  const plain = writePlainUnits(writer.bytes, at, text);
  writer.length = at + plain;
  for (let index = plain; index < text.length; index++) writeVarint(writer, text.charCodeAt(index));
}

/** Units of one byte, up to the first that needs more. Returns how many those were: of most texts all. */
function writePlainUnits(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 128) return index;
    bytes[at + index] = unit;
  }
  return text.length;
}

export function takeBytes(writer: ByteWriter): Uint8Array {
  return writer.bytes.slice(0, writer.length);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Reads what a writer wrote. A read beyond the end throws `MalformedBytes`, which decoders turn into a refusal. */
export interface ByteReader {
  readonly bytes: Uint8Array;
  at: number;
}

export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

export function readByte(reader: ByteReader): number {
  const byte = reader.bytes[reader.at];
  if (byte === undefined) throw new MalformedBytes(`ends at byte ${reader.at}`);
  reader.at += 1;
  return byte;
}

export function readVarint(reader: ByteReader): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = readByte(reader);
    value += (byte & 127) * scale;
    if (value > Number.MAX_SAFE_INTEGER) throw new MalformedBytes(`number too large at byte ${reader.at - 1}`);
    if (byte < 128) return value;
    scale *= 128;
    if (scale > Number.MAX_SAFE_INTEGER) throw new MalformedBytes(`number too long at byte ${reader.at}`);
  }
}

export function readFloat64(reader: ByteReader): number {
  for (let index = 0; index < 8; index++) floatBits.setUint8(index, readByte(reader));
  return floatBits.getFloat64(0, true);
}

export function readInt64(reader: ByteReader): bigint {
  for (let index = 0; index < 8; index++) floatBits.setUint8(index, readByte(reader));
  return floatBits.getBigInt64(0, true);
}

export function readBytes(reader: ByteReader, length: number): Uint8Array {
  return viewBytes(reader, length).slice();
}

/** As `readBytes`, but they are not copied: they change if those of the reader do. */
export function viewBytes(reader: ByteReader, length: number): Uint8Array {
  const end = reader.at + length;
  if (end > reader.bytes.length)
    throw new MalformedBytes(`ends at byte ${reader.bytes.length}, ${length} bytes expected at ${reader.at}`);
  const bytes = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return bytes;
}

const UNIT_MAX = 0xffff;

export function readString(reader: ByteReader): string {
  const length = readVarint(reader);
  if (length > reader.bytes.length - reader.at)
    throw new MalformedBytes(`string of ${length} units at byte ${reader.at} is too long`);
  return isPlain(reader, length) ? readPlainUnits(reader, length) : readUnits(reader, length);
}

// Names of fields come again and again: one that is remembered need not be made of its bytes, nor be looked for among all texts that there are.
// millrace-lint-ignore module-state: only a memory of what is true anyway, and bounded
const names: string[] = Array.from({ length: 16_384 }, () => '');

/** As `readString`, for what is read often. */
export function readName(reader: ByteReader): string {
  const { bytes, at } = reader;
  const length = bytes[at] as number;
  const end = at + 1 + length;
  if (!(length < 128 && end <= bytes.length)) return readString(reader);
  let hash = length;
  for (let index = at + 1; index < end; index++) hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0;
  const slot = (hash ^ (hash >>> 10)) & (names.length - 1);
  const known = names[slot] as string;
  if (isText(known, bytes, at + 1, length)) {
    reader.at = end;
    return known;
  }
  const name = readString(reader);
  names[slot] = name;
  return name;
}

/** These bytes are that text, in units of one byte. */
function isText(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 128 || unit !== bytes[at + index]) return false;
  }
  return true;
}

/** All units of the next string take one byte. */
function isPlain({ bytes, at }: ByteReader, length: number): boolean {
  for (let index = at; index < at + length; index++) if ((bytes[index] as number) >= 128) return false;
  return true;
}

/** Four at a time: each call and each addition to a text has its price. */
function readPlainUnits(reader: ByteReader, length: number): string {
  const { bytes } = reader;
  const end = reader.at + length;
  let { at } = reader;
  let text = '';
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  reader.at = end;
  return text;
}

function readUnits(reader: ByteReader, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) {
    const unit = readVarint(reader);
    if (unit > UNIT_MAX) throw new MalformedBytes(`no UTF-16 unit at byte ${reader.at - 1}`);
    text += String.fromCharCode(unit);
  }
  return text;
}
