// Steps out of turn: a violation that needs so many of them at one moment is found with so many, and not with fewer.
import { describe, expect, test } from 'vitest';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { Oracle } from '../../../../../src/sim/observation.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { exploreWith, replayed } from './compare-guest.ts';
import { MESSAGES, tableMachine, type Action } from './table-machine.ts';

const BOUNDS: GuestBounds = {
  set: {},
  faults: [],
  faultsMax: 0,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax: null,
  reordersMax: 0,
  from: 'started',
  to: null,
  untilMs: 100,
  inputLimits: {},
};

const greet: Action = { do: 'send', kind: 'm0', to: 'sink', isData: false };

/** The sink must not hear senders in this order. */
function notInOrder(wrong: string): Oracle<{ heard: string }> {
  return {
    name: 'order',
    create: () => ({ heard: '' }),
    observe(state, seen, _, violate) {
      if (seen.kind !== 'stepped' || seen.node !== 'sink' || seen.input.kind !== 'message') return;
      state.heard += (seen.input.message as { readonly from: string }).from;
      if (state.heard === wrong) violate('order', `the sink heard ${wrong}`, []);
    },
    finish: () => {},
  };
}

/** Each sender greets the sink at once, and once more 5 ms later if it does so twice. In turn the sink hears them by name. */
function sendersOf(names: readonly string[], wrong: string, isTwice = false) {
  const rules = [
    { on: 'start', mode: null, actions: isTwice ? [greet, { do: 'timer', ms: 5 } as const] : [greet] },
    { on: 'wake', mode: null, actions: [greet] },
  ];
  const sender = tableMachine('sender', { rules, actsMax: 3, firstTimerMs: null });
  const sink = tableMachine('sink', { rules: [], actsMax: 0, firstTimerMs: null });
  return machinesGuest(
    defineMachines({
      name: 'senders',
      about: 'Senders greet a sink.',
      messages: MESSAGES,
      nodes: [{ address: 'sink', machine: sink }, ...names.map((address) => ({ address, machine: sender }))],
      oracles: [notInOrder(wrong)],
      runMs: 100,
    }),
  );
}

const cases = [
  { what: 'in turn', names: 'abc', wrong: 'abc', needed: 0 },
  { what: 'the last one overtakes all', names: 'abcd', wrong: 'dabc', needed: 1 },
  {
    what: 'the first one is overtaken by all, each of which comes out of turn',
    names: 'abcd',
    wrong: 'bcda',
    needed: 3,
  },
  {
    what: 'the other way round: the last one is left over, and comes in turn',
    names: 'abcd',
    wrong: 'dcba',
    needed: 3,
  },
  { what: 'two are exchanged', names: 'abcd', wrong: 'acbd', needed: 1 },
];

describe('steps out of turn', () => {
  test.each(cases)('$wrong of $names, $what: $needed', ({ names, wrong, needed }) => {
    const guest = sendersOf(names.split(''), wrong);
    for (let reordersMax = 0; reordersMax <= names.length; reordersMax++) {
      const bounds = { ...BOUNDS, reordersMax };
      const { outcome, counterexample } = exploreWith(guest, bounds);
      expect({ reordersMax, outcome }).toEqual({
        reordersMax,
        outcome: reordersMax < needed ? 'complete' : 'violated',
      });
      if (counterexample === null) continue;
      expect(counterexample.text).toBe(`order: the sink heard ${wrong}`);
      expect(replayed(guest, bounds, counterexample)).toEqual([]);
    }
  });

  test('they are counted anew at each moment', () => {
    const twice = sendersOf(['a', 'b'], 'baba', true);
    const outcomes = [0, 1].map((reordersMax) => exploreWith(twice, { ...BOUNDS, reordersMax }).outcome);
    expect(outcomes).toEqual(['complete', 'violated']);
  });
});
