// Whether oracles can tell in which order steps were made that nobody else can tell apart. An oracle is asked at each opinion that it may have while
// some steps wait: it hears the others in any order and any number of times, which is more than can happen.
import { Parts } from '../parts.ts';
import type { Row } from '../transition-system.ts';
import type { Future } from './futures.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { JUDGES } from './layout.ts';
import { OBJECTS_MAX, type Moment } from './local-steps.ts';
import type { NumberSets } from './number-sets.ts';
import type { Outcome } from './outcome.ts';

const NOW = 0;
const OBJECTS = 1;
/** An oracle objects, or it depends on what is not known. */
const UNKNOWN = -1;
/** So many opinions of an oracle, and so many states of what it looks at, are tried; where there are more, it may be able to tell. */
const OPINIONS_MAX = 1_024;
const VALUES_MAX = 64;

/** What oracles are shown of a step. */
export interface Sight {
  readonly object: number;
  readonly seen: Outcome['seen'];
}

/** Whether what is shown makes an oracle think anything else. */
interface Notice {
  readonly oracle: number;
  readonly observation: number;
  /** The number of the time at which it is shown. */
  readonly now: number;
  /** Of so many opinions it is known. */
  checked: number;
  /** Somebody relied on what was known. */
  isUsed: boolean;
  isNoticed: boolean;
}

/** Steps that wait, and all that can happen meanwhile. */
export interface Waiting {
  readonly row: Readonly<Row>;
  readonly moment: Moment;
  /** Sights of the steps that wait, as a set; and their objects. */
  readonly sights: number;
  readonly objects: ReadonlySet<number>;
  /** By object. */
  readonly futures: readonly Future[];
  /** By object: its parts before and behind the steps that wait. */
  readonly partsOf: (object: number) => readonly number[];
}

/** Nobody can tell. */
export const NOBODY_TELLS = -1;
/** Somebody can, whatever is done about it. */
export const ALWAYS_TOLD = -2;

export class JudgedOrders {
  readonly #judges: Judges;
  readonly #sets: NumberSets;
  readonly #sights = new Parts<Sight>(({ object, seen }) => this.#keyOf(object, seen));
  readonly #notices: Notice[] = [];
  readonly #noticeBy = new KeyTable();
  /** By oracle: places that it was seen to look at, but for the time. */
  readonly #reads: readonly Set<number>[];
  readonly #allReads = new Set<number>();
  #noticed = new KeyTable();
  #met: boolean[] = [];
  #verdicts = new Map<string, number>();
  readonly #values: Int32Array;
  /** How much was learned since somebody relied on less. */
  facts = 0;

  constructor(judges: Judges, sets: NumberSets) {
    this.#judges = judges;
    this.#sets = sets;
    this.#values = judges.createValues();
    this.#reads = Array.from({ length: judges.count }, () => new Set<number>());
  }

  forget(): void {
    this.#noticed = new KeyTable();
    this.#met = [];
    this.#verdicts = new Map();
  }

  /** Opinions came up since something was looked at: whether it goes unnoticed there as well. */
  settle(row: Readonly<Row>): void {
    for (const notice of this.#notices) if (!notice.isNoticed) this.#check(notice, row);
  }

  sightOf(object: number, { seen }: Outcome): number {
    return this.#sights.numberOf({ object, seen });
  }

  objectOf(sight: number): number {
    return this.#sights.valueOf(sight).object;
  }

  #keyOf(object: number, seen: Outcome['seen']): string {
    const isLookedAt = this.#allReads.has(OBJECTS + object);
    return `${object} ${seen.map(({ observation, part }) => (isLookedAt ? `${observation}/${part}` : observation)).join()}`;
  }

  /** The first sight of others whose order with those that wait somebody can tell, or `NOBODY_TELLS`, or `ALWAYS_TOLD`. */
  whoTells(waiting: Waiting): number {
    for (const future of waiting.futures) this.#meet(future, waiting);
    const opinions = this.#judges.opinionNumbers(waiting.row[JUDGES] as number);
    for (let oracle = 0; oracle < opinions.length; oracle++) {
      const told = this.#tells(oracle, opinions[oracle] as number, waiting);
      if (told !== NOBODY_TELLS) return told;
    }
    return NOBODY_TELLS;
  }

