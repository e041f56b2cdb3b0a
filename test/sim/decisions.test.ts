// Decision sources: what they answer, what they record, and that a fork answers what the original would have answered.
import tychei from 'seedrandom/lib/tychei.js';
import { describe, expect, test } from 'vitest';
import type { Decisions } from '../../src/sim/decisions.ts';
import { mixSeed, seededDecisions } from '../../src/sim/seeded-decisions.ts';
import { plainDecisions, tapeDecisions } from '../../src/sim/tape-decisions.ts';
import { nextScript, scriptedDecisions } from '../../src/sim/search/scripted-decisions.ts';

function picks(decisions: Decisions, stream: string, count: number, n = 100, odds = 1): number[] {
  const id = decisions.open(stream);
  return Array.from({ length: count }, () => decisions.pick(id, n, odds));
}

describe('seeded', () => {
  test('answers are in range, and of the odds that were asked for', () => {
    const answers = picks(seededDecisions(7), 'x', 20_000, 5, 0.2);
    const counts = [0, 1, 2, 3, 4].map((value) => answers.filter((answer) => answer === value).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
    expect(Math.abs((counts[0] as number) - 16_000)).toBeLessThan(400);
    for (const count of counts.slice(1)) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  test.each([
    ['no other answer', 1, 1],
    ['no odds', 100, 0],
  ])('0 where there is %s', (_, n, odds) =>
    expect(picks(seededDecisions(7), 'x', 50, n, odds)).toEqual(Array(50).fill(0)),
  );

  test('the same seed answers the same, whatever else is asked', () => {
    const quiet = seededDecisions(42);
    const busy = seededDecisions(42);
    picks(busy, 'other', 10);
    expect(picks(busy, 'x', 10)).toEqual(picks(quiet, 'x', 10));
    expect(picks(busy, 'y', 10)).not.toEqual(picks(quiet, 'x', 10));
  });

  test('adjacent seeds and adjacent names are unrelated', () => {
    const firsts = Array.from(
      { length: 2_000 },
      (_, seed) => picks(seededDecisions(seed), 'delay/a>b/ping', 1, 11)[0] as number,
    );
    for (let value = 1; value <= 10; value++) {
      expect(Math.abs(firsts.filter((first) => first === value).length - 200)).toBeLessThan(60);
    }
    const repeats = firsts.filter((first, index) => first === firsts[index + 1]).length;
    expect(Math.abs(repeats - 200)).toBeLessThan(60);
    expect(new Set(Array.from({ length: 5_000 }, (_, seed) => mixSeed(seed, 'x'))).size).toBe(5_000);
    expect(new Set(Array.from({ length: 5_000 }, (_, name) => mixSeed(1, `x${name}`))).size).toBe(5_000);
  });

  test('seeds differ in all their bits, fractions and signs too', () => {
    const seeds = [0, 1, -1, 0.5, 2 ** 32, 2 ** 33, 2 ** 52, -(2 ** 40)];
    expect(new Set(seeds.map((seed) => picks(seededDecisions(seed), 'x', 8).join())).size).toBe(seeds.length);
  });

  test('numbers are those of seedrandom, whatever the stream', () => {
    for (const stream of ['x', 'delay/a>b/ping', 'schedule']) {
      const generator = tychei(mixSeed(42, stream), { state: true });
      const expected = Array.from({ length: 1_000 }, () => 1 + Math.floor(generator() * 0xffff_ffff));
      expect(picks(seededDecisions(42), stream, 1_000, 2 ** 32)).toEqual(expected);
    }
  });

  test('the tape holds what was not 0, in order', () => {
    const decisions = seededDecisions(3);
    const [x, y] = [picks(decisions, 'x', 5, 4, 0.5), picks(decisions, 'y', 5, 4, 0.5)];
    const expected = [
      ...x.map((value, index) => ({ stream: 'x', index, value })),
      ...y.map((value, index) => ({ stream: 'y', index, value })),
    ].filter(({ value }) => value !== 0);
    expect(decisions.tape()).toEqual(expected);
  });
});

const SOURCES: readonly (readonly [string, () => Decisions])[] = [
  ['seeded', () => seededDecisions(9)],
  [
    'tape',
    () =>
      tapeDecisions(
        Array.from({ length: 200 }, (_, index) => ({
          stream: index % 2 === 0 ? 'x' : 'y',
          index,
          value: (index % 7) + 1,
        })),
      ),
  ],
  [
    'scripted',
    () =>
      scriptedDecisions(
        Array.from({ length: 200 }, (_, index) => index % 5),
        () => true,
      ),
  ],
];

describe.each(SOURCES)('%s', (_, create) => {
  test('a fork and its original answer alike from there on, and do not disturb each other', () => {
    const original = create();
    picks(original, 'x', 7);
    const fork = original.fork();
    const grandchild = fork.fork();
    const ahead = picks(original, 'x', 20);
    expect(picks(fork, 'x', 20)).toEqual(ahead);
    expect(picks(grandchild, 'x', 20)).toEqual(ahead);
    expect(picks(fork, 'y', 20)).toEqual(picks(original, 'y', 20));
    expect(fork.tape()).toEqual(original.tape());
    expect(grandchild.tape().length).toBeLessThan(original.tape().length);
  });

  test('a stream that was opened in the original after a fork is the same stream in the fork', () => {
    const original = create();
    const fork = original.fork();
    const late = original.open('y');
    fork.open('something else');
    expect(fork.pick(late, 10, 1)).toBe(original.pick(late, 10, 1));
    expect(fork.tape().map(({ stream }) => stream)).toEqual(original.tape().map(({ stream }) => stream));
  });

  test('its tape repeats it', () => {
    const original = create();
    const answers = [picks(original, 'x', 40, 6, 0.3), picks(original, 'y', 40, 6, 0.3)];
    const tape = tapeDecisions(original.tape());
    expect([picks(tape, 'x', 40, 6, 0.3), picks(tape, 'y', 40, 6, 0.3)]).toEqual(answers);
    expect(tape.divergences()).toEqual([]);
    expect(tape.tape()).toEqual(original.tape());
  });
});

describe('tape', () => {
  test('what is not on it is 0', () => {
    expect(picks(tapeDecisions([{ stream: 'x', index: 2, value: 3 }]), 'x', 4)).toEqual([0, 0, 3, 0]);
    expect(picks(plainDecisions(), 'x', 4)).toEqual([0, 0, 0, 0]);
  });

  test('what a fork asks does not count for its original', () => {
    const original = tapeDecisions([
      { stream: 'x', index: 0, value: 1 },
      { stream: 'x', index: 1, value: 900 },
    ]);
    const fork = original.fork();
    picks(fork, 'x', 2);
    expect(fork.divergences().map(({ why }) => why)).toEqual(['out of range']);
    expect(original.divergences().map(({ why }) => why)).toEqual(['never asked', 'never asked']);
  });

  test('what does not fit is 0 and a divergence, and so is what was never asked', () => {
    const tooLarge = { stream: 'x', index: 0, value: 9 };
    const unasked = { stream: 'x', index: 5, value: 1 };
    const elsewhere = { stream: 'z', index: 0, value: 1 };
    const tape = tapeDecisions([tooLarge, unasked, elsewhere]);
    expect(picks(tape, 'x', 3, 9)).toEqual([0, 0, 0]);
    expect(tape.divergences()).toEqual([
      { entry: tooLarge, why: 'out of range' },
      { entry: unasked, why: 'never asked' },
      { entry: elsewhere, why: 'never asked' },
    ]);
  });

  test.each([-1, 1.5, Number.NaN])('%s is out of range', (value) => {
    const tape = tapeDecisions([{ stream: 'x', index: 0, value }]);
    expect(picks(tape, 'x', 1)).toEqual([0]);
    expect(tape.divergences()).toHaveLength(1);
  });

  test('orders events if it says so', () => {
    expect(tapeDecisions([{ stream: 'schedule', index: 0, value: 1 }]).ordersEvents).toBe(true);
    expect(plainDecisions().ordersEvents).toBe(false);
  });
});

test('scripts follow each other depth first until all were tried', () => {
  const seen: string[] = [];
  for (let script: readonly number[] | null = []; script !== null;) {
    const decisions = scriptedDecisions(script, (stream) => stream === 'x');
    const first = decisions.pick(decisions.open('x'), 2, 1);
    decisions.pick(decisions.open('unscripted'), 5, 1);
    const second = first === 0 ? decisions.pick(decisions.open('x'), 3, 1) : 0;
    seen.push(`${first}${second}`);
    script = nextScript(decisions.choices());
  }
  expect(seen).toEqual(['00', '01', '02', '10']);
});
