// Lanes: work of one lane runs one after the other, in the order in which it was given.

export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined); // the next one does not care how this one ended
    return done;
  };
}

/** Runs `work` at its first call and keeps what came of it; a failure is not kept, the next call tries again. */
export function onceDone<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | null = null;
  return () => {
    started ??= work().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  };
}
