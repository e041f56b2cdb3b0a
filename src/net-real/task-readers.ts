// What tasks read from, each from a reader of its own: a new attempt opens anew, and so meets the source as it is by then. A port hears of tasks by their
// requests alone (`Port.request`), and closes what tasks that are over had opened.
import { createLane, type Lane } from './lanes.ts';

/** A place for a reader. */
export interface ReaderPlace<R> {
  /** Opened by the first read, and kept for the task. */
  reader: R | null;
}

export interface TaskReadersOptions<R> {
  /** Whether the task with this number reads no more. */
  readonly isOver: (task: number) => boolean;
  readonly close: (reader: R) => Promise<void>;
}

interface Opened<R> extends ReaderPlace<R> {
  readonly lane: Lane;
  readonly task: number;
  /** What is read: the same for all tasks that read it. */
  readonly key: string;
}

/** Between two looks for readers of tasks that are over: until then they hold a file, or a connection. */
const LOOK_MS = 5_000;

export class TaskReaders<R> {
  readonly #options: TaskReadersOptions<R>;
  readonly #places = new Map<string, Opened<R>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: TaskReadersOptions<R>) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#closeOver(), LOOK_MS).unref();
  }

  /**
   * Work in the lane of what this task reads: a task that reads it for the first time has a place without a reader, and what tasks that are over had opened
   * there is closed before.
   */
  use<T>(task: number, key: string, work: (place: ReaderPlace<R>) => Promise<T>): Promise<T> {
    const name = `${task} ${key}`;
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { task, key, lane: createLane(), reader: null };
      const closing = this.#closeOver().get(key) ?? Promise.resolve(); // others may hang, and are not waited for
      this.#places.set(name, place);
      void place.lane(() => closing);
    }
    const { lane } = place;
    const there = place;
    return lane(() => work(there));
  }

  /** By what they read. */
  #closeOver(): ReadonlyMap<string, Promise<void>> {
    const closing = new Map<string, Promise<void>>();
    for (const [name, place] of this.#places) {
      if (!this.#options.isOver(place.task)) continue;
      this.#places.delete(name);
      const before = closing.get(place.key) ?? Promise.resolve();
      closing.set(
        place.key,
        Promise.all([before, this.#closePlace(place)]).then(() => {}),
      );
    }
    return closing;
  }

  /** In its lane. What cannot be closed is given up: nobody reads it any more. */
  #closePlace(place: Opened<R>): Promise<void> {
    return place.lane(() => this.forget(place)).catch(() => {});
  }

  /** The next read opens anew. Called in the lane of the place. */
  async forget(place: ReaderPlace<R>): Promise<void> {
    const { reader } = place;
    place.reader = null;
    if (reader !== null) await this.#options.close(reader);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#places.values()].map((place) => this.#closePlace(place)));
  }
}
