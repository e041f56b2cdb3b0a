// States that differ only in what is told to people are one, unless a step can tell.
import { expect, test } from 'vitest';
import { must } from '../../../../../src/core/base/assert.ts';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { Oracle } from '../../../../../src/sim/observation.ts';
import { requestOf, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { createExploredWorld } from '../../../../../src/sim/search/explore/world/explored-world.ts';
import { UndeclaredError } from '../../../../../src/sim/search/explore/world/undeclared-error.ts';
import { exploreWith } from './compare-guest.ts';
import { MESSAGES } from './table-machine.ts';

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

const SENDERS = ['a', 'b', 'c'];

interface Heard {
  count: number;
  /** Of whom something came last: to be shown. */
  latest: string;
  decided: string;
}

const silent: Oracle<never> = {
  name: 'silent',
  create: () => null as never,
  observe: () => {},
  finish: () => {},
};

/** Sends to a node that counts what comes. */
function counting(onHeard: (state: Heard) => void, isDeclared: boolean): Machine<Heard> {
  return {
    role: 'node',
    create: () => ({ count: 0, latest: '', decided: '' }),
    step(state, input, out) {
      const send = (out as { send(...sent: unknown[]): void }).send.bind(out);
      if (input.kind === 'start' && SENDERS.includes(out.address)) send('d', 'm0', 0);
      if (input.kind !== 'message') return;
      state.count += 1;
      onHeard(state);
      state.latest = (input.message as { readonly from: string }).from;
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
    ...(isDeclared ? { relative: { shift: () => {}, withoutTold: (state) => ({ ...state, latest: '' }) } } : {}),
  };
}

function guestOf(onHeard: (state: Heard) => void, isDeclared: boolean) {
  const machine = counting(onHeard, isDeclared);
  const nodes = [...SENDERS, 'd'].map((address) => ({ address, machine }));
  const about = 'Counts what comes.';
  return machinesGuest(
    defineMachines({ name: 'counting', about, messages: MESSAGES, oracles: [silent], nodes, runMs: 1_000 }),
  );
}

function explore(onHeard: (state: Heard) => void, isDeclared: boolean) {
  return exploreWith(guestOf(onHeard, isDeclared), BOUNDS, { reduces: false });
}

test('what is only told makes no two states of one', () => {
  const [kept, merged] = [explore(() => {}, false), explore(() => {}, true)];
  expect([kept.outcome, merged.outcome]).toEqual(['complete', 'complete']);
  expect(kept.nodeStates['d']).toBe(2 + 3 + 3 + 3); // not started, started; then as many as have sent last
  expect(merged.nodeStates['d']).toBe(2 + 1 + 1 + 1);
  expect(merged.unique).toBeLessThan(kept.unique);
});

test('a machine whose steps depend on it is found', () => {
  const reading = (state: Heard): void => {
    state.decided += state.latest;
  };
  expect(explore(reading, false).outcome).toBe('complete');
  expect(() => explore(reading, true)).toThrow(UndeclaredError);
  expect(() => explore(reading, true)).toThrow('a step of d depends on what is only told (`withoutTold`): .decided is');
});

test('it makes no two states of a node that is gone for good', () => {
  const guest = guestOf(() => {}, true);
  const { parts, steps } = createExploredWorld({
    begin: (decisions) => guest.begin(requestOf(guest, BOUNDS, decisions)),
    bounds: { ...BOUNDS, untilUs: BOUNDS.untilMs * 1_000 },
  });
  const node = must(steps.engine.nodes.at(-1), 'a node');
  const goneWith = (state: Heard): number => parts.nodeOf({ ...node, isGone: true, state });
  const first = goneWith({ count: 1, latest: 'a', decided: '' });
  expect(goneWith({ count: 1, latest: 'b', decided: '' })).toBe(first);
  expect(goneWith({ count: 2, latest: 'b', decided: '' })).not.toBe(first);
});
