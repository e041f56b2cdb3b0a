// A fresh seed, for those who did not say which.
import { randomInt } from 'node:crypto';
import { SEED_MAX } from '../sim/search/seed-range.ts';

export function drawSeed(): number {
  return randomInt(SEED_MAX + 1);
}
