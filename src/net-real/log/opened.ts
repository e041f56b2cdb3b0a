// A file of a log, opened to be read: it may be gone, as files are rotated.
import { closeSync, openSync } from 'node:fs';
import { codeOf } from '../disk.ts';

/** What `read` makes of it; null: it is not there. */
export function opened<T>(path: string, read: (descriptor: number) => T): T | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
