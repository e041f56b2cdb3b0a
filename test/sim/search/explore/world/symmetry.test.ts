// Nodes that can change places: as many states as there are kinds of them, the same verdicts, tapes that replay; and nodes that cannot are found out.
import { describe, expect, test } from 'vitest';
import type { Guest } from '../../../../../src/sim/guest.ts';
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import { symmetricGroups } from '../../../../../src/sim/machines/symmetric-groups.ts';
import { runGuest } from '../../../../../src/sim/run-guest.ts';
import { exploreGuest, requestOf, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { Renamer } from '../../../../../src/sim/search/explore/world/renamer.ts';
import { tapeDecisions } from '../../../../../src/sim/tape-decisions.ts';
import { scenario as racingWriters } from '../../../../../scenarios/proofs/racing-writers.ts';

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
  untilMs: 10_000,
  inputLimits: {},
};

type Explored = ReturnType<typeof exploreGuest>;

function explore(
  guest: Pick<Guest, 'begin' | 'timeless'>,
  unifies: boolean,
  bounds: Partial<GuestBounds> = {},
  reduces = false,
): Explored {
  return exploreGuest(
    guest,
    { ...BOUNDS, ...bounds },
    {
      order: 'breadth',
      memory: 'exact',
      statesMax: 100_000,
      bytesMax: 1e9,
      hasTime: () => true,
      shortcuts: { unifies, reduces },
    },
  );
}

interface Calling {
  readonly bodies: { readonly call: null };
  readonly request: never;
  readonly answer: never;
}

interface Heard {
  readonly from: string[];
}

/** Keeps who called, in the order in which they did: all orders are different states. @param isFair false: it passes over what the first one says */
function ear(isFair: boolean): Machine<Heard, Calling> {
  return {
    role: 'ear',
    create: () => ({ from: [] }),
    step(state, input) {
      if (input.kind !== 'message') return;
      if (isFair || input.message.from !== 'caller-1') state.from.push(`heard ${input.message.from}`);
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

const caller: Machine<{ hasCalled: boolean }, Calling> = {
  role: 'caller',
  create: () => ({ hasCalled: false }),
  step(state, input, out) {
    if (input.kind !== 'start') return;
    state.hasCalled = true;
    out.send('ear', 'call', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

function callers(count: number, more: Partial<MachinesScenario> = {}, isFair = true): ReturnType<typeof machinesGuest> {
  return machinesGuest(
    defineMachines({
      name: 'callers',
      about: 'All call at once.',
      messages: ['call'],
      nodes: [
        { address: 'ear', machine: ear(isFair) },
        ...Array.from({ length: count }, (_, index) => ({ address: `caller-${index + 1}`, machine: caller })),
      ],
      symmetric: ['caller'],
      oracles: [invariant<Heard>('few', () => null)],
      runMs: 1_000,
      ...more,
    }),
  );
}

describe('nodes that can change places', () => {
  test.each([2, 3, 4])('%d of them: as many states as there are kinds', (count) => {
    const [each, kinds] = [explore(callers(count), false), explore(callers(count), true)];
    expect([each.outcome, kinds.outcome]).toEqual(['complete', 'complete']);
    expect(kinds.unique).toBeLessThan(each.unique);
    const factorial = [1, 1, 2, 6, 24][count] as number;
    expect(kinds.unique).toBeGreaterThanOrEqual(each.unique / factorial);
  });

  test('a violation is the same, and its tape replays', () => {
    const guest = callers(3, { oracles: [lastOfAll] });
    const found = explore(guest, true);
    expect(found.counterexample?.text).toContain('all were heard');
    const request = requestOf(guest, BOUNDS, tapeDecisions(found.counterexample!.entries));
    const run = runGuest(guest, request);
    expect(run.violations.map(({ text }) => text)).toEqual(['all were heard']);
  });

  test.each([
    [{}, 6],
    [{ faults: ['message-delay'], faultsMax: 1, fatesMax: 0 }, 6],
  ])('racing writers come to the same under %j', (bounds, ways) => {
    const guest = machinesGuest(racingWriters);
    const [each, kinds] = [explore(guest, false, bounds), explore(guest, true, bounds)];
    expect([each.outcome, kinds.outcome]).toEqual(['complete', 'complete']);
    expect(kinds.unique).toBeLessThan(each.unique / 2);
    expect(kinds.unique).toBeGreaterThanOrEqual(each.unique / ways);
  });

  test('racing writers lose an addition where their cell dies, whoever they are', () => {
    const guest = machinesGuest(racingWriters);
    const bounds = { faults: ['crash'], faultsMax: 1, fatesMax: 0 };
    const [each, kinds] = [explore(guest, false, bounds), explore(guest, true, bounds)];
    expect(kinds.counterexample?.steps).toBe(each.counterexample?.steps);
    expect(kinds.counterexample?.text.split(':')[0]).toBe(each.counterexample?.text.split(':')[0]);
  });

  test('one that is treated otherwise cannot change places', () => {
    expect(() => explore(callers(4, {}, false), true, { from: 'started' })).toThrow(
      /^nodes that are said to change places \(`symmetric`\) cannot: a step and the same step after they did lead to different states/,
    );
  });

  test('who starts later, or is aimed at alone, is no such node', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((address) => ({ address, machine: caller }));
    const late = nodes.map((node) => (node.address === 'a' ? { ...node, startAtUs: 5_000 } : node));
    expect(symmetricGroups({ symmetric: ['caller'] }, nodes)).toEqual([['a', 'b', 'c', 'd']]);
    expect(symmetricGroups({ symmetric: ['caller'] }, late)).toEqual([['b', 'c', 'd']]);
    expect(symmetricGroups({ symmetric: ['caller'], aim: { crash: { nodes: ['a', 'b'] } } }, nodes)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(symmetricGroups({ symmetric: ['ear'] }, nodes)).toEqual([]);
  });

  test('a role that no node has is refused where it is written', () => {
    expect(() => callers(2, { symmetric: ['callers'] })).toThrow(
      'symmetric: unknown role "callers", did you mean "caller"?',
    );
  });
});

const lastOfAll = invariant<Heard>('all', ({ live }) =>
  live.some(({ state }) => state.from?.length === 3) ? 'all were heard' : null,
);

describe('addresses are renamed', () => {
  const renamer = new Renamer(['a-1', 'a-10', 'b'], [1, 0, 2]);

  test.each([
    ['a-1', 'a-10'],
    ['a-10', 'a-1'],
    ['a-100', 'a-100'],
    ['x a-1/3 of a-10', 'x a-10/3 of a-1'],
    ['ba-1', 'ba-1'],
    [
      ['a-1', 1, null],
      ['a-10', 1, null],
    ],
    [new Map([['a-1', new Set(['b', 'a-10'])]]), new Map([['a-10', new Set(['b', 'a-1'])]])],
    [{ 'a-1': { to: 'a-10' } }, { 'a-10': { to: 'a-1' } }],
  ] as [unknown, unknown][])('%j', (value, renamed) => {
    expect(renamer.value(value)).toEqual(renamed);
    expect(renamer.value(renamer.value(value))).toEqual(value);
  });

  test('what holds none is given back as it is, and so are bytes', () => {
    const value = { bytes: new TextEncoder().encode('a-1'), list: [new Map([[1, 'b']])] };
    expect(renamer.value(value)).toBe(value);
  });
});
