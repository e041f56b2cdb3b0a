// Checkpoint metadata as bytes.
import type { Result } from '../base/value.ts';
import { KIND_NAMES } from '../graph/kinds.ts';
import { snapshotHandle, splitProgress } from '../protocol/message-shapes.ts';
import { recordCodec, type Format } from '../protocol/sealed-record.ts';
import { list, literal, oneOf, partOf, record, shapeOf } from '../protocol/shapes.ts';
import type { CheckpointMetadata, SubtaskSnapshot, VertexInCheckpoint } from './metadata.ts';

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

const vertex = shapeOf<VertexInCheckpoint>()(
  record({
    parallelism: 'int',
    operators: list(
      record({
        id: 'string',
        kind: oneOf(...KIND_NAMES),
        sink: 'string?',
        splits: 'int',
      }),
    ),
  }),
);

const metadata = recordCodec(
  'millrace-checkpoint',
  3,
  shapeOf<CheckpointMetadata>()(
    record({
      format: literal('millrace-checkpoint'),
      version: literal(3),
      jobId: 'string',
      checkpointId: 'int',
      epoch: 'int',
      maxParallelism: 'int',
      final: 'boolean',
      vertices: list(vertex),
      subtasks: list(subtask),
      coordinators: partOf<readonly never[]>()(list('any')),
    }),
  ),
);

export const metadataFormat: Format = metadata.format;

export const encodeMetadata = (value: CheckpointMetadata): Uint8Array => metadata.encode(value);
export const decodeMetadata = (bytes: Uint8Array): Result<CheckpointMetadata> => metadata.decode(bytes);
