// Decisions from a seed: one generator for each stream, so that one question more in a stream shifts no other.
import tychei from 'seedrandom/lib/tychei.js';
import type { Tychei } from 'seedrandom/lib/tychei.js';
import { Hasher } from '../core/base/hasher.ts';
import { DecisionLog } from './decision-log.ts';
import type { Decisions, StreamId, TapeEntry } from './decisions.ts';

/**
 * Draws every decision from a seed: the same seed answers the same question in the same way.
 * @param seed any number; neighbours give unrelated runs.
 * @param recorded whether `tape()` will be asked for; a bare bench can do without.
 */
export function seededDecisions(seed: number, recorded = true): Decisions {
  return new SeededDecisions(seed, recorded, new DecisionLog(), []);
}

class SeededDecisions implements Decisions {
  readonly ordersEvents = false;
  readonly #seed: number;
  readonly #recorded: boolean;
  readonly #log: DecisionLog;
  /** By stream; made when the stream is first drawn from. */
  readonly #generators: (Tychei | undefined)[];
  /** By stream: the generator is ours alone. Others are shared since a fork, and copied before they are drawn from. */
  readonly #owned: boolean[] = [];

  constructor(seed: number, recorded: boolean, log: DecisionLog, generators: (Tychei | undefined)[]) {
    this.#seed = seed;
    this.#recorded = recorded;
    this.#log = log;
    this.#generators = generators;
  }

  open(name: string): StreamId {
    return this.#log.names.idOf(name);
  }

  pick(stream: StreamId, n: number, odds: number): number {
    const index = this.#log.count(stream);
    if (n <= 1 || odds <= 0) return 0;
    const generator = this.#owned[stream] === true ? (this.#generators[stream] as Tychei) : this.#own(stream);
    if (odds < 1 && generator() >= odds) return 0;
    const value = 1 + Math.floor(generator() * (n - 1));
    if (this.#recorded) this.#log.record(stream, index, value);
    return value;
  }

  #own(stream: StreamId): Tychei {
    const shared = this.#generators[stream];
    const generator = shared === undefined ? this.#create(stream) : tychei(0, { state: shared.state() });
    while (this.#generators.length <= stream) this.#generators.push(undefined);
    while (this.#owned.length <= stream) this.#owned.push(false);
    this.#generators[stream] = generator;
    this.#owned[stream] = true;
    return generator;
  }

  #create(stream: StreamId): Tychei {
    return tychei(mixSeed(this.#seed, this.#log.names.nameOf(stream)), { state: true });
  }

  fork(): Decisions {
    this.#owned.length = 0;
    return new SeededDecisions(this.#seed, this.#recorded, this.#log.fork(), this.#generators.slice());
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return this.#log.lastAsked(stream);
  }

  tape(): readonly TapeEntry[] {
    return this.#log.entries();
  }
}

const TWO_POW_32 = 0x1_0000_0000;

/** 53 well-mixed bits of seed and name: as many as the generator takes. */
export function mixSeed(seed: number, name: string): number {
  const hasher = new Hasher();
  hasher.value(seed);
  hasher.value(name);
  const low = finalize(hasher.low ^ Math.imul(hasher.high, 0x9e3779b1));
  const high = finalize(hasher.high ^ low);
  return (high >>> 11) * TWO_POW_32 + (low >>> 0);
}

/** The end of murmur3: every bit of the input reaches every bit of the output. */
function finalize(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
