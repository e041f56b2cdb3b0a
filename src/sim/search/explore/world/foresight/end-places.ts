// Which steps make a difference to whether a state is an end. The question is asked for all that it may find where it looks, as a tree of places and
// parts; a step from one part to another makes none if both lead to the same everywhere.
import type { LocalStates } from './local-states.ts';
import type { Actor } from './local-steps.ts';
import { ForesightError } from './foresight-error.ts';

/** @param reads places that were looked at are added */
export type IsEnd = (values: Int32Array, reads?: number[]) => boolean;

const ASKED_MAX = 20_000;
const NOW = 0;

export class EndPlaces {
  readonly #isEnd: IsEnd;
  readonly #values: Int32Array;
  readonly #partsOf: readonly (readonly number[])[];
  readonly #trees = new Map<string, number>();
  /** By place, what each part leads to, at each point where the question looks there. */
  readonly #looks: { readonly actor: Actor; readonly after: ReadonlyMap<number, number> }[] = [];
  #asked = 0;

  constructor(isEnd: IsEnd, values: Int32Array, { all, actors }: LocalStates) {
    this.#isEnd = isEnd;
    this.#values = values.slice();
    const parts = Array.from({ length: actors }, () => new Set<number>());
    for (const { actor, part } of all) parts[actor]?.add(part);
    this.#partsOf = parts.map((one) => [...one]);
    this.#treeOf(new Set());
  }

  /** @param fixed places that are as they are in the values */
  #treeOf(fixed: ReadonlySet<number>): number {
    if (this.#asked++ > ASKED_MAX) throw new ForesightError('the end depends on too much');
    const reads: number[] = [];
    const isEnd = this.#isEnd(this.#values, reads);
    const place = reads.find((one) => one !== NOW && !fixed.has(one));
    if (place === undefined) return this.#numberOf(`${isEnd}`);
    const before = this.#values[place] as number;
    const after = new Map<number, number>();
    for (const part of this.#partsOf[place - 1] as readonly number[]) {
      this.#values[place] = part;
      after.set(part, this.#treeOf(new Set([...fixed, place])));
    }
    this.#values[place] = before;
    this.#looks.push({ actor: place - 1, after });
    if (new Set(after.values()).size === 1) return [...after.values()][0] as number;
    return this.#numberOf(`${place}: ${[...after].map(([part, tree]) => `${part} ${tree}`).join()}`);
  }

  #numberOf(tree: string): number {
    const known = this.#trees.get(tree);
    if (known !== undefined) return known;
    this.#trees.set(tree, this.#trees.size);
    return this.#trees.size - 1;
  }

  makesDifference(actor: Actor, before: number, after: number): boolean {
    return this.#looks.some((look) => look.actor === actor && look.after.get(before) !== look.after.get(after));
  }
}
