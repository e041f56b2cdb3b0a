// Checkpoint metadata as bytes.
import type { Result } from '../base/value.ts';
import { snapshotHandle, splitProgress } from '../protocol/message-shapes.ts';
import { recordCodec, type Format } from '../protocol/sealed-record.ts';
import { list, literal, partOf, record, shapeOf } from '../protocol/shapes.ts';
import type { CheckpointMetadata, SubtaskSnapshot } from './metadata.ts';

const subtask = shapeOf<SubtaskSnapshot>()(
  record({
    vertex: 'int',
    subtask: 'int',
    attempt: 'int',
    handle: snapshotHandle,
    atEnd: 'boolean',
    splits: list(splitProgress),
    transactions: list('string'),
  }),
);

const metadata = recordCodec(
  'millrace-checkpoint',
  2,
  shapeOf<CheckpointMetadata>()(
    record({
      format: literal('millrace-checkpoint'),
      version: literal(2),
      jobId: 'string',
      checkpointId: 'int',
      epoch: 'int',
      maxParallelism: 'int',
      final: 'boolean',
      subtasks: list(subtask),
      coordinators: partOf<readonly never[]>()(list('any')),
    }),
  ),
);

export const metadataFormat: Format = metadata.format;

export const encodeMetadata = (value: CheckpointMetadata): Uint8Array => metadata.encode(value);
export const decodeMetadata = (bytes: Uint8Array): Result<CheckpointMetadata> => metadata.decode(bytes);
