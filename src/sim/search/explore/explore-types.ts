// What an explorer is asked, and what it answers.
import type { KeptReader, KeptWriter } from './kept.ts';
import type { Row } from './transition-system.ts';
import type { Step } from './way.ts';

/** What is asked. */
export interface SearchOptions {
  /** `breadth` finds the shortest way to what is wrong; `depth` goes on from the newest state. Default `breadth`. */
  readonly order?: 'breadth' | 'depth';
  /**
   * `exact` keeps the row of every state, in as many bits as its parts need. `compact` keeps 64 bits of hash instead, and rows of the frontier alone: it may take
   * two states for one (`missedExpected`), and looks for deadlocks, but not for traps. Default `exact`.
   */
  readonly memory?: 'exact' | 'compact';
  /**
   * Of transitions that the system says are independent, not all orders are gone: fewer successors, and the same states. It pays where a successor costs
   * some microseconds. Not with `endsAtGoal`; with `isInside` only if no way leads back inside. Default false.
   */
  readonly sleepSets?: boolean;
  /** Asked once of each state: what is wrong with it, or null. Default: nothing ever is. */
  readonly judge?: (state: Readonly<Row>) => string | null;
  /** False for a state that is not looked at, nor counted. Default: all are inside. */
  readonly isInside?: (state: Readonly<Row>) => boolean;
  /**
   * Asked once of each state: is this where it should end up? Then a state from which no goal can be reached is a violation. A state that
   * has a successor which is not inside is taken to have a way.
   */
  readonly isGoal?: (state: Readonly<Row>) => boolean;
  /** Goals are not expanded. Default: they are. */
  readonly endsAtGoal?: boolean;
  /** The sentence about a state from which no goal can be reached. */
  readonly describeStuck?: (state: Readonly<Row>, kind: 'deadlock' | 'trap') => string;
  /** Told once in a while. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a search is. */
export interface Progress {
  /** As in `Explored`, as all that follow but one. */
  readonly unique: number;
  readonly total: number;
  readonly expanded: number;
  /** States that wait to be expanded. */
  readonly frontier: number;
  readonly depth: number;
  readonly bytes: number;
}

/** How far a search goes, in all: what earlier runs of it found is counted. */
export interface Bounds {
  /** The most states. Default: 2^31. */
  readonly statesMax?: number;
  /** The most bytes, looked at once in a while. Default: no bound. */
  readonly bytesMax?: number;
  /** Asked once in a while. Default: there is always time. */
  readonly hasTime?: () => boolean;
}

export interface ExploreOptions extends SearchOptions, Bounds {}

/** A search that can be stopped, and goes on where it was. */
export interface Search {
  /** Goes on as far as the bounds allow. Once all is known, or something is wrong, that is the answer for ever. */
  run(bounds?: Bounds): Explored;
  /** Of a search that a bound stopped, without sleep sets: all that it knows. */
  keep(out: KeptWriter): void;
  /** Before the first run: goes on where a search with the same options was kept. Its system has the same parts by the same numbers, with or without values. */
  restore(kept: KeptReader): void;
}

/** Which bound ended a search. */
export type StopReason = 'states' | 'bytes' | 'time';

/**
 * What can be wrong. `state`: `judge` said so. `transition`: the system said so when it gave a successor. `deadlock`: a state is no goal and has no
 * successor. `trap`: no goal can be reached any more, though something can always happen; only said when all states are known and all else is right.
 */
export type ViolationKind = 'state' | 'transition' | 'deadlock' | 'trap';

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
  /** From an initial state to the one that is wrong, or to which the wrong transition leads; of a trap, on to where `cycle` begins. */
  readonly path: readonly Step[];
  /** Of a trap: the index in `path` of the first state from which no goal can be reached. Of all others: that of the last state. */
  readonly at: number;
  /** Of a trap: steps from the last state of `path` back to the same. Of all others: none. */
  readonly cycle: readonly Step[];
}

/** What there is. */
export interface Explored {
  /** `complete`: all states that can be reached are known, and nothing is wrong with any of them. */
  readonly outcome: 'complete' | 'violated' | 'stopped';
  /** Why it was stopped, or null. */
  readonly reason: StopReason | null;
  /** Different states, initial ones included. */
  readonly unique: number;
  /** Initial states, and successors as often as they were made. */
  readonly total: number;
  /** States on the longest of the shortest ways; 0 if the search was not breadth first. */
  readonly depth: number;
  /** States whose successors are all known. */
  readonly expanded: number;
  /** States that wait to be expanded. */
  readonly waiting: number;
  readonly violation: Violation | null;
  /** A goal can be reached from every state. False as well where that is not known. */
  readonly isGoalInReach: boolean;
  /**
   * Of compact memory: pairs of states taken for one, as expected if hashes are as good as drawn. It is a bound on how probable it is that any state is
   * missed. 0 of exact memory.
   */
  readonly missedExpected: number;
  /** Held for states and what is known of them. */
  readonly bytes: number;
}
