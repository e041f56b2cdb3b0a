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
import type { World, WorldOptions } from './world-types.ts';

/** A world at time 0, in which every node is about to start. Throws on options that contradict each other. */
export function createWorld(_options: WorldOptions): World {
  throw new Error('not built yet');
}
