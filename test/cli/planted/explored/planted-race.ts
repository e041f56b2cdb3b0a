// Two writers add to a cell by reading it and writing it back. In plain order the one is done before the
// other begins; in another order an addition is lost.
import { racingScenario } from './racing.ts';

export const scenario = racingScenario('planted-race', false);
