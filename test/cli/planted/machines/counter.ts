// A right counter: additions that come twice are counted once. Its clients keep their numbers in memory, so only the counter is never struck.
import { countingScenario } from './counting.ts';

export const scenario = countingScenario('counter', {});
