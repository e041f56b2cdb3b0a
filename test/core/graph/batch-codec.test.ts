// Batches as bytes: what a peer sent is a batch or is refused, and event times are whole numbers.
import { expect, test } from 'vitest';
import { createByteWriter } from '../../../src/core/base/bytes.ts';
import { decodeBatch, writeBatch } from '../../../src/core/graph/batch-codec.ts';
import { batchSize, inRows, NO_TIMESTAMP, timestampAt, type Batch } from '../../../src/core/graph/batch.ts';

const decoded = (bytes: Uint8Array): Batch => {
  const batch = decodeBatch(bytes);
  if (!batch.ok) throw new Error(batch.reason);
  return batch.value;
};

test.each([0, -5, NO_TIMESTAMP, Number.MAX_SAFE_INTEGER])('an event time of %d comes back', (timestamp) => {
  const batch = { values: ['a', null], timestamps: [timestamp, 1] };
  const back = decoded(writeBatch(createByteWriter(), batch));
  expect(inRows(back)).toEqual(batch);
  expect([batchSize(back), timestampAt(back, 0), Object.isFrozen(back)]).toEqual([2, timestamp, true]);
  expect(writeBatch(createByteWriter(), back)).toEqual(writeBatch(createByteWriter(), batch));
});

test.each([NaN, 0.5, Infinity, 2 ** 53, 'now' as unknown as number])('an event time of %s is refused', (timestamp) => {
  expect(decodeBatch(writeBatch(createByteWriter(), { values: ['a', null], timestamps: [1, timestamp] }))).toEqual({
    ok: false,
    reason: 'not a batch: event times are not whole numbers',
  });
});

test('batches lie one behind the other, and stay whole when their writer grows', () => {
  const writer = createByteWriter(8);
  const batches = [3, 40, 500].map((size) => ({
    values: Array.from({ length: size }, (_, index) => index),
    timestamps: Array.from({ length: size }, () => 7),
  }));
  const written = batches.map((batch) => writeBatch(writer, batch));
  expect(written.map((bytes) => inRows(decoded(bytes)))).toEqual(batches);
});
