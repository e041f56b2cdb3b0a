// A fork at any event has the same future as the original, and costs what changes afterwards, not the world.
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../src/core/base/machine.ts';
import type { Oracle } from '../../src/sim/observation.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../src/sim/tape-decisions.ts';
import type { World } from '../../src/sim/world-types.ts';
import { createWorld } from '../../src/sim/world.ts';
import { diffStates } from '../../src/core/base/state.ts';
import { crowd, logOf, worldOf } from './toys/worlds.ts';

const EVENTS = 3_000;

/** Counts what it saw; a violation now and then, to see that forks keep their own. */
const witness: Oracle<{ seen: number; byNode: Map<string, number> }> = {
  name: 'witness',
  create: () => ({ seen: 0, byNode: new Map() }),
  observe(state, observation, _, violate) {
    state.seen += 1;
    if ('node' in observation) state.byNode.set(observation.node, (state.byNode.get(observation.node) ?? 0) + 1);
    if (state.seen % 1_000 === 0) violate('saw', `saw ${state.seen}`, []);
  },
  finish(state, _, violate) {
    violate(
      'saw-all',
      `saw ${state.seen} in all`,
      [...state.byNode].map(([node, count]) => `${node} ${count}`),
    );
  },
};

/** Everything that can be told of a world from outside. */
function outcomeOf(world: World): object {
  return {
    hash: world.hash(),
    hashes: [...world.hashes],
    now: world.view.now,
    events: world.view.events,
    nodes: world.view
      .nodes()
      .map(({ address, status, incarnation, state }) => ({ address, status, incarnation, state })),
    service: world.view.service('counter'),
    plan: world.plan(),
    tape: world.tape(),
    violations: [...world.finish()],
  };
}

describe('the future of a fork', () => {
  test.each([1, 2, 3])('is that of the original, at any event of seed %i', (seed) => {
    const options = { oracles: [witness] };
    const straight = crowd(seededDecisions(seed), options);
    straight.run({ untilEvents: EVENTS });
    const expected = outcomeOf(straight);
    const trunk = crowd(seededDecisions(seed), options);
    for (let events = 0; events < EVENTS; events += 97) {
      trunk.run({ untilEvents: events });
      const fork = trunk.fork();
      fork.run({ untilEvents: EVENTS });
      expect(diffStates(expected, outcomeOf(fork))).toBe(null);
    }
    trunk.run({ untilEvents: EVENTS });
    expect(diffStates(expected, outcomeOf(trunk))).toBe(null);
  });

  test('is its own: what is done to a fork does not show in the original, nor the other way round', () => {
    const world = crowd(seededDecisions(4));
    world.run({ untilEvents: 500 });
    const fork = world.fork();
    const hash = world.hash();
    fork.controls.crash('a', null);
    fork.controls.partition('b', 'c', false, 1_000_000);
    fork.controls.cutService('d', 'counter', 1_000_000);
    fork.run({ untilEvents: 800 });
    expect(world.hash()).toBe(hash);
    const before = fork.hash();
    world.stopFaults();
    world.run({ untilEvents: 800 });
    expect(fork.hash()).toBe(before);
    expect(world.hash()).not.toBe(before);
  });

  test('can be forked again, many times', () => {
    const straight = crowd(seededDecisions(5));
    straight.run({ untilEvents: 600 });
    let world = crowd(seededDecisions(5));
    for (let events = 1; events <= 600; events++) {
      world.run({ untilEvents: events });
      world = world.fork();
    }
    expect(diffStates(outcomeOf(straight), outcomeOf(world))).toBe(null);
  });

  test('is that of the tape as well', () => {
    const world = crowd(seededDecisions(6));
    world.run({ untilEvents: 1_000 });
    const tape = tapeDecisions(world.tape());
    const replayed = crowd(tape);
    replayed.run({ untilEvents: 500 });
    const fork = replayed.fork();
    fork.run({ untilEvents: 1_000 });
    expect(fork.hash()).toBe(world.hash());
  });
});

test('who waits for a service waits in every fork', () => {
  const world = worldOf({
    a: (_, input, out) => void (input.kind === 'start' && out.request(1, { kind: 'await', above: 0 })),
    b: (state, input, out) => {
      if (input.kind === 'start') state.wakeAt = 10;
      if (input.kind === 'wake') out.request(1, { kind: 'add', n: 1 });
    },
  });
  world.run({ untilUs: 5_000 });
  const fork = world.fork();
  for (const each of [world, fork]) {
    expect(each.run()).toBe('idle');
    expect(logOf(each, 'a')).toEqual(['0 start 1', '14 answer 1 total 1']);
  }
});

describe('the cost of a fork', () => {
  /** A state that is counted when it is copied: reading `counted` is part of copying it. */
  function counting(): { machine: Machine<{ counted: number }>; copies: () => number } {
    let copies = 0;
    const machine: Machine<{ counted: number }> = {
      role: 'counting',
      create: () =>
        Object.defineProperty({ counted: 0 }, 'counted', {
          enumerable: true,
          configurable: true,
          get: () => (copies += 1),
        }),
      step: () => {},
      wakeAt: () => 1_000,
      hasWork: () => false,
      checkInvariants: () => {},
    };
    return { machine, copies: () => copies };
  }

  test('a fork copies no state, and an event copies that of the stepped node alone', () => {
    const nodes = Array.from({ length: 5 }, (_, index) => ({ address: `n${index}`, ...counting(), startAtUs: index }));
    const world = createWorld({
      decisions: tapeDecisions([]),
      nodes,
      checks: 'bare',
      network: { control: { latencyUs: 0, jitterUs: 0 }, data: { latencyUs: 0, jitterUs: 0 } },
    });
    world.run({ untilUs: 10 });
    const fork = world.fork();
    expect(nodes.map(({ copies }) => copies())).toEqual([0, 0, 0, 0, 0]);
    fork.step();
    expect(nodes.map(({ copies }) => copies())).toEqual([1, 0, 0, 0, 0]);
    world.step(); // the original shares its states with the fork, so it copies as well
    expect(nodes.map(({ copies }) => copies())).toEqual([2, 0, 0, 0, 0]);
  });

  test('a service is copied when it is asked, and not before', () => {
    const world = worldOf({
      a: (_, input, out) => void (input.kind === 'start' && out.request(1, { kind: 'add', n: 1 })),
    });
    world.run({ untilUs: 1 });
    const fork = world.fork();
    expect(fork.view.service('counter')).toBe(world.view.service('counter'));
    fork.run();
    expect(fork.view.service('counter')).not.toBe(world.view.service('counter'));
    expect(world.view.service('counter')).toMatchObject({ total: 0 });
  });
});
