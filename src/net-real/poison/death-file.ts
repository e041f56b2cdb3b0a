// The note of a TaskManager's work folder: whose code ended the process. Written in full, synced, and renamed, so that it is there whole or not at all. The
// process reads it at its start, and removes it when a leader has heard of it.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../core/base/value.ts';
import type { ProcessDeath } from '../../core/protocol/ids.ts';
import { deathCodec } from '../../core/protocol/records-codec.ts';
import { PRIVATE_FILE } from '../disk.ts';

/** `certain`: the process died of it. `suspected`: it did if it died of its heap. */
export type Note = 'certain' | 'suspected';

const FILES: Readonly<Record<Note, string>> = { certain: 'death', suspected: 'death-suspected' };

export function writeDeath(folder: string, note: Note, death: ProcessDeath): void {
  const path = join(folder, FILES[note]);
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w', PRIVATE_FILE);
  writeSync(file, deathCodec.encode(death));
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, path);
}

/** Whether code of a job ended the process of this folder, or may have. */
export function isNoted(folder: string): boolean {
  return Object.values(FILES).some((file) => existsSync(join(folder, file)));
}

export function removeDeath(folder: string, note: Note): void {
  rmSync(join(folder, FILES[note]), { force: true });
}

/** Null: there is none. Not ok: a sentence. */
export function readDeath(folder: string, note: Note): Result<ProcessDeath | null> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(folder, FILES[note]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, value: null };
    throw error;
  }
  return deathCodec.decode(Uint8Array.from(bytes));
}
