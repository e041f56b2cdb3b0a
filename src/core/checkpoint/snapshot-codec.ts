// Snapshots of subtasks as bytes. Key groups come packed and stay so: to seal or to open a snapshot is to copy bytes, however many keys it has.
import type { Result } from '../base/value.ts';
import { recordCodec, type Format } from '../protocol/sealed-record.ts';
import { list, literal, record, shapeOf } from '../protocol/shapes.ts';
import type { TaskSnapshot } from './snapshot.ts';

const snapshot = recordCodec(
  'millrace-snapshot',
  3,
  shapeOf<TaskSnapshot>()(
    record({
      format: literal('millrace-snapshot'),
      version: literal(3),
      checkpointId: 'int',
      watermark: 'time',
      atEnd: 'boolean',
      splits: list(record({ operator: 'string', split: 'int', position: 'int', maxTimestamp: 'time', mark: 'string' })),
      operators: list(record({ operator: 'string', keyGroups: list(record({ keyGroup: 'int', entries: 'bytes' })) })),
      transactions: list(record({ checkpointId: 'int', transaction: 'string' })),
    }),
  ),
);

export const snapshotFormat: Format = snapshot.format;

/** What a snapshot is longer than its key groups, and each of them than its entries; mostly less. */
const FRAME_BYTES = 1_024;
const GROUP_FRAME_BYTES = 64;

export function encodeTaskSnapshot(value: TaskSnapshot): Uint8Array {
  return snapshot.encode(value, sizeBytesOf(value));
}

function sizeBytesOf({ operators }: TaskSnapshot): number {
  let sizeBytes = FRAME_BYTES;
  for (const { keyGroups } of operators)
    for (const { entries } of keyGroups) sizeBytes += entries.length + GROUP_FRAME_BYTES;
  return sizeBytes;
}

export const decodeTaskSnapshot = (bytes: Uint8Array): Result<TaskSnapshot> => snapshot.decode(bytes);
