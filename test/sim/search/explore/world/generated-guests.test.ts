// Guests that were drawn: what the explorer of worlds finds is what forks of the world reach, whatever is remembered or left out; and what it finds
// wrong, a run of its tape repeats.
import { expect, test } from 'vitest';
import { compareGuest, exploreWith, type Compared } from './compare-guest.ts';
import { generateGuest, type GeneratedGuest } from './generated-guests.ts';
import { walk } from './random-walk.ts';

/** `EXPLORED_GUESTS=5000 EXPLORED_STATES=3000 EXPLORED_STEPS=30 EXPLORED_FROM=1` looks at more, at larger ones, and at others. */
const { EXPLORED_GUESTS, EXPLORED_STATES, EXPLORED_STEPS, EXPLORED_FROM } = process.env;
const [guests, statesMax] = [Number(EXPLORED_GUESTS ?? 200), Number(EXPLORED_STATES ?? 150)];
const stepsMax = EXPLORED_STEPS === undefined ? undefined : Number(EXPLORED_STEPS);

test('rows are what forks reach, shortcuts change nothing, and counterexamples replay', () => {
  const counts = { compared: 0, drawn: 0, states: 0, reduced: 0, merged: 0, fewer: 0 };
  const violated: Violated[] = [];
  for (let seed = Number(EXPLORED_FROM ?? 1); counts.compared < guests; seed++) {
    const drawn = generateGuest(seed, stepsMax);
    const compared = compareGuest(drawn.guest, drawn.bounds, statesMax);
    expect({ seed, differences: compared.differences }).toEqual({ seed, differences: [] });
    counts.drawn += 1;
    if (!compared.isWhole) continue; // too large
    counts.compared += 1;
    counts.states += compared.unique;
    counts.reduced += compared.reduced;
    if (compared.merged !== null) counts.merged += 1;
    if ((compared.merged ?? Infinity) < compared.unique) counts.fewer += 1;
    if (compared.isViolated) violated.push(violatedOf(drawn, compared));
  }
  expect(counts.compared).toBeGreaterThan(counts.drawn * 0.6);
  expect(counts.reduced).toBeLessThan(counts.states);
  expect(counts.merged).toBeGreaterThan(guests / 3);
  if (EXPLORED_FROM === undefined) expect(counts.fewer).toBeGreaterThan(0);
  // About half are wrong, and not at once: none by its plain run, most behind some steps.
  expect(violated.length).toBeGreaterThan(guests / 3);
  expect(violated.length).toBeLessThan((guests * 2) / 3);
  expect(violated.some(({ isPlain }) => isPlain)).toBe(false);
  expect(violated.filter(({ steps }) => steps >= 4).length).toBeGreaterThan(violated.length * 0.6);
  // By everything that can object: of other guests the rarest may be missing.
  if (EXPLORED_FROM === undefined)
    expect(new Set(violated.flatMap(({ oracles }) => oracles))).toEqual(new Set(ORACLES));
}, 300_000);

const ORACLES = [
  'again',
  'counted',
  'last count',
  'late word',
  'not both',
  'revisions',
  'sum',
  'who wrote',
  'word order',
];

interface Violated {
  /** The shortest way to it. */
  readonly steps: number;
  /** The plain run shows it. */
  readonly isPlain: boolean;
  readonly oracles: readonly string[];
}

function violatedOf({ guest, bounds }: GeneratedGuest, { wrong }: Compared): Violated {
  const { counterexample } = exploreWith(guest, bounds);
  return {
    steps: counterexample?.steps ?? 0,
    isPlain: walk(guest, bounds, null),
    oracles: [...wrong].map((text) => ORACLES.find((name) => text.includes(`${name}: `)) ?? text),
  };
}
