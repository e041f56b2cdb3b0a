// A watch of one key. The stream of etcd is a bell: that it rings is a reason to look, and what is answered is what was seen. So a stream that breaks,
// is doubled or rings in vain does no harm; one that is deaf (its member is cut off, or stopped) costs the time between two looks.
import type { HaEntry } from '../../core/protocol/ports.ts';
import type { WatchNews } from './wire.ts';

/** A key at a revision of the store. `entry` null: it is not there. */
export interface KeyState {
  readonly entry: HaEntry | null;
  readonly revision: number;
}

export interface WatchOptions {
  /** News is what was written or deleted behind it. */
  readonly afterRevision: number;
  /** Rejects where etcd cannot be asked: then the watch fails. */
  readonly look: () => Promise<KeyState>;
  /** A stream of what happens from a revision on. @returns what ends it */
  readonly open: (fromRevision: number, hear: (news: WatchNews) => void) => () => void;
  /** Between two looks while the stream says nothing. */
  readonly lookMs: number;
}

export interface Watching {
  readonly changed: Promise<KeyState>;
  /** `changed` may stay as it is. */
  close(): void;
}

const LOST_PAUSE_MS = 100; // a stream that is refused again and again must not become a loop

export function watchKey(options: WatchOptions): Watching {
  const bell = new Bell(options.open);
  return { changed: untilChanged(options, bell).finally(() => bell.close()), close: () => bell.close() };
}

async function untilChanged({ afterRevision, look, lookMs }: WatchOptions, bell: Bell): Promise<KeyState> {
  let wasThere = false; // behind `afterRevision`: if it is not there now, it was deleted since
  for (;;) {
    const seen = await look();
    if (isNews(seen, afterRevision, wasThere)) return seen;
    wasThere ||= seen.entry !== null;
    const mayBeDeleted = seen.entry === null && afterRevision > 0;
    const heard = await bell.next(mayBeDeleted ? afterRevision + 1 : seen.revision + 1, lookMs);
    // Nobody remembers whether it was deleted since: whoever knew it is told that it is not there.
    if (heard === 'compacted' && mayBeDeleted) return seen;
    wasThere ||= heard === 'event';
    if (heard === 'compacted' || heard === 'lost') await bell.pause(LOST_PAUSE_MS);
  }
}

function isNews({ entry }: KeyState, afterRevision: number, wasThere: boolean): boolean {
  return entry === null ? wasThere : entry.revision > afterRevision;
}

/** One stream at a time, opened when it is first waited for, and again when it is lost. */
class Bell {
  readonly #open: WatchOptions['open'];
  #end: (() => void) | null = null;
  /** What it said while nobody waited. */
  #unheard: WatchNews | null = null;
  #onNews: ((news: WatchNews) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(open: WatchOptions['open']) {
    this.#open = open;
  }

  /** What it says next; null: nothing for so long. Never resolves once it is closed. */
  async next(fromRevision: number, forMs: number): Promise<WatchNews | null> {
    const { promise, resolve } = Promise.withResolvers<WatchNews | null>();
    this.#onNews = resolve;
    this.#wait(() => resolve(null), forMs);
    if (this.#unheard !== null) resolve(this.#unheard);
    else if (!this.#isClosed) this.#end ??= this.#open(fromRevision, (news) => this.#hear(news));
    const news = await promise;
    clearTimeout(this.#timer);
    [this.#onNews, this.#unheard] = [null, null];
    return news;
  }

  #hear(news: WatchNews): void {
    if (news === 'created' || this.#isClosed) return;
    if (news !== 'event') this.#end = null;
    this.#unheard = news;
    this.#onNews?.(news);
  }

  /** Never resolves once it is closed. */
  pause(forMs: number): Promise<void> {
    return new Promise((resolve) => this.#wait(resolve, forMs));
  }

  #wait(then: () => void, forMs: number): void {
    if (!this.#isClosed) this.#timer = setTimeout(then, forMs);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#end?.();
    this.#end = null;
  }
}
