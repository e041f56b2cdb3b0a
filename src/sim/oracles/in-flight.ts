// What `mapAsync` has in flight at a cut, as its snapshots hold it: the records that what lies behind it has seen nothing of, and how far its watermark has come. With
// both the state at a cut follows from the positions again.
import type { Key, Value } from '../../core/base/value.ts';
import type { CheckpointMetadata } from '../../core/checkpoint/metadata.ts';
import { ownerOf, readSnapshot } from './decode.ts';
import type { ReferencePlan } from './reference-plan.ts';
import { cutText, textOf } from './text.ts';

export interface InFlight {
  /** By operator: how often each record is in flight, by its text. */
  readonly records: readonly (ReadonlyMap<string, number> | null)[];
  /** By operator: no watermark at it, or behind it, is higher. */
  readonly watermarks: readonly number[];
  /** What is wrong with the snapshots, a sentence each. */
  readonly problems: readonly string[];
}

/** Records that are still to be held back in a run, by operator. */
export interface HeldBack {
  readonly left: readonly (Map<string, number> | null)[];
  readonly watermarks: readonly number[];
}

export function recordText(value: Value, timestamp: number): string {
  return `${textOf(value)} at ${timestamp}`;
}

/** Null: the job has no `mapAsync`. */
export function inFlightIn(
  plan: ReferencePlan,
  metadata: CheckpointMetadata,
  blobs: ReadonlyMap<string, Uint8Array>,
): InFlight | null {
  const { operators } = plan;
  if (!operators.some(({ operator }) => operator.kind === 'map-async')) return null;
  const records: (Map<string, number> | null)[] = operators.map(() => null);
  const watermarks = operators.map(() => Number.MAX_SAFE_INTEGER);
  const problems: string[] = [];
  for (const [index, { operator, targets }] of operators.entries()) {
    if (operator.kind === 'map-async') {
      const found = findCalls(operator.id, metadata, blobs);
      records[index] = found.records;
      watermarks[index] = Math.min(watermarks[index] as number, found.watermark);
      problems.push(...found.problems);
    }
    const own = watermarks[index] as number; // operators are in topological order
    for (const target of targets) watermarks[target] = Math.min(watermarks[target] as number, own);
  }
  return { records, watermarks, problems };
}

interface FoundCalls {
  readonly records: Map<string, number>;
  watermark: number;
  readonly problems: string[];
}

function findCalls(id: string, metadata: CheckpointMetadata, blobs: ReadonlyMap<string, Uint8Array>): FoundCalls {
  const found: FoundCalls = { records: new Map(), watermark: Number.MAX_SAFE_INTEGER, problems: [] };
  for (const { vertex, subtask, handle } of metadata.subtasks) {
    const { operators = [], parallelism = 0 } = metadata.vertices[vertex] ?? {};
    if (operators[0]?.id !== id) continue;
    const bytes = blobs.get(handle.name);
    const snapshot = bytes === undefined ? null : readSnapshot(bytes);
    if (snapshot === null || !snapshot.ok) continue; // the affair of O-store
    found.watermark = Math.min(found.watermark, snapshot.value.watermark);
    for (const { operator, keyGroups } of snapshot.value.operators) {
      if (operator !== id) continue;
      for (const { keyGroup, entries } of keyGroups) {
        if (ownerOf(keyGroup, metadata.maxParallelism, parallelism) !== subtask)
          found.problems.push(`${vertex}/${subtask} ${id}: what is in flight lies in key group ${keyGroup} of another`);
        for (const { key, value } of entries) countRecord(found, id, key, value);
      }
    }
  }
  return found;
}

/** A record in flight is `[timestamp, record]`, under its number. */
function countRecord({ records, problems }: FoundCalls, id: string, key: Key, entry: Value): void {
  if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'number' || typeof key !== 'number') {
    problems.push(`${id}: ${cutText(textOf(entry))} is no record in flight`);
    return;
  }
  const text = recordText(entry[1] as Value, entry[0]);
  records.set(text, (records.get(text) ?? 0) + 1);
}

/** For a run up to the cut. */
export function heldBackOf({ records, watermarks }: InFlight): HeldBack {
  return { left: records.map((counts) => (counts === null ? null : new Map(counts))), watermarks };
}

/** True: the record is in flight at the cut, and its call has come to nothing yet. */
export function holdBack(held: HeldBack | null, index: number, value: Value, timestamp: number): boolean {
  const counts = held?.left[index] ?? null;
  if (counts === null || counts.size === 0) return false;
  const text = recordText(value, timestamp);
  const count = counts.get(text) ?? 0;
  if (count === 0) return false;
  if (count === 1) counts.delete(text);
  else counts.set(text, count - 1);
  return true;
}

/** Records that are in flight, and that no sequential run has seen up to the cut, a line each. */
export function unseenRecords({ operators }: ReferencePlan, held: HeldBack | null): readonly string[] {
  return (held?.left ?? []).flatMap((counts, index) =>
    [...(counts ?? [])].map(
      ([text, count]) =>
        `${operators[index]?.operator.id ?? ''}: ${cutText(text)} is in flight ${count === 1 ? 'once' : `${count} times`} too often`,
    ),
  );
}
