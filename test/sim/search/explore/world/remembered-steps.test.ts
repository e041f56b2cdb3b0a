// Steps that are remembered are made again now and then, and must come to the same.
import { expect, test } from 'vitest';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { exploreWith } from './compare-guest.ts';

const BOUNDS: GuestBounds = {
  set: {},
  faults: [],
  faultsMax: 0,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax: null,
  reordersMax: null,
  from: 'begin',
  to: null,
  untilMs: 100,
  inputLimits: {},
};

const WORKERS = 5;
const WORKS = 5;
/** Each worker starts, and works so often. */
const STEPS = WORKERS * (WORKS + 1);

interface WorkState {
  works: number;
  isLate: boolean;
}

/** @param onStep called with each step that a machine makes: which it is of its worker. True: it is late */
function workers(onStep: (worker: string) => boolean) {
  const nodes = Array.from({ length: WORKERS }, (_, index) => {
    const machine: Machine<WorkState> = {
      role: `worker-${index}`,
      create: () => ({ works: WORKS + 1, isLate: false }),
      step(state) {
        state.isLate = onStep(`${index} ${state.works}`);
        state.works -= 1;
      },
      wakeAt: () => NEVER,
      hasWork: ({ works }) => works > 0,
      checkInvariants: () => {},
    };
    return { address: `w-${index}`, machine };
  });
  const scenario = { name: 'workers', about: 'All orders.', messages: [], nodes, isOver: () => false, runMs: 1_000 };
  return machinesGuest(defineMachines(scenario));
}

const explored = (onStep: (worker: string) => boolean) => exploreWith(workers(onStep), BOUNDS, { reduces: false });

test('each step that is used again is made again', () => {
  const made = new Map<string, number>();
  const { outcome, unique } = explored((worker) => {
    made.set(worker, (made.get(worker) ?? 0) + 1);
    return false;
  });
  expect({ outcome, unique, steps: made.size }).toEqual({
    outcome: 'complete',
    unique: (WORKS + 2) ** WORKERS,
    steps: STEPS,
  });
  expect(Math.min(...made.values())).toBeGreaterThan(2); // twice when it is learned
});

test('a machine that shows only later that it keeps something outside of its state is told', () => {
  let steps = 0;
  const { outcome, counterexample } = explored(() => {
    steps += 1;
    return steps > 2 * STEPS + 1;
  });
  expect(outcome).toBe('violated');
  expect(counterexample?.text).toMatch(
    /^the machine of w-\d makes two things of the same state and input: \.isLate was false and is true; it reads what is in neither$/,
  );
});
