// A file that another process has open to add to it, such as its standard error: nobody can give that process another file, so a full one is copied, and
// emptied where it is. What is added between the two is lost.
import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { LOG_BYTES_MAX } from '../../net-real/log/log-file.ts';

/** Between two looks. */
const LOOK_MS = 1_000;

export interface Bounded {
  /** The copy of what was in it. */
  readonly older: string;
  readonly sizeBytes: number;
}

/** What was in it, if it was full and is empty now; else null. Throws what the system says. */
export function emptyIfFull(path: string, bytesMax = LOG_BYTES_MAX): Bounded | null {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes <= bytesMax) return null;
  const older = `${path}.1`;
  copyFileSync(path, older);
  truncateSync(path); // whoever adds to it goes on at its end, as it was opened for that
  return { older, sizeBytes };
}

/** Looks at all of them until the function is called. @param tell of a file that was emptied, or could not be */
export function keepBounded(
  paths: readonly string[],
  tell: (path: string, done: Bounded | Error) => void,
  bytesMax = LOG_BYTES_MAX,
): () => void {
  const look = (path: string): void => {
    try {
      const done = emptyIfFull(path, bytesMax);
      if (done !== null) tell(path, done);
    } catch (error) {
      tell(path, error as Error);
    }
  };
  const looks = setInterval(() => paths.forEach((path) => look(path)), LOOK_MS).unref();
  return () => clearInterval(looks);
}
