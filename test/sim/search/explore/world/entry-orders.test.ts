// States that differ only in the order of entries are one, unless somebody can tell.
import { expect, test } from 'vitest';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { Oracle } from '../../../../../src/sim/observation.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
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

interface Collected {
  readonly from: Map<string, number>;
  first: string | null;
}

const silent: Oracle<never> = {
  name: 'silent',
  create: () => null as never,
  observe: () => {},
  finish: () => {},
};

/** Sends to a collector, which keeps who sent. */
function collector(onAll: (state: Collected) => void): Machine<Collected> {
  return {
    role: 'node',
    create: () => ({ from: new Map(), first: null }),
    step(state, input, out) {
      const send = (out as { send(...sent: unknown[]): void }).send.bind(out);
      if (input.kind === 'start' && SENDERS.includes(out.address)) send('d', 'm0', 0);
      if (input.kind !== 'message') return;
      state.from.set((input.message as { readonly from: string }).from, 1);
      if (state.from.size === SENDERS.length) onAll(state);
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

function exploreCollector(onAll: (state: Collected) => void, oracles: readonly Oracle<never>[] = [silent]) {
  const machine = collector(onAll);
  const nodes = [...SENDERS, 'd'].map((address) => ({ address, machine }));
  const guest = machinesGuest(
    defineMachines({ name: 'collector', about: 'Keeps who sent.', messages: MESSAGES, oracles, nodes, runMs: 1_000 }),
  );
  return (mergesEntries: boolean) => exploreWith(guest, BOUNDS, { reduces: false, mergesEntries });
}

test('where nobody can tell them apart, orders are one', () => {
  const explore = exploreCollector(() => {});
  const [kept, merged] = [explore(false), explore(true)];
  expect([kept.outcome, merged.outcome]).toEqual(['complete', 'complete']);
  // Each sender has started or not; of those that have, any were heard, in any order.
  expect(kept.nodeStates['d']).toBe(2 + 3 + 6 + 6);
  expect(merged.nodeStates['d']).toBe(2 + 3 + 3 + 1);
  expect(merged.unique).toBeLessThan(kept.unique);
});

test('a machine that can tell is found, though it looks behind the last of them alone', () => {
  const explore = exploreCollector((state) => {
    [state.first = null] = [...state.from.keys()];
  });
  expect(explore(false).outcome).toBe('complete');
  expect(() => explore(true)).toThrow(UndeclaredError);
  expect(() => explore(true)).toThrow(
    'd can tell in which order entries came into its maps and sets: .first is "a" or',
  );
});

test('an oracle that looks at the order in a state is found', () => {
  const early: Oracle<null> = {
    name: 'early',
    create: () => null,
    observe(_, seen, view, violate) {
      if (seen.kind !== 'stepped' || seen.node !== 'd') return;
      const collected = view.node('d')?.state as Collected;
      if ([...collected.from.keys()].join('') === 'cab') violate('order', 'c came first', []);
    },
    finish: () => {},
  };
  const explore = exploreCollector(() => {}, [early as Oracle<never>]);
  expect(explore(false).counterexample?.text).toBe('early: c came first');
  expect(() => explore(true)).toThrow('early can tell in which order entries came into maps and sets');
});

test('an oracle that goes by the order in its own state is found', () => {
  const last: Oracle<{ readonly seen: Set<string> }> = {
    name: 'last',
    create: () => ({ seen: new Set() }),
    observe({ seen }, observation, _, violate) {
      if (observation.kind !== 'stepped') return;
      seen.add(observation.node);
      if (seen.size === SENDERS.length + 1 && [...seen].join('') === 'bcad') violate('order', 'b came first', []);
    },
    finish: () => {},
  };
  const explore = exploreCollector(() => {}, [last as Oracle<never>]);
  expect(explore(false).counterexample?.text).toBe('last: b came first');
  expect(() => explore(true)).toThrow('last can tell in which order entries came into maps and sets');
});
