// The same writers, and a cell that refuses what was read before somebody else wrote.
import { racingScenario } from './racing.ts';

export const scenario = racingScenario('right-race', true);
