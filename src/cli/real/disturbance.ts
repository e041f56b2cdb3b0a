// What disturbs the processes of a run from outside, other than signals: their disk and their clock (disturbed-process.ts), and files in which a bit
// flips. All of it ends without a trace.
import { closeSync, openSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isArtifactName } from '../../net-real/artifact-store.ts';
import { parseStage } from '../../net-real/sink-files.ts';
import { parseBlobName } from '../../core/checkpoint/blob-names.ts';
import type { StrikeKind } from '../../scenario/strikes.ts';
import { programs } from '../../layout.ts';
import type { Disturbance, Hold } from './disturbed-process.ts';
import { filesIn, type Scratch } from './scratch.ts';
import { isDisturbance, type Damage } from './strike-groups.ts';

/** Flags of Node for each process of a run in which this is to happen. */
export function disturbableBy(kind: StrikeKind | null, scratch: Scratch): readonly string[] {
  if (kind === null || !(isDisturbance(kind) || kind === 'damaged-sink')) return [];
  const preload = pathToFileURL(programs.disturbed);
  preload.searchParams.set('file', placeOf(scratch));
  return ['--import', preload.href];
}

export function beginDisturbance(kind: Disturbance | Hold, scratch: Scratch): void {
  writeFileSync(placeOf(scratch), kind);
}

export function endDisturbance(scratch: Scratch): void {
  rmSync(placeOf(scratch), { force: true });
}

function placeOf({ root }: Scratch): string {
  return join(root, 'disturbance');
}

// ---- Flipped bits

/** A bit that is not what it was. */
export interface Flipped {
  /** From the scratch folder. */
  readonly name: string;
  /** It is what it was again, if the file is there still. */
  undo(): void;
}

/** Null: there is no such file. */
export function flipBit(kind: Damage, scratch: Scratch, draw: number): Flipped | null {
  const paths = candidates(kind, scratch);
  const path = paths[draw % paths.length];
  if (path === undefined) return null;
  const at = Math.floor(statSync(path).size / 2);
  flip(path, at);
  return { name: relative(scratch.root, path), undo: () => flip(path, at) };
}

function flip(path: string, at: number): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // a later checkpoint needs it no more
    throw error;
  }
  try {
    const byte = new Uint8Array(1);
    readSync(descriptor, byte, 0, 1, at);
    byte[0]! ^= BIT;
    writeSync(descriptor, byte, 0, 1, at);
  } finally {
    closeSync(descriptor);
  }
}

const BIT = 0b100;

/** Files of that kind that whoever starts now has to read. */
function candidates(kind: Damage, scratch: Scratch): readonly string[] {
  const stored = filesIn(scratch.storage).toSorted();
  const nameOf = (path: string): string => relative(scratch.storage, path);
  switch (kind) {
    case 'damaged-sink':
      return preparedIn(scratch);
    case 'damaged-ha':
      return entriesOf(scratch);
    case 'damaged-artifact':
      return stored.filter((path) => isArtifactName(nameOf(path)));
    case 'damaged-metadata':
    case 'damaged-snapshot': {
      const wanted = kind === 'damaged-metadata' ? 'metadata' : 'snapshot';
      const blobs = stored.flatMap((path) => {
        const blob = parseBlobName(nameOf(path));
        return blob === null ? [] : [{ path, blob }];
      });
      const latest = Math.max(...blobs.flatMap(({ blob }) => (blob.kind === 'metadata' ? [blob.checkpointId] : [])));
      return blobs.filter(({ blob }) => blob.kind === wanted && blob.checkpointId === latest).map(({ path }) => path);
    }
  }
}

/** Output that the latest checkpoint covers, and that nobody has committed. */
function preparedIn({ sinks, storage }: Scratch): readonly string[] {
  const latest = new Map<string, number>();
  for (const path of filesIn(storage)) {
    const blob = parseBlobName(relative(storage, path));
    if (blob?.kind === 'metadata') latest.set(blob.jobId, Math.max(latest.get(blob.jobId) ?? 0, blob.checkpointId));
  }
  return filesIn(sinks)
    .toSorted()
    .filter((path) => {
      const writer = decodeURIComponent(basename(dirname(dirname(path))));
      const found = parseStage(writer, basename(path));
      const jobId = writer.slice(0, writer.indexOf('/'));
      if (found?.stage !== 'prepared' || found.transaction.followsCheckpoint >= (latest.get(jobId) ?? 0)) return false;
      return statSync(path).size > 0;
    });
}

/** Whether there is something that such a strike could damage. */
export function hasPrepared(scratch: Scratch): boolean {
  return preparedIn(scratch).length > 0;
}

/** Of the log of the HA service, whichever folder of it is in force. */
function entriesOf({ ha }: Scratch): readonly string[] {
  const entries = filesIn(ha).filter((path) => /\/\d{12}$/.test(path));
  return entries.toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).slice(-1);
}
