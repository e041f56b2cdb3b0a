// Snapshots and checkpoint metadata as bytes: they come back as they were, and what is not one is refused with a sentence.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../../src/core/base/blob.ts';
import type { Result } from '../../../src/core/base/value.ts';
import { decodeMetadata, encodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import type { CheckpointMetadata } from '../../../src/core/checkpoint/metadata.ts';
import { decodeTaskSnapshot, encodeTaskSnapshot } from '../../../src/core/checkpoint/snapshot-codec.ts';
import type { TaskSnapshot } from '../../../src/core/checkpoint/snapshot.ts';
import {
  anyBytes,
  anyText,
  anyValue,
  damaged,
  expectRefused,
  expectResult,
  expectSame,
  record,
} from '../base/values.ts';
import { anyHandle, anySplitProgress, anyTime } from '../protocol/messages.ts';

const id = fc.maxSafeNat();
const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(item, { maxLength: 3 });

const anySnapshot: fc.Arbitrary<TaskSnapshot> = record({
  format: fc.constant('millrace-snapshot'),
  version: fc.constant(3),
  checkpointId: id,
  watermark: anyTime,
  atEnd: fc.boolean(),
  splits: some(record({ operator: anyText, split: id, position: id, maxTimestamp: anyTime, mark: anyText })),
  operators: some(
    record({
      operator: anyText,
      keyGroups: some(record({ keyGroup: id, entries: anyBytes(32) })),
    }),
  ),
  transactions: some(record({ checkpointId: id, transaction: anyText })),
});

const anyMetadata: fc.Arbitrary<CheckpointMetadata> = record({
  format: fc.constant('millrace-checkpoint'),
  version: fc.constant(3),
  jobId: anyText,
  checkpointId: id,
  epoch: id,
  maxParallelism: id,
  final: fc.boolean(),
  vertices: some(
    record({
      parallelism: id,
      operators: some(
        record({
          id: anyText,
          kind: fc.constantFrom('source', 'map', 'flat-map', 'filter', 'reduce', 'process', 'window', 'sink'),
          sink: fc.option(anyText),
          splits: id,
        }),
      ),
    }),
  ),
  subtasks: some(
    record({
      vertex: id,
      subtask: id,
      attempt: id,
      handle: anyHandle,
      atEnd: fc.boolean(),
      splits: some(anySplitProgress),
      transactions: some(anyText),
    }),
  ),
  coordinators: fc.constant([]),
});

interface Case {
  readonly format: string;
  readonly version: number;
  readonly any: fc.Arbitrary<unknown>;
  readonly encode: (content: never) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Result<unknown>;
}

const cases: readonly Case[] = [
  { format: 'millrace-snapshot', version: 3, any: anySnapshot, encode: encodeTaskSnapshot, decode: decodeTaskSnapshot },
  { format: 'millrace-checkpoint', version: 3, any: anyMetadata, encode: encodeMetadata, decode: decodeMetadata },
];

describe.each(cases)('$format', ({ format, version, any, encode, decode }) => {
  test('comes back as it was', () => {
    fc.assert(fc.property(any, (content) => expectSame(decode(encode(content as never)), content)));
  });

  test('equal ones have equal bytes', () => {
    fc.assert(
      fc.property(any, (content) => {
        expect(encode(structuredClone(content) as never)).toEqual(encode(content as never));
      }),
    );
  });

  test.each([version + 1, version - 1])('another format or version (%i) is refused, outside and inside', (other) => {
    expect(decode(sealBlob(format, other, null))).toEqual({
      ok: false,
      reason: `${format} has version ${other}, this Millrace reads version ${version}`,
    });
    expect(expectRefused(decode(sealBlob('a-format', 1, null)))).toBe(`not a ${format}: its format is "a-format"`);
    expect(expectRefused(decode(sealBlob(format, version, { format: 'a-format' })))).toBe(
      `${format}: format is not "${format}"`,
    );
    expect(expectRefused(decode(sealBlob(format, version, { format, version: other })))).toBe(
      `${format}: version is not ${version}`,
    );
  });

  test('damage and garbage are refused', () => {
    const bytes = any.map((content) => encode(content as never));
    fc.assert(
      fc.property(fc.oneof(damaged(bytes), anyBytes(64)), (candidate) => void expectRefused(decode(candidate))),
    );
  });

  test('any value in an intact seal is one or refused', () => {
    fc.assert(fc.property(anyValue, (content) => expectResult(decode(sealBlob(format, version, content)))));
  });

  test('one without one of its fields is refused', () => {
    fc.assert(
      fc.property(any, fc.nat(), (content, field) => {
        const names = Object.keys(content as object);
        const { [names[field % names.length]!]: _, ...rest } = content as Record<string, never>;
        expectRefused(decode(sealBlob(format, version, rest)));
      }),
    );
  });
});
