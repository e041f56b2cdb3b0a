// The values behind the HA keys as bytes.
import type { Result } from '../base/value.ts';
import type { JobGraph } from '../graph/job-graph.ts';
import type {
  CheckpointsRecord,
  CompletedCheckpoint,
  CounterRecord,
  DrainsRecord,
  JobRecord,
  LeaderRecord,
  ResultRecord,
  SavepointRecord,
  UnreachedRecord,
} from './ha-records.ts';
import { rootException } from './job-history-shapes.ts';
import { restoreSettings, snapshotHandle } from './message-shapes.ts';
import { endedGraph, submitted } from './overview-shapes.ts';
import { jobReason } from './reason-shapes.ts';
import type { ProcessDeath } from './ids.ts';
import { processDeath } from './id-shapes.ts';
import { recordCodec, type Format, type RecordCodec } from './sealed-record.ts';
import { byKind, list, nullable, oneOf, record, shapeOf, unread } from './shapes.ts';

const leader = recordCodec(
  'millrace-leader',
  2,
  shapeOf<LeaderRecord>()(record({ epoch: 'int', address: 'string', resigned: 'boolean' })),
);
const job = recordCodec(
  'millrace-job',
  6,
  shapeOf<JobRecord>()(
    record({
      jobId: 'string',
      submitted,
      graph: unread<JobGraph>(),
      artifact: 'string',
      wanted: byKind({
        RUNNING: record({}),
        CANCELED: record({}),
        STOPPED: record({ savepointId: 'string', drain: 'boolean' }),
      }),
      parallelism: list(record({ operator: 'string', parallelism: 'int', most: 'int' })),
      restore: nullable(record({ ...restoreSettings, checkpointId: 'int', metadata: snapshotHandle })),
    }),
  ),
);
const completed = shapeOf<CompletedCheckpoint>()(
  record({ checkpointId: 'int', metadata: snapshotHandle, final: 'boolean' }),
);
const checkpoints = recordCodec(
  'millrace-checkpoints',
  1,
  shapeOf<CheckpointsRecord>()(record({ completed: list(completed) })),
);
const counter = recordCodec('millrace-counter', 1, shapeOf<CounterRecord>()(record({ lastCheckpointId: 'int' })));
const result = recordCodec(
  'millrace-result',
  20,
  shapeOf<ResultRecord>()(
    record({
      jobId: 'string',
      submitted,
      endedAt: 'number',
      status: oneOf('FINISHED', 'CANCELED', 'FAILED'),
      reason: nullable(jobReason),
      savepointId: 'string?',
      retained: nullable(record({ checkpointId: 'int', metadata: snapshotHandle })),
      exceptions: list(rootException),
      graph: endedGraph,
      clean: 'boolean',
    }),
  ),
);

const savepoint = recordCodec(
  'millrace-savepoint',
  2,
  shapeOf<SavepointRecord>()(
    record({
      kind: oneOf('savepoint', 'checkpoint'),
      jobId: 'string',
      savepointId: 'string',
      checkpointId: 'int',
      metadata: snapshotHandle,
      completedAt: 'number',
      disposed: 'boolean',
    }),
  ),
);

const drains = recordCodec('millrace-drains', 1, shapeOf<DrainsRecord>()(record({ taskManagers: list('string') })));

const unreached = recordCodec('millrace-unreached', 1, shapeOf<UnreachedRecord>()(record({ epoch: 'int' })));

/** The note of a TaskManager's work folder. */
export const deathCodec: RecordCodec<ProcessDeath> = recordCodec('millrace-death', 1, processDeath);

export const haFormats: readonly Format[] = [
  leader,
  job,
  checkpoints,
  counter,
  result,
  savepoint,
  drains,
  unreached,
].map(({ format }) => format);

export const encodeLeader = (value: LeaderRecord): Uint8Array => leader.encode(value);
export const decodeLeader = (bytes: Uint8Array): Result<LeaderRecord> => leader.decode(bytes);
export const encodeJob = (value: JobRecord): Uint8Array => job.encode(value);
export const decodeJob = (bytes: Uint8Array): Result<JobRecord> => job.decode(bytes);
export const encodeCheckpoints = (value: CheckpointsRecord): Uint8Array => checkpoints.encode(value);
export const decodeCheckpoints = (bytes: Uint8Array): Result<CheckpointsRecord> => checkpoints.decode(bytes);
export const encodeCounter = (value: CounterRecord): Uint8Array => counter.encode(value);
export const decodeCounter = (bytes: Uint8Array): Result<CounterRecord> => counter.decode(bytes);
export const encodeResult = (value: ResultRecord): Uint8Array => result.encode(value);
export const decodeResult = (bytes: Uint8Array): Result<ResultRecord> => result.decode(bytes);
export const encodeSavepoint = (value: SavepointRecord): Uint8Array => savepoint.encode(value);
export const decodeSavepoint = (bytes: Uint8Array): Result<SavepointRecord> => savepoint.decode(bytes);
export const encodeDrains = (value: DrainsRecord): Uint8Array => drains.encode(value);
export const decodeDrains = (bytes: Uint8Array): Result<DrainsRecord> => drains.decode(bytes);
export const encodeUnreached = (value: UnreachedRecord): Uint8Array => unreached.encode(value);
export const decodeUnreached = (bytes: Uint8Array): Result<UnreachedRecord> => unreached.decode(bytes);
