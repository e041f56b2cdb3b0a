// The simulated world: any machines under a clock that jumps, on links and services whose every chance is a decision.
//
//   const world = createWorld({ decisions: seededDecisions(42), nodes: [{ address: 'a', machine }], network: { control, data } });
//   world.run({ untilUs: 60_000_000 })   -> 'idle' | 'until' | 'stopped' | 'threw'
//   world.step()                         -> one event; false if there was none
//   world.fork()                         -> the same past, the same future
//   world.hash(), world.hashes           -> of everything so far; after each 1,000 events
//   world.view, world.violations, world.thrown, world.tape(), world.plan()
//   world.controls.crash('a', 1_500_000) -> faults by hand; plans of faults are `options.faults`
//   world.stopFaults(); world.finish()
//
// All types are in world-types.ts; README.md has the rules of the world and the names of its decision streams.
import { assert } from '../core/base/assert.ts';
import { guardGlobals } from '../realm/globals.ts';
import { createEngine, forkEngine, ownOracles } from './engine.ts';
import type { Engine } from './engine.ts';
import { createControls, stopFaults } from './fault-controls.ts';
import { askAtBegin } from './fault-points.ts';
import { run, stepOnce } from './loop.ts';
import type { Address } from '../core/base/vocabulary.ts';
import type { NodeView, TimeUs, Violation, WorldView } from './observation.ts';
import { worldHash } from './observe.ts';
import type { NodeRecord } from './records.ts';
import type { FaultControls, RunBounds, RunOutcome, Thrown, World, WorldOptions } from './world-types.ts';

/** A world at time 0, in which every node is about to start. Throws on options that contradict each other. */
export function createWorld(options: WorldOptions): World {
  if (options.checks !== 'bare') guardGlobals();
  const engine = createEngine(options, viewOf);
  askAtBegin(engine);
  return new EngineWorld(engine);
}

/** The inside of a world that `createWorld` made, for whoever takes it apart. */
export function engineOf(world: World): Engine {
  assert(world instanceof EngineWorld, 'a world that createWorld made');
  return world.engine;
}

class EngineWorld implements World {
  readonly controls: FaultControls;
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.controls = createControls(engine, () => -1);
  }

  get view(): WorldView {
    return this.engine.view;
  }

  get thrown(): Thrown | null {
    return this.engine.thrown;
  }

  get violations(): readonly Violation[] {
    return this.engine.violations;
  }

  get hashes(): readonly string[] {
    return this.engine.hashes;
  }

  run(bounds: RunBounds = {}): RunOutcome {
    return run(this.engine, bounds);
  }

  step(): boolean {
    return stepOnce(this.engine);
  }

  fork(): World {
    return new EngineWorld(forkEngine(this.engine, viewOf));
  }

  hash(): string {
    return worldHash(this.engine);
  }

  plan(): unknown {
    return this.engine.plan;
  }

  stopFaults(): void {
    stopFaults(this.engine);
  }

  finish(): readonly Violation[] {
    const engine = this.engine;
    for (const { oracle, state, isSilent, violate } of ownOracles(engine))
      if (!isSilent) oracle.finish(state, engine.view, violate);
    return engine.violations;
  }

  tape(): ReturnType<World['tape']> {
    return this.engine.decisions.tape();
  }
}

export function viewOf(engine: Engine): WorldView {
  return new EngineView(engine);
}

class EngineView implements WorldView {
  readonly #engine: Engine;
  /** Made when first asked for: a fork that nobody looks at needs none. */
  #nodes: readonly NodeView[] | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get now(): TimeUs {
    return this.#engine.now;
  }

  get events(): number {
    return this.#engine.events;
  }

  nodes(): readonly NodeView[] {
    this.#nodes ??= this.#engine.nodes.map((_, index) => new EngineNodeView(this.#engine, index));
    return this.#nodes;
  }

  node(address: Address): NodeView | undefined {
    return this.nodes()[this.#engine.settings.indexes.get(address) ?? -1];
  }

  service(name: string): unknown {
    return this.#engine.services[this.#engine.settings.serviceIndexes.get(name) ?? -1]?.state;
  }
}

const STATUSES = ['running', 'paused', 'down', 'halted'] as const;

class EngineNodeView implements NodeView {
  readonly address: string;
  readonly role: string;
  readonly #engine: Engine;
  readonly #index: number;

  constructor(engine: Engine, index: number) {
    this.#engine = engine;
    this.#index = index;
    const { fixed } = this.#record;
    this.address = fixed.address;
    this.role = fixed.machine.role;
  }

  get #record(): NodeRecord {
    return this.#engine.nodes[this.#index] as NodeRecord;
  }

  get status(): NodeView['status'] {
    return STATUSES[this.#record.status] ?? 'down';
  }

  get isGone(): boolean {
    return this.#record.isGone;
  }

  get incarnation(): number {
    return this.#record.incarnation;
  }

  get state(): unknown {
    return this.#record.state;
  }
}