  /** What oracles look at when they are shown its steps is known from then on. */
  #meet(future: Future, { row, moment }: Waiting): void {
    if (this.#met[future.number] === true) return;
    this.#met[future.number] = true;
    for (let oracle = 0; oracle < this.#judges.count; oracle++) this.#noticedIn(oracle, future, row, moment);
  }

  #tells(oracle: number, opinion: number, waiting: Waiting): number {
    const { row, moment, sights, objects, futures } = waiting;
    const reads = this.#reads[oracle] as Set<number>;
    const looksOn = [...objects].some((object) => reads.has(OBJECTS + object));
    const own = this.#noticedOf(oracle, sights, row, moment);
    if (own === 0 && !looksOn) return NOBODY_TELLS;
    let others = 0;
    for (const future of futures) others = this.#sets.union(others, this.#noticedIn(oracle, future, row, moment));
    if (others === 0 && own === 0) return NOBODY_TELLS;
    const places = [...reads].map((place) => futures[place - OBJECTS]?.number ?? -1);
    const held = looksOn ? `${[...objects].join()} ${sights}` : '';
    const key = `${oracle} ${opinion} ${own} ${others} ${moment.number} ${places.join()} ${held}`;
    let known = this.#verdicts.get(key);
    if (known === undefined) {
      known = this.#try(oracle, opinion, waiting, own, others);
      this.#verdicts.set(key, known);
    }
    return known;
  }

