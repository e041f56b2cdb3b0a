// What must have happened before something can: of each stream how far it was sent, and of all else what was sent. Histories that differ in this are
// kept apart up to a number; behind it only what they have in common is kept, which is true of each.
import { ForesightError } from './foresight-error.ts';

/** How far each stream was sent, as a place in the tree of all that it may carry; and a bit for each single thing. */
export interface Knowledge {
  readonly streams: Int32Array;
  readonly marks: Uint32Array;
}

const WORDS = 32;
const BITS = 32;
/** So many histories of one state are kept apart. */
const HISTORIES_MAX = 256;
/** One checkpoint on three TaskManagers needs half of it. */
const JOINS_MAX = 10_000_000;
const NOTHING = -1;

export class Lattice {
  // What streams may carry, as trees: by place the one before it, what was sent last, how far it is from the root, and what may follow.
  readonly #before: number[] = [];
  readonly #items: number[] = [];
  readonly #depths: number[] = [];
  readonly #followers: number[][] = [];
  readonly #roots: number;
  #joins = 0;
  readonly #markNumbers = new Map<string, number>();
  /** By mark: others of which only one can be. */
  readonly #rivals: number[][] = [];
  readonly #groups = new Map<string, number[]>();

  /** @param streams the root of each is the place with its number */
  constructor(streams: number) {
    this.#roots = streams;
    for (let stream = 0; stream < streams; stream++) this.#add(NOTHING, NOTHING);
  }

