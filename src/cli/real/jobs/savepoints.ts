// Savepoints that are there when all is over: whatever they need must be there as well, whole. Pure.
import type { SavepointRecord } from '../../../core/protocol/ha-records.ts';
import type { SnapshotHandle } from '../../../core/protocol/messages.ts';
import { damageOf, readMetadata } from '../../../sim/oracles/decode.ts';

/** A blob by its name; null: it is not there. */
export type ReadBlob = (name: string) => Uint8Array | null;

export interface KeptFiles {
  readonly names: ReadonlySet<string>;
  /** A sentence if a savepoint cannot be restored. */
  readonly damage: string | null;
}

export function filesOfSavepoints(savepoints: readonly SavepointRecord[], read: ReadBlob): KeptFiles {
  const names = new Set<string>();
  let damage: string | null = null;
  for (const { jobId, savepointId, metadata } of savepoints) {
    for (const handle of [metadata, ...snapshotsIn(metadata, read)]) {
      const bytes = read(handle.name);
      const wrong = damageOf(handle, new Map(bytes === null ? [] : [[handle.name, bytes]]));
      names.add(handle.name);
      if (wrong !== null) damage ??= `savepoint ${savepointId} of ${jobId} cannot be restored: ${wrong}`;
    }
  }
  return { names, damage };
}

/** None, if the metadata cannot be read: then that is what is wrong. */
function snapshotsIn({ name }: SnapshotHandle, read: ReadBlob): readonly SnapshotHandle[] {
  const bytes = read(name);
  const metadata = bytes === null ? null : readMetadata(bytes);
  return metadata?.ok === true ? metadata.value.subtasks.map(({ handle }) => handle) : [];
}
