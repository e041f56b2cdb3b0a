// Handles: a blob that is not the one that was written is refused, with its name. Whether it is whole, its seal says.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openBlob, sealBlob } from '../../../src/core/base/blob.ts';
import type { Result, Value } from '../../../src/core/base/value.ts';
import { checkHandle, handleOf } from '../../../src/core/checkpoint/handles.ts';
import type { SnapshotHandle } from '../../../src/core/protocol/messages.ts';
import { anyBytes, anyValue, damaged, expectRefused } from '../base/values.ts';

const name = 'chk-1/0-0';
const blobOf = (value: Value): Uint8Array => sealBlob('blob', 1, value);

/** As everybody reads a blob. */
function read(handle: SnapshotHandle, blob: Uint8Array): Result<Value> {
  const checked = checkHandle(handle, blob);
  return checked.ok ? openBlob('blob', 1, checked.value) : checked;
}

test('the blob that was written passes', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const blob = blobOf(value);
      expect(checkHandle(handleOf(name, blob), blob)).toEqual({ ok: true, value: blob });
    }),
  );
});

test('a damaged one does not', () => {
  const both = anyValue.map(blobOf).chain((blob) => fc.tuple(fc.constant(blob), damaged(fc.constant(blob))));
  fc.assert(
    fc.property(both, ([blob, others]) => {
      expectRefused(read(handleOf(name, blob), others));
    }),
  );
});

test('a whole one with other content does not, however long it is', () => {
  const pair = anyBytes(8).chain((one) =>
    fc.tuple(fc.constant(one), fc.uint8Array({ minLength: one.length, maxLength: one.length })),
  );
  const different = pair.filter(([one, other]) => one.some((byte, at) => byte !== other[at]));
  fc.assert(
    fc.property(different, ([one, other]) => {
      expect(expectRefused(checkHandle(handleOf(name, blobOf([...one])), blobOf([...other])))).toMatch(/^chk-1\/0-0: /);
    }),
  );
});

test('it says what is wrong', () => {
  const handle = handleOf(name, blobOf('mill'));
  const { length } = blobOf('mill');
  expect(checkHandle(handle, blobOf('race'))).toEqual({
    ok: false,
    reason: 'chk-1/0-0: the checksum is not that of its handle, it is another blob',
  });
  expect(checkHandle(handle, blobOf('mills'))).toEqual({
    ok: false,
    reason: `chk-1/0-0: ${length + 1} bytes, expected ${length}`,
  });
});
