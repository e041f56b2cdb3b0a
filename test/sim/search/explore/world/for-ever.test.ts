// States without what has passed: what beats for ever comes back, what cannot get out is told with the round that it goes, and whoever does not declare
// what goes on in it is found.
import { describe, expect, test } from 'vitest';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { jobGuest } from '../../../../../src/sim/cluster/job-guest.ts';
import type { Guest } from '../../../../../src/sim/guest.ts';
import { invariant } from '../../../../../src/sim/judges/invariant.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import type { MachinesScenario } from '../../../../../src/sim/machines/scenario.ts';
import type { Oracle } from '../../../../../src/sim/observation.ts';
import { exploreGuest, twinDifference, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import {
  keyValueStore,
  type KeyValueAnswer,
  type KeyValueRequest,
} from '../../../../../src/sim/services/key-value-store.ts';
import { scenario as recovery } from '../../../../../scenarios/proofs/recovery-1.ts';
import { scenario as rivals } from '../../../../../scenarios/proofs/recovery-2.ts';
import { scenario as wordCount } from '../../../../../scenarios/word-count.ts';

const BOUNDS: GuestBounds = {
  set: {},
  faults: [],
  faultsMax: 0,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax: 0,
  reordersMax: 0,
  from: 'begin',
  to: null,
  untilMs: 300_000,
  inputLimits: {},
  isForEver: true,
};

function explore(guest: Pick<Guest, 'begin' | 'timeless'>, bounds: Partial<GuestBounds> = {}) {
  return exploreGuest(
    guest,
    { ...BOUNDS, ...bounds },
    { order: 'breadth', memory: 'exact', statesMax: 5_000, bytesMax: 1e9, hasTime: () => true },
  );
}

interface Asking {
  readonly bodies: object;
  readonly request: KeyValueRequest<number>;
  readonly answer: KeyValueAnswer<number>;
}

interface Beating {
  at: number;
  nextId: number;
  beats: number;
}

/** It asks for something with each beat, and counts to three. */
function heart(relative: Machine<Beating, Asking>['relative']): Machine<Beating, Asking> {
  return {
    role: 'heart',
    create: () => ({ at: NEVER, nextId: 1, beats: 0 }),
    step(state, input, out) {
      if (input.kind === 'completed') return;
      state.at = input.now + 10;
      state.beats = (state.beats + 1) % 3;
      out.request(state.nextId, { kind: 'kv-get', key: 'k' });
      state.nextId += 1;
    },
    wakeAt: ({ at }) => at,
    hasWork: () => false,
    checkInvariants: () => {},
    ...(relative === undefined ? {} : { relative }),
  };
}

const declared: Machine<Beating, Asking>['relative'] = {
  counters: ({ nextId }) => ({ requests: nextId }),
  shift(state, by) {
    state.at = by.moment(state.at);
    state.nextId = by.request(state.nextId);
  },
};

function guestOf(
  relative: Machine<Beating, Asking>['relative'],
  more: Partial<MachinesScenario> = {},
): Pick<Guest, 'begin' | 'timeless'> {
  return machinesGuest(
    defineMachines({
      name: 'heart',
      about: 'A heart beats.',
      messages: [],
      nodes: [{ address: 'heart', machine: heart(relative) }],
      services: [keyValueStore<number>()],
      oracles: [
        invariant<Beating>('right', ({ live }) => (live.every(({ state }) => state.beats < 3) ? null : 'too many')),
      ],
      runMs: 1_000,
      ...more,
    }),
  );
}

describe('what beats for ever', () => {
  test('comes back', () => {
    const { outcome, unique } = explore(guestOf(declared));
    expect(outcome).toBe('complete');
    expect(unique).toBeLessThan(20);
  });

  test('has a space without end where times are absolute', () => {
    const { outcome, growth } = explore(guestOf(declared), { isForEver: false, untilMs: 86_400_000 });
    expect(outcome).toBe('stopped');
    expect(growth?.field).toMatch(/^\.(at|nextId)$/);
  });

  test('has one where a counter is not declared, which is the field that grows', () => {
    const { outcome, growth } = explore(guestOf({ shift: (state, by) => void (state.at = by.moment(state.at)) }));
    expect({ outcome, field: growth?.field }).toEqual({ outcome: 'stopped', field: '.nextId' });
  });

  test('is told with its round, which is gone twice, if it cannot get out', () => {
    const stuck = guestOf(declared, { isOver: () => false });
    const { outcome, counterexample } = explore(stuck, { to: 'over' });
    expect(outcome).toBe('violated');
    expect(counterexample?.text).toBe('over cannot be reached any more, whatever happens');
    expect(counterexample?.kind).toBe('trap');
    expect(counterexample?.endMs).toBeGreaterThanOrEqual(2 * 3 * 10);
  });

  test('is wrong as soon as it is so, and the tape leads there', () => {
    const { counterexample } = explore(
      guestOf(declared, {
        oracles: [
          invariant<Beating>('few beats', ({ live }) =>
            live.some(({ state }) => state.beats === 2) ? 'two beats' : null,
          ),
        ],
      }),
    );
    expect(counterexample?.text).toContain('few beats');
  });

  test.each([
    [
      'a deadline',
      {
        ...declared,
        shift: (state: Beating, by: never) => void (state.nextId = (by as Shifting).request(state.nextId)),
      },
      'the state of heart',
    ],
    [
      'a counter',
      {
        ...declared,
        shift: (state: Beating, by: never) => void (state.at = (by as Shifting).moment(state.at)),
      },
      'what is on its way to heart',
    ],
  ])('is found not to declare %s', (_, relative, owner) => {
    expect(twinDifference(guestOf(relative), BOUNDS)).toMatch(
      `${owner} is not the same in a run and in the same run begun at another time`,
    );
  });

  test('is judged by nobody who looks at what has passed', () => {
    const early: Oracle<null> = {
      name: 'early',
      create: () => null,
      observe: (_, seen, view, violate) => {
        if (seen.kind === 'stepped' && view.now < 1_000_000) violate('early', 'it is early', []);
      },
      finish: () => {},
    };
    expect(twinDifference(guestOf(declared, { oracles: [early] }), BOUNDS)).toContain(
      'early objects to a run, and not to the same',
    );
  });

  test('has to declare something', () => {
    expect(() => explore(guestOf(undefined))).toThrow(
      'the machine of heart does not say which fields are moments and counters',
    );
  });
});

interface Telling {
  readonly bodies: { readonly ask: null; readonly told: null };
  readonly request: never;
  readonly answer: never;
}

/** Asks again until it is told. */
const asker: Machine<{ askAt: number; isTold: boolean }, Telling> = {
  role: 'asker',
  create: () => ({ askAt: NEVER, isTold: false }),
  step(state, input, out) {
    if (input.kind === 'connection-lost') return;
    if (input.kind === 'message') state.isTold = true;
    state.askAt = state.isTold ? NEVER : input.now + 10;
    if (!state.isTold) out.send('teller', 'ask', null);
  },
  wakeAt: ({ askAt }) => askAt,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: { shift: (state, by) => void (state.askAt = by.moment(state.askAt)) },
};

const teller: Machine<Record<string, never>, Telling> = {
  role: 'teller',
  create: () => ({}),
  step: (_, input, out) => (input.kind === 'message' ? out.send('asker', 'told', null) : undefined),
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
  relative: { shift: () => {} },
};

test.each(['partition', 'partition-one-way', 'pause', 'connection-break', 'message-delay', 'crash'])(
  'what a fault of the kind %s held up comes behind it',
  (kind) => {
    const guest = machinesGuest(
      defineMachines({
        name: 'asker',
        about: 'One asks, and the other one tells.',
        messages: ['ask', 'told'],
        nodes: [
          { address: 'asker', machine: asker },
          { address: 'teller', machine: teller },
        ],
        faults: { [kind]: 1 },
        aim: { [kind]: { longestMs: 30 } },
        isOver: (view) => view.nodes().some(({ state }) => (state as { isTold?: boolean }).isTold === true),
        runMs: 1_000,
      }),
    );
    const { outcome, isEndInReach } = explore(guest, { to: 'over', faults: [kind], faultsMax: 1 });
    expect({ outcome, isEndInReach }).toEqual({ outcome: 'complete', isEndInReach: true });
  },
);

test('a part of a ms on the clock stays there', () => {
  const guest = machinesGuest(
    defineMachines({
      name: 'asker',
      about: 'One asks, and the other one tells.',
      messages: ['ask', 'told'],
      nodes: [
        { address: 'asker', machine: asker },
        { address: 'teller', machine: teller, startAtUs: 2_500 },
        { address: 'other', machine: teller, startAtUs: 2_500 }, // in the same moment, behind it
      ],
      isOver: (view) => view.nodes().every(({ incarnation }) => incarnation > 0),
      runMs: 1_000,
    }),
  );
  expect(twinDifference(guest, BOUNDS)).toBeNull();
});

type Shifting = { request(id: number): number; moment(ms: number): number };

describe('a cluster', () => {
  const guests = { recovery: guestOfJob(recovery), rivals: guestOfJob(rivals), wordCount: guestOfJob(wordCount) };

  test.each(Object.keys(guests) as (keyof typeof guests)[])('declares what goes on in it: %s', (name) => {
    expect(twinDifference(guests[name], BOUNDS)).toBeNull();
  });

  test('comes back once its job is finished, however long it beats', () => {
    const { outcome, unique } = explore(guests.recovery);
    expect(outcome).toBe('complete');
    expect(unique).toBeLessThan(2_000);
  });

  test('can finish its job, wherever it is', () => {
    const { outcome, reachedEnd, isEndInReach } = explore(guests.recovery, { to: 'finished' });
    expect({ outcome, reachedEnd, isEndInReach }).toEqual({
      outcome: 'complete',
      reachedEnd: true,
      isEndInReach: true,
    });
  });
});

function guestOfJob(scenario: typeof recovery): Pick<Guest, 'begin' | 'timeless'> {
  return jobGuest({ scenario, data: {}, artifact: 'a' });
}
