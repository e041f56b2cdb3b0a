// The clock of a run, which that of its traces agrees with.

/** In ms, with parts of one; it does not jump while the process lives. */
export function wallNow(): number {
  return performance.timeOrigin + performance.now();
}
