// The log of a process as a file of JSON lines, which never grows without bound: a full one is `<name>.log.1`, the one before it `.2`, and so on.
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, makeFolderSync, PRIVATE_FILE } from '../disk.ts';

/** A file is full when a line would make it longer. */
export const LOG_BYTES_MAX = 10 * 1_048_576;
/** With the one that is written: so the log of a process takes 50 MiB at the most. */
export const LOG_FILES_MAX = 5;

export interface LogFile {
  /** Each line is written at once. Throws what the system says. */
  write(line: string): void;
  close(): void;
}

/** Goes on where the process before ended; makes the folder. */
export function openLogFile(path: string, bytesMax = LOG_BYTES_MAX, filesMax = LOG_FILES_MAX): LogFile {
  makeFolderSync(dirname(path));
  let descriptor = openSync(path, 'a', PRIVATE_FILE);
  let bytes = fstatSync(descriptor).size;
  /** Its last line has no end: the disk was full, or the process before was killed. What comes next must not be taken for a part of it. */
  let isTorn = bytes > 0 && lastByteOf(path, bytes) !== NEWLINE;
  return {
    write(line) {
      const text = Buffer.from(`${isTorn ? '\n' : ''}${line}\n`);
      if (bytes > 0 && bytes + text.length > bytesMax) {
        closeSync(descriptor);
        rotate(path, filesMax);
        descriptor = openSync(path, 'a', PRIVATE_FILE);
        bytes = 0;
      }
      for (let done = 0; done < text.length;) {
        const written = writeSync(descriptor, text, done);
        [done, bytes] = [done + written, bytes + written];
        isTorn = done < text.length;
      }
    },
    close: () => closeSync(descriptor),
  };
}

const NEWLINE = 10;

function lastByteOf(path: string, size: number): number | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const last = new Uint8Array(1);
    return readSync(descriptor, last, 0, 1, size - 1) === 1 ? last[0] : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function rotate(path: string, filesMax: number): void {
  for (let number = filesMax - 1; number >= 1; number--)
    moveIfThere(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
