// What comes again and again is told, but not each time: of each thing a few lines at once, then one in ten seconds with the number of those that
// were left out. The last of those left out is always told, at the latest ten seconds later: nothing is hidden wholly.

/** Lines about one thing that are written as they come. */
const BURST = 5;
/** So often there is one more. */
const REFILL_MS = 10_000;
const ABOUT_MAX = 256; // things that are remembered; of more than these the oldest is told, and forgotten

interface Repeated<T> {
  tokens: number;
  refilledAt: number;
  left: T | null;
  count: number;
}

export interface Clock {
  now(): number;
  /** Calls once; the function cancels it. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms).unref();
    return () => clearTimeout(timer);
  },
};

export interface Repeats<T> {
  /** Emits it, now or later, itself or a later one about the same. */
  offer(about: string, item: T): void;
  /** Emits whatever was left out so far. */
  flush(): void;
}

/** @param emit with the number of items about the same that were left out, this one not counted */
export function createRepeats<T>(emit: (item: T, more: number) => void, clock: Clock = systemClock): Repeats<T> {
  const things = new Map<string, Repeated<T>>();
  let cancel: (() => void) | null = null;

  const tell = (thing: Repeated<T>): void => {
    if (thing.left === null) return;
    emit(thing.left, thing.count - 1);
    thing.left = null;
    thing.count = 0;
  };
  const refill = (thing: Repeated<T>): void => {
    const now = clock.now();
    const more = Math.floor((now - thing.refilledAt) / REFILL_MS);
    if (more <= 0) return;
    thing.tokens = Math.min(BURST, thing.tokens + more);
    thing.refilledAt = thing.tokens === BURST ? now : thing.refilledAt + more * REFILL_MS;
  };
  const look = (): void => {
    cancel = null;
    for (const thing of things.values()) {
      refill(thing);
      if (thing.left === null || thing.tokens === 0) continue;
      thing.tokens -= 1;
      tell(thing);
    }
    lookLater();
  };
  const lookLater = (): void => {
    if (cancel !== null) return;
    const next = [...things.values()]
      .filter(({ left }) => left !== null)
      .map(({ refilledAt }) => refilledAt + REFILL_MS);
    if (next.length > 0) cancel = clock.after(Math.max(1, Math.min(...next) - clock.now()), look);
  };
  const thingOf = (about: string): Repeated<T> => {
    const known = things.get(about);
    if (known !== undefined) return known;
    const fresh: Repeated<T> = { tokens: BURST, refilledAt: clock.now(), left: null, count: 0 };
    things.set(about, fresh);
    const [oldest] = things;
    if (things.size > ABOUT_MAX && oldest !== undefined) {
      tell(oldest[1]);
      things.delete(oldest[0]);
    }
    return fresh;
  };

  return {
    offer(about, item) {
      const thing = thingOf(about);
      refill(thing);
      if (thing.tokens > 0) {
        thing.tokens -= 1;
        thing.left = item;
        thing.count += 1;
        return tell(thing);
      }
      thing.left = item;
      thing.count += 1;
      lookLater();
    },
    flush() {
      cancel?.();
      cancel = null;
      for (const thing of things.values()) tell(thing);
    },
  };
}
