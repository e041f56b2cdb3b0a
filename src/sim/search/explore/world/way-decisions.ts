// Decisions that lead a world along a way that the explorer found. What they answered is a tape like any other.
import { must } from '../../../../core/base/assert.ts';
import { hashState } from '../../../../core/base/state.ts';
import { DecisionLog } from '../../../decision-log.ts';
import { SCHEDULE_STREAM, type Decisions, type StreamId, type TapeEntry } from '../../../decisions.ts';
import type { Engine } from '../../../engine.ts';
import { enabledEvents } from '../../../loop.ts';
import { APPLY, DOWN, TURN, WAKE } from '../../../records.ts';
import type { Call, SimEvent } from '../../../records.ts';
import type { ExploredWorld } from './explored-world.ts';
import { FIRST_ITEM, WAKES, WORKS } from './engine-steps.ts';
import type { Transition } from './world-system.ts';

type Explored = Pick<ExploredWorld, 'parts' | 'normal' | 'symmetry'>;

export class WayDecisions implements Decisions {
  readonly ordersEvents = true;
  readonly #log = new DecisionLog();
  #engine: Engine | null = null;
  #isAimed: ((event: SimEvent) => boolean) | null = null;
  #script: readonly number[] = [];
  #asked = 0;

  /** The next event of this engine is the move, and its questions are answered by the script. */
  aim(engine: Engine, { move, script }: Transition, explored: Explored, change: number): void {
    this.#engine = engine;
    this.#isAimed = matcherOf(engine, move, explored, change);
    this.#script = script;
    this.#asked = 0;
  }

  open(name: string): StreamId {
    return this.#log.names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    const index = this.#log.count(stream);
    if (this.#isAimed === null || n <= 1) return 0;
    const value = this.#log.names.nameOf(stream) === SCHEDULE_STREAM ? this.#choose() : this.#answer();
    if (value !== 0) this.#log.record(stream, index, value);
    return value;
  }

  #answer(): number {
    const answer = this.#script[this.#asked] ?? 0;
    this.#asked += 1;
    return answer;
  }

  #choose(): number {
    const enabled = enabledEvents(must(this.#engine, 'a world that is led'));
    const aimed = enabled.findIndex(({ event }) => this.#isAimed?.(event) === true);
    if (aimed < 0) throw new Error('the way that was explored leads to an event that the world does not have');
    return aimed;
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return this.#log.lastAsked(stream);
  }

  fork(): Decisions {
    return this;
  }

  tape(): readonly TapeEntry[] {
    return this.#log.entries();
  }
}

/** @returns whether an event of a world is a move, as the explorer knows it */
function matcherOf(
  engine: Engine,
  { what, node }: Transition['move'],
  { parts, normal, symmetry }: Explored,
  change: number,
): (event: SimEvent) => boolean {
  const nodeOf = (event: SimEvent): number => symmetry?.nodeAfter(change, event.node) ?? event.node;
  if (what === WAKES) return (event) => event.type === WAKE && nodeOf(event) === node;
  if (what === WORKS) return (event) => event.type === TURN && nodeOf(event) === node;
  const { event: moved } = parts.items.valueOf(what - FIRST_ITEM);
  const changed = (event: SimEvent): SimEvent => symmetry?.eventAfter(change, event) ?? event;
  if (normal === null) return (event) => keyOf(changed(event)) === keyOf(moved);
  const eventOf = normal.eventsIn(engine);
  const wanted = keyOf(moved);
  const wantedOfDead = keyOf(withoutId(moved));
  return (event) =>
    isOfDead(engine, event)
      ? keyOf(withoutId(changed(eventOf(event)))) === wantedOfDead
      : keyOf(changed(eventOf(event))) === wanted;
}

/** Nobody counts on with the ids of a process that is dead, so that nothing is taken off them. */
function isOfDead({ nodes }: Engine, event: SimEvent): boolean {
  const { incarnation, status } = must(nodes[event.node], 'a node');
  return event.type === APPLY && (status >= DOWN || incarnation !== event.incarnation);
}

function withoutId(event: SimEvent): SimEvent {
  return event.type === APPLY ? { ...event, item: { ...(event.item as Call), id: 0 } } : event;
}

function keyOf({ type, node, incarnation, link, stream, item }: SimEvent): string {
  return hashState([type, node, incarnation, link, stream, item]);
}
