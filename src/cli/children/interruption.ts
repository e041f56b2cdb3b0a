// Whether a failure has its cause in a signal. A Ctrl-C reaches one process of a group after the other: a child, or the bundler, may be dead,
// and its end be noticed, before this process has heard of the signal itself.

const HEARD_MS = 1_000; // a signal to a group reaches all of it in less, on a busy machine too

/** Whether the command was told to end; if not yet, it is waited for. */
export function wasInterrupted(abort: AbortSignal, patienceMs = HEARD_MS): Promise<boolean> {
  if (abort.aborted) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs);
    abort.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
