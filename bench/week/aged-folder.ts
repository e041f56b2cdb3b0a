// Makes the folder of a cluster look as it does after a long time with a checkpoint each second: as this code leaves it, compacted on the way; or as a
// Millrace left it that compacted nothing.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealBlob } from '../../src/core/base/blob.ts';
import type { Value } from '../../src/core/base/value.ts';
import { CHECKPOINTS_PREFIX, COUNTER_PREFIX } from '../../src/core/protocol/ha-keys.ts';
import type { ClusterFolder } from '../../src/net-real/cluster-folder.ts';
import { nodeDisk } from '../../src/net-real/disk.ts';
import { ENTRIES_MAX } from '../../src/net-real/ha-compaction.ts';
import { drawGenerationName, entryPath, FIRST, SNAPSHOT } from '../../src/net-real/ha-generations.ts';
import { catchUp, createHaLog } from '../../src/net-real/ha-log.ts';
import { DELETIONS_MAX, snapshotOf, type KeyWrite, type MapSnapshot } from '../../src/net-real/ha-map.ts';
import { encodeSeal } from '../../src/net-real/ha-seal.ts';
import { MARKS_MAX } from '../../src/net-real/sink-fold.ts';

/** Entries of the HA log for each checkpoint: its number, and its pointer. */
const ENTRIES_PER_CHECKPOINT = 2;

export interface Past {
  readonly checkpoints: number;
  /** That committed something and are over. */
  readonly attempts: number;
}

/** The most that can be there: one entry and one mark less than are compacted. */
export async function ageCompacted(folder: ClusterFolder, { checkpoints, attempts }: Past): Promise<void> {
  const snapshot = await snapshotIn(folder.ha);
  removeLog(folder.ha);
  const applied = checkpoints * ENTRIES_PER_CHECKPOINT;
  const number = Math.ceil(applied / ENTRIES_MAX);
  const name = drawGenerationName(number);
  const path = join(folder.ha, name);
  mkdirSync(path);
  const seal = encodeSeal({ ...aged(snapshot, applied), generation: number, folder: name });
  writeFileSync(join(path, SNAPSHOT), seal);
  writeFileSync(join(folder.ha, FIRST), seal);
  writeEntries(path, applied + 1, ENTRIES_MAX - 1, writesOfCheckpoints(snapshot));
  ageWriters(folder, (transactions) => {
    for (let attempt = 1; attempt <= attempts; attempt++)
      writeFileSync(join(transactions, `chk-${attempt}-e0-a${attempt}.all-committed`), '');
    writeMarks(transactions, checkpoints, MARKS_MAX - 1);
  });
}

/** Every entry, and a mark for each commit. */
export async function ageUncompacted(folder: ClusterFolder, { checkpoints }: Past): Promise<void> {
  const snapshot = await snapshotIn(folder.ha);
  removeLog(folder.ha);
  const path = join(folder.ha, FIRST);
  mkdirSync(path);
  const all = snapshot.entries.map(({ key, value }): KeyWrite => ({ key, value }));
  for (const [index, write] of all.entries()) writeEntries(path, index + 1, 1, [write]);
  writeEntries(path, all.length + 1, checkpoints * ENTRIES_PER_CHECKPOINT, writesOfCheckpoints(snapshot));
  ageWriters(folder, (transactions) => writeMarks(transactions, checkpoints, checkpoints));
}

async function snapshotIn(ha: string): Promise<MapSnapshot> {
  const log = createHaLog(nodeDisk, ha);
  await catchUp(log);
  return snapshotOf(log.map);
}

function removeLog(ha: string): void {
  for (const name of readdirSync(ha))
    if (name === FIRST || name.startsWith('generation-')) rmSync(join(ha, name), { recursive: true });
}

/** With as many deletions as are remembered. */
function aged({ entries }: MapSnapshot, applied: number): MapSnapshot {
  const revision = applied;
  const sorted = entries.toSorted((one, other) => one.revision - other.revision);
  return {
    applied,
    revision,
    forgottenAt: revision - DELETIONS_MAX - entries.length,
    entries: sorted.map((entry, index) => ({ ...entry, revision: revision - entries.length + 1 + index })),
    deletions: Array.from({ length: DELETIONS_MAX }, (_, index) => ({
      key: `job/of-the-past-${index}`,
      revision: revision - DELETIONS_MAX - entries.length + 1 + index,
    })),
  };
}

/** Of the job that runs, as they are. */
function writesOfCheckpoints({ entries }: MapSnapshot): readonly KeyWrite[] {
  const ofCheckpoints = entries.filter(
    ({ key }) => key.startsWith(CHECKPOINTS_PREFIX) || key.startsWith(COUNTER_PREFIX),
  );
  return ofCheckpoints.map(({ key, value }) => ({ key, value }));
}

function writeEntries(path: string, first: number, count: number, writes: readonly KeyWrite[]): void {
  const blobs = writes.map((write) => sealBlob('millrace-ha-entry', 2, { writes: [write] } as unknown as Value));
  for (let index = 0; index < count; index++)
    writeFileSync(entryPath({ path }, first + index), blobs[index % blobs.length] as Uint8Array);
}

function ageWriters({ sinks }: ClusterFolder, age: (transactions: string) => void): void {
  for (const sink of readdirSync(sinks)) {
    const writers = join(sinks, sink, '.writers');
    for (const writer of readdirSync(writers)) age(join(writers, writer, 'transactions'));
  }
}

/** Of an attempt before the one that is there. */
function writeMarks(transactions: string, upTo: number, count: number): void {
  for (let checkpoint = upTo - count; checkpoint < upTo; checkpoint++)
    writeFileSync(join(transactions, `chk-${checkpoint}-e0-a0.committed`), '');
}
