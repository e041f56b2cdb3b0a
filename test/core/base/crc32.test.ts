// The checksum of blobs and handles is the one that everybody has.
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { crc32 as crc32OfNode } from 'node:zlib';
import { crc32, leaveCrc32To } from '../../../src/core/base/crc32.ts';
import { anyBytes } from './values.ts';

afterEach(() => leaveCrc32To(null));

test('of some bytes and of none', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});

test('of the first bytes alone', () => {
  fc.assert(
    fc.property(anyBytes(100), fc.nat({ max: 100 }), (bytes, most) => {
      const length = Math.min(most, bytes.length);
      return crc32(bytes, length) === crc32OfNode(bytes.subarray(0, length));
    }),
  );
});

test('of any bytes, however many', () => {
  fc.assert(fc.property(anyBytes(100), (bytes) => crc32(bytes) === crc32OfNode(bytes)));
});

test('of any bytes, by the host and without it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000, size: 'max' }), fc.nat({ max: 2_000 }), (whole, begin) => {
      const bytes = whole.subarray(Math.min(begin, whole.length));
      const length = Math.floor(bytes.length * 0.9);
      leaveCrc32To(null);
      const own = crc32(bytes, length);
      leaveCrc32To(crc32OfNode);
      return crc32(bytes, length) === own;
    }),
  );
});

test('the host is asked about long inputs alone, and for no byte behind them', () => {
  const asked: number[] = [];
  leaveCrc32To((bytes) => {
    asked.push(bytes.length);
    return crc32OfNode(bytes);
  });
  const bytes = new Uint8Array(1_000).fill(7);
  for (const length of [0, 1, 255, 256, 1_000]) crc32(bytes, length);
  expect(asked).toEqual([256, 1_000]);
});
