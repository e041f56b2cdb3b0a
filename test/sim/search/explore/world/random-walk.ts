// One run of a guest inside its bounds: any event that can happen next, any answer. It shows what can be seen of a guest before anybody explores it.
import { cloneState } from '../../../../../src/core/base/state.ts';
import { StreamNames } from '../../../../../src/sim/decision-log.ts';
import type { Decisions, StreamId } from '../../../../../src/sim/decisions.ts';
import type { Engine } from '../../../../../src/sim/engine.ts';
import type { Guest } from '../../../../../src/sim/guest.ts';
import { enabledEvents, stepOut } from '../../../../../src/sim/loop.ts';
import { requestOf, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { engineOf } from '../../../../../src/sim/world.ts';

/** An integer in [0, n). */
export type Draw = (n: number) => number;

const STEPS_MAX = 200; // a guest that is small enough takes fewer
const CHANCE_EACH = 3; // one in so many questions is not answered plainly
const FAULT_EACH = 12;

/**
 * To its end, or until something is wrong with it: then true.
 *
 * @param draw null: the plain run
 * @param onStep told before each step, from 1 on
 */
export function walk(
  guest: Pick<Guest, 'begin' | 'timeless'>,
  bounds: GuestBounds,
  draw: Draw | null,
  onStep: (step: number) => void = () => {},
): boolean {
  const { world, judges, moments } = guest.begin(requestOf(guest, bounds, new RandomAnswers(draw, bounds.chancesMax)));
  const isFrom = moments[bounds.from]!;
  const isEnd = bounds.to === null ? (): boolean => false : moments[bounds.to]!;
  onStep(0);
  if (!isFrom(world.view)) world.run({ untilUs: bounds.untilMs * 1_000, stopWhen: isFrom });
  const engine = engineOf(world);
  engine.violations.length = 0; // nobody explores what comes before
  for (let step = 1; step <= STEPS_MAX && !isEnd(engine.view); step++) {
    onStep(step);
    if (!stepAtRandom(engine, bounds.untilMs * 1_000, draw)) return false;
    if (engine.thrown !== null || engine.violations.length > 0) return true;
  }
  return isEnd(engine.view) && objectsAtEnd(engine, judges);
}

/** False: nothing can happen any more. */
function stepAtRandom(engine: Engine, untilUs: number, draw: Draw | null): boolean {
  const events = enabledEvents(engine);
  const first = Math.max(engine.now, Math.min(...events.map(({ time }) => time)));
  const next = events.filter(({ time }) => time <= first);
  if (next.length === 0 || first > untilUs) return false;
  stepOut(engine, next[draw?.(next.length) ?? 0]!.sequence);
  return true;
}

function objectsAtEnd({ settings, oracles, view }: Engine, judges: readonly string[]): boolean {
  let objections = 0;
  for (const [index, oracle] of settings.oracles.entries())
    if (judges.includes(oracle.name)) oracle.finish(cloneState(oracles[index]?.state), view, () => (objections += 1));
  return objections > 0;
}

/** Answers plainly, but for some faults and for as many chances as there may be. */
class RandomAnswers implements Decisions {
  readonly ordersEvents = false;
  readonly #names = new StreamNames();
  readonly #draw: Draw | null;
  #chancesLeft: number;

  constructor(draw: Draw | null, chancesMax: number) {
    this.#draw = draw;
    this.#chancesLeft = chancesMax;
  }

  open(name: string): StreamId {
    return this.#names.idOf(name);
  }

  pick(stream: StreamId, n: number): number {
    if (n <= 1 || this.#draw === null) return 0;
    const isChance = this.#names.nameOf(stream).startsWith('chance/');
    if (this.#draw(isChance ? CHANCE_EACH : FAULT_EACH) > 0 || (isChance && this.#chancesLeft === 0)) return 0;
    if (isChance) this.#chancesLeft -= 1;
    return 1 + this.#draw(n - 1);
  }

  lastAsked(stream: StreamId): { stream: string; index: number } {
    return { stream: this.#names.nameOf(stream), index: 0 };
  }

  fork(): Decisions {
    return this;
  }

  tape(): readonly [] {
    return [];
  }
}
