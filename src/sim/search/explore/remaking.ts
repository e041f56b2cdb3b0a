// States that another process reached: what their system must have of them is made again, from a state before them on, once they are to be expanded.
import type { Reached } from './reached.ts';
import { NOBODY } from './reached.ts';
import type { RowTable } from './row-table.ts';
import type { Row, Successors, TransitionSystem } from './transition-system.ts';
import { follow } from './way.ts';

/** A system that may have the numbers of parts alone. */
type Remakable = Required<Pick<TransitionSystem, 'knows' | 'remake'>> & TransitionSystem;

export function isRemakable(system: TransitionSystem): system is Remakable {
  return system.knows !== undefined && system.remake !== undefined;
}

export class Remaking {
  readonly #system: Remakable;
  readonly #table: RowTable | null;
  readonly #reached: Reached;
  readonly #row: Row;
  readonly #child: Row;

  /** @param table where rows are kept, or null */
  constructor(system: Remakable, table: RowTable | null, reached: Reached) {
    this.#system = system;
    this.#table = table;
    this.#reached = reached;
    this.#row = new Int32Array(system.width);
    this.#child = new Int32Array(system.width);
  }

  /** From now on the state can be expanded. */
  prepare(number: number, row: Readonly<Row>): void {
    if (this.#system.knows(row)) return;
    if (this.#table === null) this.#followTo(number);
    else this.#leadTo(number, this.#table);
    if (!this.#system.knows(row)) throw new Error('a system does not come to a state that it came to before');
  }

  /** Without rows the way begins with the first state. */
  #followTo(number: number): void {
    const system = this.#system;
    const { width } = system;
    const expand = (state: Readonly<Row>, next: Successors): void => system.remake(state, next);
    follow({ width, begin: (next) => system.begin(next), expand }, this.#reached.wayTo(number));
  }

  /** From the nearest state before it that can be expanded. */
  #leadTo(number: number, table: RowTable): void {
    const way = [number];
    for (let at = this.#reached.parentOf(number); at !== NOBODY; at = this.#reached.parentOf(at)) {
      way.push(at);
      table.read(at, this.#row);
      if (this.#system.knows(this.#row)) break;
    }
    for (let at = way.length - 1; at > 0; at--) {
      table.read(way[at] as number, this.#row);
      table.read(way[at - 1] as number, this.#child);
      this.#remake();
    }
  }

  /** A system that leaves out what need not be made leaves out no more than before. */
  #remake(): void {
    this.#system.remake(this.#row, MANY_WAIT);
    if (!this.#system.knows(this.#child)) this.#system.remake(this.#row, NONE_WAITS);
  }
}

const dropped = (): void => {};
const MANY_WAIT: Successors = { set: dropped, emit: () => true };
const NONE_WAITS: Successors = { set: dropped, emit: () => false };
