// All states of a guest that its transition system gives, wrong steps told and not followed: to compare with what forks of its world reach.
import { hashState } from '../../../../../src/core/base/state.ts';
import {
  createExploredWorld,
  type ExploredWorld,
  type ExploredWorldOptions,
} from '../../../../../src/sim/search/explore/world/explored-world.ts';
import { JUDGES, nodePlace, SERVICES } from '../../../../../src/sim/search/explore/world/layout.ts';
import type { Row, Successors } from '../../../../../src/sim/search/explore/transition-system.ts';
import { sorted, type Reached } from './forked-worlds.ts';

export interface RowsReached extends Reached {
  /** Some state was not looked at because it is too late. */
  readonly isCut: boolean;
  readonly explored: ExploredWorld;
}

export function reachByRows(options: ExploredWorldOptions, statesMax: number): RowsReached {
  const explored = createExploredWorld(options);
  const rows = new Rows(explored);
  return { ...rows.reach(statesMax), isCut: rows.isCut, explored };
}

class Rows {
  readonly #explored: ExploredWorld;
  readonly #known = new Set<string>();
  readonly #waiting: Row[] = [];
  readonly #wrong = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  isCut = false;
  #total = 0;
  #emitted = 0;

  constructor(explored: ExploredWorld) {
    this.#explored = explored;
  }

  reach(statesMax: number): Reached {
    const { system } = this.#explored;
    system.begin(this.#successorsOf(new Int32Array(system.width)));
    let at = 0;
    for (; at < this.#waiting.length && this.#known.size <= statesMax; at++) {
      const row = this.#waiting[at] as Row;
      if (this.#explored.isEnd(row)) continue;
      this.#emitted = 0;
      system.expand(row, this.#successorsOf(row));
      if (this.#emitted === 0) this.#ends.add(this.#summaryOf(row, true));
    }
    return {
      unique: this.#known.size,
      total: this.#total,
      wrong: this.#wrong,
      seen: this.#seen,
      ends: this.#ends,
      isWhole: at === this.#waiting.length,
    };
  }

  #successorsOf(row: Readonly<Row>): Successors {
    let next = row.slice();
    return {
      set: (place, part) => (next[place] = part),
      emit: (wrong = null) => {
        const given = next;
        next = row.slice();
        return this.#emit(given, wrong);
      },
    };
  }

  #emit(row: Row, wrong: string | null): boolean {
    this.#emitted += 1;
    if (wrong === null && !this.#explored.system.isInside(row)) {
      this.isCut = true;
      return false;
    }
    this.#total += 1;
    if (wrong !== null) this.#wrong.add(wrong);
    const key = row.join();
    if (wrong !== null || this.#known.has(key)) return false;
    this.#known.add(key);
    this.#waiting.push(row);
    this.#seen.add(this.#summaryOf(row, false));
    const word = this.#explored.isEnd(row) ? this.#explored.lastWord(row) : null;
    if (word !== null) this.#wrong.add(word);
    return true;
  }

  #summaryOf(row: Readonly<Row>, isSorted: boolean): string {
    const { parts, judges } = this.#explored;
    const whole = [
      parts.nodes.map((table, node) => {
        const { state, incarnation, status, isGone } = table.valueOf(row[nodePlace(node)] as number).record;
        return [state, incarnation, status, isGone];
      }),
      parts.serviceTuples.valueOf(row[SERVICES] as number).map((number) => parts.services.valueOf(number).state),
      judges.opinionsOf(row[JUDGES] as number).map(({ state, isSilent }) => [state, isSilent]),
    ];
    return hashState(isSorted ? sorted(whole) : whole);
  }
}
