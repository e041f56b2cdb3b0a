// Guests that are made to break what is left out: each is small, and something about its orders is easily overlooked. All are compared with all orders.
import { describe, expect, test } from 'vitest';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import type { Oracle, WorldView } from '../../../../../src/sim/observation.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { durableLog, logEntries, type LogState } from '../../../../../src/sim/services/durable-log.ts';
import { keyValueStore } from '../../../../../src/sim/services/key-value-store.ts';
import { compareGuest, exploreWith, type Compared } from './compare-guest.ts';
import { mode, node, note, send, stateOf, wordOrder } from './small-guests.ts';
import { MESSAGES, type Action, type TableState } from './table-machine.ts';

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

const STATES_MAX = 5_000;

const append: Action = {
  do: 'request',
  request: { kind: 'log-append', log: 'l', at: 0, entries: [1], sync: false },
};

function guestOf(scenario: Partial<MachinesScenario> & Pick<MachinesScenario, 'nodes'>) {
  return machinesGuest(
    defineMachines({
      name: 'tricky',
      about: 'Easily overlooked.',
      messages: MESSAGES,
      services: [keyValueStore<number>(), durableLog<number>()],
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

describe('orders that matter are all looked at', () => {
  test('where a step says nothing in one state of its node, and something in another', () => {
    const compared = compare({
      nodes: [
        node('a', {
          'm0/0': [mode(1), { do: 'count', by: 1 }],
          'm1/0': [mode(2), { do: 'count', by: 1 }],
          'm0/2': [send('m2', 'a'), send('m2', 'b')],
          'm1/1': [send('m2', 'a'), send('m2', 'b')],
          'm2/2': [note(1)],
          'm2/1': [],
        }),
        node('b', { m2: [note(2)] }),
        node('c', { start: [send('m0', 'a')] }),
        node('d', { start: [send('m1', 'a')] }),
      ],
    });
    expect(compared.isViolated).toBe(true);
  });

  test('where an oracle looks at a node while another acts', () => {
    const early: Oracle<null> = {
      name: 'early',
      create: () => null,
      observe(_, seen, view, violate) {
        if (seen.kind === 'stepped' && seen.node === 'b' && stateOf(view, 'a').mode === 0)
          violate('early', 'early', []);
      },
      finish: () => {},
    };
    const nodes = [node('a', { start: [mode(1)] }), node('b', { start: [mode(1)] })];
    expect(compare({ nodes, oracles: [early] }).isViolated).toBe(true);
  });

  test('where an oracle looks at what lies on two disks', () => {
    const both = invariant('disks', ({ service }) => {
      const log = service('log') as LogState;
      const [a, b] = ['a', 'b'].map((address) => logEntries(log, address, 'l').length);
      return a === 0 && b === 1 ? 'b wrote first' : null;
    });
    const nodes = ['a', 'b'].map((address) => node(address, { start: [append] }));
    expect(compare({ nodes, oracles: [both] }).isViolated).toBe(true);
  });

  test('where somebody talks for ever at one moment', () => {
    const player: Machine<{ isLeft: boolean }> = {
      role: 'player',
      create: () => ({ isLeft: true }),
      step(state, input, out) {
        state.isLeft = !state.isLeft;
        const to = out.address === 'a' ? 'b' : 'a';
        if (input.kind === 'message' || (input.kind === 'start' && out.address === 'a'))
          (out as { send(...sent: unknown[]): void }).send(to, 'm0', 0);
      },
      wakeAt: () => NEVER,
      hasWork: () => false,
      checkInvariants: () => {},
    };
    const players = ['a', 'b'].map((address) => ({ address, machine: player }));
    const nodes = [...players, node('c', { start: [note(2), send('m0', 'd')] }), node('d', { m0: [note(1)] })];
    const texts = [true, false].map(
      (reduces) => exploreWith(guestOf({ nodes }), BOUNDS, { reduces }).counterexample?.text,
    );
    expect(texts).toEqual(texts.map(() => 'word order: the first word came last')); // no run of it ends, so none is replayed
  });

  test('where a message comes to a process that has yet to start, or to one that ends', () => {
    const late = node('a', { start: [note(1)], m0: [note(1)] }, { startAtUs: 5_000 });
    const brief = node('b', { start: [send('m0', 'a'), { do: 'halt' }] }, { restartAfterHaltUs: 5_000 });
    const compared = compare({ nodes: [late, brief, node('c', { start: [note(2)] })] });
    expect(compared.isViolated).toBe(true);
  });

  test('where a node hears itself, works, and is woken', () => {
    const compared = compare({
      nodes: [
        node('a', { start: [send('m0', 'a'), { do: 'timer', ms: 0 }], m0: [note(1)], wake: [send('m1', 'b')] }),
        node('b', { start: [{ do: 'work', times: 2 }], work: [mode(1)], 'm1/1': [note(2)] }),
      ],
    });
    expect(compared.isViolated).toBe(true);
  });

  test('where a watch is answered by the write of another', () => {
    const watch: Action = { do: 'request', request: { kind: 'kv-watch', key: 'k', afterRevision: 0 } };
    const put: Action = { do: 'request', request: { kind: 'kv-put', key: 'k', value: 1, ifRevision: null } };
    const nodes = [
      node('a', { start: [watch], answered: [note(1)] }),
      node('b', { start: [put], answered: [note(2)] }),
    ];
    expect(compare({ nodes }).isViolated).toBe(true);
  });

  test('where a machine picks', () => {
    const nodes = [
      node('a', { start: [{ do: 'pick', n: 3 }, send('m0', 'b')] }),
      node('b', { start: [{ do: 'pick', n: 2 }], m0: [note(1)] }),
      node('c', { start: [note(2)] }),
    ];
    for (const chancesMax of [0, 1, 2]) expect(compare({ nodes }, { chancesMax }).isViolated).toBe(true);
  });
});

describe('what is behind an end is not looked at, so', () => {
  const nodes = [node('a', { start: [mode(1)] }), node('b', { start: [{ do: 'count', by: 1 }] })];

  test('oracles have their last word in every order', () => {
    const last: Oracle<null> = {
      name: 'last',
      create: () => null,
      observe: () => {},
      finish(_, view, violate) {
        if (stateOf(view, 'b').count === 1) violate('count', 'b was quicker', []);
      },
    };
    const isOver = (view: WorldView): boolean => stateOf(view, 'a').mode === 1;
    expect(compare({ nodes, oracles: [last], isOver }, { to: 'over' }).isViolated).toBe(true);
  });

  test('an end that passes hides nothing', () => {
    const isOver = (view: WorldView): boolean => stateOf(view, 'a').mode === 1 && stateOf(view, 'b').count === 0;
    const both = invariant<TableState>('both', ({ at }) =>
      at('a').state.mode === 1 && at('b').state.count === 1 ? 'both' : null,
    );
    expect(compare({ nodes, oracles: [both], isOver }, { to: 'over' }).isViolated).toBe(true);
  });
});

test('of orders that nobody can tell apart one is looked at', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((address) => node(address, { start: [send('m0', address)], m0: [mode(1)] }));
  const { unique, reduced, isViolated } = compare({ nodes });
  expect({ unique, reduced, isViolated }).toEqual({ unique: 3 ** 4, reduced: 1 + 2 * 4, isViolated: false });
});

test('a machine that keeps something outside of its state is told', () => {
  let steps = 0;
  const machine: Machine<{ steps: number }> = {
    role: 'counter',
    create: () => ({ steps: 0 }),
    step(state) {
      steps += 1;
      state.steps = steps;
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
  const { counterexample } = exploreWith(guestOf({ nodes: [{ address: 'a', machine }] }), BOUNDS);
  expect(counterexample?.text).toContain('did something else when the step was made again');
});
