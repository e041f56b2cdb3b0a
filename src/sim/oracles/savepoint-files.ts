// Savepoints as the HA service has them at one moment: what they need may not go, and need not go with the job.
import { SAVEPOINT_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { SavepointRecord } from '../../core/protocol/ha-records.ts';
import type { WorldView } from '../observation.ts';
import { metadataBehind, readSavepoint } from './decode.ts';
import { haOf, storageOf } from './service-views.ts';

/** The records of all savepoints that are not disposed, of a job or of all. */
export function savepointsIn(view: WorldView, jobId?: string): readonly SavepointRecord[] {
  const prefix = jobId === undefined ? SAVEPOINT_PREFIX : `${SAVEPOINT_PREFIX}${jobId}/`;
  return [...haOf(view).entries].flatMap(([key, { value }]) => {
    const read = key.startsWith(prefix) ? readSavepoint(value) : null;
    return read !== null && read.ok && !read.value.disposed ? [read.value] : [];
  });
}

/** The names of all files that a savepoint needs, its metadata first. */
export function filesOfSavepoint(view: WorldView, { metadata }: SavepointRecord): readonly string[] {
  const read = metadataBehind(metadata, storageOf(view).blobs);
  const snapshots = read.ok ? read.value.subtasks : [];
  return [metadata.name, ...snapshots.map(({ handle }) => handle.name)];
}

/** The names of all files that savepoints need. */
export function filesOfSavepoints(view: WorldView): ReadonlySet<string> {
  return new Set(savepointsIn(view).flatMap((record) => filesOfSavepoint(view, record)));
}
