// What a fork and one step cost, beside copying the whole world.
import { cloneState } from '../src/core/base/state.ts';
import type { World } from '../src/sim/world-types.ts';

export interface ForkCost {
  readonly forkAndStepUs: number;
  readonly fullCloneUs: number;
}

/**
 * @param now a clock in ms.
 * @param services names of the services of the world, which a full clone copies too.
 */
export function measureForkCost(
  world: World,
  services: readonly string[],
  now: () => number,
  times = 10_000,
): ForkCost {
  const forkAndStep = (): boolean => world.fork().step();
  const fullClone = (): void => {
    const fork = world.fork();
    for (const node of fork.view.nodes()) cloneState(node.state);
    for (const service of services) cloneState(fork.view.service(service));
  };
  return { forkAndStepUs: measureUs(forkAndStep, now, times), fullCloneUs: measureUs(fullClone, now, times) };
}

function measureUs(action: () => unknown, now: () => number, times: number): number {
  for (let round = 0; round < times / 10; round++) action(); // until the code is hot
  const before = now();
  for (let round = 0; round < times; round++) action();
  return ((now() - before) * 1000) / times;
}
