// Ways through a transition system, kept as indexes of transitions: their states are made again when somebody wants to see them.
import type { Row, Successors, TransitionSystem } from './transition-system.ts';

/** One step of a way. */
export interface Step {
  /** Which one it was of the successors of the state before, in the order in which the system gives them, from 0 on. Of the first step: of the initial states. */
  readonly transition: number;
  /** Where it led. */
  readonly state: Row;
}

/** The steps of a way that begins in an initial state. */
export function follow(system: TransitionSystem, transitions: Iterable<number>): readonly Step[] {
  const steps: Step[] = [];
  for (const transition of transitions) {
    const from = steps.at(-1)?.state ?? new Int32Array(system.width);
    const picker = new Picker(from, transition);
    if (steps.length === 0) system.begin(picker);
    else system.expand(from, picker);
    steps.push({ transition, state: picker.picked() });
  }
  return steps;
}

/** Keeps one of the successors of a state. */
class Picker implements Successors {
  readonly #state: Readonly<Row>;
  readonly #next: Row;
  #left: number;
  #picked: Row | null = null;

  constructor(state: Readonly<Row>, transition: number) {
    this.#state = state;
    this.#next = state.slice();
    this.#left = transition;
  }

  set(place: number, part: number): void {
    this.#next[place] = part;
  }

  emit(): boolean {
    if (this.#left === 0) this.#picked = this.#next.slice();
    this.#left -= 1;
    this.#next.set(this.#state);
    return false;
  }

  picked(): Row {
    if (this.#picked === null) throw new Error('a system gave fewer successors of a state than it did before');
    return this.#picked;
  }
}
