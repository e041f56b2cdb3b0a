// What lies in the HA service: every record comes back as it was, and what is not one is refused with a sentence.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../../src/core/base/blob.ts';
import type { Result } from '../../../src/core/base/value.ts';
import * as codec from '../../../src/core/protocol/records-codec.ts';
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
import { sampleGraph } from '../jobmanager/sample-job.ts';
import { failureReason, jobReason } from '../../../src/core/protocol/reason-shapes.ts';
import type { FailureReason, JobReason } from '../../../src/core/protocol/reasons.ts';
import { anyHandle, anyWanted, orNull } from './messages.ts';
import { anyReasonIn } from './reasons.ts';

const id = fc.maxSafeNat();
const exception = {
  timestamp: id,
  cause: anyReasonIn<FailureReason>(failureReason),
  task: orNull(anyText),
  taskManager: orNull(anyText),
};

interface Case {
  readonly format: string;
  readonly version: number;
  readonly any: fc.Arbitrary<unknown>;
  readonly encode: (record: never) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Result<unknown>;
}

const cases: readonly Case[] = [
  {
    format: 'millrace-leader',
    version: 2,
    any: record({ epoch: id, address: anyText, resigned: fc.boolean() }),
    encode: codec.encodeLeader,
    decode: codec.decodeLeader,
  },
  {
    format: 'millrace-job',
    version: 6,
    any: record({
      jobId: anyText,
      submitted: record({ epoch: id, number: id, at: id }),
      graph: fc.constant(sampleGraph),
      artifact: anyText,
      wanted: anyWanted,
      parallelism: fc.array(record({ operator: anyText, parallelism: id, most: id }), { maxLength: 3 }),
      restore: orNull(
        record({
          jobId: anyText,
          savepointId: anyText,
          allowNonRestoredState: fc.boolean(),
          claimMode: fc.constantFrom('CLAIM', 'NO_CLAIM'),
          checkpointId: id,
          metadata: anyHandle,
        }),
      ),
    }),
    encode: codec.encodeJob,
    decode: codec.decodeJob,
  },
  {
    format: 'millrace-checkpoints',
    version: 1,
    any: record({
      completed: fc.array(record({ checkpointId: id, metadata: anyHandle, final: fc.boolean() }), { maxLength: 3 }),
    }),
    encode: codec.encodeCheckpoints,
    decode: codec.decodeCheckpoints,
  },
  {
    format: 'millrace-drains',
    version: 1,
    any: record({ taskManagers: fc.array(anyText, { maxLength: 3 }) }),
    encode: codec.encodeDrains,
    decode: codec.decodeDrains,
  },
  {
    format: 'millrace-unreached',
    version: 1,
    any: record({ epoch: id }),
    encode: codec.encodeUnreached,
    decode: codec.decodeUnreached,
  },
  {
    format: 'millrace-counter',
    version: 1,
    any: record({ lastCheckpointId: id }),
    encode: codec.encodeCounter,
    decode: codec.decodeCounter,
  },
  {
    format: 'millrace-result',
    version: 20,
    any: record({
      jobId: anyText,
      submitted: record({ epoch: id, number: id, at: id }),
      endedAt: id,
      status: fc.constantFrom('FINISHED', 'CANCELED', 'FAILED'),
      reason: orNull(anyReasonIn<JobReason>(jobReason)),
      savepointId: orNull(anyText),
      retained: orNull(record({ checkpointId: id, metadata: anyHandle })),
      exceptions: fc.array(record({ ...exception, concurrent: fc.array(record(exception), { maxLength: 2 }) }), {
        maxLength: 2,
      }),
      graph: record({
        name: anyText,
        maxParallelism: id,
        restart: orNull(anyText),
        vertices: fc.array(
          record({
            id: anyText,
            name: anyText,
            parallelism: id,
            operators: fc.array(record({ id: anyText, kind: anyText }), { maxLength: 2 }),
            inputs: fc.array(record({ source: id, partitioning: fc.constantFrom('forward', 'rebalance', 'hash') }), {
              maxLength: 2,
            }),
            ended: fc.array(record({ state: fc.constantFrom('FINISHED', 'CANCELED', 'FAILED'), subtasks: id }), {
              maxLength: 2,
            }),
          }),
          { maxLength: 2 },
        ),
      }),
      clean: fc.boolean(),
    }),
    encode: codec.encodeResult,
    decode: codec.decodeResult,
  },
];

describe.each(cases)('$format', ({ format, version, any, encode, decode }) => {
  const bytesOf = any.map((record) => encode(record as never));

  test('comes back as it was', () => {
    fc.assert(fc.property(any, (record) => expectSame(decode(encode(record as never)), record)));
  });

  test('another version, and every other record, is refused', () => {
    for (const other of [version - 1, version + 1])
      expect(decode(sealBlob(format, other, null))).toEqual({
        ok: false,
        reason: `${format} has version ${other}, this Millrace reads version ${version}`,
      });
    for (const other of cases.filter((candidate) => candidate.format !== format))
      expect(expectRefused(decode(sealBlob(other.format, 1, {})))).toBe(
        `not a ${format}: its format is "${other.format}"`,
      );
  });

  test('damage and garbage are refused', () => {
    fc.assert(fc.property(fc.oneof(damaged(bytesOf), anyBytes(64)), (bytes) => void expectRefused(decode(bytes))));
  });

  test('any value in an intact seal is a record or refused', () => {
    fc.assert(fc.property(anyValue, (content) => expectResult(decode(sealBlob(format, 1, content)))));
  });
});
