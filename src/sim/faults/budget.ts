// Odds of faults without an estimate of how many points a run has. A kind of fault has a budget, the mean number of times that it is to strike;
// it comes in evenly over the run. Each question spends a part of what is there: more for a kind of point that is rare so far, so that a vote is
// struck as readily as a heartbeat; never all, so that it is not always the first of a burst that is struck.

/** What a kind of fault has spent. Plain data, a part of the plan's state. */
export interface Budget {
  /** The sum of all odds that were given. */
  spent: number;
  /** Questions so far, by kind of point. */
  readonly asked: Map<string, number>;
}

export const ODDS_MAX = 0.5; // so that a rare question never becomes a certainty
const ODDS_MIN = 1e-9; // at 0 a question would not be asked, and later ones would have other numbers on a tape
const AT_ONCE = 0.05; // of the budget: something may go wrong before any time has passed
const PART_MIN = 0.05;
const PART_OF_RARE = 0.3;
const RARE = 10;

export function createBudget(): Budget {
  return { spent: 0, asked: new Map() };
}

/** The odds of a question at a kind of point. @param part of the run that is over, from 0 to 1. */
export function spend(budget: Budget, weight: number, part: number, kind: string): number {
  const asked = budget.asked.get(kind) ?? 0;
  budget.asked.set(kind, asked + 1);
  const earned = weight * (AT_ONCE + (1 - AT_ONCE) * Math.min(1, part));
  const readiness = PART_MIN + PART_OF_RARE / (1 + asked / RARE);
  const odds = Math.min(ODDS_MAX, Math.max(ODDS_MIN, (earned - budget.spent) * readiness));
  budget.spent += odds;
  return odds;
}
