// States that differ in nothing but what is only told are taken for one (`withoutTold` of a machine). Whether a step can tell is looked at: some of those whose
// node was met with something else to tell are made again with that, and must come to the same.
import { must } from '../../../../core/base/assert.ts';
import { diffStates } from '../../../../core/base/state.ts';
import type { EngineSteps, Made } from './engine-steps.ts';
import { nodePlace } from './layout.ts';
import { isSameMade, type Learner, type Lesson } from './lesson.ts';
import type { WorldParts } from './parts.ts';
import { UndeclaredError } from './undeclared-error.ts';

/** One in so many of them. */
const MADE_AGAIN_EACH = 29;

export class ToldOnly implements Learner {
  readonly #steps: EngineSteps;
  readonly #parts: WorldParts;
  #met = 0;

  constructor(steps: EngineSteps, parts: WorldParts) {
    this.#steps = steps;
    this.#parts = parts;
  }

  learn({ place, row, move, script, mode, made }: Lesson): void {
    const value = this.#parts.nodes[place]?.orders?.of(row[nodePlace(place)] as number).at(-1);
    if (value === undefined) return;
    this.#met += 1;
    if (this.#met % MADE_AGAIN_EACH !== 1) return;
    const again = this.#steps.make(row, move, script, mode, { place, value });
    if (!isSameMade(made, again)) throw new UndeclaredError(this.#sentence(place, made, again));
  }

  #sentence(place: number, made: Made, again: Made): string {
    const { address } = must(this.#steps.engine.nodes[place], 'a node').fixed;
    const why = made.wrong ?? again.wrong ?? this.#difference(place, made, again);
    return `a step of ${address} depends on what is only told (\`withoutTold\`): ${why}`;
  }

  #difference(place: number, made: Made, again: Made): string {
    const stateOf = ({ row }: Made): unknown => {
      return this.#parts.nodes[place]?.valueOf(row[nodePlace(place)] as number).record.state;
    };
    const difference = diffStates(stateOf(made), stateOf(again));
    return difference === null ? 'what it sends' : `${difference.path} is ${difference.left} or ${difference.right}`;
  }
}
