// What a fork and one step cost, beside copying all states: the mean over moments of a run of word-count, as steps differ.
import { cloneState } from '../src/core/base/state.ts';
import { beginRun } from '../src/sim/cluster/run.ts';
import type { JobRunRequest } from '../src/sim/cluster/run-types.ts';
import { seededDecisions } from '../src/sim/seeded-decisions.ts';
import type { World } from '../src/sim/world-types.ts';
import { costOf, NO_AIMS } from './figure.ts';
import type { Figure, Reading } from './figure.ts';
import { measure } from './measure.ts';
import type { Rounds } from './measure.ts';
import { bareRequest, type JobSetup } from './seeds.ts';

const SEED = 42;
const EVENTS_BETWEEN = 25;
const SERVICES = ['ha', 'storage', 'source', 'sink', 'artifact'];

/** @param forks of each moment, in each round. */
export function benchForks(setup: JobSetup, rounds: Rounds, forks: number): readonly Figure[] {
  const bare = momentsOf(bareRequest(setup, SEED));
  const decisions = seededDecisions(SEED);
  const checked = momentsOf({ ...bareRequest(setup, SEED), decisions, checks: 'checked' });
  const time = (moments: readonly World[], action: (world: World) => void): Reading => {
    const spent = measure(rounds, () => {
      for (const world of moments) for (let fork = 0; fork < forks; fork++) action(world);
    });
    return costOf(moments.length * forks, spent);
  };
  const figure = (name: string, action: (world: World) => void): Figure => ({
    name: `word-count, ${name}`,
    unit: 'µs',
    bare: time(bare, action),
    checked: time(checked, action),
    aims: NO_AIMS,
  });
  return [figure('a fork and one step', forkAndStep), figure('a full clone', fullClone)];
}

/** The world of a run as it was every now and then. */
function momentsOf(request: JobRunRequest): readonly World[] {
  const { world, setup } = beginRun(request);
  const untilUs = setup.estimate.plainMs * 1_000;
  const moments: World[] = [];
  while (
    world.run({ untilUs, untilEvents: world.view.events + EVENTS_BETWEEN }) === 'until' &&
    world.view.now < untilUs
  )
    moments.push(world.fork());
  return moments;
}

function forkAndStep(world: World): void {
  world.fork().step();
}

/** Without the states of oracles, which cannot be seen from outside. */
function fullClone(world: World): void {
  const { view } = world.fork();
  for (const { state } of view.nodes()) cloneState(state);
  for (const service of SERVICES) cloneState(view.service(service));
}
