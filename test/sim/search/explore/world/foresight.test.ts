// What is foreseen of a moment: guests in which something about it is easily overlooked, all compared with all orders; and guests that were drawn.
import { describe, expect, test } from 'vitest';
import type { Decisions } from '../../../../../src/sim/decisions.ts';
import type { GuestRun } from '../../../../../src/sim/guest.ts';
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import type { Oracle, WorldView } from '../../../../../src/sim/observation.ts';
import { requestOf, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import type { WorldShortcuts } from '../../../../../src/sim/search/explore/world/world-system.ts';
import { UndeclaredError } from '../../../../../src/sim/search/explore/world/undeclared-error.ts';
import { keyValueStore } from '../../../../../src/sim/services/key-value-store.ts';
import { compareGuest, exploreWith, type Compared } from './compare-guest.ts';
import { generateGuest } from './generated-guests.ts';
import { reachByRows, type RowsReached } from './reach-by-rows.ts';
import { mode, node, note, send, stateOf, wordOrder } from './small-guests.ts';
import { MESSAGES, type Action, type TableState } from './table-machine.ts';

/** All have started, and what they sent is on its way. */
const BOUNDS: GuestBounds = {
  set: {},
  faults: [],
  faultsMax: 0,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax: null,
  reordersMax: null,
  from: 'started',
  to: null,
  untilMs: 100,
  inputLimits: {},
};

const STATES_MAX = 5_000;

const COUNT: Action = { do: 'count', by: 1 };
const put = (value: number, ifRevision: number | null): Action => ({
  do: 'request',
  request: { kind: 'kv-put', key: 'k', value, ifRevision },
});

function guestOf(scenario: Partial<MachinesScenario> & Pick<MachinesScenario, 'nodes'>) {
  return machinesGuest(
    defineMachines({
      name: 'foreseen',
      about: 'Easily overlooked.',
      messages: MESSAGES,
      services: [keyValueStore<number>()],
      oracles: [wordOrder],
      runMs: 1_000,
      ...scenario,
    }),
  );
}

function compare(scenario: Parameters<typeof guestOf>[0], bounds: Partial<GuestBounds> = {}): Compared {
  const compared = compareGuest(guestOf(scenario), { ...BOUNDS, ...bounds }, STATES_MAX);
  expect(compared).toMatchObject({ isWhole: true, differences: [] });
  return compared;
}

const SENDERS = ['a', 'b', 'c'];

describe('what commutes is looked at in one order', () => {
  test('where one node hears several', () => {
    const nodes = [
      ...SENDERS.map((address) => node(address, { start: [send('m0', 'hub')] })),
      node('hub', { m0: [COUNT] }),
    ];
    expect(compare({ nodes })).toMatchObject({ unique: 2 ** 3, reduced: 1 + 3, isViolated: false });
  });

  test('where the input of one comes back over two others, and so never before it', () => {
    const nodes = [
      node('a', { start: [send('m0', 'b')] }),
      node('b', { m0: [mode(1), send('m0', 'c')], 'm1/1': [note(1)], 'm1/0': [note(2)] }),
      node('c', { m0: [send('m0', 'd')] }),
      node('d', { m0: [send('m1', 'b')], m1: [COUNT] }),
      node('e', { start: [send('m1', 'd')] }),
    ];
    expect(compare({ nodes })).toMatchObject({ reduced: 1 + 5, isViolated: false });
  });

  test('where a service has requests that do not meet', () => {
    const ask = (key: string): Action => ({ do: 'request', request: { kind: 'kv-get', key } });
    const nodes = SENDERS.map((address) => node(address, { start: [ask(address)], answered: [COUNT] }));
    expect(compare({ nodes })).toMatchObject({ unique: 3 ** 3, reduced: 1 + 2 * 3, isViolated: false });
  });
});

describe('all orders are looked at', () => {
  test('where an input commutes but for what an oracle hears', () => {
    const nodes = [
      node('a', { start: [send('m0', 'hub')] }),
      node('b', { start: [send('m1', 'hub')] }),
      node('hub', { m0: [COUNT, note(1)], m1: [COUNT, note(2)] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where steps of two nodes commute but for what an oracle hears', () => {
    const nodes = [
      node('a', { start: [send('m0', 'c')] }),
      node('b', { start: [send('m1', 'd')] }),
      node('c', { m0: [note(1)] }),
      node('d', { m1: [send('m2', 'e')] }),
      node('e', { m2: [note(2)] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where a service orders those who ask it', () => {
    const nodes = [
      node('a', { start: [put(1, 0)], answered: [note(1)], refused: [COUNT] }),
      node('b', { start: [put(2, 0)], answered: [COUNT], refused: [note(2)] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
    const both = invariant<TableState>('both', ({ at }) =>
      at('a').state.count === 1 && at('b').state.count === 1 ? 'b was first' : null,
    );
    expect(compare({ nodes, oracles: [both] }).isViolated).toBe(true);
  });

  test('where a message is sent only behind another path, and may be the first', () => {
    const nodes = [
      node('a', { start: [send('m0', 'b'), send('m1', 'c')] }),
      node('b', { m0: [mode(1), note(1)], 'm2/0': [note(2)], 'm2/1': [COUNT] }),
      node('c', { m1: [send('m0', 'd')] }),
      node('d', { m0: [send('m2', 'b')] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where what comes differs with the history of its sender', () => {
    const nodes = [
      node('a', { start: [send('m0', 'c')] }),
      node('b', { start: [send('m1', 'c')] }),
      node('c', { 'm0/0': [mode(1)], 'm1/0': [mode(2)], 'm1/1': [send('m0', 'd')], 'm0/2': [send('m1', 'd')] }),
      node('d', { m0: [note(1)], m1: [note(2), send('m0', 'd')] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where an oracle looks at a node while another acts', () => {
    const early: Oracle<null> = {
      name: 'early',
      create: () => null,
      observe(_, seen, view, violate) {
        const isOfB = seen.kind === 'stepped' && seen.node === 'b' && seen.input.kind === 'message';
        if (isOfB && stateOf(view, 'a').count === 0) violate('early', 'early', []);
      },
      finish: () => {},
    };
    const nodes = [
      node('a', { start: [send('m0', 'a')], m0: [COUNT] }),
      node('b', { start: [send('m0', 'b')], m0: [COUNT] }),
    ];
    expect(compare({ nodes, oracles: [early] }).isViolated).toBe(true);
  });

  test('where an oracle looks at the node that acts', () => {
    const first: Oracle<null> = {
      name: 'first count',
      create: () => null,
      observe(_, seen, view, violate) {
        const isSecond = seen.kind === 'stepped' && seen.effects.some(({ effect }) => effect === 'note');
        if (isSecond && stateOf(view, 'hub').count === 1) violate('first', 'm1 was the first', []);
      },
      finish: () => {},
    };
    const nodes = [
      node('a', { start: [send('m0', 'hub')] }),
      node('b', { start: [send('m1', 'hub')] }),
      node('hub', { m0: [COUNT], m1: [COUNT, note(1)] }),
    ];
    expect(compare({ nodes, oracles: [first] }).isViolated).toBe(true);
  });

  test('where a deadline that an input sets goes before all others', () => {
    const nodes = [
      node('a', { start: [send('m0', 'hub')] }),
      node('b', { start: [send('m1', 'hub')] }),
      node('hub', { m0: [{ do: 'timer', ms: 0 }, note(1)], wake: [mode(1)], 'm1/0': [note(2)] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where steps go round in circles', () => {
    const nodes = [
      node('a', { start: [send('m0', 'b'), { do: 'work', times: 2 }], work: [COUNT] }),
      node('b', { m0: [send('m1', 'c')] }),
      node('c', { m1: [{ do: 'timer', ms: 5 }], wake: [send('m0', 'b')] }),
    ];
    compare({ nodes });
  });
});

test('steps that make a difference to an end are looked at in all orders, and others are not', () => {
  const nodes = [
    node('a', { start: [send('m0', 'a')], m0: [COUNT] }),
    node('b', { start: [send('m0', 'b')], m0: [note(1)] }),
    node('c', { start: [send('m0', 'c')], m0: [note(2)] }),
    node('d', { start: [send('m0', 'd')], m0: [COUNT] }),
  ];
  const isOver = (view: WorldView): boolean => stateOf(view, 'a').count === 1;
  const { all, reduced } = reachBoth(guestOf({ nodes }), BOUNDS, {}, isOver);
  expect([...reduced.wrong]).toEqual([...all.wrong]);
  expect(all.wrong.size).toBe(1);
  expect(reduced.unique).toBeLessThan(all.unique);
});

// ---- Guests that were drawn

const DRAWN = 30;
const DRAWN_STATES = 400;

test('drawn guests have the same ends and are as wrong as in all orders', () => {
  let [states, left] = [0, 0];
  for (let seed = 1; seed <= DRAWN; seed++) {
    const { guest, bounds } = generateGuest(seed);
    const plain = { ...bounds, faults: [], faultsMax: 0, deviationsMax: 0, chancesMax: 0, from: 'started', to: null };
    for (const mergesEntries of [false, true]) {
      const both = reachBothDeclared(guest, plain, { mergesEntries });
      if (both === null || !both.all.isWhole) continue;
      const { all, reduced } = both;
      expect({ seed, ends: [...reduced.ends].toSorted() }).toEqual({ seed, ends: [...all.ends].toSorted() });
      expect({ seed, isWrong: reduced.wrong.size > 0 }).toEqual({ seed, isWrong: all.wrong.size > 0 });
      for (const text of reduced.wrong) expect(all.wrong).toContain(text);
      states += all.unique;
      left += reduced.unique;
    }
  }
  expect(left).toBeLessThan(states * 0.8);
}, 120_000);

interface Both {
  readonly all: RowsReached;
  readonly reduced: RowsReached;
}

function reachBothDeclared(...args: Parameters<typeof reachBoth>): Both | null {
  try {
    return reachBoth(...args);
  } catch (error) {
    if (error instanceof UndeclaredError) return null; // somebody can tell in which order entries came
    throw error;
  }
}

/** @param to where nothing more is looked at, and nothing is said of it */
function reachBoth(
  guest: ReturnType<typeof guestOf>,
  bounds: GuestBounds,
  shortcuts: WorldShortcuts,
  to?: (view: WorldView) => boolean,
): Both {
  let moments: GuestRun['moments'] = {};
  const options = {
    begin(decisions: Decisions): GuestRun {
      const run = guest.begin(requestOf(guest, bounds, decisions));
      ({ moments } = run);
      return run;
    },
    bounds: { ...bounds, untilUs: bounds.untilMs * 1_000 },
    from: (view: WorldView) => moments[bounds.from]!(view),
    ...(to === undefined ? {} : { to, judgesEnds: () => false }),
  };
  const reach = (reduces: boolean): RowsReached =>
    reachByRows({ ...options, shortcuts: { ...shortcuts, reduces } }, DRAWN_STATES);
  return { all: reach(false), reduced: reach(true) };
}

test('a search with more states than its pilot goes on with what is foreseen', () => {
  // Two nodes hear six others in any order, and tell each other of each: 65,536 states in all orders.
  const nodes = [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((address) => node(address, { start: [send('m0', 'x'), send('m0', 'y')] })),
    node('x', { m0: [COUNT, send('m1', 'y')], m1: [COUNT] }),
    node('y', { m0: [COUNT, send('m1', 'x')], m1: [COUNT] }),
  ];
  const { outcome, unique } = exploreWith(guestOf({ nodes }), BOUNDS);
  expect({ outcome, unique }).toEqual({ outcome: 'complete', unique: 1 + 2 * 12 });
}, 60_000);
