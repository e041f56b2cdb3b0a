// Byte buffers: what was written is read, and nothing is read beyond the end.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createByteWriter,
  MalformedBytes,
  readByte,
  readBytes,
  readFloat64,
  readString,
  readVarint,
  sameBytes,
  takeBytes,
  writeByte,
  writeBytes,
  writeFloat64,
  writeString,
  writeVarint,
  type ByteReader,
  type ByteWriter,
} from '../../../src/core/base/bytes.ts';
import { anyBytes, anyNumber, anyText } from './values.ts';

type Item =
  | { readonly kind: 'byte'; readonly value: number }
  | { readonly kind: 'varint'; readonly value: number }
  | { readonly kind: 'float64'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };

const anyItem: fc.Arbitrary<Item> = fc.oneof(
  fc.nat({ max: 255 }).map((value) => ({ kind: 'byte' as const, value })),
  fc.maxSafeNat().map((value) => ({ kind: 'varint' as const, value })),
  anyNumber.map((value) => ({ kind: 'float64' as const, value })),
  anyText.map((value) => ({ kind: 'string' as const, value })),
  anyBytes(300).map((value) => ({ kind: 'bytes' as const, value })),
);

function write(writer: ByteWriter, item: Item): void {
  if (item.kind === 'byte') writeByte(writer, item.value);
  else if (item.kind === 'varint') writeVarint(writer, item.value);
  else if (item.kind === 'float64') writeFloat64(writer, item.value);
  else if (item.kind === 'string') writeString(writer, item.value);
  else writeBytes(writer, item.value);
}

function read(reader: ByteReader, item: Item): unknown {
  if (item.kind === 'byte') return readByte(reader);
  if (item.kind === 'varint') return readVarint(reader);
  if (item.kind === 'float64') return readFloat64(reader);
  return item.kind === 'string' ? readString(reader) : readBytes(reader, item.value.length);
}

test('what was written is read, in its order, by a writer that grows from nothing', () => {
  fc.assert(
    fc.property(fc.array(anyItem, { maxLength: 20 }), (items) => {
      const writer = createByteWriter(0);
      for (const item of items) write(writer, item);
      const reader = { bytes: takeBytes(writer), at: 0 };
      for (const item of items) expect(read(reader, item)).toStrictEqual(item.value);
      expect(reader.at).toBe(reader.bytes.length);
    }),
  );
});

describe('a read beyond the end is malformed', () => {
  test.each<[string, (reader: ByteReader) => unknown]>([
    ['byte', readByte],
    ['varint', readVarint],
    ['float64', readFloat64],
    ['string', readString],
    ['bytes', (reader) => readBytes(reader, 1)],
  ])('%s', (_, readOne) => {
    expect(() => readOne({ bytes: new Uint8Array([1, 2]), at: 2 })).toThrow(MalformedBytes);
  });
});

test.each([
  [[1, 2], [1, 2], true],
  [[], [], true],
  [[1, 2], [1, 3], false],
  [[1], [1, 2], false],
  [[1, 2], [1], false],
])('%j and %j are the same bytes: %s', (a, b, same) => {
  expect(sameBytes(new Uint8Array(a), new Uint8Array(b))).toBe(same);
});
