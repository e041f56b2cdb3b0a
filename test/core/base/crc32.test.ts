// The checksum of blobs and handles is the one that everybody has.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 as crc32OfNode } from 'node:zlib';
import { crc32 } from '../../../src/core/base/crc32.ts';
import { anyBytes } from './values.ts';

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