  /** Those of some sights that an oracle notices, as a set. */
  #noticedOf(oracle: number, sights: number, row: Readonly<Row>, moment: Moment): number {
    const noticed = this.#sets
      .valueOf(sights)
      .filter((sight) =>
        this.#sights.valueOf(sight).seen.some(({ observation }) => this.#isNoticed(oracle, observation, row, moment)),
      );
    return noticed.length === 0 ? 0 : this.#sets.numberOf(noticed);
  }

  #noticedIn(oracle: number, { number, object, steps }: Future, row: Readonly<Row>, moment: Moment): number {
    const known = this.#noticed.get(number, oracle, 0);
    if (known >= 0) return known;
    const sights = new Set<number>();
    for (const { outcomes } of steps) {
      for (const outcome of outcomes) {
        if (outcome.seen.some(({ observation }) => this.#isNoticed(oracle, observation, row, moment)))
          sights.add(this.sightOf(object, outcome));
      }
    }
    const set = this.#sets.numberOf(sights);
    this.#noticed.set(number, oracle, 0, set);
    return set;
  }

  #isNoticed(oracle: number, observation: number, row: Readonly<Row>, moment: Moment): boolean {
    const key = moment.number * OBJECTS_MAX + oracle;
    let known = this.#noticeBy.get(key, observation, 0);
    if (known < 0) {
      const now = this.#nowOf(row);
      known = this.#notices.push({ oracle, observation, now, checked: 0, isUsed: false, isNoticed: false }) - 1;
      this.#noticeBy.set(key, observation, 0, known);
    }
    const notice = this.#notices[known] as Notice;
    if (!notice.isNoticed) this.#check(notice, row);
    notice.isUsed = true;
    return notice.isNoticed;
  }

  #nowOf(row: Readonly<Row>): number {
    this.#judges.readValues(row, this.#values);
    return this.#values[NOW] as number;
  }

  #check(notice: Notice, row: Readonly<Row>): void {
    const { oracle, observation, now } = notice;
    this.#judges.readValues(row, this.#values);
    this.#values[NOW] = now;
    for (; notice.checked < this.#judges.opinionsOfOne(oracle); notice.checked++) {
      const reads: number[] = [];
      const after = this.#judges.opinionAfter(oracle, notice.checked, observation, this.#values, reads);
      this.#noteReads(oracle, reads);
      if (after === notice.checked && reads.every((place) => place === NOW)) continue;
      if (notice.isUsed) this.facts += 1;
      notice.isNoticed = true;
      return;
    }
  }

  #noteReads(oracle: number, reads: readonly number[]): void {
    for (const place of reads) {
      if (place === NOW || this.#reads[oracle]?.has(place) === true) continue;
      this.#reads[oracle]?.add(place);
      this.#allReads.add(place);
      this.facts += 1;
    }
  }

  // oxlint-disable-next-line eslint/max-params -- an oracle, and what it may notice
  #try(oracle: number, first: number, waiting: Waiting, own: number, others: number): number {
    this.#judges.readValues(waiting.row, this.#values);
    const [waits, goOn] = [this.#sets.valueOf(own), this.#sets.valueOf(others)];
    const opinions = new Set([first]);
    for (const opinion of opinions) {
      for (const other of goOn) {
        const after = this.#after(oracle, opinion, other, waiting);
        if (after === UNKNOWN || opinions.size > OPINIONS_MAX) return other;
        opinions.add(after);
      }
    }
    for (const opinion of opinions) {
      for (const wait of waits) {
        const before = this.#after(oracle, opinion, wait, waiting);
        if (before === UNKNOWN) return ALWAYS_TOLD;
        for (const other of goOn) {
          const behind = this.#after(oracle, this.#after(oracle, opinion, other, waiting), wait, waiting);
          if (behind === UNKNOWN || this.#after(oracle, before, other, waiting) !== behind) return other;
        }
      }
    }
    return NOBODY_TELLS;
  }

  /** What an oracle thinks after it saw a step, whatever those do at whom it looks; `UNKNOWN` if that matters, or if it objects. */
  #after(oracle: number, opinion: number, sight: number, waiting: Waiting): number {
    if (opinion === UNKNOWN) return UNKNOWN;
    const { object, seen } = this.#sights.valueOf(sight);
    const place = OBJECTS + object;
    const kept = this.#values[place] as number;
    let after = opinion;
    for (const { observation, part } of seen) {
      this.#values[place] = part;
      after = this.#afterOne({ oracle, observation, waiting, own: waiting.objects.has(object) ? -1 : place }, after);
      if (after === UNKNOWN) break;
    }
    this.#values[place] = kept;
    return after;
  }

  #afterOne({ oracle, observation, waiting, own }: Shown, opinion: number): number {
    const varied: number[] = [];
    for (;;) {
      const reads = new Set<number>();
      const after = this.#overAll(varied, waiting, () => {
        const places: number[] = [];
        const next = this.#judges.opinionAfter(oracle, opinion, observation, this.#values, places);
        for (const place of places) reads.add(place);
        return next;
      });
      this.#noteReads(oracle, [...reads]);
      const more = [...reads].filter((place) => place !== NOW && place !== own && !varied.includes(place));
      if (after === UNKNOWN || more.length === 0) return after;
      varied.push(...more);
    }
  }

  /** The one answer for all parts at some places, or `UNKNOWN`. */
  #overAll(places: readonly number[], waiting: Waiting, ask: () => number): number {
    const parts = places.map((place) => waiting.partsOf(place - OBJECTS));
    const count = parts.reduce((product, some) => product * some.length, 1);
    if (count > VALUES_MAX) return UNKNOWN;
    const kept = places.map((place) => this.#values[place] as number);
    let only: number | null = null;
    for (let choice = 0; choice < count && only !== UNKNOWN; choice++) {
      let rest = choice;
      for (const [at, some] of parts.entries()) {
        this.#values[places[at] as number] = some[rest % some.length] as number;
        rest = Math.floor(rest / some.length);
      }
      const after = ask();
      only = only === null || only === after ? after : UNKNOWN;
    }
    for (const [at, place] of places.entries()) this.#values[place] = kept[at] as number;
    return only ?? UNKNOWN;
  }
}

interface Shown {
  readonly oracle: number;
  readonly observation: number;
  readonly waiting: Waiting;
  /** The place of who acts, whose part is known; -1: it may be another. */
  readonly own: number;
}
