// The values behind the HA keys as bytes.
import type { Result } from '../base/value.ts';
import type { CheckpointsRecord, CounterRecord, JobRecord, LeaderRecord, ResultRecord } from './ha-records.ts';
import { jobStatus } from './id-shapes.ts';
import { snapshotHandle } from './message-shapes.ts';
import { jobReason } from './reason-shapes.ts';
import { recordCodec } from './sealed-record.ts';
import { list, nullable, record } from './shapes.ts';

const leader = recordCodec<LeaderRecord>('millrace-leader', 1, record({ epoch: 'int', address: 'string' }));
const job = recordCodec<JobRecord>('millrace-job', 1, record({ jobId: 'string', graph: 'any', artifact: 'string' }));
const checkpoints = recordCodec<CheckpointsRecord>(
  'millrace-checkpoints',
  1,
  record({ completed: list(record({ checkpointId: 'int', metadata: snapshotHandle, final: 'boolean' })) }),
);
const counter = recordCodec<CounterRecord>('millrace-counter', 1, record({ lastCheckpointId: 'int' }));
const result = recordCodec<ResultRecord>(
  'millrace-result',
  2,
  record({ jobId: 'string', status: jobStatus, reason: nullable(jobReason), clean: 'boolean' }),
);

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
