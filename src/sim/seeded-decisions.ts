// Decisions from a seed: one generator for each stream, so that one question more in a stream shifts no other.
import tychei from 'seedrandom/lib/tychei.js';
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

/** The four words of a generator. Its steps are made here: those of the library are closures, which each draw would have to enter. */
interface Generator {
  a: number;
  b: number;
  c: number;
  d: number;
}

class SeededDecisions implements Decisions {
  readonly ordersEvents = false;
  readonly #seed: number;
  readonly #recorded: boolean;
  readonly #log: DecisionLog;
  /** By stream; made when the stream is first drawn from. */
  readonly #generators: (Generator | undefined)[];
  /** By stream: the generator is ours alone. Others are shared since a fork, and copied before they are drawn from. */
  readonly #owned: boolean[] = [];

  constructor(seed: number, recorded: boolean, log: DecisionLog, generators: (Generator | undefined)[]) {
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
    const generator = this.#owned[stream] === true ? (this.#generators[stream] as Generator) : this.#own(stream);
    if (odds < 1 && draw(generator) >= odds) return 0;
    const value = 1 + Math.floor(draw(generator) * (n - 1));
    if (this.#recorded) this.#log.record(stream, index, value);
    return value;
  }

  #own(stream: StreamId): Generator {
    const { a, b, c, d } = this.#generators[stream] ?? this.#create(stream);
    const generator = { a, b, c, d };
    while (this.#generators.length <= stream) this.#generators.push(undefined);
    while (this.#owned.length <= stream) this.#owned.push(false);
    this.#generators[stream] = generator;
    this.#owned[stream] = true;
    return generator;
  }

  #create(stream: StreamId): Generator {
    return tychei(mixSeed(this.#seed, this.#log.names.nameOf(stream)), { state: true }).state();
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

/** The next number of a generator, uniform in [0, 1) in steps of 2^-32: what seedrandom's tychei gives with the same words. */
function draw(generator: Generator): number {
  let { a, b, c, d } = generator;
  b = (b << 25) ^ (b >>> 7) ^ c;
  c = (c - d) | 0;
  d = (d << 24) ^ (d >>> 8) ^ a;
  a = (a - b) | 0;
  b = (b << 20) ^ (b >>> 12) ^ c;
  c = (c - d) | 0;
  d = (d << 16) ^ (c >>> 16) ^ a;
  a = (a - b) | 0;
  generator.a = a;
  generator.b = b;
  generator.c = c;
  generator.d = d;
  return (a >>> 0) / TWO_POW_32;
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
