// What can still happen while some inputs of an object are held back, as far as is known of single steps: no state of the whole is looked at. At one
// moment the others do what they were seen to do, in any order and any number of times, with all that was on its way when the moment began, that
// they send each other, or that the object sent before. That is more than can happen, and never less.
import { DELIVER } from '../../../records.ts';
import { FIRST_ITEM, WAKES, WORKS } from './engine-steps.ts';
import { KeyTable } from './key-table.ts';
import { OBJECTS_MAX, type LocalStep, type LocalSteps, type Moment } from './local-steps.ts';
import type { NumberSets } from './number-sets.ts';
import type { WorldParts } from './parts.ts';

/** Some inputs of an object are held back from one of its states on. */
export interface Held {
  readonly number: number;
  readonly moment: Moment;
  readonly object: number;
  readonly part: number;
  readonly inputs: readonly number[];
  /** By object: the steps that are possible meanwhile, as a set. */
  readonly possible: readonly number[];
}

/** What an object can still do from one of its states on. */
export interface Future {
  readonly number: number;
  readonly object: number;
  readonly steps: readonly LocalStep[];
  /** The state from which it begins is the first. */
  readonly parts: readonly number[];
  /** By receiver: items, as a set. */
  readonly sent: readonly number[];
}

export class Futures {
  readonly #steps: LocalSteps;
  readonly #parts: WorldParts;
  readonly #sets: NumberSets;
  readonly #isDatagram: boolean;
  #held: Held[] = [];
  #heldBy = new KeyTable();
  #futures: Future[] = [];
  #futureBy = new KeyTable();

  constructor(steps: LocalSteps, parts: WorldParts, sets: NumberSets, isDatagram: boolean) {
    this.#steps = steps;
    this.#parts = parts;
    this.#sets = sets;
    this.#isDatagram = isDatagram;
  }

  get bytes(): number {
    return this.#heldBy.bytes + this.#futureBy.bytes;
  }

  /** More steps are known than when the rest was found. */
  forget(): void {
    this.#held = [];
    this.#heldBy = new KeyTable();
    this.#futures = [];
    this.#futureBy = new KeyTable();
  }

  /** @param inputs as a set */
  hold(moment: Moment, object: number, part: number, inputs: number): Held {
    const key = moment.number * OBJECTS_MAX + object;
    const known = this.#heldBy.get(key, part, inputs);
    if (known >= 0) return this.#held[known] as Held;
    const number = this.#held.length;
    const held = { number, moment, object, part, inputs: this.#sets.valueOf(inputs) };
    const kept = { ...held, possible: this.#possibleWhile(held) };
    this.#held.push(kept);
    this.#heldBy.set(key, part, inputs, number);
    return kept;
  }

  /** An input is held back, or lies behind one that is. */
  isHeld(inputs: readonly number[], what: number): boolean {
    return inputs.includes(what) || (!this.#isDatagram && inputs.some((input) => this.#isBehind(what, input)));
  }

  #isBehind(what: number, first: number): boolean {
    if (what < FIRST_ITEM || first < FIRST_ITEM) return false;
    const one = this.#parts.items.valueOf(what - FIRST_ITEM).event;
    const other = this.#parts.items.valueOf(first - FIRST_ITEM).event;
    return (
      one.type === DELIVER &&
      other.type === DELIVER &&
      one.link === other.link &&
      (one.link < 0 || one.stream === other.stream)
    );
  }

  #possibleWhile({ moment, object, part, inputs }: Omit<Held, 'possible'>): readonly number[] {
    const possible = moment.steps.map(() => new Set<number>());
    const available = new Set(moment.firstItems);
    for (const step of stepsBefore(moment, object, part)) for (const item of step.sent) available.add(item);
    const reached = moment.firstParts.map((parts, at) => (at === object ? new Set([part]) : new Set(parts)));
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (const [at, parts] of reached.entries()) {
        for (const from of parts) {
          for (const step of moment.steps[at]?.get(from) ?? []) {
            const { number, what, outcomes, sent } = step;
            if (possible[at]?.has(number) === true) continue;
            if (what !== WAKES && what !== WORKS && !available.has(what - FIRST_ITEM)) continue;
            if (at === object && this.isHeld(inputs, what)) continue;
            possible[at]?.add(number);
            for (const outcome of outcomes) if (outcome.wrong === null) parts.add(outcome.part);
            for (const item of sent) available.add(item);
            isDone = false;
          }
        }
      }
    }
    return possible.map((steps) => this.#sets.numberOf(steps));
  }

  /** @param possible steps, as a set */
  futureOf(moment: Moment, object: number, part: number, possible: number): Future {
    const key = moment.number * OBJECTS_MAX + object;
    const known = this.#futureBy.get(key, part, possible);
    if (known >= 0) return this.#futures[known] as Future;
    const future = this.#find(moment, object, part, new Set(this.#sets.valueOf(possible)));
    this.#futures.push(future);
    this.#futureBy.set(key, part, possible, future.number);
    return future;
  }

  #find(moment: Moment, object: number, part: number, possible: ReadonlySet<number>): Future {
    const parts = new Set([part]);
    const steps: LocalStep[] = [];
    const sent = moment.steps.map(() => new Set<number>());
    for (const from of parts) {
      for (const step of moment.steps[object]?.get(from) ?? []) {
        if (!possible.has(step.number)) continue;
        steps.push(step);
        for (const outcome of step.outcomes) if (outcome.wrong === null) parts.add(outcome.part);
        for (const item of step.sent) sent[this.#steps.takerOf(item)]?.add(item + FIRST_ITEM);
      }
    }
    return {
      number: this.#futures.length,
      object,
      steps,
      parts: [...parts],
      sent: sent.map((items) => this.#sets.numberOf(items)),
    };
  }
}

/** All steps of an object that lead to one of its states, or towards it. */
function stepsBefore(moment: Moment, object: number, part: number): ReadonlySet<LocalStep> {
  const all = [...(moment.steps[object]?.values() ?? [])].flat();
  const leading = new Map<number, LocalStep[]>();
  for (const step of all) {
    for (const outcome of step.outcomes) {
      const known = leading.get(outcome.part);
      if (known === undefined) leading.set(outcome.part, [step]);
      else known.push(step);
    }
  }
  const before = new Set<LocalStep>();
  const parts = new Set([part]);
  for (const to of parts) {
    for (const step of leading.get(to) ?? []) {
      before.add(step);
      parts.add(step.part);
    }
  }
  return before;
}
