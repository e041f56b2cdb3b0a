// `node:timers` and `node:timers/promises`, over whatever clock the globals follow.

export interface TimerOptions {
  readonly signal?: AbortSignal;
}

/** The functions of the context, which follow the clock of the call at hand. */
export interface Timers {
  setTimeout(callback: () => void, ms?: number): unknown;
  clearTimeout(timer: unknown): void;
  setInterval(callback: () => void, ms?: number): unknown;
  clearInterval(timer: unknown): void;
  setImmediate(callback: () => void): unknown;
  clearImmediate(timer: unknown): void;
}

class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
}

function abortError(signal: AbortSignal): AbortError {
  return new AbortError('The operation was aborted', { cause: signal.reason });
}

/** A promise that begins something, and takes it back when the signal says so. */
function cancellable<T>(
  { signal }: TimerOptions,
  begin: (done: (value: T) => void) => unknown,
  end: (begun: unknown) => void,
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const begun = begin(resolve);
    signal?.addEventListener('abort', () => {
      end(begun);
      reject(abortError(signal));
    });
  });
}

/** Ticks that nobody has asked for yet, as those of Node are counted. */
async function* ticks<T>(timers: Timers, ms: number, value: T, { signal }: TimerOptions): AsyncGenerator<T> {
  if (signal?.aborted === true) throw abortError(signal);
  let waiting = 0;
  let heard = Promise.withResolvers<void>();
  const timer = timers.setInterval(() => {
    waiting += 1;
    heard.resolve();
  }, ms);
  signal?.addEventListener('abort', () => heard.reject(abortError(signal)));
  try {
    for (;;) {
      if (waiting === 0) await heard.promise; // oxlint-disable-line no-await-in-loop -- one tick behind the other
      if (waiting > 0) yield value;
      waiting = Math.max(0, waiting - 1);
      if (waiting === 0) heard = Promise.withResolvers();
    }
  } finally {
    timers.clearInterval(timer);
  }
}

/** The module `node:timers/promises`. */
export function timersPromises(timers: Timers): object {
  const wait = <T>(ms = 1, value?: T, options: TimerOptions = {}): Promise<T | undefined> =>
    cancellable<T | undefined>(
      options,
      (done) => timers.setTimeout(() => done(value), ms),
      (timer) => timers.clearTimeout(timer),
    );
  const immediate = <T>(value?: T, options: TimerOptions = {}): Promise<T | undefined> =>
    cancellable<T | undefined>(
      options,
      (done) => timers.setImmediate(() => done(value)),
      (timer) => timers.clearImmediate(timer),
    );
  const scheduler = {
    wait: (ms: number, options?: TimerOptions): Promise<undefined> => wait<undefined>(ms, undefined, options),
    yield: (): Promise<undefined> => immediate<undefined>(),
  };
  return {
    setTimeout: wait,
    setImmediate: immediate,
    setInterval: <T>(ms = 1, value?: T, options: TimerOptions = {}) => ticks(timers, ms, value, options),
    scheduler,
  };
}
