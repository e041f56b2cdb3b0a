// Snapshots of subtasks as bytes.
import type { Result } from '../base/value.ts';
import { recordCodec } from '../protocol/sealed-record.ts';
import { list, literal, record } from '../protocol/shapes.ts';
import type { TaskSnapshot } from './snapshot.ts';

const keyGroup = record({ keyGroup: 'int', entries: list(record({ key: 'any', value: 'any' })) });

const snapshot = recordCodec<TaskSnapshot>(
  'millrace-snapshot',
  1,
  record({
    format: literal('millrace-snapshot'),
    version: literal(1),
    checkpointId: 'int',
    watermark: 'time',
    atEnd: 'boolean',
    splits: list(record({ operator: 'string', split: 'int', position: 'int', maxTimestamp: 'time' })),
    operators: list(record({ operator: 'string', keyGroups: list(keyGroup) })),
    transactions: list(record({ checkpointId: 'int', transaction: 'string' })),
  }),
);

export const encodeTaskSnapshot = (value: TaskSnapshot): Uint8Array => snapshot.encode(value);
export const decodeTaskSnapshot = (bytes: Uint8Array): Result<TaskSnapshot> => snapshot.decode(bytes);
