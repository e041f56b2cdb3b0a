// Sleep sets (Godefroid): where one of two independent transitions was executed, the other order is not gone as well. They save successors, never
// states.
//
// Why no state is lost. Take a way that begins in a state where none of the transitions with which its orders can begin is asleep. Of these
// transitions, follow the one that is executed first. Behind it, none with which the rest can begin is asleep: it would have been executed before.
// So it goes on to the end of the way. In an initial state nothing is asleep.
//
// Breadth first, all that leads to a state by a shortest way is expanded before that state: what is asleep there is right when it is expanded. Depth
// first, a state that is reached again with less asleep is expanded again, for what was asleep before.
import { Numbers } from './blocks.ts';
import { Parts } from './parts.ts';

/** What is to be done with a state. */
const NOTHING = 0;
const EXPAND = 1;
/** And above: only the transitions of a set, whose number is added. */
const EXPAND_AGAIN = 2;

const NO_TRANSITION = -1;

type Ids = readonly number[];

export class SleepSets {
  readonly #isIndependent: (one: number, other: number) => boolean;
  readonly #expandsAgain: boolean;
  /** Sorted. */
  readonly #sets = new Parts<Ids>(String);
  /** By state: the set that is asleep in it. */
  readonly #asleep = new Numbers();
  /** By state. */
  readonly #tasks = new Numbers();
  /** Of the state that is expanded: what was asleep when it began, what it is expanded again for, and what is asleep behind the next transition. */
  #before: Ids = [];
  #only: Ids | null = null;
  #now: number[] = [];
  #transition = NO_TRANSITION;

  /** @param expandsAgain states are not expanded by distance */
  constructor(isIndependent: (one: number, other: number) => boolean, expandsAgain: boolean) {
    this.#isIndependent = isIndependent;
    this.#expandsAgain = expandsAgain;
  }

  get bytes(): number {
    return this.#asleep.bytes + this.#tasks.bytes;
  }

  /** A state is expanded. True: for the first time. */
  start(number: number): boolean {
    const task = this.#tasks.at(number);
    this.#tasks.put(number, NOTHING);
    this.#before = this.#sets.valueOf(this.#asleep.at(number));
    this.#only = task < EXPAND_AGAIN ? null : this.#sets.valueOf(task - EXPAND_AGAIN);
    this.#now = [...this.#before];
    this.#transition = NO_TRANSITION;
    return this.#only === null;
  }

  /** The next successor is that of a transition. False: it is not to be made. */
  wants(transition: number): boolean {
    this.#transition = transition;
    return this.#only === null ? !this.#before.includes(transition) : this.#only.includes(transition);
  }

  /** The successor leads to a state that is new. */
  reach(): void {
    this.#asleep.push(this.#sets.numberOf(this.#behind()));
    this.#tasks.push(EXPAND);
  }

  /** The successor leads to a state that was there. True: it waited for nothing so far, and is to be expanded again. */
  reachAgain(number: number): boolean {
    const task = this.#tasks.at(number);
    if (task !== EXPAND && !this.#expandsAgain) return false;
    const asleep = this.#sets.valueOf(this.#asleep.at(number));
    const behind = this.#behind();
    const woken = asleep.filter((transition) => !behind.includes(transition));
    if (woken.length === 0) return false;
    this.#asleep.put(number, this.#sets.numberOf(asleep.filter((transition) => behind.includes(transition))));
    if (task === EXPAND) return false;
    const waiting = task === NOTHING ? [] : this.#sets.valueOf(task - EXPAND_AGAIN);
    this.#tasks.put(number, EXPAND_AGAIN + this.#sets.numberOf(sorted([...waiting, ...woken])));
    return task === NOTHING;
  }

  /** The successor is done with. */
  end(): void {
    if (this.#transition !== NO_TRANSITION) this.#now.push(this.#transition);
    this.#transition = NO_TRANSITION;
  }

  /** What is asleep where the transition leads. One that has no name depends on all. */
  #behind(): Ids {
    const transition = this.#transition;
    if (transition === NO_TRANSITION) return [];
    return sorted(this.#now.filter((other) => this.#isIndependent(other, transition)));
  }
}

function sorted(ids: Ids): Ids {
  return ids.toSorted((left, right) => left - right);
}
