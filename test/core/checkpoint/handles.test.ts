// Handles: bytes that are not exactly those that were written are refused, with the name of the blob.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkHandle, handleOf } from '../../../src/core/checkpoint/handles.ts';
import { anyBytes, damaged, expectRefused } from '../base/values.ts';

test('the bytes that were written pass', () => {
  fc.assert(
    fc.property(anyBytes(64), (bytes) => {
      expect(checkHandle(handleOf('chk-1/0-0', bytes), bytes)).toEqual({ ok: true, value: bytes });
    }),
  );
});

test('any others do not', () => {
  const intact = anyBytes(64).filter((bytes) => bytes.length > 0);
  const both = intact.chain((bytes) => fc.tuple(fc.constant(bytes), damaged(fc.constant(bytes))));
  fc.assert(
    fc.property(both, ([bytes, others]) => {
      expect(expectRefused(checkHandle(handleOf('chk-1/0-0', bytes), others))).toMatch(/^chk-1\/0-0: /);
    }),
  );
});

test('it says what is wrong', () => {
  const handle = handleOf('chk-1/0-0', new Uint8Array([1, 2]));
  expect(checkHandle(handle, new Uint8Array([1]))).toEqual({ ok: false, reason: 'chk-1/0-0: 1 bytes, expected 2' });
  expect(checkHandle(handle, new Uint8Array([1, 3]))).toEqual({
    ok: false,
    reason: 'chk-1/0-0: the checksum does not match, the blob is damaged',
  });
});
