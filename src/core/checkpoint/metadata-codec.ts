// Checkpoint metadata as bytes.
import type { Result } from '../base/value.ts';
import { snapshotHandle, splitProgress } from '../protocol/message-shapes.ts';
import { recordCodec } from '../protocol/sealed-record.ts';
import { list, literal, record } from '../protocol/shapes.ts';
import type { CheckpointMetadata } from './metadata.ts';

const subtask = record({
  vertex: 'int',
  subtask: 'int',
  attempt: 'int',
  handle: snapshotHandle,
  atEnd: 'boolean',
  splits: list(splitProgress),
});

const metadata = recordCodec<CheckpointMetadata>(
  'millrace-checkpoint',
  1,
  record({
    format: literal('millrace-checkpoint'),
    version: literal(1),
    jobId: 'string',
    checkpointId: 'int',
    epoch: 'int',
    maxParallelism: 'int',
    final: 'boolean',
    subtasks: list(subtask),
    coordinators: list('any'),
  }),
);

export const encodeMetadata = (value: CheckpointMetadata): Uint8Array => metadata.encode(value);
export const decodeMetadata = (bytes: Uint8Array): Result<CheckpointMetadata> => metadata.decode(bytes);
