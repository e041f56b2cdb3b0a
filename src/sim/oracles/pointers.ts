// Completed checkpoints as the HA service has them, followed from write to write: the one truth about what is durable.
import { CHECKPOINTS_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { CompletedCheckpoint } from '../../core/protocol/ha-records.ts';
import { readPointers } from './decode.ts';
import { haWriteOf, isKeyOf, type Applied } from './seen.ts';

export interface Pointers {
  /** Oldest first, as of the last write. */
  retained: readonly CompletedCheckpoint[];
  /** Ids of all checkpoints that ever were durable. */
  readonly everDurable: Set<number>;
}

/** What one write of the pointers changed. */
export interface PointerChange {
  readonly added: readonly CompletedCheckpoint[];
  readonly removed: readonly CompletedCheckpoint[];
  /** Why the new value cannot be read, or null. */
  readonly unreadable: string | null;
}

export function createPointers(): Pointers {
  return { retained: [], everDurable: new Set() };
}

/** Takes in what a service applied; null unless that wrote or deleted the pointers of the job. */
export function followPointers(pointers: Pointers, jobId: string, seen: Applied): PointerChange | null {
  const write = haWriteOf(seen);
  if (write === null || !isKeyOf(CHECKPOINTS_PREFIX, jobId, write.key)) return null;
  const read = write.value === null ? null : readPointers(write.value);
  const before = pointers.retained;
  const after = read !== null && read.ok ? read.value.completed : [];
  pointers.retained = after;
  for (const { checkpointId } of after) pointers.everDurable.add(checkpointId);
  return {
    added: after.filter((pointer) => !names(before, pointer)),
    removed: before.filter((pointer) => !names(after, pointer)),
    unreadable: read === null || read.ok ? null : read.reason,
  };
}

function names(pointers: readonly CompletedCheckpoint[], pointer: CompletedCheckpoint): boolean {
  return pointers.some(
    (other) => other.checkpointId === pointer.checkpointId && other.metadata.name === pointer.metadata.name,
  );
}

/** The newest retained checkpoint, or null if there is none. */
export function latestPointer(pointers: Pointers): CompletedCheckpoint | null {
  return pointers.retained.at(-1) ?? null;
}
