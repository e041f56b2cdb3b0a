// Sealed blobs: format, version and checksum, each refused with its own sentence.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBlob, sealBlob, sealInScratch } from '../../../src/core/base/blob.ts';
import { crc32 } from '../../../src/core/base/crc32.ts';
import {
  createByteWriter,
  takeBytes,
  writeByte,
  writeBytes,
  writeString,
  writeVarint,
} from '../../../src/core/base/bytes.ts';
import { anyBytes, anyValue, damaged, expectRefused, expectSame } from './values.ts';

/** A blob with a right checksum around any content. */
function sealedByHand(version: number, length: number, content: readonly number[]): Uint8Array {
  const writer = createByteWriter();
  writeString(writer, 'a-format');
  writeVarint(writer, version);
  writeVarint(writer, length);
  writeBytes(writer, Uint8Array.from(content));
  const checksum = crc32(takeBytes(writer));
  for (let shift = 0; shift < 32; shift += 8) writeByte(writer, (checksum >>> shift) & 255);
  return takeBytes(writer);
}

test('what was sealed comes out as it was', () => {
  fc.assert(
    fc.property(anyValue, fc.nat({ max: 1_000 }), (value, version) => {
      expectSame(openBlob('a-format', version, sealBlob('a-format', version, value)), value);
    }),
  );
});

test('in scratch it has the same bytes, which the next one overwrites', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(sealInScratch('a-format', 1, value)).toEqual(sealBlob('a-format', 1, value));
    }),
  );
  const first = sealInScratch('a-format', 1, 'first');
  sealInScratch('a-format', 1, 'other');
  expectSame(openBlob('a-format', 1, first), 'other');
});

test('a blob stays as it is while others are sealed', () => {
  const values = Array.from({ length: 200 }, (_, index) => 'x'.repeat((index * 997) % 40_000));
  const sealed = values.map((value) => sealBlob('a-format', 1, value));
  for (const [index, value] of values.entries()) expectSame(openBlob('a-format', 1, sealed[index]!), value);
});

describe('refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['another format', sealBlob('b-format', 1, null), 'not a a-format: its format is "b-format"'],
    ['a newer version', sealBlob('a-format', 2, null), 'a-format has version 2, this Millrace reads version 1'],
    ['no bytes', new Uint8Array(), 'not a a-format: ends at byte 0'],
    [
      'a length beyond the end',
      sealedByHand(1, 2 ** 40, [0]),
      'not a a-format: ends at byte 17, 1099511627776 bytes expected at 16',
    ],
    ['bytes behind the content', sealedByHand(1, 1, [0, 0]), 'not a a-format: 1 bytes too many behind its content'],
    ['content that is no value', sealedByHand(1, 1, [99]), 'a-format is damaged: unknown tag 99 at byte 0'],
    [
      'text',
      new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'),
      'not a a-format: string of 71 units at byte 1 is too long',
    ],
  ])('%s', (_, bytes, sentence) => {
    expect(openBlob('a-format', 1, bytes)).toEqual({ ok: false, reason: sentence });
  });

  test('a version is named even if the rest changed with it', () => {
    const bytes = sealedByHand(7, 3, [1]);
    expect(openBlob('a-format', 1, bytes)).toEqual({
      ok: false,
      reason: 'a-format has version 7, this Millrace reads version 1',
    });
  });

  test('a foreign format is shown on one line, and not in full', () => {
    expectRefused(openBlob('a-format', 1, sealBlob(`line\nbreak${'x'.repeat(10_000)}`, 1, null)));
  });

  test('any damage', () => {
    const sealed = anyValue.map((value) => sealBlob('a-format', 1, value));
    fc.assert(fc.property(damaged(sealed), (bytes) => void expectRefused(openBlob('a-format', 1, bytes))));
  });

  test('garbage', () => {
    fc.assert(fc.property(anyBytes(64), (bytes) => void expectRefused(openBlob('a-format', 1, bytes))));
  });
});
