// Decisions by time instead of by index. An index counts the questions of a stream, so whoever takes one fault away moves those behind it to other
// moments; their times stay.
import { DecisionLog } from '../decision-log.ts';
import type { Decisions, StreamId, TapeEntry, TimedEntry } from '../decisions.ts';
import type { TimeUs } from '../observation.ts';

/** Answers the first question of a stream at or after the time of an entry with its value, whatever its index. All else is 0. */
export function timedDecisions(entries: readonly TimedEntry[]): Decisions {
  const planned = new Map<string, TimedEntry[]>();
  for (const entry of [...entries].sort((left, right) => left.atUs - right.atUs)) {
    const stream = planned.get(entry.stream);
    if (stream === undefined) planned.set(entry.stream, [entry]);
    else stream.push(entry);
  }
  return new TimedDecisions(planned, new DecisionLog(), new Map());
}

class TimedDecisions implements Decisions {
  readonly ordersEvents = false;
  readonly #planned: ReadonlyMap<string, readonly TimedEntry[]>;
  readonly #log: DecisionLog;
  /** Entries of a stream that had their turn. */
  readonly #spent: Map<StreamId, number>;
  #now: () => TimeUs = () => 0;

  constructor(planned: ReadonlyMap<string, readonly TimedEntry[]>, log: DecisionLog, spent: Map<StreamId, number>) {
    this.#planned = planned;
    this.#log = log;
    this.#spent = spent;
  }

  watch(now: () => TimeUs): void {
    this.#now = now;
  }

  open(name: string): StreamId {
    return this.#log.names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    const index = this.#log.count(stream);
    const spent = this.#spent.get(stream) ?? 0;
    const entry = this.#planned.get(this.#log.names.nameOf(stream))?.[spent];
    if (entry === undefined || entry.atUs > this.#now()) return 0;
    this.#spent.set(stream, spent + 1);
    if (entry.value >= n) return 0;
    this.#log.record(stream, index, entry.value);
    return entry.value;
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return this.#log.lastAsked(stream);
  }

  /** It goes by the clock of this one until it is told of another. */
  fork(): Decisions {
    const fork = new TimedDecisions(this.#planned, this.#log.fork(), new Map(this.#spent));
    fork.watch(this.#now);
    return fork;
  }

  tape(): readonly TapeEntry[] {
    return this.#log.entries();
  }
}
