// Names of nodes and messages are any words: a fault is counted as one wherever it strikes, whatever the names look like.
import { describe, expect, test } from 'vitest';
import { NEVER, type Machine } from '../../../../../src/core/base/machine.ts';
import { faultKindsOn } from '../../../../../src/sim/faults/kinds.ts';
import { defineMachines } from '../../../../../src/sim/machines/define-machines.ts';
import { machinesGuest } from '../../../../../src/sim/machines/machines-guest.ts';
import { keyValueStore } from '../../../../../src/sim/services/key-value-store.ts';
import type { GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { exploreWith } from './compare-guest.ts';

type Transport = 'stream' | 'datagram';

/** One node asks another, which answers. */
function askingGuest(transport: Transport, [asks, answers]: readonly [string, string], kind: string) {
  const machine: Machine<{ heard: number }> = {
    role: 'asking',
    create: () => ({ heard: 0 }),
    step(state, input, out) {
      if (input.kind === 'start' && out.address === asks) out.send(answers, kind as never, null as never);
      if (input.kind !== 'message') return;
      state.heard += 1;
      if (out.address === answers) out.send(asks, kind as never, null as never);
    },
    wakeAt: () => NEVER,
    hasWork: () => false,
    checkInvariants: () => {},
  };
  const nodes = [asks, answers].map((address) => ({ address, machine }));
  const faults = Object.fromEntries(faultKindsOn(transport).map((fault) => [fault, 1]));
  const isOver = () => false;
  return machinesGuest(
    defineMachines({
      name: 'asking',
      about: 'A question.',
      messages: [kind],
      nodes,
      services: [keyValueStore<number>()],
      transport,
      faults,
      aim: { 'crash-for-good': { mustLive: 0 } },
      isOver,
      runMs: 50,
    }),
  );
}

const bounds = (fault: string, fatesMax: number | null): GuestBounds => ({
  set: {},
  faults: [fault],
  faultsMax: 1,
  deviationsMax: 0,
  chancesMax: 0,
  fatesMax,
  reordersMax: null,
  from: 'started',
  to: null,
  untilMs: 50,
  inputLimits: {},
});

const cases = (['stream', 'datagram'] as const).flatMap((transport) =>
  faultKindsOn(transport).flatMap((fault) => [0, null].map((fatesMax) => ({ transport, fault, fatesMax }))),
);

describe('names with a stroke in them', () => {
  test.each(cases)('$fault on a $transport, fates $fatesMax', ({ transport, fault, fatesMax }) => {
    const countsOf = (addresses: readonly [string, string], kind: string) => {
      const { unique, total, outcome } = exploreWith(askingGuest(transport, addresses, kind), bounds(fault, fatesMax));
      return { unique, total, outcome };
    };
    const plain = countsOf(['a', 'b'], 'ask');
    expect(countsOf(['a', 'b'], 'ask/twice/over')).toEqual(plain);
    expect(countsOf(['a', 'a/b'], 'ask')).toEqual(plain);
    expect(countsOf(['a/b', 'a'], 'ask')).toEqual(plain);
  });
});
