// Decisions from a tape. What is not on it is 0, so that every tape is a run; what does not fit is a divergence that can be asked for.
import { DecisionLog } from './decision-log.ts';
import { SCHEDULE_STREAM } from './decisions.ts';
import type { Decisions, StreamId, TapeEntry } from './decisions.ts';

/** An entry that the run did not take: no such question was asked, or it had fewer answers. */
export interface TapeDivergence {
  readonly entry: TapeEntry;
  readonly why: 'never asked' | 'out of range';
}

/** Decisions of a tape. */
export interface TapeDecisions extends Decisions {
  fork(): TapeDecisions;
  /** Entries that did not fit so far; once the run is over, they say whether it was the run of this tape. */
  divergences(): readonly TapeDivergence[];
}

/** Repeats the decisions of a tape: what is not on it is 0, and what does not fit is a divergence. */
export function tapeDecisions(entries: readonly TapeEntry[]): TapeDecisions {
  const planned = new Map<string, Map<number, TapeEntry>>();
  for (const entry of entries) {
    const stream = planned.get(entry.stream) ?? new Map<number, TapeEntry>();
    stream.set(entry.index, entry);
    planned.set(entry.stream, stream);
  }
  return new Tape(planned, new DecisionLog(), new Set());
}

/** The plainest run: every decision is 0. */
export function plainDecisions(): Decisions {
  return tapeDecisions([]);
}

type Planned = ReadonlyMap<string, ReadonlyMap<number, TapeEntry>>;

class Tape implements TapeDecisions {
  readonly ordersEvents: boolean;
  readonly #planned: Planned;
  readonly #log: DecisionLog;
  /** Entries that were asked for, with an `n` that they fit. */
  readonly #used: Set<TapeEntry>;
  readonly #outOfRange: TapeEntry[];
  /** By stream, looked up once. */
  readonly #plans: (ReadonlyMap<number, TapeEntry> | null)[] = [];

  constructor(planned: Planned, log: DecisionLog, used: Set<TapeEntry>, outOfRange: TapeEntry[] = []) {
    this.ordersEvents = planned.has(SCHEDULE_STREAM);
    this.#planned = planned;
    this.#log = log;
    this.#used = used;
    this.#outOfRange = outOfRange;
  }

  open(name: string): StreamId {
    return this.#log.names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    const index = this.#log.count(stream);
    const entry = this.#planOf(stream)?.get(index);
    if (entry === undefined || entry.value === 0) return 0;
    if (!(Number.isInteger(entry.value) && entry.value > 0 && entry.value < n)) {
      this.#outOfRange.push(entry);
      return 0;
    }
    this.#used.add(entry);
    this.#log.record(stream, index, entry.value);
    return entry.value;
  }

  #planOf(stream: StreamId): ReadonlyMap<number, TapeEntry> | null {
    const plan = this.#plans[stream];
    if (plan !== undefined) return plan;
    while (this.#plans.length < stream) this.#plans.push(this.#lookUp(this.#plans.length));
    return (this.#plans[stream] = this.#lookUp(stream));
  }

  #lookUp(stream: StreamId): ReadonlyMap<number, TapeEntry> | null {
    return this.#planned.get(this.#log.names.nameOf(stream)) ?? null;
  }

  fork(): TapeDecisions {
    return new Tape(this.#planned, this.#log.fork(), new Set(this.#used), this.#outOfRange.slice());
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return this.#log.lastAsked(stream);
  }

  tape(): readonly TapeEntry[] {
    return this.#log.entries();
  }

  divergences(): readonly TapeDivergence[] {
    const found: TapeDivergence[] = this.#outOfRange.map((entry) => ({ entry, why: 'out of range' }));
    for (const plan of this.#planned.values()) {
      for (const entry of plan.values()) {
        if (entry.value !== 0 && !this.#used.has(entry) && !this.#outOfRange.includes(entry))
          found.push({ entry, why: 'never asked' });
      }
    }
    return found;
  }
}
