// Guests that were drawn: what the explorer of worlds finds is what forks of the world reach, whatever is remembered or left out; and what it finds
// wrong, a run of its tape repeats.
import { expect, test } from 'vitest';
import { compareGuest } from './compare-guest.ts';
import { generateGuest } from './generated-guests.ts';

/** `EXPLORED_GUESTS=5000 EXPLORED_STATES=3000 EXPLORED_FROM=1` looks at more, at larger ones, and at others. */
const { EXPLORED_GUESTS: guests = '200', EXPLORED_STATES: statesMax = '150', EXPLORED_FROM: first = '1' } = process.env;

test('rows are what forks reach, shortcuts change nothing, and counterexamples replay', () => {
  const counts = { compared: 0, violated: 0, states: 0, reduced: 0 };
  for (let seed = Number(first); seed < Number(first) + Number(guests); seed++) {
    const { guest, bounds } = generateGuest(seed);
    const { isWhole, isViolated, unique, reduced, differences } = compareGuest(guest, bounds, Number(statesMax));
    expect({ seed, differences }).toEqual({ seed, differences: [] });
    if (!isWhole) continue;
    counts.compared += 1;
    counts.violated += isViolated ? 1 : 0;
    counts.states += unique;
    counts.reduced += reduced;
  }
  // Not vacuous: most are small enough, many are wrong, and orders are left out.
  expect(counts.compared).toBeGreaterThan(Number(guests) * 0.6);
  expect(counts.violated).toBeGreaterThan(counts.compared * 0.15);
  expect(counts.reduced).toBeLessThan(counts.states);
});
