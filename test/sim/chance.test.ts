// What machines pick: decisions on streams of their own, one for each node and question.
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../src/core/base/machine.ts';
import { Outbox } from '../../src/core/base/outbox.ts';
import { NEVER, plainDecisions, seededDecisions, tapeDecisions } from '../../src/sim/millrace-sim.ts';
import type { Decisions } from '../../src/sim/millrace-sim.ts';
import { candidateOf, decisionsOf, shrink, type Candidate, type Trial } from '../../src/sim/search/shrink.ts';
import type { World, WorldOptions } from '../../src/sim/world-types.ts';
import { createWorld } from '../../src/sim/world.ts';

interface Dice {
  readonly thrown: number[];
  readonly coins: number[];
  wakeAt: number;
}

interface NoWords {
  readonly bodies: object;
  readonly request: never;
  readonly answer: never;
}

const THROWS = 6;

/** Throws two dice and a coin each ms. */
const dice: Machine<Dice, NoWords> = {
  role: 'dice',
  create: () => ({ thrown: [], coins: [], wakeAt: NEVER }),
  step(state, input, out) {
    state.thrown.push(out.pick('die', 6), out.pick('die', 6));
    state.coins.push(out.pick('coin', 2));
    state.wakeAt = state.thrown.length >= THROWS ? NEVER : input.now + 1;
  },
  wakeAt: (state) => state.wakeAt,
  hasWork: () => false,
  checkInvariants: () => {},
};

function worldOf(decisions: Decisions, options: Partial<WorldOptions> = {}): World {
  const none = { latencyUs: 0, jitterUs: 0 };
  return createWorld({
    decisions,
    nodes: ['a', 'b'].map((address) => ({ address, machine: dice })),
    network: { control: none, data: none },
    ...options,
  });
}

function stateOf(world: World, address: string): Dice {
  return world.view.node(address)?.state as Dice;
}

function played(decisions: Decisions): World {
  const world = worldOf(decisions);
  expect(world.run()).toBe('idle');
  return world;
}

describe('picks', () => {
  test('are answered from the stream of node and question, which counts on inside a step and over steps', () => {
    const tape = [
      { stream: 'chance/a/die', index: 1, value: 5 },
      { stream: 'chance/a/die', index: 4, value: 2 },
      { stream: 'chance/b/coin', index: 2, value: 1 },
    ];
    const decisions = tapeDecisions(tape);
    const world = played(decisions);
    expect(stateOf(world, 'a')).toMatchObject({ thrown: [0, 5, 0, 0, 2, 0], coins: [0, 0, 0] });
    expect(stateOf(world, 'b')).toMatchObject({ thrown: [0, 0, 0, 0, 0, 0], coins: [0, 0, 1] });
    expect(world.tape()).toEqual(tape);
    expect(decisions.divergences()).toEqual([]);
  });

  test('are all 0 in a plain run, and each as likely as the others in a drawn one', () => {
    expect(stateOf(played(plainDecisions()), 'a').thrown).toEqual([0, 0, 0, 0, 0, 0]);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let seed = 0; seed < 1_000; seed++)
      for (const eyes of stateOf(played(seededDecisions(seed)), 'b').thrown)
        counts[eyes] = (counts[eyes] as number) + 1;
    for (const count of counts) expect(count).toBeGreaterThan(900); // 1,000 each; the standard deviation is 29
  });

  test('come again with the seed and with the tape; another seed gives others, another node too', () => {
    const first = played(seededDecisions(7));
    const again = played(seededDecisions(7));
    const taped = played(tapeDecisions(first.tape()));
    expect(stateOf(again, 'a')).toEqual(stateOf(first, 'a'));
    expect(stateOf(taped, 'a')).toEqual(stateOf(first, 'a'));
    expect([again.hash(), taped.hash()]).toEqual([first.hash(), first.hash()]);
    expect(stateOf(first, 'a').thrown).not.toEqual(stateOf(first, 'b').thrown);
    expect(stateOf(played(seededDecisions(8)), 'a').thrown).not.toEqual(stateOf(first, 'a').thrown);
  });

  test('go on in a fork as they would have gone on, and leave its origin alone', () => {
    const world = worldOf(seededDecisions(3));
    world.run({ untilUs: 1_500 });
    const fork = world.fork();
    fork.run();
    expect(stateOf(world, 'a').thrown).toHaveLength(4);
    world.run();
    expect(stateOf(world, 'a').thrown).toHaveLength(THROWS);
    expect(stateOf(fork, 'a')).toEqual(stateOf(world, 'a'));
    expect(fork.tape()).toEqual(world.tape());
  });

  test('shrink: only what the failure needs stays', () => {
    const hasThree = (world: World): boolean => stateOf(world, 'a').thrown.includes(3);
    const tryOut = (candidate: Candidate): Trial<null> => {
      const { source, asked } = decisionsOf(candidate);
      return { same: hasThree(played(source)), asked, inputLengths: {}, result: null };
    };
    const seed = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((candidate) =>
      hasThree(played(seededDecisions(candidate))),
    ) as number;
    const start = candidateOf(played(seededDecisions(seed)).tape());
    const { decisions } = shrink(start, tryOut(start), {
      run: tryOut,
      roleOf: () => 'other',
      runsMax: 1_000,
      hasTime: () => true,
    });
    expect(decisions).toEqual([{ stream: 'chance/a/die', index: expect.any(Number) as number, value: 3 }]);
  });
});

test.each([0, -1, 1.5, 2 ** 31 + 1, Number.NaN])('one of %d answers is no question', (n) => {
  const out = new Outbox(false, () => 0);
  expect(() => out.pick('die', n)).toThrow(`pick('die', ${n})`);
});

test('a host without chance says so', () => {
  expect(() => new Outbox(false).pick('die', 6)).toThrow("nobody answers pick('die')");
});
