// The savepoint that a job starts from, as its record in the HA service names it.
import { JOB_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { RestoreOrigin } from '../../core/protocol/ha-records.ts';
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import type { WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { metadataBehind, readJob } from './decode.ts';
import { haWriteOf, isKeyOf, type Applied } from './seen.ts';
import { storageOf } from './service-views.ts';

/** Metadata never change, but may be deleted when the job needs them no more: they are read when the job is stored. */
export interface Origin extends RestoreOrigin {
  readonly content: CheckpointMetadata;
}

/** What a write of the job's record says of it; null: this is none, or the job starts from nothing. */
export function originIn({ jobId }: OracleContext, seen: Applied, view: WorldView): Origin | null {
  const write = haWriteOf(seen);
  if (write === null || write.value === null || !isKeyOf(JOB_PREFIX, jobId, write.key)) return null;
  const record = readJob(write.value);
  if (!record.ok || record.value.restore === null) return null;
  const { restore } = record.value;
  const metadata = metadataBehind(restore.metadata, storageOf(view).blobs);
  return metadata.ok ? { ...restore, content: metadata.value } : null;
}
