// States that are equal but for the order of entries in maps and sets are taken for one (`mergesEntries`). Whether a step can tell is looked at: each
// is made again from every other order of its node or service that is met, before or after it was made, and must come to the same; what comes of
// it in yet another order is looked at in turn. So is what an oracle says, of each other order of its own state, and of what it looks at.
import { diffStates } from '../../../../core/base/state.ts';
import type { ServiceRecord } from '../../../records.ts';
import { inOrder, type OtherOrders } from '../other-orders.ts';
import type { Row } from '../transition-system.ts';
import type { EngineSteps, Made } from './engine-steps.ts';
import type { Judges } from './judges.ts';
import { nodePlace, SERVICES } from './layout.ts';
import { isSameMade, type Lesson } from './lesson.ts';
import type { NodePart, WorldParts } from './parts.ts';
import { UndeclaredError } from './undeclared-error.ts';

type Value = NodePart | ServiceRecord;

export class EntryOrders {
  readonly #steps: EngineSteps;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #nodes: number;
  /** By place, and by part. */
  readonly #lessons: readonly Map<number, Lesson[]>[];

  constructor(steps: EngineSteps, parts: WorldParts, judges: Judges) {
    const { nodes, services } = steps.engine;
    this.#steps = steps;
    this.#parts = parts;
    this.#judges = judges;
    this.#nodes = nodes.length;
    this.#lessons = [...nodes, ...services].map(() => new Map<number, Lesson[]>());
  }

  /** A step was made for the first time. Throws an `UndeclaredError` where another order of entries makes another of it. */
  learn(lesson: Lesson): void {
    const { place, row } = lesson;
    const part = this.#partAt(row, place);
    const lessons = this.#lessons[place] as Map<number, Lesson[]>;
    const known = lessons.get(part);
    if (known === undefined) lessons.set(part, [lesson]);
    else known.push(lesson);
    for (const other of this.#ordersAt(place)?.of(part) ?? []) this.#compare(lesson, other);
    this.lookAgain();
  }

  /** At all that was met in another order since. */
  lookAgain(): void {
    for (let isDone = false; !isDone;) {
      isDone = true;
      // All services are in one table, that of the first.
      for (let place = 0; place <= this.#nodes; place++) {
        for (const { number, value } of this.#ordersAt(place)?.takeFresh() ?? []) {
          isDone = false;
          this.#meet(place, number, value);
        }
      }
    }
    this.#judges.lookAgain();
  }

  #meet(place: number, number: number, value: Value): void {
    const last = place < this.#nodes ? place : this.#lessons.length - 1;
    for (let at = place; at <= last; at++) {
      for (const lesson of this.#lessons[at]?.get(number) ?? []) this.#compare(lesson, value);
      this.#judges.meetOther(at, number, value);
    }
  }

  #partAt(row: Readonly<Row>, place: number): number {
    if (place < this.#nodes) return row[nodePlace(place)] as number;
    return this.#parts.serviceTuples.valueOf(row[SERVICES] as number)[place - this.#nodes] as number;
  }

  #ordersAt(place: number): OtherOrders<Value> | null {
    const table = place < this.#nodes ? this.#parts.nodes[place] : this.#parts.services;
    return (table?.orders ?? null) as OtherOrders<Value> | null;
  }

  #compare({ place, row, move, script, mode, made }: Lesson, value: Value): void {
    const again = this.#steps.make(row, move, script, mode, { place, value });
    if (isSameMade(made, again)) return;
    throw new UndeclaredError(
      `${this.#nameOf(place)} can tell in which order entries came into its maps and sets: ${this.#difference(made, again)}; leave --entries any out`,
    );
  }

  #nameOf(place: number): string {
    const { nodes, settings } = this.#steps.engine;
    return nodes[place]?.fixed.address ?? settings.services[place - this.#nodes]?.service.name ?? '';
  }

  #difference(made: Made, again: Made): string {
    if (made.wrong !== again.wrong)
      return `${made.wrong ?? 'nothing is wrong'}, or ${again.wrong ?? 'nothing is wrong'}`;
    for (let node = 0; node < this.#nodes; node++) {
      const [one, other] = [made.row[nodePlace(node)] as number, again.row[nodePlace(node)] as number];
      if (one === other) continue;
      const stateOf = (number: number): unknown => inOrder(this.#parts.nodes[node]?.valueOf(number).record.state);
      const difference = diffStates(stateOf(one), stateOf(other));
      if (difference !== null) return `${difference.path} is ${difference.left} or ${difference.right}`;
    }
    return 'what comes of a step differs';
  }
}
