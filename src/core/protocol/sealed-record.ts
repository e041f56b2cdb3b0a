// Records that are kept as bytes (HA values, metadata, snapshots): one codec each, made of format, version and shape.
import { openBlob, sealBlob } from '../base/blob.ts';
import type { Result, Value } from '../base/value.ts';
import { mismatch, type Shape, type ShapeOf } from './shapes.ts';

/** What is kept under a name and a version. A change of the shape is a new version: `test/core/formats.test.ts` pins both. */
export interface Format {
  readonly name: string;
  readonly version: number;
  readonly shape: Shape;
}

export interface RecordCodec<T> {
  readonly format: Format;
  /** @param sizeBytes about how long it is, if it may be long. */
  encode(record: T, sizeBytes?: number): Uint8Array;
  /** The record, or a sentence that says why these bytes are not one. */
  decode(bytes: Uint8Array): Result<T>;
}

export function recordCodec<T>(format: string, version: number, shape: ShapeOf<T>): RecordCodec<T> {
  return {
    format: { name: format, version, shape },
    encode: (record, sizeBytes) => sealBlob(format, version, record as unknown as Value, sizeBytes),
    decode: (bytes) => {
      const opened = openBlob(format, version, bytes);
      if (!opened.ok) return opened;
      const wrong = mismatch(shape, opened.value);
      return wrong === null
        ? { ok: true, value: opened.value as unknown as T }
        : { ok: false, reason: `${format}: ${wrong}` };
    },
  };
}
