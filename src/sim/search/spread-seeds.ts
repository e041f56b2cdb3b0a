// How many seeds of a sweep over several scenarios each of them gets.

/** A scenario, and what decides over its share. */
export interface Searched {
  /** What a seed can meet: pairs of a fault in force and a phase in which nothing excuses it. */
  readonly pairs: number;
  /** Events of one of its seeds: its cost, the same on every machine. */
  readonly events: number;
}

/**
 * Seeds of each scenario, at least one. They are proportional to √(pairs / events): of all ways to spend the same number of events, this
 * one makes the sum over all pairs of 1 / seeds smallest, hence no pair of any scenario is met much more rarely than the others.
 *
 * @param seeds in all, as many as there are scenarios at the least
 */
export function spreadSeeds(scenarios: readonly Searched[], seeds: number): readonly number[] {
  const weights = scenarios.map(({ pairs, events }) => Math.sqrt(Math.max(1, pairs) / Math.max(1, events)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = seeds - scenarios.length;
  const shares = weights.map((weight) => (spare * weight) / total);
  const whole = shares.map((share) => 1 + Math.floor(share));
  const left = seeds - whole.reduce((sum, count) => sum + count, 0);
  const byRest = shares.map((share, at) => ({ at, rest: share - Math.floor(share) }));
  byRest.sort((a, b) => b.rest - a.rest || a.at - b.at);
  for (const { at } of byRest.slice(0, left)) whole[at] = (whole[at] as number) + 1;
  return whole;
}