  #add(before: number, item: number): number {
    const place = this.#before.push(before) - 1;
    this.#items.push(item);
    this.#depths.push(before === NOTHING ? 0 : (this.#depths[before] as number) + 1);
    this.#followers.push([]);
    return place;
  }

  /** The place behind one at which an item was sent. */
  after(place: number, item: number): number {
    const followers = this.#followers[place] as number[];
    const known = followers.find((follower) => this.#items[follower] === item);
    if (known !== undefined) return known;
    const added = this.#add(place, item);
    followers.push(added);
    return added;
  }

  followers(place: number): readonly number[] {
    return this.#followers[place] as number[];
  }

  streamOf(place: number): number {
    let at = place;
    while (this.#before[at] !== NOTHING) at = this.#before[at] as number;
    return at;
  }

  itemAt(place: number): number {
    return this.#items[place] as number;
  }

  /**
   * The number of a single thing.
   *
   * @param group of such things only one can be
   */
  markOf(name: string, group: string): number {
    const known = this.#markNumbers.get(name);
    if (known !== undefined) return known;
    const mark = this.#markNumbers.size;
    if (mark >= WORDS * BITS) throw new ForesightError('too many requests');
    this.#markNumbers.set(name, mark);
    const rivals = this.#groups.get(group) ?? [];
    this.#groups.set(group, rivals);
    rivals.push(mark);
    this.#rivals.push(rivals);
    return mark;
  }

  nothing(): Knowledge {
    return {
      streams: Int32Array.from({ length: this.#roots }, (_, stream) => stream),
      marks: new Uint32Array(WORDS),
    };
  }

  /** One is the other, or lies before it. */
  isBefore(one: number, other: number): boolean {
    const depth = this.#depths[one] as number;
    let at = other;
    while ((this.#depths[at] as number) > depth) at = this.#before[at] as number;
    return at === one;
  }

  /** All that either needs; null: they cannot both be true. Throws where that was asked too often. */
  join(one: Knowledge, other: Knowledge): Knowledge | null {
    this.#joins += 1;
    if (this.#joins > JOINS_MAX) throw new ForesightError('there are too many histories');
    const streams = one.streams.slice();
    for (let stream = 0; stream < streams.length; stream++) {
      const [mine, theirs] = [streams[stream] as number, other.streams[stream] as number];
      if (mine === theirs) continue;
      if (this.isBefore(mine, theirs)) streams[stream] = theirs;
      else if (!this.isBefore(theirs, mine)) return null;
    }
    const marks = one.marks.slice();
    for (let word = 0; word < WORDS; word++) {
      const added = ((other.marks[word] as number) & ~(one.marks[word] as number)) >>> 0;
      if (added === 0) continue;
      if (this.#contradicts(one, added, word * BITS)) return null;
      marks[word] = ((marks[word] as number) | added) >>> 0;
    }
    return { streams, marks };
  }

  #contradicts(one: Knowledge, added: number, firstMark: number): boolean {
    for (let bit = 0; bit < BITS; bit++) {
      if ((added & (1 << bit)) === 0) continue;
      const mark = firstMark + bit;
      if ((this.#rivals[mark] as number[]).some((rival) => rival !== mark && hasMark(one, rival))) return true;
    }
    return false;
  }

  /** Whatever one needs the other needs as well. */
  isLess(one: Knowledge, other: Knowledge): boolean {
    for (let word = 0; word < WORDS; word++)
      if (((one.marks[word] as number) & ~(other.marks[word] as number)) !== 0) return false;
    for (let stream = 0; stream < one.streams.length; stream++) {
      const [mine, theirs] = [one.streams[stream] as number, other.streams[stream] as number];
      if (mine !== theirs && !this.isBefore(mine, theirs)) return false;
    }
    return true;
  }

  /** What both need. */
  #meet(one: Knowledge, other: Knowledge): Knowledge {
    const marks = one.marks.map((word, at) => (word & (other.marks[at] as number)) >>> 0);
    const streams = one.streams.map((place, stream) => this.#lastOfBoth(place, other.streams[stream] as number));
    return { streams, marks };
  }

  #lastOfBoth(one: number, other: number): number {
    let [left, right] = [one, other];
    while (left !== right) {
      if ((this.#depths[left] as number) > (this.#depths[right] as number)) left = this.#before[left] as number;
      else right = this.#before[right] as number;
    }
    return left;
  }

  /**
   * Adds a history to others, of which those that need more are not kept.
   *
   * @param most so many are kept apart
   * @returns false if there is one that needs no more
   */
  add(histories: Knowledge[], added: Knowledge, most = HISTORIES_MAX): boolean {
    if (histories.some((one) => this.isLess(one, added))) return false;
    let size = 0;
    for (const one of histories) if (!this.isLess(added, one)) histories[size++] = one;
    histories.length = size;
    if (size < most) {
      histories.push(added);
      return true;
    }
    const last = histories.pop() as Knowledge;
    this.add(histories, this.#meet(last, added), most);
    return true;
  }
}

export function hasMark({ marks }: Knowledge, mark: number): boolean {
  return ((marks[mark >> 5] as number) & (1 << (mark & 31))) !== 0;
}

/** The same, and one thing more. */
export function withMark({ streams, marks }: Knowledge, mark: number): Knowledge {
  const more = marks.slice();
  more[mark >> 5] = ((more[mark >> 5] as number) | (1 << (mark & 31))) >>> 0;
  return { streams, marks: more };
}

/** The same, and a stream was sent so far. */
export function withStream({ streams, marks }: Knowledge, stream: number, place: number): Knowledge {
  return { streams: streams.with(stream, place), marks };
}

/** A set of marks, to look at knowledge through it. */
export class Mask {
  readonly #words = new Uint32Array(WORDS);

  add(mark: number): void {
    this.#words[mark >> 5] = ((this.#words[mark >> 5] as number) | (1 << (mark & 31))) >>> 0;
  }

  has(mark: number): boolean {
    return ((this.#words[mark >> 5] as number) & (1 << (mark & 31))) !== 0;
  }

  /** Of these marks, one has none that the other has not. @param but except for this one; negative: for none */
  isWithin(one: Knowledge, other: Knowledge, but = NOTHING): boolean {
    for (let word = 0; word < WORDS; word++) {
      const more = (one.marks[word] as number) & (this.#words[word] as number) & ~(other.marks[word] as number);
      if (more !== 0 && !(word === but >> 5 && more === 1 << (but & 31))) return false;
    }
    return true;
  }

  /** Those of these marks that it has, as a text. */
  of({ marks }: Knowledge): string {
    return this.#words.map((word, at) => (word & (marks[at] as number)) >>> 0).join();
  }
}
